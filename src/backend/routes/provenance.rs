//! Where assets come from and what was done with them: runs, links, facts (contract, 3.6 and 3.9).

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use rusqlite::Connection;
use serde_json::{Value, json};

use super::actions::shape;
use super::assets::seen;
use super::services::route_shape;
use crate::backend::acts::visible_quest;
use crate::backend::app::{Answer, App, Caller, Ids, Params, Window, data, page};
use crate::backend::error::Refusal;
use crate::backend::ids::Id;
use crate::backend::shapes::asset::light;
use crate::backend::signals;
use crate::backend::store::actions::{self as action_store, Action, Runs};
use crate::backend::store::assets::{self, Search};
use crate::backend::store::entries;
use crate::backend::store::links;
use crate::domain::Timestamp;

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/actions", get(mine))
        .route("/assets/{id}/actions", get(actions))
        .route("/assets/{id}/connections", get(connections))
        .route("/assets/{id}/lineage", get(lineage))
        .route("/assets/{id}/properties", get(properties))
        .route("/assets/{id}/tags", get(tags))
        .route("/assets/{id}/compatible-routes", get(compatible))
        .route("/services/{service}/routes/{route}/actions", get(of_route))
        .route("/routes/{id}/stats", get(stats))
}

/// A comma list of run states; a word that is none is refused.
fn states(params: &Params) -> Result<String, Refusal> {
    let known = ["queued", "in-progress", "success", "error", "timed-out"];
    let given = params.text("status").unwrap_or_default();
    match given.split(',').map(str::trim).find(|word| !word.is_empty() && !known.contains(word)) {
        Some(_) => Err(Refusal::bad_request(format!("status must be of {}", known.join(", ")))),
        None => Ok(given.replace(' ', "")),
    }
}

/// A run is seen by who started it and by who sees its quest.
pub(super) fn may_see(db: &Connection, reader: Id, action: &Action) -> Result<bool, Refusal> {
    if action.user == reader {
        return Ok(true);
    }
    let entry = entries::get(db, action.entry)?;
    Ok(entry.is_some_and(|entry| visible_quest(db, reader, entry.quest).is_ok()))
}

/// A page of runs, without those that the reader must not see.
fn runs(
    db: &Connection,
    reader: Id,
    wanted: Runs<'_>,
    window: Window,
) -> Result<(Vec<Action>, bool), Refusal> {
    let wanted = Runs { limit: window.one_more(), offset: window.offset, ..wanted };
    let mut found = action_store::page(db, wanted)?;
    let more = window.cut(&mut found);
    let mut seen = Vec::with_capacity(found.len());
    for action in found {
        if may_see(db, reader, &action)? {
            seen.push(action);
        }
    }
    Ok((seen, more))
}

fn run_page(db: &Connection, reader: Id, wanted: Runs<'_>, window: Window) -> Answer {
    let (found, more) = runs(db, reader, wanted, window)?;
    let rows: Result<Vec<Value>, Refusal> = found.iter().map(|action| shape(db, action)).collect();
    page(&rows?, window, more, None)
}

/// The caller's own runs.
async fn mine(State(app): State<App>, caller: Caller, params: Params) -> Answer {
    let (window, states) = (params.window(20, 200)?, states(&params)?);
    let since = params.text("since").map(|text| {
        Timestamp::parse(text)
            .ok_or_else(|| Refusal::bad_request("since must be a time like 2026-11-20T08:00:00Z"))
    });
    let since = since.transpose()?;
    app.read(move |db| {
        let wanted = Runs { user: Some(caller.id), states: &states, since, ..Runs::default() };
        run_page(db, caller.id, wanted, window)
    })
    .await
}

/// The runs of a route: the caller's, or with `global` everybody's on a route that the caller can see.
async fn of_route(
    State(app): State<App>,
    caller: Caller,
    Ids([service, id]): Ids<2>,
    params: Params,
) -> Answer {
    let (window, states) = (params.window(20, 200)?, states(&params)?);
    let (global, but_me) = (params.is_true("global"), params.is_true("exclude_self"));
    app.read(move |db| {
        super::services::route_of(db, caller.id, service, id)?;
        let wanted = Runs {
            route: Some(id),
            user: (!global).then_some(caller.id),
            but_user: but_me.then_some(caller.id),
            states: &states,
            ..Runs::default()
        };
        run_page(db, caller.id, wanted, window)
    })
    .await
}

async fn stats(State(app): State<App>, caller: Caller, Ids([id]): Ids<1>) -> Answer {
    app.read(move |db| {
        super::services::found(db, caller.id, id, "route")?;
        let all = Runs { route: Some(id), limit: i64::MAX, ..Runs::default() };
        let under_way = Runs { states: "in-progress", user: Some(caller.id), ..all };
        let rows: Result<Vec<Value>, Refusal> =
            action_store::page(db, under_way)?.iter().map(|action| shape(db, action)).collect();
        data(&json!({
            "access": "free", "total": action_store::page(db, all)?.len(),
            "userTotal": action_store::page(db, Runs { user: Some(caller.id), ..all })?.len(), "inProgress": rows?,
        }))
    })
    .await
}

