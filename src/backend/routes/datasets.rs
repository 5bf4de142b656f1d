//! Datasets: made from a schema with rows, read page by page (contract, 3.7).

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::backend::acts::Act;
use crate::backend::acts::assets::{self, Draft};
use crate::backend::app::{Answer, App, Caller, Params, Payload, data};
use crate::backend::error::Refusal;
use crate::backend::fields::Fields;
use crate::backend::ids::Id;
use crate::backend::shapes::asset::{asset, parsed};
use crate::backend::store;
use crate::backend::store::assets::Asset;

/// Rows that a preview shows.
const PREVIEW_ROWS: i64 = 12;

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/datasets/create/from-schema", post(create))
        .route("/datasets/{id}", get(one).put(update).delete(delete))
        .route("/datasets/{id}/stats", get(stats))
        .route("/datasets/{id}/schema", get(schema))
        .route("/datasets/{id}/data", get(rows).post(add_rows))
        .route("/datasets/{id}/permissions", get(nothing))
        .route("/datasets/{id}/visualizations", get(nothing))
        .route("/datasets/{id}/indexes", get(nothing))
}

async fn create(State(app): State<App>, caller: Caller, Payload(body): Payload) -> Answer {
    app.act(caller.id, move |act| {
        let fields = Fields::wrapped(&body, "dataset")?;
        let id = act.new_id();
        let given = fields.list("rows")?;
        let metadata = dataset_metadata(id, &fields, given)?;
        let preview = fields.value("preview").cloned();
        let draft = Draft { id: Some(id), metadata: Some(metadata), preview, ..Draft::of("dataset") };
        let mut dataset = assets::create(act, caller.org, &fields, draft)?;
        let inserted = given.map_or(0, Vec::len);
        if let Some(given) = given {
            keep_rows(act, &mut dataset, given)?;
        }
        let ingest = json!({"inserted": inserted, "updated": 0, "skipped": 0});
        Ok(data(&asset(act.db, &dataset)?)?.with("row_ingest", &ingest))
    })
    .await
}

fn dataset_metadata(id: Id, fields: &Fields<'_>, rows: Option<&Vec<Value>>) -> Result<Value, Refusal> {
    let mut metadata = Value::Object(fields.object("metadata")?.cloned().unwrap_or_default());
    if !metadata.get("columns").is_some_and(Value::is_array) {
        let first = rows.and_then(|rows| rows.first()).and_then(Value::as_object);
        metadata["columns"] = json!(first.map(|row| row.keys().collect::<Vec<_>>()).unwrap_or_default());
    }
    metadata["table_name"] = json!(format!("dataset_{}", id.to_string().replace('-', "_")));
    if metadata.get("schema").is_none_or(Value::is_null) {
        metadata["schema"] = json!("datasets");
    }
    Ok(metadata)
}

/// Adds rows and renews the preview.
fn keep_rows(act: &Act<'_>, dataset: &mut Asset, rows: &[Value]) -> Result<(), Refusal> {
    if !rows.iter().all(Value::is_object) {
        return Err(Refusal::field("rows", "must be objects"));
    }
    let texts: Vec<String> = rows.iter().map(Value::to_string).collect();
    store::content::append_rows(act.db, dataset.id, &texts)?;
    let first = store::content::rows(act.db, dataset.id, PREVIEW_ROWS, 0)?;
    dataset.preview = Some(format!("[{}]", first.join(",")));
    dataset.updated_at = act.now;
    Ok(store::assets::update(act.db, dataset)?)
}

async fn add_rows(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Payload(body): Payload,
) -> Answer {
    let id = Id::parse(&id)?;
    app.act(caller.id, move |act| {
        let mut dataset = assets::changeable(act, id, "dataset")?;
        let rows = body.get("rows").and_then(Value::as_array);
        let rows = rows.ok_or_else(|| Refusal::field("rows", "must be a list"))?;
        match body.get("mode").and_then(Value::as_str).unwrap_or("append") {
            "append" => {}
            "overwrite" => store::content::clear_rows(act.db, id)?,
            mode => return Err(Refusal::field("mode", &format!("{mode} is not kept by the local backend"))),
        }
        keep_rows(act, &mut dataset, rows)?;
        let ingest = json!({"inserted": rows.len(), "updated": 0, "skipped": 0});
        Ok(data(&json!({"inserted": rows.len()}))?.with("row_ingest", &ingest))
    })
    .await
}

