//! Reserved uploads: an address to put bytes to, and what was put there (contract, 3.7).

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{post, put};
use serde_json::json;

use super::downloads::signed_url;
use super::files::{bucket, file_name, mime_type, path};
use crate::backend::TICKET_TTL;
use crate::backend::app::{Answer, App, Caller, Payload, Raw, data};
use crate::backend::error::Refusal;
use crate::backend::fields::Fields;
use crate::backend::ids::Id;
use crate::backend::store::assets;
use crate::backend::store::content::{self, Blob, Upload};
use crate::clock;

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/files/upload-url", post(reserve))
        .route("/files/upload/complete", post(complete))
        .route("/uploads/{ticket}", put(take))
}

async fn reserve(State(app): State<App>, caller: Caller, Payload(body): Payload) -> Answer {
    let (id, upload) = app
        .act(caller.id, move |act| {
            let fields = Fields::bare(&body, "upload");
            let name = file_name(&fields, fields.needed_text("file_name")?)?;
            let mime = mime_type(&fields, &name)?;
            let visibility = fields.text("visibility")?.map(str::to_owned);
            let upload = Upload { owner: act.who, name, mime, visibility };
            let id = act.new_id();
            content::reserve_upload(act.db, id, &upload)?;
            Ok((id, upload))
        })
        .await?;
    data(&json!({
        "upload_id": id, "upload_url": format!("{}/uploads/{}", app.base(), app.uploads.issue(id, clock::now())),
        "method": "PUT", "headers": {"Content-Type": upload.mime}, "expires_in": TICKET_TTL.as_secs(),
        "bucket": bucket(upload.visibility.as_deref()), "path": path(upload.owner, id, &upload.name),
        "mime_type": upload.mime,
    }))
}

/// The bytes come without credentials: the ticket is the right to write them.
async fn take(State(app): State<App>, Path(ticket): Path<String>, Raw(bytes): Raw) -> Answer {
    let id = app.uploads.holder(&ticket, clock::now());
    let id = id.ok_or_else(|| Refusal::new(403, "ticket_expired", "This address is no longer good"))?;
    app.act(id, move |act| {
        let upload = content::upload(act.db, id)?.ok_or_else(|| Refusal::not_found("Upload"))?;
        if assets::get(act.db, id)?.is_some() {
            return Err(Refusal::conflict("file_exists", "This upload already is a file"));
        }
        let size = bytes.len();
        let blob = Blob { name: upload.name, mime: upload.mime, owner: upload.owner, bytes };
        content::insert_blob(act.db, id, &blob)?;
        data(&json!({"upload_id": id, "size": size}))
    })
    .await
}

/// What was put there; nothing yet is not found.
async fn complete(State(app): State<App>, caller: Caller, Payload(body): Payload) -> Answer {
    let (id, mut shape, download) = app
        .act(caller.id, move |act| {
            let fields = Fields::bare(&body, "upload");
            let id: Id = fields.id("upload_id")?.ok_or_else(|| fields.wrong("upload_id", "is required"))?;
            let reserved = content::upload(act.db, id)?.filter(|upload| upload.owner == act.who);
            let blob = content::blob(act.db, id)?;
            let (Some(upload), Some(mut blob)) = (reserved, blob) else {
                return Err(Refusal::not_found("Upload"));
            };
            if let Some(name) = fields.text("file_name")? {
                blob.name = file_name(&fields, name)?;
                content::insert_blob(act.db, id, &blob)?;
            }
            let shape = json!({
                "id": id, "bucket": bucket(upload.visibility.as_deref()), "path": path(blob.owner, id, &blob.name),
                "mime_type": blob.mime, "file_name": blob.name, "size": blob.bytes.len(),
            });
            Ok((id, shape, fields.boolean("download")?.unwrap_or(false)))
        })
        .await?;
    if download {
        shape["download_url"] = json!(signed_url(&app, id));
    }
    data(&shape)
}
