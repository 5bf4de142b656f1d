//! Signing in, contexts, rights, and how wrong requests are told apart.

use std::time::Duration;

use questdesk::backend::{Fixture, Options};
use questdesk::domain::EntryStatus;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{World, review_path, text};

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
