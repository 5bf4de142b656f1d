//! The fields of an item that clients write (contract, 3.4): each checked, each changed only if it was sent. Null and
//! empty texts clear where the contract lets them.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::money::currency_of;
use super::submit::offered;
use super::{Act, visible_quest};
use crate::backend::error::Refusal;
use crate::backend::fields::Fields;
use crate::backend::ids::Id;
use crate::backend::rules::evaluation::parse_path;
use crate::backend::rules::submission::{Key, check_asset, check_declarations, contributor_keys};
use crate::backend::rules::waiting::{check_every, check_until};
use crate::backend::store::items::{self, Item};
use crate::backend::store::{accounts, assets};

/// Types of assets (contract, 4.1).
const ASSET_TYPES: &[&str] = &["post", "dataset", "file", "route", "service", "quest", "comment"];

/// Largest reward in minor units: all the bitcoin there will ever be, in sats. Sums of them stay whole numbers.
const MOST_MONEY: i64 = 2_100_000_000_000_000;

/// Most experience points for one entry, and the last place in a quest.
const MOST_XP: i64 = 1_000_000_000;
const LAST_PLACE: i64 = 1_000_000_000;

/// Longest of the short texts: notes, waiting reasons, paths.
const LONGEST: usize = 20_000;

/// Applies the plain fields that were sent.
pub(super) fn apply(act: &Act<'_>, item: &mut Item, fields: &Fields<'_>) -> Result<(), Refusal> {
    fields.word("type", &["task"])?;
    if let Some(place) = fields.count("sort_order", LAST_PLACE)? {
        item.sort_order = place;
    }
    if fields.has("assignee_id") {
        item.assignee = fields.id("assignee_id")?;
        if let Some(assignee) = item.assignee
            && accounts::user_by_id(act.db, assignee)?.is_none()
        {
            return Err(fields.wrong("assignee_id", "no such user"));
        }
    }
    if fields.has("expected_asset_type") {
        item.expected_asset_type = word_or_nothing(fields, "expected_asset_type", ASSET_TYPES)?;
    }
    if fields.has("child_quest_id") {
        item.child_quest = fields.id("child_quest_id")?;
        if let Some(child) = item.child_quest {
            check_child(act, item, fields, child)?;
        }
    }
    if fields.has("notes") {
        item.notes = short(fields, "notes")?;
    }
    apply_reward(item, fields)?;
    apply_evaluation(act, item, fields)?;
    apply_inputs(act, item, fields)?;
    apply_waiting(item, fields)
}

fn short(fields: &Fields<'_>, field: &str) -> Result<Option<String>, Refusal> {
    let text = fields.clearable(field)?;
    if text.as_ref().is_some_and(|text| text.len() > LONGEST) {
        return Err(fields.wrong(field, "is longer than 20,000 bytes"));
    }
    Ok(text)
}

fn word_or_nothing(fields: &Fields<'_>, field: &str, words: &[&str]) -> Result<Option<String>, Refusal> {
    if fields.text(field)? == Some("") {
        return Ok(None);
    }
    Ok(fields.word(field, words)?.map(str::to_owned))
}

/// A child quest is another quest that the author sees and that does not lead back here.
fn check_child(act: &Act<'_>, item: &Item, fields: &Fields<'_>, child: Id) -> Result<(), Refusal> {
    if visible_quest(act.db, act.who, child).is_err() {
        return Err(fields.wrong("child_quest_id", "no such quest"));
    }
    let (mut seen, mut next) = (BTreeSet::new(), vec![child]);
    while let Some(quest) = next.pop() {
        if quest == item.quest {
            return Err(fields.wrong("child_quest_id", "leads back to this quest"));
        }
        if seen.insert(quest) {
            next.extend(items::child_quests(act.db, quest)?);
        }
    }
    Ok(())
}

fn apply_reward(item: &mut Item, fields: &Fields<'_>) -> Result<(), Refusal> {
    if let Some(xp) = fields.count("reward_xp", MOST_XP)? {
        item.reward_xp = xp;
    }
    if let Some(word) = fields.text("reward_currency")? {
        item.reward_currency = currency_of(word)?;
    }
    if let Some(amount) = fields.count("reward_amount", MOST_MONEY)? {
        item.reward_amount = amount;
    }
    Ok(())
}

