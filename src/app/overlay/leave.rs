//! Leaving with decisions that are not sent, or files that are not saved: send and save first, keep the decisions for
//! next time and drop the files, or stay.

use std::time::Duration;

use crate::domain::Timestamp;
use crate::domain::decision::{Decision, Event};

use super::super::key::{Key, KeyCode};
use super::super::{Effect, State};
use super::Overlay;

/// How long leaving waits for requests that are under way, at the most.
const UNDER_WAY: Duration = Duration::from_secs(2);

/// The open question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leave {
    /// Everything is being sent, and what is being saved is waited for; leaves by itself when nothing is open any more.
    pub sending: bool,
}

impl Leave {
    pub(super) fn on_key(
        mut self,
        state: &mut State,
        key: Key,
        _now: Timestamp,
        effects: &mut Vec<Effect>,
    ) -> Option<Overlay> {
        if key.ctrl || key.alt {
            return Some(Overlay::Leave(self));
        }
        match key.code {
            KeyCode::Esc | KeyCode::Char('n' | 'c') => None,
            KeyCode::Char('k') => {
                // Nothing of what is on its way to the disk is kept: the engine sees to that as it ends.
                state.leave(effects);
                None
            }
            KeyCode::Char('s') if !self.sending => {
                let held = state.decisions.held();
                if !held.is_empty() {
                    effects.push(Effect::Step(held, Event::GoOn));
                }
                self.sending = true;
                Some(Overlay::Leave(self))
            }
            _ => Some(Overlay::Leave(self)),
        }
    }
}

impl State {
    /// Whether something would be left undone.
    fn has_unfinished(&self) -> bool {
        self.decisions.tally().open() > 0 || !self.savings.is_empty()
    }

    /// The user wants to leave: asks if anything is not sent or not saved yet.
    pub(in crate::app) fn quit(&mut self, _now: Timestamp, effects: &mut Vec<Effect>) {
        if self.has_unfinished() {
            self.overlay = Some(Overlay::Leave(Leave { sending: false }));
        } else {
            self.leave(effects);
        }
    }

    /// Leaves once everything that stood in the way has come to its end, asked for or by itself: nothing is left
    /// to ask about then.
    pub(in crate::app) fn leave_when_sent(&mut self, effects: &mut Vec<Effect>) {
        if matches!(self.overlay, Some(Overlay::Leave(_))) && !self.has_unfinished() {
            self.overlay = None;
            self.leave(effects);
        }
    }

    /// These were still being written when everything was let go: they go as well, now that they are on the disk.
    pub(in crate::app) fn let_go_if_leaving(&self, recorded: &[Decision], effects: &mut Vec<Effect>) {
        if matches!(self.overlay, Some(Overlay::Leave(Leave { sending: true }))) && !recorded.is_empty() {
            let ids = recorded.iter().map(|decision| decision.id).collect();
            effects.push(Effect::Step(ids, Event::GoOn));
        }
    }

    fn leave(&mut self, effects: &mut Vec<Effect>) {
        if !self.leaving {
            self.leaving = true;
            effects.push(Effect::Quit(UNDER_WAY));
        }
    }
}
