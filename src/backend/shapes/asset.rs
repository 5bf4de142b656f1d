//! Assets on the wire (contract, 4.1).

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::backend::acts::profile;
use crate::backend::error::Refusal;
use crate::backend::ids::Id;
use crate::backend::signals::embedded_ids;
use crate::backend::store::accounts;
use crate::backend::store::assets::{self, Asset};

/// A text that holds JSON, as a value.
pub(crate) fn parsed(text: Option<&str>) -> Result<Value, Refusal> {
    Ok(text.map(serde_json::from_str).transpose()?.unwrap_or_default())
}

/// What all assets have.
pub(crate) fn asset(db: &Connection, asset: &Asset) -> Result<Value, Refusal> {
    let org = accounts::org_by_id(db, asset.org)?;
    let team = accounts::team_by_id(db, asset.team)?;
    Ok(json!({
        "id": asset.id, "user_id": asset.owner, "org_id": asset.org, "team_id": asset.team,
        "asset_type": asset.asset_type, "visibility": asset.visibility, "parent_id": asset.parent,
        "name": asset.name.as_deref().unwrap_or_default(), "description": parsed(asset.description.as_deref())?,
        "state": asset.state, "source": asset.source, "license_id": asset.license,
        "attribution": parsed(asset.attribution.as_deref())?, "metadata": parsed(asset.metadata.as_deref())?,
        "preview": parsed(asset.preview.as_deref())?,
        "user": profile(db, asset.owner)?,
        "organization": org.map(|org| json!({"id": org.id, "name": org.name})),
        "team": team.map(|team| json!({"id": team.id, "org_id": team.org, "name": team.name})),
        "monetization": "none", "is_pinned_in_team": false,
        "created_at": asset.created_at.to_string(), "last_updated": asset.updated_at.to_string(),
    }))
}

/// A light form: what stands for an asset in other objects.
pub(crate) fn light(db: &Connection, asset: &Asset) -> Result<Value, Refusal> {
    Ok(json!({
        "id": asset.id, "name": asset.name, "asset_type": asset.asset_type, "visibility": asset.visibility,
        "org_id": asset.org, "team_id": asset.team, "user_id": asset.owner, "user": profile(db, asset.owner)?,
        "created_at": asset.created_at.to_string(),
    }))
}

/// The assets of these ids that the reader can open, in light form; the others are left out (4.5).
pub(crate) fn embedded(db: &Connection, reader: Id, ids: &[Id]) -> Result<Vec<Value>, Refusal> {
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        if let Some(asset) = assets::visible(db, reader, *id)? {
            found.push(light(db, &asset)?);
        }
    }
    Ok(found)
}

/// The people of these ids or user names; who is gone is left out (4.5).
pub(crate) fn people(db: &Connection, names: &[String]) -> Result<Vec<Value>, Refusal> {
    let mut found = Vec::with_capacity(names.len());
    for name in names {
        let id = match Id::find(name) {
            Some(id) => Some(id),
            None => accounts::user_by_name(db, name)?.map(|user| user.id),
        };
        let face = id.map(|id| profile(db, id)).transpose()?.filter(|face| !face.is_null());
        found.extend(face);
    }
    Ok(found)
}

/// A post or comment: its text and what that embeds.
pub(crate) fn with_content(db: &Connection, reader: Id, one: &Asset) -> Result<Value, Refusal> {
    let mut shape = asset(db, one)?;
    let content = parsed(one.content.as_deref())?;
    shape["assets"] = json!(embedded(db, reader, &embedded_ids(&content))?);
    shape["content"] = content;
    shape["comments"] = json!(assets::comment_count(db, one.id)?);
    shape["views"] = json!(0);
    Ok(shape)
}
