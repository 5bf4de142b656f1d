//! Quests (contract, 3.3) and what is assigned to somebody over all of them (3.4).

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use serde_json::Value;

use crate::backend::acts::{quests, visible_quest};
use crate::backend::app::{Answer, App, Caller, Ids, Params, Payload, data, page};
use crate::backend::error::Refusal;
use crate::backend::fields::Fields;
use crate::backend::rules::life::item_status_of;
use crate::backend::shapes::{asset, item, quest};
use crate::backend::store::assets;
use crate::backend::store::{items, quests as quest_store};

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/quests/create", post(create))
        .route("/quests/assigned-items", get(assigned))
        .route("/quests/{id}", get(one).put(update).delete(delete))
}

async fn create(State(app): State<App>, caller: Caller, Payload(body): Payload) -> Answer {
    app.act(caller.id, move |act| {
        let id = quests::create(act, caller.org, &Fields::wrapped(&body, "quest")?)?;
        data(&quest::full(act.db, caller.id, id)?)
    })
    .await
}

async fn one(State(app): State<App>, caller: Caller, Ids([id]): Ids<1>) -> Answer {
    app.read(move |db| {
        let seen = visible_quest(db, caller.id, id)?;
        data(&quest::full(db, caller.id, seen.id)?)
    })
    .await
}

async fn update(State(app): State<App>, caller: Caller, Ids([id]): Ids<1>, Payload(body): Payload) -> Answer {
    app.act(caller.id, move |act| {
        quests::update(act, id, &Fields::wrapped(&body, "quest")?)?;
        data(&quest::full(act.db, caller.id, id)?)
    })
    .await
}

async fn delete(State(app): State<App>, caller: Caller, Ids([id]): Ids<1>, params: Params) -> Answer {
    let (with_children, dry_run) = (params.is_true("delete_children"), params.is_true("dry_run"));
    app.act(caller.id, move |act| data(&quests::delete(act, id, with_children, dry_run)?)).await
}

/// Items assigned to somebody: the caller unless it names another; what can be worked on unless it says otherwise.
async fn assigned(State(app): State<App>, caller: Caller, params: Params) -> Answer {
    let window = params.window(20, 100)?;
    let assignee = params.id("assignee_id")?.unwrap_or(caller.id);
    let (org, team) = (params.id("org_id")?, params.id("team_id")?);
    let words = params.text("status").unwrap_or("pending,in_progress").to_owned();
    let states: Vec<String> = if words == "all" {
        Vec::new()
    } else {
        let known = |word: &str| item_status_of(word).map(|status| status.word().to_owned());
        words.split(',').map(str::trim).map(known).collect::<Result<_, Refusal>>()?
    };
    app.read(move |db| {
        let states: Vec<&str> = states.iter().map(String::as_str).collect();
        let mut rows = Vec::new();
        for found in items::assigned(db, assignee, &states)? {
            let Some(above) = assets::visible(db, caller.id, found.quest)? else { continue };
            if org.is_some_and(|org| org != above.org) || team.is_some_and(|team| team != above.team) {
                continue;
            }
            let mut shape = item::item(db, caller.id, &found)?;
            shape["quest"] = quest_store::get(db, found.quest)?.as_ref().map_or(Value::Null, quest::details);
            shape["quest_asset"] = asset::asset(db, &above)?;
            rows.push(shape);
        }
        let total = rows.len();
        let offset = usize::try_from(window.offset).unwrap_or(usize::MAX);
        let mut rows: Vec<Value> = rows.into_iter().skip(offset).collect();
        let more = window.cut(&mut rows);
        page(&rows, window, more, i64::try_from(total).ok())
    })
    .await
}
