//! A store on a folder of its own whose news are waited for, and things to put into it.

use std::path::Path;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use questdesk::domain::decision::{Act, Bound, Decision, Event, Stage, Verdict};
use questdesk::domain::*;
use questdesk::store::{CachedEntry, News, Options, Snapshot, Store, StoreError};

/// Far longer than anything takes: only a test that fails waits for it.
const DEADLINE: Duration = Duration::from_secs(20);

/// An open store and what it said at its start.
pub(crate) struct Desk {
    pub(crate) store: Store,
    pub(crate) news: Receiver<News>,
    pub(crate) rescued: Option<SafeText>,
    pub(crate) left: Vec<Decision>,
    pub(crate) asides: Vec<Aside>,
    pub(crate) snapshot: Snapshot,
    pub(crate) opened: Vec<(EntryId, Version)>,
    pub(crate) rows: Vec<EntryRow>,
    /// How many rows came in each batch.
    pub(crate) batches: Vec<usize>,
}

impl Desk {
    /// Opens a folder as the session of this number, and reads what comes at the start, in its order.
    pub(crate) fn open(dir: &Path, session: u8) -> Self {
        Self::try_open(dir, session).unwrap()
    }

    pub(crate) fn try_open(dir: &Path, session: u8) -> Result<Self, StoreError> {
        Self::open_watched(dir, session, |_| {})
    }

    /// Opens with something that is called on the store's thread after each news, and may keep it waiting.
    pub(crate) fn open_watched(
        dir: &Path,
        session: u8,
        watch: impl Fn(&News) + Send + Sync + 'static,
    ) -> Result<Self, StoreError> {
        let (told, news) = mpsc::channel();
        let options = Options { dir: dir.to_owned(), session: self::session(session), may_send: true };
        let sink = move |news: News| {
            let _ = told.send(news.clone());
            watch(&news);
        };
        let store = Store::open(options, Arc::new(sink))?;
        let next = || news.recv_timeout(DEADLINE).unwrap();
        let mut first = next();
        let mut rescued = None;
        if let News::Rescued { words } = first {
            rescued = Some(words);
            first = next();
        }
        let News::Left(left) = first else { panic!("expected Left: {first:?}") };
        let second = next();
        let News::Asides(asides) = second else { panic!("expected Asides: {second:?}") };
        let third = next();
        let News::Snapshot(snapshot) = third else { panic!("expected Snapshot: {third:?}") };
        let (mut rows, mut batches, mut more) = (Vec::new(), Vec::new(), true);
        let mut opened = Vec::new();
        while more {
            let mut batch = next();
            if let News::Opened(before) = batch {
                opened = before;
                batch = next();
            }
            let News::Rows { rows: batch, more: others } = batch else { panic!("expected Rows: {batch:?}") };
            batches.push(batch.len());
            rows.extend(batch);
            more = others;
        }
        Ok(Self { store, news, rescued, left, asides, snapshot, opened, rows, batches })
    }

    /// Opens as session 1. After each brief the store's thread stands still until a word is sent.
    pub(crate) fn open_halting(dir: &Path) -> (Self, Sender<()>) {
        let (go_on, gate) = mpsc::channel::<()>();
        let gate = Mutex::new(gate);
        let desk = Self::open_watched(dir, 1, move |news| {
            if matches!(news, News::Brief { .. }) {
                gate.lock().unwrap().recv().unwrap();
            }
        });
        (desk.unwrap(), go_on)
    }

    /// The next news.
    pub(crate) fn next(&self) -> News {
        self.news.recv_timeout(DEADLINE).unwrap()
    }

    /// The next news that is no word about other desks.
    pub(crate) fn next_own(&self) -> News {
        loop {
            match self.next() {
                News::Turn { .. } | News::Elsewhere(_) => {}
                news => return news,
            }
        }
    }

    /// Records a decision that the store must take.
    pub(crate) fn record(&self, decision: &Decision) {
        self.store.record(decision.clone());
        assert_eq!(self.next(), News::Recorded(decision.clone()));
    }

