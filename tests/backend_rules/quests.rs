//! Quests and their items: what owners do to them, and what comes of it.

use reqwest::Method;
use serde_json::{Value, json};

use crate::{World, paid, text};

fn path(quest: &Value) -> String {
    format!("/quests/{}", text(&quest["id"]))
}

fn item_path(quest: &Value, item: usize) -> String {
    format!("{}/items/{}", path(quest), text(&quest["items"][item]["id"]))
}

#[tokio::test]
async fn items_come_in_every_form_and_every_field_is_written_and_cleared() {
    let world = World::empty().await;
    let (ana, maria) = (world.sign_in("ana").await, world.sign_in("maria").await);
    let child = ana.quest("closable", json!(["of the child"])).await;
    let as_text = json!({"description": "as JSON text", "reward_xp": 3}).to_string();
    let rich = json!({"json": {"type": "doc", "content": []}, "text": "rich\n"});
    let items = json!(["**bold** {@maria}", rich, {"description": "object"}, as_text]);
    let quest = ana.quest("closable", items).await;
    let texts: Vec<&str> =
        quest["items"].as_array().unwrap().iter().map(|item| text(&item["description"]["text"])).collect();
    assert_eq!(texts, ["**bold** {@maria}\n", "rich\n", "object\n", "as JSON text\n"]);
    assert_eq!(quest["items"][0]["users"][0]["username"], "maria", "mentions are resolved");
    assert_eq!(quest["items"][3]["reward_xp"], 3);
    let places: Vec<i64> =
        quest["items"].as_array().unwrap().iter().map(|item| item["sort_order"].as_i64().unwrap()).collect();
    assert_eq!(places, [1, 2, 3, 4]);

    let routes = &world.backend.ready().routes;
    let all = json!({
        "assignee_id": maria.id, "expected_asset_type": "file", "child_quest_id": child["id"],
        "eval_route_id": routes["auto-grader"], "eval_score_path": "$.a.b", "eval_categories_path": "$.c",
        "eval_pass_min": 0.5, "eval_pass_max": 0.9, "eval_trigger": "owner", "leaderboard_enabled": true,
        "leaderboard_order": "asc", "notes": "internal", "waiting_on": "the lab",
        "submission_assets": {"z": {"asset_type": "file", "file_extensions": [".CSV"], "label": "Table"},
                              "a": {"asset_type": "post", "required": false}},
    });
    let set = ana.put(&item_path(&quest, 2), json!({"item": all.clone()})).await;
    for (field, value) in all.as_object().unwrap() {
        if field != "submission_assets" {
            assert_eq!(&set[field], value, "{field}");
        }
    }
    assert_eq!(
        set["submission_assets"]["z"],
        json!({"asset_type": "file", "required": true, "primary": true,
        "label": "Table", "file_extensions": ["csv"]}),
        "the first that is declared is the main one"
    );
    assert_eq!(set["contributor_keys"][0]["filters"]["extensions"], json!(["csv"]));
    assert_eq!(set["assignee"]["username"], "maria");
    let untouched = ana.put(&item_path(&quest, 2), json!({"item": {"reward_xp": 1}})).await;
    assert_eq!((&untouched["notes"], &untouched["eval_pass_max"]), (&json!("internal"), &json!(0.9)));
    let mut nulls = serde_json::Map::new();
    for field in all.as_object().unwrap().keys().filter(|field| !field.starts_with("leaderboard")) {
        nulls.insert(field.clone(), Value::Null);
    }
    let cleared = ana.put(&item_path(&quest, 2), json!({"item": nulls.clone()})).await;
    for field in nulls.keys() {
        assert!(cleared[field].is_null(), "{field}: {}", cleared[field]);
    }
    assert_eq!(cleared["leaderboard_enabled"], false, "without a route there is nothing to rank by");
}

#[tokio::test]
async fn an_item_moves_to_a_place_that_another_has() {
    let world = World::empty().await;
    let ana = world.sign_in("ana").await;
    let quest = ana.quest("closable", json!(["a", "b", "c", "d"])).await;
    ana.put(&item_path(&quest, 2), json!({"item": {"sort_order": 1}})).await;
    let items = ana.get(&format!("{}/items", path(&quest))).await;
    let order: String =
        items.as_array().unwrap().iter().map(|item| text(&item["description"]["text"]).trim()).collect();
    assert_eq!((order.as_str(), &items[0]["sort_order"]), ("cabd", &json!(1)));
}

