//! Teams (contract, 3.13).

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use serde_json::{Map, Value, json};

use crate::backend::app::{Answer, App, Caller, Params, data};
use crate::backend::error::Refusal;
use crate::backend::ids::Id;
use crate::backend::rules::permissions::Role;
use crate::backend::shapes::people;
use crate::backend::store::accounts::{self, Team};

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/teams", get(list))
        .route("/teams/unreads", get(unreads))
        .route("/teams/{id}", get(one))
}

async fn list(State(app): State<App>, caller: Caller, params: Params) -> Answer {
    let org = params.id("org_id")?;
    let (joined, public) = (params.is_true("joined"), params.is_true("public_only"));
    app.read(move |db| {
        let mut rows = Vec::new();
        for team in accounts::teams(db, org, caller.id)? {
            let is_member =
                team.id != Id::GLOBAL && accounts::team_role(db, team.id, caller.id)? > Role::None;
            if (!joined || is_member) && (!public || team.visibility == "public") {
                rows.push(people::team(db, &team, caller.id, false)?);
            }
        }
        data(&rows)
    })
    .await
}

/// The local backend counts no unread posts of teams.
async fn unreads(_: Caller, params: Params) -> Answer {
    match params.text("view_mode") {
        Some("preview") => data(&json!({"team_id": params.id("team_id")?, "unread_count": 0, "results": []})),
        _ => data(&json!({"unreads": Value::Object(Map::new())})),
    }
}

async fn one(State(app): State<App>, caller: Caller, Path(id): Path<String>, params: Params) -> Answer {
    let id = Id::parse(&id)?;
    let with_members = params.is_true("include_members");
    app.read(move |db| {
        let team = accounts::team_by_id(db, id)?.ok_or_else(|| Refusal::not_found("Team"))?;
        let may_see = |team: &Team| -> Result<bool, Refusal> {
            Ok(team.visibility == "public" || accounts::org_role(db, team.org, caller.id)?.is_some())
        };
        if !may_see(&team)? {
            return Err(Refusal::not_found("Team"));
        }
        data(&people::team(db, &team, caller.id, with_members)?)
    })
    .await
}
