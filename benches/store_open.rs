//! How long it takes from opening the state database to the first rows, to the last, and what deciding costs while
//! the cache is being written. Prints medians; takes the numbers of entries as arguments.
//!
//! `cargo bench --bench store_open -- 1000 100000`

use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use questdesk::clock;
use questdesk::domain::decision::{Act, Bound, Decision, Event, Stage, Verdict};
use questdesk::domain::{
    Cost, DecisionId, EntryBody, EntryId, EntryRow, EntryStatus, EvalStatus, ItemId, Person, Progress, Quest,
    QuestId, QuestKind, QuestStatus, Reviewing, SafeText, SessionId, Timestamp, UserId, Version,
};
use questdesk::store::{CachedEntry, News, Options, Store, StoreError};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let counts: Vec<u32> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let counts = if counts.is_empty() { vec![1_000, 100_000] } else { counts };
    let mut out = std::io::stdout();
    for count in counts {
        let dir = tempfile::tempdir()?;
        let filling = fill(dir.path(), count)?;
        let size = std::fs::metadata(dir.path().join("desk.db"))?.len() >> 20;
        writeln!(out, "{count} entries: filled in {filling:.0?}, {size} MiB")?;
        let rounds = if count > 200_000 { 5 } else { 15 };
        let opened = (0..rounds).map(|_| open_once(dir.path())).collect::<Result<Vec<_>, _>>()?;
        for (what, pick) in [("open", 0), ("snapshot", 1), ("first rows", 2), ("last rows", 3)] {
            let median = median(opened.iter().map(|times| times[pick]).collect());
            writeln!(out, "  {what:<12} {median:>8.2?}")?;
        }
        let (alone, busy) = decide(dir.path())?;
        writeln!(out, "  a decision, alone: {alone:.2?}; while 20,000 entries are written: {busy:.2?}")?;
        writeln!(out, "  peak memory: {} MiB", peak_memory())?;
    }
    Ok(())
}

fn open(dir: &Path) -> Result<(Store, Receiver<News>), StoreError> {
    let (told, news) = mpsc::channel();
    let session = SessionId::new(uuid::Uuid::now_v7());
    let sink = move |news| drop(told.send(news));
    Ok((Store::open(Options { dir: dir.to_owned(), session, may_send: true }, Arc::new(sink))?, news))
}

/// The times from the start to: opened, snapshot, first rows, last rows.
fn open_once(dir: &Path) -> Result<[Duration; 4], Failure> {
    let start = clock::monotonic();
    let (store, news) = open(dir)?;
    let mut times = [start.elapsed(), Duration::ZERO, Duration::ZERO, Duration::ZERO];
    loop {
        match news.recv()? {
            News::Snapshot(_) => times[1] = start.elapsed(),
            News::Rows { more, .. } => {
                if times[2].is_zero() {
                    times[2] = start.elapsed();
                }
                if !more {
                    times[3] = start.elapsed();
                    store.close();
                    return Ok(times);
                }
            }
            _ => {}
        }
    }
}

fn fill(dir: &Path, count: u32) -> Result<Duration, Failure> {
    let (store, _news) = open(dir)?;
    let start = clock::monotonic();
    store.put_quests((0..12).map(a_quest).collect());
    store.put_people((0..2_000).map(a_person).collect());
    for from in (0..count).step_by(1_200) {
        for n in 0..12 {
            let page = (from..count.min(from + 1_200)).filter(|entry| entry % 12 == u32::from(n));
            store.put_entries(quest(n), page.map(an_entry).collect());
        }
        if from % 60_000 == 0 {
            wait(store.cached_pending(quest(0)))??;
        }
    }
    wait(store.cached_pending(quest(0)))??;
    let took = start.elapsed();
    store.close();
    Ok(took)
}

