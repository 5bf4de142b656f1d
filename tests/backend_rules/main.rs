//! The rules of quests as a client meets them: the local backend over HTTP.

#![expect(clippy::unwrap_used, reason = "these are tests; clippy only sees it inside test functions")]

mod accounts;
mod assets;
mod bad_input;
mod concurrent;
mod demo;
mod entries;
mod evals;
mod faults;
mod hostile;
mod money;
mod people;
mod quests;

use questdesk::backend::{Backend, EntryState, Fixture, Options};
use questdesk::domain::EntryId;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// A backend and a client for it.
struct World {
    backend: Backend,
    http: reqwest::Client,
}

/// Somebody signed in.
struct User<'a> {
    world: &'a World,
    token: String,
    id: String,
}

impl World {
    async fn start(options: Options) -> Self {
        let backend = Backend::start(options).await.unwrap();
        Self { backend, http: reqwest::Client::builder().no_proxy().build().unwrap() }
    }

    async fn empty() -> Self {
        Self::start(Options { fixture: Fixture::Empty, ..Options::default() }).await
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.backend.ready().url)
    }

    async fn sign_in(&self, name: &str) -> User<'_> {
        let account = self.backend.ready().account(name).unwrap();
        let body = json!({"pat": account.api_key});
        let answer = self.http.post(self.url("/users/get-token")).json(&body).send().await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        let token = answer["access_token"].as_str().unwrap().to_owned();
        User { world: self, token, id: account.user_id.to_string() }
    }

    fn state(&self, entry: &Value) -> EntryState {
        let id: EntryId = entry["id"].as_str().unwrap().parse().unwrap();
        self.backend.entry_state(id).unwrap().unwrap()
    }

    fn books_are_right(&self) {
        let seen = self.backend.inspect().unwrap();
        assert_eq!((seen.ledger_sum, seen.balance_difference), (0, 0));
        assert!(seen.payments.values().all(|times| *times == 1), "{:?}", seen.payments);
    }
}

impl User<'_> {
    async fn send(&self, method: Method, path: &str, body: Option<Value>) -> (StatusCode, Value) {
        let mut request =
            self.world.http.request(method, self.world.url(path)).header("authorization", &self.token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status();
        (status, answer.json().await.unwrap())
    }

    async fn get(&self, path: &str) -> Value {
        let (status, body) = self.send(Method::GET, path, None).await;
        assert_eq!(status, 200, "{path}: {body}");
        body["data"].clone()
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let (status, body) = self.send(Method::POST, path, Some(body)).await;
        assert_eq!(status, 200, "{path}: {body}");
        body["data"].clone()
    }

    async fn put(&self, path: &str, body: Value) -> Value {
        let (status, body) = self.send(Method::PUT, path, Some(body)).await;
        assert_eq!(status, 200, "{path}: {body}");
        body["data"].clone()
    }

    /// Status and code of a refusal.
    async fn refused(&self, method: Method, path: &str, body: Value) -> (u16, String) {
        let (status, body) = self.send(method, path, Some(body)).await;
        assert!(!status.is_success(), "{path}: {body}");
        assert_eq!(body["error"]["status"], status.as_u16(), "the status is in the body, too");
        assert!(body["error"]["message"].as_str().is_some_and(|message| !message.is_empty()));
        (status.as_u16(), body["error"]["code"].as_str().unwrap_or_default().to_owned())
    }

    async fn quest(&self, kind: &str, items: Value) -> Value {
        let ready = self.world.backend.ready();
        let quest = json!({"name": "Test", "type": kind, "items": items, "org_id": ready.org_id,
                           "team_id": ready.team_id, "description": "**Do** it."});
        self.post("/quests/create", json!({"quest": quest})).await
    }

    async fn submit(&self, quest: &Value, item: &Value) -> Value {
        let body = json!({"entry": {"item_id": item["id"], "description": "Here it is."}});
        self.post(&format!("/quests/{}/entries/create", text(&quest["id"])), body).await
    }

    async fn review(&self, entry: &Value, status: &str) -> Value {
        self.put(&review_path(entry), json!({"status": status, "review": "Thank *you*."})).await
    }

    /// What can be spent and what is reserved, in sats.
    async fn sats(&self) -> (i64, i64) {
        let balance = self.get("/wallet/balance").await;
        (balance["available"].as_i64().unwrap(), balance["escrowed"].as_i64().unwrap())
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn review_path(entry: &Value) -> String {
    format!("/quests/{}/entries/{}/review", text(&entry["quest_id"]), text(&entry["id"]))
}

fn paid(sats: i64) -> Value {
    json!({"description": "Paid", "reward_amount": sats})
}
