//! Whole answers through the decoders, and random ones.

use proptest::prelude::*;
use reqwest::header::HeaderMap;
use serde_json::value::RawValue;

use super::*;
use crate::domain::{
    EntryStatus, EvalStatus, EvalTrigger, ItemStatus, Money, QuestId, QuestKind, QuestStatus, Reviewing,
};
use crate::ouro::answer::Answer;

const QUEST: &str = "0193c0de-2222-7000-8000-0000000000a1";
const OWNER: &str = "0193c0de-1111-7000-8000-00000000000a";

fn answer(body: &str) -> Answer {
    Answer::new(200, &HeaderMap::new(), body.as_bytes().to_vec())
}

fn quest_id() -> QuestId {
    QUEST.parse().unwrap()
}

fn raw(json: &str) -> &RawValue {
    serde_json::from_str(json).unwrap()
}

#[test]
fn a_search_page_becomes_quests() {
    let body = format!(
        r#"{{"data": [
          {{"id": "{QUEST}", "user_id": "{OWNER}", "org_id": "0193c0de-3333-7000-8000-000000000001",
            "team_id": "0193C0DE-3333-7000-8000-000000000002", "asset_type": "quest", "name": "Band\u001bgaps",
            "last_updated": "2026-10-05T10:00:00.5+00:00", "created_at": "2026-10-01T10:00:00Z",
            "team": {{"id": "0193c0de-3333-7000-8000-000000000002", "name": "solids"}},
            "quest": {{"type": "continuous", "status": "paused", "max_xp_per_contributor": 90}},
            "progress": {{"total": 9, "done": 4, "remaining": 5, "items": [{{"id": "x"}}]}}, "novelty": [[[]]]}},
          {{"id": "0193c0de-2222-7000-8000-0000000000a2", "user": {{"user_id": "{OWNER}"}}, "slug": "/quests/acme/x"}},
          {{"id": "0193c0de-2222-7000-8000-0000000000a3", "user_id": "{OWNER}", "asset_type": "post"}},
          {{"id": 7}}, null, "text", {{"user_id": "{OWNER}"}}],
        "pagination": {{"hasMore": true, "total": 31, "limit": 200, "offset": 0}}}}"#
    );
    let answer = answer(&body);
    let known = Known { me: Some(OWNER.parse().unwrap()), ..Known::default() };
    let page = page(&answer.open().unwrap(), |row| quest(row, &known)).unwrap();
    assert_eq!((page.rows.len(), page.unreadable, page.received()), (2, 5, 7));
    assert_eq!((page.has_more, page.total), (true, Some(31)));
    let first = &page.rows[0];
    assert_eq!(first.name.as_str(), "Band\u{FFFD}gaps");
    assert_eq!(first.team_name.as_str(), "solids");
    assert_eq!(first.kind, QuestKind::Continuous);
    assert_eq!(first.status.word(), "paused", "an unknown word is kept");
    assert_eq!((first.progress.resolved, first.progress.total), (4, 9));
    assert_eq!(first.reviewing, Reviewing::Allowed);
    assert_eq!(first.updated_at.to_string(), "2026-10-05T10:00:00.500Z");
    let second = &page.rows[1];
    assert_eq!(second.name.as_str(), "(no name)");
    assert_eq!(
        second.status,
        QuestStatus::Other("unknown".into()),
        "a hit without details does not pass for open"
    );
    assert_eq!(second.updated_at.millis(), 0);
    assert_eq!(second.url.as_ref().unwrap().as_str(), "/quests/acme/x");
}

