//! Entries on the wire (contract, 4.5). The hot path: what is kept as JSON text is written out without reading it.

use rusqlite::Connection;
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::asset;
use crate::backend::error::Refusal;
use crate::backend::ids::Id;
use crate::backend::store::assets;
use crate::backend::store::entries::{self, Contributor, Entry};

/// The contributor: an extra that the contract allows (9).
#[derive(Serialize)]
struct UserShape<'a> {
    user_id: Id,
    id: Id,
    username: &'a str,
    name: &'a str,
    actor_type: &'a str,
    avatar_path: Option<&'a str>,
}

/// An entry.
#[derive(Serialize)]
pub(crate) struct EntryShape<'a> {
    id: Id,
    quest_id: Id,
    item_id: Option<Id>,
    user_id: Id,
    user: UserShape<'a>,
    status: &'a str,
    asset_id: Option<Id>,
    asset_type: Option<&'a str>,
    asset: Option<Value>,
    assets: Option<&'a RawValue>,
    embedded_assets: Vec<Value>,
    users: Vec<Value>,
    description: Option<&'a RawValue>,
    review: Option<&'a RawValue>,
    reviewer_id: Option<Id>,
    reviewed_at: Option<String>,
    eval_action_id: Option<Id>,
    eval_score: Option<f64>,
    eval_category_scores: Option<&'a RawValue>,
    eval_status: Option<&'a str>,
    judge_signals: Option<&'a RawValue>,
    created_at: String,
    updated_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    warning: Option<&'static str>,
}

fn raw(text: Option<&String>) -> Result<Option<&RawValue>, Refusal> {
    Ok(text.map(|text| serde_json::from_str(text)).transpose()?)
}

/// An entry as its reader may see it.
pub(crate) fn entry<'a>(
    db: &Connection,
    reader: Id,
    of: &'a (Entry, Contributor),
) -> Result<EntryShape<'a>, Refusal> {
    let (entry, contributor) = of;
    let embeds: Vec<String> =
        entry.embeds.as_deref().map(serde_json::from_str).transpose()?.unwrap_or_default();
    let embeds: Vec<Id> = embeds.iter().filter_map(|id| Id::find(id)).collect();
    let mentions: Vec<String> =
        entry.mentions.as_deref().map(serde_json::from_str).transpose()?.unwrap_or_default();
    Ok(EntryShape {
        id: entry.id,
        quest_id: entry.quest,
        item_id: entry.item,
        user_id: entry.user,
        user: UserShape {
            user_id: entry.user,
            id: entry.user,
            username: &contributor.username,
            name: &contributor.name,
            actor_type: &contributor.actor_type,
            avatar_path: None,
        },
        status: entry.status.word(),
        asset_id: entry.asset,
        asset_type: entry.asset_type.as_deref(),
        asset: None,
        assets: raw(entry.assets.as_ref())?,
        embedded_assets: asset::embedded(db, reader, &embeds)?,
        users: asset::people(db, &mentions)?,
        description: raw(entry.description.as_ref())?,
        review: raw(entry.review.as_ref())?,
        reviewer_id: entry.reviewer,
        reviewed_at: entry.reviewed_at.map(|at| at.to_string()),
        eval_action_id: entry.eval_action,
        eval_score: entry.eval_score,
        eval_category_scores: raw(entry.categories.as_ref())?,
        eval_status: entry.eval_status.as_deref(),
        judge_signals: raw(entry.signals.as_ref())?,
        created_at: entry.created_at.to_string(),
        updated_at: entry.updated_at.to_string(),
        warning: None,
    })
}

/// One entry by its id, as an answer.
pub(crate) fn by_id(
    db: &Connection,
    reader: Id,
    id: Id,
    warning: Option<&'static str>,
) -> Result<Value, Refusal> {
    let found = entries::get_with_contributor(db, id)?.ok_or_else(|| Refusal::not_found("Entry"))?;
    let mut shape = entry(db, reader, &found)?;
    shape.warning = warning;
    Ok(serde_json::to_value(shape)?)
}

/// A row of a leaderboard (4.7). The asset may be light, and is left out where the reader cannot open it.
pub(crate) fn ranked(
    db: &Connection,
    reader: Id,
    placement: i64,
    of: &(Entry, Contributor),
) -> Result<Value, Refusal> {
    let (entry, contributor) = of;
    let shown = entry.asset.map(|id| assets::visible(db, reader, id)).transpose()?.flatten();
    let shown = shown.map(|found| asset::light(db, &found)).transpose()?;
    Ok(json!({
        "placement": placement, "entry_id": entry.id, "score": entry.eval_score, "status": entry.status.word(),
        "eval_status": entry.eval_status, "eval_action_id": entry.eval_action,
        "created_at": entry.created_at.to_string(),
        "category_scores": asset::parsed(entry.categories.as_deref())?,
        "user": {
            "user_id": entry.user, "username": contributor.username, "name": contributor.name,
            "actor_type": contributor.actor_type,
        },
        "asset": shown,
    }))
}
