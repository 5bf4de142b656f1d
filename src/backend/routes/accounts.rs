//! Signing in, oneself and other users (contract, 1.2, 1.5, 3.12).

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use serde_json::{Value, json};

use crate::backend::app::{Answer, App, Caller, Params, Payload, bare, data};
use crate::backend::error::Refusal;
use crate::backend::ids::Id;
use crate::backend::shapes::people;
use crate::backend::store::accounts;
use crate::clock;

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/users/get-token", post(get_token))
        .route("/user", get(me))
        .route("/user/profile", get(profile))
        .route("/user/plan-info", get(plan))
        .route("/users/search", get(search))
        .route("/users/{who}", get(user))
}

/// Key to token. Fields are at the top level, a wrong key is a 200 with an error, and whatever the request says
/// in `Authorization` is ignored (8.1).
async fn get_token(State(app): State<App>, Payload(body): Payload) -> Answer {
    let Some(key) = body.get("pat").and_then(Value::as_str).map(str::to_owned) else {
        return Err(Refusal::field("pat", "is required"));
    };
    let user = app.read(move |db| Ok(accounts::user_by_key(db, &key)?)).await?;
    bare(&match user {
        Some(user) => json!({
            "access_token": app.tokens.issue(user.id, clock::now()), "refresh_token": null,
            "api_key_org_id": null, "api_key_name": format!("{}'s local key", user.username), "error": null,
        }),
        None => json!({
            "access_token": null, "refresh_token": null, "error": {"message": "Unknown or revoked API key"},
        }),
    })
}

async fn me(State(app): State<App>, caller: Caller) -> Answer {
    app.read(move |db| {
        let user = accounts::user_by_id(db, caller.id)?.ok_or_else(Refusal::unauthorized)?;
        let mut shape = people::user(db, &user, caller.id)?;
        shape["email"] = json!(user.email);
        data(&shape)
    })
    .await
}

async fn profile(State(app): State<App>, caller: Caller) -> Answer {
    app.read(move |db| {
        let user = accounts::user_by_id(db, caller.id)?.ok_or_else(Refusal::unauthorized)?;
        data(&people::user(db, &user, caller.id)?)
    })
    .await
}

async fn plan(_: Caller) -> Answer {
    data(&json!({
        "planType": "free",
        "limits": {
            "maxStorageBytes": 1_000_000_000, "maxAssets": 100_000, "maxDatasets": 10_000,
            "canCreatePrivateAssets": true, "canMonetize": false,
        },
        "usage": {},
    }))
}

async fn search(State(app): State<App>, caller: Caller, params: Params) -> Answer {
    let text = params.text("query").unwrap_or_default().to_owned();
    app.read(move |db| {
        let mut rows = Vec::new();
        for user in accounts::search_users(db, &text)? {
            rows.push(people::user(db, &user, caller.id)?);
        }
        data(&rows)
    })
    .await
}

async fn user(State(app): State<App>, caller: Caller, Path(who): Path<String>) -> Answer {
    app.read(move |db| {
        let user = match Id::find(&who) {
            Some(id) => accounts::user_by_id(db, id)?,
            None => accounts::user_by_name(db, &who)?,
        };
        let user = user.ok_or_else(|| Refusal::not_found("User"))?;
        data(&people::user(db, &user, caller.id)?)
    })
    .await
}
