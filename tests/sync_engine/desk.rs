//! A desk without a screen: a store, an engine, and everything that they tell.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test helper: what fails here is the test")]

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::{Duration, Instant};

use questdesk::domain::decision::{Act, Bound, Decision, Event, Stage, Verdict};
use questdesk::domain::{
    BatchId, Cost, DecisionId, EntryId, EntryRow, ItemId, ItemStatus, Money, SafeText, SessionId, Timestamp,
};
use questdesk::ouro::{BaseUrl, Client, Settings, Timeouts};
use questdesk::store::{self, Store};
use questdesk::sync::{Engine, Link, News, Options, Order};

use crate::server::{Server, item, quest};

/// How long anything may take before it counts as never.
const DEADLINE: Duration = Duration::from_secs(30);

pub(crate) enum Told {
    Engine(News),
    Store(Box<store::News>),
}

pub(crate) struct Desk {
    engine: Option<Engine>,
    pub(crate) store: Store,
    inbox: Receiver<Told>,
    sink: Sender<Told>,
    client: Client,
    session: SessionId,
    _folder: tempfile::TempDir,
    /// Pending entries as an app would hold them.
    pub(crate) pending: BTreeSet<EntryId>,
    pub(crate) rows: HashMap<EntryId, EntryRow>,
    pub(crate) news: Vec<News>,
    pub(crate) decisions: HashMap<DecisionId, Decision>,
    pub(crate) link: Option<Link>,
}

impl Desk {
    pub(crate) fn at(server: &Server, options: Options) -> Self {
        Self::with(server, options, DEADLINE)
    }

