//! The rules of quests as a client meets them: the local backend over HTTP.

use std::time::Duration;

use questdesk::backend::{Backend, EntryState, Fault, Fixture, Options};
use questdesk::domain::{EntryId, EntryStatus, Money};
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
        Self { backend, http: reqwest::Client::new() }
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

#[tokio::test]
async fn a_key_buys_a_token_and_a_wrong_one_a_polite_no() {
    let world = World::empty().await;
    let wrong =
        world.http.post(world.url("/users/get-token")).json(&json!({"pat": "nope"})).send().await.unwrap();
    assert_eq!(wrong.status(), 200);
    let wrong: Value = wrong.json().await.unwrap();
    assert!(wrong["access_token"].is_null() && !wrong["error"].is_null());

    let ana = world.sign_in("ana").await;
    assert_eq!(ana.token.split('.').count(), 3, "clients look for the expiry of a JWT");
    let me = ana.get("/user").await;
    assert_eq!((text(&me["id"]), text(&me["email"])), (ana.id.as_str(), "ana@example.org"));

    let unknown = world.http.get(world.url("/user")).header("authorization", "a.b.c").send().await.unwrap();
    assert_eq!(unknown.status(), 401);
    world.backend.expire_tokens();
    assert_eq!(ana.send(Method::GET, "/user", None).await.0, 401);
    let bearer = format!("Bearer {}", world.sign_in("ana").await.token);
    let known = world.http.get(world.url("/user")).header("authorization", bearer).send().await.unwrap();
    assert_eq!(known.status(), 200, "with and without Bearer");
}

#[tokio::test]
async fn an_expired_token_is_refused() {
    let options = Options { token_ttl: Duration::ZERO, fixture: Fixture::Empty, ..Options::default() };
    let world = World::start(options).await;
    assert_eq!(world.sign_in("ana").await.send(Method::GET, "/user", None).await.0, 401);
}

#[tokio::test]
async fn the_organization_header_is_checked() {
    let world = World::empty().await;
    let ana = world.sign_in("ana").await;
    let with = async |org: &str| {
        let request = world.http.get(world.url("/user")).header("authorization", &ana.token);
        let answer = request.header("x-ouro-org", org).send().await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.json::<Value>().await.unwrap()["error"]["code"].clone())
    };
    assert_eq!(with("acme").await, (400, json!("invalid_org_context")));
    assert_eq!(with("0193b2aa-1111-7000-8000-000000000001").await, (403, json!("org_context_forbidden")));
    assert_eq!(with(&world.backend.ready().org_id.to_string()).await.0, 200);
}

#[tokio::test]
async fn bad_requests_are_told_apart() {
    let world = World::empty().await;
    let ana = world.sign_in("ana").await;
    assert_eq!(ana.refused(Method::GET, "/quests/abc", json!({})).await.0, 400);
    let nobody = "/quests/0193b2aa-1111-7000-8000-000000000001";
    assert_eq!(ana.refused(Method::GET, nobody, json!({})).await.0, 404);
    assert_eq!(ana.refused(Method::GET, "/nowhere", json!({})).await.0, 404);
    assert_eq!(ana.refused(Method::DELETE, "/user", json!({})).await.0, 405);
    assert_eq!(ana.refused(Method::POST, "/quests/create", json!({})).await.0, 422);
    let bad = json!({"quest": {"name": "x", "type": "endless"}});
    assert_eq!(ana.refused(Method::POST, "/quests/create", bad).await.0, 422);
    let post = |body: Vec<u8>| {
        world.http.post(world.url("/quests/create")).header("authorization", &ana.token).body(body).send()
    };
    assert_eq!(post(b"{\"quest\": ".to_vec()).await.unwrap().status(), 400);
    assert_eq!(post(vec![b' '; 21 * 1024 * 1024]).await.unwrap().status(), 413);
}

