//! What makes no sense is refused with the documented status, in the envelope, with a sentence a person can act on;
//! nothing is half done by it.

use reqwest::Method;
use serde_json::{Value, json};

use crate::{World, paid, text};

const NO_SUCH: &str = "0193b2aa-2222-7000-8000-00000000dead";

struct Case {
    what: &'static str,
    method: Method,
    path: String,
    body: String,
    status: u16,
    /// A part of the message.
    says: &'static str,
}

fn case(
    what: &'static str,
    method: Method,
    path: impl Into<String>,
    body: impl Into<String>,
    status: u16,
    says: &'static str,
) -> Case {
    Case { what, method, path: path.into(), body: body.into(), status, says }
}

fn cases(quest: &Value) -> Vec<Case> {
    let id = text(&quest["id"]);
    let item = text(&quest["items"][0]["id"]);
    let (one, items) = (format!("/quests/{id}"), format!("/quests/{id}/items"));
    let (this, create) = (format!("{items}/{item}"), format!("{one}/entries/create"));
    let change = |fields: Value| json!({"item": fields}).to_string();
    let deep =
        |open: &str, close: &str| format!("{{\"item\": {}1{}}}", open.repeat(10_000), close.repeat(10_000));
    let post =
        |path: &str, body: &str, status, says, what| case(what, Method::POST, path, body, status, says);
    let put = |fields: Value, says, what| case(what, Method::PUT, this.clone(), change(fields), 422, says);
    let get = |path: String, status, says, what| case(what, Method::GET, path, "", status, says);
    let submit = |entry: Value| json!({"entry": entry}).to_string();
    vec![
        // The form of requests.
        post("/quests/create", "{\"quest\": ", 400, "not valid JSON", "broken JSON"),
        post("/quests/create", "\u{1}", 400, "not valid JSON", "no JSON at all"),
        post(
            "/quests/create",
            "{\"quest\": {\"name\": \"x\", \"max_xp_per_contributor\": NaN}}",
            400,
            "not valid JSON",
            "NaN",
        ),
        post("/quests/create", "", 422, "quest: is required", "no body"),
        post("/quests/create", "[]", 422, "quest: is required", "a list"),
        post("/quests/create", "{\"quest\": []}", 422, "must be an object", "a list inside"),
        case("lists 10,000 deep", Method::PUT, this.clone(), deep("[", "]"), 400, "recursion limit"),
        case("objects 10,000 deep", Method::PUT, this.clone(), deep("{\"a\":", "}"), 400, "recursion limit"),
        get("/quests/%FF%FE".into(), 400, "UTF-8", "a path that is no text"),
        get("/quests/not-an-id".into(), 400, "invalid input syntax for type uuid", "no id"),
        get("/quests/%27%3B--".into(), 400, "uuid", "quotes for an id"),
        get(format!("/quests/{NO_SUCH}"), 404, "not found", "an unknown id"),
        get(format!("{one}/entries?limit=many"), 400, "limit must be a whole number", "a word for a limit"),
        get(format!("{one}/entries?offset=-1"), 400, "offset must be", "a negative offset"),
        get(
            format!("{one}/entries?limit=99999999999999999999"),
            400,
            "limit must be",
            "an overflowing limit",
        ),
        get(
            format!("{one}/entries?status=lost"),
            400,
            "submitted, accepted or rejected",
            "an unknown status",
        ),
        get("/quests/assigned-items?assignee_id=me".into(), 400, "uuid", "a name for an id"),
        get(
            "/quests/assigned-items?status=nearly".into(),
            422,
            "pending, in_progress",
            "an unknown item status",
        ),
        get("/search/assets?filters=%7B".into(), 400, "filters is not valid JSON", "broken filters"),
        get("/actions?since=yesterday".into(), 400, "since must be a time", "no time"),
        get("/actions?status=odd".into(), 400, "in-progress", "an unknown run status"),
        get("/no/such/endpoint".into(), 404, "has no GET", "an unknown endpoint"),
        case("a wrong method", Method::DELETE, "/quests/create", "", 405, "does not take DELETE"),
        case("a wrong method", Method::PATCH, one.clone(), "{}", 405, "does not take PATCH"),
        // Quests.
        post("/quests/create", "{\"quest\": {\"name\": \" \"}}", 422, "name: is required", "a blank name"),
        post(
            "/quests/create",
            &json!({"quest": {"name": "x".repeat(256)}}).to_string(),
            422,
            "255",
            "a long name",
        ),
        post("/quests/create", "{\"quest\": {\"name\": 7}}", 422, "must be a text", "a number for a name"),
        post(
            "/quests/create",
            "{\"quest\": {\"name\": \"x\", \"type\": \"endless\"}}",
            422,
            "closable or continuous",
            "a kind",
        ),
        post(
            "/quests/create",
            "{\"quest\": {\"name\": \"x\", \"status\": \"paused\"}}",
            422,
            "draft, open",
            "a status",
        ),
        post(
            "/quests/create",
            "{\"quest\": {\"name\": \"x\", \"description\": 7}}",
            422,
            "quest.description: must be markdown",
            "a number for a text",
        ),
        post(
            "/quests/create",
            "{\"quest\": {\"name\": \"x\", \"items\": \"one\"}}",
            422,
            "must be a list",
            "items that are no list",
        ),
        post(
            "/quests/create",
            &json!({"quest": {"name": "x", "team_id": NO_SUCH}}).to_string(),
            404,
            "Team not found",
            "an unknown team",
        ),
        case(
            "a negative cap",
            Method::PUT,
            one.clone(),
            "{\"quest\": {\"max_xp_per_contributor\": -1}}",
            422,
            "must not be negative",
        ),
        case(
            "an overflowing cap",
            Method::PUT,
            one.clone(),
            "{\"quest\": {\"max_xp_per_contributor\": 1e300}}",
            422,
            "must be at most",
        ),
        // Items.
        post(&items, "{\"items\": {}}", 422, "must be a list", "items as an object"),
        post(&items, "{\"items\": [null]}", 422, "must be texts or objects", "no item"),
        post(&items, "{\"items\": [\"  \"]}", 422, "must not be empty", "a blank item"),
        post(
            &items,
            "{\"items\": [\"good\", {\"description\": \"bad\", \"reward_xp\": -1}]}",
            422,
            "item.reward_xp: must not be negative",
            "a good item before a bad one",
        ),
        post(
            &items,
            &json!({"items": vec!["x"; 1_001]}).to_string(),
            422,
            "more than 1,000",
            "too many items",
        ),
        put(json!({"reward_amount": -5}), "item.reward_amount: must not be negative", "a negative amount"),
        put(json!({"reward_amount": 1.5}), "must be a whole number", "half a sat"),
        put(json!({"reward_amount": 9_223_372_036_854_775_807_u64}), "must be at most", "the largest amount"),
        put(
            json!({"reward_amount": 18_446_744_073_709_551_615_u64}),
            "must be at most",
            "an overflowing amount",
        ),
        put(json!({"reward_amount": "500"}), "must be a whole number", "a text for an amount"),
        put(json!({"reward_currency": "eur"}), "btc or usd", "another currency"),
        put(json!({"reward_xp": 1_000_000_001}), "must be at most", "too many points"),
        put(json!({"sort_order": i64::MAX}), "must be at most", "the last place"),
        put(json!({"status": "paused"}), "pending, in_progress", "an unknown item status"),
        put(json!({"type": "epic"}), "item.type: must be one of task", "an unknown type"),
        put(json!({"expected_asset_type": "film"}), "must be one of post", "an unknown asset type"),
        put(json!({"assignee_id": NO_SUCH}), "no such user", "an unknown assignee"),
        put(json!({"child_quest_id": NO_SUCH}), "no such quest", "an unknown child"),
        put(json!({"child_quest_id": id}), "leads back", "itself as a child"),
        put(json!({"eval_route_id": NO_SUCH}), "no such route", "an unknown route"),
        put(json!({"eval_route_id": id}), "no such route", "a quest as a route"),
        put(json!({"eval_pass_min": "NaN"}), "must be a number", "a band of NaN"),
        put(json!({"eval_pass_min": 2, "eval_pass_max": 1}), "nothing could pass", "a band upside down"),
        put(json!({"eval_score_path": "$..score"}), "a path to one value", "a path to many"),
        put(json!({"eval_trigger": "noon"}), "submit, owner", "an unknown trigger"),
        put(json!({"leaderboard_order": "up"}), "desc, asc", "an unknown order"),
        put(json!({"leaderboard_enabled": true}), "needs an eval route", "ranks without scores"),
        put(
            json!({"submission_assets": {"a": {"asset_type": "film"}}}),
            "submission_assets.a.asset_type",
            "an unknown input",
        ),
        put(json!({"submission_assets": ["a"]}), "must be an object", "inputs as a list"),
        put(
            json!({"eval_static_inputs": {"a": {"asset_id": NO_SUCH}}}),
            "no such asset",
            "an unknown pinned asset",
        ),
        put(json!({"waiting_until": "soon"}), "must be a time like", "no time"),
        put(json!({"waiting_check_every": "often"}), "must be like 30m", "no interval"),
        put(json!({"description": ""}), "must not be empty", "an empty brief"),
        case(
            "an item of another quest",
            Method::PUT,
            format!("{items}/{NO_SUCH}"),
            change(json!({})),
            404,
            "not found",
        ),
        // Entries and decisions.
        post(&create, &submit(json!({})), 422, "entry.item_id: is required", "no item"),
        post(&create, &submit(json!({"item_id": 7})), 422, "must be a text", "a number for an item"),
        post(&create, &submit(json!({"item_id": "x"})), 400, "uuid", "a word for an item"),
        post(&create, &submit(json!({"item_id": NO_SUCH})), 404, "not found", "an unknown item"),
        post(
            &create,
            &submit(json!({"item_id": item, "assets": {"film": NO_SUCH}})),
            422,
            "asks for no input 'film'",
            "an unknown key",
        ),
        post(
            &create,
            &submit(json!({"item_id": item, "assets": {"film": 7}})),
            422,
            "must be an asset's id",
            "a number for an asset",
        ),
        post(
            &create,
            &submit(json!({"item_id": item, "assets": []})),
            422,
            "must be an object",
            "assets as a list",
        ),
        post(
            &create,
            &submit(json!({"item_id": item, "description": ["x"]})),
            422,
            "entry.description",
            "a list for a text",
        ),
        case(
            "no verdict",
            Method::PUT,
            format!("{one}/entries/{NO_SUCH}/review"),
            "{}",
            422,
            "accepted or rejected",
        ),
        case(
            "an unknown verdict",
            Method::PUT,
            format!("{one}/entries/{NO_SUCH}/review"),
            "{\"status\": \"maybe\"}",
            422,
            "accepted or rejected",
        ),
        case(
            "an unknown entry",
            Method::PUT,
            format!("{one}/entries/{NO_SUCH}/review"),
            "{\"status\": \"accepted\"}",
            404,
            "Entry not found",
        ),
        case(
            "a note that is no text",
            Method::PUT,
            format!("{one}/entries/{NO_SUCH}/review"),
            "{\"status\": \"accepted\", \"review\": 7}",
            422,
            "review.review",
        ),
        post(
            &format!("{one}/entries/{NO_SUCH}/evaluate"),
            "",
            404,
            "Entry not found",
            "an unknown entry to evaluate",
        ),
        post(&format!("{this}/rescore"), "{}", 409, "no evaluation", "nothing to score"),
        post(&format!("/actions/{NO_SUCH}/response/x"), "{}", 404, "not found", "a report of no run"),
    ]
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_and_changes_nothing() {
    let world = World::empty().await;
    let ana = world.sign_in("ana").await;
    let quest = ana.quest("continuous", json!([paid(10)])).await;
    let path = format!("/quests/{}", text(&quest["id"]));
    let before = ana.get(&path).await;
    let (status, answer) =
        ana.send(Method::GET, &format!("{path}/entries?offset=9223372036854775807"), None).await;
    assert_eq!(
        (status.as_u16(), &answer["pagination"]["hasMore"]),
        (200, &json!(false)),
        "far beyond the end"
    );
    for case in cases(&quest) {
        let request =
            world.http.request(case.method, world.url(&case.path)).header("authorization", &ana.token);
        let answer = request.body(case.body).send().await.unwrap();
        let status = answer.status().as_u16();
        let answer: Value = answer.json().await.unwrap_or_else(|error| panic!("{}: {error}", case.what));
        let message = answer["error"]["message"].as_str().unwrap_or_default();
        assert_eq!(status, case.status, "{}: {answer}", case.what);
        assert_eq!(answer["error"]["status"], status, "{}: {answer}", case.what);
        assert!(message.contains(case.says), "{}: {message}", case.what);
        assert!(answer["data"].is_null() && answer["error"]["code"].is_string(), "{}: {answer}", case.what);
    }
    assert_eq!(ana.get(&path).await, before);
    world.books_are_right();
}

#[tokio::test]
async fn tokens_that_are_missing_or_over_are_401() {
    let world = World::empty().await;
    let ana = world.sign_in("ana").await;
    for token in ["", "x.y.z", "Bearer x"] {
        let answer = world.http.get(world.url("/user")).header("authorization", token).send().await.unwrap();
        assert_eq!(answer.status(), 401, "{token}");
    }
    world.backend.expire_tokens();
    let (status, answer) = ana.send(Method::GET, "/user", None).await;
    assert_eq!((status.as_u16(), text(&answer["error"]["code"])), (401, "unauthorized"));
}

#[tokio::test]
async fn large_texts_are_taken_and_larger_ones_refused() {
    let world = World::empty().await;
    let (ana, maria) = (world.sign_in("ana").await, world.sign_in("maria").await);
    let quest = ana.quest("continuous", json!(["one"])).await;
    let path = format!("/quests/{}/entries/create", text(&quest["id"]));
    let entry = |description: String| json!({"entry": {"item_id": quest["items"][0]["id"], "description": description}});
    let mega = 1 << 20;
    for (what, description) in [
        ("plain words", "word ".repeat(mega / 5)),
        ("quotes in quotes", ">".repeat(mega / 20)),
        ("lists in lists", "- ".repeat(mega / 2)),
        ("open brackets", "[".repeat(mega)),
        ("emphasis in emphasis", "*a **b ".repeat(mega / 7)),
        ("backticks", "`".repeat(mega)),
    ] {
        let (status, answer) = maria.send(Method::POST, &path, Some(entry(description))).await;
        assert_eq!(status, 200, "{what}: {}", answer["error"]);
    }
    let table = "|a|b|\n|-|-|\n".to_owned() + &"|1|2|\n".repeat(mega / 6);
    for many_parts in [table, ">".repeat(mega)] {
        let (status, answer) = maria.send(Method::POST, &path, Some(entry(many_parts))).await;
        assert_eq!(status, 422);
        assert!(text(&answer["error"]["message"]).contains("attach it as a file"), "{answer}");
    }
    let refused = maria.refused(Method::POST, &path, entry("x".repeat(21 * mega))).await;
    assert_eq!(refused, (413, "payload_too_large".to_owned()));
    let mut deep = json!({"type": "text", "text": "x"});
    for _ in 0..110 {
        deep = json!({"type": "blockquote", "content": [deep]});
    }
    let deep = json!({"entry": {"item_id": quest["items"][0]["id"], "description": {"type": "doc", "content": [deep]}}});
    let (status, answer) = maria.send(Method::POST, &path, Some(deep)).await;
    assert!((400..500).contains(&status.as_u16()), "{answer}");
}
