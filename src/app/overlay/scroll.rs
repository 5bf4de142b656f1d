//! How far a list of lines in an overlay is scrolled.

use crate::app::key::{Key, KeyCode};

/// Rows that an overlay's frame and the lines around it take.
const AROUND: u16 = 6;

/// How far a list of lines is scrolled.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Scroll {
    /// The first line that is shown.
    pub top: usize,
}

impl Scroll {
    /// Scrolls by a key; `false` if the key closes the list. Other keys do nothing.
    #[must_use]
    pub fn on_key(&mut self, key: Key, lines: usize, height: u16) -> bool {
        let page = usize::from(height.saturating_sub(AROUND).max(1));
        // An entry may take several lines, so that fewer than a page of them fit: scrolling goes on to the last one.
        let last = lines.saturating_sub(1);
        self.top = match (key.code, key.ctrl) {
            (KeyCode::Char('j') | KeyCode::Down, false) => self.top + 1,
            (KeyCode::Char('k') | KeyCode::Up, false) => self.top.saturating_sub(1),
            (KeyCode::Char(' ') | KeyCode::PageDown, false) | (KeyCode::Char('f'), true) => self.top + page,
            (KeyCode::PageUp, false) | (KeyCode::Char('b'), true) => self.top.saturating_sub(page),
            (KeyCode::Char('g') | KeyCode::Home, false) => 0,
            (KeyCode::Char('G') | KeyCode::End, false) => lines.saturating_sub(page),
            (KeyCode::Esc | KeyCode::Enter | KeyCode::Char('q' | '?'), false)
            | (KeyCode::Char('c'), true) => {
                return false;
            }
            _ => self.top,
        }
        .min(last);
        true
    }
}