#[tokio::test]
async fn entries_keep_the_limits() {
    let world = World::empty().await;
    let (ana, maria) = (world.sign_in("ana").await, world.sign_in("maria").await);
    let quest = ana.quest("closable", json!(["one", "two"])).await;
    let create = format!("/quests/{}/entries/create", text(&quest["id"]));
    let first = maria.submit(&quest, &quest["items"][0]).await;
    assert_eq!(text(&first["status"]), "submitted");
    assert_eq!(text(&first["user"]["username"]), "maria");
    let again = json!({"entry": {"item_id": quest["items"][0]["id"]}});
    let limit = maria.refused(Method::POST, &create, again.clone()).await;
    assert_eq!(limit, (409, "entry_limit_reached".to_owned()));
    maria.submit(&quest, &quest["items"][1]).await;
    ana.review(&first, "rejected").await;
    maria.post(&create, again).await;

    let without = maria.refused(Method::POST, &create, json!({"entry": {}})).await;
    assert_eq!(without.0, 422);
    let other = ana.quest("closable", json!(["three"])).await;
    let foreign = json!({"entry": {"item_id": other["items"][0]["id"]}});
    assert_eq!(maria.refused(Method::POST, &create, foreign).await, (404, "item_not_in_quest".to_owned()));
}

#[tokio::test]
async fn an_asset_is_on_one_active_entry_and_keys_must_match() {
    let world = World::empty().await;
    let (ana, maria) = (world.sign_in("ana").await, world.sign_in("maria").await);
    let item = json!({"description": "Post it", "submission_assets": {"post": {"asset_type": "post"}}});
    let quest = ana.quest("continuous", json!([item, item])).await;
    let create = format!("/quests/{}/entries/create", text(&quest["id"]));
    let team = world.backend.ready().team_id;
    let post = json!({"post": {"name": "Note", "team_id": team}, "content": "# Hi"});
    let post = maria.post("/posts/create", post).await;
    let entry = |item: usize, assets: Value| json!({"entry": {"item_id": quest["items"][item]["id"], "assets": assets}});
    let code = async |body: Value| maria.refused(Method::POST, &create, body).await;

    assert_eq!(code(entry(0, json!({}))).await, (422, "missing_submission_asset".to_owned()));
    let unknown = json!({"post": post["id"], "more": post["id"]});
    assert_eq!(code(entry(0, unknown)).await, (422, "unknown_submission_key".to_owned()));
    assert_eq!(code(entry(0, json!({"post": quest["id"]}))).await, (422, "wrong_asset_type".to_owned()));

    let first = maria.post(&create, entry(0, json!({"post": post["id"]}))).await;
    assert_eq!(first["assets"]["post"]["asset_type"], "post");
    assert_eq!(first["judge_signals"]["post"]["headings"], 1);
    let used = entry(1, json!({"post": {"asset_id": post["id"]}}));
    assert_eq!(code(used.clone()).await, (409, "asset_already_submitted".to_owned()));
    ana.review(&first, "rejected").await;
    maria.post(&create, used).await;
}

#[tokio::test]
async fn only_open_quests_take_entries_and_ended_ones_stay_so() {
    let world = World::empty().await;
    let (ana, maria) = (world.sign_in("ana").await, world.sign_in("maria").await);
    let quest = ana.quest("closable", json!([paid(700), "two"])).await;
    let path = format!("/quests/{}", text(&quest["id"]));
    let create = format!("{path}/entries/create");
    let entry = json!({"entry": {"item_id": quest["items"][0]["id"]}});
    ana.put(&path, json!({"quest": {"status": "draft"}})).await;
    let draft = maria.refused(Method::POST, &create, entry.clone()).await;
    assert_eq!(draft, (409, "quest_draft_not_accepting_entries".to_owned()));
    assert_eq!(ana.sats().await, (999_300, 700));

    let ended = ana.put(&path, json!({"quest": {"status": "cancelled"}})).await;
    assert_eq!(ended["items"][0]["status"], "skipped");
    assert_eq!(ended["items"][0]["auto_skipped"], true);
    assert_eq!(ended["items"][0]["status_before_auto_skip"], "pending");
    assert!(!ended["quest"]["closed_at"].is_null());
    assert_eq!(ana.sats().await, (1_000_000, 0), "what was reserved goes back");
    let closed = maria.refused(Method::POST, &create, entry).await;
    assert_eq!(closed, (409, "quest_not_accepting_entries".to_owned()));
    let back = ana.refused(Method::PUT, &path, json!({"quest": {"status": "open"}})).await;
    assert_eq!(back, (409, "quest_final".to_owned()));
    ana.put(&path, json!({"quest": {"status": "cancelled", "name": "Renamed"}})).await;
    world.books_are_right();
}

