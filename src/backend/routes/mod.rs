//! The endpoints, one file a resource. A handler reads the request, lets an act or a reader work beside the async
//! tasks, and answers; rules are not its business.

mod accounts;
mod actions;
mod assets;
mod comments;
mod datasets;
mod downloads;
mod entries;
mod files;
mod items;
mod left_out;
mod membership;
mod notifications;
mod organizations;
mod posts;
mod provenance;
mod quests;
mod search;
mod services;
mod tables;
mod teams;
mod uploads;
mod utilities;
mod wallet;

use axum::Router;
use axum::http::Method;

use super::app::App;
use super::error::Refusal;

pub(crate) use files::{csv_preview, file_metadata, mime_of};

/// All endpoints. What is unknown answers in the envelope, too.
pub(crate) fn router() -> Router<App> {
    Router::new()
        .merge(accounts::router())
        .merge(actions::router())
        .merge(assets::router())
        .merge(comments::router())
        .merge(datasets::router())
        .merge(downloads::router())
        .merge(entries::router())
        .merge(files::router())
        .merge(items::router())
        .merge(left_out::router())
        .merge(membership::router())
        .merge(notifications::router())
        .merge(organizations::router())
        .merge(posts::router())
        .merge(provenance::router())
        .merge(quests::router())
        .merge(search::router())
        .merge(services::router())
        .merge(tables::router())
        .merge(teams::router())
        .merge(uploads::router())
        .merge(utilities::router())
        .merge(wallet::router())
        .fallback(unknown)
        .method_not_allowed_fallback(wrong_method)
}

async fn unknown(method: Method, uri: axum::http::Uri) -> Refusal {
    Refusal::new(404, "no_such_endpoint", format!("The local backend has no {method} {}", uri.path()))
}

async fn wrong_method(method: Method, uri: axum::http::Uri) -> Refusal {
    Refusal::new(405, "method_not_allowed", format!("{} does not take {method}", uri.path()))
}
