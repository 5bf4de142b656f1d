//! What a dead session left behind: said first, and nothing is sent until one key goes on, takes back, or shows it.

use crate::app::command::Command;
use crate::app::context::key_text;
use crate::app::decide::Unsent;
use crate::domain::decision::{Decision, Event, Settled, Stage};
use crate::domain::{DecisionId, SafeText, Timestamp};

use super::super::key::{Key, KeyCode};
use super::super::{Effect, State};
use super::{Overlay, Scroll};

/// The open message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// The decisions that were left: what waits first, then what is unclear, then what is over.
    pub ids: Vec<DecisionId>,
    /// Whether they are listed one by one.
    pub listed: bool,
    /// How far the list is scrolled.
    pub scroll: Scroll,
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
    /// Refused or in conflict.
    pub failed: usize,
}

impl Left {
    /// A message about these decisions.
    #[must_use]
    pub fn new(mut left: Vec<&Decision>, elsewhere: bool, since: Timestamp) -> Self {
        left.sort_by_key(|decision| (rank(&decision.stage), decision.made_at, decision.id));
        let ids = left.into_iter().map(|decision| decision.id).collect();
        Self { ids, listed: false, scroll: Scroll::default(), elsewhere, since }
    }

    /// The last of them was made then.
    #[must_use]
    pub fn last_made(&self, state: &State) -> Option<Timestamp> {
        self.ids.iter().filter_map(|id| Some(state.decisions.get(*id)?.made_at)).max()
    }

    /// What going on sends, and what it pays: all that waits, of whichever session.
    #[must_use]
    pub fn unsent(state: &State) -> Unsent {
        let waiting = state.decisions.waiting();
        Unsent::of(waiting.iter().filter_map(|id| state.decisions.get(*id)))
    }

    /// What became of them, as of now.
    #[must_use]
    pub fn became(&self, state: &State) -> Became {
        let mut became = Became::default();
        for decision in self.ids.iter().filter_map(|id| state.decisions.get(*id)) {
            match decision.stage {
                Stage::Confirmed(Settled::Ours | Settled::Agreed { .. }) => became.done += 1,
                Stage::Unknown { .. } | Stage::Sending => became.unknown += 1,
                Stage::Refused { .. } | Stage::Conflict(_) => became.failed += 1,
                Stage::Held { .. } | Stage::Queued | Stage::Undone => {}
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
            KeyCode::Char('q') => {
                state.quit(now, effects);
                return None;
            }
            KeyCode::Esc => {
                let (ask, undo) = (key_text(state, Command::Pause), key_text(state, Command::Undo));
                let words = format!("what was left waits: {ask} asks again, {undo} on a row takes it back");
                state.notices.tell(SafeText::line(&words), now);
                return None;
            }
            _ if self.listed => {
                // The keys that would close a list are answered above.
                let _ = self.scroll.on_key(key, self.ids.len(), state.height);
            }
            _ => {}
        }
        Some(Overlay::Left(self))
    }
}

/// What a word is wanted about comes first, what is over last.
const fn rank(stage: &Stage) -> u8 {
    match stage {
        Stage::Held { .. } | Stage::Queued => 0,
        Stage::Sending | Stage::Unknown { .. } => 1,
        Stage::Refused { .. } | Stage::Conflict(_) => 2,
        Stage::Confirmed(_) | Stage::Undone => 3,
    }
}

impl State {
    /// Asks again about what waits for a word; `false` if nothing does.
    pub(in crate::app) fn ask_about_left(&mut self, now: Timestamp) -> bool {
        let waiting = self.decisions.waiting();
        let left: Vec<&Decision> = waiting.iter().filter_map(|id| self.decisions.get(*id)).collect();
        if left.is_empty() {
            return false;
        }
        self.overlay = Some(Overlay::Left(Left::new(left, false, now)));
        true
    }
}
