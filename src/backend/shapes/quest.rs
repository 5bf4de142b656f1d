//! Quests on the wire (contract, 4.2 and 4.3).

use rusqlite::Connection;
use serde_json::{Value, json};

use super::asset;
use super::item;
use crate::backend::error::Refusal;
use crate::backend::ids::Id;
use crate::backend::rules::life::kind_word;
use crate::backend::store::assets::{self, Asset};
use crate::backend::store::items;
use crate::backend::store::quests::{self, Quest};

/// A quest as lists show it: with progress and its segments, without items.
pub(crate) fn hit(db: &Connection, of: &Asset) -> Result<Value, Refusal> {
    let mut shape = asset::asset(db, of)?;
    let quest = quests::get(db, of.id)?.ok_or_else(|| Refusal::not_found("Quest"))?;
    shape["quest"] = details(&quest);
    shape["progress"] = progress(db, of.id)?;
    Ok(shape)
}

/// A quest in full.
pub(crate) fn full(db: &Connection, reader: Id, id: Id) -> Result<Value, Refusal> {
    let of = assets::get(db, id)?.ok_or_else(|| Refusal::not_found("Quest"))?;
    let mut shape = hit(db, &of)?;
    let mut rows = Vec::new();
    for one in items::of_quest(db, id)? {
        rows.push(item::item(db, reader, &one)?);
    }
    shape["items"] = Value::Array(rows);
    shape["comments"] = json!(assets::comment_count(db, id)?);
    Ok(shape)
}

/// What a quest has beyond being an asset.
pub(crate) fn details(quest: &Quest) -> Value {
    json!({
        "id": quest.id, "type": kind_word(&quest.kind), "status": quest.status.word(),
        "max_xp_per_contributor": quest.max_xp, "closed_at": quest.closed_at.map(|at| at.to_string()),
    })
}

fn progress(db: &Connection, quest: Id) -> Result<Value, Refusal> {
    let segments = quests::segments(db, quest)?;
    let resolved = segments.iter().filter(|segment| segment.status.is_terminal()).count();
    let rows = segments.iter().map(|segment| {
        json!({
            "id": segment.id, "status": segment.status.word(), "waiting_on": segment.waiting_on,
            "waiting_until": segment.waiting_until, "waiting_check_every": segment.waiting_check_every,
        })
    });
    Ok(json!({
        "total": segments.len(), "resolved": resolved, "remaining": segments.len() - resolved,
        "items": rows.collect::<Vec<_>>(),
    }))
}
