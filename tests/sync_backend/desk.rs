//! A backend, and ana's store and engine at it.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use questdesk::backend::{self, Backend};
use questdesk::clock;
use questdesk::domain::decision::{Act, Bound, Decision, Stage};
use questdesk::domain::{Cost, DecisionId, QuestId, SessionId};
use questdesk::ouro::{Client, Settings, Timeouts};
use questdesk::store::{self, Store};
use questdesk::sync::{Engine, News, Options};
use tokio::runtime::Runtime;
use uuid::Uuid;

/// Far longer than a test takes.
const DEADLINE: Duration = Duration::from_secs(120);

#[expect(clippy::large_enum_variant, reason = "there is one at a time")]
pub(crate) enum Told {
    Engine(News),
    Store(store::News),
}

pub(crate) struct Desk {
    pub(crate) runtime: Runtime,
    pub(crate) backend: Backend,
    pub(crate) store: Store,
    pub(crate) engine: Engine,
    inbox: Receiver<Told>,
    session: SessionId,
    deadline: Instant,
    _folder: tempfile::TempDir,
}

impl Desk {
    pub(crate) fn open() -> Self {
        let runtime = Runtime::new().unwrap();
        let backend = runtime.block_on(Backend::start(backend::Options::default())).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let session = SessionId::new(Uuid::now_v7());
        let (sink, inbox) = mpsc::channel();
        let to = sink.clone();
        let store_sink: store::Sink = Arc::new(move |news| {
            let _ = to.send(Told::Store(news));
        });
        let options = store::Options { dir: folder.path().into(), session, may_send: true };
        let store = Store::open(options, store_sink).unwrap();
        let options = Options {
            requests_per_minute: 100_000,
            focus_every: Duration::from_secs(2),
            ..Options::default()
        };
        let engine_sink = Arc::new(move |news| {
            let _ = sink.send(Told::Engine(news));
        });
        let engine = Engine::start(client(&backend, "ana"), store.clone(), options, engine_sink).unwrap();
        let deadline = clock::monotonic() + DEADLINE;
        Self { runtime, backend, store, engine, inbox, session, deadline, _folder: folder }
    }

    /// What is told next; nothing once the test takes too long.
    pub(crate) fn next(&self) -> Option<Told> {
        self.inbox.recv_timeout(self.deadline.saturating_duration_since(clock::monotonic())).ok()
    }

    /// Writes a decision down, to be sent as soon as it is ordered.
    pub(crate) fn record(&self, quest: QuestId, act: Act, bound: Bound, cost: Cost) -> DecisionId {
        let id = DecisionId::new(Uuid::now_v7());
        let now = clock::now();
        self.store.record(Decision {
            id,
            session: self.session,
            batch: None,
            quest,
            act,
            bound,
            cost,
            label: "an entry".into(),
            made_at: now,
            changed_at: now,
            attempts: 0,
            began: None,
            stage: Stage::Queued,
        });
        id
    }

    pub(crate) fn close(self) {
        self.engine.stop(Duration::from_secs(5));
        self.store.close();
        self.runtime.block_on(self.backend.stop());
    }
}

pub(crate) fn client(backend: &Backend, who: &str) -> Client {
    Client::new(Settings {
        base_url: backend.ready().url.parse().unwrap(),
        key: backend.ready().account(who).unwrap().api_key.clone().into(),
        org: None,
        timeouts: Timeouts { connect: Duration::from_secs(30), request: Duration::from_secs(30) },
    })
    .unwrap()
}
