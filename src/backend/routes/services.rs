//! Services and their routes (contract, 3.7). Those that score quests are laid down at the start; what is made here
//! describes an API elsewhere and is never called: this backend calls only what it was started with.

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post, put};
use rusqlite::Connection;
use serde_json::{Map, Value, json};

use crate::backend::acts::Act;
use crate::backend::acts::assets::{self as asset_acts, Draft};
use crate::backend::acts::prices::{price_of, written};
use crate::backend::app::{Answer, App, Caller, Ids, Params, Payload, data};
use crate::backend::error::Refusal;
use crate::backend::fields::Fields;
use crate::backend::ids::Id;
use crate::backend::shapes::asset::{asset, parsed};
use crate::backend::store::assets::{self, Asset, Search};
use crate::domain::Currency;

/// Routes of a service and services of a list.
const MOST: i64 = 1_000;

/// What a route says of itself and clients may set.
const ABOUT: &[&str] =
    &["method", "path", "parameters", "request_body", "input_assets", "output_assets", "execution_mode"];

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/routes/{id}", get(route).delete(delete_route))
        .route("/services", get(list))
        .route("/services/create/from-form", post(create))
        .route("/services/{id}", get(service).put(update).delete(delete_service))
        .route("/services/{id}/routes", get(routes_of))
        .route("/services/{id}/spec", get(spec))
        .route("/services/{id}/routes/create", post(create_route))
        .route("/services/{id}/routes/{route}", put(update_route))
        .route("/services/{id}/routes/{route}/cost", get(cost))
}

pub(super) fn found(db: &Connection, reader: Id, id: Id, asset_type: &str) -> Result<Asset, Refusal> {
    super::assets::seen_as(db, reader, id, (asset_type, asset_type))
}

/// A route of that service.
pub(super) fn route_of(db: &Connection, reader: Id, service: Id, id: Id) -> Result<Asset, Refusal> {
    let route = found(db, reader, id, "route")?;
    if route.parent == Some(service) {
        Ok(route)
    } else {
        Err(Refusal::new(404, "asset_not_found", "route not found in this service"))
    }
}

pub(super) fn route_shape(db: &Connection, of: &Asset) -> Result<Value, Refusal> {
    let mut shape = asset(db, of)?;
    let mut about = parsed(of.content.as_deref())?;
    if let Some(about) = about.as_object_mut() {
        // Where a route really answers is this server's business.
        about.remove("url");
        about.remove("builtin");
        about.remove("price");
    }
    shape["route"] = about;
    if let Some(price) = price_of(of)? {
        shape["monetization"] = json!("pay-per-use");
        shape["price"] = written(price);
        shape["price_currency"] = json!(price.currency.code());
    }
    shape["metrics"] = json!({});
    Ok(shape)
}

async fn route(State(app): State<App>, caller: Caller, Ids([id]): Ids<1>) -> Answer {
    app.read(move |db| data(&route_shape(db, &found(db, caller.id, id, "route")?)?)).await
}

async fn list(State(app): State<App>, caller: Caller) -> Answer {
    app.read(move |db| {
        let wanted = Search {
            asset_types: vec!["service".to_owned()],
            org: caller.org,
            only_public_outside: caller.bound,
            limit: MOST,
            ..Search::default()
        };
        let rows: Result<Vec<Value>, Refusal> =
            assets::search(db, caller.id, &wanted)?.iter().map(|one| asset(db, one)).collect();
        data(&rows?)
    })
    .await
}

async fn service(State(app): State<App>, caller: Caller, Ids([id]): Ids<1>) -> Answer {
    app.read(move |db| data(&asset(db, &found(db, caller.id, id, "service")?)?)).await
}

