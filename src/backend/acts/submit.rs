//! Submitting an entry (5.2): every limit is checked, facts are gathered, an evaluation may start.

use serde_json::{Map, Value, json};

use super::evaluate::{self, Run};
use super::{Act, notify, standing, visible_quest};
use crate::backend::error::Refusal;
use crate::backend::ids::Id;
use crate::backend::rules::life::takes_entries;
use crate::backend::rules::limits::{Used, asset_is_free, one_active_entry};
use crate::backend::rules::submission::{Key, Offered, check_asset, check_keys};
use crate::backend::signals;
use crate::backend::store::entries::{self, Entry};
use crate::backend::store::items::Item;
use crate::backend::store::quests::Quest;
use crate::backend::store::{assets, assets::Asset};
use crate::domain::EntryStatus;

/// What came of a submission.
#[derive(Debug)]
pub(crate) struct Submitted {
    /// The new entry.
    pub(crate) entry: Id,
    /// A run of an eval route over HTTP that is to be started.
    pub(crate) run: Option<Run>,
    /// Something the contributor should know.
    pub(crate) warning: Option<&'static str>,
}

/// Submits an entry to an item.
pub(crate) fn submit(
    act: &Act<'_>,
    quest: Id,
    item: Id,
    assets: &[(String, Id)],
    description: Option<&Value>,
) -> Result<Submitted, Refusal> {
    let quest = visible_quest(act.db, act.who, quest)?;
    takes_entries(&quest.status)?;
    standing(act.db, act.who, &quest)?.may_submit()?;
    let item = super::items::item_of(act.db, &quest, item)?;
    one_active_entry(&quest.kind, entries::active_on_item(act.db, item.id, act.who)?)?;
    let mut entry = prepare(act, &quest, &item, assets, description)?;
    let owner_starts = item.eval_trigger.as_deref() == Some("owner");
    if item.eval_route.is_some() && owner_starts {
        entry.eval_status = Some("pending".to_owned());
    }
    let submitted: Vec<Id> = assets.iter().map(|(_, asset)| *asset).collect();
    entries::insert(act.db, &entry, &submitted)?;
    assets::touch(act.db, quest.id, act.now)?;
    notify::new_entry(act, &quest, &entry)?;
    let warning = warning(act, &quest, &item, &submitted)?;
    let id = entry.id;
    let run = if item.eval_route.is_some() && !owner_starts {
        evaluate::start(act, &quest, &item, entry, act.who)?
    } else {
        None
    };
    Ok(Submitted { entry: id, run, warning })
}

/// Checks a submission against its item and makes the entry, not yet written.
pub(crate) fn prepare(
    act: &Act<'_>,
    quest: &Quest,
    item: &Item,
    given: &[(String, Id)],
    description: Option<&Value>,
) -> Result<Entry, Refusal> {
    let keys = item.keys();
    check_keys(&keys, given.iter().map(|(key, _)| key.as_str()))?;
    let mut slots = Map::new();
    let mut facts = Map::new();
    let mut main: Option<&Asset> = None;
    let mut found = Vec::new();
    for (name, id) in given {
        let key = keys.iter().find(|key| key.name == *name).ok_or_else(|| Refusal::not_found("Input"))?;
        found.push((key, usable(act, quest, item, key, *id)?));
    }
    for (key, asset) in &found {
        slots.insert(key.name.clone(), slot(asset));
        facts.insert(key.name.clone(), signals::of_asset(act.db, asset)?);
        if key.primary || main.is_none() {
            main = Some(asset);
        }
    }
    facts.insert("description".to_owned(), signals::of_description(description));
    let embeds = description.map(signals::embedded_ids).unwrap_or_default();
    let mentions = description.map(signals::mentioned).unwrap_or_default();
    Ok(Entry {
        id: act.new_id(),
        quest: quest.id,
        item: Some(item.id),
        user: act.who,
        status: EntryStatus::Submitted,
        asset: main.map(|asset| asset.id),
        asset_type: main.map(|asset| asset.asset_type.clone()),
        assets: (!slots.is_empty()).then(|| Value::Object(slots).to_string()),
        embeds: (!embeds.is_empty()).then(|| json!(embeds).to_string()),
        mentions: (!mentions.is_empty()).then(|| json!(mentions).to_string()),
        description: description.map(Value::to_string),
        review: None,
        reviewer: None,
        reviewed_at: None,
        eval_action: None,
        eval_score: None,
        categories: None,
        eval_status: None,
        signals: Some(Value::Object(facts).to_string()),
        created_at: act.now,
        updated_at: act.now,
    })
}

/// What an entry says of a submitted asset: its id and type, and its name unless it is private.
pub(crate) fn slot(asset: &Asset) -> Value {
    let mut slot = json!({"asset_id": asset.id, "asset_type": asset.asset_type});
    if let Some(name) = signals::public_name(asset) {
        slot["name"] = json!(name);
    }
    slot
}

/// The asset, if the submitter can see it, it fits the key, and it is free on this quest.
fn usable(act: &Act<'_>, quest: &Quest, item: &Item, key: &Key, id: Id) -> Result<Asset, Refusal> {
    let asset = assets::visible(act.db, act.who, id)?.ok_or_else(|| Refusal::not_found("Asset"))?;
    check_asset(key, &offered(&asset))?;
    let using = entries::items_using(act.db, quest.id, asset.id)?;
    let used = if using.contains(&Some(item.id)) {
        Used::OnItem
    } else if using.is_empty() {
        Used::No
    } else {
        Used::OnQuest
    };
    asset_is_free(&asset.asset_type, used)?;
    Ok(asset)
}

/// An asset as checks see it.
pub(crate) fn offered(asset: &Asset) -> Offered {
    let metadata: Value =
        asset.metadata.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let text = |field: &str| metadata.get(field).and_then(Value::as_str);
    let from_name =
        || asset.name.as_deref().and_then(|name| name.rsplit_once('.')).map(|(_, extension)| extension);
    let category = text("file_type").or_else(|| text("type").and_then(|mime| mime.split('/').next()));
    Offered {
        asset_type: asset.asset_type.clone(),
        extension: text("extension")
            .or_else(from_name)
            .map(|text| text.trim_start_matches('.').to_ascii_lowercase()),
        category: category.map(str::to_owned),
    }
}

/// A paid item's asset that its author can read before paying is no secret any more (5.4.3).
fn warning(act: &Act<'_>, quest: &Quest, item: &Item, given: &[Id]) -> Result<Option<&'static str>, Refusal> {
    if item.reward().is_none() || quest.owner == act.who {
        return Ok(None);
    }
    for asset in given {
        if assets::visible(act.db, quest.owner, *asset)?.is_some() {
            return Ok(Some(
                "The quest's owner can already open a submitted asset; make it private to keep it closed until acceptance",
            ));
        }
    }
    Ok(None)
}
