//! The columns, indexes and saved views of datasets (contract, 3.7).

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{delete, get, patch, post, put};
use serde_json::{Value, json};

use super::datasets::seen;
use crate::backend::acts::{Act, assets, columns};
use crate::backend::app::{Answer, App, Caller, Ids, Payload, data};
use crate::backend::error::Refusal;
use crate::backend::fields::Fields;
use crate::backend::ids::Id;
use crate::backend::shapes::asset::parsed;
use crate::backend::store::views::{self, View};
use crate::backend::store::{assets::Asset, content};
use crate::backend::{sql, table};

/// Rows that a view's query is tried on.
const SAMPLE: i64 = 100;

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/datasets/{id}/columns", post(add_column))
        .route("/datasets/{id}/columns/{column}", patch(change_column).delete(drop_column))
        .route("/datasets/{id}/indexes", get(list_indexes).post(add_index))
        .route("/datasets/{id}/indexes/{name}", delete(drop_index))
        .route("/datasets/{id}/visualizations", get(list_views).post(add_view))
        .route("/datasets/{id}/visualizations/{view}", put(change_view).delete(drop_view))
}

/// Changes a dataset that the caller may change.
async fn with_dataset(
    app: &App,
    caller: Caller,
    id: Id,
    change: impl FnOnce(&Act<'_>, &mut Asset) -> Answer + Send + 'static,
) -> Answer {
    app.act(caller.id, move |act| change(act, &mut assets::changeable(act, id, "dataset")?)).await
}

fn columns_shape(dataset: &Asset) -> Answer {
    let columns = table::read(&parsed(dataset.metadata.as_deref())?);
    data(&json!({"columns": columns.iter().map(|column| &column.name).collect::<Vec<_>>()}))
}

async fn add_column(
    State(app): State<App>,
    caller: Caller,
    Ids([id]): Ids<1>,
    Payload(body): Payload,
) -> Answer {
    with_dataset(&app, caller, id, move |act, dataset| {
        columns::add(act, dataset, &Fields::bare(&body, "column"))?;
        columns_shape(dataset)
    })
    .await
}

async fn change_column(
    State(app): State<App>,
    caller: Caller,
    Path((id, column)): Path<(String, String)>,
    Payload(body): Payload,
) -> Answer {
    let id = Id::parse(&id)?;
    with_dataset(&app, caller, id, move |act, dataset| {
        let fields = Fields::bare(&body, "column");
        columns::change(act, dataset, &column, &fields)?;
        columns_shape(dataset)
    })
    .await
}

async fn drop_column(
    State(app): State<App>,
    caller: Caller,
    Path((id, column)): Path<(String, String)>,
) -> Answer {
    let id = Id::parse(&id)?;
    with_dataset(&app, caller, id, move |act, dataset| {
        columns::drop(act, dataset, &column)?;
        columns_shape(dataset)
    })
    .await
}

async fn list_indexes(State(app): State<App>, caller: Caller, Ids([id]): Ids<1>) -> Answer {
    app.read(move |db| {
        let dataset = seen(db, caller.id, id)?;
        data(&columns::indexes(&parsed(dataset.metadata.as_deref())?))
    })
    .await
}

async fn add_index(
    State(app): State<App>,
    caller: Caller,
    Ids([id]): Ids<1>,
    Payload(body): Payload,
) -> Answer {
    with_dataset(&app, caller, id, move |act, dataset| data(&columns::add_index(act, dataset, &body)?)).await
}

async fn drop_index(
    State(app): State<App>,
    caller: Caller,
    Path((id, name)): Path<(String, String)>,
) -> Answer {
    let id = Id::parse(&id)?;
    with_dataset(&app, caller, id, move |act, dataset| {
        columns::drop_index(act, dataset, &name)?;
        data(&json!({"name": name}))
    })
    .await
}

fn view_shape(view: &View) -> Result<Value, Refusal> {
    Ok(json!({
        "id": view.id, "dataset_id": view.dataset, "name": view.name, "description": view.description,
        "sql_query": view.sql, "config": parsed(view.config.as_deref())?, "engine_type": "auto",
        "created_by": view.created_by, "created_at": view.created_at.to_string(),
        "last_updated": view.updated_at.to_string(),
    }))
}

async fn list_views(State(app): State<App>, caller: Caller, Ids([id]): Ids<1>) -> Answer {
    app.read(move |db| {
        seen(db, caller.id, id)?;
        data(&views::of(db, id)?.iter().map(view_shape).collect::<Result<Vec<_>, _>>()?)
    })
    .await
}

/// A view's query must run. It is tried before anything is changed, so that a slow one holds nobody up.
async fn try_query(app: &App, caller: Caller, id: Id, body: &Value) -> Result<(), Refusal> {
    let Some(query) = body.get("sql_query").and_then(Value::as_str).map(str::to_owned) else { return Ok(()) };
    app.read(move |db| {
        let dataset = seen(db, caller.id, id)?;
        let names: Vec<String> = table::read(&parsed(dataset.metadata.as_deref())?)
            .into_iter()
            .map(|column| column.name)
            .collect();
        sql::query(&names, &content::rows(db, id, SAMPLE, 0)?, &query, Some((1, 0))).map(|_| ())
    })
    .await
}

/// Takes the fields that were sent.
fn change(act: &Act<'_>, view: &mut View, body: &Value) -> Result<(), Refusal> {
    let fields = Fields::bare(body, "view");
    if fields.value("prompt").is_some() {
        return Err(Refusal::unprocessable(
            "no_language_model",
            "The local backend has no language model: send the view as SQL and config",
        ));
    }
    if view.name.is_empty() || fields.value("name").is_some() {
        fields.needed_text("name")?.clone_into(&mut view.name);
    }
    if let Some(text) = fields.text("description")? {
        view.description = Some(text.to_owned());
    }
    if let Some(query) = fields.text("sql_query")? {
        view.sql = Some(query.to_owned());
    }
    if let Some(config) = fields.object("config")? {
        view.config = Some(Value::Object(config.clone()).to_string());
    }
    view.updated_at = act.now;
    Ok(views::put(act.db, view)?)
}

async fn add_view(
    State(app): State<App>,
    caller: Caller,
    Ids([id]): Ids<1>,
    Payload(body): Payload,
) -> Answer {
    try_query(&app, caller, id, &body).await?;
    with_dataset(&app, caller, id, move |act, dataset| {
        let mut view = View {
            id: act.new_id(),
            dataset: dataset.id,
            name: String::new(),
            description: None,
            sql: None,
            config: None,
            created_by: act.who,
            created_at: act.now,
            updated_at: act.now,
        };
        change(act, &mut view, &body)?;
        data(&view_shape(&view)?)
    })
    .await
}

async fn change_view(
    State(app): State<App>,
    caller: Caller,
    Ids([id, view]): Ids<2>,
    Payload(body): Payload,
) -> Answer {
    try_query(&app, caller, id, &body).await?;
    with_dataset(&app, caller, id, move |act, dataset| {
        let view = views::get(act.db, dataset.id, view)?;
        let mut view = view.ok_or_else(|| Refusal::not_found("View"))?;
        change(act, &mut view, &body)?;
        data(&view_shape(&view)?)
    })
    .await
}

async fn drop_view(State(app): State<App>, caller: Caller, Ids([id, view]): Ids<2>) -> Answer {
    with_dataset(&app, caller, id, move |act, dataset| {
        if views::delete(act.db, dataset.id, view)? {
            data(&json!({"id": view}))
        } else {
            Err(Refusal::not_found("View"))
        }
    })
    .await
}
