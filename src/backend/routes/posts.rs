//! Posts (contract, 3.7). Deleting here also deletes comments (3.10).

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use serde_json::Value;

use crate::backend::acts::assets::{self, Draft};
use crate::backend::acts::notify;
use crate::backend::app::{Answer, App, Caller, Ids, Params, Payload, data};
use crate::backend::fields::Fields;
use crate::backend::markdown;
use crate::backend::shapes::asset::{parsed, with_content};

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/posts/create", post(create))
        .route("/posts/{id}", get(one).put(update).delete(delete))
}

async fn create(State(app): State<App>, caller: Caller, Payload(body): Payload) -> Answer {
    app.act(caller.id, move |act| {
        let fields = Fields::wrapped(&body, "post")?;
        let content = body.get("content").map(markdown::rich).transpose()?.flatten();
        let content = content.unwrap_or_else(|| markdown::from_markdown(""));
        let draft =
            Draft { preview: content.get("json").cloned(), content: Some(content), ..Draft::of("post") };
        let post = assets::create(act, caller.org, &fields, draft)?;
        notify::mentions(act, &post, &post, &parsed(post.content.as_deref())?)?;
        data(&with_content(act.db, caller.id, &post)?)
    })
    .await
}

async fn one(State(app): State<App>, caller: Caller, Ids([id]): Ids<1>) -> Answer {
    app.read(move |db| {
        let post = super::assets::seen_as(db, caller.id, id, ("post", "Post"))?;
        data(&with_content(db, caller.id, &post)?)
    })
    .await
}

async fn update(State(app): State<App>, caller: Caller, Ids([id]): Ids<1>, Payload(body): Payload) -> Answer {
    app.act(caller.id, move |act| {
        let mut post = assets::changeable(act, id, "post")?;
        if let Some(Value::Object(map)) = body.get("post") {
            assets::apply(act, &mut post, &Fields::new(map, "post"))?;
        }
        if let Some(content) = body.get("content").map(markdown::rich).transpose()?.flatten() {
            post.preview = content.get("json").map(Value::to_string);
            post.content = Some(content.to_string());
        }
        assets::save(act, &mut post)?;
        data(&with_content(act.db, caller.id, &post)?)
    })
    .await
}

async fn delete(State(app): State<App>, caller: Caller, Ids([id]): Ids<1>, params: Params) -> Answer {
    super::assets::remove(&app, &caller, id, &params, &["post", "comment"]).await
}
