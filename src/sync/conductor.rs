//! The one task that owns everything the engine knows. It begins what may begin, and draws the conclusions of what
//! comes back; it waits for nothing but messages and the next moment at which something may begin.

mod checking;
mod conclusions;
mod delivery;
mod flights;
mod previews;
mod reads;
mod sending;

use std::collections::{HashMap, HashSet, VecDeque};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::{AbortHandle, Id, JoinSet};

use super::Order;
use super::backoff::Failure;
use super::budget::{Budget, Gauge, Moment, Use};
use super::check::{self, Checked};
use super::connection::{Connection, May};
use super::engine::{Options, Sink};
use super::errands::{self, Errand, Errands};
use super::news::Wish;
use super::pass::Seq;
use super::peek::Peeked;
use super::plan::{Asked, Pick, Plan, Step};
use super::previews::Previews;
use super::progress::{Progress, Teller};
use super::publish::Publisher;
use super::readback::{self, ReadBack, Readbacks};
use super::reading::{self, Discovery, Queue, Read, Strangers, Tally};
use super::send::{self, Outbox, Reply};
use super::window::Window;
use crate::clock;
use crate::domain::decision::{Answer, Decision, Event, NoStep};
use crate::domain::{
    AssetId, AssetSlot, DecisionId, EntryId, EntryStatus, QuestId, SafeText, Timestamp, UserId,
};
use crate::ouro::{Client, Entry, EntryFilter, OuroError, QuestScope};
use crate::store::{Store, StoreError};
use flights::{Flight, Landed};

/// Everything the engine knows.
pub(super) struct Conductor {
    client: Client,
    store: Store,
    options: Options,
    started: Instant,
    plan: Plan,
    budget: Budget,
    connection: Connection,
    publisher: Publisher,
    queues: HashMap<QuestId, Queue>,
    tallies: HashMap<QuestId, Tally>,
    rejections: HashMap<QuestId, Tally>,
    discovery: Discovery,
    strangers: Strangers,
    outbox: Outbox,
    window: Window,
    teller: Teller,
    readbacks: Readbacks,
    /// Decisions that the server is to be looked at for before they are sent.
    checks: Readbacks,
    /// Those for which that was done since the server was reached.
    checked: HashMap<DecisionId, Moment>,
    /// Since when the server has been in reach: what was decided before was decided without it.
    reached_at: Timestamp,
    /// From when on a request that was sent can't be under way any more.
    settled: HashMap<DecisionId, Moment>,
    /// When decisions that were sent before were last seen not to have been done.
    proved: HashMap<DecisionId, Moment>,
    errands: Errands,
    /// To be claimed once the runs of another one are counted.
    in_turn: Vec<DecisionId>,
    /// Claimed, and not yet sent.
    ready: VecDeque<Decision>,
    /// What came of decisions, and is to be written down together with what else came in the same moment.
    answers: Vec<(Decision, Option<Box<Entry>>, Answer)>,
    /// Entries whose decision is being sent.
    sending: HashSet<EntryId>,
    me: Option<UserId>,
    previews: Previews,
    /// Looks into assets that are under way, so that they can be given up.
    looks: HashMap<AssetId, AbortHandle>,
    /// Files that are being saved, so that they can be given up.
    savings: HashMap<PathBuf, AbortHandle>,
    sink: Sink,
    flights: HashMap<Id, Flight>,
    tasks: JoinSet<Landed>,
    seq: u64,
    /// Requests that the budget knows of.
    counted: u64,
    gauge: Gauge,
    /// The open decisions are to be learned once more.
    learn_again: bool,
    stopping: bool,
}

impl Conductor {
    pub(super) fn new(client: Client, store: Store, options: Options, sink: Sink) -> Self {
        let budget = Budget::new(options.requests_per_minute);
        let counted = client.requests_made();
        Self {
            plan: Plan::new(options.focus_every, &budget),
            budget,
            connection: Connection::new(options.seed),
            publisher: Publisher::new(sink.clone(), store.clone()),
            client,
            store,
            options,
            started: clock::monotonic(),
            queues: HashMap::new(),
            tallies: HashMap::new(),
            rejections: HashMap::new(),
            discovery: Discovery::default(),
            strangers: Strangers::default(),
            outbox: Outbox::default(),
            window: Window::default(),
            teller: Teller::default(),
            readbacks: Readbacks::default(),
            checks: Readbacks::default(),
            checked: HashMap::new(),
            reached_at: Timestamp::from_millis(i64::MAX),
            settled: HashMap::new(),
            proved: HashMap::new(),
            errands: Errands::default(),
            in_turn: Vec::new(),
            ready: VecDeque::new(),
            answers: Vec::new(),
            sending: HashSet::new(),
            me: None,
            previews: Previews::default(),
            looks: HashMap::new(),
            savings: HashMap::new(),
            sink,
            flights: HashMap::new(),
            tasks: JoinSet::new(),
            seq: 0,
            counted,
            gauge: Gauge::default(),
            learn_again: false,
            stopping: false,
        }
    }

