//! How long it takes to accept a thousand paid entries: the desk's store and engine, and the official SDK in a plain
//! loop, in turns against the same local server. Prints medians and their ratio.
//!
//! `cargo bench --bench reviewing -- 1000 3` (entries, rounds). The first run makes a Python environment with ouro-py
//! in the target folder; that needs `python3` and the Python package index.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::{Duration, Instant};

use questdesk::backend::{Backend, Fixture, Options as BackendOptions, Ready};
use questdesk::clock;
use questdesk::domain::decision::{Act, Bound, Decision, Settled, Stage, Verdict};
use questdesk::domain::{Cost, DecisionId, EntryRow, Money, QuestId, SafeText, SessionId};
use questdesk::ouro::{BaseUrl, Client, Settings, Timeouts};
use questdesk::store::{self, Store};
use questdesk::sync::{self, Engine};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

type Failure = Box<dyn std::error::Error>;

/// The SDK that is measured against.
const SDK: &str = "ouro-py==2.20.0";

/// What accepting pays, in sats.
const REWARD: i64 = 10;

fn main() -> Result<(), Failure> {
    let numbers: Vec<usize> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let entries = numbers.first().copied().unwrap_or(1_000);
    let rounds = numbers.get(1).copied().unwrap_or(3);
    let python = python()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let options = BackendOptions { fixture: Fixture::Empty, ..BackendOptions::default() };
    let backend = runtime.block_on(Backend::start(options))?;
    let mut out = std::io::stdout();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    let mut busy: BTreeMap<String, Duration> = BTreeMap::new();
    for round in 1..=rounds {
        let (mine, other) =
            (quest(&runtime, backend.ready(), entries)?, quest(&runtime, backend.ready(), entries)?);
        ours.push(desk(backend.ready(), mine.0, entries, &mut busy)?);
        theirs.push(sdk(&python, backend.ready(), &other)?);
        writeln!(out, "round {round}: desk {:.2?}, SDK {:.2?}", ours[round - 1], theirs[round - 1])?;
    }
    let proof = backend.inspect()?;
    let paid = proof.paid.get("btc").copied().unwrap_or(0);
    let meant = i64::try_from(entries * rounds * 2)? * REWARD;
    if paid != meant || proof.payments.values().any(|&times| times != 1) {
        return Err(format!("paid {paid} sats instead of {meant}").into());
    }
    let (ours, theirs) = (median(ours), median(theirs));
    let ratio = theirs.as_secs_f64() / ours.as_secs_f64();
    for (thread, time) in busy {
        writeln!(out, "processor time a round: {:.1?} in {thread}", time / u32::try_from(rounds)?)?;
    }
    writeln!(
        out,
        "{entries} reviews, median of {rounds}: desk {ours:.2?}, SDK {theirs:.2?}: {ratio:.1} times faster"
    )?;
    Ok(())
}

/// The processor time of this process's threads, by name. Empty where the system doesn't tell it.
fn by_thread() -> BTreeMap<String, Duration> {
    let mut times = BTreeMap::new();
    for thread in std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten() {
        let read = |file| std::fs::read_to_string(thread.path().join(file)).unwrap_or_default();
        let nanos = read("schedstat").split(' ').next().and_then(|nanos| nanos.parse().ok()).unwrap_or(0);
        *times.entry(read("comm").trim().to_owned()).or_default() += Duration::from_nanos(nanos);
    }
    times
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// The interpreter of an environment with the SDK; made if it is not there.
fn python() -> Result<PathBuf, Failure> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("reviewing-python");
    let python = folder.join("bin/python");
    if !folder.join("made").exists() {
        run(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
        run(Command::new(&python).args(["-m", "pip", "install", "--quiet", SDK]))?;
        std::fs::write(folder.join("made"), SDK)?;
    }
    Ok(python)
}

fn run(command: &mut Command) -> Result<(), Failure> {
    let status = command.status()?;
    if status.success() { Ok(()) } else { Err(format!("{command:?} failed: {status}").into()) }
}

/// A new quest with so many entries that wait.
fn quest(runtime: &Runtime, ready: &Ready, count: usize) -> Result<(QuestId, Vec<String>), Failure> {
    let http = reqwest::Client::new();
    let call = async |who: &str, path: &str, body: &Value| -> Result<Value, Failure> {
        let request = http
            .post(format!("{}{path}", ready.url))
            .header("authorization", token(&http, ready, who).await?);
        let answer = request.header("content-type", "application/json").body(body.to_string()).send().await?;
        Ok(serde_json::from_str(&answer.text().await?)?)
    };
    runtime.block_on(async {
        let made = call("ana", "/quests/create", &json!({"quest": {
            "name": "A bulk", "type": "continuous", "status": "open", "org_id": ready.org_id, "team_id": ready.team_id,
            "items": [{"description": "Measure", "reward_currency": "btc", "reward_amount": REWARD}],
        }})).await?;
        let quest = made["data"]["id"].as_str().ok_or("no quest")?.to_owned();
        let item = made["data"]["items"][0]["id"].clone();
        let authorization = token(&http, ready, "maria").await?;
        let mut entries = Vec::with_capacity(count);
        for n in 0..count {
            let body = json!({"entry": {"item_id": item, "description": format!("Run {n}")}});
            let answer = http
                .post(format!("{}/quests/{quest}/entries/create", ready.url))
                .header("authorization", authorization.clone())
                .header("content-type", "application/json")
                .body(body.to_string())
                .send()
                .await?;
            let answer: Value = serde_json::from_str(&answer.text().await?)?;
            entries.push(answer["data"]["id"].as_str().ok_or_else(|| answer.to_string())?.to_owned());
        }
        Ok((quest.parse()?, entries))
    })
}

fn key<'a>(ready: &'a Ready, who: &str) -> Result<&'a str, Failure> {
    let account = ready.accounts.iter().find(|account| account.username == who).ok_or("no such account")?;
    Ok(&account.api_key)
}

