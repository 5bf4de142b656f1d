//! A local backend with a small quest, for the desk under test, and what became of its entries.

use std::net::SocketAddr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use questdesk::backend::{Backend, EntryState, Fault, Fixture, Options, Ready};
use questdesk::clock;
use questdesk::domain::{EntryId, EntryStatus};
use serde_json::{Value, json};
use tokio::net::TcpSocket;
use tokio::runtime::Runtime;

/// Long enough for a busy machine.
const DEADLINE: Duration = Duration::from_secs(20);

/// A backend of its own, with a runtime of its own.
pub(crate) struct Server {
    /// There until it is dropped.
    runtime: Option<Runtime>,
    /// Holds the port while one backend takes another's place: nobody else is given it meanwhile.
    _port: TcpSocket,
    /// There always is one, but while one takes another's place.
    backend: Option<Backend>,
    http: reqwest::Client,
    /// The quest's id.
    pub(crate) quest: String,
    /// Its items, by number.
    pub(crate) items: Vec<String>,
    /// Its entries, oldest first.
    pub(crate) entries: Vec<EntryId>,
}

impl Server {
    /// One continuous quest of ana's: item 1 brings 10 XP, item 2 pays 500 sat, item 3 nothing. maria submitted three
    /// entries to item 1, then bot-7 two to item 2.
    pub(crate) fn start() -> Self {
        Self::start_with(empty())
    }

    /// The same quest, and nobody has submitted anything.
    pub(crate) fn without_entries() -> Self {
        let mut server = Self::bare(empty());
        server.make_quest();
        server
    }

    /// The same, with data kept where these options say.
    pub(crate) fn start_with(options: Options) -> Self {
        let mut server = Self::bare(options);
        server.fill();
        server
    }

    fn bare(options: Options) -> Self {
        let runtime = Runtime::new().unwrap();
        // Bound, but never listening: whoever says that addresses are used again can listen there.
        let port = TcpSocket::new_v4().unwrap();
        port.set_reuseaddr(true).unwrap();
        port.bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let options = Options { addr: port.local_addr().unwrap(), ..options };
        let backend = Some(runtime.block_on(Backend::start(options)).unwrap());
        let http = reqwest::Client::new();
        Self {
            runtime: Some(runtime),
            _port: port,
            backend,
            http,
            quest: String::new(),
            items: Vec::new(),
            entries: Vec::new(),
        }
    }

    /// Ends it, and starts another one at the same address.
    pub(crate) fn replace(&mut self, options: Options) {
        let address = self.ready().url.trim_start_matches("http://").parse().unwrap();
        if let Some(backend) = self.backend.take() {
            self.runtime().block_on(backend.stop());
        }
        let options = Options { addr: address, ..options };
        self.backend = Some(self.runtime().block_on(Backend::start(options)).unwrap());
    }

    fn runtime(&self) -> &Runtime {
        self.runtime.as_ref().unwrap()
    }

    pub(crate) fn backend(&self) -> &Backend {
        self.backend.as_ref().unwrap()
    }

    fn ready(&self) -> &Ready {
        self.backend().ready()
    }

    /// Somebody submits another entry to an item.
    pub(crate) fn submit(&mut self, who: &str, item: usize, text: &str) {
        let body = json!({"entry": {"item_id": self.items[item], "description": text}});
        let entry = self.call(who, "POST", &format!("/quests/{}/entries/create", self.quest), &body);
        self.entries.push(entry["id"].as_str().unwrap().parse().unwrap());
    }

    /// Somebody uploads a file; the asset's id.
    pub(crate) fn upload(&self, who: &str, name: &str, bytes: &[u8], visibility: &str) -> String {
        let content = STANDARD.encode(bytes);
        let upload = json!({"file_name": name, "file_base64": content, "visibility": visibility});
        let upload = self.call(who, "POST", "/files/upload", &upload);
        let ready = self.ready();
        let file = json!({"file": {"id": upload["id"], "name": name, "visibility": visibility,
            "org_id": ready.org_id, "team_id": ready.team_id, "asset_type": "file", "source": "api",
            "attribution": {"originality": "original"}}});
        self.call(who, "POST", "/files/create", &file)["id"].as_str().unwrap().to_owned()
    }

    /// Somebody makes a dataset; the asset's id.
    pub(crate) fn dataset(&self, who: &str, name: &str, schema: &str, rows: &[Value]) -> String {
        let ready = self.ready();
        let (first, more) = rows.split_at(rows.len().min(1_000));
        let dataset = json!({"dataset": {"name": name, "visibility": "organization", "schema": schema, "rows": first,
            "org_id": ready.org_id, "team_id": ready.team_id, "asset_type": "dataset", "source": "api",
            "metadata": {}, "attribution": {"originality": "original"}}});
        let made = self.call(who, "POST", "/datasets/create/from-schema", &dataset);
        let id = made["id"].as_str().unwrap().to_owned();
        for rows in more.chunks(1_000) {
            let more = json!({"rows": rows, "mode": "append"});
            self.call(who, "POST", &format!("/datasets/{id}/data"), &more);
        }
        id
    }