/// A service's metadata: the SDK reads an address and a way to sign in.
fn service_metadata(before: Value, fields: &Fields<'_>) -> Result<Value, Refusal> {
    let mut metadata = if before.is_object() { before } else { json!({"authentication": "None"}) };
    for (field, value) in fields.object("metadata")?.into_iter().flatten() {
        metadata[field.as_str()] = value.clone();
    }
    if !metadata.get("base_url").is_some_and(Value::is_string) {
        return Err(fields.wrong("metadata.base_url", "is required"));
    }
    Ok(metadata)
}

async fn create(State(app): State<App>, caller: Caller, Payload(body): Payload) -> Answer {
    app.act(caller.id, move |act| {
        let fields = Fields::wrapped(&body, "service")?;
        let metadata = service_metadata(Value::Null, &fields)?;
        let draft = Draft { metadata: Some(metadata), ..Draft::of("service") };
        let service = asset_acts::create(act, caller.org, &fields, draft)?;
        data(&asset(act.db, &service)?)
    })
    .await
}

async fn update(State(app): State<App>, caller: Caller, Ids([id]): Ids<1>, Payload(body): Payload) -> Answer {
    app.act(caller.id, move |act| {
        let fields = Fields::wrapped(&body, "service")?;
        let mut service = asset_acts::changeable(act, id, "service")?;
        asset_acts::apply(act, &mut service, &fields)?;
        if fields.value("metadata").is_some() {
            let before = parsed(service.metadata.as_deref())?;
            service.metadata = Some(service_metadata(before, &fields)?.to_string());
        }
        asset_acts::save(act, &mut service)?;
        data(&asset(act.db, &service)?)
    })
    .await
}

/// A service goes with its routes or not at all.
async fn delete_service(State(app): State<App>, caller: Caller, Ids([id]): Ids<1>, params: Params) -> Answer {
    let (with_children, dry_run) = (params.is_true("delete_children"), params.is_true("dry_run"));
    app.act(caller.id, move |act| {
        let routes = assets::children(act.db, id, Some("route"), 1, 0)?;
        let report = asset_acts::delete(act, id, &["service"], with_children, dry_run)?;
        if !routes.is_empty() && !with_children {
            return Err(Refusal::conflict("service_has_routes", "A service with routes goes only with them"));
        }
        data(&report)
    })
    .await
}

async fn delete_route(State(app): State<App>, caller: Caller, Ids([id]): Ids<1>, params: Params) -> Answer {
    super::assets::remove(&app, &caller, id, &params, &["route"]).await
}

async fn routes_of(State(app): State<App>, caller: Caller, Ids([id]): Ids<1>) -> Answer {
    app.read(move |db| {
        found(db, caller.id, id, "service")?;
        let routes = assets::children(db, id, Some("route"), MOST, 0)?;
        let rows: Result<Vec<_>, Refusal> = routes.iter().map(|route| route_shape(db, route)).collect();
        data(&rows?)
    })
    .await
}

/// The service as an `OpenAPI` document, from what its routes say of themselves.
async fn spec(State(app): State<App>, caller: Caller, Ids([id]): Ids<1>) -> Answer {
    app.read(move |db| {
        let service = found(db, caller.id, id, "service")?;
        let mut paths = Map::new();
        for route in assets::children(db, id, Some("route"), MOST, 0)? {
            let about = parsed(route.content.as_deref())?;
            let text = |field: &str| about.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
            let operation = json!({
                "summary": route.name, "parameters": about["parameters"], "requestBody": about["request_body"],
            });
            let at = paths.entry(text("path")).or_insert_with(|| json!({}));
            at[text("method").to_lowercase().as_str()] = operation;
        }
        data(&json!({
            "openapi": "3.1.0", "info": {"title": service.name, "version": "1"}, "paths": paths,
        }))
    })
    .await
}

