//! Datasets: made from a schema with rows, read page by page or with SQL (contract, 3.7). Their columns, indexes and
//! saved views are in `tables`.

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use rusqlite::Connection;
use serde_json::{Map, Value, json};

use crate::backend::acts::assets;
use crate::backend::acts::datasets::{self, Ingest, Mode};
use crate::backend::acts::profile;
use crate::backend::app::{Answer, App, Body, Caller, Ids, Params, Payload, data};
use crate::backend::error::Refusal;
use crate::backend::fields::Fields;
use crate::backend::ids::Id;
use crate::backend::shapes::asset::{asset, parsed};
use crate::backend::sql;
use crate::backend::store;
use crate::backend::store::assets::Asset;
use crate::backend::table;

/// Rows of one page.
const LONGEST_PAGE: i64 = 1_000;

/// Highest row number that is asked for.
const MOST: i64 = 1 << 50;

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/datasets/create/from-schema", post(create))
        .route("/datasets/{id}", get(one).put(update).delete(delete))
        .route("/datasets/{id}/stats", get(stats))
        .route("/datasets/{id}/schema", get(schema))
        .route("/datasets/{id}/data", get(rows).post(add_rows))
        .route("/datasets/{id}/query-custom", post(query))
        .route("/datasets/{id}/permissions", get(permissions))
}

async fn create(State(app): State<App>, caller: Caller, Payload(body): Payload) -> Answer {
    app.act(caller.id, move |act| {
        let (dataset, ingest) = datasets::create(act, caller.org, &Fields::wrapped(&body, "dataset")?)?;
        let answer = data(&asset(act.db, &dataset)?)?;
        Ok(match ingest {
            Some(ingest) => with_ingest(answer, &ingest, "append"),
            None => answer,
        })
    })
    .await
}

fn with_ingest(answer: Body, ingest: &Ingest, mode: &str) -> Body {
    let answer = answer.with("row_ingest", &ingest.counts(mode));
    match ingest.warning() {
        Some(warning) => answer.with("warning", &warning),
        None => answer,
    }
}

async fn add_rows(
    State(app): State<App>,
    caller: Caller,
    Ids([id]): Ids<1>,
    Payload(body): Payload,
) -> Answer {
    app.act(caller.id, move |act| {
        let mut dataset = assets::changeable(act, id, "dataset")?;
        let fields = Fields::bare(&body, "body");
        let rows = fields.list("rows")?.ok_or_else(|| fields.wrong("rows", "must be a list"))?;
        let word = fields.text("mode")?.unwrap_or("append");
        let ingest = datasets::take_rows(act, &mut dataset, rows, Mode::from_word(word)?)?;
        Ok(with_ingest(data(&ingest.counts(word))?, &ingest, word))
    })
    .await
}

pub(super) fn seen(db: &Connection, reader: Id, id: Id) -> Result<Asset, Refusal> {
    super::assets::seen_as(db, reader, id, ("dataset", "Dataset"))
}

async fn one(State(app): State<App>, caller: Caller, Ids([id]): Ids<1>) -> Answer {
    app.read(move |db| data(&asset(db, &seen(db, caller.id, id)?)?)).await
}

async fn update(State(app): State<App>, caller: Caller, Ids([id]): Ids<1>, Payload(body): Payload) -> Answer {
    app.act(caller.id, move |act| {
        let fields = Fields::wrapped(&body, "dataset")?;
        let mut dataset = assets::changeable(act, id, "dataset")?;
        assets::apply(act, &mut dataset, &fields)?;
        let mut metadata = parsed(dataset.metadata.as_deref())?;
        datasets::promote(&fields, &mut metadata)?;
        for row in store::content::rows(act.db, id, i64::MAX, 0)? {
            datasets::check_values(&metadata, &serde_json::from_str(&row)?)?;
        }
        dataset.metadata = Some(metadata.to_string());
        assets::save(act, &mut dataset)?;
        data(&asset(act.db, &dataset)?)
    })
    .await
}

async fn delete(State(app): State<App>, caller: Caller, Ids([id]): Ids<1>, params: Params) -> Answer {
    super::assets::remove(&app, &caller, id, &params, &["dataset"]).await
}

fn columns_of(dataset: &Asset) -> Result<Vec<String>, Refusal> {
    let metadata = parsed(dataset.metadata.as_deref())?;
    let columns = metadata.get("columns").and_then(Value::as_array);
    Ok(columns.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect())
}