    /// Somebody submits an entry with assets to an item.
    pub(crate) fn submit_assets(&mut self, who: &str, item: usize, text: &str, assets: &Value) {
        let body = json!({"entry": {"item_id": self.items[item], "description": text, "assets": assets}});
        let entry = self.call(who, "POST", &format!("/quests/{}/entries/create", self.quest), &body);
        self.entries.push(entry["id"].as_str().unwrap().parse().unwrap());
    }

    /// So many requests to such a path go wrong in this way.
    pub(crate) fn faults(&self, path: &str, fault: Fault, times: usize) {
        self.backend().script_fault(path, fault, times);
    }

    fn fill(&mut self) {
        self.make_quest();
        for (who, item, text) in [
            ("maria", 0, "First **try**"),
            ("maria", 0, "Second try"),
            ("maria", 0, "Third try"),
            ("bot-7", 1, "Run 7"),
            ("bot-7", 1, "Run 8"),
        ] {
            self.submit(who, item, text);
        }
    }

    fn make_quest(&mut self) {
        let ready = self.ready().clone();
        let quest = self.call("ana", "POST", "/quests/create", &json!({"quest": {
            "name": "Curie sweep", "type": "continuous", "status": "open",
            "org_id": ready.org_id, "team_id": ready.team_id, "description": "Measure what the model predicted.",
            "items": [
                {"description": "Write up the method", "reward_xp": 10},
                {"description": "Measure Curie temperatures", "reward_currency": "btc", "reward_amount": 500},
                "Tidy the folder",
            ],
        }}));
        self.quest = quest["id"].as_str().unwrap().to_owned();
        let items = self.call("ana", "GET", &format!("/quests/{}/items", self.quest), &Value::Null);
        self.items =
            items.as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect();
    }

    /// What the desk needs to find it, as ana.
    pub(crate) fn variables(&self) -> [(&'static str, String); 2] {
        [("OURO_BASE_URL", self.ready().url.clone()), ("OURO_API_KEY", self.key("ana"))]
    }

    /// The API key of somebody.
    pub(crate) fn key(&self, who: &str) -> String {
        self.ready().account(who).unwrap().api_key.clone()
    }

    /// Calls the API as somebody; the answer's data.
    pub(crate) fn call(&self, who: &str, method: &str, path: &str, body: &Value) -> Value {
        let url = |path: &str| format!("{}{path}", self.ready().url);
        self.runtime().block_on(async {
            let pat = json!({"pat": self.key(who)});
            let exchange = self.http.post(url("/users/get-token")).body(pat.to_string());
            let token: Value = read(exchange.header("content-type", "application/json")).await;
            let request = self
                .http
                .request(method.parse().unwrap(), url(path))
                .header("authorization", token["access_token"].as_str().unwrap())
                .header("content-type", "application/json");
            let request = if body.is_null() { request } else { request.body(body.to_string()) };
            let answer = read(request).await;
            assert!(answer["error"].is_null(), "{method} {path}: {answer}");
            answer["data"].clone()
        })
    }

    /// What became of an entry.
    pub(crate) fn entry(&self, n: usize) -> EntryState {
        self.backend().entry_state(self.entries[n]).unwrap().unwrap()
    }

    /// Waits until an entry has this status.
    pub(crate) fn wait_entry(&self, n: usize, status: &EntryStatus) -> EntryState {
        let what = format!("entry {n} to be {}", status.word());
        self.wait(&what, || Some(self.entry(n)).filter(|entry| entry.status == *status))
    }

    /// Waits until an item has this status.
    pub(crate) fn wait_item(&self, n: usize, status: &str) {
        let path = format!("/quests/{}/items", self.quest);
        self.wait(&format!("item {n} to be {status}"), || {
            let items = self.call("ana", "GET", &path, &Value::Null);
            (items[n]["status"] == status).then_some(())
        });
    }

    /// How often an entry was paid.
    pub(crate) fn payments(&self, n: usize) -> u32 {
        self.backend().inspect().unwrap().payments.get(&self.entries[n]).copied().unwrap_or(0)
    }

    /// The next request to such a path goes wrong in this way.
    pub(crate) fn next_fault(&self, path: &str, fault: Fault) {
        self.backend().script_fault(path, fault, 1);
    }

    /// Looks again until it is so, or fails after a deadline.
    fn wait<T>(&self, what: &str, look: impl FnMut() -> Option<T>) -> T {
        self.wait_within(DEADLINE, what, look)
    }

    /// The same with a deadline of its own.
    pub(crate) fn wait_within<T>(
        &self,
        within: Duration,
        what: &str,
        mut look: impl FnMut() -> Option<T>,
    ) -> T {
        let end = clock::monotonic() + within;
        while clock::monotonic() < end {
            if let Some(found) = look() {
                return found;
            }
            // The backend tells nobody when something changed; a look every 20 ms is cheap.
            self.runtime().block_on(async { tokio::time::sleep(Duration::from_millis(20)).await });
        }
        panic!("waited in vain for {what}");
    }
}

/// A test that ends does not wait for what its server is still at.
impl Drop for Server {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// The accounts alone.
pub(crate) fn empty() -> Options {
    Options { fixture: Fixture::Empty, ..Options::default() }
}

async fn read(request: reqwest::RequestBuilder) -> Value {
    let text = request.send().await.unwrap().text().await.unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}
