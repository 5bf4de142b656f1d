//! Joining and leaving teams, requests to join, bans (contract, 3.13).

use axum::Router;
use axum::extract::State;
use axum::routing::{delete, get, post};
use serde_json::{Value, json};

use crate::backend::acts::teams;
use crate::backend::app::{Answer, App, Caller, Ids, Payload, data};
use crate::backend::error::Refusal;
use crate::backend::fields::Fields;
use crate::backend::ids::Id;
use crate::backend::shapes::people;
use crate::backend::store::membership;

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/teams/{id}/join", post(join))
        .route("/teams/{id}/leave", get(leave))
        .route("/teams/{id}/join-requests", get(requests))
        .route("/teams/{id}/join-requests/{request}/approve", post(approve))
        .route("/teams/{id}/join-requests/{request}/reject", post(reject))
        .route("/teams/{id}/bans", get(bans).post(ban))
        .route("/teams/{id}/bans/{user}", delete(unban))
}

async fn join(State(app): State<App>, caller: Caller, Ids([id]): Ids<1>) -> Answer {
    app.act(caller.id, move |act| {
        let (team, _) = teams::join(act, id)?;
        data(&people::team(act.db, &team, caller.id, false)?)
    })
    .await
}

/// A GET that changes something (1.7).
async fn leave(State(app): State<App>, caller: Caller, Ids([id]): Ids<1>) -> Answer {
    app.act(caller.id, move |act| {
        teams::leave(act, id)?;
        data(&json!({"team_id": id}))
    })
    .await
}

/// Those who run the team see all requests, others their own.
async fn requests(State(app): State<App>, caller: Caller, Ids([id]): Ids<1>) -> Answer {
    app.read(move |db| {
        let team = teams::seen(db, caller.id, id)?;
        let of = (!teams::runs(db, caller.id, &team)?).then_some(caller.id);
        let wishes = membership::pending(db, id, of)?;
        let rows: Result<Vec<Value>, Refusal> =
            wishes.iter().map(|wish| people::join_request(db, wish)).collect();
        data(&rows?)
    })
    .await
}

async fn approve(State(app): State<App>, caller: Caller, Ids([id, request]): Ids<2>) -> Answer {
    answer(&app, caller, id, request, true).await
}

async fn reject(State(app): State<App>, caller: Caller, Ids([id, request]): Ids<2>) -> Answer {
    answer(&app, caller, id, request, false).await
}

async fn answer(app: &App, caller: Caller, id: Id, request: Id, approve: bool) -> Answer {
    app.act(caller.id, move |act| {
        teams::answer_request(act, id, request, approve)?;
        data(&json!({"id": request, "status": if approve { "approved" } else { "rejected" }}))
    })
    .await
}

async fn bans(State(app): State<App>, caller: Caller, Ids([id]): Ids<1>) -> Answer {
    app.read(move |db| {
        let team = teams::seen(db, caller.id, id)?;
        if !teams::runs(db, caller.id, &team)? {
            return Err(Refusal::forbidden("Only the team's admins see its bans"));
        }
        let bans = membership::bans(db, id)?;
        let rows: Result<Vec<Value>, Refusal> = bans.iter().map(|ban| people::ban(db, ban)).collect();
        data(&rows?)
    })
    .await
}

async fn ban(State(app): State<App>, caller: Caller, Ids([id]): Ids<1>, Payload(body): Payload) -> Answer {
    app.act(caller.id, move |act| {
        let fields = Fields::bare(&body, "ban");
        let user = fields.id("user_id")?.ok_or_else(|| fields.wrong("user_id", "is required"))?;
        let with_contributions = fields.boolean("remove_contributions")?.unwrap_or(false);
        teams::ban(act, id, user, fields.text("reason")?, with_contributions)?;
        data(&json!({"team_id": id, "user_id": user}))
    })
    .await
}

async fn unban(State(app): State<App>, caller: Caller, Ids([id, user]): Ids<2>) -> Answer {
    app.act(caller.id, move |act| {
        teams::unban(act, id, user)?;
        data(&json!({"team_id": id, "user_id": user}))
    })
    .await
}
