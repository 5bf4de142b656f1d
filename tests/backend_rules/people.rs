//! Keys, organizations and teams: who acts where, who comes in, who creates.

use questdesk::backend::{Backend, Fault, Fixture, Options};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{User, World, text};

pub(crate) const GLOBAL: &str = "00000000-0000-0000-0000-000000000000";

/// Signs in with a key.
async fn exchange(world: &World, key: &str) -> Value {
    let request = world.http.post(world.url("/users/get-token")).json(&json!({"pat": key}));
    request.send().await.unwrap().json().await.unwrap()
}

#[tokio::test]
async fn a_second_exchange_of_a_key_fails_until_the_first_is_answered() {
    let world = World::empty().await;
    let key = world.backend.ready().account("ana").unwrap().api_key.clone();
    world.backend.script_fault("get-token", Fault::HoldAfter, 1);
    let first = {
        let request = world.http.post(world.url("/users/get-token")).json(&json!({"pat": key}));
        tokio::spawn(async move { request.send().await.unwrap().json::<Value>().await.unwrap() })
    };
    while world.backend.held() == 0 {
        tokio::task::yield_now().await;
    }
    let second = exchange(&world, &key).await;
    assert!(second["access_token"].is_null() && second["error"]["message"].is_string(), "{second}");
    let other = world.backend.ready().account("maria").unwrap().api_key.clone();
    assert!(exchange(&world, &other).await["access_token"].is_string(), "another key has its own");
    world.backend.release_holds();
    assert!(first.await.unwrap()["access_token"].is_string());
    // The first ends when its answer is written, which its reader may see a moment before.
    while exchange(&world, &key).await["access_token"].is_null() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_bound_key_acts_in_its_organization_only() {
    let world = World::empty().await;
    let (ana, nils) = (world.sign_in("ana").await, world.sign_in("nils").await);
    let key = world.backend.ready().bound_keys[0].clone();
    let answer = exchange(&world, &key.api_key).await;
    assert_eq!(answer["api_key_org_id"], json!(key.org_id));
    let token = text(&answer["access_token"]).to_owned();
    let bound = User { world: &world, token, id: ana.id.clone() };

    let own = ana.post("/posts/create", json!({"post": {"name": "Own", "visibility": "private"}})).await;
    let public = nils.post("/posts/create", json!({"post": {"name": "Public"}, "content": "x"})).await;
    let (own, public) = (format!("/posts/{}", text(&own["id"])), format!("/posts/{}", text(&public["id"])));
    bound.get(&public).await;
    assert_eq!(bound.refused(Method::GET, &own, json!({})).await.0, 404, "not even one's own");
    let mismatch = (403, "api_key_org_mismatch".to_owned());
    assert_eq!(bound.refused(Method::PUT, &own, json!({"post": {"name": "x"}})).await, mismatch);
    let comment = json!({"comment": {"parent_id": public.trim_start_matches("/posts/")}, "content": "x"});
    assert_eq!(bound.refused(Method::POST, "/comments/create", comment).await, mismatch);
    let outside = json!({"post": {"name": "x", "org_id": GLOBAL}});
    assert_eq!(bound.refused(Method::POST, "/posts/create", outside).await, mismatch);
    let inside = bound.post("/posts/create", json!({"post": {"name": "In its place"}})).await;
    assert_eq!(inside["org_id"], json!(key.org_id));
    assert_eq!(ana.get(&own).await["name"], "Own", "nothing was changed");
}

/// A new team of ana's in her organization.
async fn team(ana: &User<'_>, fields: Value) -> String {
    let mut team = json!({"name": "probes", "org_id": ana.world.backend.ready().org_id});
    team.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    let made = ana.post("/teams/create", json!({"team": team})).await;
    text(&made["id"]).to_owned()
}

#[tokio::test]
async fn one_joins_asks_is_let_in_and_leaves() {
    let world = World::empty().await;
    let (ana, maria) = (world.sign_in("ana").await, world.sign_in("maria").await);
    let id = team(&ana, json!({"join_policy": "request"})).await;
    let (join, leave) = (format!("/teams/{id}/join"), format!("/teams/{id}/leave"));
    let asked = maria.post(&join, json!({})).await;
    assert_eq!(asked["joinStatus"], "requested");
    let again = maria.post(&join, json!({})).await;
    assert_eq!(again["userJoinRequest"]["id"], asked["userJoinRequest"]["id"], "asking twice is asking once");
    let approve = format!("/teams/{id}/join-requests/{}/approve", text(&asked["userJoinRequest"]["id"]));
    assert_eq!(maria.refused(Method::POST, &approve, json!({})).await.0, 403);
    ana.post(&approve, json!({})).await;
    assert_eq!(ana.refused(Method::POST, &approve, json!({})).await.0, 409);
    let full = ana.get(&format!("/teams/{id}?include_members=true")).await;
    assert_eq!(full["members"].as_array().unwrap().len(), 2);
    maria.get(&leave).await;
    assert_eq!(maria.refused(Method::GET, &leave, json!({})).await.0, 409);
    assert_eq!(ana.refused(Method::GET, &leave, json!({})).await.1, "last_admin");
    let invited = format!("/teams/{}/join", world.backend.ready().team_id);
    let olga = world.sign_in("olga").await;
    assert_eq!(olga.refused(Method::POST, &invited, json!({})).await, (403, "invite_only".to_owned()));
    let nils = world.sign_in("nils").await;
    assert_eq!(nils.refused(Method::POST, &invited, json!({})).await.0, 404, "who cannot see it");
}

#[tokio::test]
async fn a_ban_with_contributions_takes_entries_and_moves_assets_but_no_money() {
    let world = World::empty().await;
    let (ana, maria) = (world.sign_in("ana").await, world.sign_in("maria").await);
    let id = team(&ana, json!({"join_policy": "open"})).await;
    maria.post(&format!("/teams/{id}/join"), json!({})).await;
    let org = world.backend.ready().org_id;
    let quest = json!({"name": "Q", "org_id": org, "team_id": id, "type": "continuous",
                       "items": [{"description": "Paid", "reward_amount": 100}]});
    let quest = ana.post("/quests/create", json!({"quest": quest})).await;
    let (paid, waiting) =
        (maria.submit(&quest, &quest["items"][0]).await, maria.submit(&quest, &quest["items"][0]).await);
    ana.review(&paid, "accepted").await;
    let post = json!({"post": {"name": "Hers", "org_id": org, "team_id": id}});
    let post = maria.post("/posts/create", post).await;
    let bans = format!("/teams/{id}/bans");
    let ban = json!({"user_id": maria.id, "remove_contributions": true});
    assert_eq!(maria.refused(Method::POST, &bans, ban.clone()).await.0, 403);
    ana.post(&bans, ban).await;
    let entries = format!("/quests/{}/entries", text(&quest["id"]));
    assert_eq!(ana.get(&entries).await, json!([]));
    assert_eq!(maria.sats().await, (90, 0), "what was paid stays paid");
    world.books_are_right();
    let review = crate::review_path(&waiting);
    assert_eq!(ana.refused(Method::PUT, &review, json!({"status": "accepted"})).await.0, 404);
    let moved = maria.get(&format!("/posts/{}", text(&post["id"]))).await;
    assert_eq!(moved["team_id"], json!(world.backend.ready().team_id));
    let join = format!("/teams/{id}/join");
    assert_eq!(maria.refused(Method::POST, &join, json!({})).await.1, "banned");
    assert_eq!(ana.refused(Method::POST, &bans, json!({"user_id": ana.id})).await.1, "own_ban");
    assert_eq!(ana.send(Method::DELETE, &format!("{bans}/{}", maria.id), None).await.0, 200);
    maria.post(&join, json!({})).await;
}

#[tokio::test]
async fn policies_and_names_of_teams_hold() {
    let world = World::empty().await;
    let (ana, bot) = (world.sign_in("ana").await, world.sign_in("bot-7").await);
    let id = team(&ana, json!({"join_policy": "open", "actor_type_policy": "verified_only"})).await;
    bot.post(&format!("/teams/{id}/join"), json!({})).await;
    let org = world.backend.ready().org_id;
    let work = |name: &str| json!({"post": {"name": name, "org_id": org, "team_id": id}});
    let refusal = bot.refused(Method::POST, "/posts/create", work("bot's")).await;
    assert_eq!(refusal, (403, "actor_type_policy".to_owned()));
    let elsewhere = bot.post("/posts/create", json!({"post": {"name": "Elsewhere"}})).await;
    let moving = json!({"post": {"org_id": org, "team_id": id}});
    let path = format!("/posts/{}", text(&elsewhere["id"]));
    assert_eq!(bot.refused(Method::PUT, &path, moving).await.1, "actor_type_policy", "moving is creating");
    ana.post("/posts/create", work("ana's")).await;
    ana.put(&format!("/teams/{id}"), json!({"team": {"source_policy": "web_only"}})).await;
    assert_eq!(ana.refused(Method::POST, "/posts/create", work("by API")).await.1, "source_policy");
    assert_eq!(ana.get(&format!("/teams/{id}")).await["agent_can_create"], false);

    let named = |name: &str| json!({"team": {"name": name, "org_id": org}});
    for (name, status) in [("probes", 409), ("Not A Slug", 400), ("../up", 400), ("", 422)] {
        assert_eq!(ana.refused(Method::POST, "/teams/create", named(name)).await.0, status, "{name}");
    }
    let default = format!("/teams/{}", world.backend.ready().team_id);
    assert_eq!(ana.refused(Method::DELETE, &default, json!({})).await.1, "default_team");
    assert_eq!(ana.send(Method::DELETE, &format!("/teams/{id}"), None).await.0, 200);
    assert_eq!(ana.refused(Method::GET, &format!("/teams/{id}"), json!({})).await.0, 404);
}

#[tokio::test]
async fn organizations_and_what_is_new_survive_a_restart() {
    let home = tempfile::tempdir().unwrap();
    let options = Options {
        db: Some(home.path().join("backend.sqlite")),
        fixture: Fixture::Empty,
        ..Options::default()
    };
    let world = World::start(options.clone()).await;
    let ana = world.sign_in("ana").await;
    let id = team(&ana, json!({"join_policy": "open"})).await;
    let keys = world.backend.ready().bound_keys.clone();
    drop(ana);
    let World { backend, http } = world;
    backend.stop().await;
    let world = World { backend: Backend::start(options).await.unwrap(), http };
    assert_eq!(world.backend.ready().bound_keys, keys);
    let ana = world.sign_in("ana").await;
    assert_eq!(ana.get(&format!("/teams/{id}")).await["join_policy"], "open");
}