#[tokio::test]
async fn acceptance_pays_once_net_of_the_fee_and_resolves_the_quest() {
    let world = World::empty().await;
    let (ana, maria) = (world.sign_in("ana").await, world.sign_in("maria").await);
    let quest = ana.quest("closable", json!([paid(505)])).await;
    assert_eq!(ana.sats().await, (999_495, 505));
    let entry = maria.submit(&quest, &quest["items"][0]).await;
    let accepted = ana.review(&entry, "accepted").await;
    assert_eq!(text(&accepted["status"]), "accepted");
    assert_eq!(text(&accepted["reviewer_id"]), ana.id);
    assert_eq!(text(&accepted["review"]["text"]), "Thank *you*.\n");
    assert!(accepted["review"]["json"].is_object() && accepted["reviewed_at"].is_string());
    assert_eq!(maria.sats().await, (455, 0), "505 less 10 %, rounded down");
    assert_eq!(ana.sats().await, (999_495, 0));

    let full = ana.get(&format!("/quests/{}", text(&quest["id"]))).await;
    assert_eq!(full["items"][0]["status"], "done");
    assert_eq!(full["items"][0]["completed_entry_id"], entry["id"]);
    assert_eq!(full["quest"]["status"], "closed");
    assert_eq!(full["progress"]["resolved"], 1);

    let again = ana.put(&review_path(&entry), json!({"status": "accepted", "review": "Other words"})).await;
    assert_eq!(again, accepted, "the same decision again changes nothing");
    let other = ana.refused(Method::PUT, &review_path(&entry), json!({"status": "rejected"})).await;
    assert_eq!(other, (409, "entry_already_reviewed".to_owned()));
    let state = world.state(&entry);
    assert_eq!((state.status, state.paid), (EntryStatus::Accepted, Some(Money::sats(505))));
    assert_eq!(state.note.as_deref(), Some("Thank *you*.\n"));
    assert_eq!(maria.sats().await, (455, 0));
    let seen = world.backend.inspect().unwrap();
    assert_eq!((seen.fees["btc"], seen.paid["btc"], seen.escrow["btc"]), (50, 505, 0));
    world.books_are_right();

    let spent = ana.get("/wallet/transactions").await;
    assert_eq!(spent[0]["value"], -505);
    assert_eq!(spent[0]["metadata"]["entry_id"], entry["id"]);
    assert_eq!(spent[0]["metadata"]["reward"]["fee"], 50);
}

#[tokio::test]
async fn rewards_are_reserved_topped_up_and_given_back() {
    let world = World::empty().await;
    let (ana, maria) = (world.sign_in("ana").await, world.sign_in("maria").await);
    let quest = ana.quest("continuous", json!([paid(400_000)])).await;
    let item = quest["items"][0].clone();
    let (first, second, third) = (
        maria.submit(&quest, &item).await,
        maria.submit(&quest, &item).await,
        maria.submit(&quest, &item).await,
    );
    ana.review(&first, "accepted").await;
    assert_eq!(ana.sats().await, (200_000, 400_000), "topped up for the next");
    ana.review(&second, "accepted").await;
    assert_eq!(ana.sats().await, (200_000, 0), "too little for another");
    let poor = ana.refused(Method::PUT, &review_path(&third), json!({"status": "accepted"})).await;
    assert_eq!(poor, (402, "insufficient_funds".to_owned()));
    assert_eq!(world.state(&third).status, EntryStatus::Submitted, "a refused acceptance decides nothing");

    let path = format!("/quests/{}/items/{}", text(&quest["id"]), text(&item["id"]));
    ana.put(&path, json!({"item": {"reward_amount": 1_000}})).await;
    assert_eq!(ana.sats().await, (199_000, 1_000));
    ana.put(&path, json!({"item": {"reward_currency": "usd"}})).await;
    assert_eq!(ana.sats().await, (200_000, 0), "another currency, another purse");
    ana.put(&path, json!({"item": {"status": "skipped"}})).await;
    let dollars = ana.get("/stripe/wallet/balance").await;
    assert_eq!((&dollars["available_cents"], &dollars["escrowed_cents"]), (&json!(100_000), &json!(0)));
    assert_eq!(dollars["platform_fee_basis_points"], 1_000);
    let dear = json!({"items": [paid(200_001)]});
    let items = format!("/quests/{}/items", text(&quest["id"]));
    assert_eq!(ana.refused(Method::POST, &items, dear).await.0, 402);
    assert_eq!(ana.get(&items).await.as_array().unwrap().len(), 1, "none of the refused items stays");
    world.books_are_right();
}

