//! Files: uploading bytes, making an asset of them, reading them back (contract, 3.7).

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rusqlite::Connection;
use serde_json::{Map, Value, json};

use crate::backend::acts::assets::{self, Draft};
use crate::backend::app::{Answer, App, Caller, Params, Payload, data};
use crate::backend::error::Refusal;
use crate::backend::fields::Fields;
use crate::backend::ids::Id;
use crate::backend::shapes::asset::{asset, parsed};
use crate::backend::store;
use crate::backend::store::assets::Asset;
use crate::backend::store::content::Blob;
use crate::clock;

/// Rows of a CSV file that its preview shows.
const PREVIEW_ROWS: usize = 12;

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/files/upload", post(upload))
        .route("/files/create", post(create))
        .route("/files/{id}", get(one).put(update).delete(delete))
        .route("/files/{id}/data", get(address))
        .route("/files/{id}/metadata", get(metadata))
        .route("/storage/{ticket}", get(bytes))
}

async fn upload(State(app): State<App>, caller: Caller, Payload(body): Payload) -> Answer {
    app.act(caller.id, move |act| {
        let nothing = Map::new();
        let fields = Fields::new(body.as_object().unwrap_or(&nothing), "upload");
        let name = fields.needed_text("file_name")?;
        let bytes = STANDARD
            .decode(fields.needed_text("file_base64")?)
            .map_err(|_| fields.wrong("file_base64", "is not valid base64"))?;
        let mime = fields.text("content_type")?.unwrap_or_else(|| mime_of(extension_of(name)));
        let id = act.new_id();
        let blob = Blob { name: name.to_owned(), mime: mime.to_owned(), owner: act.who, bytes };
        store::content::insert_blob(act.db, id, &blob)?;
        data(
            &json!({"id": id, "bucket": bucket(fields.text("visibility")?), "path": path(act.who, id, name)}),
        )
    })
    .await
}

fn bucket(visibility: Option<&str>) -> &'static str {
    if visibility == Some("public") { "public-files" } else { "files" }
}

fn path(owner: Id, id: Id, name: &str) -> String {
    format!("{owner}/{id}/{name}")
}

fn extension_of(name: &str) -> &str {
    name.rsplit_once('.').map_or("", |(_, extension)| extension)
}

/// The MIME type of files that occur here.
pub(crate) fn mime_of(extension: &str) -> &'static str {
    match extension.to_ascii_lowercase().as_str() {
        "csv" => "text/csv",
        "txt" | "log" => "text/plain",
        "md" => "text/markdown",
        "json" => "application/json",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "svg" => "image/svg+xml",
        "pdf" => "application/pdf",
        "cif" => "chemical/x-cif",
        _ => "application/octet-stream",
    }
}

/// A file's metadata, from its bytes.
pub(crate) fn file_metadata(id: Id, blob: &Blob, visibility: Option<&str>) -> Value {
    let extension = extension_of(&blob.name).to_ascii_lowercase();
    json!({
        "id": id, "name": blob.name, "path": path(blob.owner, id, &blob.name), "size": blob.bytes.len(),
        "type": blob.mime, "mimeType": blob.mime, "bucket": bucket(visibility), "extension": extension,
        "fullPath": format!("{}/{}", bucket(visibility), path(blob.owner, id, &blob.name)),
    })
}

/// The first rows of a CSV file as objects; simple files only, which is what is uploaded here.
pub(crate) fn csv_preview(blob: &Blob) -> Option<Value> {
    if blob.mime != "text/csv" {
        return None;
    }
    let text = String::from_utf8_lossy(&blob.bytes);
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next()?.split(',').map(str::trim).collect();
    let rows = lines.take(PREVIEW_ROWS).map(|line| {
        let cells = names.iter().zip(line.split(','));
        Value::Object(cells.map(|(name, cell)| ((*name).to_owned(), json!(cell.trim()))).collect())
    });
    Some(Value::Array(rows.collect()))
}