#[tokio::test]
async fn what_ends_skips_its_items_and_an_acceptance_brings_one_back() {
    let world = World::empty().await;
    let (ana, maria) = (world.sign_in("ana").await, world.sign_in("maria").await);
    for (word, status) in [("close", "closed"), ("cancel", "cancelled")] {
        let quest = ana.quest("closable", json!([paid(100), "b", "c"])).await;
        ana.put(&item_path(&quest, 1), json!({"item": {"status": "in_progress"}})).await;
        ana.put(&item_path(&quest, 2), json!({"item": {"status": "done"}})).await;
        let entry = maria.submit(&quest, &quest["items"][0]).await;
        let before = ana.sats().await;
        let over = ana.put(&path(&quest), json!({"quest": {"status": status}})).await;
        assert_eq!(ana.sats().await, (before.0 + 100, before.1 - 100), "{word} gives back what was reserved");
        assert!(over["quest"]["closed_at"].is_string());
        let items = over["items"].as_array().unwrap();
        let of = |item: usize| {
            (
                text(&items[item]["status"]),
                items[item]["auto_skipped"] == true,
                items[item]["status_before_auto_skip"].as_str(),
            )
        };
        assert_eq!(of(0), ("skipped", true, Some("pending")));
        assert_eq!(of(1), ("skipped", true, Some("in_progress")));
        assert_eq!(of(2), ("done", false, None));
        assert_eq!(over["progress"]["resolved"], 3);
        let again = json!({"quest": {"status": "open"}});
        assert_eq!(ana.refused(Method::PUT, &path(&quest), again).await, (409, "quest_final".to_owned()));
        let item = json!({"item": {"status": "pending"}});
        assert_eq!(ana.refused(Method::PUT, &item_path(&quest, 0), item).await.1, "quest_final");
        let late = json!({"entry": {"item_id": quest["items"][1]["id"]}});
        let late = maria.refused(Method::POST, &format!("{}/entries/create", path(&quest)), late).await;
        assert_eq!(late, (409, "quest_not_accepting_entries".to_owned()));
        ana.review(&entry, "accepted").await;
        let full = ana.get(&path(&quest)).await;
        let back = &full["items"][0];
        assert_eq!((text(&back["status"]), &back["auto_skipped"]), ("done", &json!(false)));
        assert!(back["status_before_auto_skip"].is_null());
        assert_eq!(back["completed_entry_id"], entry["id"]);
    }
    world.books_are_right();
}

#[tokio::test]
async fn a_draft_is_published_and_taken_back_and_takes_no_entries_meanwhile() {
    let world = World::empty().await;
    let (ana, maria) = (world.sign_in("ana").await, world.sign_in("maria").await);
    let ready = world.backend.ready();
    let draft = json!({"name": "Draft", "status": "draft", "items": ["one"], "org_id": ready.org_id,
                       "team_id": ready.team_id});
    let quest = ana.post("/quests/create", json!({"quest": draft})).await;
    let create = format!("{}/entries/create", path(&quest));
    let entry = json!({"entry": {"item_id": quest["items"][0]["id"]}});
    let refused = maria.refused(Method::POST, &create, entry.clone()).await;
    assert_eq!(refused, (409, "quest_draft_not_accepting_entries".to_owned()));
    let complete = format!("{}/complete", item_path(&quest, 0));
    assert_eq!(ana.refused(Method::POST, &complete, json!({})).await.0, 409);
    ana.put(&path(&quest), json!({"quest": {"status": "open"}})).await;
    maria.post(&create, entry).await;
    ana.put(&path(&quest), json!({"quest": {"status": "draft"}})).await;
    ana.put(&path(&quest), json!({"quest": {"status": "open"}})).await;
    let done = ana.post(&complete, json!({"description": "by hand"})).await;
    assert_eq!((text(&done["entry"]["status"]), text(&done["item"]["status"])), ("accepted", "done"));
    let full = ana.get(&path(&quest)).await;
    assert_eq!(full["quest"]["status"], "closed", "nothing was left to do");
    assert!(full["quest"]["closed_at"].is_string());
}

