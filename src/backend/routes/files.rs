//! Files: uploading bytes, making an asset of them, changing them (contract, 3.7). Reserved uploads are in
//! `uploads`, reading the bytes back in `downloads`.

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post, put};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rusqlite::Connection;
use serde_json::{Value, json};

use super::downloads::signed_url;
use crate::backend::acts::Act;
use crate::backend::acts::assets::{self, Draft};
use crate::backend::app::{Answer, App, Caller, Ids, Params, Payload, data};
use crate::backend::error::Refusal;
use crate::backend::fields::Fields;
use crate::backend::ids::Id;
use crate::backend::shapes::asset::asset;
use crate::backend::store;
use crate::backend::store::assets::Asset;
use crate::backend::store::content::Blob;

/// Rows of a CSV file that its preview shows.
const PREVIEW_ROWS: usize = 12;

/// Longest name of a file, in characters.
const LONGEST_NAME: usize = 255;

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/files/upload", post(upload).delete(discard))
        .route("/files/create", post(create))
        .route("/files/{id}", get(one).put(update).delete(delete))
        .route("/files/{id}/data", get(address))
        .route("/files/{id}/metadata", get(metadata))
        .route("/files/{id}/content", put(replace))
}

/// A file's bytes as they come in a body, with their name and type.
fn read_bytes(fields: &Fields<'_>, owner: Id) -> Result<Blob, Refusal> {
    let name = file_name(fields, fields.needed_text("file_name")?)?;
    let bytes = STANDARD
        .decode(fields.text("file_base64")?.ok_or_else(|| fields.wrong("file_base64", "is required"))?)
        .map_err(|_| fields.wrong("file_base64", "is not valid base64"))?;
    let mime = mime_type(fields, &name)?;
    Ok(Blob { name, mime, owner, bytes })
}

/// A file's name without whatever leads to it: the last part of a path, without control characters.
pub(super) fn file_name(fields: &Fields<'_>, given: &str) -> Result<String, Refusal> {
    let name = given.rsplit(['/', '\\']).next().unwrap_or_default().trim();
    if name.is_empty() || name == "." || name == ".." || name.chars().any(char::is_control) {
        return Err(fields.wrong("file_name", "is no name of a file"));
    }
    if name.chars().count() > LONGEST_NAME {
        return Err(fields.wrong("file_name", "is longer than 255 characters"));
    }
    Ok(name.to_owned())
}

/// The MIME type that is given, else the one that the name's extension tells.
pub(super) fn mime_type(fields: &Fields<'_>, name: &str) -> Result<String, Refusal> {
    let given = fields.text("content_type")?.map(str::trim).filter(|mime| !mime.is_empty());
    let is_plain =
        |mime: &str| mime.len() <= 128 && mime.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
    match given {
        Some(mime) if is_plain(mime) => Ok(mime.to_owned()),
        Some(_) => Err(fields.wrong("content_type", "is no MIME type")),
        None => Ok(mime_of(extension_of(name)).to_owned()),
    }
}

async fn upload(State(app): State<App>, caller: Caller, Payload(body): Payload) -> Answer {
    app.act(caller.id, move |act| {
        let fields = Fields::bare(&body, "upload");
        let blob = read_bytes(&fields, act.who)?;
        let id = act.new_id();
        store::content::insert_blob(act.db, id, &blob)?;
        let bucket = bucket(fields.text("visibility")?);
        data(&json!({"id": id, "bucket": bucket, "path": path(act.who, id, &blob.name)}))
    })
    .await
}

/// Takes an upload back that did not become a file.
async fn discard(State(app): State<App>, caller: Caller, Payload(body): Payload) -> Answer {
    app.act(caller.id, move |act| {
        let fields = Fields::bare(&body, "upload");
        let id = fields.id("upload_id")?.ok_or_else(|| fields.wrong("upload_id", "is required"))?;
        if store::assets::get(act.db, id)?.is_some() {
            return Err(Refusal::conflict("file_exists", "This upload is a file: delete the file"));
        }
        if store::content::discard_upload(act.db, id, act.who)? {
            data(&json!({"upload_id": id}))
        } else {
            Err(Refusal::not_found("Upload"))
        }
    })
    .await
}