#[tokio::test]
async fn experience_stops_at_the_cap() {
    let world = World::empty().await;
    let (ana, maria) = (world.sign_in("ana").await, world.sign_in("maria").await);
    let quest = ana.quest("continuous", json!([{"description": "Points", "reward_xp": 20}])).await;
    let path = format!("/quests/{}", text(&quest["id"]));
    ana.put(&path, json!({"quest": {"max_xp_per_contributor": 50}})).await;
    let mut xp = Vec::new();
    for _ in 0..4 {
        let entry = maria.submit(&quest, &quest["items"][0]).await;
        ana.review(&entry, "accepted").await;
        xp.push(world.state(&entry).xp);
    }
    assert_eq!(xp, [20, 20, 10, 0]);
    assert_eq!(ana.get("/users/maria").await["totalXp"], 50);
}

#[tokio::test]
async fn everybody_may_what_they_should() {
    let world = World::empty().await;
    let (ana, maria) = (world.sign_in("ana").await, world.sign_in("maria").await);
    let (ravi, olga) = (world.sign_in("ravi").await, world.sign_in("olga").await);
    let quest = ana.quest("continuous", json!(["one"])).await;
    let path = format!("/quests/{}", text(&quest["id"]));
    let entry = maria.submit(&quest, &quest["items"][0]).await;
    let accept = json!({"status": "accepted"});
    assert_eq!(maria.refused(Method::PUT, &review_path(&entry), accept.clone()).await.0, 403);
    assert_eq!(olga.refused(Method::PUT, &review_path(&entry), accept.clone()).await.0, 403);
    assert_eq!(maria.refused(Method::PUT, &path, json!({"quest": {"name": "Mine"}})).await.0, 403);
    olga.get(&path).await;
    let submission = json!({"entry": {"item_id": quest["items"][0]["id"]}});
    assert_eq!(olga.refused(Method::POST, &format!("{path}/entries/create"), submission).await.0, 403);
    ravi.put(&review_path(&entry), accept).await;
    assert_eq!(world.state(&entry).status, EntryStatus::Accepted);

    ana.put(&path, json!({"quest": {"visibility": "private"}})).await;
    assert_eq!(olga.refused(Method::GET, &path, json!({})).await.0, 404, "what one cannot see is not found");
    assert_eq!(maria.refused(Method::PUT, &review_path(&entry), json!({"status": "accepted"})).await.0, 404);
    ravi.get(&path).await;
}

#[tokio::test]
async fn a_private_asset_opens_with_the_acceptance() {
    let world = World::empty().await;
    let (ana, maria) = (world.sign_in("ana").await, world.sign_in("maria").await);
    let item = json!({"description": "Raw", "reward_amount": 10, "submission_assets": {"raw": {"asset_type": "file"}}});
    let quest = ana.quest("closable", json!([item])).await;
    let upload = json!({"file_name": "a.csv", "file_base64": "YSxiCjEsMgo=", "content_type": "text/csv"});
    let upload = maria.post("/files/upload", upload).await;
    let team = world.backend.ready().team_id;
    let file =
        json!({"file": {"id": upload["id"], "name": "a.csv", "visibility": "private", "team_id": team}});
    let file = maria.post("/files/create", file).await;
    assert_eq!(file["preview"], json!([{"a": "1", "b": "2"}]));
    let path = format!("/files/{}", text(&file["id"]));
    let body = json!({"entry": {"item_id": quest["items"][0]["id"], "assets": {"raw": file["id"]}}});
    let entry = maria.post(&format!("/quests/{}/entries/create", text(&quest["id"])), body).await;
    assert!(entry["warning"].is_null());
    assert_eq!(ana.refused(Method::GET, &path, json!({})).await.0, 404);
    ana.review(&entry, "accepted").await;
    ana.get(&path).await;
    let address = ana.get(&format!("{path}/data")).await;
    let bytes = world.http.get(text(&address["url"])).send().await.unwrap().text().await.unwrap();
    assert_eq!(bytes, "a,b\n1,2\n");
}

