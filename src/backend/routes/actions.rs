//! Runs of eval routes (contract, 3.9).

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use rusqlite::Connection;
use serde_json::{Value, json};

use super::provenance::may_see;
use crate::backend::acts::profile;
use crate::backend::app::{Answer, App, Caller, Params, data, page};
use crate::backend::error::Refusal;
use crate::backend::ids::Id;
use crate::backend::shapes::asset::parsed;
use crate::backend::store::assets;
use crate::backend::store::entries::{self, Action};

pub(super) fn router() -> Router<App> {
    Router::new().route("/actions/{id}", get(one)).route("/actions/{id}/logs", get(logs))
}

async fn one(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Answer {
    let id = Id::parse(&id)?;
    app.read(move |db| {
        let action = entries::action(db, id)?.ok_or_else(|| Refusal::not_found("Action"))?;
        if !may_see(db, caller.id, &action)? {
            return Err(Refusal::not_found("Action"));
        }
        data(&shape(db, &action)?)
    })
    .await
}

/// A run on the wire (contract, 4.8).
pub(super) fn shape(db: &Connection, action: &Action) -> Result<Value, Refusal> {
    let route = assets::get(db, action.route)?;
    Ok(json!({
        "id": action.id, "route_id": action.route, "user_id": action.user, "status": action.status,
        "user": profile(db, action.user)?, "response": parsed(action.response.as_deref())?,
        "route": route.map(|route| json!({"id": route.id, "name": route.name})),
        "metadata": {"entry_id": action.entry}, "side_effects": true,
        "created_at": action.created_at.to_string(), "started_at": action.created_at.to_string(),
        "finished_at": action.finished_at.map(|at| at.to_string()),
        "last_updated": action.finished_at.unwrap_or(action.created_at).to_string(),
    }))
}

async fn logs(State(app): State<App>, caller: Caller, Path(id): Path<String>, params: Params) -> Answer {
    let (id, window) = (Id::parse(&id)?, params.window(100, 500)?);
    app.read(move |db| {
        let action = entries::action(db, id)?.ok_or_else(|| Refusal::not_found("Action"))?;
        if !may_see(db, caller.id, &action)? {
            return Err(Refusal::not_found("Action"));
        }
        page::<Value>(&[], window, false, Some(0))
    })
    .await
}
