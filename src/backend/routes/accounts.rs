//! Signing in, oneself and other users (contract, 1.2, 1.5, 3.12).

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use rusqlite::Connection;
use serde_json::{Value, json};

use super::assets::impact_of;
use crate::backend::app::{Answer, App, Caller, Params, Payload, bare, data};
use crate::backend::error::Refusal;
use crate::backend::ids::Id;
use crate::backend::shapes::people;
use crate::backend::store::accounts::{self, User};
use crate::backend::store::assets::{self, Search};
use crate::backend::tokens::Holder;
use crate::clock;

/// What the plan allows.
const MOST_BYTES: i64 = 1_000_000_000;
const MOST_ASSETS: i64 = 100_000;
const MOST_DATASETS: i64 = 10_000;

/// Counts that add up over assets.
const COUNTED: &[&str] = &[
    "views",
    "quality_views",
    "comments",
    "external_comments",
    "reactions",
    "external_reactions",
    "downloads",
    "uses",
    "earnings_btc",
    "earnings_usd",
];

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/users/get-token", post(get_token))
        .route("/user", get(me))
        .route("/user/profile", get(profile))
        .route("/user/plan-info", get(plan))
        .route("/users/search", get(search))
        .route("/users/{who}", get(user))
        .route("/users/{who}/impact", get(impact))
}

/// Key to token. Fields are at the top level, a wrong key is a 200 with an error, and whatever the request says
/// in `Authorization` is ignored (8.1).
async fn get_token(State(app): State<App>, Payload(body): Payload) -> Result<Response, Refusal> {
    let Some(key) = body.get("pat").and_then(Value::as_str).map(str::to_owned) else {
        return Err(Refusal::field("pat", "is required"));
    };
    let Some(key) = app.read(move |db| Ok(accounts::key(db, &key)?)).await? else {
        return Ok(no_token("Unknown or revoked API key")?.into_response());
    };
    let Some(under_way) = app.exchanges.begin(key.user) else {
        return Ok(no_token("This key is being exchanged already: use that token")?.into_response());
    };
    let holder = Holder { id: key.user, bound: key.org };
    let answer = bare(&json!({
        "access_token": app.tokens.issue_to(holder, clock::now()), "refresh_token": null,
        "api_key_org_id": key.org, "api_key_name": key.name, "error": null,
    }))?;
    let mut answer = answer.into_response();
    answer.extensions_mut().insert(under_way);
    Ok(answer)
}

fn no_token(message: &str) -> Answer {
    bare(&json!({"access_token": null, "refresh_token": null, "error": {"message": message}}))
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

/// What the plan says and what of it is used. The limits are told, not held: a rehearsal should not stop at them.
async fn plan(State(app): State<App>, caller: Caller) -> Answer {
    app.read(move |db| {
        let (assets, datasets, bytes) = accounts::usage(db, caller.id)?;
        data(&json!({
            "planType": "free",
            "limits": {
                "maxStorageBytes": MOST_BYTES, "maxAssets": MOST_ASSETS, "maxDatasets": MOST_DATASETS,
                "canCreatePrivateAssets": true, "canMonetize": false,
            },
            "usage": {
                "assets": {"used": assets, "limit": MOST_ASSETS},
                "datasets": {"used": datasets, "limit": MOST_DATASETS},
                "storage": {"used": bytes, "limit": MOST_BYTES},
            },
        }))
    })
    .await
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

/// The user of that name or id.
fn named(db: &Connection, who: &str) -> Result<User, Refusal> {
    let user = match Id::find(who) {
        Some(id) => accounts::user_by_id(db, id)?,
        None => accounts::user_by_name(db, who)?,
    };
    user.ok_or_else(|| Refusal::not_found("User"))
}

async fn user(State(app): State<App>, caller: Caller, Path(who): Path<String>) -> Answer {
    app.read(move |db| data(&people::user(db, &named(db, &who)?, caller.id)?)).await
}

/// What became of somebody's work, of all that the reader sees or of the assets that are named. `since` cuts nothing
/// off: uses are counted, not dated.
async fn impact(State(app): State<App>, caller: Caller, Path(who): Path<String>, params: Params) -> Answer {
    let window = params.window(50, 200)?;
    let named_assets = params.text("asset_ids").map(|list| list.split(',').map(Id::parse).collect());
    let wanted: Option<Vec<Id>> = named_assets.transpose()?;
    let since = params.text("since").map(str::to_owned);
    app.read(move |db| {
        let user = named(db, &who)?;
        let all = Search { owner: Some(user.id), limit: i64::MAX, ..Search::default() };
        let mut found = assets::search(db, caller.id, &all)?;
        found.retain(|asset| wanted.as_ref().is_none_or(|wanted| wanted.contains(&asset.id)));
        let rows: Vec<Value> =
            found.iter().map(|asset| impact_of(db, asset)).collect::<Result<_, Refusal>>()?;
        let sum = |field: &str| rows.iter().filter_map(|row| row[field].as_i64()).sum::<i64>();
        let mut total = json!({"assets": rows.len()});
        for field in COUNTED {
            total[*field] = json!(sum(field));
        }
        let limit = usize::try_from(window.limit).unwrap_or(usize::MAX);
        let shown: Vec<&Value> = rows.iter().take(limit).collect();
        data(&json!({"user_id": user.id, "since": since, "aggregate": total, "assets": shown}))
    })
    .await
}
