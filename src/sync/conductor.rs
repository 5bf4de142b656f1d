//! The one task that owns everything the engine knows. It begins what may begin, and draws the conclusions of what
//! comes back; it waits for nothing but messages and the next moment at which something may begin.

mod checking;
mod conclusions;
mod delivery;
mod previews;

use std::collections::{HashMap, HashSet, VecDeque};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::{AbortHandle, Id, JoinError, JoinSet};

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

/// Reads at once.
const READS: usize = 4;

/// Decisions between their claim and the note of what came of them, for each that may be at the server at once: those
/// that wait for the disk before and after are written together, several in one transaction.
const LIVES_A_SEND: usize = 4;

/// Quests that are read back at once.
const READ_BACKS: usize = 2;

/// A task under way, and what it is for.
#[derive(Debug)]
enum Flight {
    Read { step: Step, offset: u32, begun: Moment },
    Open,
    Claims(Vec<DecisionId>),
    Send { decision: Box<Decision>, begun: Moment },
    Records(Vec<(Decision, Option<Box<Entry>>)>),
    ReadBack { quest: QuestId, ids: Vec<DecisionId>, begun: Moment },
    Check { quest: QuestId, ids: Vec<DecisionId>, begun: Moment },
    Errand { errand: Errand, begun: Moment },
    Kept { ahead: bool },
    Ahead,
    Look { begun: Moment },
    Save(PathBuf),
}

impl Flight {
    /// Decisions of whose way it is a part.
    const fn lives(&self) -> usize {
        match self {
            Self::Claims(ids) => ids.len(),
            Self::Send { .. } => 1,
            Self::Records(decisions) => decisions.len(),
            _ => 0,
        }
    }
}

