//! The reader: a header that stays, and a page that scrolls. The page is made of sections, one file each; [`section`]
//! says which there are and in what order, [`page`] lays them out and keeps them for as long as they are true.

mod assets;
mod brief;
mod contributor;
mod description;
mod evaluation;
mod history;
#[cfg(test)]
mod judging_tests;
pub mod page;
pub mod paper;
mod review;
pub mod section;
mod signals;
#[cfg(test)]
mod tests;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::app::State;
use crate::app::desk::Pane;
use crate::app::reader::Body;

use super::cells::{self, Pen};
use super::frame::{self, Framed};
use super::header::Header;
use super::layout::{Areas, TEXT_WIDTH};
use super::theme::Look;

/// Draws the pane; returns where the cursor is: on the first line of the page.
pub(super) fn draw(state: &State, look: &Look, area: Rect, areas: &Areas, buffer: &mut Buffer) -> (u16, u16) {
    let focused = state.desk.focus == Pane::Entry || state.desk.full;
    let parts = areas.reader();
    let below = below(state, parts.page.height);
    let title = title(state);
    let titles: Vec<&str> = [title.as_str()].into_iter().chain(below.as_deref()).collect();
    frame::draw(buffer, area, &Framed { titles: &titles, focused, joined: false, open_below: false }, look);
    let mut pen = Pen::new(buffer, parts.header, look.marks.ellipsis);
    let Some(header) = Header::of_reader(state) else {
        let words = if state.desk.queue.visible_len() == 0 { "No entry to read." } else { "" };
        pen.left(1, 0, parts.header.width.saturating_sub(2), words, look.theme.dim);
        return (parts.header.x, parts.header.y);
    };
    header.draw(&mut pen, parts.header, look);
    let mut pen = Pen::new(buffer, column(parts.page), look.marks.ellipsis);
    page(state, look, &mut pen);
    (parts.page.x, parts.page.y)
}

/// `Entry 2 of 214`
fn title(state: &State) -> String {
    let queue = &state.desk.queue;
    match queue.position() {
        Some(at) => {
            format!("Entry {} of {}", cells::count(at as u64 + 1), cells::count(queue.visible_len() as u64))
        }
        None => "Entry".to_owned(),
    }
}

/// How much of the page lies below: `40 more lines`.
fn below(state: &State, height: u16) -> Option<String> {
    let reader = &state.desk.reader;
    let lines = reader.page.as_ref()?.len();
    let left = lines.saturating_sub(reader.scroll() + usize::from(height));
    (left > 0)
        .then(|| format!("{} more {}", cells::count(left as u64), if left == 1 { "line" } else { "lines" }))
}

/// Running text is set no wider than it can be read, with one column free at each side.
fn column(page: Rect) -> Rect {
    let width = page.width.saturating_sub(2).min(TEXT_WIDTH);
    Rect { x: page.x + page.width.min(1), width, ..page }
}

fn page(state: &State, look: &Look, pen: &mut Pen<'_>) {
    let reader = &state.desk.reader;
    if let Some(page) = &reader.page {
        for (y, line) in (0..pen.area().height).zip(page.lines_from(reader.scroll())) {
            if let Some(line) = line {
                pen.line(0, y, line);
            }
        }
        return;
    }
    let words = match &reader.body {
        Body::Missing => "Its text is not here: the server did not give it. R reads it again.",
        Body::Loading => "reading its text",
        Body::Nothing | Body::Ready(_) => "",
    };
    let mut lines: Vec<Line<'static>> = Vec::new();
    let width = pen.area().width.into();
    let breaking = super::wrap::Breaking { width, hanging: 0, exact: false };
    super::wrap::wrap(&Line::styled(words, look.theme.dim), breaking, 4, &mut lines);
    for (y, line) in (0..).zip(&lines) {
        pen.line(0, y, line);
    }
}