pub(super) fn bucket(visibility: Option<&str>) -> &'static str {
    if visibility == Some("public") { "public-files" } else { "files" }
}

pub(super) fn path(owner: Id, id: Id, name: &str) -> String {
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

async fn one(State(app): State<App>, caller: Caller, Ids([id]): Ids<1>) -> Answer {
    app.read(move |db| data(&asset(db, &seen(db, caller.id, id)?)?)).await
}

/// Changes a file's fields. A path that leads to an upload puts its bytes in place of the file's.
async fn update(State(app): State<App>, caller: Caller, Ids([id]): Ids<1>, Payload(body): Payload) -> Answer {
    app.act(caller.id, move |act| {
        let fields = Fields::wrapped(&body, "file")?;
        let mut file = assets::changeable(act, id, "file")?;
        assets::apply(act, &mut file, &fields)?;
        let place =
            fields.object("metadata")?.and_then(|metadata| metadata.get("path")).and_then(Value::as_str);
        let upload =
            place.and_then(|place| place.split('/').nth(1)).and_then(Id::find).filter(|upload| *upload != id);
        if let Some(upload) = upload {
            let blob = store::content::blob(act.db, upload)?.filter(|blob| blob.owner == act.who);
            let blob = blob.ok_or_else(|| Refusal::not_found("Upload"))?;
            if store::assets::get(act.db, upload)?.is_some() {
                return Err(Refusal::conflict("file_exists", "This upload already is a file"));
            }
            store::content::discard_upload(act.db, upload, act.who)?;
            let blob = Blob { owner: file.owner, ..blob };
            put_bytes(act, &mut file, &blob)?;
        }
        assets::save(act, &mut file)?;
        data(&asset(act.db, &file)?)
    })
    .await
}

/// New bytes for a file, with changes of its fields.
async fn replace(
    State(app): State<App>,
    caller: Caller,
    Ids([id]): Ids<1>,
    Payload(body): Payload,
) -> Answer {
    app.act(caller.id, move |act| {
        let mut file = assets::changeable(act, id, "file")?;
        let blob = read_bytes(&Fields::bare(&body, "content"), file.owner)?;
        if body.get("file").is_some_and(|file| !file.is_null()) {
            assets::apply(act, &mut file, &Fields::wrapped(&body, "file")?)?;
        }
        put_bytes(act, &mut file, &blob)?;
        assets::save(act, &mut file)?;
        data(&asset(act.db, &file)?)
    })
    .await
}

fn put_bytes(act: &Act<'_>, file: &mut Asset, blob: &Blob) -> Result<(), Refusal> {
    store::content::insert_blob(act.db, file.id, blob)?;
    file.metadata = Some(file_metadata(file.id, blob, Some(&file.visibility)).to_string());
    file.preview = csv_preview(blob).map(|rows| rows.to_string());
    Ok(())
}

async fn delete(State(app): State<App>, caller: Caller, Ids([id]): Ids<1>, params: Params) -> Answer {
    super::assets::remove(&app, &caller, id, &params, &["file"]).await
}

/// The metadata of an upload, before or after it became a file.
async fn metadata(State(app): State<App>, caller: Caller, Ids([id]): Ids<1>) -> Answer {
    app.read(move |db| {
        let blob = store::content::blob(db, id)?.filter(|blob| blob.owner == caller.id);
        let blob = blob.ok_or_else(|| Refusal::not_found("Upload"))?;
        data(&json!({"metadata": file_metadata(id, &blob, None), "preview": csv_preview(&blob)}))
    })
    .await
}

async fn address(State(app): State<App>, caller: Caller, Ids([id]): Ids<1>) -> Answer {
    app.read(move |db| seen(db, caller.id, id).map(|_| ())).await?;
    data(&json!({"url": signed_url(&app, id)}))
}