async fn stats(State(app): State<App>, caller: Caller, Ids([id]): Ids<1>) -> Answer {
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

/// Types that nothing declared are told by the first rows.
async fn schema(State(app): State<App>, caller: Caller, Ids([id]): Ids<1>) -> Answer {
    app.read(move |db| {
        let dataset = seen(db, caller.id, id)?;
        let metadata = parsed(dataset.metadata.as_deref())?;
        let mut sample = Vec::new();
        for row in store::content::rows(db, id, 50, 0)? {
            sample.push(serde_json::from_str::<Value>(&row)?);
        }
        let columns = table::read(&metadata).into_iter().map(|column| {
            let value = sample.iter().find_map(|row| row.get(&column.name).filter(|value| !value.is_null()));
            let shown = value.map_or("text", table::kind_of);
            let kind = if column.kind.is_empty() { shown } else { &column.kind };
            let mut shape =
                json!({"column_name": column.name, "data_type": kind, "is_nullable": column.is_nullable});
            if let Some(declared) = metadata["enum_columns"].get(&column.name) {
                shape["semantic_type"] = json!("enum");
                shape["enum_values"] = declared["values"].clone();
            }
            if let Some(declared) = metadata["refs"].get(&column.name) {
                shape["semantic_type"] = json!("reference");
                shape["ref_kind"] = declared.get("kind").cloned().unwrap_or_else(|| json!("asset"));
                shape["asset_type"] = declared.get("asset_type").cloned().unwrap_or_default();
            }
            shape
        });
        data(&columns.collect::<Vec<_>>())
    })
    .await
}

/// The cursor is the place of the next row.
async fn rows(State(app): State<App>, caller: Caller, Ids([id]): Ids<1>, params: Params) -> Answer {
    let mut window = params.window(100, LONGEST_PAGE)?;
    if let Some(cursor) = params.text("cursor") {
        let place = cursor.parse::<u32>().map_err(|_| Refusal::bad_request("cursor is not one of ours"))?;
        window.offset = i64::from(place);
    }
    let resolve = params.is_true("resolve_refs");
    app.read(move |db| {
        let dataset = seen(db, caller.id, id)?;
        let mut found = store::content::rows(db, id, window.one_more(), window.offset)?;
        let more = window.cut(&mut found);
        let next = more.then(|| json!({"cursor": (window.offset + window.limit).to_string()}));
        let rows = found.iter().map(|row| serde_json::from_str(row)).collect::<Result<Vec<Value>, _>>()?;
        let total = store::content::row_count(db, id)?;
        let pagination = json!({
            "hasMore": more, "limit": window.limit, "offset": window.offset, "total": total, "nextCursor": next,
        });
        let answer = data(&rows)?.with("pagination", &pagination);
        if !resolve {
            return Ok(answer);
        }
        let metadata = parsed(dataset.metadata.as_deref())?;
        Ok(answer.with("resolved_refs", &resolved(db, caller.id, &metadata, &rows)?))
    })
    .await
}

/// What the references of a page lead to; what the reader cannot see is left out.
fn resolved(db: &Connection, reader: Id, metadata: &Value, rows: &[Value]) -> Result<Value, Refusal> {
    let mut columns = Map::new();
    for name in metadata.get("refs").and_then(Value::as_object).into_iter().flatten().map(|(name, _)| name) {
        let mut found = Map::new();
        for text in rows.iter().filter_map(|row| row.get(name)).filter_map(Value::as_str) {
            let Some(id) = Id::find(text).filter(|_| !found.contains_key(text)) else { continue };
            if let Some(asset) = store::assets::visible(db, reader, id)? {
                let shape =
                    json!({"kind": "asset", "id": id, "name": asset.name, "asset_type": asset.asset_type});
                found.insert(text.to_owned(), shape);
            }
        }
        columns.insert(name.clone(), Value::Object(found));
    }
    Ok(Value::Object(columns))
}

/// Read-only SQL over the rows. It runs beside the database, on a copy of them.
async fn query(State(app): State<App>, caller: Caller, Ids([id]): Ids<1>, Payload(body): Payload) -> Answer {
    let fields = Fields::bare(&body, "body");
    if fields.value("prompt").is_some() {
        return Err(Refusal::unprocessable(
            "no_language_model",
            "The local backend has no language model: send the query as SQL",
        ));
    }
    let sql = fields.needed_text("query")?.to_owned();
    let (limit, offset) = (fields.count("limit", MOST)?, fields.count("offset", MOST)?.unwrap_or(0));
    let limit = limit.map(|limit| limit.clamp(1, LONGEST_PAGE));
    let (columns, rows) = app
        .read(move |db| {
            let dataset = seen(db, caller.id, id)?;
            Ok((columns_of(&dataset)?, store::content::rows(db, id, i64::MAX, 0)?))
        })
        .await?;
    let asked = sql.clone();
    let window = limit.map(|limit| (limit, offset));
    let found = tokio::task::spawn_blocking(move || sql::query(&columns, &rows, &sql, window))
        .await
        .map_err(|_| Refusal::new(500, "internal", "The query could not be finished"))??;
    let pagination = json!({
        "hasMore": found.more, "limit": limit, "offset": offset, "total": found.total, "nextCursor": null,
    });
    Ok(data(&found.rows)?.with("pagination", &pagination).with("query", &json!(asked)))
}

/// Who was granted what; the owner's own rights are no grant.
async fn permissions(State(app): State<App>, caller: Caller, Ids([id]): Ids<1>) -> Answer {
    app.read(move |db| {
        let dataset = seen(db, caller.id, id)?;
        let mut rows = Vec::new();
        for (user, role) in store::assets::grants(db, id)? {
            rows.push(json!({
                "id": id.beside(user), "asset_id": id, "asset_type": "dataset", "user_id": user,
                "user": profile(db, user)?, "org_id": dataset.org, "role": role, "granter_id": dataset.owner,
            }));
        }
        data(&rows)
    })
    .await
}
