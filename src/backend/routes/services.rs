//! Routes and services, read only: the eval routes of this backend (contract, 3.7).

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::backend::app::{Answer, App, Caller, data};
use crate::backend::error::Refusal;
use crate::backend::ids::Id;
use crate::backend::shapes::asset::{asset, parsed};
use crate::backend::store::assets::{self, Asset};

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/routes/{id}", get(route))
        .route("/services/{id}", get(service))
        .route("/services/{id}/routes", get(routes_of))
        .route("/services/{id}/routes/{route}/cost", get(cost))
}

fn found(db: &Connection, reader: Id, id: Id, asset_type: &str) -> Result<Asset, Refusal> {
    assets::visible(db, reader, id)?
        .filter(|asset| asset.asset_type == asset_type)
        .ok_or_else(|| Refusal::new(404, "asset_not_found", format!("{asset_type} not found")))
}

fn route_shape(db: &Connection, of: &Asset) -> Result<Value, Refusal> {
    let mut shape = asset(db, of)?;
    let mut about = parsed(of.content.as_deref())?;
    if let Some(about) = about.as_object_mut() {
        // Where a route really answers is this server's business.
        about.remove("url");
        about.remove("builtin");
    }
    shape["route"] = about;
    shape["metrics"] = json!({});
    Ok(shape)
}

async fn route(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Answer {
    let id = Id::parse(&id)?;
    app.read(move |db| data(&route_shape(db, &found(db, caller.id, id, "route")?)?)).await
}

async fn service(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Answer {
    let id = Id::parse(&id)?;
    app.read(move |db| data(&asset(db, &found(db, caller.id, id, "service")?)?)).await
}

async fn routes_of(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Answer {
    let id = Id::parse(&id)?;
    app.read(move |db| {
        found(db, caller.id, id, "service")?;
        let routes = assets::children(db, id, Some("route"), 1_000, 0)?;
        let rows: Result<Vec<_>, Refusal> = routes.iter().map(|route| route_shape(db, route)).collect();
        data(&rows?)
    })
    .await
}

/// Runs cost nothing here.
async fn cost(State(app): State<App>, caller: Caller, Path((_, id)): Path<(String, String)>) -> Answer {
    let id = Id::parse(&id)?;
    app.read(move |db| {
        found(db, caller.id, id, "route")?;
        data(&json!({"cost": {
            "cost_accounting": null, "cost_unit": null, "unit_cost": 0, "currency": "usd", "quantity": 1,
            "total_cost": 0,
        }}))
    })
    .await
}
