//! A small quest server whose every review is counted, and which fails on demand. It knows nothing of the client.

#![expect(clippy::unwrap_used, reason = "a test helper: what fails here is the test")]

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use questdesk::domain::{ActionId, EntryId, ItemId, QuestId, Timestamp, UserId};
use serde_json::{Value, json};
use tokio::net::TcpSocket;

/// What goes wrong with one request.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fault {
    /// It is done, and answered with 500.
    DoneThen500,
    /// It is done, and the answer is cut off.
    DoneThenCut,
    /// It is done, and no answer comes.
    DoneThenSilence,
    /// It is not done, and answered with this status.
    Refused(u16),
    /// A gateway says at once that nobody answers (or says nothing at all), and hands the request on after all, as soon
    /// as this list has been read once more.
    HandedOnLate { after: &'static str, says_so: bool },
    /// It is not done: 429 with so many seconds to wait.
    TooMany(u32),
}

#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) status: &'static str,
    pub(crate) reviewer: Option<UserId>,
    pub(crate) version: u32,
    /// Evaluations that were begun.
    pub(crate) runs: u32,
    /// The last of those that scored its item again.
    pub(crate) latest_run: Option<ActionId>,
    /// How often a review of it took effect or was repeated.
    pub(crate) reviews: u32,
}

/// What the server holds.
#[derive(Debug, Default)]
pub(crate) struct World {
    pub(crate) entries: BTreeMap<EntryId, Entry>,
    pub(crate) item_status: String,
    pub(crate) requests: Vec<String>,
    pub(crate) key_is_good: bool,
    /// Faults for the next requests whose `METHOD path` contains the text.
    pub(crate) faults: VecDeque<(&'static str, Fault)>,
    pub(crate) search_is_empty: bool,
    /// What was rejected may be accepted instead.
    pub(crate) takes_second_thoughts: bool,
    /// Further items.
    pub(crate) more_items: Vec<ItemId>,
    /// Runs that scoring an item again begins, if not one.
    pub(crate) begins: usize,
    /// Items being scored again now, and the most that ever were.
    pub(crate) scoring: (u32, u32),
    /// How often the item was scored again.
    pub(crate) rescores: u32,
    /// The runs that were begun by that, oldest first, with when.
    pub(crate) begun: Vec<(ActionId, Timestamp)>,
    /// Requests that were held on the way and have arrived since.
    pub(crate) arrived_late: u32,
    /// Every review that arrived is a decision of its own, and pays.
    pub(crate) pays_each_time: bool,
    /// How often an acceptance was paid.
    pub(crate) payments: u32,
    /// Whatever is listed begins anew after each page, and never ends.
    pub(crate) endless: bool,
    /// The comments that are there, as they are listed.
    pub(crate) comments: Vec<Value>,
    /// Where the bytes of files are.
    pub(crate) files: Option<SocketAddr>,
    /// So many more reviews are let through; the others wait until it says nothing any more.
    pub(crate) lets_through: Option<u32>,
}

pub(crate) const PAGE: usize = 200;

pub(crate) fn me() -> UserId {
    UserId::from_bytes([0xA1; 16])
}

pub(crate) fn other() -> UserId {
    UserId::from_bytes([0xB2; 16])
}

pub(crate) fn quest() -> QuestId {
    QuestId::from_bytes([0xC1; 16])
}

pub(crate) fn item() -> ItemId {
    ItemId::from_bytes([0xD1; 16])
}

pub(crate) fn entry(n: u32) -> EntryId {
    let mut bytes = [0xE0; 16];
    bytes[..4].copy_from_slice(&n.to_be_bytes());
    EntryId::from_bytes(bytes)
}

/// A port where nobody listens: it is closed for as long as the socket lives, unless somebody listens who says that
/// addresses are used again.
pub(crate) fn closed_port() -> (TcpSocket, SocketAddr) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_reuseaddr(true).unwrap();
    socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}

type Shared = Arc<Mutex<World>>;

/// The running server; it ends when this is dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    world: Shared,
    runtime: Option<tokio::runtime::Runtime>,
    /// Holds the port while nobody listens there: nobody else is given it meanwhile.
    _port: TcpSocket,
}

