//! Comments (contract, 3.10).

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::backend::acts::assets;
use crate::backend::app::{Answer, App, Caller, Ids, Params, Payload, data, page};
use crate::backend::bound;
use crate::backend::error::Refusal;
use crate::backend::fields::Fields;
use crate::backend::ids::Id;
use crate::backend::markdown;
use crate::backend::shapes::asset::with_content;
use crate::backend::store;
use crate::backend::store::assets::Asset;

/// Characters of a comment that lists show.
const LONGEST_IN_LISTS: usize = 1_000;

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/comments/create", post(create))
        .route("/comments/{id}", get(one).put(update))
        .route("/assets/{id}/comments", get(list))
}

async fn create(State(app): State<App>, caller: Caller, Payload(body): Payload) -> Answer {
    app.act(caller.id, move |act| {
        let fields = Fields::wrapped(&body, "comment")?;
        let parent = fields.id("parent_id")?.ok_or_else(|| fields.wrong("parent_id", "is required"))?;
        let content = body.get("content").map(markdown::rich).transpose()?.flatten();
        let content = content.filter(|content| !markdown::text_of(content).trim().is_empty());
        let content = content.ok_or_else(|| Refusal::field("content", "must not be empty"))?;
        let comment = assets::comment(act, parent, &content)?;
        if caller.bound.is_some_and(|org| org != comment.org) {
            return Err(bound::mismatch());
        }
        data(&with_content(act.db, caller.id, &comment)?)
    })
    .await
}

async fn one(State(app): State<App>, caller: Caller, Ids([id]): Ids<1>) -> Answer {
    app.read(move |db| {
        let comment =
            store::assets::visible(db, caller.id, id)?.filter(|asset| asset.asset_type == "comment");
        let comment = comment.ok_or_else(|| Refusal::not_found("Comment"))?;
        data(&with_content(db, caller.id, &comment)?)
    })
    .await
}

async fn update(State(app): State<App>, caller: Caller, Ids([id]): Ids<1>, Payload(body): Payload) -> Answer {
    app.act(caller.id, move |act| {
        let mut comment = assets::seen(act, id, "comment")?;
        if comment.owner != caller.id {
            return Err(Refusal::new(403, "update_forbidden", "Only its author may change a comment"));
        }
        if let Some(content) = body.get("content").map(markdown::rich).transpose()?.flatten() {
            comment.description = Some(content.to_string());
            comment.content = Some(content.to_string());
        }
        assets::save(act, &mut comment)?;
        data(&with_content(act.db, caller.id, &comment)?)
    })
    .await
}

/// A comment as lists show it: how many replies it has, and its beginning where it is long (3.10).
fn row(db: &Connection, reader: Id, comment: &Asset) -> Result<Value, Refusal> {
    let mut shape = with_content(db, reader, comment)?;
    shape["replies"] = shape["comments"].clone();
    let text = markdown::text_of(&shape["content"]);
    if text.chars().count() > LONGEST_IN_LISTS {
        let beginning: String = text.chars().take(LONGEST_IN_LISTS).collect();
        shape["content"] = json!({"text": beginning});
        shape["description"] = shape["content"].clone();
    }
    Ok(shape)
}

async fn list(State(app): State<App>, caller: Caller, Ids([id]): Ids<1>, params: Params) -> Answer {
    let window = params.window(50, 200)?;
    app.read(move |db| {
        store::assets::visible(db, caller.id, id)?.ok_or_else(|| Refusal::not_found("Asset"))?;
        let mut found = store::assets::children(db, id, Some("comment"), window.one_more(), window.offset)?;
        let more = window.cut(&mut found);
        let rows: Result<Vec<_>, Refusal> = found.iter().map(|comment| row(db, caller.id, comment)).collect();
        page(&rows?, window, more, Some(store::assets::comment_count(db, id)?))
    })
    .await
}
