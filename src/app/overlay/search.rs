//! The search line of the full-screen reader. Nothing is looked for before `Enter`; an empty line ends the search.

use crate::app::State;
use crate::app::key::{Key, KeyCode};
use crate::domain::{SafeText, Timestamp};

use super::Overlay;
use super::filter::Filter;

/// The overlay: a line of text, edited like the filter line.
#[derive(Debug, Default)]
pub struct Search {
    line: Filter,
}

impl Search {
    /// To change the search that is on, or to begin one.
    #[must_use]
    pub fn edit(query: &SafeText) -> Self {
        Self { line: Filter::edit(query) }
    }

    /// What has been typed, and before which character the cursor stands.
    #[must_use]
    pub const fn line(&self) -> &Filter {
        &self.line
    }

    /// Answers a key.
    pub(super) fn on_key(mut self, state: &mut State, key: Key, now: Timestamp) -> Option<Overlay> {
        match (key.code, key.ctrl) {
            (KeyCode::Esc, _) | (KeyCode::Char('c'), true) => return None,
            (KeyCode::Enter, _) => {
                state.search(&SafeText::line(self.line.text()), now);
                return None;
            }
            _ => self.line.write(key),
        }
        Some(Overlay::Search(self))
    }

    /// Takes pasted text in at the cursor.
    pub(super) fn paste(&mut self, text: &SafeText) {
        self.line.paste(text);
    }
}
