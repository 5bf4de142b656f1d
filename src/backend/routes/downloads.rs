//! The bytes of assets: at once, or behind an address that is good for a while (contract, 3.7 and 3.8).

use std::fmt::Write as _;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use rusqlite::Connection;
use serde_json::{Value, json};

use super::assets::seen;
use crate::backend::TICKET_TTL;
use crate::backend::app::{Answer, App, Caller, Ids, Params, Payload, data};
use crate::backend::error::Refusal;
use crate::backend::ids::Id;
use crate::backend::markdown::{html, text_of};
use crate::backend::shapes::asset::parsed;
use crate::backend::store;
use crate::backend::store::assets::Asset;
use crate::clock;

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/assets/{id}/download", post(download))
        .route("/assets/{id}/download-url", post(download_url))
        .route("/storage/{ticket}", get(stored))
}

/// What a download is: its file name, MIME type and bytes.
struct Bytes {
    name: String,
    mime: String,
    content: Vec<u8>,
}

/// Where an asset's bytes are for a while, without credentials.
pub(super) fn signed_url(app: &App, id: Id) -> String {
    format!("{}/storage/{}", app.base(), app.tickets.issue(id, clock::now()))
}

/// The form that a post is wanted in; other assets have one form only.
fn wanted_form(body: &Value, default: &str) -> Result<String, Refusal> {
    match body.get("format") {
        None | Some(Value::Null) => Ok(default.to_owned()),
        Some(Value::String(form)) if matches!(form.as_str(), "html" | "markdown" | "csv") => Ok(form.clone()),
        Some(_) => Err(Refusal::field("format", "must be html, markdown or csv")),
    }
}

async fn download(
    State(app): State<App>,
    caller: Caller,
    Ids([id]): Ids<1>,
    Payload(body): Payload,
) -> Result<Response, Refusal> {
    let form = wanted_form(&body, "html")?;
    let bytes = app
        .act(caller.id, move |act| {
            let bytes = bytes_of(act.db, &seen(act.db, caller.id, id)?, &form)?;
            store::links::count_use(act.db, id, caller.id, true)?;
            Ok(bytes)
        })
        .await?;
    Ok(sent(bytes))
}

/// The link is the right to read: whoever has it needs no token.
async fn download_url(
    State(app): State<App>,
    caller: Caller,
    Ids([id]): Ids<1>,
    Payload(body): Payload,
) -> Answer {
    let form = wanted_form(&body, "markdown")?;
    let query = if form == "html" { "?format=html" } else { "" };
    let (asset, bytes) = app
        .read(move |db| {
            let asset = seen(db, caller.id, id)?;
            let bytes = bytes_of(db, &asset, &form)?;
            Ok((asset, bytes))
        })
        .await?;
    data(&json!({
        "download_url": format!("{}{query}", signed_url(&app, asset.id)), "file_name": bytes.name,
        "content_type": bytes.mime, "expires_in": TICKET_TTL.as_secs(), "asset_type": asset.asset_type,
    }))
}

/// What is behind a signed address: an asset, or an upload that is none yet.
async fn stored(
    State(app): State<App>,
    Path(ticket): Path<String>,
    params: Params,
) -> Result<Response, Refusal> {
    let id = app.tickets.holder(&ticket, clock::now());
    let id = id.ok_or_else(|| Refusal::new(403, "ticket_expired", "This address is no longer good"))?;
    let form = params.text("format").unwrap_or("markdown").to_owned();
    let bytes = app
        .read(move |db| match store::assets::get(db, id)? {
            Some(asset) => bytes_of(db, &asset, &form),
            None => blob(db, id),
        })
        .await?;
    Ok(sent(bytes))
}

fn sent(download: Bytes) -> Response {
    let mut response = download.content.into_response();
    let headers = response.headers_mut();
    // Names come from contributors: what a header cannot hold is left out of one form and packed in the other.
    let plain: String =
        download.name.chars().filter(|c| c.is_ascii_graphic() && !"\"\\/;".contains(*c)).collect();
    let disposition =
        format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{}", packed(&download.name));
    for (header, text) in [
        (header::CONTENT_TYPE, download.mime.as_str()),
        (header::CONTENT_DISPOSITION, &disposition),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        if let Ok(value) = HeaderValue::from_str(text) {
            headers.insert(header, value);
        }
    }
    response
}

/// A name as RFC 8187 writes it.
fn packed(name: &str) -> String {
    name.bytes().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            write!(text, "%{byte:02X}").ok();
        }
        text
    })
}

fn blob(db: &Connection, id: Id) -> Result<Bytes, Refusal> {
    let blob = store::content::blob(db, id)?.ok_or_else(|| Refusal::not_found("File"))?;
    Ok(Bytes { name: blob.name, mime: blob.mime, content: blob.bytes })
}

/// Files as they are kept, datasets as CSV, posts in the wanted form (3.8).
fn bytes_of(db: &Connection, asset: &Asset, form: &str) -> Result<Bytes, Refusal> {
    let name = asset.name.clone().unwrap_or_default();
    let bytes = |extension: &str, mime: &str, text: String| Bytes {
        name: format!("{name}.{extension}"),
        mime: mime.to_owned(),
        content: text.into_bytes(),
    };
    match asset.asset_type.as_str() {
        "file" => blob(db, asset.id),
        "dataset" => Ok(bytes("csv", "text/csv", csv_of(db, asset)?)),
        "post" => {
            let content = parsed(asset.content.as_deref())?;
            Ok(if form == "html" {
                let document = content.get("json").unwrap_or(&Value::Null);
                bytes("html", "text/html; charset=utf-8", html::page(&name, document))
            } else {
                bytes("md", "text/markdown; charset=utf-8", text_of(&content).to_owned())
            })
        }
        other => Err(Refusal::bad_request(format!("A {other} has nothing to download"))),
    }
}

fn csv_of(db: &Connection, dataset: &Asset) -> Result<String, Refusal> {
    let metadata = parsed(dataset.metadata.as_deref())?;
    let columns: Vec<&str> = metadata
        .get("columns")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let mut csv = columns.iter().map(|name| cell(name)).collect::<Vec<_>>().join(",") + "\n";
    for row in store::content::rows(db, dataset.id, i64::MAX, 0)? {
        let row: Value = serde_json::from_str(&row)?;
        let cells = columns.iter().map(|name| match row.get(*name) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => cell(text),
            Some(other) => cell(&other.to_string()),
        });
        csv.push_str(&cells.collect::<Vec<_>>().join(","));
        csv.push('\n');
    }
    Ok(csv)
}

fn cell(text: &str) -> String {
    if text.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_break_out_of_a_header() {
        let response = sent(Bytes {
            name: "a\"; x=\"\r\nSet-Cookie: y é.csv".to_owned(),
            mime: "text/csv".to_owned(),
            content: Vec::new(),
        });
        assert!(response.headers().get("set-cookie").is_none());
        let value = response.headers()[header::CONTENT_DISPOSITION].to_str().unwrap();
        assert!(value.ends_with("%20%C3%A9.csv") && !value.contains('\r'), "{value}");
    }
}
