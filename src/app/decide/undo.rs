//! Taking back and doing again. Undo means *before it was sent*: what was sent is never called undone.

use crate::domain::SafeText;
use crate::domain::Timestamp;
use crate::domain::decision::{Act, Decision, Event, NoStep, Subject};

use super::super::desk::Pane;
use super::super::{Effect, State};

impl State {
    /// Takes back the decision under the cursor, else the last act.
    pub(in crate::app) fn undo(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        let Some(decision) = self.to_take_back() else {
            return self.notices.warn("nothing to take back: nothing is held".into(), now);
        };
        if self.decisions.is_recording(decision.id) {
            return self.notices.warn("it is being written: try again in a moment".into(), now);
        }
        if !decision.stage.can_undo() {
            return self.notices.warn(SafeText::line(&NoStep::TooLate.to_string()), now);
        }
        effects.push(Effect::Step(vec![decision.id], Event::Undo));
    }

    /// What `u` is about: the open decision under the cursor, else the last one that can still be taken back.
    pub(in crate::app) fn to_take_back(&self) -> Option<&Decision> {
        let here = self.subject_under_cursor().and_then(|subject| self.decisions.on(subject));
        here.filter(|decision| !decision.stage.is_over()).or_else(|| self.decisions.newest_undoable())
    }

    /// Does again what was taken back last, through every gate.
    pub(in crate::app) fn redo(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        match self.decisions.redo() {
            None => self.notices.warn("nothing to do again".into(), now),
            Some(Act::Review { entry, verdict, note, .. }) => {
                if self.desk.queue.set_cursor(entry) {
                    self.decide(verdict, note, now, effects);
                } else {
                    self.notices.warn("that entry is no longer in this list".into(), now);
                }
            }
            Some(Act::SetItem { item, status }) => self.set_status_of(item, &status, now, effects),
            Some(Act::Complete { .. }) => {
                self.notices
                    .warn("completing an item is not done again by itself: press c on it".into(), now);
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

    /// A decision was taken back: the cursor returns to it, its note stays as a draft.
    pub(super) fn was_undone(&mut self, decision: &Decision, now: Timestamp, effects: &mut Vec<Effect>) {
        self.decisions.took_back(decision.act.clone());
        if let Act::Review { entry, note, .. } = &decision.act {
            self.desk.queue.set_cursor(*entry);
            if let Some(note) = note {
                effects.push(Effect::SaveDraft(*entry, note.clone()));
            }
        }
        let words = format!("took back: {} {}", super::words::act_word(&decision.act), decision.label);
        self.notices.tell(SafeText::line(&words), now);
    }
}
