//! Markdown to rich text (contract, 3.11): the answer has no envelope.

use axum::Router;
use axum::routing::post;
use serde_json::{Value, json};

use crate::backend::app::{Answer, App, Caller, Payload, bare};
use crate::backend::error::Refusal;
use crate::backend::markdown;

pub(super) fn router() -> Router<App> {
    Router::new().route("/utilities/convert/from-markdown", post(from_markdown))
}

async fn from_markdown(_: Caller, Payload(body): Payload) -> Answer {
    let text = body.get("markdown").and_then(Value::as_str);
    let text = text.ok_or_else(|| Refusal::field("markdown", "must be a text"))?;
    bare(&json!({"json": markdown::document(text), "markdown": text}))
}