#[tokio::test]
async fn evaluations_score_decide_and_are_never_paid_twice() {
    let world = World::empty().await;
    let (ana, maria) = (world.sign_in("ana").await, world.sign_in("maria").await);
    let route = world.backend.ready().routes["auto-grader"];
    let item = |min: f64| {
        json!({"description": "Scored", "eval_route_id": route, "eval_pass_min": min, "reward_amount": 10,
                                "leaderboard_enabled": true})
    };
    let quest = ana.quest("continuous", json!([item(0.0), item(2.0)])).await;
    let mut passed = maria.submit(&quest, &quest["items"][0]).await;
    while passed["eval_status"] == "errored" {
        passed = maria.submit(&quest, &quest["items"][0]).await;
    }
    assert_eq!((text(&passed["status"]), text(&passed["eval_status"])), ("accepted", "passed"));
    assert_eq!(world.state(&passed).paid, Some(Money::sats(10)));
    let again = ana.post(&review_path(&passed).replace("/review", "/evaluate"), json!({})).await;
    assert_eq!(again["eval_score"], passed["eval_score"]);
    let mut failed = maria.submit(&quest, &quest["items"][1]).await;
    while failed["eval_status"] == "errored" {
        failed = maria.submit(&quest, &quest["items"][1]).await;
    }
    assert_eq!((text(&failed["status"]), text(&failed["eval_status"])), ("rejected", "failed"));
    let board =
        format!("/quests/{}/items/{}/leaderboard", text(&quest["id"]), text(&quest["items"][0]["id"]));
    let (_, board) = ana.send(Method::GET, &board, None).await;
    assert_eq!(board["data"][0]["placement"], 1);
    assert_eq!(board["item"]["id"], quest["items"][0]["id"]);
    world.books_are_right();
}

#[tokio::test]
async fn items_wait_are_cleared_and_are_not_deleted_with_entries() {
    let world = World::empty().await;
    let (ana, maria) = (world.sign_in("ana").await, world.sign_in("maria").await);
    let quest = ana.quest("closable", json!(["one", {"description": "two", "assignee_id": maria.id}])).await;
    let item =
        |at: usize| format!("/quests/{}/items/{}", text(&quest["id"]), text(&quest["items"][at]["id"]));
    let waits = json!({"item": {"status": "in_progress", "waiting_on": "the furnace",
                                "waiting_until": "2030-01-01T00:00:00Z", "waiting_check_every": "1d"}});
    let waiting = ana.put(&item(0), waits).await;
    assert_eq!(waiting["waiting_on"], "the furnace");
    let cleared = ana.put(&item(0), json!({"item": {"waiting_on": "", "waiting_until": ""}})).await;
    assert!(cleared["waiting_on"].is_null() && cleared["waiting_until"].is_null());
    assert_eq!(cleared["waiting_check_every"], "1d");
    let (status, assigned) = maria.send(Method::GET, "/quests/assigned-items", None).await;
    assert_eq!((status.as_u16(), text(&assigned["data"][0]["quest_asset"]["name"])), (200, "Test"));
    assert_eq!(ana.refused(Method::PUT, &item(0), json!({"item": {"status": "paused"}})).await.0, 422);
    maria.submit(&quest, &quest["items"][0]).await;
    let blocked = ana.refused(Method::DELETE, &item(0), json!({})).await;
    assert_eq!(blocked, (409, "item_has_entries".to_owned()));
    let done = ana.post(&format!("{}/complete", item(0)), json!({"description": "by hand"})).await;
    assert_eq!((text(&done["entry"]["status"]), text(&done["item"]["status"])), ("accepted", "done"));
    let (status, _) = ana.send(Method::DELETE, &item(1), None).await;
    assert_eq!(status, 200);
    let full = ana.get(&format!("/quests/{}", text(&quest["id"]))).await;
    assert_eq!(full["quest"]["status"], "closed", "nothing is left to do");
}