/// How long until a decision is recorded: with nothing else to do, and while the cache is being written.
fn decide(dir: &Path) -> Result<(Duration, Duration), Failure> {
    let (store, news) = open(dir)?;
    while !matches!(news.recv()?, News::Rows { more: false, .. }) {}
    let alone = (0..50).map(|n| decide_once(&store, &news, n)).collect::<Result<Vec<_>, _>>()?;
    for page in 0..100 {
        store.put_entries(quest(0), (0..200).map(|n| an_entry((page * 200 + n) * 12)).collect());
    }
    let busy = (50..100).map(|n| decide_once(&store, &news, n)).collect::<Result<Vec<_>, _>>()?;
    store.step_many((0..100).map(decision_id).collect(), Event::Undo);
    store.close();
    Ok((median(alone), busy.into_iter().max().unwrap_or_default()))
}

fn decide_once(store: &Store, news: &Receiver<News>, n: u32) -> Result<Duration, Failure> {
    let start: Instant = clock::monotonic();
    store.record(a_decision(n));
    while !matches!(news.recv()?, News::Recorded(_)) {}
    Ok(start.elapsed())
}

fn wait<T>(future: impl Future<Output = T>) -> std::io::Result<T> {
    Ok(tokio::runtime::Builder::new_current_thread().build()?.block_on(future))
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// In MiB; 0 where the system does not say.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).unwrap_or_default() >> 10
}

const fn quest(n: u8) -> QuestId {
    QuestId::from_bytes([n + 1; 16])
}

/// As the platform makes them: the first bytes tell the time, the others are scattered.
fn id_bytes(n: u32) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..4].copy_from_slice(&n.to_be_bytes());
    bytes[8..].copy_from_slice(&u64::from(n).wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes());
    bytes
}

fn decision_id(n: u32) -> DecisionId {
    DecisionId::from_bytes(id_bytes(n))
}

fn a_quest(n: u8) -> Quest {
    Quest {
        id: quest(n),
        name: SafeText::line(&format!("Quest {n}")),
        team: None,
        team_name: "materials".into(),
        owner: UserId::from_bytes([1; 16]),
        kind: QuestKind::Continuous,
        status: QuestStatus::Open,
        progress: Progress::default(),
        max_xp_per_contributor: None,
        reviewing: Reviewing::Allowed,
        updated_at: Timestamp::from_millis(0),
        url: None,
    }
}

fn a_person(n: u32) -> Person {
    let username = SafeText::line(&format!("person-{n}"));
    Person { id: UserId::from_bytes(id_bytes(n)), username, is_agent: n.is_multiple_of(7) }
}

fn an_entry(n: u32) -> CachedEntry {
    let (id, quest) = (EntryId::from_bytes(id_bytes(n)), quest((n % 12) as u8));
    let item = Some(ItemId::from_bytes(id_bytes(n % 100)));
    let version = Version { updated_at: Timestamp::from_millis(i64::from(n) * 1_000) };
    CachedEntry {
        row: EntryRow {
            id,
            quest,
            item,
            contributor: UserId::from_bytes(id_bytes(n % 2_000)),
            created_at: version.updated_at,
            version,
            score: Some(0.5),
            eval: EvalStatus::Passed,
        },
        status: EntryStatus::Submitted,
        body: EntryBody {
            id,
            quest,
            item,
            version,
            description: SafeText::block(&"We measured **12** samples. ".repeat(20)),
            assets: Vec::new(),
            categories: Vec::new(),
            signals: Vec::new(),
            eval_action: None,
            review: None,
            embeds: Vec::new(),
        },
    }
}

fn a_decision(n: u32) -> Decision {
    Decision {
        id: decision_id(n),
        session: SessionId::from_bytes([1; 16]),
        batch: None,
        quest: quest(0),
        act: Act::Review {
            entry: EntryId::from_bytes(id_bytes(n)),
            item: None,
            verdict: Verdict::Reject,
            note: Some("units".into()),
        },
        bound: Bound::Entry(Version { updated_at: Timestamp::from_millis(0) }),
        cost: Cost::default(),
        label: "#3 Curie temps".into(),
        made_at: clock::now(),
        changed_at: clock::now(),
        attempts: 0,
        began: None,
        stage: Stage::Held { until: None },
    }
}
