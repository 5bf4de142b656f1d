//! Evaluations: starting them on an entry's item's route (5.6). What comes of them is in `results`.

use serde_json::{Map, Value, json};

use super::results::{self, Outcome};
use super::review::entry_of;
use super::{Act, prices, standing, visible_quest};
use crate::backend::error::Refusal;
use crate::backend::ids::Id;
use crate::backend::markdown::text_of;
use crate::backend::scorers;
use crate::backend::store::actions::{self, Action};
use crate::backend::store::assets;
use crate::backend::store::entries::{self, Entry};
use crate::backend::store::items::Item;
use crate::backend::store::quests::Quest;

/// A run of an eval route over HTTP, to be started once the act is committed.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    /// The run.
    pub(crate) action: Id,
    /// Whose run it is.
    pub(crate) by: Id,
    /// Where the route answers.
    pub(crate) url: String,
    /// What it is asked, but for the addresses that are only good for this run.
    pub(crate) request: Value,
    /// A rescore only changes the score.
    pub(crate) may_decide: bool,
}

/// An input of a run: under which key, which asset, of which type.
pub(crate) type Input = (String, Id, String);

/// Starts an evaluation of an entry on its item's route. Built-in routes answer at once; a route over HTTP leaves
/// the entry `running` and hands the run back.
pub(crate) fn start(
    act: &Act<'_>,
    quest: &Quest,
    item: &Item,
    entry: Entry,
    by: Id,
) -> Result<Option<Run>, Refusal> {
    begin(act, quest, item, entry, by, true)
}

fn begin(
    act: &Act<'_>,
    quest: &Quest,
    item: &Item,
    mut entry: Entry,
    by: Id,
    may_decide: bool,
) -> Result<Option<Run>, Refusal> {
    let route =
        item.eval_route.ok_or_else(|| Refusal::conflict("no_evaluation", "This item has no evaluation"))?;
    let about = item.route.clone().unwrap_or_default();
    let action = Action {
        id: act.new_id(),
        route,
        user: by,
        entry: entry.id,
        status: "in-progress".to_owned(),
        response: None,
        upstream_status: None,
        created_at: act.now,
        finished_at: None,
    };
    actions::put(act.db, &action)?;
    entry.eval_action = Some(action.id);
    entry.eval_status = Some("running".to_owned());
    entry.updated_at = act.now;
    entries::update(act.db, &entry)?;
    let inputs = inputs(item, &entry);
    if let Some(url) = about.get("url").and_then(Value::as_str) {
        results::say(act, action.id, "info", "The route is asked over HTTP")?;
        let request = request(&action, &entry, &inputs)?;
        return Ok(Some(Run { action: action.id, by, url: url.to_owned(), request, may_decide }));
    }
    let name = about.get("builtin").and_then(Value::as_str).unwrap_or_default();
    let answer = scorers::answer(act.db, name, &entry, &inputs)?;
    let outcome = Outcome::Answered { status: None, answer };
    results::finish(act, action, Some((quest, item, entry)), outcome, may_decide)?;
    Ok(None)
}

/// What was submitted, and what the author pinned, which stands above it (5.6.1).
fn inputs(item: &Item, entry: &Entry) -> Vec<Input> {
    let mut inputs: Map<String, Value> = entry
        .assets
        .as_deref()
        .and_then(|text| serde_json::from_str(text).ok())
        .and_then(|submitted: Value| submitted.as_object().cloned())
        .unwrap_or_default();
    inputs.extend(item.eval_static_inputs.as_ref().and_then(Value::as_object).cloned().unwrap_or_default());
    let read = |(key, slot): (String, Value)| {
        let id = slot.get("asset_id")?.as_str().and_then(Id::find)?;
        Some((key, id, slot.get("asset_type")?.as_str()?.to_owned()))
    };
    inputs.into_iter().filter_map(read).collect()
}

fn request(action: &Action, entry: &Entry, inputs: &[Input]) -> Result<Value, Refusal> {
    let keyed = inputs.iter().map(|(key, id, kind)| (key.clone(), json!({"assetId": id, "assetType": kind})));
    let description: Value =
        entry.description.as_deref().map(serde_json::from_str).transpose()?.unwrap_or_default();
    Ok(json!({
        "input_assets": keyed.collect::<Map<_, _>>(), "action_id": action.id, "entry_id": entry.id,
        "quest_id": entry.quest, "item_id": entry.item, "description": text_of(&description),
    }))
}

/// An owner's or admin's call to evaluate an entry, for the first time or again (5.6.2, 5.6.4).
pub(crate) fn evaluate(act: &Act<'_>, quest: Id, entry: Id) -> Result<Option<Run>, Refusal> {
    let quest = visible_quest(act.db, act.who, quest)?;
    let entry = entry_of(act, &quest, entry)?;
    standing(act.db, act.who, &quest)?.may_review()?;
    let item = match entry.item {
        Some(item) => super::items::item_of(act.db, &quest, item)?,
        None => {
            return Err(Refusal::conflict("no_evaluation", "A legacy entry has no item, so no evaluation"));
        }
    };
    if item.eval_route.is_some() {
        prices::charge(act, &quest, &item, &entry)?;
    }
    start(act, &quest, &item, entry, act.who)
}

/// What came of scoring an item's entries again.
#[derive(Debug, Default)]
pub(crate) struct Rescored {
    /// Entries whose run was started, with the run.
    pub(crate) started: Vec<(Id, Id)>,
    /// Entries that were left out, with the reason.
    pub(crate) skipped: Vec<(Id, String)>,
    /// Runs over HTTP that are to be started.
    pub(crate) runs: Vec<Run>,
}

/// Scores an item's entries again: scores change, nothing is decided or paid (3.4, 5.6.4).
pub(crate) fn rescore(act: &Act<'_>, quest: Id, item: Id) -> Result<Rescored, Refusal> {
    let quest = visible_quest(act.db, act.who, quest)?;
    let item = super::items::item_of(act.db, &quest, item)?;
    standing(act.db, act.who, &quest)?.may_rescore()?;
    if item.eval_route.is_none() {
        return Err(Refusal::conflict("no_evaluation", "This item has no evaluation"));
    }
    let mut rescored = Rescored::default();
    for id in entries::scorable(act.db, item.id)? {
        let Some(entry) = entries::get(act.db, id)? else { continue };
        if let Some(reason) = not_now(act, &entry)? {
            rescored.skipped.push((id, reason.to_owned()));
            continue;
        }
        prices::charge(act, &quest, &item, &entry)?;
        rescored.runs.extend(begin(act, &quest, &item, entry, act.who, false)?);
        if let Some(action) = entries::get(act.db, id)?.and_then(|entry| entry.eval_action) {
            rescored.started.push((id, action));
        }
    }
    Ok(rescored)
}

/// Why an entry is not scored again.
fn not_now(act: &Act<'_>, entry: &Entry) -> Result<Option<&'static str>, Refusal> {
    // The run under way may still decide; a new one would take that from it.
    if entry.eval_status.as_deref() == Some("running") {
        return Ok(Some("an evaluation is running"));
    }
    for asset in entries::assets_of(act.db, entry)? {
        if assets::get(act.db, asset)?.is_none() {
            return Ok(Some("asset was deleted"));
        }
    }
    Ok(None)
}