#[test]
fn admins_of_team_or_organization_may_review() {
    let json = format!(
        r#"{{"id": "{QUEST}", "user_id": "{OWNER}", "org_id": "0193c0de-3333-7000-8000-000000000001",
            "team_id": "0193c0de-3333-7000-8000-000000000002"}}"#
    );
    let teams = answer(
        r#"{"data": [{"id": "0193c0de-3333-7000-8000-000000000002", "org_id": null, "name": "solids", "userMembership": {"role": "admin"}},
                     {"id": "0193c0de-3333-7000-8000-000000000004", "name": "all", "userMembership": {"role": "read"}}]}"#,
    );
    let orgs = answer(
        r#"{"data": [{"id": "0193c0de-3333-7000-8000-000000000001", "name": "acme", "membership": {"role": "admin", "membership_type": "internal"}},
                     {"id": "00000000-0000-0000-0000-000000000000", "name": "global", "membership": {"role": "admin"}}]}"#,
    );
    let teams = team_roles(&teams.open().unwrap()).unwrap();
    let orgs = org_roles(&orgs.open().unwrap()).unwrap();
    assert_eq!(teams.iter().map(|team| team.admin).collect::<Vec<_>>(), [true, false]);
    let reviewing = |memberships: Memberships| {
        let mut known = Known::default();
        known.learn_teams(&memberships.teams);
        known.learn_orgs(&memberships.orgs);
        assert!(known.admin_orgs.iter().all(|org| !org.uuid().is_nil()), "nobody is admin of everything");
        quest(raw(&json), &known).unwrap().reviewing
    };
    assert_eq!(reviewing(Memberships { teams, orgs: Vec::new() }), Reviewing::Allowed);
    assert_eq!(reviewing(Memberships { teams: Vec::new(), orgs }), Reviewing::Allowed);
    assert_eq!(reviewing(Memberships::default()), Reviewing::Untried);
}

#[test]
fn a_quest_brings_its_items_in_order() {
    let body = format!(
        r#"{{"data": {{"id": "{QUEST}", "user_id": "{OWNER}", "quest": {{"type": "closable", "status": "open"}}, "items": [
          {{"id": "0193c0de-4444-7000-8000-000000000002", "description": {{"text": "\n# Scan **two**\nrest\n"}}, "status": "in_progress",
            "sort_order": 20, "reward_xp": 5, "reward_currency": "usd", "reward_amount": 250, "eval_route_id": "0193c0de-6666-7000-8000-000000000001",
            "eval_pass_min": 0.8, "eval_pass_max": null, "eval_trigger": "owner", "waiting_on": "beam time", "waiting_until": "2026-12-01T09:00:00Z",
            "updated_at": "2026-10-12T10:00:00Z", "assignee_id": "{OWNER}"}},
          {{"id": "0193c0de-4444-7000-8000-000000000001", "description": "Plain old brief", "status": "done", "sort_order": 10, "auto_skipped": "yes",
            "waiting_on": "nobody", "completed_entry_id": "0193c0de-5555-7000-8000-000000000009", "created_at": "2026-10-02T10:00:00Z"}},
          {{"status": "pending"}}]}}}}"#
    );
    let answer = answer(&body);
    let envelope = answer.open().unwrap();
    let items = items_of(&envelope, quest_id()).unwrap();
    let found = quest(envelope.data().unwrap(), &Known::default()).unwrap();
    assert_eq!((found.progress.resolved, found.progress.total), (1, 3), "counted where progress is missing");
    assert_eq!(items.iter().map(|it| it.item.number).collect::<Vec<_>>(), [1, 2], "as people count");
    let (done, scan) = (&items[0].item, &items[1].item);
    assert_eq!(done.title.as_str(), "Plain old brief");
    assert!(
        done.auto_skipped && done.waiting.is_none() && done.eval.is_none() && done.completed_by.is_some()
    );
    assert_eq!(done.updated_at.to_string(), "2026-10-02T10:00:00.000Z");
    assert_eq!(scan.title.as_str(), "Scan two");
    assert_eq!(items[1].brief.as_str(), "\n# Scan **two**\nrest");
    assert_eq!(scan.status, ItemStatus::InProgress);
    assert_eq!((scan.reward.xp, scan.reward.money), (5, Some(Money::cents(250))));
    let eval = scan.eval.unwrap();
    assert_eq!((eval.band.min, eval.band.max, eval.trigger), (Some(0.8), None, EvalTrigger::Owner));
    assert_eq!(scan.waiting.as_ref().unwrap().on.as_str(), "beam time");
    assert_eq!(scan.quest, quest_id());
}