/// What a task came back with.
#[derive(Debug)]
enum Landed {
    Read(Read),
    Open(Result<Vec<Decision>, StoreError>),
    Claimed(Vec<Result<Decision, StoreError>>),
    Delivered(Result<Reply, OuroError>),
    Recorded(Vec<Result<Result<Decision, NoStep>, StoreError>>),
    ReadBack(Box<ReadBack>),
    Checked(Box<Checked>),
    Errand(Box<errands::Done>),
    Kept(Vec<(Wish, Option<Timestamp>)>),
    Ahead(Result<Vec<AssetSlot>, StoreError>),
    Peeked(Peeked),
    Saved(Result<SafeText, SafeText>),
}

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
    checked: HashSet<DecisionId>,
    /// Since when the server has been in reach: what was decided before was decided without it.
    reached_at: Timestamp,
    errands: Errands,
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
            checked: HashSet::new(),
            reached_at: Timestamp::from_millis(i64::MAX),
            errands: Errands::default(),
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
            Order::RunPrice { item, route, input } => {
                self.errands.ask([Errand::Price(*item, *route, *input)]);
            }
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

    fn fly(&mut self, flight: Flight, task: impl Future<Output = Landed> + Send + 'static) {
        let id = self.tasks.spawn(task).id();
        self.flights.insert(id, flight);
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

    fn count(&self, which: impl Fn(&Flight) -> bool) -> usize {
        self.flights.values().filter(|flight| which(flight)).count()
    }

    /// Whether any request is under way.
    fn is_asking(&self) -> bool {
        self.count(|flight| {
            matches!(
                flight,
                Flight::Read { .. }
                    | Flight::Send { .. }
                    | Flight::ReadBack { .. }
                    | Flight::Check { .. }
                    | Flight::Errand { .. }
            )
        }) > 0
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

    /// When a decision could begin for which it is too early now.
    fn next_decision_at(&self) -> Option<Moment> {
        self.me?;
        let readbacks = self.passes();
        let looks = earliest(self.readbacks.next_at(), self.checks.next_at());
        earliest(
            self.outbox.next_at().filter(|_| self.lives() < self.most_lives()),
            looks.filter(|_| readbacks < READ_BACKS),
        )
    }

    /// Begins a claim or a read-back, if one is due.
    fn begin_decision(&mut self, now: Moment) -> bool {
        // Who we are must be known: it tells our decisions from those of others.
        if self.me.is_none() {
            return false;
        }
        if self.passes() < READ_BACKS
            && let Some(work) = self.readbacks.begin(now)
        {
            let (client, store, me) = (self.client.clone(), self.store.clone(), self.me);
            let ids = work.1.iter().map(|wanted| wanted.id).collect();
            let flight = Flight::ReadBack { quest: work.0, ids, begun: now };
            self.fly(flight, async move {
                Landed::ReadBack(Box::new(readback::read_back(client, store, work, me).await))
            });
            return true;
        }
        if self.passes() < READ_BACKS
            && let Some((quest, wanted, _)) = self.checks.begin(now)
        {
            let client = self.client.clone();
            let ids = wanted.iter().map(|wanted| wanted.id).collect();
            self.fly(Flight::Check { quest, ids, begun: now }, async move {
                Landed::Checked(Box::new(check::check(client, quest, wanted).await))
            });
            return true;
        }
        if self.sends() < self.window.size()
            && let Some(decision) = self.ready.pop_front()
        {
            self.deliver(decision);
            return true;
        }
        let room = self.most_lives().saturating_sub(self.lives());
        let ids: Vec<DecisionId> = std::iter::from_fn(|| self.outbox.next(now)).take(room).collect();
        if ids.is_empty() {
            return false;
        }
        let (store, wanted) =
            (self.store.clone(), ids.iter().map(|id| (*id, self.decided_since(*id))).collect());
        self.fly(Flight::Claims(ids), async move { Landed::Claimed(store.claim_many(wanted).await) });
        true
    }

    fn deliver(&mut self, decision: Decision) {
        let begun = self.now();
        self.spend(begun, Use::Decision, 1);
        let (client, sent) = (self.client.clone(), decision.clone());
        self.fly(Flight::Send { decision: Box::new(decision), begun }, async move {
            Landed::Delivered(send::request(client, sent).await)
        });
    }

    /// Writes down what came of decisions, all in one transaction.
    fn record(&mut self) {
        if self.answers.is_empty() {
            return;
        }
        let (mut decisions, mut steps) = (Vec::new(), Vec::new());
        for (decision, entry, answer) in std::mem::take(&mut self.answers) {
            steps.push((decision.id, Event::Answer(answer)));
            decisions.push((decision, entry));
        }
        let stepped = self.store.step_each(steps);
        self.fly(Flight::Records(decisions), async move { Landed::Recorded(stepped.await) });
    }

    /// What was claimed can't be sent now: it is queued again, and may be taken back.
    fn give_back(&mut self) {
        let ready = std::mem::take(&mut self.ready);
        self.answers.extend(ready.into_iter().map(|decision| (decision, None, Answer::NotSent)));
    }

    /// Decisions between their claim and the note of what came of them.
    fn lives(&self) -> usize {
        let under_way: usize = self.flights.values().map(Flight::lives).sum();
        self.ready.len() + self.answers.len() + under_way
    }

    /// Passes over quests for decisions of ours.
    fn passes(&self) -> usize {
        self.count(|flight| matches!(flight, Flight::ReadBack { .. } | Flight::Check { .. }))
    }

    const fn most_lives(&self) -> usize {
        self.window.size() * LIVES_A_SEND
    }

    /// Decisions at the server.
    fn sends(&self) -> usize {
        self.count(|flight| matches!(flight, Flight::Send { .. }))
    }

    /// Tells how the sender is getting on, and says when to do it again.
    fn tell_progress(&mut self) -> Option<Moment> {
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let progress = Progress {
            paused: self.outbox.is_held(),
            in_flight: count(self.sends()),
            waiting: count(self.outbox.waiting() + self.checks.len() + self.lives() - self.sends()),
            at_once: count(self.window.size()),
            ..Progress::default()
        };
        if let Some(progress) = self.teller.take(self.now(), progress) {
            self.publisher.sending(progress);
        }
        self.teller.wake()
    }

    /// Begins the next read of the plan; else says when there will be one.
    fn begin_read(&mut self, now: Moment) -> Result<(), Option<Moment>> {
        if self.count(|flight| matches!(flight, Flight::Read { .. })) >= READS {
            return Err(None);
        }
        match self.plan.pick(now, &self.budget) {
            Pick::Wait(at) => Err(at),
            Pick::Start(step) => {
                self.read(step, now);
                Ok(())
            }
        }
    }

    fn read(&mut self, step: Step, now: Moment) {
        self.plan.started(step, now);
        self.spend(now, Use::Read, step.cost());
        let client = self.client.clone();
        let flight = |offset| Flight::Read { step, offset, begun: now };
        match step {
            Step::SignIn => self.fly(flight(0), async { Landed::Read(reading::sign_in(client).await) }),
            Step::Discover => match self.discovery.next(&self.options.quests) {
                Ok(quest) => {
                    self.fly(flight(0), async move { Landed::Read(reading::detail(client, quest).await) });
                }
                Err(offset) => {
                    let scope = QuestScope { team: self.options.team, ..QuestScope::default() };
                    let task = async move { Landed::Read(reading::quests(client, scope, offset).await) };
                    self.fly(flight(offset), task);
                }
            },
            Step::Items(quest) => {
                self.fly(flight(0), async move { Landed::Read(reading::detail(client, quest).await) });
            }
            Step::Queue(quest) => self.read_queue(quest, step, now),
            Step::Accepted(quest) => self.read_decided(quest, step, now, EntryFilter::Accepted),
            Step::Rejected(quest) => self.read_decided(quest, step, now, EntryFilter::Rejected),
            Step::Vanished(quest) => {
                let wanted = self.queues.get(&quest).map(|queue| queue.vanished.clone()).unwrap_or_default();
                let wanted = wanted.into_iter().filter(|id| !self.is_ours_to_tell(*id)).collect();
                let task = async move { Landed::Read(reading::vanished(client, quest, wanted).await) };
                self.fly(flight(0), task);
            }
            Step::Balances => self.fly(flight(0), async { Landed::Read(reading::balances(client).await) }),
            Step::Person => match self.strangers.next() {
                Some(id) => {
                    self.fly(flight(0), async move { Landed::Read(reading::person(client, id).await) });
                }
                None => self.plan.finished(step),
            },
        }
    }

    fn read_queue(&mut self, quest: QuestId, step: Step, now: Moment) {
        let begun = self.next_seq();
        let depth = self.plan.depth(quest, now);
        let queue = self.queues.entry(quest).or_default();
        let pass = queue.pass(begun, depth, clock::now());
        for entry in &self.sending {
            pass.excuse(*entry);
        }
        let offset = pass.wants().first().copied();
        if let Some(offset) = offset {
            pass.ask(offset);
        }
        let seed = !std::mem::replace(&mut queue.seeded, true);
        self.read_window(quest, step, now, EntryFilter::Submitted, (offset, seed));
    }

    fn read_decided(&mut self, quest: QuestId, step: Step, now: Moment, filter: EntryFilter) {
        let begun = self.next_seq();
        let tally = match filter {
            EntryFilter::Rejected => {
                self.rejections.entry(quest).or_insert_with(|| Tally::of(EntryStatus::Rejected))
            }
            EntryFilter::Accepted | EntryFilter::Submitted => {
                self.tallies.entry(quest).or_insert_with(|| Tally::of(EntryStatus::Accepted))
            }
        };
        let pass = tally.pass(begun);
        let offset = pass.wants().first().copied();
        if let Some(offset) = offset {
            pass.ask(offset);
        }
        self.read_window(quest, step, now, filter, (offset, false));
    }

    fn read_window(
        &mut self,
        quest: QuestId,
        step: Step,
        now: Moment,
        filter: EntryFilter,
        (offset, seed): (Option<u32>, bool),
    ) {
        let Some(offset) = offset else {
            // All that the pass wants is under way already.
            self.plan.goes_on(step, now, 0);
            return;
        };
        let seed = seed.then(|| self.store.clone());
        let client = self.client.clone();
        self.fly(Flight::Read { step, offset, begun: now }, async move {
            Landed::Read(reading::entries(client, seed, (quest, filter, offset)).await)
        });
    }

    /// Whether an entry's fate is about to be known from a decision of ours.
    fn is_ours_to_tell(&self, entry: EntryId) -> bool {
        self.sending.contains(&entry) || self.readbacks.is_about(entry)
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

    /// A task ended.
    fn land(&mut self, done: Result<(Id, Landed), JoinError>) {
        let (id, landed) = match done {
            Ok(done) => done,
            Err(error) if error.is_cancelled() => {
                self.flights.remove(&error.id());
                return;
            }
            Err(error) => {
                // The panic hook has ended the program by now, unless there is none.
                tracing::error!(%error, "a task of the engine ended without an answer");
                self.flights.remove(&error.id());
                return;
            }
        };
        let now = self.now();
        match (self.flights.remove(&id), landed) {
            (Some(Flight::Read { step, offset, begun }), Landed::Read(read)) => {
                self.read_landed(step, offset, begun, read);
            }
            (Some(Flight::Open), Landed::Open(open)) => self.learned(open, now),
            (Some(Flight::Claims(ids)), Landed::Claimed(claims)) => {
                for (id, claimed) in ids.into_iter().zip(claims) {
                    self.claimed(id, claimed);
                }
            }
            (Some(Flight::Send { decision, begun }), Landed::Delivered(delivered)) => {
                self.delivered(*decision, begun, delivered);
            }
            (Some(Flight::Records(decisions)), Landed::Recorded(steps)) => {
                for ((decision, entry), after) in decisions.into_iter().zip(steps) {
                    self.recorded(&decision, entry, after);
                }
            }
            (Some(Flight::ReadBack { quest, ids, begun }), Landed::ReadBack(back)) => {
                self.was_read_back((quest, ids), begun, *back);
            }
            (Some(Flight::Check { quest, ids, begun }), Landed::Checked(checked)) => {
                self.was_checked((quest, ids), begun, *checked);
            }
            (Some(Flight::Errand { errand, begun }), Landed::Errand(done)) => {
                self.errand_done(errand, begun, *done);
            }
            (Some(Flight::Kept { ahead }), Landed::Kept(kept)) => self.was_kept(kept, ahead),
            (Some(Flight::Ahead), Landed::Ahead(slots)) => self.learned_ahead(slots),
            (Some(Flight::Look { begun }), Landed::Peeked(peeked)) => self.peeked(&peeked, begun),
            (Some(Flight::Save(to)), Landed::Saved(saved)) => self.saved(to, saved),
            (flight, _) => tracing::debug!(?flight, "an answer to nobody"),
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