    /// Works until it is told to stop, or nobody can give orders any more.
    pub(super) async fn run(mut self, mut orders: UnboundedReceiver<Order>) {
        self.publisher.link(self.connection.link());
        self.learn_open_decisions();
        let within = loop {
            let wake = self.begin();
            let wake = earliest(wake, self.tell_progress());
            let now = self.now();
            self.publisher.link(self.connection.link());
            tokio::select! {
                // Orders first: what somebody asks for comes before what the engine does by itself.
                biased;
                order = orders.recv() => match order {
                    None => break Duration::ZERO,
                    Some(Order::Stop(within)) => break within,
                    Some(order) => {
                        self.obey(&order);
                        // A bulk's thousand orders are one beginning.
                        let mut stop = None;
                        while let Ok(order) = orders.try_recv() {
                            match order {
                                Order::Stop(within) => stop = Some(within),
                                order => self.obey(&order),
                            }
                        }
                        if let Some(within) = stop {
                            break within;
                        }
                    }
                },
                Some(done) = self.tasks.join_next_with_id() => {
                    self.land(done);
                    // What came back together is concluded from together.
                    while let Some(done) = self.tasks.try_join_next_with_id() {
                        self.land(done);
                    }
                }
                () = until(now, wake) => {}
            }
        };
        self.wind_down(within).await;
    }

    /// Waits for decisions that are on their way; everything else is dropped.
    async fn wind_down(mut self, within: Duration) {
        let deadline = self.now() + within;
        self.stopping = true;
        self.stop_all_saving().await;
        // A claim that is dropped before it is answered is queued again by the store.
        self.flights.retain(|_, flight| flight.lives() > 0);
        self.give_back();
        loop {
            self.record();
            if self.flights.is_empty() {
                break;
            }
            let now = self.now();
            tokio::select! {
                done = self.tasks.join_next_with_id() => match done {
                    Some(done) => self.land(done),
                    None => return,
                },
                () = until(now, Some(deadline)) => return,
            }
        }
        self.publisher.link(self.connection.link());
    }

    /// Time since the start.
    fn now(&self) -> Moment {
        clock::monotonic().saturating_duration_since(self.started)
    }

    fn next_seq(&mut self) -> Seq {
        self.seq += 1;
        Seq(self.seq)
    }

    fn obey(&mut self, order: &Order) {
        let now = self.now();
        match order {
            Order::Focus(quest) => self.plan.set_focus(*quest),
            Order::Refresh => {
                self.connection.try_again(now);
                self.publisher.forget_troubles();
                self.publisher.forget_refusals();
                self.discovery.hidden.clear();
                self.outbox.resume();
                self.readbacks.hurry(now);
                self.checks.hurry(now);
                self.errands.hurry();
                self.plan.ask_all();
                self.previews.forget();
            }
            Order::Look { wishes, ahead } => self.look(wishes, ahead),
            Order::Save(saving) => self.save(saving.clone()),
            Order::StopSaving(to) => self.stop_saving(to),
            Order::Send(id) => self.outbox.push(*id),
            Order::ReadBack(id, _) if self.readbacks.has(*id) => {}
            // Only the store knows what it is about.
            Order::ReadBack(..) | Order::TakeOver => self.learn_open_decisions(),
            Order::Pause => {
                self.outbox.hold(true);
                self.give_back();
            }
            Order::Resume => self.outbox.hold(false),
            Order::Talk(about) => self.errands.ask(about.iter().copied().map(Errand::Talk)),
            Order::Run(id) => self.errands.ask([Errand::Run(*id)]),
            Order::RunPrices(prices) => self.errands.price(prices),
            Order::Route(id) => self.errands.also(Errand::Route(*id)),
            Order::Watch(questions) => self.errands.watch(questions.clone()),
            Order::Stop(_) => {}
        }
    }

