//! Items of a quest (contract, 3.4).

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post, put};
use serde_json::{Value, json};

use super::entries::read_assets;
use crate::backend::acts::{evaluate, items, quests::rich_field, review, visible_quest};
use crate::backend::app::{Answer, App, Caller, Ids, Params, Payload, data, page};
use crate::backend::error::Refusal;
use crate::backend::fields::Fields;
use crate::backend::ids::Id;
use crate::backend::runs;
use crate::backend::shapes::{entry, item};
use crate::backend::store;

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/quests/{quest}/items", get(list).post(create))
        .route("/quests/{quest}/items/{item}", put(update).delete(delete))
        .route("/quests/{quest}/items/{item}/complete", post(complete))
        .route("/quests/{quest}/items/{item}/rescore", post(rescore))
        .route("/quests/{quest}/items/{item}/leaderboard", get(leaderboard))
}

fn shape(db: &rusqlite::Connection, reader: Id, id: Id) -> Result<Value, Refusal> {
    let found = store::items::get(db, id)?.ok_or_else(|| Refusal::not_found("Item"))?;
    item::item(db, reader, &found)
}

async fn list(State(app): State<App>, caller: Caller, Ids([quest]): Ids<1>) -> Answer {
    app.read(move |db| {
        let quest = visible_quest(db, caller.id, quest)?;
        let mut rows = Vec::new();
        for found in store::items::of_quest(db, quest.id)? {
            rows.push(item::item(db, caller.id, &found)?);
        }
        data(&rows)
    })
    .await
}

async fn create(
    State(app): State<App>,
    caller: Caller,
    Ids([quest]): Ids<1>,
    Payload(body): Payload,
) -> Answer {
    app.act(caller.id, move |act| {
        let given = body.get("items").and_then(Value::as_array);
        let given = given.ok_or_else(|| Refusal::field("items", "must be a list"))?;
        let mut rows = Vec::new();
        for id in items::create(act, quest, given)? {
            rows.push(shape(act.db, caller.id, id)?);
        }
        data(&rows)
    })
    .await
}

async fn update(
    State(app): State<App>,
    caller: Caller,
    Ids([quest, item]): Ids<2>,
    Payload(body): Payload,
) -> Answer {
    app.act(caller.id, move |act| {
        items::update(act, quest, item, &Fields::wrapped(&body, "item")?)?;
        data(&shape(act.db, caller.id, item)?)
    })
    .await
}

async fn delete(State(app): State<App>, caller: Caller, Ids([quest, item]): Ids<2>) -> Answer {
    app.act(caller.id, move |act| {
        items::delete(act, quest, item)?;
        data(&json!({"id": item}))
    })
    .await
}

async fn complete(
    State(app): State<App>,
    caller: Caller,
    Ids([quest, item]): Ids<2>,
    Payload(body): Payload,
) -> Answer {
    app.act(caller.id, move |act| {
        let fields = Fields::bare(&body, "completion");
        let (assets, description) = (read_assets(&fields)?, rich_field(&fields, "description")?);
        let done = review::complete(act, quest, item, &assets, description.as_ref())?;
        let entry = entry::by_id(act.db, caller.id, done, None)?;
        data(&json!({"entry": entry, "item": shape(act.db, caller.id, item)?}))
    })
    .await
}

async fn rescore(State(app): State<App>, caller: Caller, Ids([quest, item]): Ids<2>) -> Answer {
    let rescored = app.act(caller.id, move |act| evaluate::rescore(act, quest, item)).await?;
    let started =
        rescored.started.iter().map(|(entry, action)| json!({"entry_id": entry, "action_id": action}));
    let skipped = rescored.skipped.iter().map(|(entry, reason)| json!({"entry_id": entry, "reason": reason}));
    let answer =
        data(&json!({"started": started.collect::<Vec<_>>(), "skipped": skipped.collect::<Vec<_>>()}));
    for run in rescored.runs {
        runs::start(&app, run);
    }
    answer
}

async fn leaderboard(
    State(app): State<App>,
    caller: Caller,
    Ids([quest, id]): Ids<2>,
    params: Params,
) -> Answer {
    let window = params.window(50, 200)?;
    app.read(move |db| {
        let quest = visible_quest(db, caller.id, quest)?;
        let item = items::item_of(db, &quest, id)?;
        let ascending = item.leaderboard_order == "asc";
        let mut found = store::entries::leaderboard(db, id, ascending, window.one_more(), window.offset)?;
        let more = window.cut(&mut found);
        let mut rows = Vec::new();
        for (placement, one) in (window.offset.saturating_add(1)..).zip(&found) {
            rows.push(entry::ranked(db, caller.id, placement, one)?);
        }
        Ok(page(&rows, window, more, None)?.with("item", &shape(db, caller.id, id)?))
    })
    .await
}