    /// Lets an event happen that must move the decision on.
    pub(crate) fn moved(&self, id: DecisionId, event: Event) -> Decision {
        self.store.step(id, event);
        match self.next() {
            News::Moved(decision) if decision.id == id => decision,
            other => panic!("expected Moved: {other:?}"),
        }
    }

    /// Claims a decision and swallows the news about it.
    pub(crate) fn claim(&self, id: DecisionId) -> Result<Decision, StoreError> {
        let claimed = wait(self.store.claim(id));
        match (&claimed, self.next()) {
            (Ok(decision), News::Moved(told)) => assert_eq!(*decision, told),
            (Err(StoreError::NotMoved(_, why)), News::NotMoved { why: told, .. }) => assert_eq!(*why, told),
            (_, told) => panic!("{claimed:?} and {told:?}"),
        }
        claimed
    }

    /// Claims a decision whatever news come between.
    pub(crate) fn store_claim(&self, id: DecisionId) -> Result<Decision, StoreError> {
        wait(self.store.claim(id))
    }

    /// The stages of all open decisions that this session keeps.
    pub(crate) fn open_stages(&self) -> Vec<(DecisionId, Stage)> {
        let open = wait(self.store.open_decisions()).unwrap();
        open.into_iter().map(|decision| (decision.id, decision.stage)).collect()
    }

    /// Waits until all cache work so far is done.
    pub(crate) fn settled(&self) -> &Self {
        wait(self.store.cached_pending(quest(1))).unwrap();
        self
    }

    pub(crate) fn body(&self, id: EntryId) -> (Option<EntryBody>, Option<SafeText>) {
        self.store.load_body(id);
        match self.next() {
            News::Body { entry, body, draft } if entry == id => (body.map(|body| (*body).clone()), draft),
            other => panic!("expected Body: {other:?}"),
        }
    }
}

/// Runs a future to its end.
pub(crate) fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

pub(crate) fn session(n: u8) -> SessionId {
    SessionId::from_bytes([n; 16])
}

pub(crate) fn quest(n: u8) -> QuestId {
    QuestId::from_bytes([n; 16])
}

pub(crate) fn item_id(n: u8) -> ItemId {
    ItemId::from_bytes([n; 16])
}

pub(crate) fn user(n: u8) -> UserId {
    UserId::from_bytes([n; 16])
}

pub(crate) fn entry_id(n: u32) -> EntryId {
    let mut bytes = [7; 16];
    bytes[..4].copy_from_slice(&n.to_be_bytes());
    EntryId::from_bytes(bytes)
}

pub(crate) fn decision_id(n: u32) -> DecisionId {
    let mut bytes = [9; 16];
    bytes[..4].copy_from_slice(&n.to_be_bytes());
    DecisionId::from_bytes(bytes)
}

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds * 1_000)
}

/// An acceptance of entry `n` of item 1 in version 0, held until a time that has passed.
pub(crate) fn accept(n: u32, session: u8) -> Decision {
    Decision {
        id: decision_id(n),
        session: self::session(session),
        batch: None,
        quest: quest(1),
        act: Act::Review {
            entry: entry_id(n),
            item: Some(item_id(1)),
            verdict: Verdict::Accept,
            note: Some(SafeText::block("well *done*\nthanks")),
        },
        bound: Bound::Entry(version(0)),
        cost: Cost { gross: Some(Money::sats(500)), fee: None, xp: 10 },
        label: "#1 CIF files · maria".into(),
        made_at: at(1),
        changed_at: at(1),
        attempts: 0,
        began: None,
        stage: Stage::Held { until: Some(at(6)) },
    }
}

/// Setting item `n` to done, seen as pending.
pub(crate) fn set_done(n: u8, id: u32, session: u8) -> Decision {
    Decision {
        act: Act::SetItem { item: item_id(n), status: ItemStatus::Done },
        bound: Bound::Item(ItemStatus::Pending),
        cost: Cost::default(),
        ..accept(id, session)
    }
}

