//! Items: creating, changing, deleting (5.8), with their rewards' reservations (5.4.1).

use serde_json::{Map, Value, json};

use super::item_fields::apply;
use super::money::{self, Funding};
use super::quests::rich_field;
use super::review::{close_if_done, finish_item};
use super::{Act, standing, visible_quest};
use crate::backend::error::Refusal;
use crate::backend::fields::Fields;
use crate::backend::ids::Id;
use crate::backend::markdown::text_of;
use crate::backend::rules::life::{is_over, item_status_of};
use crate::backend::store::assets;
use crate::backend::store::items::{self, Item};
use crate::backend::store::quests::Quest;
use crate::domain::ItemStatus;

/// Items that are taken at once: each is written while other acts wait.
const AT_ONCE: usize = 1_000;

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
    if given.len() > AT_ONCE {
        return Err(Refusal::field("items", "are more than 1,000: send fewer at once"));
    }
    let mut next = items::of_quest(act.db, quest.id)?
        .iter()
        .map(|item| item.sort_order)
        .max()
        .unwrap_or(0)
        .saturating_add(1);
    let mut ids = Vec::with_capacity(given.len());
    for value in given {
        let map = as_object(value)?;
        let fields = Fields::new(&map, "item");
        let description =
            description(&fields)?.ok_or_else(|| Refusal::field("item.description", "is required"))?;
        let mut item = Item::new(act.new_id(), quest.id, act.who, description, act.now);
        item.sort_order = next;
        apply(act, &mut item, &fields)?;
        next = next.max(item.sort_order).saturating_add(1);
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
            // Taken up again, it is nobody's any more.
            item.completed_by = item.completed_by.filter(|_| status == ItemStatus::Done);
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
    let (status_before, place_before) = (before.status.clone(), before.sort_order);
    if item.reward_currency != before.reward_currency {
        let mut held = before;
        money::release(act, &quest, &mut held)?;
        item.escrow = 0;
    }
    if rewards_change || item.status != status_before {
        money::settle(act, &quest, &mut item, Funding::Required)?;
    }
    if item.sort_order != place_before {
        items::make_room(act.db, &item)?;
    }
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
    match rich_field(fields, "description")? {
        None if !fields.has("description") => Ok(None),
        Some(rich) if !text_of(&rich).trim().is_empty() => Ok(Some(rich.to_string())),
        _ => Err(Refusal::field("item.description", "must not be empty")),
    }
}
