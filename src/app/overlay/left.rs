//! What a dead session left behind: said first, and nothing is sent until one key goes on, takes back, or shows it.

use crate::app::command::Command;
use crate::app::context::key_text;
use crate::domain::decision::{Event, Settled, Stage};
use crate::domain::{DecisionId, SafeText, Timestamp};

use super::super::key::{Key, KeyCode};
use super::super::{Effect, State};
use super::Overlay;

/// The open message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// The decisions that were left.
    pub ids: Vec<DecisionId>,
    /// Whether they are listed one by one.
    pub listed: bool,
    /// First line shown of the list.
    pub top: usize,
    /// Whether it was another desk on this profile that ended, while this one was open.
    pub elsewhere: bool,
    /// Since when it is open.
    pub since: Timestamp,
}

/// What became of what was left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Became {
    /// Done on the server.
    pub done: usize,
    /// Unknown, being read back.
    pub unknown: usize,
    /// Not sent.
    pub not_sent: usize,
    /// Refused or in conflict.
    pub failed: usize,
}

impl Left {
    /// A message about these decisions.
    #[must_use]
    pub const fn new(ids: Vec<DecisionId>, elsewhere: bool, since: Timestamp) -> Self {
        Self { ids, listed: false, top: 0, elsewhere, since }
    }

    /// What became of them, as of now.
    #[must_use]
    pub fn became(&self, state: &State) -> Became {
        let mut became = Became::default();
        for decision in self.ids.iter().filter_map(|id| state.decisions.get(*id)) {
            match decision.stage {
                Stage::Confirmed(Settled::Ours | Settled::Agreed { .. }) => became.done += 1,
                Stage::Unknown { .. } | Stage::Sending => became.unknown += 1,
                Stage::Held { .. } | Stage::Queued => became.not_sent += 1,
                Stage::Refused { .. } | Stage::Conflict(_) => became.failed += 1,
                Stage::Undone => {}
            }
        }
        became
    }

    pub(super) fn on_key(
        mut self,
        state: &mut State,
        key: Key,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) -> Option<Overlay> {
        let waiting = state.decisions.waiting();
        match key.code {
            KeyCode::Enter => {
                if !waiting.is_empty() {
                    effects.push(Effect::Step(waiting, Event::GoOn));
                }
                return None;
            }
            KeyCode::Char('u') => {
                if !waiting.is_empty() {
                    effects.push(Effect::Step(waiting, Event::Undo));
                }
                return None;
            }
            KeyCode::Char('v') => self.listed = !self.listed,
            KeyCode::Char('j') | KeyCode::Down => {
                self.top = (self.top + 1).min(self.ids.len().saturating_sub(1));
            }
            KeyCode::Char('k') | KeyCode::Up => self.top = self.top.saturating_sub(1),
            KeyCode::Char('q') => {
                state.quit(now, effects);
                return None;
            }
            KeyCode::Esc => {
                let (quit, undo) = (key_text(state, Command::Quit), key_text(state, Command::Undo));
                let words = format!("what was left waits: {quit} asks again, {undo} on a row takes it back");
                state.notices.tell(SafeText::line(&words), now);
                return None;
            }
            _ => {}
        }
        Some(Overlay::Left(self))
    }
}
