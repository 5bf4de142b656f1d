//! The reason picker: a digit rejects with a saved reason; any other letter begins one's own.

use crate::domain::decision::Verdict;
use crate::domain::{SafeText, Timestamp};

use super::super::key::{Key, KeyCode};
use super::super::{Effect, State};
use super::Overlay;

/// The open picker.
#[derive(Debug, Clone, PartialEq)]
pub struct Reason {
    /// What is rejected: `#3 Curie temps · bot-7`.
    pub label: SafeText,
}

impl Reason {
    /// A picker for the entry called so.
    #[must_use]
    pub const fn new(label: SafeText) -> Self {
        Self { label }
    }

    /// The saved reasons with the digits that pick them.
    pub fn choices(state: &State) -> impl Iterator<Item = (char, &SafeText)> {
        ('1'..='9').zip(&state.settings.reasons)
    }

    pub(super) fn on_key(
        self,
        state: &mut State,
        key: Key,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) -> Option<Overlay> {
        if key.ctrl || key.alt {
            return Some(Overlay::Reason(self));
        }
        match key.code {
            KeyCode::Esc => None,
            KeyCode::Char(digit @ '1'..='9') => {
                let reason =
                    Self::choices(state).find(|(key, _)| *key == digit).map(|(_, reason)| reason.clone());
                let Some(reason) = reason else {
                    state.notices.warn(SafeText::line(&format!("there is no reason {digit}: type one")), now);
                    return Some(Overlay::Reason(self));
                };
                state.decide(Verdict::Reject, Some(reason), now, effects);
                None
            }
            KeyCode::Enter => {
                state.open_note(Verdict::Reject, "", now);
                None
            }
            KeyCode::Char(letter) if letter.is_alphabetic() => {
                state.open_note(Verdict::Reject, letter.encode_utf8(&mut [0; 4]), now);
                None
            }
            _ => Some(Overlay::Reason(self)),
        }
    }
}
