//! Evaluations on routes that behave, and on routes that don't.

use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use base64::Engine as _;
use questdesk::backend::{Backend, Fixture, Options};
use questdesk::domain::Money;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{User, World, review_path, text};

/// A service on this machine with one route for each way to behave.
async fn service() -> String {
    async fn behave(Path(way): Path<String>, Json(asked): Json<Value>) -> Response {
        match way.as_str() {
            "bytes" => {
                // The address of the input hands out its bytes, and the pinned input comes along.
                let url = asked["input_assets"]["table"]["url"].as_str().unwrap_or_default().to_owned();
                let table = reqwest::get(url).await.unwrap().text().await.unwrap();
                let pinned = asked["input_assets"]["reference"]["assetType"] == "post";
                let score = if pinned { table.lines().count() } else { 0 };
                Json(json!({"result": {"score": score}, "categories": {"lines": 1}})).into_response()
            }
            "later" | "later-wrong" | "early" => {
                let url = asked["callback_url"].as_str().unwrap_or_default().to_owned();
                let report = async move {
                    let http = reqwest::Client::new();
                    let wrong = format!("{url}x");
                    let refused = http.post(wrong).json(&json!({"score": 1})).send().await.unwrap();
                    assert_eq!(refused.status(), 403);
                    let body = json!({"score": 1, "note": "took a while"});
                    assert_eq!(http.post(&url).json(&body).send().await.unwrap().status(), 200);
                    let again = http.post(&url).json(&body).send().await.unwrap();
                    assert_eq!(again.status(), 404, "a run ends once");
                };
                match way.as_str() {
                    "later" => drop(tokio::spawn(report)),
                    "early" => report.await,
                    _ => {}
                }
                StatusCode::ACCEPTED.into_response()
            }
            "hang" => std::future::pending().await,
            "garbage" => "<html>upstream says hello</html>".into_response(),
            "huge" => Body::from(vec![b' '; 3 << 20]).into_response(),
            "deep" => ("[".repeat(100_000) + &"]".repeat(100_000)).into_response(),
            "text" => Json(json!({"score": "high"})).into_response(),
            "nan" => "{\"score\": NaN}".into_response(),
            "overflow" => "{\"score\": 1e999}".into_response(),
            "lies" => Json(json!({"score": 1, "error": {"message": "not really"}})).into_response(),
            "elsewhere" => (StatusCode::FOUND, [("location", "http://127.0.0.1:1/")]).into_response(),
            _ => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        }
    }
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let service = axum::Router::new().route("/{way}", post(behave)).route("/", get(|| async { "here" }));
    tokio::spawn(async move { axum::serve(listener, service).await });
    url
}

const WAYS: &[&str] = &[
    "bytes",
    "later",
    "later-wrong",
    "early",
    "hang",
    "garbage",
    "huge",
    "deep",
    "text",
    "nan",
    "overflow",
    "lies",
    "elsewhere",
    "broken",
];

/// How long a route that answers has for it, whatever else the machine is at.
const PATIENCE: Duration = Duration::from_secs(30);

fn options(url: &str) -> Options {
    Options {
        fixture: Fixture::Empty,
        eval_routes: WAYS.iter().map(|way| ((*way).to_owned(), format!("{url}/{way}"))).collect(),
        eval_timeout: PATIENCE,
        ..Options::default()
    }
}

