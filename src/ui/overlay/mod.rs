//! What lies over the view, one file an overlay.

mod bulk;
mod confirm;
mod conflict;
mod envelope;
mod filter;
mod help;
mod leave;
mod left;
mod list;
mod messages;
mod note;
pub mod pager;
pub mod past;
mod reason;
mod search;
mod sheet;
pub mod talk;
mod viewer;
mod views;
mod walk;

use ratatui::Frame;

use crate::app::State;
use crate::app::overlay::Overlay;

use super::theme::Look;

/// Draws the open overlay; returns where its cursor is.
pub(super) fn draw(state: &State, look: &Look, frame: &mut Frame<'_>) -> Option<(u16, u16)> {
    let screen = frame.area();
    let buffer = frame.buffer_mut();
    Some(match state.overlay.as_ref()? {
        Overlay::Reason(reason) => reason::draw(reason, look, screen, buffer),
        Overlay::Note(note) => note::draw(note, look, screen, buffer),
        Overlay::Confirm(confirm) => confirm::draw(state, confirm, look, screen, buffer),
        Overlay::Conflict(conflict) => conflict::draw(conflict, look, screen, buffer),
        Overlay::Bulk(bulk) => bulk::draw(state, bulk, look, screen, buffer),
        Overlay::Envelope(ask) => envelope::draw(state, ask, look, screen, buffer),
        Overlay::Help(help) => help::draw(state, help, look, screen, buffer),
        Overlay::Messages(messages) => messages::draw(state, messages, look, screen, buffer),
        Overlay::Filter(filter) => filter::draw(filter, look, screen, buffer),
        Overlay::Search(search) => search::draw(search, look, screen, buffer),
        Overlay::Walk(walk) => walk::draw(state, *walk, look, screen, buffer),
        Overlay::Views(views) => views::draw(state, *views, look, screen, buffer),
        Overlay::Viewer(viewer) => viewer::draw(state, viewer, look, screen, buffer),
        Overlay::Leave(leave) => leave::draw(state, *leave, look, screen, buffer),
        Overlay::Talk(talk) => talk::draw(talk, look, screen, buffer),
        Overlay::RunLog(log) => talk::draw_run(log, look, screen, buffer),
        Overlay::Past(past) => past::draw(past, look, screen, buffer),
        Overlay::Compare(compare) => pager::draw_compare(compare, look, screen, buffer),
        Overlay::Left(left) => left::draw(state, left, look, screen, buffer),
    })
}
