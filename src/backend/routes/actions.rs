//! Runs of eval routes (contract, 3.9).

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use serde_json::{Value, json};

use crate::backend::acts::{profile, visible_quest};
use crate::backend::app::{Answer, App, Caller, Params, data, page};
use crate::backend::error::Refusal;
use crate::backend::ids::Id;
use crate::backend::shapes::asset::parsed;
use crate::backend::store::{assets, entries};

pub(super) fn router() -> Router<App> {
    Router::new().route("/actions/{id}", get(one)).route("/actions/{id}/logs", get(logs))
}

/// A run is seen by who started it and by who sees its quest.
async fn one(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Answer {
    let id = Id::parse(&id)?;
    app.read(move |db| {
        let action = entries::action(db, id)?.ok_or_else(|| Refusal::not_found("Action"))?;
        if action.user != caller.id {
            let entry = entries::get(db, action.entry)?.ok_or_else(|| Refusal::not_found("Action"))?;
            visible_quest(db, caller.id, entry.quest).map_err(|_| Refusal::not_found("Action"))?;
        }
        let route = assets::get(db, action.route)?;
        data(&json!({
            "id": action.id, "route_id": action.route, "user_id": action.user, "status": action.status,
            "user": profile(db, action.user)?, "response": parsed(action.response.as_deref())?,
            "route": route.map(|route| json!({"id": route.id, "name": route.name})),
            "metadata": {"entry_id": action.entry}, "side_effects": true,
            "created_at": action.created_at.to_string(), "started_at": action.created_at.to_string(),
            "finished_at": action.finished_at.map(|at| at.to_string()),
            "last_updated": action.finished_at.unwrap_or(action.created_at).to_string(),
        }))
    })
    .await
}

async fn logs(_: Caller, Path(id): Path<String>, params: Params) -> Answer {
    Id::parse(&id)?;
    page::<Value>(&[], params.window(100, 500)?, false, Some(0))
}