/// Entry `n`, put aside in version 0.
pub(crate) fn aside(n: u32) -> Aside {
    let why = if n.is_multiple_of(2) { AsideWhy::Later } else { AsideWhy::Answer { newer_than: at(3) } };
    Aside { entry: entry_id(n), quest: quest(1), version: version(0), why, at: at(i64::from(n)) }
}

pub(crate) fn version(n: i64) -> Version {
    Version { updated_at: at(1_000 + n) }
}

/// Entry `n` of item 1 of quest 1 in a version and a status.
pub(crate) fn entry(n: u32, v: i64, status: EntryStatus) -> CachedEntry {
    let id = entry_id(n);
    let review = (status != EntryStatus::Submitted).then(|| review(status.clone()));
    CachedEntry {
        row: EntryRow {
            id,
            quest: quest(1),
            item: Some(item_id(1)),
            contributor: user(3),
            created_at: at(i64::from(n)),
            version: version(v),
            score: n.is_multiple_of(2).then_some(0.25),
            eval: EvalStatus::from_word(Some("queued")),
        },
        status,
        body: EntryBody {
            id,
            quest: quest(1),
            item: Some(item_id(1)),
            version: version(v),
            description: SafeText::block(&format!("entry {n}\nversion {v}")),
            assets: vec![AssetSlot {
                key: "file".into(),
                asset: AssetId::from_bytes([5; 16]),
                asset_type: "file".into(),
                name: Some("run7.csv".into()),
            }],
            categories: vec![("units".into(), "0.5".into())],
            signals: vec![("files".into(), "rows".into(), "88".into())],
            eval_action: None,
            review,
            embeds: vec![],
        },
    }
}

pub(crate) fn review(status: EntryStatus) -> Review {
    Review { status, reviewer: Some(user(8)), at: Some(at(5_000)), note: "seen".into() }
}

/// Item `n` of quest 1, paying so many sats, in a status.
pub(crate) fn item(n: u8, sats: i64, status: ItemStatus) -> Item {
    Item {
        id: item_id(n),
        quest: quest(1),
        number: u32::from(n),
        title: "CIF files".into(),
        status,
        auto_skipped: false,
        reward: Reward { xp: 10, money: (sats > 0).then(|| Money::sats(sats)) },
        eval: Some(EvalRule {
            band: PassBand { min: Some(0.8), max: None },
            trigger: EvalTrigger::Owner,
            route: None,
        }),
        leaderboard: None,
        waiting: Some(Waiting { on: "a delivery".into(), until: None }),
        keys: vec![SubmissionKey {
            key: "file".into(),
            label: None,
            required: true,
            asset_type: "file".into(),
            ..SubmissionKey::default()
        }],
        assignee: None,
        completed_by: None,
        inputs: None,
        updated_at: at(9),
    }
}

pub(crate) fn a_quest(n: u8) -> Quest {
    Quest {
        id: quest(n),
        name: SafeText::line(&format!("Curie sweep {n}")),
        team: None,
        team_name: "materials".into(),
        owner: user(1),
        kind: QuestKind::Closable,
        status: QuestStatus::Other("paused".into()),
        progress: Progress { total: 3, resolved: 1 },
        max_xp_per_contributor: Some(100),
        reviewing: Reviewing::Refused("not yours".into()),
        updated_at: at(3),
        url: None,
    }
}

/// Quest 1 with item 1 paying 500 sats, and these pending entries.
pub(crate) fn fill(desk: &Desk, entries: impl IntoIterator<Item = u32>) {
    desk.store.put_quests(vec![a_quest(1)]);
    desk.store.put_items(quest(1), vec![(item(1, 500, ItemStatus::Pending), "the *brief*".into())]);
    let entries = entries.into_iter().map(|n| entry(n, 0, EntryStatus::Submitted)).collect();
    desk.store.put_entries(quest(1), entries);
    desk.settled();
}