async fn token(http: &reqwest::Client, ready: &Ready, who: &str) -> Result<String, Failure> {
    let request =
        http.post(format!("{}/users/get-token", ready.url)).header("content-type", "application/json");
    let answer = request.body(json!({ "pat": key(ready, who)? }).to_string()).send().await?;
    let answer: Value = serde_json::from_str(&answer.text().await?)?;
    Ok(answer["access_token"].as_str().ok_or("no token")?.to_owned())
}

/// The SDK's time for one loop.
fn sdk(python: &Path, ready: &Ready, (quest, entries): &(QuestId, Vec<String>)) -> Result<Duration, Failure> {
    let mut child = Command::new(python)
        .args(["-c", include_str!("reviewing.py"), &quest.to_string()])
        .env("OURO_API_KEY", key(ready, "ana")?)
        .env("OURO_BASE_URL", &ready.url)
        .env_remove("OURO_BACKEND_URL")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut input = child.stdin.take().ok_or("no pipe")?;
    input.write_all(entries.join("\n").as_bytes())?;
    drop(input);
    let output = child.wait_with_output()?;
    if !output.status.success() {
        return Err("the SDK failed".into());
    }
    Ok(Duration::from_secs_f64(String::from_utf8(output.stdout)?.trim().parse()?))
}

#[expect(clippy::large_enum_variant, reason = "they pass one at a time and are never kept")]
enum Told {
    Store(store::News),
    Engine(sync::News),
}

/// The desk's time from the key that lets all of them go to the last one that is known to be done.
fn desk(
    ready: &Ready,
    quest: QuestId,
    count: usize,
    busy: &mut BTreeMap<String, Duration>,
) -> Result<Duration, Failure> {
    let folder = tempfile::tempdir()?;
    let (told, inbox) = mpsc::channel();
    let session = SessionId::new(uuid::Uuid::now_v7());
    let options = store::Options { dir: folder.path().into(), session, may_send: true };
    let store = Store::open(options, sink(&told, Told::Store))?;
    let client = Client::new(Settings {
        base_url: ready.url.parse::<BaseUrl>()?,
        key: key(ready, "ana")?.to_owned().into(),
        org: None,
        timeouts: Timeouts::default(),
    })?;
    let options = sync::Options { requests_per_minute: 600, quests: vec![quest], ..sync::Options::default() };
    let engine = Engine::start(client, store.clone(), options, sink(&told, Told::Engine))?;
    let rows = rows(&inbox, count)?;
    let decisions: Vec<Decision> = rows.iter().map(|row| accept(row, session)).collect();
    let before = by_thread();
    let begun = clock::monotonic();
    store.record_many(decisions);
    let time = until_all_done(&inbox, &engine, count, begun)?;
    for (thread, after) in by_thread() {
        let used = after.saturating_sub(before.get(&thread).copied().unwrap_or_default());
        *busy.entry(thread).or_default() += used;
    }
    engine.stop(Duration::from_secs(5));
    store.close();
    Ok(time)
}

fn sink<T: 'static>(told: &Sender<Told>, wrap: fn(T) -> Told) -> Arc<dyn Fn(T) + Send + Sync> {
    let told = told.clone();
    Arc::new(move |news| drop(told.send(wrap(news))))
}

/// Waits until the whole queue has been read.
fn rows(inbox: &Receiver<Told>, count: usize) -> Result<Vec<EntryRow>, Failure> {
    let mut rows = Vec::with_capacity(count);
    let mut items = false;
    while rows.len() < count || !items {
        match inbox.recv_timeout(Duration::from_secs(60))? {
            Told::Engine(sync::News::Entries { upserts, .. }) => rows.extend(upserts),
            Told::Engine(sync::News::Items { .. }) => items = true,
            _ => {}
        }
    }
    Ok(rows)
}

fn accept(row: &EntryRow, session: SessionId) -> Decision {
    let now = clock::now();
    Decision {
        id: DecisionId::new(uuid::Uuid::now_v7()),
        session,
        batch: None,
        quest: row.quest,
        act: Act::Review { entry: row.id, item: row.item, verdict: Verdict::Accept, note: None },
        bound: Bound::Entry(row.version),
        cost: Cost { gross: Some(Money::sats(REWARD)), fee: None, xp: 0 },
        label: SafeText::line("a bulk"),
        made_at: now,
        changed_at: now,
        attempts: 0,
        began: None,
        stage: Stage::Queued,
    }
}

/// Orders what is recorded to be sent, as the desk does, and waits for the last one.
fn until_all_done(
    inbox: &Receiver<Told>,
    engine: &Engine,
    count: usize,
    begun: Instant,
) -> Result<Duration, Failure> {
    let mut done = 0;
    while done < count {
        match inbox.recv_timeout(Duration::from_secs(60))? {
            Told::Store(store::News::RecordedMany { kept, turned }) => {
                if !turned.is_empty() {
                    return Err("not all were recorded".into());
                }
                for decision in kept {
                    engine.order(sync::Order::Send(decision.id));
                }
            }
            Told::Store(store::News::Moved(decision)) if decision.stage.is_over() => {
                if decision.stage != Stage::Confirmed(Settled::Ours) {
                    return Err(format!("{:?}", decision.stage).into());
                }
                done += 1;
            }
            _ => {}
        }
    }
    Ok(begun.elapsed())
}