async fn create(State(app): State<App>, caller: Caller, Payload(body): Payload) -> Answer {
    app.act(caller.id, move |act| {
        let fields = Fields::wrapped(&body, "file")?;
        let id = fields.id("id")?.ok_or_else(|| fields.wrong("id", "is required: the id of the upload"))?;
        let blob = store::content::blob(act.db, id)?.filter(|blob| blob.owner == act.who);
        let blob = blob.ok_or_else(|| Refusal::not_found("Upload"))?;
        if store::assets::get(act.db, id)?.is_some() {
            return Err(Refusal::conflict("file_exists", "This upload already is a file"));
        }
        let mut metadata = file_metadata(id, &blob, fields.text("visibility")?);
        for (name, value) in fields.object("metadata")?.into_iter().flatten() {
            if metadata.get(name).is_none_or(Value::is_null) {
                metadata[name.as_str()] = value.clone();
            }
        }
        let preview = fields.value("preview").cloned().or_else(|| csv_preview(&blob));
        let draft = Draft { id: Some(id), metadata: Some(metadata), preview, ..Draft::of("file") };
        let file = assets::create(act, caller.org, &fields, draft)?;
        data(&asset(act.db, &file)?)
    })
    .await
}

fn seen(db: &Connection, reader: Id, id: Id) -> Result<Asset, Refusal> {
    super::assets::seen_as(db, reader, id, ("file", "File"))
}

async fn one(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Answer {
    let id = Id::parse(&id)?;
    app.read(move |db| data(&asset(db, &seen(db, caller.id, id)?)?)).await
}

async fn update(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Payload(body): Payload,
) -> Answer {
    super::assets::change(&app, &caller, &id, body, "file").await
}

async fn delete(State(app): State<App>, caller: Caller, Path(id): Path<String>, params: Params) -> Answer {
    super::assets::remove(&app, &caller, &id, &params, &["file"]).await
}

/// The metadata of an upload, before or after it became a file.
async fn metadata(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Answer {
    let id = Id::parse(&id)?;
    app.read(move |db| {
        let blob = store::content::blob(db, id)?.filter(|blob| blob.owner == caller.id);
        let blob = blob.ok_or_else(|| Refusal::not_found("Upload"))?;
        data(&json!({"metadata": file_metadata(id, &blob, None), "preview": csv_preview(&blob)}))
    })
    .await
}

/// Where the bytes are for a while, without credentials.
pub(super) fn signed_url(app: &App, id: Id) -> String {
    format!("{}/storage/{}", app.base(), app.tickets.issue(id, clock::now()))
}

async fn address(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Answer {
    let id = Id::parse(&id)?;
    app.read(move |db| seen(db, caller.id, id).map(|_| ())).await?;
    data(&json!({"url": signed_url(&app, id)}))
}

/// The bytes behind a signed address: the ticket in it is the right to read.
async fn bytes(State(app): State<App>, Path(ticket): Path<String>) -> Result<Response, Refusal> {
    let id = app.tickets.holder(&ticket, clock::now());
    let id = id.ok_or_else(|| Refusal::new(403, "ticket_expired", "This address is no longer good"))?;
    let (_, mime, bytes) = app
        .read(move |db| {
            let asset = store::assets::get(db, id)?.ok_or_else(|| Refusal::not_found("File"))?;
            bytes_of(db, &asset)
        })
        .await?;
    let mut response = bytes.into_response();
    if let Ok(value) = HeaderValue::from_str(&mime) {
        response.headers_mut().insert(header::CONTENT_TYPE, value);
    }
    Ok(response)
}

/// An asset's name, MIME type and bytes: files as kept, datasets as CSV, posts as markdown (3.8).
pub(super) fn bytes_of(db: &Connection, asset: &Asset) -> Result<(String, String, Vec<u8>), Refusal> {
    let name = asset.name.clone().unwrap_or_default();
    match asset.asset_type.as_str() {
        "file" => {
            let blob = store::content::blob(db, asset.id)?.ok_or_else(|| Refusal::not_found("File"))?;
            Ok((blob.name, blob.mime, blob.bytes))
        }
        "dataset" => Ok((format!("{name}.csv"), "text/csv".to_owned(), csv_of(db, asset)?.into_bytes())),
        "post" => {
            let content = parsed(asset.content.as_deref())?;
            let text = crate::backend::markdown::text_of(&content).to_owned();
            Ok((format!("{name}.md"), "text/markdown".to_owned(), text.into_bytes()))
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
