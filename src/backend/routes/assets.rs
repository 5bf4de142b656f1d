//! What any asset answers (contract, 3.6 and 3.8).

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use rusqlite::Connection;
use serde_json::{Value, json};

use super::files::{bytes_of, signed_url};
use crate::backend::acts;
use crate::backend::app::{Answer, App, Caller, Params, data, page};
use crate::backend::error::Refusal;
use crate::backend::fields::Fields;
use crate::backend::ids::Id;
use crate::backend::shapes::asset::asset;
use crate::backend::store::assets::{self, Asset};

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/assets/{id}", get(one))
        .route("/assets/{id}/type", get(kind))
        .route("/assets/{id}/view", post(view))
        .route("/assets/{id}/counts", get(counts))
        .route("/assets/{id}/actions", get(actions))
        .route("/assets/{id}/connections", get(paged_nothing))
        .route("/assets/{id}/lineage", get(lineage))
        .route("/assets/{id}/properties", get(nothing))
        .route("/assets/{id}/tags", get(nothing))
        .route("/assets/{id}/children", get(nothing))
        .route("/assets/{id}/download", post(download))
        .route("/assets/{id}/download-url", post(download_url))
}

fn seen(db: &Connection, reader: Id, id: Id) -> Result<Asset, Refusal> {
    assets::visible(db, reader, id)?.ok_or_else(|| Refusal::new(404, "asset_not_found", "Asset not found"))
}

/// An asset of one type, called so where there is none.
pub(super) fn seen_as(
    db: &Connection,
    reader: Id,
    id: Id,
    (asset_type, called): (&str, &str),
) -> Result<Asset, Refusal> {
    assets::visible(db, reader, id)?
        .filter(|asset| asset.asset_type == asset_type)
        .ok_or_else(|| Refusal::new(404, "asset_not_found", format!("{called} not found")))
}

/// Changes the fields that all assets share.
pub(super) async fn change(
    app: &App,
    caller: &Caller,
    id: &str,
    body: Value,
    asset_type: &'static str,
) -> Answer {
    let id = Id::parse(id)?;
    app.act(caller.id, move |act| {
        let mut changed = acts::assets::changeable(act, id, asset_type)?;
        acts::assets::apply(act, &mut changed, &Fields::wrapped(&body, asset_type)?)?;
        changed.updated_at = act.now;
        assets::update(act.db, &changed)?;
        data(&asset(act.db, &changed)?)
    })
    .await
}

/// Deletes an asset of one of these types.
pub(super) async fn remove(
    app: &App,
    caller: &Caller,
    id: &str,
    params: &Params,
    asset_types: &'static [&'static str],
) -> Answer {
    let id = Id::parse(id)?;
    let (with_children, dry_run) = (params.is_true("delete_children"), params.is_true("dry_run"));
    app.act(caller.id, move |act| data(&acts::assets::delete(act, id, asset_types, with_children, dry_run)?))
        .await
}

async fn one(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Answer {
    let id = Id::parse(&id)?;
    app.read(move |db| super::search::by_id(db, caller.id, id)).await
}

async fn kind(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Answer {
    let id = Id::parse(&id)?;
    app.read(move |db| data(&json!({"asset_type": seen(db, caller.id, id)?.asset_type}))).await
}

/// Views are not counted here.
async fn view(_: Caller, Path(id): Path<String>) -> Answer {
    Id::parse(&id)?;
    data(&json!({}))
}

async fn counts(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Answer {
    let id = Id::parse(&id)?;
    app.read(move |db| {
        seen(db, caller.id, id)?;
        data(&json!({
            "views": 0, "comments": assets::comment_count(db, id)?, "reactions": 0, "downloads": 0,
            "earnings_btc": 0, "earnings_usd": 0,
        }))
    })
    .await
}

async fn actions(_: Caller, Path(id): Path<String>, params: Params) -> Answer {
    Id::parse(&id)?;
    match params.text("role") {
        Some("input") => data(&json!([])),
        Some("output") => data(&Value::Null),
        _ => data(&json!({"created_by": null, "as_input": []})),
    }
}

async fn lineage(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Answer {
    let id = Id::parse(&id)?;
    app.read(move |db| {
        let asset = seen(db, caller.id, id)?;
        data(&json!({
            "asset": {"id": asset.id, "asset_type": asset.asset_type}, "sources": [], "derived": [],
            "truncated": false,
        }))
    })
    .await
}

async fn nothing(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Answer {
    let id = Id::parse(&id)?;
    app.read(move |db| seen(db, caller.id, id).and_then(|_| data(&json!([])))).await
}

async fn paged_nothing(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    params: Params,
) -> Answer {
    let id = Id::parse(&id)?;
    let window = params.window(50, 200)?;
    app.read(move |db| seen(db, caller.id, id).and_then(|_| page::<Value>(&[], window, false, Some(0)))).await
}

/// The bytes: files as they are kept, datasets as CSV, posts as markdown.
async fn download(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let id = Id::parse(&id)?;
    let (name, mime, bytes) = app.read(move |db| bytes_of(db, &seen(db, caller.id, id)?)).await?;
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    // Names come from contributors: what a header cannot hold is left out.
    let name: String = name.chars().filter(|c| c.is_ascii_graphic() && !"\"\\/;".contains(*c)).collect();
    for (header, text) in [
        (header::CONTENT_TYPE, mime),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ] {
        if let Ok(value) = HeaderValue::from_str(&text) {
            headers.insert(header, value);
        }
    }
    Ok(response)
}

async fn download_url(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Answer {
    let id = Id::parse(&id)?;
    let (asset, name, mime) = app
        .read(move |db| {
            let asset = seen(db, caller.id, id)?;
            let (name, mime, _) = bytes_of(db, &asset)?;
            Ok((asset, name, mime))
        })
        .await?;
    data(&json!({
        "download_url": signed_url(&app, asset.id), "file_name": name, "content_type": mime, "expires_in": crate::backend::TICKET_TTL.as_secs(),
        "asset_type": asset.asset_type,
    }))
}
