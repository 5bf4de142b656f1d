//! The fixtures, the living demo, starting and stopping.

use std::time::Duration;

use questdesk::backend::{Backend, Options};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{World, text};

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
