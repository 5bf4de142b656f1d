//! Items: creating, changing, deleting (5.8), with their rewards' reservations (5.4.1).

use serde_json::{Map, Value, json};

use super::money::{self, Funding, currency_of};
use super::review::{close_if_done, finish_item};
use super::{Act, standing, visible_quest};
use crate::backend::error::Refusal;
use crate::backend::fields::Fields;
use crate::backend::ids::Id;
use crate::backend::markdown::{self, text_of};
use crate::backend::rules::life::{is_over, item_status_of};
use crate::backend::rules::waiting::{check_every, check_until};
use crate::backend::store::items::{self, Item};
use crate::backend::store::quests::Quest;
use crate::backend::store::{accounts, assets};

/// Types of assets that an item may ask for (contract, 4.4).
const ASKED_TYPES: &[&str] = &["file", "dataset", "post", "route"];

/// Adds items to a quest; each is a text or an object. All of them or none.
pub(crate) fn create(act: &Act<'_>, quest: Id, given: &[Value]) -> Result<Vec<Id>, Refusal> {
    let quest = visible_quest(act.db, act.who, quest)?;
    standing(act.db, act.who, &quest)?.may_change()?;
    if is_over(&quest.status) {
        return Err(Refusal::conflict("quest_final", format!("This quest is {}", quest.status.word())));
    }
    let ids = add(act, &quest, given)?;
    assets::touch(act.db, quest.id, act.now)?;
    Ok(ids)
}

/// Lays items into a quest whose rights were checked.
pub(crate) fn add(act: &Act<'_>, quest: &Quest, given: &[Value]) -> Result<Vec<Id>, Refusal> {
    let mut next =
        items::of_quest(act.db, quest.id)?.iter().map(|item| item.sort_order).max().unwrap_or(0) + 1;
    let mut ids = Vec::with_capacity(given.len());
    for value in given {
        let map = as_object(value)?;
        let fields = Fields::new(&map, "item");
        let description =
            description(&fields)?.ok_or_else(|| Refusal::field("item.description", "is required"))?;
        let mut item = Item::new(act.new_id(), quest.id, act.who, description, act.now);
        item.sort_order = next;
        apply(act, &mut item, &fields)?;
        next = next.max(item.sort_order) + 1;
        money::settle(act, quest, &mut item, Funding::Required)?;
        items::put(act.db, &item)?;
        ids.push(item.id);
    }
    Ok(ids)
}

/// A bare text is an item with that description; clients also send whole items as JSON text (3.4).
fn as_object(value: &Value) -> Result<Map<String, Value>, Refusal> {
    match value {
        Value::Object(map) if map.contains_key("description") || !map.contains_key("text") => Ok(map.clone()),
        Value::Object(rich) => Ok(Map::from_iter([("description".to_owned(), Value::Object(rich.clone()))])),
        Value::String(text) => match serde_json::from_str(text) {
            Ok(Value::Object(map)) if map.contains_key("description") => Ok(map),
            _ => Ok(Map::from_iter([("description".to_owned(), json!(text))])),
        },
        _ => Err(Refusal::field("items", "must be texts or objects")),
    }
}

/// Changes an item; only what was sent changes. Returns nothing: the item is read again by whoever answers.
pub(crate) fn update(act: &Act<'_>, quest: Id, item: Id, fields: &Fields<'_>) -> Result<(), Refusal> {
    let quest = visible_quest(act.db, act.who, quest)?;
    let mut item = item_of(act.db, &quest, item)?;
    standing(act.db, act.who, &quest)?.may_change()?;
    let before = item.clone();
    if let Some(word) = fields.text("status")? {
        let status = item_status_of(word)?;
        if status != item.status {
            item.auto_skipped = false;
            item.status_before_auto_skip = None;
        }
        item.status = status;
    }
    if let Some(description) = description(fields)? {
        item.description = description;
    }
    apply(act, &mut item, fields)?;
    let rewards_change =
        item.reward_amount != before.reward_amount || item.reward_currency != before.reward_currency;
    if is_over(&quest.status) && (rewards_change || item.status != before.status) {
        let message =
            format!("This quest is {}; its items' states and rewards are final", quest.status.word());
        return Err(Refusal::conflict("quest_final", message));
    }
    if item.reward_currency != before.reward_currency {
        let mut held = before;
        money::release(act, &quest, &mut held)?;
        item.escrow = 0;
    }
    money::settle(act, &quest, &mut item, Funding::Required)?;
    finish_item(act, &quest, item)?;
    Ok(assets::touch(act.db, quest.id, act.now)?)
}

/// Deletes an item that has no entries (5.8); its reservation goes back.
pub(crate) fn delete(act: &Act<'_>, quest: Id, item: Id) -> Result<(), Refusal> {
    let quest = visible_quest(act.db, act.who, quest)?;
    let mut item = item_of(act.db, &quest, item)?;
    standing(act.db, act.who, &quest)?.may_change()?;
    if items::has_entries(act.db, item.id)? {
        return Err(Refusal::conflict(
            "item_has_entries",
            "This item has entries; skip it instead of deleting it",
        ));
    }
    money::release(act, &quest, &mut item)?;
    items::delete(act.db, item.id)?;
    close_if_done(act, &quest)?;
    Ok(assets::touch(act.db, quest.id, act.now)?)
}

