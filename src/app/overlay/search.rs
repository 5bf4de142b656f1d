//! The search line of the full-screen reader. It opens empty, and nothing is looked for before `Enter`; on an empty
//! line `Enter` looks for the last words once more. `Up` and `Down` go through those before.

use crate::app::State;
use crate::app::key::{Key, KeyCode};
use crate::domain::{SafeText, Timestamp};

use super::Overlay;
use super::filter::Filter;

/// The overlay: a line of text, edited like the filter line.
#[derive(Debug, Default)]
pub struct Search {
    line: Filter,
    /// What was looked for before, the last first.
    before: Vec<SafeText>,
    /// Which of these is on the line, counted from 1; 0: what was typed.
    at: usize,
    /// What was typed before one of these came.
    typed: SafeText,
}

impl Search {
    /// To look for something, after these words, the last first.
    #[must_use]
    pub fn new(before: Vec<SafeText>) -> Self {
        Self { before, ..Self::default() }
    }

    /// What has been typed, and before which character the cursor stands.
    #[must_use]
    pub const fn line(&self) -> &Filter {
        &self.line
    }

    /// What `Enter` looks for while nothing is typed.
    #[must_use]
    pub fn again(&self) -> Option<&SafeText> {
        self.before.first().filter(|_| self.line.text().is_empty())
    }

    /// Answers a key.
    pub(super) fn on_key(mut self, state: &mut State, key: Key, now: Timestamp) -> Option<Overlay> {
        match (key.code, key.ctrl) {
            (KeyCode::Esc, _) | (KeyCode::Char('c'), true) => return None,
            (KeyCode::Enter, _) => {
                match self.again() {
                    Some(last) => state.search_once_more(last, now),
                    None => state.search(&SafeText::line(self.line.text()), now),
                }
                return None;
            }
            (KeyCode::Up, _) | (KeyCode::Char('p'), true) => {
                self.recall((self.at + 1).min(self.before.len()));
            }
            (KeyCode::Down, _) | (KeyCode::Char('n'), true) => self.recall(self.at.saturating_sub(1)),
            _ => self.line.write(key),
        }
        Some(Overlay::Search(self))
    }

    /// Puts words from before on the line, or what was typed.
    fn recall(&mut self, at: usize) {
        if at == self.at {
            return;
        }
        if self.at == 0 {
            self.typed = SafeText::line(self.line.text());
        }
        self.at = at;
        let words = at.checked_sub(1).and_then(|at| self.before.get(at)).unwrap_or(&self.typed);
        self.line = Filter::edit(words);
    }

    /// Takes pasted text in at the cursor.
    pub(super) fn paste(&mut self, text: &SafeText) {
        self.line.paste(text);
    }
}
