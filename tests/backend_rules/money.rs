//! Escrow, payments, fees, experience.

use questdesk::domain::{EntryStatus, Money};
use reqwest::Method;
use serde_json::json;

use crate::{World, paid, review_path, text};

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