/// Runs that read the asset as a submission; no route makes assets here, so none created it.
async fn actions(State(app): State<App>, caller: Caller, Ids([id]): Ids<1>, params: Params) -> Answer {
    let (window, states) = (params.window(50, 200)?, states(&params)?);
    let role = params.text("role").unwrap_or("both").to_owned();
    let with_response = params.is_true("include_response");
    app.read(move |db| {
        seen(db, caller.id, id)?;
        if role == "output" {
            return data(&Value::Null);
        }
        let wanted = Runs { input: Some(id), states: &states, ..Runs::default() };
        let (found, more) = runs(db, caller.id, wanted, window)?;
        let mut rows = Vec::with_capacity(found.len());
        for action in &found {
            let mut row = shape(db, action)?;
            if !with_response {
                row["response"] = Value::Null;
            }
            rows.push(row);
        }
        let pagination = json!({"hasMore": more, "limit": window.limit, "offset": window.offset});
        let rows = Value::Array(rows);
        let answer = if role == "input" { rows } else { json!({"created_by": null, "as_input": rows}) };
        Ok(data(&answer)?.with("pagination", &pagination))
    })
    .await
}

/// What the asset points at and what points at it; ends that the reader cannot see are left out.
async fn connections(State(app): State<App>, caller: Caller, Ids([id]): Ids<1>, params: Params) -> Answer {
    let window = params.window(50, 200)?;
    let kinds: Vec<String> = params
        .text("type")
        .into_iter()
        .flat_map(|list| list.split(','))
        .map(|kind| kind.trim().to_owned())
        .collect();
    let from_it = match params.text("direction") {
        Some("source") => Some(true),
        Some("target") => Some(false),
        None => None,
        Some(_) => return Err(Refusal::bad_request("direction must be source or target")),
    };
    app.read(move |db| {
        seen(db, caller.id, id)?;
        let mut rows = Vec::new();
        for link in links::of(db, id, from_it)? {
            if !kinds.is_empty() && !kinds.contains(&link.kind) {
                continue;
            }
            let ends =
                (assets::visible(db, caller.id, link.source)?, assets::visible(db, caller.id, link.target)?);
            let (Some(source), Some(target)) = ends else { continue };
            rows.push(json!({
                "id": link.id, "type": link.kind, "source_id": link.source, "target_id": link.target,
                "source_asset_type": source.asset_type, "target_asset_type": target.asset_type,
                "source": light(db, &source)?, "target": light(db, &target)?,
                "created_at": link.created_at.to_string(),
            }));
        }
        let total = i64::try_from(rows.len()).ok();
        let offset = usize::try_from(window.offset).unwrap_or(usize::MAX);
        let mut rows: Vec<Value> = rows.into_iter().skip(offset).collect();
        let more = window.cut(&mut rows);
        page(&rows, window, more, total)
    })
    .await
}

/// Every asset stands for itself: no route makes assets here.
async fn lineage(State(app): State<App>, caller: Caller, Ids([id]): Ids<1>) -> Answer {
    app.read(move |db| {
        let asset = seen(db, caller.id, id)?;
        data(&json!({
            "asset": {"id": asset.id, "asset_type": asset.asset_type, "lineage_role": "new"}, "sources": [],
            "derived": [], "truncated": false,
        }))
    })
    .await
}

/// The numbers among the facts that judges see, too.
async fn properties(State(app): State<App>, caller: Caller, Ids([id]): Ids<1>) -> Answer {
    app.read(move |db| {
        let asset = seen(db, caller.id, id)?;
        let facts = signals::of_asset(db, &asset)?;
        let numbers = facts.as_object().into_iter().flatten().filter(|(_, value)| value.is_number());
        let rows = numbers.map(|(key, value)| {
            json!({
                "key": key, "label": key.replace('_', " "), "value_type": "integer",
                "unit": key.ends_with("_bytes").then_some("byte"), "asset_types": [asset.asset_type],
                "values": [{
                    "id": asset.id, "value": value, "source": "platform", "status": "active",
                    "created_at": asset.updated_at.to_string(),
                }],
            })
        });
        data(&rows.collect::<Vec<_>>())
    })
    .await
}

/// Nothing is tagged here.
async fn tags(State(app): State<App>, caller: Caller, Ids([id]): Ids<1>) -> Answer {
    app.read(move |db| seen(db, caller.id, id).and_then(|_| data(&json!([])))).await
}

/// Routes take any input here, so every visible one is offered; a query narrows them by name and description.
async fn compatible(State(app): State<App>, caller: Caller, Ids([id]): Ids<1>, params: Params) -> Answer {
    let window = params.window(200, 200)?;
    let words = params.text("query").into_iter().flat_map(str::split_whitespace).map(str::to_owned).collect();
    app.read(move |db| {
        seen(db, caller.id, id)?;
        let wanted = Search {
            asset_types: vec!["route".to_owned()],
            words,
            limit: window.one_more(),
            offset: window.offset,
            ..Search::default()
        };
        let mut found = assets::search(db, caller.id, &wanted)?;
        let more = window.cut(&mut found);
        let rows: Result<Vec<Value>, Refusal> = found.iter().map(|route| route_shape(db, route)).collect();
        page(&rows?, window, more, None)
    })
    .await
}
