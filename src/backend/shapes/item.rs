//! Items on the wire (contract, 4.4).

use rusqlite::Connection;
use serde_json::{Value, json};

use super::asset::{embedded, parsed, people};
use crate::backend::acts::profile;
use crate::backend::error::Refusal;
use crate::backend::ids::Id;
use crate::backend::rules::submission::{declarations_on_the_wire, keys_on_the_wire};
use crate::backend::signals::{embedded_ids, mentioned};
use crate::backend::store::items::Item;

/// An item, with the inputs that it effectively asks for.
pub(crate) fn item(db: &Connection, reader: Id, item: &Item) -> Result<Value, Refusal> {
    let description = parsed(Some(&item.description))?;
    let embeds = embedded(db, reader, &embedded_ids(&description))?;
    let users = people(db, &mentioned(&description))?;
    let assignee = item.assignee.map(|id| profile(db, id)).transpose()?;
    let keys = item.keys();
    let mut shape = json!({
        "id": item.id, "quest_id": item.quest, "description": description, "status": item.status.word(),
        "auto_skipped": item.auto_skipped, "status_before_auto_skip": item.status_before_auto_skip,
        "sort_order": item.sort_order, "type": item.kind, "created_by": item.created_by,
        "assignee_id": item.assignee, "assignee": assignee, "expected_asset_type": item.expected_asset_type,
        "reward_xp": item.reward_xp, "reward_currency": item.reward_currency.code(),
        "reward_amount": item.reward_amount, "child_quest_id": item.child_quest,
        "completed_entry_id": item.completed_by, "notes": item.notes, "embedded_assets": embeds, "users": users,
        "created_at": item.created_at.to_string(), "updated_at": item.updated_at.to_string(),
    });
    let more = json!({
        "eval_route_id": item.eval_route, "eval_score_path": item.eval_score_path,
        "eval_categories_path": item.eval_categories_path, "eval_pass_min": item.band.min,
        "eval_pass_max": item.band.max, "eval_trigger": item.eval_trigger,
        "leaderboard_enabled": item.leaderboard_enabled, "leaderboard_order": item.leaderboard_order,
        "submission_assets": if keys.is_empty() { Value::Null } else { declarations_on_the_wire(&keys) },
        "contributor_keys": keys_on_the_wire(&keys), "eval_static_inputs": item.eval_static_inputs,
        "waiting_on": item.waiting_on, "waiting_until": item.waiting_until,
        "waiting_check_every": item.waiting_check_every,
    });
    if let (Some(shape), Value::Object(more)) = (shape.as_object_mut(), more) {
        shape.extend(more);
    }
    Ok(shape)
}