fn apply_evaluation(act: &Act<'_>, item: &mut Item, fields: &Fields<'_>) -> Result<(), Refusal> {
    if fields.has("eval_route_id") {
        item.eval_route = fields.id("eval_route_id")?;
        item.route = match item.eval_route {
            None => None,
            Some(route) => {
                let route =
                    assets::visible(act.db, act.who, route)?.filter(|asset| asset.asset_type == "route");
                let route = route.ok_or_else(|| fields.wrong("eval_route_id", "no such route"))?;
                route.content.as_deref().map(serde_json::from_str).transpose()?
            }
        };
    }
    for (field, path) in [
        ("eval_score_path", &mut item.eval_score_path),
        ("eval_categories_path", &mut item.eval_categories_path),
    ] {
        if fields.has(field) {
            *path = short(fields, field)?;
            if let Some(path) = path {
                parse_path(path).map_err(|form| fields.wrong(field, form))?;
            }
        }
    }
    if fields.has("eval_pass_min") {
        item.band.min = fields.number("eval_pass_min")?;
    }
    if fields.has("eval_pass_max") {
        item.band.max = fields.number("eval_pass_max")?;
    }
    if let (Some(min), Some(max)) = (item.band.min, item.band.max)
        && min > max
    {
        return Err(fields.wrong("eval_pass_min", "is above eval_pass_max: nothing could pass"));
    }
    if fields.has("eval_trigger") {
        item.eval_trigger = word_or_nothing(fields, "eval_trigger", &["submit", "owner"])?;
    }
    if let Some(order) = fields.word("leaderboard_order", &["desc", "asc"])? {
        order.clone_into(&mut item.leaderboard_order);
    }
    match fields.boolean("leaderboard_enabled")? {
        Some(true) if item.eval_route.is_none() => {
            return Err(fields.wrong("leaderboard_enabled", "needs an eval route"));
        }
        Some(enabled) => item.leaderboard_enabled = enabled,
        // Without a route there is nothing to rank by.
        None => item.leaderboard_enabled &= item.eval_route.is_some(),
    }
    Ok(())
}

fn apply_inputs(act: &Act<'_>, item: &mut Item, fields: &Fields<'_>) -> Result<(), Refusal> {
    if fields.has("submission_assets") {
        let declared = fields.object("submission_assets")?;
        declared.map(check_declarations).transpose()?;
        item.submission_assets = declared.filter(|map| !map.is_empty()).map(|map| Value::Object(map.clone()));
    }
    if fields.has("eval_static_inputs") {
        let given = fields.object("eval_static_inputs")?.filter(|map| !map.is_empty());
        item.eval_static_inputs = given.map(|map| pinned(act, item, fields, map)).transpose()?;
    }
    Ok(())
}

/// The inputs that the author pins: `{KEY: {"asset_id", "asset_type"}}` or `{KEY: "<uuid>"}`; the type is filled in.
/// They must fit what the route says it takes.
fn pinned(
    act: &Act<'_>,
    item: &Item,
    fields: &Fields<'_>,
    given: &Map<String, Value>,
) -> Result<Value, Refusal> {
    let inputs = item.route.as_ref().and_then(|route| route.get("input_assets"));
    let keys: Option<Vec<Key>> = inputs.map(|inputs| contributor_keys(None, Some(inputs), None));
    let mut pinned = Map::new();
    for (name, value) in given {
        let field = format!("eval_static_inputs.{name}");
        let id = value.as_str().or_else(|| value.get("asset_id")?.as_str());
        let id = id.ok_or_else(|| fields.wrong(&field, "must be {\"asset_id\": …, \"asset_type\": …}"))?;
        let asset = assets::visible(act.db, act.who, Id::parse(id)?)?
            .ok_or_else(|| fields.wrong(&field, "no such asset"))?;
        if let Some(kind) = value.get("asset_type").and_then(Value::as_str)
            && kind != asset.asset_type
        {
            return Err(fields.wrong(&field, &format!("is a {}, not a {kind}", asset.asset_type)));
        }
        if let Some(keys) = &keys {
            let key = keys.iter().find(|key| key.name == *name);
            check_asset(
                key.ok_or_else(|| fields.wrong(&field, "the route has no such input"))?,
                &offered(&asset),
            )?;
        }
        pinned.insert(name.clone(), json!({"asset_id": asset.id, "asset_type": asset.asset_type}));
    }
    Ok(Value::Object(pinned))
}

fn apply_waiting(item: &mut Item, fields: &Fields<'_>) -> Result<(), Refusal> {
    if fields.has("waiting_on") {
        item.waiting_on = short(fields, "waiting_on")?;
    }
    if fields.has("waiting_until") {
        item.waiting_until = short(fields, "waiting_until")?;
        item.waiting_until.as_deref().map(check_until).transpose()?;
    }
    if fields.has("waiting_check_every") {
        item.waiting_check_every = short(fields, "waiting_check_every")?;
        item.waiting_check_every.as_deref().map(check_every).transpose()?;
    }
    Ok(())
}
