//! The saved views: a digit or `Enter` puts one's filter on, `b` shows what was put aside, `0` or `-` takes the filter
//! off.

use crate::app::State;
use crate::app::key::{Key, KeyCode};
use crate::config::SavedView;
use crate::domain::SafeText;

use super::Overlay;

/// The overlay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Views {
    /// The view under the cursor, from 0.
    pub cursor: usize,
}

impl Views {
    /// With the cursor on the view whose filter is on.
    #[must_use]
    pub fn new(state: &State) -> Self {
        let pile = state.desk.queue.shows_aside().then_some(state.settings.views.len());
        let on = state.settings.views.iter().position(|view| is_on(state, view)).or(pile);
        Self { cursor: on.unwrap_or(0) }
    }

    pub(super) fn on_key(mut self, state: &mut State, key: Key) -> Option<Overlay> {
        // The pile of what was put aside stands behind the saved ones.
        let last = state.settings.views.len();
        match (key.code, key.ctrl || key.alt) {
            (KeyCode::Esc | KeyCode::Char('q'), false) | (KeyCode::Char('c'), true) => return None,
            (KeyCode::Char('0' | '-'), false) => {
                state.show_filtered(None);
                return None;
            }
            (KeyCode::Char('b'), false) => {
                state.show_aside();
                return None;
            }
            (KeyCode::Char(digit @ '1'..='9'), false) => {
                let place = digit.to_digit(10).map_or(0, |digit| digit as usize - 1);
                return self.pick(state, place);
            }
            (KeyCode::Enter, false) => return self.pick(state, self.cursor),
            (KeyCode::Char('j') | KeyCode::Down, false) => self.cursor = (self.cursor + 1).min(last),
            (KeyCode::Char('k') | KeyCode::Up, false) => self.cursor = self.cursor.saturating_sub(1),
            (KeyCode::Char('g') | KeyCode::Home, false) => self.cursor = 0,
            (KeyCode::Char('G') | KeyCode::End, false) => self.cursor = last,
            _ => {}
        }
        Some(Overlay::Views(self))
    }

    /// Puts a view's filter on; where there is no such view it says so and stays.
    fn pick(self, state: &mut State, place: usize) -> Option<Overlay> {
        if place == state.settings.views.len() && place == self.cursor {
            state.show_aside();
            return None;
        }
        let Some(view) = state.settings.views.get(place) else {
            let words = format!("there is no view {}", place + 1);
            state.notices.warn(SafeText::line(&words), state.now);
            return Some(Overlay::Views(self));
        };
        let filter = view.filter.clone();
        state.show_filtered(Some(filter));
        None
    }
}

/// Whether a view's filter is the one that is on.
#[must_use]
pub fn is_on(state: &State, view: &SavedView) -> bool {
    state.desk.filter() == Some(&view.filter)
}
