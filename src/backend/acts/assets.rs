//! Assets of every kind: where they land, who may change them, what goes with them when they are deleted.

use serde_json::{Map, Value, json};

use super::Act;
use super::quests::rich_field;
use crate::backend::error::Refusal;
use crate::backend::fields::Fields;
use crate::backend::ids::Id;
use crate::backend::rules::permissions::Role;
use crate::backend::rules::policies;
use crate::backend::shapes::asset::parsed;
use crate::backend::signals;
use crate::backend::store::accounts::{self, Team};
use crate::backend::store::assets::{self, Asset};
use crate::backend::store::links::{self, Link};

/// What an asset brings beyond the fields that all share.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    /// Its type: `post`, `file`, …
    pub(crate) asset_type: &'static str,
    /// An id that is already known (a file takes that of its bytes).
    pub(crate) id: Option<Id>,
    /// A post's or comment's text.
    pub(crate) content: Option<Value>,
    /// What belongs to its type.
    pub(crate) metadata: Option<Value>,
    /// The first rows, or a post's document.
    pub(crate) preview: Option<Value>,
}

impl Draft {
    /// Nothing beyond the shared fields.
    pub(crate) fn of(asset_type: &'static str) -> Self {
        Self { asset_type, ..Self::default() }
    }
}

/// Longest name (contract, 3.3).
const LONGEST_NAME: usize = 255;

/// Creates an asset. `context` is the organization of the request (`X-Ouro-Org`), where it lands if it names none.
pub(crate) fn create(
    act: &Act<'_>,
    context: Option<Id>,
    fields: &Fields<'_>,
    draft: Draft,
) -> Result<Asset, Refusal> {
    let name = fields.needed_text("name")?;
    check_name(name)?;
    let team = place(act, context, fields)?;
    let visibility = match fields.word("visibility", VISIBILITIES)? {
        Some(visibility) => visibility_in(&team, visibility)?,
        None if team.visibility == "public" => "public",
        None => "organization",
    };
    let asset = Asset {
        id: draft.id.unwrap_or_else(|| act.new_id()),
        asset_type: draft.asset_type.to_owned(),
        owner: act.who,
        org: team.org,
        team: team.id,
        parent: fields.id("parent_id")?,
        visibility: visibility.to_owned(),
        name: Some(name.to_owned()),
        description: rich_field(fields, "description")?.map(|rich| rich.to_string()),
        state: "success".to_owned(),
        source: source(fields)?.to_owned(),
        license: fields.text("license_id")?.map(str::to_owned),
        attribution: attribution(fields)?,
        metadata: draft.metadata.map(|metadata| metadata.to_string()),
        preview: draft.preview.map(|preview| preview.to_string()),
        content: draft.content.map(|content| content.to_string()),
        created_at: act.now,
        updated_at: act.now,
    };
    assets::insert(act.db, &asset)?;
    relink(act, &asset)?;
    Ok(asset)
}

/// Writes a changed asset down.
pub(crate) fn save(act: &Act<'_>, asset: &mut Asset) -> Result<(), Refusal> {
    asset.updated_at = act.now;
    assets::update(act.db, asset)?;
    relink(act, asset)
}

/// Writes down what an asset's texts embed and link, and what it comments.
pub(crate) fn relink(act: &Act<'_>, asset: &Asset) -> Result<(), Refusal> {
    let mut pointers = Vec::new();
    let has_text = asset.asset_type == "post" || asset.asset_type == "comment";
    for text in [asset.description.as_deref(), asset.content.as_deref().filter(|_| has_text)] {
        pointers.extend(signals::pointers(&parsed(text)?));
    }
    pointers.extend(asset.parent.filter(|_| asset.asset_type == "comment").map(|above| (above, "comment")));
    let links = pointers.into_iter().filter(|(target, _)| *target != asset.id).map(|(target, kind)| Link {
        id: act.new_id(),
        source: asset.id,
        target,
        kind: kind.to_owned(),
        created_at: act.now,
    });
    Ok(links::replace(act.db, asset.id, &links.collect::<Vec<_>>())?)
}

const VISIBILITIES: &[&str] = &["public", "private", "organization", "monetized"];

/// A visibility as it is in a team: everybody is in the global organization, and an internal team keeps its work.
fn visibility_in<'a>(team: &Team, wanted: &'a str) -> Result<&'a str, Refusal> {
    match wanted {
        "organization" if team.org == Id::GLOBAL => Ok("public"),
        "public" | "monetized" if team.visibility != "public" => {
            Err(Refusal::field("visibility", "an internal team's work cannot be public"))
        }
        wanted => Ok(wanted),
    }
}

