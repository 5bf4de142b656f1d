//! Evaluations: starting them, taking their results, and letting a result decide (5.6).

use serde_json::{Map, Value, json};

use super::review::{decide, entry_of};
use super::{Act, money, notify, standing, visible_quest};
use crate::backend::error::Refusal;
use crate::backend::ids::Id;
use crate::backend::rules::evaluation::{decision, verdict};
use crate::backend::scorers;
use crate::backend::store::assets;
use crate::backend::store::entries::{self, Action, Entry};
use crate::backend::store::items::{self, Item};
use crate::backend::store::quests::{self, Quest};
use crate::domain::EntryStatus;

/// A run of an eval route over HTTP, to be started once the act is committed.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    /// The run.
    pub(crate) action: Id,
    /// Whose run it is.
    pub(crate) by: Id,
    /// Where the route answers.
    pub(crate) url: String,
    /// What it is asked: keyed inputs.
    pub(crate) request: Value,
    /// A rescore only changes the score.
    pub(crate) may_decide: bool,
}

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
    let mut action = Action {
        id: act.new_id(),
        route,
        user: by,
        entry: entry.id,
        status: "in-progress".to_owned(),
        response: None,
        created_at: act.now,
        finished_at: None,
    };
    entry.eval_action = Some(action.id);
    entry.eval_status = Some("running".to_owned());
    entry.updated_at = act.now;
    if let Some(url) = about.get("url").and_then(Value::as_str) {
        entries::put_action(act.db, &action)?;
        entries::update(act.db, &entry)?;
        let request = request(item, &entry);
        return Ok(Some(Run { action: action.id, by, url: url.to_owned(), request, may_decide }));
    }
    let name = about.get("builtin").and_then(Value::as_str).unwrap_or_default();
    let answer = scorers::answer(act.db, name, &entry)?;
    action.response = Some(answer.to_string());
    action.finished_at = Some(act.now);
    action.status = if answer.get("error").is_some() { "error" } else { "success" }.to_owned();
    entries::put_action(act.db, &action)?;
    take_result(act, quest, item, entry, &answer, may_decide)?;
    Ok(None)
}

/// The keyed inputs of a run: what was submitted and what the author pinned (5.6.1).
fn request(item: &Item, entry: &Entry) -> Value {
    let mut inputs = Map::new();
    let submitted: Option<Value> = entry.assets.as_deref().and_then(|text| serde_json::from_str(text).ok());
    for source in [item.eval_static_inputs.as_ref(), submitted.as_ref()].into_iter().flatten() {
        for (key, slot) in source.as_object().into_iter().flatten() {
            inputs.insert(
                key.clone(),
                json!({"assetId": slot.get("asset_id"), "assetType": slot.get("asset_type")}),
            );
        }
    }
    json!({"input_assets": inputs, "entry_id": entry.id, "quest_id": entry.quest, "item_id": item.id})
}

/// Writes an answer's score down and lets it decide, if it may and the entry waits for a decision.
fn take_result(
    act: &Act<'_>,
    quest: &Quest,
    item: &Item,
    mut entry: Entry,
    answer: &Value,
    may_decide: bool,
) -> Result<(), Refusal> {
    let paths = (item.eval_score_path.as_deref(), item.eval_categories_path.as_deref());
    let verdict = verdict(answer, paths.0, paths.1, item.band);
    entry.eval_status = Some(verdict.status.to_owned());
    entry.eval_score = verdict.score;
    entry.categories = verdict.categories.clone().map(|categories| Value::Object(categories).to_string());
    entry.updated_at = act.now;
    entries::update(act.db, &entry)?;
    if verdict.status != "passed" {
        notify::evaluation_failed(act, quest, &entry)?;
    }
    if !may_decide || entry.status != EntryStatus::Submitted {
        return Ok(());
    }
    match decision(&verdict, answer) {
        // What cannot be paid waits for the owner instead of failing the contributor's submission.
        Some(EntryStatus::Accepted) if !money::can_pay(act, quest, item)? => Ok(()),
        Some(status) => decide(act, quest, entry, &status, None, None),
        None => Ok(()),
    }
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
        if let Some(asset) = entry.asset
            && assets::get(act.db, asset)?.is_none()
        {
            rescored.skipped.push((id, "asset was deleted".to_owned()));
            continue;
        }
        rescored.runs.extend(begin(act, &quest, &item, entry, act.who, false)?);
        if let Some(action) = entries::get(act.db, id)?.and_then(|entry| entry.eval_action) {
            rescored.started.push((id, action));
        }
    }
    Ok(rescored)
}

/// Takes the result of a run over HTTP: its answer, or why there is none.
pub(crate) fn report(act: &Act<'_>, run: &Run, answer: Result<Value, String>) -> Result<(), Refusal> {
    let Some(mut action) = entries::action(act.db, run.action)? else { return Ok(()) };
    let failed = answer.is_err();
    let answer =
        answer.unwrap_or_else(|error| json!({"error": {"type": "external_service_error", "message": error}}));
    action.status = if failed { "error" } else { "success" }.to_owned();
    action.response = Some(answer.to_string());
    action.finished_at = Some(act.now);
    entries::put_action(act.db, &action)?;
    // Anything may have been deleted meanwhile; a newer run's result is not overwritten by an older one's.
    let Some(entry) = entries::get(act.db, action.entry)? else { return Ok(()) };
    let (Some(quest), Some(item)) = (quests::get(act.db, entry.quest)?, entry.item) else { return Ok(()) };
    match items::get(act.db, item)? {
        Some(item) if entry.eval_action == Some(action.id) => {
            take_result(act, &quest, &item, entry, &answer, run.may_decide)
        }
        _ => Ok(()),
    }
}