/// The item, if it belongs to the quest.
pub(crate) fn item_of(db: &rusqlite::Connection, quest: &Quest, item: Id) -> Result<Item, Refusal> {
    let item = items::get(db, item)?.ok_or_else(|| Refusal::not_found("Item"))?;
    if item.quest == quest.id {
        Ok(item)
    } else {
        Err(Refusal::new(404, "item_not_in_quest", "Item not found in this quest"))
    }
}

fn description(fields: &Fields<'_>) -> Result<Option<String>, Refusal> {
    let Some(given) = fields.value("description") else { return Ok(None) };
    match markdown::rich(given)? {
        Some(rich) if !text_of(&rich).trim().is_empty() => Ok(Some(rich.to_string())),
        _ => Err(Refusal::field("item.description", "must not be empty")),
    }
}

/// Applies the plain fields that were sent. Null clears where the contract lets it.
fn apply(act: &Act<'_>, item: &mut Item, fields: &Fields<'_>) -> Result<(), Refusal> {
    if let Some(kind) = fields.text("type")? {
        kind.clone_into(&mut item.kind);
    }
    if let Some(place) = fields.count("sort_order")? {
        item.sort_order = place;
    }
    if fields.has("assignee_id") {
        item.assignee = fields.id("assignee_id")?;
        if let Some(assignee) = item.assignee
            && accounts::user_by_id(act.db, assignee)?.is_none()
        {
            return Err(fields.wrong("assignee_id", "no such user"));
        }
    }
    if fields.has("expected_asset_type") {
        item.expected_asset_type = fields.text("expected_asset_type")?.map(str::to_owned);
    }
    if fields.has("child_quest_id") {
        item.child_quest = fields.id("child_quest_id")?;
    }
    if fields.has("notes") {
        item.notes = fields.text("notes")?.map(str::to_owned);
    }
    apply_reward(item, fields)?;
    apply_evaluation(act, item, fields)?;
    apply_inputs(item, fields)?;
    apply_waiting(item, fields)
}

fn apply_reward(item: &mut Item, fields: &Fields<'_>) -> Result<(), Refusal> {
    if let Some(xp) = fields.count("reward_xp")? {
        item.reward_xp = xp;
    }
    if let Some(word) = fields.text("reward_currency")? {
        item.reward_currency = currency_of(word)?;
    }
    if let Some(amount) = fields.count("reward_amount")? {
        item.reward_amount = amount;
    }
    Ok(())
}

fn apply_evaluation(act: &Act<'_>, item: &mut Item, fields: &Fields<'_>) -> Result<(), Refusal> {
    if fields.has("eval_route_id") {
        item.eval_route = fields.id("eval_route_id")?;
        item.route = match item.eval_route {
            None => None,
            Some(route) => {
                let route =
                    assets::visible(act.db, act.who, route)?.filter(|asset| asset.asset_type == "route");
                let route = route.ok_or_else(|| fields.wrong("eval_route_id", "no such route"))?;
                route.content.as_deref().map(serde_json::from_str).transpose()?
            }
        };
    }
    if fields.has("eval_score_path") {
        item.eval_score_path = fields.text("eval_score_path")?.map(str::to_owned);
    }
    if fields.has("eval_categories_path") {
        item.eval_categories_path = fields.text("eval_categories_path")?.map(str::to_owned);
    }
    if fields.has("eval_pass_min") {
        item.band.min = fields.number("eval_pass_min")?;
    }
    if fields.has("eval_pass_max") {
        item.band.max = fields.number("eval_pass_max")?;
    }
    if fields.has("eval_trigger") {
        item.eval_trigger = fields.word("eval_trigger", &["submit", "owner"])?.map(str::to_owned);
    }
    if let Some(order) = fields.word("leaderboard_order", &["desc", "asc"])? {
        order.clone_into(&mut item.leaderboard_order);
    }
    if let Some(enabled) = fields.boolean("leaderboard_enabled")? {
        item.leaderboard_enabled = enabled;
    }
    if item.leaderboard_enabled && item.eval_route.is_none() {
        return Err(fields.wrong("leaderboard_enabled", "needs an eval route"));
    }
    Ok(())
}

fn apply_inputs(item: &mut Item, fields: &Fields<'_>) -> Result<(), Refusal> {
    if fields.has("submission_assets") {
        let declared = fields.object("submission_assets")?;
        for (key, declaration) in declared.into_iter().flatten() {
            let kind = declaration.get("asset_type").and_then(Value::as_str);
            if !kind.is_some_and(|kind| ASKED_TYPES.contains(&kind)) {
                return Err(fields.wrong(
                    &format!("submission_assets.{key}.asset_type"),
                    "must be file, dataset, post or route",
                ));
            }
        }
        item.submission_assets = declared.map(|map| Value::Object(map.clone()));
    }
    if fields.has("eval_static_inputs") {
        item.eval_static_inputs = fields.object("eval_static_inputs")?.map(|map| Value::Object(map.clone()));
    }
    Ok(())
}

/// Empty texts clear (3.4).
fn apply_waiting(item: &mut Item, fields: &Fields<'_>) -> Result<(), Refusal> {
    let given = |field: &str| -> Result<Option<String>, Refusal> {
        Ok(fields.text(field)?.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned))
    };
    if fields.has("waiting_on") {
        item.waiting_on = given("waiting_on")?;
    }
    if fields.has("waiting_until") {
        item.waiting_until = given("waiting_until")?;
        item.waiting_until.as_deref().map(check_until).transpose()?;
    }
    if fields.has("waiting_check_every") {
        item.waiting_check_every = given("waiting_check_every")?;
        item.waiting_check_every.as_deref().map(check_every).transpose()?;
    }
    Ok(())
}
