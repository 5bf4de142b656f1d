//! Finding assets (contract, 3.2).

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use serde_json::Value;

use crate::backend::app::{Answer, App, Caller, Params, Window, data, page};
use crate::backend::error::Refusal;
use crate::backend::ids::Id;
use crate::backend::shapes::{asset, quest};
use crate::backend::store::assets::{self, Asset, Order, Search};

pub(super) fn router() -> Router<App> {
    Router::new().route("/search/assets", get(search))
}

async fn search(State(app): State<App>, caller: Caller, params: Params) -> Answer {
    let window = params.window(20, 200)?;
    let query = params.text("query").map(str::to_owned);
    if let Some(id) = query.as_deref().and_then(Id::find) {
        return app.read(move |db| lookup(db, caller.id, id, window)).await;
    }
    let mut wanted = read_filters(&params)?;
    // Without a query the newest come first; a query's relevance is its newest match here.
    wanted.order = match params.text("sort") {
        Some("updated") => Order::Updated,
        Some("popular") => Order::Popular,
        Some("recent" | "relevant") | None => Order::Recent,
        Some(_) => return Err(Refusal::bad_request("sort must be relevant, recent, popular or updated")),
    };
    // Views are counted, not dated: a window is checked and has no effect.
    if params.text("time_window").is_some_and(|window| !["day", "week", "month", "all"].contains(&window)) {
        return Err(Refusal::bad_request("time_window must be day, week, month or all"));
    }
    wanted.words = query.iter().flat_map(|query| query.split_whitespace()).map(str::to_owned).collect();
    match params.text("scope") {
        Some("personal") => wanted.owner = Some(caller.id),
        Some("shared") => {
            wanted.not_owner = Some(caller.id);
            wanted.granted_to = Some(caller.id);
        }
        Some("org") => wanted.org = wanted.org.or(caller.org),
        Some("purchased") => return page::<Value>(&[], window, false, None),
        Some("global" | "all") | None => {}
        Some(_) => {
            return Err(Refusal::bad_request(
                "scope must be personal, org, shared, purchased, global or all",
            ));
        }
    }
    wanted.only_public_outside = caller.bound;
    wanted.limit = window.one_more();
    wanted.offset = window.offset;
    app.read(move |db| {
        let mut found = assets::search(db, caller.id, &wanted)?;
        let more = window.cut(&mut found);
        let mut rows = Vec::with_capacity(found.len());
        for one in &found {
            rows.push(hit(db, one)?);
        }
        page(&rows, window, more, None)
    })
    .await
}

/// A UUID as query text is that one asset.
fn lookup(db: &rusqlite::Connection, reader: Id, id: Id, window: Window) -> Answer {
    let rows = match assets::visible(db, reader, id)? {
        Some(found) if window.offset == 0 => vec![hit(db, &found)?],
        _ => Vec::new(),
    };
    page(&rows, window, false, None)
}

pub(super) fn hit(db: &rusqlite::Connection, found: &Asset) -> Result<Value, Refusal> {
    if found.asset_type == "quest" { quest::hit(db, found) } else { asset::asset(db, found) }
}

/// The filters: one parameter that holds a JSON object as text. The same names as plain parameters count, too.
fn read_filters(params: &Params) -> Result<Search, Refusal> {
    let filters: Value = match params.text("filters") {
        None => Value::Null,
        Some(text) => serde_json::from_str(text)
            .map_err(|error| Refusal::bad_request(format!("filters is not valid JSON: {error}")))?,
    };
    let text = |name: &str| -> Option<String> {
        let value = filters.get(name).and_then(Value::as_str).or_else(|| params.text(name));
        value.filter(|text| !matches!(*text, "" | "null" | "none" | "undefined")).map(str::to_owned)
    };
    let id = |name: &str| text(name).map(|text| Id::parse(&text)).transpose();
    let words = |name: &str| -> Vec<String> {
        match filters.get(name) {
            Some(Value::Array(values)) => {
                values.iter().filter_map(Value::as_str).map(str::to_owned).collect()
            }
            _ => text(name).into_iter().collect(),
        }
    };
    let (metadata, file_type) = metadata_filters(params)?;
    Ok(Search {
        metadata,
        file_type,
        asset_types: words("asset_type"),
        visibilities: words("visibility"),
        org: id("org_id")?,
        team: id("team_id")?,
        owner: id("user_id")?,
        not_owner: id("exclude_user_id")?,
        source: text("source"),
        state: text("status"),
        top_level_only: filters.get("top_level_only").and_then(Value::as_bool).unwrap_or(false),
        ..Search::default()
    })
}

type MetadataFilters = (Vec<(String, Vec<String>)>, Option<String>);

/// What files must be: another parameter that holds a JSON object as text.
fn metadata_filters(params: &Params) -> Result<MetadataFilters, Refusal> {
    let Some(text) = params.text("metadata_filters") else { return Ok((Vec::new(), None)) };
    let filters: serde_json::Map<String, Value> = serde_json::from_str(text)
        .map_err(|error| Refusal::bad_request(format!("metadata_filters is no JSON object: {error}")))?;
    let (mut fields, mut file_type) = (Vec::new(), None);
    for (field, value) in filters {
        let values: Vec<String> = match &value {
            Value::Null => continue,
            Value::String(text) => vec![text.to_lowercase()],
            Value::Array(values) => values.iter().filter_map(Value::as_str).map(str::to_lowercase).collect(),
            other => vec![other.to_string()],
        };
        if !field.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') || field.is_empty() {
            return Err(Refusal::bad_request("metadata_filters has a field that is no name"));
        }
        if field == "file_type" {
            file_type = values.into_iter().next();
        } else if field == "extension" {
            fields.push((field, values.iter().map(|name| name.trim_start_matches('.').to_owned()).collect()));
        } else {
            fields.push((field, values));
        }
    }
    Ok((fields, file_type))
}

/// Whatever one asset is, by its type's own shape: used by the type look-up's neighbours.
pub(super) fn by_id(db: &rusqlite::Connection, reader: Id, id: Id) -> Answer {
    let found = assets::visible(db, reader, id)?
        .ok_or_else(|| Refusal::new(404, "asset_not_found", "Asset not found"))?;
    data(&hit(db, &found)?)
}