#[tokio::test]
async fn a_done_item_is_not_completed_again_and_can_be_taken_up_again() {
    let world = World::empty().await;
    let ana = world.sign_in("ana").await;
    let quest = ana.quest("continuous", json!(["one"])).await;
    let complete = format!("{}/complete", item_path(&quest, 0));
    ana.post(&complete, json!({})).await;
    assert_eq!(ana.refused(Method::POST, &complete, json!({})).await, (409, "item_already_done".to_owned()));
    let again = ana.put(&item_path(&quest, 0), json!({"item": {"status": "pending"}})).await;
    assert!(again["completed_entry_id"].is_null());
}

#[tokio::test]
async fn deleting_says_first_what_goes_and_takes_children_only_when_asked() {
    let world = World::empty().await;
    let ana = world.sign_in("ana").await;
    let ready = world.backend.ready();
    let quest = ana.quest("closable", json!([paid(50)])).await;
    let below = |parent: &Value, name: &str| {
        json!({"quest": {"name": name, "parent_id": parent["id"], "items": [paid(5)], "org_id": ready.org_id,
                         "team_id": ready.team_id}})
    };
    let child = ana.post("/quests/create", below(&quest, "Child")).await;
    let grandchild = ana.post("/quests/create", below(&child, "Grandchild")).await;
    let leads =
        ana.quest("closable", json!([{"description": "x", "child_quest_id": child["id"]}, "y"])).await;
    let back = json!({"items": [{"description": "back", "child_quest_id": leads["id"]}]});
    let back = ana.refused(Method::POST, &format!("{}/items", path(&child)), back).await;
    assert_eq!(back.0, 422, "a quest is not its own grandchild");
    assert_eq!(ana.sats().await, (999_940, 60));
    let delete =
        |dry: bool, children: bool| format!("{}?delete_children={children}&dry_run={dry}", path(&quest));
    let (_, dry) = ana.send(Method::DELETE, &delete(true, true), None).await;
    assert_eq!(dry["data"]["deleted_children"].as_array().unwrap().len(), 2);
    assert_eq!((&dry["data"]["dry_run"], ana.sats().await), (&json!(true), (999_940, 60)));
    let (status, _) = ana.send(Method::DELETE, &delete(false, true), None).await;
    assert_eq!((status.as_u16(), ana.sats().await), (200, (1_000_000, 0)));
    for gone in [&quest, &child, &grandchild] {
        assert_eq!(ana.send(Method::GET, &path(gone), None).await.0, 404);
    }
    assert!(ana.get(&path(&leads)).await["items"][0]["child_quest_id"].is_null());
    world.books_are_right();
}

#[tokio::test]
async fn a_quest_turns_closable_only_if_its_entries_allow_it() {
    let world = World::empty().await;
    let (ana, maria) = (world.sign_in("ana").await, world.sign_in("maria").await);
    let quest = ana.quest("continuous", json!(["one", "two"])).await;
    let first = maria.submit(&quest, &quest["items"][0]).await;
    maria.submit(&quest, &quest["items"][0]).await;
    let closable = json!({"quest": {"type": "closable"}});
    assert_eq!(ana.refused(Method::PUT, &path(&quest), closable.clone()).await.1, "entry_limit_reached");
    ana.review(&first, "rejected").await;
    assert_eq!(ana.put(&path(&quest), closable).await["quest"]["type"], "closable");
}