#[tokio::test]
async fn fifty_reviewers_at_once_pay_each_entry_once() {
    let world = World::empty().await;
    let (ana, maria) = (world.sign_in("ana").await, world.sign_in("maria").await);
    let quest = ana.quest("continuous", json!([paid(100)])).await;
    let mut entries = Vec::new();
    for _ in 0..10 {
        entries.push(maria.submit(&quest, &quest["items"][0]).await);
    }
    let mut tasks = tokio::task::JoinSet::new();
    for place in 0..50 {
        let entry = &entries[place % 10];
        let status = if place % 3 == 0 { "rejected" } else { "accepted" };
        let request = world.http.put(world.url(&review_path(entry))).header("authorization", &ana.token);
        tasks.spawn(request.json(&json!({"status": status})).send());
    }
    while let Some(done) = tasks.join_next().await {
        let status = done.unwrap().unwrap().status();
        assert!(status == 200 || status == 409, "{status}");
    }
    let seen = world.backend.inspect().unwrap();
    let accepted = seen.entries.get("accepted").copied().unwrap_or_default();
    assert_eq!(seen.payments.len(), accepted as usize);
    assert_eq!(seen.paid.get("btc").copied().unwrap_or_default(), i64::from(accepted) * 100);
    world.books_are_right();
}

#[tokio::test]
async fn the_demo_repeats_with_its_seed_and_differs_without() {
    let options = |seed| Options { seed, ..Options::default() };
    let ids = async |seed: u64| {
        let world = World::start(options(seed)).await;
        let ana = world.sign_in("ana").await;
        let quests = ana.get("/search/assets?limit=200&filters=%7B%22asset_type%22%3A+%22quest%22%7D").await;
        let mut seen = Vec::new();
        for quest in quests.as_array().unwrap() {
            seen.push(quest["id"].clone());
            let entries = ana.get(&format!("/quests/{}/entries?limit=200", text(&quest["id"]))).await;
            for entry in entries.as_array().unwrap() {
                seen.push(json!([
                    entry["id"],
                    entry["user_id"],
                    entry["status"],
                    entry["eval_score"],
                    entry["description"]["text"],
                    entry["asset_id"]
                ]));
            }
        }
        world.books_are_right();
        let books = world.backend.inspect().unwrap();
        (seen, books.escrow, books.entries)
    };
    let (one, two, other) = (ids(3).await, ids(3).await, ids(4).await);
    assert_eq!(one, two);
    assert_ne!(one.0, other.0);
    assert_eq!(one.2["submitted"], 240);
}

#[tokio::test]
async fn the_demo_shows_every_kind_of_quest_and_funds_its_owner() {
    let world = World::start(Options { entries: Some(1_000), quests: Some(20), ..Options::default() }).await;
    let ana = world.sign_in("ana").await;
    assert_eq!(world.backend.inspect().unwrap().entries["submitted"], 1_000);
    assert_eq!(ana.sats().await.0, 1_000_000);
    assert_eq!(ana.get("/stripe/wallet/balance").await["available_cents"], 100_000);
    let (_, quests) = ana
        .send(Method::GET, "/search/assets?limit=200&filters=%7B%22asset_type%22%3A%22quest%22%7D", None)
        .await;
    let quests = quests["data"].as_array().unwrap().clone();
    assert_eq!(quests.len(), 20);
    let with = |field: &str, word: &str| quests.iter().filter(|quest| quest["quest"][field] == word).count();
    for status in ["draft", "open", "closed", "cancelled"] {
        assert!(with("status", status) > 0, "{status}");
    }
    assert!(with("type", "closable") > 0 && with("type", "continuous") > 0);
    let waiting = quests.iter().flat_map(|quest| quest["progress"]["items"].as_array().unwrap());
    assert!(waiting.clone().any(|item| item["waiting_until"].is_string()));
    let near = |quest: &&Value| quest["progress"]["remaining"] == 1 && quest["progress"]["total"] == 6;
    assert!(quests.iter().any(|quest| near(&quest)));
}

