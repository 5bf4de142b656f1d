//! Decisions: stubs until the real ones are merged.

use crate::domain::decision::Decision;
use crate::domain::{ItemStatus, SafeText, Timestamp};
use crate::store;

use super::{Effect, State};

impl State {
    pub(super) fn accept(&mut self, _now: Timestamp, _effects: &mut Vec<Effect>) {}
    pub(super) fn accept_with_note(&mut self, _now: Timestamp, _effects: &mut Vec<Effect>) {}
    pub(super) fn reject(&mut self, _now: Timestamp, _effects: &mut Vec<Effect>) {}
    pub(super) fn repeat(&mut self, _now: Timestamp, _effects: &mut Vec<Effect>) {}
    pub(super) fn undo(&mut self, _now: Timestamp, _effects: &mut Vec<Effect>) {}
    pub(super) fn redo(&mut self, _now: Timestamp, _effects: &mut Vec<Effect>) {}
    pub(super) fn set_item(&mut self, _status: ItemStatus, _now: Timestamp, _effects: &mut Vec<Effect>) {}
    pub(super) fn complete_item(&mut self, _now: Timestamp, _effects: &mut Vec<Effect>) {}
    pub(super) fn quit(&mut self, _now: Timestamp, _effects: &mut Vec<Effect>) {}
    pub(super) fn learn_decision(&mut self, _news: store::News, _now: Timestamp, _effects: &mut Vec<Effect>) {
    }
    pub(super) fn due(&mut self, _now: Timestamp, _effects: &mut Vec<Effect>) {}
}

/// What a decision has come to, in a word or two.
#[must_use]
pub fn stage_word(_decision: &Decision, _recording: bool, _now: Timestamp) -> SafeText {
    SafeText::default()
}

/// What accepting the entry under the cursor costs.
#[must_use]
pub fn cost_line(_state: &State) -> Option<SafeText> {
    None
}

/// What `.` would do.
#[must_use]
pub fn repeat_line(_state: &State) -> Option<SafeText> {
    None
}
