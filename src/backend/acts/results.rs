//! What comes of evaluations: scores, verdicts, perhaps decisions, and a record of the run that people can read (5.6).

use std::time::Duration;

use serde_json::{Value, json};

use super::review::decide;
use super::{Act, World, money, notify};
use crate::backend::error::Refusal;
use crate::backend::ids::Id;
use crate::backend::rules::evaluation::{SCORE_PATH, Verdict, decision, error_in, verdict};
use crate::backend::store::actions::{self, Action, Line};
use crate::backend::store::entries::{self, Entry};
use crate::backend::store::items::{self, Item};
use crate::backend::store::quests::{self, Quest};
use crate::clock;
use crate::domain::EntryStatus;

/// How a run ended.
#[derive(Debug, Clone)]
pub(crate) enum Outcome {
    /// With an answer; its HTTP status, if it came over HTTP.
    Answered { status: Option<u16>, answer: Value },
    /// Without one that can be used.
    Failed { status: Option<u16>, message: String },
    /// Not in time.
    TimedOut { after: Duration },
}

/// Longest message of a log line.
const LONGEST: usize = 2_000;

/// Adds a line to a run's log.
pub(crate) fn say(act: &Act<'_>, action: Id, level: &str, message: &str) -> Result<(), Refusal> {
    let line = Line {
        id: act.new_id(),
        action,
        user: act.who,
        level: level.to_owned(),
        message: message.chars().take(LONGEST).collect(),
        at: act.now,
    };
    Ok(actions::log(act.db, &line)?)
}

/// Takes the result of a run that went on outside of any act.
pub(crate) fn report(act: &Act<'_>, action: Id, outcome: Outcome, may_decide: bool) -> Result<(), Refusal> {
    // A run ends once: what comes later is nobody's.
    let action = actions::get(act.db, action)?.filter(|action| action.finished_at.is_none());
    let Some(action) = action else { return Ok(()) };
    // Anything may have been deleted meanwhile; the run is still recorded.
    let subject = match entries::get(act.db, action.entry)? {
        Some(entry) => {
            let quest = quests::get(act.db, entry.quest)?;
            let item = entry.item.map(|item| items::get(act.db, item)).transpose()?.flatten();
            quest.zip(item).map(|(quest, item)| (quest, item, entry))
        }
        None => None,
    };
    let subject = subject.as_ref().map(|(quest, item, entry)| (quest, item, entry.clone()));
    finish(act, action, subject, outcome, may_decide)
}

/// Writes down how a run ended, and lets its score count if it is the entry's newest run.
pub(crate) fn finish(
    act: &Act<'_>,
    mut action: Action,
    subject: Option<(&Quest, &Item, Entry)>,
    outcome: Outcome,
    may_decide: bool,
) -> Result<(), Refusal> {
    let (status, upstream, mut answer) = as_answer(outcome);
    let item = subject.as_ref().map(|(_, item, _)| *item);
    let score_path = item.and_then(|item| item.eval_score_path.as_deref());
    let categories_path = item.and_then(|item| item.eval_categories_path.as_deref());
    let verdict =
        verdict(&answer, score_path, categories_path, item.map(|item| item.band).unwrap_or_default());
    if verdict.status == "errored" && error_in(&answer).is_none() {
        let message = format!("The route's answer has no number at {}", score_path.unwrap_or(SCORE_PATH));
        answer = json!({"error": {"type": "no_score", "message": message}, "answer": answer});
    }
    let status = if verdict.status == "errored" && status == "success" { "error" } else { status };
    status.clone_into(&mut action.status);
    action.upstream_status = upstream;
    action.response = Some(answer.to_string());
    action.finished_at = Some(act.now);
    actions::put(act.db, &action)?;
    match error_in(&answer) {
        Some(error) => say(act, action.id, "error", &error)?,
        None => say(act, action.id, "info", &sentence(&verdict))?,
    }
    match subject {
        // A newer run's result is not overwritten by an older one's.
        Some((quest, item, entry)) if entry.eval_action == Some(action.id) => {
            take(act, quest, item, entry, &verdict, &answer, may_decide)
        }
        _ => Ok(()),
    }
}

/// Status of the action, HTTP status of the route, and what is kept as its response.
fn as_answer(outcome: Outcome) -> (&'static str, Option<u16>, Value) {
    let error =
        |kind: &str, message: String| json!({"error": {"type": kind, "message": message, "retryable": true}});
    match outcome {
        Outcome::Answered { status, answer } => ("success", status, answer),
        Outcome::Failed { status, message } => ("error", status, error("external_service_error", message)),
        Outcome::TimedOut { after } => {
            let message = format!("The route gave no result within {} s", after.as_secs_f64());
            ("timed-out", None, error("timed_out", message))
        }
    }
}

fn sentence(verdict: &Verdict) -> String {
    let score = verdict.score.map(|score| score.to_string()).unwrap_or_default();
    format!("Score {score}: {}", verdict.status)
}

/// Writes a score down and lets it decide, if it may and the entry waits for a decision.
fn take(
    act: &Act<'_>,
    quest: &Quest,
    item: &Item,
    mut entry: Entry,
    verdict: &Verdict,
    answer: &Value,
    may_decide: bool,
) -> Result<(), Refusal> {
    entry.eval_status = Some(verdict.status.to_owned());
    // A run that failed takes nobody's score away: ranks outlive a route that is down.
    if verdict.status != "errored" {
        entry.eval_score = verdict.score;
        entry.categories = verdict.categories.clone().map(|categories| Value::Object(categories).to_string());
    }
    entry.updated_at = act.now;
    entries::update(act.db, &entry)?;
    if !may_decide {
        return Ok(());
    }
    if verdict.status != "passed" {
        notify::evaluation_failed(act, quest, &entry)?;
    }
    if entry.status != EntryStatus::Submitted {
        return Ok(());
    }
    match decision(verdict, answer) {
        // What cannot be paid waits for the owner instead of failing the contributor's submission.
        Some(EntryStatus::Accepted) if !money::can_pay(act, quest, item)? => {
            let action = entry.eval_action.unwrap_or(entry.id);
            say(act, action, "warning", "It passed, but the owner's wallet cannot pay it now: left to people")
        }
        Some(status) => decide(act, quest, entry, &status, None, None),
        None => Ok(()),
    }
}

/// Ends the runs of a backend that was stopped under them: nothing will report on them any more.
pub(crate) fn end_orphans(db: &rusqlite::Connection, world: &World) -> Result<(), Refusal> {
    for action in actions::under_way(db)? {
        let act = Act { db, world, who: action.user, now: clock::now() };
        let message = "The backend was stopped while this run was under way: evaluate the entry again";
        report(&act, action.id, Outcome::Failed { status: None, message: message.to_owned() }, true)?;
    }
    Ok(())
}