#[tokio::test]
async fn what_is_private_until_acceptance_does_not_tell_its_name() {
    let world = World::empty().await;
    let (ana, maria) = (world.sign_in("ana").await, world.sign_in("maria").await);
    let ready = world.backend.ready();
    let asks = json!({"report": {"asset_type": "post"}});
    let quest = ana
        .quest("continuous", json!([{"description": "Paid", "reward_amount": 5, "submission_assets": asks}]))
        .await;
    let mut seen = Vec::new();
    for visibility in ["private", "organization"] {
        let post = json!({"name": "It was the butler", "visibility": visibility, "org_id": ready.org_id, "team_id": ready.team_id});
        let post = maria.post("/posts/create", json!({"post": post, "content": "In the hall."})).await;
        let entry = json!({"entry": {"item_id": quest["items"][0]["id"], "assets": {"report": post["id"]}, "description": "Solved, {@ana}."}});
        let (_, answer) =
            maria.send(Method::POST, &format!("{}/entries/create", path(&quest)), Some(entry)).await;
        seen.push((post, answer));
    }
    let (post, answer) = &seen[0];
    assert!(answer["warning"].is_null());
    let rows = ana.get(&format!("{}/entries", path(&quest))).await;
    let notices = ana.get("/user/notifications").await;
    assert!(!rows[0].to_string().contains("butler") && notices[1].to_string().contains("quest-entry"));
    assert!(!notices[1].to_string().contains("butler"), "{}", notices[1]);
    assert_eq!(rows[0]["judge_signals"]["report"]["words"], 3);
    assert_eq!(rows[0]["users"][0]["username"], "ana");
    let open = format!("/posts/{}", text(&post["id"]));
    assert_eq!(ana.send(Method::GET, &open, None).await.0, 404);
    ana.review(&answer["data"], "accepted").await;
    assert_eq!(ana.get(&open).await["name"], "It was the butler");
    let (_, answer) = &seen[1];
    assert!(text(&answer["warning"]).contains("already open"), "{answer}");
}

#[tokio::test]
async fn notes_are_edited_when_escrow_is_short_and_rewards_are_not_raised() {
    let world = World::empty().await;
    let (ana, maria) = (world.sign_in("ana").await, world.sign_in("maria").await);
    let quest = ana.quest("continuous", json!([paid(600_000)])).await;
    let entry = maria.submit(&quest, &quest["items"][0]).await;
    ana.review(&entry, "accepted").await;
    assert_eq!(ana.sats().await, (400_000, 0), "too little for the next reward");
    ana.put(&item_path(&quest, 0), json!({"item": {"notes": "wait for the sponsor"}})).await;
    let raise = json!({"item": {"reward_amount": 600_001}});
    assert_eq!(
        ana.refused(Method::PUT, &item_path(&quest, 0), raise).await,
        (402, "insufficient_funds".to_owned())
    );
    world.books_are_right();
}

#[tokio::test]
async fn ranks_follow_the_order_then_the_time_and_leave_the_rejected_out() {
    let world = World::empty().await;
    let (ana, maria) = (world.sign_in("ana").await, world.sign_in("maria").await);
    let ready = world.backend.ready();
    let item = |order: &str| {
        json!({"description": order, "eval_route_id": ready.routes["word-count"], "leaderboard_enabled": true,
               "leaderboard_order": order, "eval_trigger": "owner"})
    };
    let quest = ana.quest("continuous", json!([item("desc"), item("asc")])).await;
    for (place, expected) in [(0, [3, 2, 2, 1]), (1, [1, 2, 2, 3])] {
        let mut entries = Vec::new();
        for words in ["a b", "a", "a b", "a b c", "a b c d"] {
            let post = json!({"name": "Words", "org_id": ready.org_id, "team_id": ready.team_id});
            let post = maria.post("/posts/create", json!({"post": post, "content": words})).await;
            let entry =
                json!({"entry": {"item_id": quest["items"][place]["id"], "assets": {"text": post["id"]}}});
            let entry = maria.post(&format!("{}/entries/create", path(&quest)), entry).await;
            entries.push(entry);
        }
        ana.review(&entries[4], "rejected").await;
        ana.post(&format!("{}/rescore", item_path(&quest, place)), json!({})).await;
        let board = format!("{}/leaderboard", item_path(&quest, place));
        let rows = ana.get(&board).await;
        let scores: Vec<i64> =
            rows.as_array().unwrap().iter().map(|row| row["score"].as_f64().unwrap() as i64).collect();
        assert_eq!(scores, expected);
        let ids: Vec<&Value> = rows
            .as_array()
            .unwrap()
            .iter()
            .filter(|row| row["score"] == 2.0)
            .map(|row| &row["entry_id"])
            .collect();
        assert_eq!(ids, [&entries[0]["id"], &entries[2]["id"]], "ties by time");
        let (_, second) = ana.send(Method::GET, &format!("{board}?limit=2&offset=1"), None).await;
        assert_eq!(
            (&second["data"][0]["placement"], &second["pagination"]["hasMore"]),
            (&json!(2), &json!(true))
        );
        assert_eq!(second["item"]["leaderboard_enabled"], true);
    }
}
