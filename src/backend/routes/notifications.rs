//! Notifications (contract, 3.14 and 4.13).

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::backend::acts::profile;
use crate::backend::app::{Answer, App, Caller, Ids, Params, Payload, data, page};
use crate::backend::error::Refusal;
use crate::backend::ids::Id;
use crate::backend::shapes::asset::light;
use crate::backend::store::assets;
use crate::backend::store::notices::{self, Notice, Wanted};

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/user/notifications", get(list))
        .route("/user/notifications/unreads", get(unreads))
        .route("/user/notifications/read", post(read))
        .route("/user/notifications/{id}", get(one))
}

fn shape(db: &Connection, notice: &Notice) -> Result<Value, Refusal> {
    let about = notice.asset.map(|id| assets::visible(db, notice.to, id)).transpose()?.flatten();
    Ok(json!({
        "id": notice.id, "type": notice.kind, "viewed": notice.viewed, "content": notice.content,
        "source_user_id": notice.source, "source_user": notice.source.map(|id| profile(db, id)).transpose()?,
        "destination_user_id": notice.to, "org_id": notice.org, "asset_id": notice.asset,
        "asset": about.map(|asset| light(db, &asset)).transpose()?,
        "created_at": notice.created_at.to_string(), "last_updated": notice.created_at.to_string(),
    }))
}

/// The types of a category. Which one holds quests' notifications is unknown (3.14), so none does.
fn kinds_of(category: &str) -> Result<&'static [&'static str], Refusal> {
    match category {
        "mentions" => Ok(&["mention"]),
        "comments" => Ok(&["comment", "reply"]),
        "references" => Ok(&["reference"]),
        "shares" => Ok(&["share"]),
        "money" => Ok(&["payment", "deposit", "route-payout"]),
        "actions" => Ok(&["action-complete", "action-failed"]),
        _ => Err(Refusal::bad_request(
            "category must be of mentions, comments, references, shares, money, actions",
        )),
    }
}

async fn list(State(app): State<App>, caller: Caller, params: Params) -> Answer {
    let window = params.window(20, 100)?;
    let kinds = params.text("category").map(|list| -> Result<Vec<&'static str>, Refusal> {
        let each: Result<Vec<_>, Refusal> = list.split(',').map(|word| kinds_of(word.trim())).collect();
        Ok(each?.concat())
    });
    let wanted = Wanted {
        org: params.id("org_id")?,
        unread_only: params.is_true("unread_only"),
        kinds: kinds.transpose()?,
        limit: window.one_more(),
        offset: window.offset,
    };
    app.read(move |db| {
        let mut found = notices::page(db, caller.id, &wanted)?;
        let more = window.cut(&mut found);
        let rows: Result<Vec<_>, Refusal> = found.iter().map(|notice| shape(db, notice)).collect();
        page(&rows?, window, more, None)
    })
    .await
}

async fn unreads(State(app): State<App>, caller: Caller, params: Params) -> Answer {
    let org = params.id("org_id")?;
    app.read(move |db| data(&notices::unread(db, caller.id, org)?)).await
}

/// Reading one marks it (1.7).
async fn one(State(app): State<App>, caller: Caller, Ids([id]): Ids<1>) -> Answer {
    app.act(caller.id, move |act| {
        notices::mark_read(act.db, caller.id, id)?;
        let notice =
            notices::get(act.db, caller.id, id)?.ok_or_else(|| Refusal::not_found("Notification"))?;
        data(&shape(act.db, &notice)?)
    })
    .await
}

/// Foreign or unknown ids are left out silently (3.14).
async fn read(State(app): State<App>, caller: Caller, Payload(body): Payload) -> Answer {
    let ids =
        body.get("ids").and_then(Value::as_array).ok_or_else(|| Refusal::field("ids", "must be a list"))?;
    let ids: Vec<Id> = ids.iter().filter_map(Value::as_str).filter_map(Id::find).take(200).collect();
    app.act(caller.id, move |act| {
        let mut marked = Vec::new();
        for id in ids {
            if notices::mark_read(act.db, caller.id, id)? {
                marked.push(id);
            }
        }
        data(&json!({"read": marked}))
    })
    .await
}
