//! Runs of eval routes (contract, 3.9): what they were, what they said, and how a route reports back.

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use rusqlite::Connection;
use serde_json::{Value, json};

use super::provenance::may_see;
use crate::backend::acts::{profile, results};
use crate::backend::app::{Answer, App, Caller, Ids, Params, Payload, data, page};
use crate::backend::error::Refusal;
use crate::backend::fields::Fields;
use crate::backend::ids::Id;
use crate::backend::runs;
use crate::backend::shapes::asset::parsed;
use crate::backend::store::actions::{self, Action, Line};
use crate::backend::store::assets;

/// Levels of a log's lines; `warn` is an older word for `warning`.
const LEVELS: &[&str] = &["debug", "info", "warn", "warning", "error"];

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/actions/{id}", get(one))
        .route("/actions/{id}/logs", get(logs))
        .route("/actions/{id}/log", post(log))
        .route("/actions/{id}/response/{secret}", post(report))
}

/// A run, if the reader started it or sees its quest.
fn seen(db: &Connection, reader: Id, id: Id) -> Result<Action, Refusal> {
    let action = actions::get(db, id)?.ok_or_else(|| Refusal::not_found("Action"))?;
    if !may_see(db, reader, &action)? {
        return Err(Refusal::not_found("Action"));
    }
    Ok(action)
}

/// A run on the wire (contract, 4.8).
pub(super) fn shape(db: &Connection, action: &Action) -> Result<Value, Refusal> {
    let route = assets::get(db, action.route)?;
    Ok(json!({
        "id": action.id, "route_id": action.route, "user_id": action.user, "status": action.status,
        "user": profile(db, action.user)?, "response": parsed(action.response.as_deref())?,
        "route": route.map(|route| json!({"id": route.id, "name": route.name})),
        "metadata": {"entry_id": action.entry}, "side_effects": true,
        "upstream_status_code": action.upstream_status,
        "created_at": action.created_at.to_string(), "started_at": action.created_at.to_string(),
        "finished_at": action.finished_at.map(|at| at.to_string()),
        "last_updated": action.finished_at.unwrap_or(action.created_at).to_string(),
    }))
}

async fn one(State(app): State<App>, caller: Caller, Ids([id]): Ids<1>) -> Answer {
    app.read(move |db| data(&shape(db, &seen(db, caller.id, id)?)?)).await
}

async fn logs(State(app): State<App>, caller: Caller, Ids([id]): Ids<1>, params: Params) -> Answer {
    let window = params.window(100, 500)?;
    let oldest_first = match params.text("sort_order") {
        Some("asc") => true,
        Some("desc") | None => false,
        Some(_) => return Err(Refusal::bad_request("sort_order must be asc or desc")),
    };
    let level = params.text("level").map(str::to_owned);
    app.read(move |db| {
        seen(db, caller.id, id)?;
        let (limit, offset) = (window.one_more(), window.offset);
        let mut found = actions::lines(db, id, level.as_deref(), oldest_first, limit, offset)?;
        let more = window.cut(&mut found);
        let rows: Result<Vec<_>, Refusal> = found.iter().map(|line| line_shape(db, line)).collect();
        page(&rows?, window, more, None)
    })
    .await
}

fn line_shape(db: &Connection, line: &Line) -> Result<Value, Refusal> {
    Ok(json!({
        "id": line.id, "action_id": line.action, "level": line.level, "event_type": "log",
        "message": line.message, "origin": "backend", "source": "api", "metadata": null,
        "created_at": line.at.to_string(), "user": profile(db, line.user)?,
    }))
}

/// Whoever sees a run may add to its log.
async fn log(State(app): State<App>, caller: Caller, Ids([id]): Ids<1>, Payload(body): Payload) -> Answer {
    app.act(caller.id, move |act| {
        let fields = Fields::bare(&body, "log");
        let (message, level) = (fields.needed_text("message")?, fields.word("level", LEVELS)?);
        seen(act.db, act.who, id)?;
        results::say(act, id, level.unwrap_or("info"), message)?;
        data(&json!({"id": id}))
    })
    .await
}

/// A route reports what came of a run: the address is the right to, no account is needed.
async fn report(
    State(app): State<App>,
    Path((id, secret)): Path<(String, String)>,
    Payload(body): Payload,
) -> Answer {
    let id = Id::parse(&id)?;
    runs::report(&app, id, &secret, body).await?;
    data(&json!({"id": id}))
}
