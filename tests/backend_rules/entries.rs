//! Submitting, waiting, evaluating: the limits of entries and items.

use std::time::Duration;

use questdesk::backend::{Fixture, Options};
use questdesk::domain::Money;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{World, paid, review_path, text};

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
    let url = text(&address["url"]);
    let bytes = world.http.get(url).send().await.unwrap().text().await.unwrap();
    assert_eq!(bytes, "a,b\n1,2\n");
    let ticket = url.rsplit('/').next().unwrap();
    let misused = world.http.get(world.url("/user")).header("authorization", ticket).send().await.unwrap();
    assert_eq!(misused.status(), 401, "the right to read a file is no right to act");
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
async fn a_route_over_http_scores_in_its_own_time() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/score", listener.local_addr().unwrap());
    let score = |axum::Json(asked): axum::Json<Value>| async move {
        assert!(asked["entry_id"].is_string());
        axum::Json(json!({"result": {"score": 0.93}, "categories": {"units": 1}}))
    };
    let service = axum::Router::new().route("/score", axum::routing::post(score));
    tokio::spawn(async move { axum::serve(listener, service).await });
    let routes = vec![("remote".to_owned(), url), ("gone".to_owned(), "http://127.0.0.1:1/".to_owned())];
    let world =
        World::start(Options { eval_routes: routes, fixture: Fixture::Empty, ..Options::default() }).await;
    let (ana, maria) = (world.sign_in("ana").await, world.sign_in("maria").await);
    let item = |route: &str| {
        json!({"description": "Scored", "eval_route_id": world.backend.ready().routes[route],
               "eval_score_path": "$.result.score", "eval_pass_min": 0.9})
    };
    let quest = ana.quest("continuous", json!([item("remote"), item("gone")])).await;
    let list = format!("/quests/{}/entries", text(&quest["id"]));
    let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
    for (place, expected) in [(0, ("accepted", "passed")), (1, ("submitted", "errored"))] {
        let entry = maria.submit(&quest, &quest["items"][place]).await;
        assert_eq!((text(&entry["status"]), text(&entry["eval_status"])), ("submitted", "running"));
        loop {
            let rows = ana.get(&list).await;
            let row = rows.as_array().unwrap().iter().find(|row| row["id"] == entry["id"]).unwrap().clone();
            if row["eval_status"] != "running" {
                assert_eq!((text(&row["status"]), text(&row["eval_status"])), expected);
                let action = ana.get(&format!("/actions/{}", text(&row["eval_action_id"]))).await;
                assert_eq!(action["status"] == "success", place == 0);
                break;
            }
            assert!(tokio::time::Instant::now() < deadline, "{row}");
        }
    }
}
