//! Organizations (contract, 3.13).

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use serde_json::json;

use crate::backend::app::{Answer, App, Caller, Ids, data};
use crate::backend::error::Refusal;
use crate::backend::ids::Id;
use crate::backend::shapes::people;
use crate::backend::store::accounts;

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/organizations/user", get(mine))
        .route("/organizations/discoverable", get(discoverable))
        .route("/organizations/context", get(context))
        .route("/organizations/by-name/{name}", get(by_name))
        .route("/organizations/{id}", get(by_id))
}

async fn mine(State(app): State<App>, caller: Caller) -> Answer {
    app.read(move |db| {
        let mut rows = Vec::new();
        for (org, _) in accounts::orgs_of(db, caller.id)? {
            rows.push(people::org(db, &org, caller.id)?);
        }
        data(&rows)
    })
    .await
}

/// Those that take members who come by themselves.
async fn discoverable(State(app): State<App>, caller: Caller) -> Answer {
    app.read(move |db| {
        let found = accounts::discoverable(db)?;
        let rows: Result<Vec<_>, Refusal> = found.iter().map(|org| people::org(db, org, caller.id)).collect();
        data(&rows?)
    })
    .await
}

/// The organization this request runs in; without a pin, the global one.
async fn context(State(app): State<App>, caller: Caller) -> Answer {
    app.read(move |db| {
        let org = accounts::org_by_id(db, caller.org.unwrap_or(Id::GLOBAL))?;
        data(&org.map(|org| people::org(db, &org, caller.id)).transpose()?)
    })
    .await
}

async fn by_name(State(app): State<App>, caller: Caller, Path(name): Path<String>) -> Answer {
    app.read(move |db| {
        let org = accounts::org_by_name(db, &name)?.ok_or_else(|| Refusal::not_found("Organization"))?;
        data(&people::org(db, &org, caller.id)?)
    })
    .await
}

async fn by_id(State(app): State<App>, caller: Caller, Ids([id]): Ids<1>) -> Answer {
    app.read(move |db| {
        let org = accounts::org_by_id(db, id)?.ok_or_else(|| Refusal::not_found("Organization"))?;
        let mut shape = people::org(db, &org, caller.id)?;
        if shape["default_team"].is_null() {
            shape["default_team"] = json!({"id": Id::GLOBAL, "org_id": Id::GLOBAL, "name": "all"});
        }
        data(&shape)
    })
    .await
}
