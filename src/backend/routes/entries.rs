//! Entries of a quest and decisions on them (contract, 3.5).

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post, put};
use serde_json::{Value, json};

use crate::backend::acts::quests::rich_field;
use crate::backend::acts::{evaluate, review, submit, visible_quest};
use crate::backend::app::{Answer, App, Caller, Ids, Params, Payload, data, page};
use crate::backend::error::Refusal;
use crate::backend::fields::Fields;
use crate::backend::ids::Id;
use crate::backend::runs;
use crate::backend::shapes::entry;
use crate::backend::store::entries;
use crate::domain::EntryStatus;

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/quests/{quest}/entries", get(list))
        .route("/quests/{quest}/entries/create", post(create))
        .route("/quests/{quest}/entries/{entry}/review", put(decide))
        .route("/quests/{quest}/entries/{entry}/evaluate", post(evaluate_one))
}

async fn list(State(app): State<App>, caller: Caller, Ids([quest]): Ids<1>, params: Params) -> Answer {
    let window = params.window(50, 200)?;
    let status = params.text("status").map(str::to_owned);
    if let Some(word) = status.as_deref()
        && !["submitted", "accepted", "rejected"].contains(&word)
    {
        return Err(Refusal::bad_request("status must be submitted, accepted or rejected"));
    }
    app.read(move |db| {
        let quest = visible_quest(db, caller.id, quest)?;
        let status = status.as_deref();
        let total = entries::count(db, quest.id, status)?;
        let mut found = entries::page(db, quest.id, status, window.one_more(), window.offset)?;
        let more = window.cut(&mut found);
        let rows: Result<Vec<_>, Refusal> =
            found.iter().map(|one| entry::entry(db, caller.id, one)).collect();
        page(&rows?, window, more, Some(total))
    })
    .await
}

/// The submitted assets: `{KEY: "<uuid>"}` or `{KEY: {"asset_id": …}}`.
pub(super) fn read_assets(fields: &Fields<'_>) -> Result<Vec<(String, Id)>, Refusal> {
    let mut assets = Vec::new();
    for (key, value) in fields.object("assets")?.into_iter().flatten() {
        let id = match value {
            Value::Null => continue,
            Value::String(id) => Some(id.as_str()),
            slot => slot.get("asset_id").or_else(|| slot.get("assetId")).and_then(Value::as_str),
        };
        let id = id.ok_or_else(|| fields.wrong(&format!("assets.{key}"), "must be an asset's id"))?;
        assets.push((key.clone(), Id::parse(id)?));
    }
    Ok(assets)
}

async fn create(
    State(app): State<App>,
    caller: Caller,
    Ids([quest]): Ids<1>,
    Payload(body): Payload,
) -> Answer {
    // Read before the act: texts may be large, and acts wait for each other.
    let fields = Fields::wrapped(&body, "entry")?;
    let item = fields.id("item_id")?.ok_or_else(|| fields.wrong("item_id", "is required"))?;
    let (assets, description) = (read_assets(&fields)?, rich_field(&fields, "description")?);
    let (answer, run) = app
        .act(caller.id, move |act| {
            let done = submit::submit(act, quest, item, &assets, description.as_ref())?;
            let shape = entry::by_id(act.db, caller.id, done.entry, done.warning)?;
            let mut answer = data(&shape)?;
            // Where clients look for it is not told: it stands beside the entry, too.
            if let Some(warning) = done.warning {
                answer = answer.with("warning", &json!(warning));
            }
            Ok((answer, done.run))
        })
        .await?;
    if let Some(run) = run {
        runs::start(&app, run);
    }
    Ok(answer)
}

/// The body is not wrapped (8.8).
async fn decide(
    State(app): State<App>,
    caller: Caller,
    Ids([quest, id]): Ids<2>,
    Payload(body): Payload,
) -> Answer {
    let fields = Fields::bare(&body, "review");
    let wanted = match fields.text("status")? {
        Some("accepted") => EntryStatus::Accepted,
        Some("rejected") => EntryStatus::Rejected,
        _ => return Err(Refusal::field("status", "must be accepted or rejected")),
    };
    let note = rich_field(&fields, "review")?;
    app.act(caller.id, move |act| {
        review::review(act, quest, id, &wanted, note.as_ref())?;
        data(&entry::by_id(act.db, caller.id, id, None)?)
    })
    .await
}

async fn evaluate_one(State(app): State<App>, caller: Caller, Ids([quest, id]): Ids<2>) -> Answer {
    let (answer, run) = app
        .act(caller.id, move |act| {
            let run = evaluate::evaluate(act, quest, id)?;
            Ok((data(&entry::by_id(act.db, caller.id, id, None)?)?, run))
        })
        .await?;
    if let Some(run) = run {
        runs::start(&app, run);
    }
    Ok(answer)
}
