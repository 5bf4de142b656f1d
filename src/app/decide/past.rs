//! What a decision came to, and what can honestly still be done about it.

use crate::app::command::Command;
use crate::app::context::key_text;
use crate::domain::decision::{Act, Decision, Settled, Stage, Verdict};
use crate::domain::{Cost, DecisionId, Reward, SafeText, age_text};

use super::super::State;
use super::super::past::Known;
use super::words::{act_word, amounts, stage_word};

/// A decision in a line: `reject #3 Curie temps · bot-7, rejected 3m ago`.
#[must_use]
pub fn decision_line(state: &State, id: DecisionId) -> SafeText {
    let Some(decision) = state.decisions.get(id) else { return "it is not known any more".into() };
    let word = stage_word(decision, state.decisions.is_recording(id), state.now);
    let ago = match age_text(state.now.since(decision.changed_at)).as_str() {
        "now" => "just now".to_owned(),
        age => format!("{age} ago"),
    };
    SafeText::line(&format!("{} {}: {word}, {ago}", act_word(&decision.act), decision.label))
}

/// What can still be done about a decision, with its price.
#[must_use]
pub fn what_is_possible(state: &State, id: DecisionId) -> SafeText {
    let Some(decision) = state.decisions.get(id) else { return "nothing".into() };
    let undo = key_text(state, Command::Undo);
    let text = match &decision.stage {
        _ if state.decisions.is_recording(id) => "it is being written".to_owned(),
        Stage::Held { .. } => format!("{undo} takes it back"),
        Stage::Queued => format!("not sent yet: {undo} takes it back"),
        Stage::Sending => "on its way: it can't be taken back".to_owned(),
        Stage::Unknown { .. } => "no answer came: it is being read back first".to_owned(),
        Stage::Confirmed(settled) => when_done(state, decision, *settled),
        Stage::Refused { words } => format!("the server refused it ({words}): decide it again"),
        Stage::Conflict(_) => "nothing of yours was done: look at it again".to_owned(),
        Stage::Undone => format!("taken back: {} does it again", key_text(state, Command::Redo)),
    };
    SafeText::line(&text)
}

fn when_done(state: &State, decision: &Decision, settled: Settled) -> String {
    if let Settled::Agreed { .. } = settled {
        return "decided alike by somebody else: nothing of yours to take back".to_owned();
    }
    match &decision.act {
        Act::Review { verdict: Verdict::Accept, .. } if decision.cost.spends() => {
            format!("{} paid: that can't be taken back", amounts(&decision.cost))
        }
        Act::Review { verdict: Verdict::Accept, .. } => "accepted: that can't be taken back".to_owned(),
        Act::Review { verdict: Verdict::Reject, .. } => {
            let known = Known::of_decision(decision).ok_or_else(|| "it is not known any more".into());
            match known.and_then(|known| state.acceptance_instead(&known)) {
                Ok(instead) => {
                    let pays = Reward { xp: instead.cost.xp, money: instead.cost.gross };
                    let pays =
                        if instead.cost == Cost::default() { "nothing".to_owned() } else { pays.to_string() };
                    let undo = key_text(state, Command::Undo);
                    format!("sent: {undo} accepts it instead for {pays}, if the server allows that")
                }
                Err(why) => format!("sent: it can't be accepted instead, {why}"),
            }
        }
        Act::Comment { .. } => "written: delete it on the web to take it back".to_owned(),
        Act::Evaluate { .. } => "begun: the run is paid for".to_owned(),
        Act::Rescore { .. } => "begun: the runs are paid for".to_owned(),
        Act::SetItem { .. } | Act::Complete { .. } => "sent: set the item again to change it".to_owned(),
    }
}