/// What a route says of itself after these fields. Method and path are unique within a service.
fn about(act: &Act<'_>, service: Id, own: Option<&Asset>, fields: &Fields<'_>) -> Result<Value, Refusal> {
    let mut about = own.map(|route| parsed(route.content.as_deref())).transpose()?.unwrap_or_else(|| {
        json!({"parameters": [], "request_body": null, "input_assets": {}, "output_assets": {},
               "execution_mode": "sync"})
    });
    for field in ABOUT {
        if let Some(value) = fields.value(field) {
            about[*field] = value.clone();
        }
    }
    let methods = ["GET", "POST", "PUT", "PATCH", "DELETE"];
    fields.word("method", &methods)?;
    fields.word("execution_mode", &["sync", "async"])?;
    for field in ["method", "path"] {
        if !about.get(field).is_some_and(Value::is_string) {
            return Err(fields.wrong(field, "is required"));
        }
    }
    for other in assets::children(act.db, service, Some("route"), MOST, 0)? {
        let theirs = parsed(other.content.as_deref())?;
        let is_other = own.is_none_or(|own| own.id != other.id);
        if is_other && theirs["method"] == about["method"] && theirs["path"] == about["path"] {
            return Err(Refusal::conflict("route_exists", "The service has a route of that method and path"));
        }
    }
    Ok(about)
}

async fn create_route(
    State(app): State<App>,
    caller: Caller,
    Ids([id]): Ids<1>,
    Payload(body): Payload,
) -> Answer {
    app.act(caller.id, move |act| {
        let given = Fields::wrapped(&body, "route")?;
        let service = asset_acts::changeable(act, id, "service")?;
        let about = about(act, id, None, &given)?;
        // Organization, team and visibility are the service's; the name is method and path unless it has one.
        let mut map = body["route"].as_object().cloned().unwrap_or_default();
        map.remove("visibility");
        map.insert("parent_id".to_owned(), json!(id));
        map.insert("org_id".to_owned(), json!(service.org));
        map.insert("team_id".to_owned(), json!(service.team));
        let told = |word: &str| about[word].as_str().unwrap_or_default().to_owned();
        map.entry("name").or_insert_with(|| json!(format!("{} {}", told("method"), told("path"))));
        let mut route = asset_acts::create(act, caller.org, &Fields::new(&map, "route"), Draft::of("route"))?;
        "inherit".clone_into(&mut route.visibility);
        route.content = Some(about.to_string());
        asset_acts::save(act, &mut route)?;
        data(&route_shape(act.db, &route)?)
    })
    .await
}

async fn update_route(
    State(app): State<App>,
    caller: Caller,
    Ids([id, route]): Ids<2>,
    Payload(body): Payload,
) -> Answer {
    app.act(caller.id, move |act| {
        let fields = Fields::wrapped(&body, "route")?;
        route_of(act.db, act.who, id, route)?;
        let mut route = asset_acts::changeable(act, route, "route")?;
        route.content = Some(about(act, id, Some(&route), &fields)?.to_string());
        asset_acts::apply(act, &mut route, &fields)?;
        asset_acts::save(act, &mut route)?;
        data(&route_shape(act.db, &route)?)
    })
    .await
}

/// What a run costs: nothing, unless the backend was started with a price. The same for every input.
async fn cost(State(app): State<App>, caller: Caller, Ids([service, id]): Ids<2>, params: Params) -> Answer {
    let input = params.id("input")?;
    app.read(move |db| {
        let route = route_of(db, caller.id, service, id)?;
        if let Some(input) = input {
            super::assets::seen(db, caller.id, input)?;
        }
        let price = price_of(&route)?;
        let (accounting, unit) = if price.is_some() { (json!("fixed"), json!("run")) } else { (Value::Null, Value::Null) };
        let cost = price.map_or_else(|| json!(0), written);
        let currency = price.map_or(Currency::Usd, |price| price.currency).code();
        data(&json!({"cost": {
            "cost_accounting": accounting, "cost_unit": unit, "unit_cost": cost, "currency": currency, "quantity": 1,
            "total_cost": cost,
        }}))
    })
    .await
}