fn check_name(name: &str) -> Result<(), Refusal> {
    if name.chars().count() > LONGEST_NAME {
        return Err(Refusal::field("name", "is longer than 255 characters"));
    }
    Ok(())
}

/// The attribution column is never empty (3.3).
fn attribution(fields: &Fields<'_>) -> Result<Option<String>, Refusal> {
    let mut map = fields.object("attribution")?.cloned().unwrap_or_default();
    let known = ["original", "derivative", "third-party"];
    let originality =
        Fields::new(&map, "attribution").word("originality", &known)?.unwrap_or("original").to_owned();
    map.insert("originality".to_owned(), json!(originality));
    Ok(Some(Value::Object(map).to_string()))
}

/// The team an asset lands in: the one it names, else its organization's default one, else the global one (1.6).
fn place(act: &Act<'_>, context: Option<Id>, fields: &Fields<'_>) -> Result<Team, Refusal> {
    let org = fields.id("org_id")?.or(context);
    let team = match (fields.id("team_id")?, org) {
        (Some(team), _) => team,
        (None, Some(org)) => {
            let org = accounts::org_by_id(act.db, org)?.ok_or_else(|| Refusal::not_found("Organization"))?;
            org.default_team.unwrap_or(Id::GLOBAL)
        }
        (None, None) => Id::GLOBAL,
    };
    let team = accounts::team_by_id(act.db, team)?.ok_or_else(|| Refusal::not_found("Team"))?;
    if org.is_some_and(|org| org != team.org) {
        return Err(fields.wrong("team_id", "is not a team of that organization"));
    }
    if accounts::team_role(act.db, team.id, act.who)? < Role::Write {
        return Err(Refusal::forbidden(format!("You may not create in the team {}", team.name)));
    }
    let of_org = accounts::org_by_id(act.db, team.org)?.map(|org| org.policies).unwrap_or_default();
    let policy = |own: &Option<String>, org: &Option<String>| {
        policies::effective(own.as_deref(), org.as_deref(), "any").to_owned()
    };
    policies::source_fits(&policy(&team.policies.source, &of_org.source), source(fields)?)?;
    let actor_type = accounts::user_by_id(act.db, act.who)?.map(|user| user.actor_type).unwrap_or_default();
    policies::actor_fits(&policy(&team.policies.actor_type, &of_org.actor_type), &actor_type)?;
    Ok(team)
}

/// Where work says it comes from; clients of the API say so or nothing.
fn source<'a>(fields: &Fields<'a>) -> Result<&'a str, Refusal> {
    Ok(if fields.text("source")? == Some("web") { "web" } else { "api" })
}

/// Applies the shared fields that were sent.
pub(crate) fn apply(act: &Act<'_>, asset: &mut Asset, fields: &Fields<'_>) -> Result<(), Refusal> {
    if fields.value("name").is_some() {
        let name = fields.needed_text("name")?;
        check_name(name)?;
        asset.name = Some(name.to_owned());
    }
    if fields.has("description") {
        asset.description = rich_field(fields, "description")?.map(|rich| rich.to_string());
    }
    if let Some(license) = fields.text("license_id")? {
        asset.license = Some(license.to_owned());
    }
    if fields.value("attribution").is_some() {
        asset.attribution = attribution(fields)?;
    }
    let moves = |field: &str, now: Id| Ok::<_, Refusal>(fields.id(field)?.is_some_and(|id| id != now));
    if moves("team_id", asset.team)? || moves("org_id", asset.org)? {
        let team = place(act, None, fields)?;
        asset.team = team.id;
        asset.org = team.org;
    } else if fields.value("visibility").is_none() {
        return Ok(());
    }
    // Where it goes decides who may see it there.
    let wanted = fields.word("visibility", VISIBILITIES)?.unwrap_or(&asset.visibility).to_owned();
    let team = accounts::team_by_id(act.db, asset.team)?.ok_or_else(|| Refusal::not_found("Team"))?;
    visibility_in(&team, &wanted)?.clone_into(&mut asset.visibility);
    Ok(())
}

/// The asset, if the caller may change it: the owner, who was granted it, the team's admins.
pub(crate) fn changeable(act: &Act<'_>, id: Id, asset_type: &str) -> Result<Asset, Refusal> {
    let asset = seen(act, id, asset_type)?;
    let allowed = asset.owner == act.who
        || assets::granted(act.db, id, act.who)? >= Role::Write
        || accounts::team_role(act.db, asset.team, act.who)? == Role::Admin;
    if allowed {
        Ok(asset)
    } else {
        Err(Refusal::new(403, "update_forbidden", "You may not change this asset"))
    }
}

