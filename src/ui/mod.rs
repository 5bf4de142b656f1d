//! The drawing, pure: the state and a size, to cells.
//!
//! [`draw`] is total: any state at any size, from nothing to four hundred columns, without a panic. It does no I/O,
//! reads no clock (ages count from `state.now`) and changes nothing. Only rows in the window are looked at, never the
//! whole queue. One file a pane, a view or an overlay; [`layout`] is shared with the app, which takes its page sizes
//! from there; the reader's page is made of the sections of [`reader`] and kept by the app.
//!
//! State is never told by colour alone, the cursor is one marker (so that moving it changes few cells), and the
//! terminal's real cursor sits on the focused row or in the text field.

pub mod cells;
pub mod code;
mod empty;
pub mod eval;
mod facts;
pub mod frame;
pub mod gauge;
pub mod header;
mod hints;
mod items;
pub mod layout;
pub mod log;
pub mod markdown;
pub mod marks;
pub mod overlay;
mod pending;
mod people;
pub mod preview;
mod quests;
pub mod reader;
mod status;
pub mod theme;
mod too_small;
pub mod wrap;

use ratatui::Frame;
use ratatui::widgets::{Clear, Widget};

use crate::app::State;
use crate::app::desk::Pane;
use crate::app::log::View;
use crate::app::notice::Gravity;
use crate::app::overlay::Overlay;

pub use theme::{Look, ThemeName};

/// Draws the desk.
pub fn draw(state: &State, look: &Look, frame: &mut Frame<'_>) {
    let screen = frame.area();
    let areas = layout::areas(screen.width, screen.height, layout::LayoutLook::of(state, look.plain));
    if areas.too_small {
        too_small::draw(look, screen, frame.buffer_mut());
        return;
    }
    let mut cursor = match state.view {
        View::Desk => panes(state, look, &areas, frame),
        View::Log => log::draw(state, look, frame.buffer_mut()),
    };
    status::draw(state, look, areas.status, frame.buffer_mut());
    hints::draw(state, look, areas.hints, frame.buffer_mut());
    if let Some(over) = overlay::draw(state, look, frame) {
        cursor = Some(over);
        said_over(state, look, &areas, frame);
    }
    if let Some((x, y)) = cursor.filter(|&at| screen.contains(at.into())) {
        frame.set_cursor_position((x, y));
    }
}

/// A box may cover the bottom line; a warning is seen all the same. The filter line is there
/// itself, and says what it has to.
fn said_over(state: &State, look: &Look, areas: &layout::Areas, frame: &mut Frame<'_>) {
    let filter = matches!(state.overlay, Some(Overlay::Filter(_)));
    let matters = state.notices.current(state.now).is_some_and(|notice| notice.gravity > Gravity::Info);
    if matters && !filter {
        let buffer = frame.buffer_mut();
        Clear.render(areas.hints, buffer);
        hints::draw(state, look, areas.hints, buffer);
    }
}

/// Draws the panes; returns where the cursor of the focused one is.
fn panes(state: &State, look: &Look, areas: &layout::Areas, frame: &mut Frame<'_>) -> Option<(u16, u16)> {
    let buffer = frame.buffer_mut();
    let mut cursor = None;
    let focus = if state.desk.full { Pane::Entry } else { state.desk.focus };
    for pane in Pane::ALL {
        let Some(area) = areas.pane(pane) else { continue };
        let inner = areas.inner(pane);
        let place = match pane {
            Pane::Quests => quests::draw(state, look, area, inner, areas.items.is_some(), buffer),
            Pane::Items => items::draw(state, look, area, inner, areas.quests.is_some(), buffer),
            Pane::Pending => pending::draw(state, look, area, inner, buffer),
            Pane::Entry => Some(reader::draw(state, look, area, areas, buffer)),
        };
        if pane == focus {
            cursor = place;
        }
    }
    if let Some(strip) = areas.strip
        && let Some(header) = header::Header::of_reader(state)
    {
        let mut pen = cells::Pen::new(buffer, strip, look.marks.ellipsis);
        header.draw_strip(&mut pen, strip, look);
    }
    cursor
}
