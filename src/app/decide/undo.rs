//! Taking back and doing again. Undo means *before it was sent*: what was sent is never called undone.

use crate::app::command::Command;
use crate::app::context::key_text;
use crate::domain::decision::{Act, Decision, Event, NoStep, Stage, Subject};
use crate::domain::{DecisionId, SafeText, Timestamp};

use super::super::desk::Pane;
use super::super::log::View;
use super::super::overlay::walk::FAR;
use super::super::past::is_rejected;
use super::super::{Effect, State};
use super::past::{decision_line, what_is_possible};
use super::words::{act_name, act_word};

impl State {
    /// Takes back the decision under the cursor, else the last act as a whole.
    pub(in crate::app) fn undo(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        if self.undo_aside(now, effects) {
            return;
        }
        let target = self.to_take_back();
        if target.is_empty() {
            let logged = (self.view == View::Log).then(|| self.log.under_cursor().cloned()).flatten();
            if let Some(decision) = logged.filter(is_rejected) {
                return self.accept_after(&decision, now, effects);
            }
            // What was sent is shown with what can still be done about it, which the same key then does.
            if let Some(walk) = self.newest_sent().and_then(|sent| self.walk_to(sent)) {
                self.overlay = Some(walk);
                return self.notices.tell("nothing is held: this is what was sent last".into(), now);
            }
            let words = match self.newest_sent() {
                None => "nothing to take back: nothing is held".into(),
                Some(sent) => SafeText::line(&format!(
                    "nothing is held. {}: {}",
                    decision_line(self, sent),
                    what_is_possible(self, sent)
                )),
            };
            return self.notices.warn(words, now);
        }
        if target.iter().any(|decision| self.decisions.is_recording(decision.id)) {
            return self.notices.warn("it is being written: try again in a moment".into(), now);
        }
        if !target.iter().any(|decision| decision.stage.can_undo()) {
            return self.notices.warn(SafeText::line(&NoStep::TooLate.to_string()), now);
        }
        let ids = target.iter().map(|decision| decision.id).collect();
        effects.push(Effect::Step(ids, Event::Undo));
    }

    /// The newest decision that was let go.
    fn newest_sent(&self) -> Option<DecisionId> {
        let mut last = self.decisions.newest_first(FAR).into_iter();
        last.find(|id| self.decisions.get(*id).is_some_and(|decision| decision.stage != Stage::Undone))
    }

    /// What `u` is about: the open decision under the cursor, else what can still be taken back of the last act.
    pub(in crate::app) fn to_take_back(&self) -> Vec<&Decision> {
        let here = if self.view == View::Log {
            self.log.under_cursor().and_then(|row| self.decisions.get(row.id))
        } else {
            self.subject_under_cursor().and_then(|subject| self.decisions.on(subject))
        };
        match here.filter(|decision| !decision.stage.is_over()) {
            Some(decision) => vec![decision],
            // What is being written is newer than all that could be taken back by now: that is meant, not what is older.
            None => match self.decisions.being_written() {
                written if !written.is_empty() => written,
                _ => self.decisions.newest_undoable(),
            },
        }
    }

    /// Does again what was taken back last, through every gate.
    pub(in crate::app) fn redo(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        let Some(mut acts) = self.decisions.redo() else {
            return self.notices.warn("nothing to do again".into(), now);
        };
        if acts.len() > 1 {
            self.redo_many(&acts, now, effects);
            // Whoever goes back from the sheet may ask for it again.
            return self.decisions.took_back(acts);
        }
        match acts.pop() {
            None => {}
            Some(act @ Act::Review { entry, verdict, .. }) => {
                if self.desk.queue.set_cursor(entry) {
                    self.decide(verdict, act.note().cloned(), now, effects);
                    if self.overlay.is_some() {
                        // Whoever goes back from what is asked now may do it again later.
                        self.decisions.took_back(vec![act]);
                    }
                } else if let Some(rejected) = self.decisions.rejected_on(entry).cloned() {
                    self.accept_after(&rejected, now, effects);
                } else {
                    self.notices.warn("that entry is no longer in this list".into(), now);
                }
            }
            Some(Act::SetItem { item, status }) => self.set_status_of(item, &status, now, effects),
            Some(Act::Complete { .. }) => {
                let key = key_text(self, Command::ItemComplete);
                let words = format!("completing an item is not done again by itself: press {key} on it");
                self.notices.warn(SafeText::line(&words), now);
            }
            Some(Act::Comment { .. }) => {
                self.notices.warn(
                    "a comment is not written again by itself: its text is kept as a draft".into(),
                    now,
                );
            }
            Some(Act::Evaluate { .. } | Act::Rescore { .. }) => {
                let key = key_text(self, Command::Evaluate);
                let words = format!("an evaluation is not run again by itself: press {key} on it");
                self.notices.warn(SafeText::line(&words), now);
            }
        }
    }

    /// What the cursor stands on, by the focused pane.
    fn subject_under_cursor(&self) -> Option<Subject> {
        match self.desk.focus {
            Pane::Items => self.desk.item_cursor().map(Subject::Item),
            Pane::Quests | Pane::Pending | Pane::Entry => self.desk.queue.cursor().map(Subject::Entry),
        }
    }

    /// Decisions were taken back in one go: a note stays as a draft on its entry, and the cursor returns to a single
    /// one.
    pub(super) fn were_undone(&mut self, undone: &[Decision], now: Timestamp, effects: &mut Vec<Effect>) {
        self.decisions.took_back(undone.iter().map(|decision| decision.act.clone()).collect());
        for decision in undone {
            self.mark_again(decision);
            self.keep_note_of(decision, effects);
            self.comment_moved(decision, now, effects);
        }
        let words = match undone {
            [one] => {
                if let Act::Review { entry, .. } | Act::Evaluate { entry, .. } | Act::Comment { entry, .. } =
                    one.act
                {
                    self.desk.queue.set_cursor(entry);
                }
                format!("took back: {} {}", act_word(&one.act), one.label)
            }
            many => format!("took back: {}", act_name(many.iter())),
        };
        self.notices.tell(SafeText::line(&words), now);
    }
}
