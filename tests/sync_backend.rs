//! The sync engine against our own backend, which keeps the rules of quests and pays: every decision once, whatever
//! becomes of its answer.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

use questdesk::backend::{self, Backend, Fault};
use questdesk::domain::decision::{Act, Bound, Decision, Settled, Stage, Verdict};
use questdesk::domain::{
    Cost, DecisionId, EntryId, EntryRow, EntryStatus, ItemId, QuestId, Reward, SessionId,
};
use questdesk::ouro::{Client, Settings, Timeouts};
use questdesk::store::{self, Store};
use questdesk::sync::{Engine, News, Options, Order};

enum Told {
    Engine(News),
    Store(Box<store::News>),
}

#[test]
fn a_backend_that_loses_answers_pays_each_acceptance_once() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let backend = runtime.block_on(Backend::start(backend::Options::default())).unwrap();
    let ana = backend.ready().account("ana").unwrap().clone();
    let folder = tempfile::tempdir().unwrap();
    let session = SessionId::new(uuid::Uuid::now_v7());
    let (sink, inbox) = mpsc::channel();
    let to = sink.clone();
    let store_sink: store::Sink = Arc::new(move |news| {
        let _ = to.send(Told::Store(Box::new(news)));
    });
    let store =
        Store::open(store::Options { dir: folder.path().into(), session, may_send: true }, store_sink)
            .unwrap();
    let client = Client::new(Settings {
        base_url: backend.ready().url.parse().unwrap(),
        key: ana.api_key.into(),
        org: None,
        timeouts: Timeouts { connect: Duration::from_secs(5), request: Duration::from_secs(5) },
    })
    .unwrap();
    let options = Options {
        requests_per_minute: 100_000,
        focus_every: Duration::from_millis(200),
        ..Options::default()
    };
    let engine_sink = Arc::new(move |news| {
        let _ = sink.send(Told::Engine(news));
    });
    let engine = Engine::start(client, store.clone(), options, engine_sink).unwrap();

    let mut pending: BTreeMap<EntryId, EntryRow> = BTreeMap::new();
    let mut rewards: HashMap<ItemId, Reward> = HashMap::new();
    let mut quests: Vec<QuestId> = Vec::new();
    let mut fresh: HashSet<QuestId> = HashSet::new();
    let mut ends: HashMap<DecisionId, Stage> = HashMap::new();
    let mut ids: Vec<(DecisionId, EntryId)> = Vec::new();
    let deadline = questdesk::clock::monotonic() + Duration::from_secs(60);
    loop {
        let left = deadline.saturating_duration_since(questdesk::clock::monotonic());
        match inbox.recv_timeout(left).unwrap_or_else(|_| panic!("never: {ends:?}")) {
            Told::Engine(News::Quests(found)) => quests = found.iter().map(|quest| quest.id).collect(),
            Told::Engine(News::Items { items, .. }) => {
                rewards.extend(items.iter().map(|item| (item.id, item.reward)));
            }
            Told::Engine(News::Entries { upserts, gone, .. }) => {
                pending.extend(upserts.into_iter().map(|row| (row.id, row)));
                for gone in gone {
                    pending.remove(&gone.entry);
                }
            }
            Told::Engine(News::Fresh { quest, whole: true, .. }) => {
                fresh.insert(quest);
            }
            Told::Store(news) => match *news {
                store::News::Recorded(decision) => engine.order(Order::Send(decision.id)),
                store::News::Moved(decision) if decision.stage.is_over() => {
                    ends.insert(decision.id, decision.stage);
                }
                _ => {}
            },
            Told::Engine(_) => {}
        }
        let all_read = !quests.is_empty() && quests.iter().all(|quest| fresh.contains(quest));
        let priced = |row: &EntryRow| row.item.is_none_or(|item| rewards.contains_key(&item));
        if ids.is_empty() && all_read && pending.values().all(priced) {
            for fault in
                [Fault::Lost, Fault::Truncated, Fault::Http500After, Fault::Http500Before, Fault::Garbage]
            {
                backend.script_fault("/review", fault, 2);
            }
            backend.script_fault("/review", Fault::Http429(1), 1);
            // One of each contributor and item: accepting one may end what others wait for.
            let mut items = HashSet::new();
            for row in pending.values().filter(|row| items.insert(row.item)).take(40) {
                let reward = row.item.and_then(|item| rewards.get(&item).copied()).unwrap_or_default();
                let id = DecisionId::new(uuid::Uuid::now_v7());
                let now = questdesk::clock::now();
                store.record(Decision {
                    id,
                    session,
                    batch: None,
                    quest: row.quest,
                    act: Act::Review { entry: row.id, item: row.item, verdict: Verdict::Accept, note: None },
                    bound: Bound::Entry(row.version),
                    cost: Cost::of_accepting(reward, None),
                    label: "an entry".into(),
                    made_at: now,
                    changed_at: now,
                    attempts: 0,
                    stage: Stage::Queued,
                });
                ids.push((id, row.id));
            }
        }
        let over = ids.iter().all(|(id, _)| ends.contains_key(id));
        if !ids.is_empty() && over && ids.iter().all(|(_, entry)| !pending.contains_key(entry)) {
            break;
        }
    }
    let confirmed: Vec<_> =
        ids.iter().filter(|(id, _)| ends[id] == Stage::Confirmed(Settled::Ours)).collect();
    assert_eq!(confirmed.len(), ids.len(), "{ends:#?}");
    for (_, entry) in &ids {
        let state = backend.entry_state(*entry).unwrap().unwrap();
        assert_eq!(state.status, EntryStatus::Accepted, "{state:?}");
    }
    let books = backend.inspect().unwrap();
    assert_eq!((books.ledger_sum, books.balance_difference), (0, 0));
    assert!(books.payments.values().all(|times| *times == 1), "{:?}", books.payments);
    assert!(ids.iter().any(|(_, entry)| books.payments.contains_key(entry)), "something was paid");
    assert!(books.faults.len() >= 5, "the faults were met: {:?}", books.faults);
    engine.stop(Duration::from_secs(5));
    store.close();
    runtime.block_on(backend.stop());
}
