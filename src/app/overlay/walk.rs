//! Walking over what was decided last: `[` goes back, `]` forward. The cursor goes to the entry where it is still
//! listed; what can still be done about the decision is said as it is, with its price.

use crate::app::command::Command;
use crate::domain::DecisionId;
use crate::domain::decision::{Event, Subject};

use super::super::key::{Key, KeyCode};
use super::super::past::is_rejected;
use super::super::{Effect, State};
use super::Overlay;

/// How far back one can walk.
pub const FAR: usize = 50;

/// The decision that is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Walk {
    /// Which.
    pub id: DecisionId,
    /// How many there are to walk over, and its place among them from the newest, from 1.
    pub place: (usize, usize),
}

impl State {
    /// To this decision, if it is among the last ones.
    pub(in crate::app) fn walk_to(&mut self, id: DecisionId) -> Option<Overlay> {
        let last = self.decisions.newest_first(FAR);
        let at = last.iter().position(|one| *one == id)?;
        Some(Overlay::Walk(Walk { id, place: (at + 1, last.len()) }))
    }

    /// To the decision before (by 1) or after (by -1) the one that is shown; to the last one if none is.
    pub(in crate::app) fn walk(&mut self, from: Option<Walk>, by: isize) -> Option<Overlay> {
        let last = self.decisions.newest_first(FAR);
        let at = from.and_then(|walk| last.iter().position(|id| *id == walk.id));
        let at = at.map_or(Some(0), |at| at.checked_add_signed(by).filter(|at| *at < last.len()));
        let Some((at, &id)) = at.and_then(|at| Some((at, last.get(at)?))) else {
            let words = if by > 0 { "no decision before this one" } else { "this was the last decision" };
            self.notices.tell(words.into(), self.now);
            return from.map(Overlay::Walk);
        };
        if let Some(Subject::Entry(entry)) = self.decisions.get(id).map(|decision| decision.act.subject()) {
            self.desk.queue.set_cursor(entry);
        }
        Some(Overlay::Walk(Walk { id, place: (at + 1, last.len()) }))
    }
}

impl Walk {
    /// Answers a key of its own: what is open then. `Err`: the key is for the view below, and this is over.
    pub(super) fn on_key(
        self,
        state: &mut State,
        key: Key,
        effects: &mut Vec<Effect>,
    ) -> Result<Option<Overlay>, ()> {
        let is = |command| state.keymap.keys_of(command).contains(&key);
        match (key.code, key.ctrl || key.alt) {
            _ if is(Command::WalkBack) => Ok(state.walk(Some(self), 1)),
            _ if is(Command::WalkForward) => Ok(state.walk(Some(self), -1)),
            _ if is(Command::Undo) => {
                let can = state.decisions.get(self.id).is_some_and(|decision| decision.stage.can_undo());
                if can && !state.decisions.is_recording(self.id) && !state.settings.read_only {
                    effects.push(Effect::Step(vec![self.id], Event::Undo));
                } else if let Some(decision) =
                    state.decisions.get(self.id).filter(|one| is_rejected(one)).cloned()
                {
                    state.accept_after(&decision, state.now, effects);
                    return Ok(state.overlay.take());
                } else {
                    let words = super::super::decide::what_is_possible(state, self.id);
                    state.notices.warn(words, state.now);
                }
                Ok(None)
            }
            (KeyCode::Esc | KeyCode::Enter, false) => Ok(None),
            _ => Err(()),
        }
    }
}