fn seen(db: &Connection, reader: Id, id: Id) -> Result<Asset, Refusal> {
    super::assets::seen_as(db, reader, id, ("dataset", "Dataset"))
}

async fn one(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Answer {
    let id = Id::parse(&id)?;
    app.read(move |db| data(&asset(db, &seen(db, caller.id, id)?)?)).await
}

async fn update(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Payload(body): Payload,
) -> Answer {
    super::assets::change(&app, &caller, &id, body, "dataset").await
}

async fn delete(State(app): State<App>, caller: Caller, Path(id): Path<String>, params: Params) -> Answer {
    super::assets::remove(&app, &caller, &id, &params, &["dataset"]).await
}

fn columns_of(dataset: &Asset) -> Result<Vec<String>, Refusal> {
    let metadata = parsed(dataset.metadata.as_deref())?;
    let columns = metadata.get("columns").and_then(Value::as_array);
    Ok(columns.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect())
}

async fn stats(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Answer {
    let id = Id::parse(&id)?;
    app.read(move |db| {
        let dataset = seen(db, caller.id, id)?;
        let columns = columns_of(&dataset)?;
        let metadata = parsed(dataset.metadata.as_deref())?;
        data(&json!({
            "count": store::content::row_count(db, id)?, "is_estimate": false, "columnCount": columns.len(),
            "columns": columns, "table_name": metadata["table_name"],
        }))
    })
    .await
}

/// Types are told by the first rows.
async fn schema(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Answer {
    let id = Id::parse(&id)?;
    app.read(move |db| {
        let dataset = seen(db, caller.id, id)?;
        let mut sample = Vec::new();
        for row in store::content::rows(db, id, 50, 0)? {
            sample.push(serde_json::from_str::<Value>(&row)?);
        }
        let columns = columns_of(&dataset)?.into_iter().map(|name| {
            let value = sample.iter().find_map(|row| row.get(&name).filter(|value| !value.is_null()));
            let kind = match value {
                Some(Value::Bool(_)) => "boolean",
                Some(Value::Number(number)) if number.is_f64() => "double precision",
                Some(Value::Number(_)) => "bigint",
                Some(Value::Array(_) | Value::Object(_)) => "jsonb",
                _ => "text",
            };
            json!({"column_name": name, "data_type": kind, "is_nullable": true})
        });
        data(&columns.collect::<Vec<_>>())
    })
    .await
}

/// The cursor is the place of the next row.
async fn rows(State(app): State<App>, caller: Caller, Path(id): Path<String>, params: Params) -> Answer {
    let id = Id::parse(&id)?;
    let mut window = params.window(100, 1_000)?;
    if let Some(cursor) = params.text("cursor") {
        window.offset = cursor.parse().map_err(|_| Refusal::bad_request("cursor is not one of ours"))?;
    }
    app.read(move |db| {
        seen(db, caller.id, id)?;
        let mut found = store::content::rows(db, id, window.one_more(), window.offset)?;
        let more = window.cut(&mut found);
        let next = more.then(|| json!({"cursor": (window.offset + window.limit).to_string()}));
        let rows: Result<Vec<Value>, _> = found.iter().map(|row| serde_json::from_str(row)).collect();
        let total = store::content::row_count(db, id)?;
        let pagination = json!({
            "hasMore": more, "limit": window.limit, "offset": window.offset, "total": total, "nextCursor": next,
        });
        Ok(data(&rows?)?.with("pagination", &pagination))
    })
    .await
}

async fn nothing(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Answer {
    let id = Id::parse(&id)?;
    app.read(move |db| seen(db, caller.id, id).and_then(|_| data(&json!([])))).await
}
