//! Calls of the official clients that have nothing to do with quests and their review: each is refused in words, so
//! that nobody takes the refusal for a fault or believes that money moved.

use axum::Router;
use axum::extract::State;
use axum::routing::{any, get, patch, post, put};

use crate::backend::app::{App, Caller};
use crate::backend::error::Refusal;

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/wallet/purchase-asset", post(money))
        .route("/wallet/send-sats", post(money))
        .route("/wallet/deposit-address", get(money))
        .route("/stripe/wallet/purchase-asset", post(money))
        .route("/stripe/wallet/tip", post(money))
        .route("/conversations", any(conversations))
        .route("/conversations/create", post(conversations))
        .route("/conversations/{id}", any(conversations))
        .route("/conversations/{id}/messages", get(conversations))
        .route("/conversations/{id}/messages/create", post(conversations))
        .route("/conversations/{id}/messages/{message}", patch(conversations))
        .route("/services/create/from-file", post(specs))
        .route("/services/{id}/update/from-file", put(specs))
        .route("/services/{id}/authentication", put(specs))
        .route("/services/{id}/routes/{route}/use", post(runs))
}

fn refusal(words: &str) -> Refusal {
    Refusal::new(403, "not_in_local_backend", format!("The local backend {words}"))
}

async fn money(State(_): State<App>, _: Caller) -> Refusal {
    refusal("moves no money but the rewards of quests: it sells, sends and receives nothing")
}

async fn conversations(State(_): State<App>, _: Caller) -> Refusal {
    refusal("keeps no conversations: comment on an asset instead")
}

async fn specs(State(_): State<App>, _: Caller) -> Refusal {
    refusal("reads no OpenAPI documents and keeps no secrets of services: create the service without them")
}

async fn runs(State(_): State<App>, _: Caller) -> Refusal {
    refusal("runs routes to evaluate entries only: submit an entry to an item with that route")
}