impl Server {
    pub(crate) fn with(entries: u32) -> Self {
        let mut world = World { key_is_good: true, item_status: "pending".to_owned(), ..World::default() };
        for n in 0..entries {
            world.add(n);
        }
        let (port, address) = closed_port();
        let mut server = Self { address, world: Arc::new(Mutex::new(world)), runtime: None, _port: port };
        server.start();
        server
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    /// Listens, on the same address as before.
    pub(crate) fn start(&mut self) {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = {
            let _inside = runtime.enter();
            let socket = TcpSocket::new_v4().unwrap();
            socket.set_reuseaddr(true).unwrap();
            socket.bind(self.address).unwrap();
            socket.listen(64).unwrap()
        };
        let app = routes(Arc::clone(&self.world));
        runtime.spawn(async move { axum::serve(listener, app).await });
        self.runtime = Some(runtime);
    }

    /// Is out of reach: every connection breaks.
    pub(crate) fn stop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
        // Nobody listens once the address can be had again.
        while TcpListener::bind(self.address).is_err() {
            std::thread::yield_now();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl World {
    fn lets_one_through(&mut self) -> bool {
        let lets = self.lets_through != Some(0);
        self.lets_through = self.lets_through.map(|left| left.saturating_sub(1));
        lets
    }

    pub(crate) fn add(&mut self, n: u32) {
        self.entries.insert(
            entry(n),
            Entry { status: "submitted", reviewer: None, version: 1, runs: 0, latest_run: None, reviews: 0 },
        );
    }

    /// Somebody decides an entry.
    pub(crate) fn decide(&mut self, id: EntryId, status: &'static str, reviewer: UserId) {
        let entry = self.entries.get_mut(&id).unwrap();
        *entry = Entry { status, reviewer: Some(reviewer), version: entry.version + 1, ..entry.clone() };
    }

    pub(crate) fn count(&self, what: &str) -> usize {
        self.requests.iter().filter(|request| request.contains(what)).count()
    }

    fn fault(&mut self, request: &str) -> Option<Fault> {
        let place = self.faults.iter().position(|(text, _)| request.contains(text))?;
        self.faults.remove(place).map(|(_, fault)| fault)
    }
}

fn routes(world: Shared) -> Router {
    Router::new()
        .route("/users/get-token", post(token))
        .route(
            "/user",
            get(|| async { data(json!({ "id": me(), "email": "ana@example.org", "username": "ana" })) }),
        )
        .route("/teams", get(|| async { data(json!([])) }))
        .route("/organizations/user", get(|| async { data(json!([])) }))
        .route("/search/assets", get(search))
        .route("/quests/{quest}", get(one_quest))
        .route("/quests/{quest}/entries", get(entries))
        .route("/quests/{quest}/entries/{entry}/review", put(review))
        .route("/quests/{quest}/entries/{entry}/evaluate", post(evaluate))
        .route("/quests/{quest}/items/{item}", put(set_item))
        .route("/quests/{quest}/items/{item}/rescore", post(rescore))
        .route("/actions", get(own_runs))
        .route("/routes/{route}", get(|| async { data(json!({ "id": item(), "parent_id": quest() })) }))
        .route(
            "/services/{service}/routes/{route}/cost",
            get(|| async { data(json!({ "cost": { "currency": "btc", "total_cost": 12 } })) }),
        )
        .route("/assets/{asset}/comments", get(comments))
        .route("/comments/create", post(|| async { refusal(500, "made to fail") }))
        .route("/files/{file}", get(one_file))
        .route("/files/{file}/data", get(file_address))
        .route("/wallet/balance", get(|| async { data(json!({ "available": 9_500, "escrowed": 2_500 })) }))
        .route(
            "/stripe/wallet/balance",
            get(|| async { data(json!({ "available_cents": 7_500, "escrowed_cents": 0 })) }),
        )
        .route(
            "/users/{user}",
            get(|Path(id): Path<String>| async move { data(json!({ "user_id": id, "username": "maria" })) }),
        )
        .layer(axum::middleware::from_fn_with_state(Arc::clone(&world), faulty))
        .with_state(world)
}

fn data(value: impl serde::Serialize) -> Response {
    axum::Json(json!({ "data": value })).into_response()
}

fn refusal(status: u16, message: &str) -> Response {
    let status = StatusCode::from_u16(status).unwrap();
    (status, axum::Json(json!({ "data": null, "error": { "message": message, "status": status.as_u16() } })))
        .into_response()
}

async fn faulty(
    State(world): State<Shared>,
    method: Method,
    uri: Uri,
    request: axum::extract::Request,
    next: axum::middleware::Next,
) -> Response {
    let kept = Arc::clone(&world);
    let fault = {
        let mut world = world.lock().unwrap();
        let line = format!("{method} {uri}");
        let fault = world.fault(&line);
        world.requests.push(line);
        fault
    };
    match fault {
        None => next.run(request).await,
        Some(Fault::Refused(status)) => refusal(status, "made to fail"),
        Some(Fault::TooMany(seconds)) => {
            let mut answer = refusal(429, "slow down");
            answer.headers_mut().insert("retry-after", seconds.into());
            answer
        }
        Some(Fault::DoneThen500) => {
            next.run(request).await;
            refusal(500, "made to fail")
        }
        Some(Fault::DoneThenCut) => {
            next.run(request).await;
            ([("content-type", "application/json")], r#"{"data": {"id": "#).into_response()
        }
        Some(Fault::HandedOnLate { after, says_so }) => {
            let looks = kept.lock().unwrap().count(after);
            tokio::spawn(async move {
                while kept.lock().unwrap().count(after) == looks {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                next.run(request).await;
                kept.lock().unwrap().arrived_late += 1;
            });
            if !says_so {
                tokio::time::sleep(Duration::from_secs(600)).await;
            }
            refusal(502, "nobody answers")
        }
        Some(Fault::DoneThenSilence) => {
            next.run(request).await;
            tokio::time::sleep(Duration::from_secs(600)).await;
            refusal(500, "nobody waits for this")
        }
    }
}

async fn token(State(world): State<Shared>) -> Response {
    let good = world.lock().unwrap().key_is_good;
    let body = if good {
        json!({ "access_token": "t.o.ken", "refresh_token": null })
    } else {
        json!({ "access_token": null, "refresh_token": null, "error": { "message": "Unknown or revoked API key" } })
    };
    axum::Json(body).into_response()
}

fn quest_json(world: &World) -> Value {
    json!({
        "id": quest(), "user_id": me(), "name": "Curie sweep", "asset_type": "quest",
        "last_updated": "2026-11-20T08:14:09Z", "quest": { "type": "continuous", "status": "open" },
        "progress": { "total": 1, "resolved": u32::from(world.item_status == "done") },
    })
}

async fn search(State(world): State<Shared>) -> Response {
    let world = world.lock().unwrap();
    let quests = if world.search_is_empty { vec![] } else { vec![quest_json(&world)] };
    axum::Json(json!({ "data": quests, "pagination": { "hasMore": false } })).into_response()
}

async fn one_quest(State(world): State<Shared>, Path(id): Path<QuestId>) -> Response {
    if id != quest() {
        return refusal(404, "Quest not found");
    }
    let world = world.lock().unwrap();
    let mut found = quest_json(&world);
    let items = std::iter::once(item()).chain(world.more_items.iter().copied());
    found["items"] = items.map(|id| item_json(id, &world)).collect();
    data(found)
}

fn item_json(id: ItemId, world: &World) -> Value {
    json!({ "id": id, "quest_id": quest(), "description": { "text": "Measure" }, "status": world.item_status, "sort_order": 1 })
}

fn entry_json(id: EntryId, entry: &Entry) -> Value {
    json!({
        "id": id, "quest_id": quest(), "item_id": item(), "user_id": other(), "status": entry.status,
        "reviewer_id": entry.reviewer, "eval_status": (entry.runs > 0).then_some("running"), "description": { "text": "Run 7" },
        "created_at": "2026-11-20T08:00:00Z", "updated_at": format!("2026-11-20T09:00:{:02}Z", entry.version),
        "eval_action_id": entry.latest_run,
    })
}

async fn entries(
    State(world): State<Shared>,
    Path(id): Path<QuestId>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    if id != quest() {
        return refusal(404, "Quest not found");
    }
    let world = world.lock().unwrap();
    let number = |name: &str| query.get(name).and_then(|text| text.parse::<usize>().ok());
    let (offset, limit) = (number("offset").unwrap_or(0), number("limit").unwrap_or(50).min(PAGE));
    let all: Vec<_> = world
        .entries
        .iter()
        .filter(|(_, entry)| query.get("status").is_none_or(|s| s == entry.status))
        .collect();
    let offset = if world.endless { 0 } else { offset };
    let rows: Vec<_> =
        all.iter().skip(offset).take(limit).map(|(id, entry)| entry_json(**id, entry)).collect();
    let more = world.endless || offset + rows.len() < all.len();
    axum::Json(json!({ "data": rows, "pagination": { "hasMore": more, "total": all.len() } })).into_response()
}

async fn comments(State(world): State<Shared>) -> Response {
    let world = world.lock().unwrap();
    let paging = json!({ "hasMore": world.endless });
    axum::Json(json!({ "data": world.comments, "pagination": paging })).into_response()
}

async fn one_file(Path(id): Path<String>) -> Response {
    data(json!({
        "id": id, "asset_type": "file", "name": "notes.txt", "visibility": "organization",
        "metadata": { "name": "notes.txt", "type": "text/plain", "extension": "txt", "size": 200_000 },
        "last_updated": "2026-11-20T08:14:09Z", "created_at": "2026-11-20T08:14:09Z",
    }))
}

async fn file_address(State(world): State<Shared>, Path(id): Path<String>) -> Response {
    match world.lock().unwrap().files {
        Some(address) => data(json!({ "url": format!("http://{address}/{id}") })),
        None => refusal(404, "File not found"),
    }
}

async fn review(
    State(world): State<Shared>,
    Path((_, id)): Path<(QuestId, EntryId)>,
    body: Bytes,
) -> Response {
    let body: Value = serde_json::from_slice(&body).unwrap();
    let status = if body["status"] == "accepted" { "accepted" } else { "rejected" };
    while !world.lock().unwrap().lets_one_through() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let mut world = world.lock().unwrap();
    let (second_thoughts, pays_each_time) = (world.takes_second_thoughts, world.pays_each_time);
    let world = &mut *world;
    let Some(entry) = world.entries.get_mut(&id) else { return refusal(404, "Entry not found") };
    entry.reviews += 1;
    world.payments += u32::from(status == "accepted" && (pays_each_time || entry.status != "accepted"));
    if pays_each_time {
        *entry = Entry { status, reviewer: Some(me()), version: entry.version + 1, ..entry.clone() };
        return data(entry_json(id, entry));
    }
    let again = second_thoughts && entry.status == "rejected";
    if entry.status != "submitted" && entry.status != status && !again {
        return refusal(409, "already reviewed");
    }
    if entry.status != status {
        *entry = Entry { status, reviewer: Some(me()), version: entry.version + 1, ..entry.clone() };
    }
    data(entry_json(id, entry))
}

async fn evaluate(State(world): State<Shared>, Path((_, id)): Path<(QuestId, EntryId)>) -> Response {
    let mut world = world.lock().unwrap();
    let Some(entry) = world.entries.get_mut(&id) else { return refusal(404, "Entry not found") };
    *entry = Entry { runs: entry.runs + 1, version: entry.version + 1, ..entry.clone() };
    data(entry_json(id, entry))
}

async fn rescore(State(world): State<Shared>) -> Response {
    let scoring = |by: i32| {
        let mut world = world.lock().unwrap();
        let now = world.scoring.0.saturating_add_signed(by);
        world.scoring = (now, world.scoring.1.max(now));
    };
    scoring(1);
    // Long enough for others to come meanwhile, if they are sent.
    tokio::time::sleep(Duration::from_millis(300)).await;
    scoring(-1);
    let mut world = world.lock().unwrap();
    world.rescores += 1;
    let run = ActionId::new(uuid::Uuid::now_v7());
    world.begun.push((run, questdesk::clock::now()));
    world.entries.get_mut(&entry(0)).unwrap().latest_run = Some(run);
    let started = vec![json!({ "entry_id": entry(0), "action_id": run }); world.begins.max(1)];
    data(json!({ "started": started, "skipped": [{ "reason": "gone" }] }))
}

async fn own_runs(State(world): State<Shared>) -> Response {
    let world = world.lock().unwrap();
    let rows = world.begun.iter().rev();
    let rows: Vec<_> = rows.map(|(id, at)| json!({ "id": id, "created_at": at.to_string() })).collect();
    axum::Json(json!({ "data": rows, "pagination": { "hasMore": false } })).into_response()
}

async fn set_item(State(world): State<Shared>, body: Bytes) -> Response {
    let body: Value = serde_json::from_slice(&body).unwrap();
    let mut world = world.lock().unwrap();
    body["item"]["status"].as_str().unwrap().clone_into(&mut world.item_status);
    data(item_json(item(), &world))
}
