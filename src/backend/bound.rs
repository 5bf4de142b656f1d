//! Keys that are bound to one organization: outside it they see only what is public, and change nothing (contract,
//! 1.6). Checked on the way in, by the asset or team that a path names and by the organization that a body names.

use axum::http::Method;
use axum::http::request::Parts;
use rusqlite::Connection;
use serde_json::Value;

use super::app::App;
use super::error::Refusal;
use super::ids::Id;
use super::store::{accounts, assets};

/// Marks a request whose key is bound to an organization.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bound(pub(crate) Id);

/// Paths that are read although they are posts.
const READS: &[&str] = &["/view", "/download", "/download-url", "/query-custom"];

/// Inherited visibility is looked up so many parents high.
const HIGHEST: usize = 4;

/// What a bound key hears outside its organization.
pub(crate) fn mismatch() -> Refusal {
    Refusal::new(
        403,
        "api_key_org_mismatch",
        "This API key is bound to one organization and cannot act outside it",
    )
}

/// Refuses a path that leads outside.
pub(crate) async fn check_path(app: &App, parts: &Parts, org: Id) -> Result<(), Refusal> {
    let path = parts.uri.path();
    let reads = parts.method == Method::GET && !path.ends_with("/leave")
        || READS.iter().any(|read| path.ends_with(read));
    let Some(id) = path.split('/').find_map(Id::find) else { return Ok(()) };
    app.read(move |db| {
        let outside = match accounts::team_by_id(db, id)? {
            Some(team) => (team.org != org).then_some(true),
            None => outside(db, id, org)?,
        };
        match (outside, reads) {
            (None, _) | (Some(true), true) => Ok(()),
            (Some(false), true) => Err(Refusal::new(404, "asset_not_found", "Asset not found")),
            (Some(_), false) => Err(mismatch()),
        }
    })
    .await
}

/// Whether an asset outside the organization is public; none for what is inside, or no asset at all.
fn outside(db: &Connection, id: Id, org: Id) -> Result<Option<bool>, Refusal> {
    let Some(mut asset) = assets::get(db, id)?.filter(|asset| asset.org != org) else { return Ok(None) };
    for _ in 0..HIGHEST {
        let above = asset.parent.filter(|_| asset.visibility == "inherit");
        let Some(above) = above.map(|id| assets::get(db, id)).transpose()?.flatten() else { break };
        asset = above;
    }
    Ok(Some(matches!(asset.visibility.as_str(), "public" | "monetized")))
}

/// Refuses a body that creates in, or moves to, another organization.
pub(crate) fn check_body(body: &Value, org: Id) -> Result<(), Refusal> {
    for wrapped in body.as_object().into_iter().flat_map(|map| map.values()) {
        let named = wrapped.get("org_id").and_then(Value::as_str).and_then(Id::find);
        if named.is_some_and(|named| named != org) {
            return Err(mismatch());
        }
    }
    Ok(())
}