    /// One that waits so long for an answer. A busy machine may take longer for one that comes.
    pub(crate) fn with(server: &Server, options: Options, patience: Duration) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (sink, inbox) = mpsc::channel();
        let session = SessionId::new(uuid::Uuid::now_v7());
        let to = sink.clone();
        let told: store::Sink = Arc::new(move |news| {
            let _ = to.send(Told::Store(Box::new(news)));
        });
        let store =
            Store::open(store::Options { dir: folder.path().into(), session, may_send: true }, told).unwrap();
        let client = Client::new(Settings {
            base_url: format!("http://{}", server.address).parse::<BaseUrl>().unwrap(),
            key: "a key".to_owned().into(),
            org: None,
            timeouts: Timeouts { connect: DEADLINE, request: patience },
        })
        .unwrap();
        let mut desk = Self {
            engine: None,
            store,
            inbox,
            sink,
            client,
            session,
            _folder: folder,
            pending: BTreeSet::new(),
            rows: HashMap::new(),
            news: Vec::new(),
            decisions: HashMap::new(),
            link: None,
        };
        desk.start(options);
        desk
    }

    pub(crate) fn start(&mut self, options: Options) {
        let to = self.sink.clone();
        let sink = Arc::new(move |news| {
            let _ = to.send(Told::Engine(news));
        });
        self.engine = Some(Engine::start(self.client.clone(), self.store.clone(), options, sink).unwrap());
    }

    pub(crate) fn stop(&mut self, within: Duration) {
        if let Some(engine) = self.engine.take() {
            engine.stop(within);
        }
        while let Ok(told) = self.inbox.try_recv() {
            self.hear(told);
        }
    }

    pub(crate) fn order(&self, order: Order) {
        self.engine.as_ref().unwrap().order(order);
    }

    fn hear(&mut self, told: Told) {
        match told {
            Told::Engine(news) => {
                match &news {
                    News::Entries { upserts, gone, .. } => {
                        for row in upserts {
                            self.pending.insert(row.id);
                            self.rows.insert(row.id, row.clone());
                        }
                        for gone in gone {
                            self.pending.remove(&gone.entry);
                        }
                    }
                    News::Link(link) => self.link = Some(link.clone()),
                    _ => {}
                }
                self.news.push(news);
            }
            Told::Store(news) => self.hear_store(*news),
        }
    }

    fn hear_store(&mut self, news: store::News) {
        match news {
            store::News::Recorded(decision) => {
                // An engine that is started later learns it by itself.
                if let Some(engine) = &self.engine {
                    engine.order(Order::Send(decision.id));
                }
                self.decisions.insert(decision.id, decision);
            }
            store::News::Moved(decision) => {
                self.decisions.insert(decision.id, decision);
            }
            store::News::NotRecorded { words, .. } => panic!("not recorded: {words}"),
            _ => {}
        }
    }

    /// Listens until it is so.
    pub(crate) fn until(&mut self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let end = questdesk::clock::monotonic() + DEADLINE;
        while !is_so(self) {
            let left: Duration = Instant::saturating_duration_since(&end, questdesk::clock::monotonic());
            if let Ok(told) = self.inbox.recv_timeout(left) {
                self.hear(told);
            } else {
                let last: Vec<_> = self.news.iter().rev().take(12).collect();
                panic!("{what}: never; link {:?}, decisions {:?}, last {last:#?}", self.link, self.stages());
            }
        }
    }

    fn stages(&self) -> Vec<&Stage> {
        self.decisions.values().map(|decision| &decision.stage).collect()
    }

    pub(crate) fn until_whole(&mut self) {
        let from = self.news.len();
        self.until("a whole pass", |desk| {
            desk.news[from..].iter().any(|news| matches!(news, News::Fresh { whole: true, .. }))
        });
    }

    /// Lets a decision go.
    pub(crate) fn decide(&mut self, id: EntryId, verdict: Verdict) -> DecisionId {
        let act = Act::Review { entry: id, item: Some(item()), verdict, note: None };
        let bound = Bound::Entry(self.rows[&id].version);
        self.record(act, bound)
    }

    /// Lets an acceptance go of an entry that was rejected.
    pub(crate) fn accept_instead(&mut self, id: EntryId) -> DecisionId {
        let act = Act::Review { entry: id, item: Some(item()), verdict: Verdict::Accept, note: None };
        let bound = Bound::Rejected(self.rows[&id].version);
        self.record(act, bound)
    }

    pub(crate) fn rescore(&mut self) -> DecisionId {
        self.record(Act::Rescore { item: item(), runs: 2, free: false }, Bound::Item(ItemStatus::Pending))
    }

    /// Scores several items again as one act, each at so much for two runs; `None`: for nothing.
    pub(crate) fn rescores(&mut self, items: &[ItemId], gross: Option<i64>) -> Vec<DecisionId> {
        let batch = Some(BatchId::from_bytes([4; 16]));
        let of = |item: &ItemId| {
            let act = Act::Rescore { item: *item, runs: 2, free: gross.is_none() };
            let cost = Cost { gross: gross.map(Money::sats), fee: None, xp: 0 };
            Decision { batch, cost, ..self.made(act, Bound::Item(ItemStatus::Pending)) }
        };
        let decisions: Vec<Decision> = items.iter().map(of).collect();
        let ids = decisions.iter().map(|decision| decision.id).collect();
        for decision in decisions {
            self.store.record(decision);
        }
        ids
    }

    /// Lets an evaluation go.
    pub(crate) fn evaluate(&mut self, id: EntryId) -> DecisionId {
        let bound = Bound::Entry(self.rows[&id].version);
        self.record(Act::Evaluate { entry: id, before: self.rows[&id].eval.clone() }, bound)
    }

    pub(crate) fn set_item(&mut self, status: ItemStatus) -> DecisionId {
        self.record(Act::SetItem { item: item(), status }, Bound::Item(ItemStatus::Pending))
    }

    pub(crate) fn record(&mut self, act: Act, bound: Bound) -> DecisionId {
        let decision = self.made(act, bound);
        let id = decision.id;
        self.store.record(decision);
        id
    }

    pub(crate) fn made(&self, act: Act, bound: Bound) -> Decision {
        let now: Timestamp = questdesk::clock::now();
        Decision {
            id: DecisionId::new(uuid::Uuid::now_v7()),
            session: self.session,
            batch: None,
            quest: quest(),
            act,
            bound,
            cost: Cost::default(),
            label: SafeText::line("a decision"),
            made_at: now,
            changed_at: now,
            attempts: 0,
            began: None,
            stage: Stage::Queued,
        }
    }

    /// Takes a decision back.
    pub(crate) fn undo(&self, id: DecisionId) {
        self.store.step(id, Event::Undo);
    }

    pub(crate) fn stage(&self, id: DecisionId) -> Option<&Stage> {
        self.decisions.get(&id).map(|decision| &decision.stage)
    }

    /// Waits until a decision is over, and says how it ended.
    pub(crate) fn end_of(&mut self, id: DecisionId) -> Stage {
        self.until("the end of a decision", |desk| desk.stage(id).is_some_and(Stage::is_over));
        self.decisions[&id].stage.clone()
    }
}