    fn learn_open_decisions(&mut self) {
        if self.flights.values().any(|flight| matches!(flight, Flight::Open)) {
            // What is asked for now may be newer than the answer that is under way.
            self.learn_again = true;
            return;
        }
        let store = self.store.clone();
        self.fly(Flight::Open, async move { Landed::Open(store.open_decisions().await) });
    }

    /// Begins whatever may begin now, and says when to look again, if nothing else happens.
    fn begin(&mut self) -> Option<Moment> {
        let wake = self.begin_what_may();
        self.record();
        wake
    }

    fn begin_what_may(&mut self) -> Option<Moment> {
        loop {
            let now = self.now();
            self.tell_budget(now);
            match self.connection.may(now) {
                May::Never => {
                    self.give_back();
                    return None;
                }
                May::WaitUntil(at) => {
                    self.give_back();
                    return Some(at);
                }
                May::Probe if self.is_asking() => return None,
                May::Probe => {
                    // A read shows whether it works again, and does no harm if it does not.
                    let read = self.begin_read(now);
                    if read.is_ok() || self.begin_decision(now) {
                        return None;
                    }
                    return earliest(read.err().flatten(), self.next_decision_at());
                }
                May::Send => {
                    if self.begin_decision(now) {
                        continue;
                    }
                    if self.begin_errand(now) {
                        continue;
                    }
                    match self.begin_read(now) {
                        Ok(()) => {}
                        Err(wake) => {
                            // Previews come after everything else.
                            if let Err(look) = self.begin_look(now) {
                                let errand = self.next_errand_at(now);
                                let wake = earliest(earliest(wake, look), errand);
                                return earliest(wake, self.next_decision_at());
                            }
                        }
                    }
                }
            }
        }
    }

    /// Begins what somebody asks to read, if the budget allows.
    fn begin_errand(&mut self, now: Moment) -> bool {
        if self.me.is_none() || self.budget.fits_at(now, errands::COST) > now {
            return false;
        }
        let Some(errand) = self.errands.next(now) else { return false };
        let client = self.client.clone();
        self.fly(Flight::Errand { errand, begun: now }, async move {
            Landed::Errand(Box::new(errands::run(client, errand).await))
        });
        true
    }

    /// When there will be something to read for somebody.
    fn next_errand_at(&self, now: Moment) -> Option<Moment> {
        self.me?;
        self.errands.next_at().map(|at| at.max(self.budget.fits_at(now, errands::COST)))
    }

    fn spend(&mut self, now: Moment, what: Use, requests: u32) {
        self.budget.spend(now, what, requests);
        self.counted = self.counted.saturating_add(u64::from(requests));
    }

    /// Requests that were made on the way (a new token, a second try after a 401) are counted when it is quiet.
    fn tell_budget(&mut self, now: Moment) {
        if !self.is_asking() && !self.previews.is_looking() {
            let made = self.client.requests_made();
            let more = u32::try_from(made.saturating_sub(self.counted)).unwrap_or(u32::MAX);
            self.budget.spend(now, Use::Read, more);
            self.counted = made;
        }
        let limit = self.budget.limit();
        if let Some(used) = self.gauge.take(now, self.budget.used(now), limit) {
            self.publisher.budget(used, limit);
        }
    }

    /// The server answered, whatever it said.
    fn answered(&mut self, begun: Moment) {
        self.was_reached();
        self.connection.answered(begun);
        self.publisher.link(self.connection.link());
    }

    /// A request failed.
    fn failed(&mut self, error: &OuroError, begun: Moment) -> Failure {
        let failure = Failure::of(error);
        let why = SafeText::line(&error.to_string());
        self.connection.failed(failure, &why, begun, self.now(), clock::now());
        self.publisher.link(self.connection.link());
        failure
    }
}

/// Waits until that moment; without one, for ever.
async fn until(now: Moment, wake: Option<Moment>) {
    match wake {
        Some(wake) => tokio::time::sleep(wake.saturating_sub(now)).await,
        None => std::future::pending().await,
    }
}

fn earliest(one: Option<Moment>, other: Option<Moment>) -> Option<Moment> {
    one.into_iter().chain(other).min()
}