/// The asset, if it is of that type and the caller can see it.
pub(crate) fn seen(act: &Act<'_>, id: Id, asset_type: &str) -> Result<Asset, Refusal> {
    assets::visible(act.db, act.who, id)?
        .filter(|asset| asset.asset_type == asset_type)
        .ok_or_else(|| Refusal::new(404, "asset_not_found", format!("{asset_type} not found")))
}

/// What deleting an asset removes, in the wire's shape.
pub(crate) fn delete_report(
    act: &Act<'_>,
    id: Id,
    with_children: bool,
    dry_run: bool,
) -> Result<Value, Refusal> {
    let asset = assets::get(act.db, id)?.ok_or_else(|| Refusal::not_found("Asset"))?;
    let children = assets::children(act.db, id, None, i64::MAX, 0)?;
    let gone = children.iter().filter(|child| with_children && child.asset_type != "comment");
    let gone: Vec<Value> = gone
        .map(|child| json!({"id": child.id, "name": child.name, "asset_type": child.asset_type}))
        .collect();
    Ok(json!({
        "id": id, "name": asset.name, "asset_type": asset.asset_type, "deleted_children": gone, "dry_run": dry_run,
    }))
}

/// Deletes what hangs under an asset: comments and their replies always, the rest only when asked for.
pub(crate) fn delete_children(act: &Act<'_>, id: Id, with_others: bool) -> Result<(), Refusal> {
    for child in assets::children(act.db, id, None, i64::MAX, 0)? {
        if child.asset_type == "comment" || (with_others && child.asset_type != "quest") {
            for reply in assets::children(act.db, child.id, Some("comment"), i64::MAX, 0)? {
                assets::delete(act.db, reply.id)?;
            }
            assets::delete(act.db, child.id)?;
        }
    }
    Ok(())
}

/// Deletes an asset that is no quest.
pub(crate) fn delete(
    act: &Act<'_>,
    id: Id,
    asset_types: &[&str],
    with_children: bool,
    dry_run: bool,
) -> Result<Value, Refusal> {
    let asset = assets::visible(act.db, act.who, id)?
        .filter(|asset| asset_types.contains(&asset.asset_type.as_str()))
        .ok_or_else(|| Refusal::new(404, "asset_not_found", "Asset not found"))?;
    changeable(act, id, &asset.asset_type)?;
    let report = delete_report(act, id, with_children, dry_run)?;
    if !dry_run {
        delete_children(act, id, with_children)?;
        assets::delete(act.db, id)?;
    }
    Ok(report)
}

/// Comments on an asset or answers a comment. Replies to replies fail (3.10).
pub(crate) fn comment(act: &Act<'_>, parent: Id, content: &Value) -> Result<Asset, Refusal> {
    let above = assets::visible(act.db, act.who, parent)?.ok_or_else(|| Refusal::not_found("Asset"))?;
    if above.asset_type == "comment" {
        let top = above.parent.map(|id| assets::get(act.db, id)).transpose()?.flatten();
        if top.is_some_and(|top| top.asset_type == "comment") {
            return Err(Refusal::bad_request("A reply cannot be replied to: answer under the top comment"));
        }
    }
    let asset = Asset {
        id: act.new_id(),
        asset_type: "comment".to_owned(),
        owner: act.who,
        org: above.org,
        team: above.team,
        parent: Some(parent),
        visibility: "inherit".to_owned(),
        name: None,
        description: Some(content.to_string()),
        state: "success".to_owned(),
        source: "api".to_owned(),
        license: None,
        attribution: attribution(&Fields::new(&Map::new(), "comment"))?,
        metadata: None,
        preview: None,
        content: Some(content.to_string()),
        created_at: act.now,
        updated_at: act.now,
    };
    assets::insert(act.db, &asset)?;
    relink(act, &asset)?;
    super::notify::comment(act, &above, asset.id, crate::backend::markdown::text_of(content))?;
    super::notify::mentions(act, &asset, &above, content)?;
    Ok(asset)
}

/// Grants somebody a role on an asset. Its owner and its admins do that; a team's admins are admins of its
/// quests only.
pub(crate) fn share(act: &Act<'_>, id: Id, with: Id, role: &str) -> Result<(), Refusal> {
    let asset = assets::visible(act.db, act.who, id)?
        .ok_or_else(|| Refusal::new(404, "asset_not_found", "Asset not found"))?;
    let runs = asset.owner == act.who
        || assets::granted(act.db, id, act.who)? == Role::Admin
        || (asset.asset_type == "quest" && accounts::team_role(act.db, asset.team, act.who)? == Role::Admin);
    if !runs {
        return Err(Refusal::forbidden("Only an asset's owner and admins may share it"));
    }
    accounts::user_by_id(act.db, with)?.ok_or_else(|| Refusal::not_found("User"))?;
    assets::set_grant(act.db, id, with, role)?;
    super::notify::shared(act, &asset, with, role)
}
