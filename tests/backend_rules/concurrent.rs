//! Many at once, and a process that dies under them: no limit is broken, nobody is paid twice, and what a client was
//! told holds.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use questdesk::backend::{Backend, Fixture, Options};
use questdesk::domain::{EntryId, EntryStatus};
use rand::rngs::SmallRng;
use rand::{Rng as _, SeedableRng as _};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::{World, text};

/// A client with a connection of its own.
#[derive(Clone)]
struct Client {
    http: reqwest::Client,
    url: String,
    token: String,
}

impl Client {
    fn new(url: &str, token: &str) -> Self {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { http, url: url.to_owned(), token: token.to_owned() }
    }

    /// The answer; none if there was none that can be read.
    async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Option<(StatusCode, Value)> {
        let mut request =
            self.http.request(method, format!("{}{path}", self.url)).header("authorization", &self.token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.ok()?;
        let status = answer.status();
        Some((status, answer.json().await.ok()?))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_clients_submitting_and_reviewing_break_no_limit() {
    let world = World::empty().await;
    let ana = world.sign_in("ana").await;
    let people = [world.sign_in("maria").await, world.sign_in("bot-7").await, world.sign_in("ravi").await];
    let asks = json!({"post": {"asset_type": "post"}});
    let item = json!({"description": "Paid", "reward_amount": 7, "reward_xp": 20, "submission_assets": asks});
    let standing = ana.quest("continuous", json!([item])).await;
    let path = format!("/quests/{}", text(&standing["id"]));
    ana.put(&path, json!({"quest": {"max_xp_per_contributor": 50}})).await;
    let once = ana.quest("closable", json!(["a", {"description": "b", "reward_amount": 5}, "c"])).await;
    let mut posts = Vec::new();
    for number in 0..12 {
        let ready = world.backend.ready();
        let post =
            json!({"name": format!("Post {number}"), "org_id": ready.org_id, "team_id": ready.team_id});
        let post = people[0].post("/posts/create", json!({"post": post, "content": "Here."})).await;
        posts.push(post["id"].clone());
    }
    let mut tasks = JoinSet::new();
    for number in 0..50_usize {
        let reviews = number % 3 == 0;
        let token = if reviews { &ana.token } else { &people[number % 3].token };
        let client = Client::new(&world.backend.ready().url, token);
        let (standing, once, posts) = (standing.clone(), once.clone(), posts.clone());
        tasks.spawn(async move {
            for turn in 0..12_usize {
                if reviews {
                    decide_some(&client, [&standing, &once][turn % 2], number + turn).await;
                    continue;
                }
                let (quest, entry) = if turn % 2 == 0 {
                    let post = &posts[(number + turn) % posts.len()];
                    (&standing, json!({"item_id": standing["items"][0]["id"], "assets": {"post": post}}))
                } else {
                    (&once, json!({"item_id": once["items"][turn % 3]["id"]}))
                };
                let path = format!("/quests/{}/entries/create", text(&quest["id"]));
                let (status, answer) =
                    client.send(Method::POST, &path, Some(json!({"entry": entry}))).await.unwrap();
                assert!(status == 200 || status == 409, "{answer}");
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    let seen = world.backend.inspect().unwrap();
    world.books_are_right();
    assert!(seen.xp.values().all(|xp| *xp <= 50), "{:?}", seen.xp);
    assert!(!seen.payments.is_empty(), "something was accepted");
    let rows = every_entry(&ana, &standing).await;
    let mut used = BTreeSet::new();
    for row in rows.iter().filter(|row| row["status"] != "rejected") {
        assert!(used.insert(row["asset_id"].to_string()), "an asset is on two active entries: {row}");
    }
    let mut active = BTreeSet::new();
    for row in every_entry(&ana, &once).await.iter().filter(|row| row["status"] != "rejected") {
        assert!(active.insert((row["item_id"].to_string(), row["user_id"].to_string())), "twice: {row}");
    }
}

async fn every_entry(reader: &crate::User<'_>, quest: &Value) -> Vec<Value> {
    let mut rows = Vec::new();
    loop {
        let path = format!("/quests/{}/entries?limit=200&offset={}", text(&quest["id"]), rows.len());
        let (_, page) = reader.send(Method::GET, &path, None).await;
        rows.extend(page["data"].as_array().unwrap().clone());
        if page["pagination"]["hasMore"] == false {
            return rows;
        }
    }
}

/// Decides on what waits, now and then against what another reviewer decides at the same time.
async fn decide_some(client: &Client, quest: &Value, number: usize) {
    let path = format!("/quests/{}/entries", text(&quest["id"]));
    let (_, page) =
        client.send(Method::GET, &format!("{path}?status=submitted&limit=5"), None).await.unwrap();
    for (place, row) in page["data"].as_array().unwrap().iter().enumerate() {
        let status = if (number + place).is_multiple_of(3) { "rejected" } else { "accepted" };
        let review = format!("{path}/{}/review", text(&row["id"]));
        let (status, answer) =
            client.send(Method::PUT, &review, Some(json!({"status": status}))).await.unwrap();
        assert!(status == 200 || status == 409, "{answer}");
    }
}

/// A backend in a process of its own.
struct Process {
    child: Child,
    ready: Value,
}

impl Process {
    fn start(db: &Path, state: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_questdesk"))
            .args(["serve", "--fixture", "empty", "--db"])
            .arg(db)
            .arg("--state-dir")
            .arg(state)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { child, ready: serde_json::from_str(&line).unwrap() }
    }

    async fn sign_in(&self, name: &str) -> Client {
        let accounts = self.ready["accounts"].as_array().unwrap();
        let account = accounts.iter().find(|account| account["username"] == name).unwrap();
        let mut client = Client::new(text(&self.ready["url"]), "");
        let key = json!({"pat": account["api_key"]});
        let (_, answer) = client.send(Method::POST, "/users/get-token", Some(key)).await.unwrap();
        text(&answer["access_token"]).clone_into(&mut client.token);
        client
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // `kill` is SIGKILL: it may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// What clients were told by a backend that may die at any time.
#[derive(Default)]
struct Told {
    entries: Vec<String>,
    decided: BTreeMap<String, &'static str>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_backend_kept_all_it_told_and_half_of_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("backend.sqlite");
    let mut rng = SmallRng::seed_from_u64(7);
    let told = Arc::new(Mutex::new(Told::default()));
    let mut path = String::new();
    for round in 0..6 {
        let process = Process::start(&db, folder.path());
        let (ana, maria) = (process.sign_in("ana").await, process.sign_in("maria").await);
        if round == 0 {
            let item = json!({"description": "Paid", "reward_amount": 3, "reward_xp": 1});
            let quest = json!({"name": "Killed", "type": "continuous", "items": [item],
                               "org_id": process.ready["org_id"], "team_id": process.ready["team_id"]});
            let made = ana.send(Method::POST, "/quests/create", Some(json!({"quest": quest}))).await.unwrap();
            path = format!("/quests/{}", text(&made.1["data"]["id"]));
        }
        let load = load(&ana, &maria, &path, &told);
        let mark = told.lock().unwrap().decided.len();
        // Under load, not before it: some decisions of this round were told.
        while told.lock().unwrap().decided.len() < mark + 5 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        tokio::time::sleep(Duration::from_millis(rng.random_range(0..60))).await;
        drop(process);
        load.join_all().await;
    }
    let backend = Backend::start(Options { db: Some(db), fixture: Fixture::Empty, ..Options::default() })
        .await
        .unwrap();
    let seen = backend.inspect().unwrap();
    assert_eq!((seen.ledger_sum, seen.balance_difference), (0, 0));
    assert!(seen.payments.values().all(|times| *times == 1));
    let accepted = seen.entries.get("accepted").copied().unwrap_or_default();
    assert_eq!(seen.payments.len(), accepted as usize, "a decision and its payment are one");
    assert_eq!(seen.paid["btc"], i64::from(accepted) * 3);
    assert_eq!(seen.xp.values().sum::<i64>(), i64::from(accepted));
    let told = std::mem::take(&mut *told.lock().unwrap());
    for id in &told.entries {
        let id: EntryId = id.parse().unwrap();
        assert!(backend.entry_state(id).unwrap().is_some(), "an entry that was told is gone");
    }
    for (id, status) in &told.decided {
        let state = backend.entry_state(id.parse().unwrap()).unwrap().unwrap();
        assert_eq!(state.status.word(), *status, "a decision that was told is gone");
        assert_eq!(state.paid.is_some(), state.status == EntryStatus::Accepted);
    }
}

/// Submits and decides until nobody answers any more.
fn load(ana: &Client, maria: &Client, quest: &str, told: &Arc<Mutex<Told>>) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    for number in 0..6_usize {
        let (ana, maria, quest, told) = (ana.clone(), maria.clone(), quest.to_owned(), Arc::clone(told));
        tasks.spawn(async move {
            let Some((_, full)) = maria.send(Method::GET, &quest, None).await else { return };
            let entry = json!({"entry": {"item_id": full["data"]["items"][0]["id"], "description": "Here."}});
            for turn in 0.. {
                let create = format!("{quest}/entries/create");
                let Some((status, made)) = maria.send(Method::POST, &create, Some(entry.clone())).await
                else {
                    return;
                };
                assert_eq!(status, 200, "{made}");
                let id = text(&made["data"]["id"]).to_owned();
                told.lock().unwrap().entries.push(id.clone());
                let verdict = if (number + turn).is_multiple_of(4) { "rejected" } else { "accepted" };
                let review = format!("{quest}/entries/{id}/review");
                let Some((status, answer)) =
                    ana.send(Method::PUT, &review, Some(json!({"status": verdict}))).await
                else {
                    return;
                };
                assert_eq!(status, 200, "{answer}");
                told.lock().unwrap().decided.insert(id, verdict);
            }
        });
    }
    tasks
}
