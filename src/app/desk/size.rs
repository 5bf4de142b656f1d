//! How many rows each pane shows: asked of the one layout that is also drawn by.

use super::Pane;
use crate::app::State;
use crate::ui::layout::{self, Areas, LayoutLook};

/// Rows inside of each pane; 0 where it is not on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sizes {
    /// Rows of the quests pane.
    pub quests: usize,
    /// Rows of the items pane.
    pub items: usize,
    /// Rows of the pending list.
    pub pending: usize,
    /// Columns that the entry's text is wrapped for, and rows that it scrolls in; `None`: no entry pane.
    pub entry: Option<(u16, u16)>,
    /// Columns of the item's brief and rows that it scrolls in, while it is shown.
    pub brief: Option<(u16, u16)>,
    /// Whether the brief is in the place of the entry.
    pub covered: bool,
    /// Whether the header of the entry that is read is on the screen, in its pane or under the list.
    pub header: bool,
}

/// The sizes for a state.
#[must_use]
pub fn sizes(state: &State) -> Sizes {
    let areas = areas(state);
    let parts = areas.reader();
    let rows = |pane| usize::from(areas.rows(pane));
    Sizes {
        quests: rows(Pane::Quests),
        items: rows(Pane::Items),
        pending: rows(Pane::Pending),
        entry: areas.entry.map(|_| (areas.text_width(), areas.rows(Pane::Entry))),
        brief: areas.entry.and(parts.brief).map(|brief| (areas.column(brief).width, brief.height)),
        covered: areas.entry.is_some() && parts.is_covered(),
        header: areas.shows_header(),
    }
}

/// Where everything lies on the screen.
#[must_use]
pub fn areas(state: &State) -> Areas {
    layout::areas(state.width, state.height, LayoutLook::of(state, state.settings.plain))
}
