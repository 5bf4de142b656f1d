//! How many rows each pane shows. (Stands in for `ui::layout` until that is there.)

use super::Pane;
use crate::app::State;

/// Rows inside of each pane; 0 where it is not on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sizes {
    /// Rows of the quests pane.
    pub quests: usize,
    /// Rows of the items pane.
    pub items: usize,
    /// Rows of the pending list.
    pub pending: usize,
    /// Columns and rows of the entry's text, below its header; `None`: no entry pane.
    pub entry: Option<(u16, u16)>,
}

/// The sizes for a state.
#[must_use]
pub fn sizes(state: &State) -> Sizes {
    let rows = usize::from(state.height.saturating_sub(4));
    let height = state.height.saturating_sub(8).max(1);
    let focus = state.desk.focus;
    if state.desk.full {
        return Sizes { entry: Some((state.width, height)), ..Sizes::default() };
    }
    let lists = Sizes { quests: rows / 2, items: rows / 2, pending: rows, entry: None };
    match state.width {
        0..80 if focus == Pane::Entry => Sizes { entry: Some((state.width, height)), ..Sizes::default() },
        0..80 => lists,
        80..120 => Sizes { entry: Some((state.width / 2, height)), ..lists },
        _ => Sizes { entry: Some((state.width / 3, height)), ..lists },
    }
}