#[tokio::test]
async fn faults_do_what_they_say() {
    let world = World::empty().await;
    let (ana, maria) = (world.sign_in("ana").await, world.sign_in("maria").await);
    let quest = ana.quest("continuous", json!([paid(10)])).await;
    let send = async |entry: &Value| {
        let request = world.http.put(world.url(&review_path(entry))).header("authorization", &ana.token);
        match request.json(&json!({"status": "accepted"})).send().await {
            Ok(answer) => {
                let status = answer.status().as_u16();
                (Some(status), answer.json::<Value>().await.is_ok())
            }
            Err(_) => (None, false),
        }
    };
    for (fault, answer, done) in [
        (Fault::Lost, (None, false), true),
        (Fault::Truncated, (Some(200), false), true),
        (Fault::Http500Before, (Some(500), true), false),
        (Fault::Http500After, (Some(500), true), true),
        (Fault::Http429(3), (Some(429), true), false),
        (Fault::Refuse, (None, false), false),
        (Fault::Garbage, (Some(200), false), true),
        (Fault::Slow(Duration::from_millis(1)), (Some(200), true), true),
    ] {
        let entry = maria.submit(&quest, &quest["items"][0]).await;
        world.backend.script_fault("/review", fault, 1);
        assert_eq!(send(&entry).await, answer, "{fault:?}");
        let accepted = world.state(&entry).status == EntryStatus::Accepted;
        assert_eq!(accepted, done, "{fault:?}");
        let logged = world.backend.inspect().unwrap().faults;
        assert!(logged.contains(&(fault.name().to_owned(), done, 1)), "{logged:?}");
    }
    world.books_are_right();
}

#[tokio::test]
async fn a_held_answer_waits_until_it_is_released() {
    let world = World::empty().await;
    let ana = world.sign_in("ana").await;
    world.backend.script_fault("GET /user", Fault::HoldAfter, 1);
    let held = ana.send(Method::GET, "/user", None);
    let release = async {
        let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
        while world.backend.held() == 0 {
            assert!(tokio::time::Instant::now() < deadline);
            tokio::task::yield_now().await;
        }
        world.backend.release_holds();
    };
    let ((status, _), ()) = tokio::join!(held, release);
    assert_eq!(status, 200);
}

#[tokio::test]
async fn it_lives_by_itself_and_its_books_stay_right() {
    let options = Options { live_per_minute: 60_000.0, entries: Some(60), ..Options::default() };
    let world = World::start(options).await;
    let before = world.backend.inspect().unwrap();
    let deadline = tokio::time::Instant::now() + Duration::from_secs(30);
    loop {
        let now = world.backend.inspect().unwrap();
        let total = |seen: &questdesk::backend::Inspection| seen.entries.values().sum::<u32>();
        let decided = |seen: &questdesk::backend::Inspection| total(seen) - seen.entries["submitted"];
        if total(&now) > total(&before) + 20 && decided(&now) > decided(&before) + 5 {
            break;
        }
        assert!(tokio::time::Instant::now() < deadline, "{before:?} {now:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    world.books_are_right();
}

#[tokio::test]
async fn only_loopback_is_listened_on_and_a_stopped_backend_is_gone() {
    let wide = Options { addr: "0.0.0.0:0".parse().unwrap(), ..Options::default() };
    assert!(Backend::start(wide).await.unwrap_err().to_string().contains("loopback"));
    let world = World::empty().await;
    world.sign_in("ana").await;
    let url = world.url("/user");
    world.backend.stop().await;
    assert!(world.http.get(url).send().await.is_err());
}

#[tokio::test]
async fn a_database_file_keeps_everything_for_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let options =
        Options { db: Some(folder.path().join("b.sqlite")), entries: Some(20), ..Options::default() };
    let world = World::start(options.clone()).await;
    let before = (world.backend.ready().accounts.clone(), world.backend.inspect().unwrap());
    world.backend.stop().await;
    let world = World::start(options).await;
    assert_eq!((world.backend.ready().accounts.clone(), world.backend.inspect().unwrap()), before);
    world.sign_in("ana").await;
}