#[test]
fn a_scored_entry_is_read_whole() {
    let json = r#"{"id": "0193c0de-5555-7000-8000-000000000001", "quest_id": "0193c0de-2222-7000-8000-0000000000a1",
      "user_id": "0193c0de-1111-7000-8000-0000000000b7", "item_id": "0193c0de-4444-7000-8000-000000000002", "status": "submitted",
      "user": {"user_id": "0193c0de-1111-7000-8000-0000000000b7", "username": "bot\u202e-7", "actor_type": "agent"},
      "assets": {"z_scan": {"asset_id": "0193c0de-8888-7000-8000-000000000001", "asset_type": "file"},
                 "a_log": "0193c0de-8888-7000-8000-000000000002", "bad": 7},
      "embedded_assets": [{"id": "0193c0de-8888-7000-8000-000000000002", "name": "run.log", "asset_type": "post"}],
      "description": {"text": "", "json": {"type": "doc", "content": [{"type": "paragraph", "content": [{"type": "text", "text": "by hand"}]}]}},
      "eval_score": 0.42, "eval_status": "failed", "eval_category_scores": {"shape": 0.9, "note": "odd", "deep": {"a": [1]}},
      "eval_action_id": "0193c0de-9999-7000-8000-000000000001", "judge_signals": {"z_scan": {"size_bytes": 1843}},
      "review": null, "created_at": "2026-10-20T08:14:02.000000+00:00", "updated_at": "2026-10-20T08:14:09Z"}"#;
    let found = entry(raw(json), quest_id(), None).unwrap();
    assert_eq!(found.row.score, Some(0.42));
    assert_eq!(found.row.eval, EvalStatus::Failed);
    assert_eq!(found.status, EntryStatus::Submitted, "a failed evaluation decides nothing");
    assert_eq!(found.body.review, None);
    assert_eq!(found.body.description.as_str(), "by hand");
    let slots: Vec<_> =
        found.body.assets.iter().map(|slot| (slot.key.as_str(), slot.asset_type.as_str())).collect();
    assert_eq!(slots, [("z_scan", "file"), ("a_log", "post")], "in the server's order");
    assert_eq!(found.body.assets[1].name.as_ref().unwrap().as_str(), "run.log");
    let categories: Vec<_> =
        found.body.categories.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(categories, ["shape=0.9", "note=odd", r#"deep={"a": [1]}"#]);
    assert_eq!(found.body.signals.len(), 1);
    let person = found.person.unwrap();
    assert_eq!((person.username.as_str(), person.is_agent), ("bot-7", true));
    assert_eq!(found.row.version.updated_at.to_string(), "2026-10-20T08:14:09.000Z");
}

#[test]
fn an_asset_that_comes_along_with_its_entry_may_have_any_form() {
    const ASSET: &str = "0193c0de-8888-7000-8000-000000000001";
    let slots = |fields: &str| {
        let json = format!(
            r#"{{"id": "0193c0de-5555-7000-8000-000000000001", "user_id": "{OWNER}", "status": "submitted", {fields}}}"#
        );
        let slot = |slot: crate::domain::AssetSlot| {
            let name = slot.name.map_or("-".to_owned(), |name| name.to_string());
            format!("{} {} {name}", slot.key, slot.asset_type)
        };
        let read = entry(raw(&json), quest_id(), None).unwrap();
        assert!(read.body.assets.iter().all(|slot| slot.asset.to_string() == ASSET), "{fields}");
        read.body.assets.into_iter().map(slot).collect::<Vec<_>>().join(", ")
    };
    let keyed = format!(r#""assets": {{"data": {{"asset_id": "{ASSET}", "asset_type": "file"}}}}"#);
    let whole =
        format!(r#"{{"id": "{ASSET}", "name": "run7.csv", "asset_type": "file", "visibility": "private"}}"#);
    for (fields, expected) in [
        (format!("{keyed}, \"asset\": {whole}"), "data file run7.csv"),
        (format!("{keyed}, \"asset\": null"), "data file -"),
        (format!("{keyed}, \"asset\": {{}}"), "data file -"),
        (format!("{keyed}, \"asset\": [7]"), "data file -"),
        (
            format!("{keyed}, \"asset\": {{\"id\": \"{ASSET}\", \"name\": 7, \"asset_type\": {{}}}}"),
            "data file -",
        ),
        (format!(r#""assets": {{"data": "{ASSET}"}}, "asset": {whole}"#), "data file run7.csv"),
        (format!(r#""assets": [], "asset": {whole}"#), "file file run7.csv"),
        (format!(r#""asset_id": "{ASSET}", "asset": {whole}"#), "file file run7.csv"),
        (format!(r#""asset_id": "{ASSET}", "asset_type": "hologram", "asset": null"#), "hologram hologram -"),
        (format!(r#""asset": {{"id": "{ASSET}", "asset_type": "hologram"}}"#), "hologram hologram -"),
        (r#""asset": {"name": "nobody knows which"}"#.to_owned(), ""),
    ] {
        assert_eq!(slots(&fields), expected, "{fields}");
    }
}

#[test]
fn a_legacy_entry_and_a_decided_one_are_read() {
    let legacy = r#"{"id": "0193c0de-5555-7000-8000-000000000010", "user_id": "0193c0de-1111-7000-8000-00000000000d", "item_id": null,
        "asset_id": "0193c0de-8888-7000-8000-000000000004", "asset_type": "post", "assets": [], "description": "plain text of old",
        "created_at": "2026-03-01T10:00:00"}"#;
    let found = entry(raw(legacy), quest_id(), None).unwrap();
    assert_eq!((found.row.item, found.row.quest), (None, quest_id()));
    assert_eq!(found.body.description.as_str(), "plain text of old");
    assert_eq!(found.body.assets[0].key.as_str(), "post");
    assert_eq!(found.row.version.updated_at, found.row.created_at, "without a change it is as old as it is");
    let decided = r#"{"id": "0193c0de-5555-7000-8000-000000000011", "user_id": "0193c0de-1111-7000-8000-00000000000d", "status": "accepted",
        "review": {"text": "Clear.\n"}, "reviewer_id": "0193c0de-1111-7000-8000-00000000000a", "reviewed_at": "2026-10-21T10:00:00Z"}"#;
    let review = entry(raw(decided), quest_id(), None).unwrap().body.review.unwrap();
    assert_eq!((review.status, review.note.as_str()), (EntryStatus::Accepted, "Clear."));
    assert!(review.reviewer.is_some() && review.at.is_some());
    let nobody = r#"{"id": "0193c0de-5555-7000-8000-000000000012", "status": "accepted", "assets": null}"#;
    assert_eq!(entry(raw(nobody), quest_id(), None), None, "an entry of nobody");
    assert!(entry(raw(nobody), quest_id(), OWNER.parse().ok()).is_some(), "unless it is known to be ours");
}

#[test]
fn a_deep_description_costs_the_description_only() {
    let json = format!(
        r#"{{"id": "0193c0de-5555-7000-8000-000000000010", "user_id": "{OWNER}", "description": {}1{}}}"#,
        r#"{"json":"#.repeat(50_000),
        "}".repeat(50_000)
    );
    assert!(entry(raw(&json), quest_id(), None).is_some());
}

#[test]
fn wallets_tell_what_is_there_and_what_the_fee_is() {
    let sats = answer(
        r#"{"data": {"balance": 12000, "available": 9500, "escrowed": 2500, "platform_fee_basis_points": 1000}}"#,
    );
    let cents = answer(
        r#"{"data": {"balance_cents": 10000, "available_cents": 7500, "escrowed_cents": 2500, "currency": "usd"}}"#,
    );
    let read = |answer: &Answer| Wallet::read(&answer.open().unwrap()).ok();
    let both = balances(read(&sats), read(&cents));
    assert_eq!(both.sats, Some(Balance { available: Money::sats(9_500), escrowed: Money::sats(2_500) }));
    assert_eq!(both.cents, Some(Balance { available: Money::cents(7_500), escrowed: Money::cents(2_500) }));
    assert_eq!(both.fee.unwrap().basis_points(), 1_000);
    assert_eq!(balances(None, read(&cents)).fee, None, "unknown, not zero");
}

#[test]
fn an_account_has_a_name_to_call_it_by() {
    for (body, name) in [
        (format!(r#"{{"data": {{"id": "{OWNER}", "email": "ana@example.org", "username": "ana"}}}}"#), "ana"),
        (
            format!(r#"{{"data": {{"id": "{OWNER}", "email": "ana@example.org", "username": ""}}}}"#),
            "ana@example.org",
        ),
        (format!(r#"{{"data": {{"user_id": "{OWNER}"}}}}"#), OWNER),
    ] {
        assert_eq!(account(&answer(&body).open().unwrap()).unwrap().username.as_str(), name);
    }
    for empty in [r#"{"data": null}"#, r#"{"data": {}}"#, r#"{"data": []}"#] {
        let error = account(&answer(empty).open().unwrap()).unwrap_err();
        assert_eq!(error.kind, crate::ouro::ErrorKind::Unauthorized, "{empty}");
    }
}

/// Random JSON that likes the names and words of the contract.
fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let word = prop_oneof![
        Just("doc"),
        Just("paragraph"),
        Just("text"),
        Just("table"),
        Just("bulletList"),
        Just("mention"),
        Just("codeBlock"),
        Just("assetComponent"),
        Just("submitted"),
        Just("quest"),
        Just(QUEST),
        Just(OWNER),
        Just("2026-10-20T08:14:09Z"),
        Just("```assetComponent\n{}"),
        Just("{\"text\": \"{}\"}"),
        Just("`{@x}`"),
    ];
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        word.prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    let name = prop::sample::select(vec![
        "id",
        "user_id",
        "user",
        "quest",
        "status",
        "type",
        "content",
        "attrs",
        "marks",
        "text",
        "json",
        "description",
        "items",
        "assets",
        "asset_id",
        "embedded_assets",
        "judge_signals",
        "eval_category_scores",
        "eval_score",
        "reward_amount",
        "sort_order",
        "submission_assets",
        "contributor_keys",
        "error",
        "message",
        "detail",
        "loc",
        "data",
        "pagination",
        "hasMore",
        "progress",
        "total",
        "resolved",
        "level",
        "start",
        "label",
        "created_at",
        "waiting_until",
        "key",
        "review",
    ]);
    leaf.prop_recursive(6, 96, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            prop::collection::vec((name.clone(), inner), 0..8).prop_map(|fields| {
                fields
                    .into_iter()
                    .map(|(name, value)| (name.to_owned(), value))
                    .collect::<serde_json::Map<_, _>>()
                    .into()
            }),
        ]
    })
}

proptest! {
    #[test]
    fn random_json_never_panics_a_decoder(mut json in any_json(), status in 100u16..600) {
        let body = json.to_string();
        let answer = Answer::new(status, &HeaderMap::new(), body.clone().into_bytes());
        let _ = answer.asks_for_token();
        if let Ok(envelope) = answer.open() {
            let _ = (account(&envelope), team_roles(&envelope), org_roles(&envelope), Wallet::read(&envelope));
            let _ = (items_of(&envelope, quest_id()), items(&envelope, quest_id()));
            let _ = page(&envelope, |row| entry(row, quest_id(), None));
        }
        if let Some(fields) = json.as_object_mut() {
            fields.insert("id".to_owned(), QUEST.into());
            fields.insert("user_id".to_owned(), OWNER.into());
            let row = json.to_string();
            prop_assert!(entry(raw(&row), quest_id(), None).is_some(), "ids are enough");
            prop_assert!(item(raw(&row), quest_id()).is_some(), "ids are enough");
            let _ = quest(raw(&row), &Known::default());
        }
    }

    #[test]
    fn random_bytes_never_panic_a_decoder(body in prop::collection::vec(any::<u8>(), 0..200), status in 100u16..600) {
        let answer = Answer::new(status, &HeaderMap::new(), body);
        let _ = answer.asks_for_token();
        if let Err(error) = answer.open() {
            let control = error.to_string().chars().any(char::is_control);
            prop_assert!(!control, "an error is one harmless line");
        }
    }
}