impl User<'_> {
    fn scored(&self, route: &str) -> Value {
        json!({"description": "Scored", "eval_route_id": self.world.backend.ready().routes[route],
               "eval_pass_min": 1, "reward_amount": 10})
    }

    /// The entry once its evaluation has ended.
    async fn evaluated(&self, entry: &Value) -> Value {
        let list = format!("/quests/{}/entries", text(&entry["quest_id"]));
        let deadline = tokio::time::Instant::now() + Duration::from_secs(30);
        loop {
            let rows = self.get(&list).await;
            let row = rows.as_array().unwrap().iter().find(|row| row["id"] == entry["id"]).unwrap().clone();
            if row["eval_status"] != "running" {
                return row;
            }
            assert!(tokio::time::Instant::now() < deadline, "{row}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// A run and the messages of its log, oldest first.
    async fn run_of(&self, entry: &Value) -> (Value, Vec<String>) {
        let path = format!("/actions/{}", text(&entry["eval_action_id"]));
        let logs = self.get(&format!("{path}/logs?sort_order=asc")).await;
        let lines = logs.as_array().unwrap().iter().map(|line| text(&line["message"]).to_owned()).collect();
        (self.get(&path).await, lines)
    }

    async fn file(&self, name: &str, content: &str) -> Value {
        let bytes = base64::engine::general_purpose::STANDARD.encode(content);
        let upload = json!({"file_name": name, "file_base64": bytes, "visibility": "organization"});
        let upload = self.post("/files/upload", upload).await;
        let ready = self.world.backend.ready();
        let file = json!({"file": {"id": upload["id"], "name": name, "visibility": "organization",
                                   "org_id": ready.org_id, "team_id": ready.team_id}});
        self.post("/files/create", file).await["id"].clone()
    }

    async fn enter(&self, quest: &Value, item: usize, assets: Value) -> Value {
        let entry = json!({"entry": {"item_id": quest["items"][item]["id"], "assets": assets}});
        self.post(&format!("/quests/{}/entries/create", text(&quest["id"])), entry).await
    }
}

#[tokio::test]
async fn a_route_gets_the_inputs_and_its_score_decides() {
    let world = World::start(options(&service().await)).await;
    let (ana, maria) = (world.sign_in("ana").await, world.sign_in("maria").await);
    let ready = world.backend.ready();
    let post = json!({"name": "Reference", "org_id": ready.org_id, "team_id": ready.team_id});
    let post = ana.post("/posts/create", json!({"post": post, "content": "As it should be."})).await;
    let mut item = ana.scored("bytes");
    item["eval_pass_min"] = json!(3);
    item["eval_score_path"] = json!("$.result.score");
    item["submission_assets"] = json!({"table": {"asset_type": "file", "file_extensions": ["csv"]}});
    item["eval_static_inputs"] = json!({"reference": {"asset_id": post["id"], "asset_type": "post"}});
    let quest = ana.quest("continuous", json!([item])).await;
    for (rows, status, verdict) in [("a\n1\n2\n", "accepted", "passed"), ("a\n1\n", "rejected", "failed")] {
        let file = maria.file("run.csv", rows).await;
        let entry = maria.enter(&quest, 0, json!({"table": file})).await;
        assert_eq!((text(&entry["status"]), text(&entry["eval_status"])), ("submitted", "running"));
        let ended = maria.evaluated(&entry).await;
        assert_eq!((text(&ended["status"]), text(&ended["eval_status"])), (status, verdict));
        assert_eq!(ended["eval_category_scores"], json!({"lines": 1}));
        let (run, log) = maria.run_of(&ended).await;
        assert_eq!((text(&run["status"]), &run["upstream_status_code"]), ("success", &json!(200)));
        assert!(log.last().unwrap().contains(verdict), "{log:?}");
        assert_eq!(world.state(&entry).paid.is_some(), status == "accepted");
    }
    world.books_are_right();
}

#[tokio::test]
async fn a_route_may_take_its_time_and_report_once() {
    let world = World::start(options(&service().await)).await;
    let (ana, maria) = (world.sign_in("ana").await, world.sign_in("maria").await);
    let quest = ana.quest("continuous", json!([ana.scored("later"), ana.scored("early")])).await;
    for item in 0..2 {
        let entry = maria.evaluated(&maria.enter(&quest, item, json!({})).await).await;
        assert_eq!((text(&entry["status"]), text(&entry["eval_status"])), ("accepted", "passed"));
        assert_eq!(world.state(&entry).paid, Some(Money::sats(10)));
        let (run, _) = ana.run_of(&entry).await;
        assert_eq!(run["response"]["note"], "took a while");
    }
    world.books_are_right();
}

/// A way to misbehave, how the run ends, and what is said of it.
type Misbehaviour = (&'static str, &'static str, &'static str);

/// Lets routes misbehave that have so long to answer.
async fn misbehave(eval_timeout: Duration, cases: &[Misbehaviour]) {
    let world = World::start(Options { eval_timeout, ..options(&service().await) }).await;
    let (ana, maria) = (world.sign_in("ana").await, world.sign_in("maria").await);
    let items: Vec<Value> = cases.iter().map(|(way, ..)| ana.scored(way)).collect();
    let quest = ana.quest("continuous", json!(items)).await;
    let mut entries = Vec::new();
    for item in 0..cases.len() {
        entries.push(maria.enter(&quest, item, json!({})).await);
    }
    for ((way, status, says), entry) in cases.iter().zip(&entries) {
        let ended = maria.evaluated(entry).await;
        assert_eq!((text(&ended["status"]), text(&ended["eval_status"])), ("submitted", "errored"), "{way}");
        let (run, log) = ana.run_of(&ended).await;
        assert_eq!(text(&run["status"]), *status, "{way}");
        let message = text(&run["response"]["error"]["message"]);
        assert!(message.contains(says), "{way}: {message}");
        assert_eq!(log.last().unwrap(), message, "{way}");
        assert!(run["finished_at"].is_string());
    }
    let (_, page) = maria.send(Method::GET, &format!("/actions?status={}&limit=1", cases[0].1), None).await;
    assert_eq!((page["data"].as_array().unwrap().len(), &page["pagination"]["hasMore"]), (1, &json!(true)));
    // A person can still decide.
    ana.review(&entries[0], "accepted").await;
    world.books_are_right();
}

#[tokio::test]
async fn a_route_that_misbehaves_errs_and_says_how() {
    let cases = [
        ("garbage", "error", "not JSON"),
        ("huge", "error", "larger than 1 MiB"),
        ("deep", "error", "recursion limit"),
        ("text", "error", "no number at $.score"),
        ("nan", "error", "not JSON"),
        ("overflow", "error", "not JSON"),
        ("lies", "error", "not really"),
        ("elsewhere", "error", "302"),
        ("broken", "error", "500"),
    ];
    misbehave(PATIENCE, &cases).await;
}

#[tokio::test]
async fn a_route_without_a_result_is_given_up() {
    let cases = [
        ("hang", "timed-out", "no result within 1.5 s"),
        ("later-wrong", "timed-out", "no result within 1.5 s"),
    ];
    misbehave(Duration::from_millis(1_500), &cases).await;
}

#[tokio::test]
async fn the_owner_starts_what_costs_and_scoring_again_decides_nothing() {
    let world = World::start(options(&service().await)).await;
    let (ana, maria) = (world.sign_in("ana").await, world.sign_in("maria").await);
    let mut item = ana.scored("later");
    item["eval_trigger"] = json!("owner");
    item["leaderboard_enabled"] = json!(true);
    let quest = ana.quest("continuous", json!([item])).await;
    let (first, second) = (maria.enter(&quest, 0, json!({})).await, maria.enter(&quest, 0, json!({})).await);
    assert_eq!(text(&first["eval_status"]), "pending");
    let evaluate = |entry: &Value| review_path(entry).replace("/review", "/evaluate");
    assert_eq!(maria.refused(Method::POST, &evaluate(&first), json!(null)).await.0, 403);
    assert_eq!(text(&ana.post(&evaluate(&first), json!(null)).await["eval_status"]), "running");
    let done = ana.evaluated(&first).await;
    assert_eq!((text(&done["status"]), text(&done["eval_status"])), ("accepted", "passed"));
    let decided = ana.review(&second, "rejected").await;
    assert_eq!(text(&decided["eval_status"]), "skipped", "nobody needs that evaluation any more");

    // Now nothing passes: the accepted entry keeps its decision and its one payment.
    let path = format!("/quests/{}/items/{}", text(&quest["id"]), text(&quest["items"][0]["id"]));
    ana.put(&path, json!({"item": {"eval_pass_min": 2}})).await;
    let third = maria.enter(&quest, 0, json!({})).await;
    let rescored = ana.post(&format!("{path}/rescore"), json!({})).await;
    assert_eq!(rescored["started"].as_array().unwrap().len(), 2, "the rejected one is left out");
    for (entry, status) in [(&first, "accepted"), (&third, "submitted")] {
        let row = ana.evaluated(entry).await;
        assert_eq!((text(&row["status"]), text(&row["eval_status"])), (status, "failed"));
    }
    // A route that is down takes nobody's score away.
    ana.put(&path, json!({"item": {"eval_route_id": world.backend.ready().routes["broken"]}})).await;
    ana.post(&format!("{path}/rescore"), json!({})).await;
    let row = ana.evaluated(&first).await;
    assert_eq!((text(&row["eval_status"]), &row["eval_score"]), ("errored", &json!(1.0)));
    assert_eq!(ana.get(&format!("{path}/leaderboard")).await.as_array().unwrap().len(), 2);
    world.books_are_right();
}

#[tokio::test]
async fn built_in_routes_measure_what_was_submitted() {
    let world = World::empty().await;
    let (ana, maria) = (world.sign_in("ana").await, world.sign_in("maria").await);
    let routes = &world.backend.ready().routes;
    let schema = r#"{"type": "object", "required": ["t"]}"#;
    let schema = ana.file("schema.json", schema).await;
    let item = |name: &str, min: f64| json!({"description": name, "eval_route_id": routes[name], "eval_pass_min": min});
    let mut checked = item("json-schema", 0.9);
    checked["eval_static_inputs"] = json!({"schema": schema});
    let quest =
        ana.quest("continuous", json!([item("row-count", 2.0), item("word-count", 3.0), checked])).await;
    let keys = |item: usize| quest["items"][item]["contributor_keys"].clone();
    assert_eq!(keys(0)[0]["key"], "table");
    assert_eq!(keys(2).as_array().unwrap().len(), 1, "the pinned schema is not asked for");
    let table = maria.file("t.csv", "a,b\n1,2\n3,4\n").await;
    let entry = maria.enter(&quest, 0, json!({"table": table})).await;
    assert_eq!((text(&entry["status"]), &entry["eval_score"]), ("accepted", &json!(2.0)));
    let words = maria.file("w.txt", "too short").await;
    let entry = maria.enter(&quest, 1, json!({"text": words})).await;
    assert_eq!((text(&entry["status"]), &entry["eval_score"]), ("rejected", &json!(2.0)));
    let lines = maria.file("d.jsonl", "{\"t\": 1}\n{}\n").await;
    let entry = maria.enter(&quest, 2, json!({"document": lines})).await;
    assert_eq!((text(&entry["status"]), &entry["eval_score"]), ("rejected", &json!(0.5)));
    let wrong = json!({"item": {"eval_static_inputs": {"schema": words}}});
    let path = format!("/quests/{}/items/{}", text(&quest["id"]), text(&quest["items"][2]["id"]));
    assert_eq!(ana.refused(Method::PUT, &path, wrong).await, (422, "wrong_asset_type".to_owned()));
}

#[tokio::test]
async fn runs_of_a_backend_that_stopped_are_ended_and_only_named_routes_are_asked() {
    let folder = tempfile::tempdir().unwrap();
    let db = Some(folder.path().join("backend.sqlite"));
    let url = service().await;
    let world =
        World::start(Options { db: db.clone(), eval_timeout: Duration::from_secs(600), ..options(&url) })
            .await;
    let (ana, maria) = (world.sign_in("ana").await, world.sign_in("maria").await);
    let quest = ana.quest("continuous", json!([ana.scored("hang"), ana.scored("later")])).await;
    let entry = maria.enter(&quest, 0, json!({})).await;
    drop((ana, maria));
    world.backend.stop().await;

    let world = World::start(Options { db, eval_routes: Vec::new(), ..options(&url) }).await;
    let (ana, maria) = (world.sign_in("ana").await, world.sign_in("maria").await);
    let row = ana.evaluated(&entry).await;
    assert_eq!((text(&row["status"]), text(&row["eval_status"])), ("submitted", "errored"));
    assert!(ana.run_of(&row).await.1.last().unwrap().contains("was stopped"));
    assert!(!world.backend.ready().routes.contains_key("later"));
    let entry = maria.evaluated(&maria.enter(&quest, 1, json!({})).await).await;
    assert_eq!(text(&entry["eval_status"]), "errored");
    assert!(ana.run_of(&entry).await.1.last().unwrap().contains("--eval-route"));
}

#[tokio::test]
async fn addresses_of_routes_are_checked() {
    for (name, url, says) in [
        ("r", "ftp://127.0.0.1/", "an https address"),
        ("r", "http://192.0.2.1/", "an https address"),
        ("r", "localhost:9", "an https address"),
        ("word-count", "https://example.org/", "built in"),
    ] {
        let eval_routes = vec![(name.to_owned(), url.to_owned())];
        let failed =
            Backend::start(Options { eval_routes, fixture: Fixture::Empty, ..Options::default() }).await;
        assert!(failed.unwrap_err().to_string().contains(says), "{url}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_that_somebody_calls_for_are_charged_by_the_run_and_refused_where_money_is_short() {
    let run_prices = vec![("structure-check".to_owned(), Money::sats(300_000))];
    let world = World::start(Options { fixture: Fixture::Empty, run_prices, ..Options::default() }).await;
    let (ana, maria) = (world.sign_in("ana").await, world.sign_in("maria").await);
    let route = world.backend.ready().routes["structure-check"];
    let cost = ana.get(&format!("/routes/{route}")).await;
    assert_eq!((&cost["price"], &cost["price_currency"]), (&json!(300_000), &json!("btc")));
    assert!(cost["route"].get("price").is_none());
    let path = format!("/services/{}/routes/{route}/cost", text(&cost["parent_id"]));
    let cost = ana.get(&path).await["cost"].clone();
    assert_eq!((&cost["total_cost"], &cost["currency"]), (&json!(300_000), &json!("btc")));
    let scored = json!({"description": "Scored", "eval_route_id": route, "eval_trigger": "owner"});
    let quest = ana.quest("continuous", json!([scored])).await;
    let item = &quest["items"][0];
    let entries = [maria.submit(&quest, item).await, maria.submit(&quest, item).await];
    assert_eq!(ana.sats().await.0, 1_000_000, "nobody called for a run yet");
    let evaluate =
        |entry: &Value| format!("/quests/{}/entries/{}/evaluate", text(&quest["id"]), text(&entry["id"]));
    ana.post(&evaluate(&entries[0]), json!({})).await;
    assert_eq!(ana.sats().await.0, 700_000);
    let rescore = format!("/quests/{}/items/{}/rescore", text(&quest["id"]), text(&item["id"]));
    let began = ana.post(&rescore, json!({})).await;
    let runs = i64::try_from(began["started"].as_array().unwrap().len()).unwrap();
    assert_eq!(ana.sats().await.0, 700_000 - runs * 300_000, "{began}");
    let left = ana.sats().await.0;
    assert!(left < 300_000);
    let refused = ana.refused(Method::POST, &evaluate(&entries[1]), json!({})).await;
    assert_eq!(refused, (402, "insufficient_funds".to_owned()));
    assert_eq!(ana.refused(Method::POST, &rescore, json!({})).await.0, 402);
    assert_eq!(ana.sats().await.0, left, "all or nothing");
    let rows = ana.get("/wallet/transactions").await;
    let charged = rows.as_array().unwrap().iter().filter(|row| row["type"] == "route-run").count();
    assert_eq!(i64::try_from(charged).unwrap(), 1 + runs);
    world.books_are_right();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_price_of_a_route_that_is_not_there_is_refused_at_the_start() {
    let run_prices = vec![("structure-chek".to_owned(), Money::sats(3))];
    let options = Options { fixture: Fixture::Empty, run_prices, ..Options::default() };
    let Err(error) = Backend::start(options).await else { panic!("it started") };
    assert!(
        error.to_string().contains("structure-chek is not there")
            || error.to_string().contains("structure-chek")
    );
}
