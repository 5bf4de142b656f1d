//! What any asset answers (contract, 3.6). Where it comes from is in `provenance`, its bytes in `downloads`.

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post, put};
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::backend::acts;
use crate::backend::app::{Answer, App, Caller, Ids, Params, Payload, data};
use crate::backend::error::Refusal;
use crate::backend::fields::Fields;
use crate::backend::ids::Id;
use crate::backend::shapes::asset::asset;
use crate::backend::store::assets::{self, Asset, Search};
use crate::backend::store::{accounts, entries, links};

/// Children that are listed, and assets of one question.
const MOST_CHILDREN: i64 = 200;

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/assets/{id}", get(one))
        .route("/assets/{id}/type", get(kind))
        .route("/assets/{id}/view", post(view))
        .route("/assets/{id}/counts", get(counts))
        .route("/assets/{id}/children", get(children))
        .route("/assets/{id}/share", put(share))
        .route("/assets/impact", get(impact))
        .route("/elements/common/name-to-id", post(name_to_id))
}

pub(super) fn seen(db: &Connection, reader: Id, id: Id) -> Result<Asset, Refusal> {
    assets::visible(db, reader, id)?.ok_or_else(|| Refusal::new(404, "asset_not_found", "Asset not found"))
}

/// An asset of one type, called so where there is none.
pub(super) fn seen_as(
    db: &Connection,
    reader: Id,
    id: Id,
    (asset_type, called): (&str, &str),
) -> Result<Asset, Refusal> {
    assets::visible(db, reader, id)?
        .filter(|asset| asset.asset_type == asset_type)
        .ok_or_else(|| Refusal::new(404, "asset_not_found", format!("{called} not found")))
}

/// Deletes an asset of one of these types.
pub(super) async fn remove(
    app: &App,
    caller: &Caller,
    id: Id,
    params: &Params,
    asset_types: &'static [&'static str],
) -> Answer {
    let (with_children, dry_run) = (params.is_true("delete_children"), params.is_true("dry_run"));
    app.act(caller.id, move |act| data(&acts::assets::delete(act, id, asset_types, with_children, dry_run)?))
        .await
}

async fn one(State(app): State<App>, caller: Caller, Ids([id]): Ids<1>) -> Answer {
    app.read(move |db| super::search::by_id(db, caller.id, id)).await
}

async fn kind(State(app): State<App>, caller: Caller, Ids([id]): Ids<1>) -> Answer {
    app.read(move |db| data(&json!({"asset_type": seen(db, caller.id, id)?.asset_type}))).await
}

async fn view(State(app): State<App>, caller: Caller, Ids([id]): Ids<1>) -> Answer {
    app.act(caller.id, move |act| {
        seen(act.db, caller.id, id)?;
        links::count_use(act.db, id, caller.id, false)?;
        data(&json!({}))
    })
    .await
}

async fn counts(State(app): State<App>, caller: Caller, Ids([id]): Ids<1>) -> Answer {
    app.read(move |db| {
        let uses = links::uses(db, id, seen(db, caller.id, id)?.owner)?;
        data(&json!({
            "views": uses.views, "comments": uses.comments, "reactions": 0, "downloads": uses.downloads,
            "earnings_btc": 0, "earnings_usd": 0,
        }))
    })
    .await
}

/// The assets under one that the reader can see; comments have a call of their own.
async fn children(State(app): State<App>, caller: Caller, Ids([id]): Ids<1>) -> Answer {
    app.read(move |db| {
        seen(db, caller.id, id)?;
        let mut rows = Vec::new();
        for child in assets::children(db, id, None, MOST_CHILDREN, 0)? {
            if child.asset_type != "comment" && assets::visible(db, caller.id, child.id)?.is_some() {
                rows.push(asset(db, &child)?);
            }
        }
        data(&rows)
    })
    .await
}

async fn share(State(app): State<App>, caller: Caller, Ids([id]): Ids<1>, Payload(body): Payload) -> Answer {
    app.act(caller.id, move |act| {
        let fields = Fields::wrapped(&body, "permission")?;
        let user = Fields::wrapped(fields.value("user").map_or(&body, |_| &body["permission"]), "user")?;
        let with = user.id("user_id")?.ok_or_else(|| user.wrong("user_id", "is required"))?;
        let role = fields.word("role", &["read", "write", "admin"])?.unwrap_or("read");
        acts::assets::share(act, id, with, role)?;
        data(&json!({"asset_id": id, "user_id": with, "role": role}))
    })
    .await
}

/// What became of several assets; those that the reader cannot see are left out.
async fn impact(State(app): State<App>, caller: Caller, params: Params) -> Answer {
    let given = params.text("ids").ok_or_else(|| Refusal::bad_request("ids is required"))?;
    let ids: Vec<Id> =
        given.split(',').take(MOST_CHILDREN as usize).map(Id::parse).collect::<Result<_, _>>()?;
    app.read(move |db| {
        let mut rows = Vec::new();
        for id in ids {
            if let Some(found) = assets::visible(db, caller.id, id)? {
                rows.push(impact_of(db, &found)?);
            }
        }
        data(&json!({"assets": rows}))
    })
    .await
}

/// What became of an asset: views, comments, downloads, and how much of it is not its owner's own.
pub(super) fn impact_of(db: &Connection, of: &Asset) -> Result<Value, Refusal> {
    let uses = links::uses(db, of.id, of.owner)?;
    let quests = entries::quests_using(db, of.id)?;
    Ok(json!({
        "asset_id": of.id, "asset_type": of.asset_type, "name": of.name, "owner_user_id": of.owner,
        "views": uses.views, "quality_views": uses.others_views, "comments": uses.comments,
        "external_comments": uses.others_comments, "reactions": 0, "external_reactions": 0,
        "downloads": uses.downloads, "uses": quests.len(), "earnings_btc": 0, "earnings_usd": 0,
        "popularity_7d": 0, "quest_ids": quests,
    }))
}

/// A name within a user's or an organization's work, as an id.
async fn name_to_id(State(app): State<App>, caller: Caller, Payload(body): Payload) -> Answer {
    let fields = Fields::bare(&body, "body");
    let text = |field: &str| fields.needed_text(field).map(str::to_owned);
    let (name, kind, entity) = (text("name")?, text("assetType")?, text("entityName")?);
    app.read(move |db| {
        if let Some(service) = Id::find(&entity) {
            seen(db, caller.id, service)?;
            let routes = assets::children(db, service, Some(&kind), MOST_CHILDREN, 0)?;
            let found = routes.iter().find(|route| route.name.as_ref() == Some(&name));
            let found = found.ok_or_else(|| Refusal::new(404, "asset_not_found", "Asset not found"))?;
            return data(&json!({"id": found.id}));
        }
        let owner = accounts::user_by_name(db, &entity)?.map(|user| user.id);
        let org = accounts::org_by_name(db, &entity)?.map(|org| org.id).filter(|_| owner.is_none());
        if owner.is_none() && org.is_none() {
            return Err(Refusal::not_found("Owner"));
        }
        let wanted =
            Search { asset_types: vec![kind], owner, org, name: Some(name), limit: 1, ..Search::default() };
        let found = assets::search(db, caller.id, &wanted)?;
        let found = found.first().ok_or_else(|| Refusal::new(404, "asset_not_found", "Asset not found"))?;
        data(&json!({"id": found.id}))
    })
    .await
}
