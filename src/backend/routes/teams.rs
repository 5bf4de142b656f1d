//! Teams and what happens in them (contract, 3.13). Coming in and going is in `membership`.

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use serde_json::{Map, Value, json};

use super::search::hit;
use crate::backend::acts::teams;
use crate::backend::app::{Answer, App, Caller, Ids, Params, Payload, Window, data, page};
use crate::backend::error::Refusal;
use crate::backend::fields::Fields;
use crate::backend::ids::Id;
use crate::backend::rules::permissions::Role;
use crate::backend::shapes::asset::light;
use crate::backend::shapes::people;
use crate::backend::store::accounts;
use crate::backend::store::assets::{self, Search};

/// Unread work that is counted.
const MOST_UNREAD: i64 = 1_000;

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/teams", get(list))
        .route("/teams/create", post(create))
        .route("/teams/unreads", get(unreads))
        .route("/teams/{id}", get(one).put(update).delete(delete))
        .route("/teams/{id}/activity", get(activity))
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

async fn create(State(app): State<App>, caller: Caller, Payload(body): Payload) -> Answer {
    app.act(caller.id, move |act| {
        let team = teams::create(act, caller.org, &Fields::wrapped(&body, "team")?)?;
        data(&people::team(act.db, &team, caller.id, false)?)
    })
    .await
}

async fn one(State(app): State<App>, caller: Caller, Ids([id]): Ids<1>, params: Params) -> Answer {
    let with_members = params.is_true("include_members");
    app.read(move |db| {
        let team = teams::seen(db, caller.id, id)?;
        data(&people::team(db, &team, caller.id, with_members)?)
    })
    .await
}

async fn update(State(app): State<App>, caller: Caller, Ids([id]): Ids<1>, Payload(body): Payload) -> Answer {
    app.act(caller.id, move |act| {
        let team = teams::update(act, id, &Fields::wrapped(&body, "team")?)?;
        data(&people::team(act.db, &team, caller.id, false)?)
    })
    .await
}

async fn delete(State(app): State<App>, caller: Caller, Ids([id]): Ids<1>) -> Answer {
    app.act(caller.id, move |act| {
        teams::delete(act, id)?;
        data(&json!({"id": id}))
    })
    .await
}

/// A team's work, newest first.
async fn activity(State(app): State<App>, caller: Caller, Ids([id]): Ids<1>, params: Params) -> Answer {
    let window = params.window(20, 200)?;
    let kinds = params.text("assetType").map(str::to_owned).into_iter().collect();
    app.read(move |db| {
        teams::seen(db, caller.id, id)?;
        let wanted = Search {
            asset_types: kinds,
            team: Some(id),
            limit: window.one_more(),
            offset: window.offset,
            ..Search::default()
        };
        let mut found = assets::search(db, caller.id, &wanted)?;
        let more = window.cut(&mut found);
        let rows: Result<Vec<Value>, Refusal> = found.iter().map(|one| hit(db, one)).collect();
        page(&rows?, window, more, None)
    })
    .await
}

/// What others made in one's teams and one has not opened: counted by team, or listed for one.
async fn unreads(State(app): State<App>, caller: Caller, params: Params) -> Answer {
    let org = params.id("org_id")?;
    if params.text("view_mode") == Some("preview") {
        let team = params.id("team_id")?.ok_or_else(|| Refusal::bad_request("team_id is required"))?;
        let window = params.window(20, 200)?;
        return app.read(move |db| preview(db, caller.id, team, window)).await;
    }
    app.read(move |db| {
        let mut counts = Map::new();
        for team in accounts::teams(db, org, caller.id)? {
            if team.id != Id::GLOBAL && accounts::team_role(db, team.id, caller.id)? > Role::None {
                let found = assets::search(db, caller.id, &unread_of(caller.id, team.id))?;
                counts.insert(team.id.to_string(), json!(found.len()));
            }
        }
        data(&json!({"unreads": counts}))
    })
    .await
}

fn unread_of(reader: Id, team: Id) -> Search {
    Search {
        team: Some(team),
        not_owner: Some(reader),
        unread_only: true,
        limit: MOST_UNREAD,
        ..Search::default()
    }
}

fn preview(db: &rusqlite::Connection, reader: Id, team: Id, window: Window) -> Answer {
    teams::seen(db, reader, team)?;
    let found = assets::search(db, reader, &unread_of(reader, team))?;
    let count = found.len();
    let offset = usize::try_from(window.offset).unwrap_or(usize::MAX);
    let mut rest: Vec<_> = found.into_iter().skip(offset).collect();
    let more = window.cut(&mut rest);
    let rows: Result<Vec<Value>, Refusal> = rest.iter().map(|one| light(db, one)).collect();
    let pagination = json!({"hasMore": more, "limit": window.limit, "offset": window.offset, "total": count});
    Ok(data(&json!({"team_id": team, "unread_count": count, "results": rows?}))?
        .with("pagination", &pagination))
}
