//! The reader: a header that stays, and a page that scrolls. The page is made of sections, one file each; [`section`]
//! says which there are and in what order, [`mod@page`] lays them out and keeps them for as long as they are true.

pub mod asset_facts;
mod assets;
mod brief;
mod contributor;
mod description;
mod evaluation;
mod history;
#[cfg(test)]
mod judging_tests;
mod links;
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
use crate::app::command::Command;
use crate::app::context::{key_text, keys_text};
use crate::app::desk::Pane;
use crate::app::reader::Body;
use crate::domain::{Inside, Pixels, Preview, SafeText, Shown, Target};

use super::cells::{self, Pen};
use super::frame::{self, Framed};
use super::header::Header;
use super::layout::Areas;
use super::theme::Look;

/// Where the links of the page lead, by their numbers: those that a terminal may open.
pub fn targets(state: &State) -> impl Iterator<Item = Option<&SafeText>> {
    let links = state.desk.reader.page.as_ref().into_iter().flat_map(page::Page::links);
    links.map(|link| match &link.target {
        // What is suspicious is opened by key only, after its warning.
        Target::Web { address, doubt: None, .. } => Some(address),
        _ => None,
    })
}

/// The pictures among the assets of the entry, by the assets' numbers from 1 on: those that a terminal may draw.
pub fn pictures(state: &State) -> impl Iterator<Item = Option<&Pixels>> {
    state.viewed_slots().iter().map(|slot| match &state.desk.reader.assets.view(slot.asset)?.shown {
        Shown::Preview(Preview { inside: Inside::Picture(picture), .. }) => Some(&picture.pixels),
        _ => None,
    })
}

/// Draws the pane; returns where the cursor is: on the first line of the page.
pub(super) fn draw(state: &State, look: &Look, area: Rect, areas: &Areas, buffer: &mut Buffer) -> (u16, u16) {
    let focused = state.desk.focus == Pane::Entry || state.desk.full;
    let parts = areas.reader();
    let title = title(state);
    let rest = if parts.is_covered() {
        let words = format!("the item's brief, {} closes it", keys_text(state, Command::Brief));
        [Some(words), None, brief_below(state, parts.page.height)]
    } else {
        [found(state), changed(state), below(state, parts.page.height)]
    };
    let rest: Vec<&str> = rest.iter().flatten().map(String::as_str).collect();
    let titles: Vec<&str> = std::iter::once(title.as_str()).chain(rest).collect();
    frame::draw(buffer, area, &Framed { titles: &titles, focused, joined: false, open_below: false }, look);
    let mut pen = Pen::new(buffer, parts.header, look.marks.ellipsis);
    let Some(header) = Header::of_reader(state) else {
        let words = if state.desk.queue.visible_len() == 0 { "No entry to read." } else { "" };
        pen.left(1, 0, parts.header.width.saturating_sub(2), words, look.theme.dim);
        return (parts.header.x, parts.header.y);
    };
    header.draw(&mut pen, parts.header, look);
    if let Some(area) = parts.brief {
        brief(state, look, area, areas, buffer);
        if parts.is_covered() {
            return (area.x, area.y);
        }
    }
    let mut pen = Pen::new(buffer, areas.column(parts.page), look.marks.ellipsis);
    page(state, look, &mut pen);
    let found = mark_found(state, look, &mut pen);
    let mut pen =
        Pen::new(buffer, Rect { width: parts.page.width.min(1), ..parts.page }, look.marks.ellipsis);
    mark_changed(state, look, &mut pen);
    let (x, y) = found.unwrap_or_default();
    (parts.page.x + x, parts.page.y + y)
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

/// `match 2 of 14`
fn found(state: &State) -> Option<String> {
    let search = state.desk.reader.search.as_ref()?;
    Some(match search.count() {
        0 => "no match".to_owned(),
        count => {
            format!("match {} of {}", cells::count(search.current() as u64 + 1), cells::count(count as u64))
        }
    })
}

/// How much of the page changed since it was read: `2 changes`.
fn changed(state: &State) -> Option<String> {
    match state.desk.reader.changes.len() {
        0 => None,
        1 => Some("1 change".to_owned()),
        many => Some(format!("{} changes", cells::count(many as u64))),
    }
}

/// How much of the page lies below: `40 more lines`.
fn below(state: &State, height: u16) -> Option<String> {
    let reader = &state.desk.reader;
    more_lines(reader.page.as_ref()?.len(), reader.scroll(), height)
}

/// The same of the item's brief.
fn brief_below(state: &State, height: u16) -> Option<String> {
    let reader = &state.desk.reader;
    more_lines(reader.page.as_ref()?.brief().len(), reader.brief_scroll(), height)
}

fn more_lines(lines: usize, scroll: usize, height: u16) -> Option<String> {
    let left = lines.saturating_sub(scroll + usize::from(height));
    (left > 0)
        .then(|| format!("{} more {}", cells::count(left as u64), if left == 1 { "line" } else { "lines" }))
}

/// The item's brief, in the place of the entry, beside or above it; there, a line at its foot says if there is more.
fn brief(state: &State, look: &Look, area: Rect, areas: &Areas, buffer: &mut Buffer) {
    let reader = &state.desk.reader;
    let between = areas.reader().between;
    let beside = between.is_some();
    if let Some(between) = between {
        let sign = if between.height > 1 { look.marks.side } else { look.marks.rule };
        let mut pen = Pen::new(buffer, between, look.marks.ellipsis);
        for y in 0..between.height {
            pen.fill(0, y, between.width, sign, look.theme.border);
        }
    }
    let mut text = areas.column(area);
    let more = brief_below(state, text.height).filter(|_| beside && text.height > 1);
    if let Some(more) = more {
        text.height -= 1;
        let foot = Rect { y: text.bottom(), height: 1, ..text };
        let words = format!("{more}: {}", keys_text(state, Command::BriefDown));
        Pen::new(buffer, foot, look.marks.ellipsis).left(0, 0, foot.width, &words, look.theme.dim);
    }
    let mut pen = Pen::new(buffer, text, look.marks.ellipsis);
    let lines = reader.page.as_ref().map_or(&[][..], page::Page::brief);
    for (y, line) in (0..text.height).zip(lines.iter().skip(reader.brief_scroll())) {
        pen.line(0, y, line);
    }
}

fn page(state: &State, look: &Look, pen: &mut Pen<'_>) {
    let reader = &state.desk.reader;
    if let Some(page) = &reader.page {
        let columns = usize::from(pen.area().width);
        for (y, line) in (0..pen.area().height).zip(page.lines_from(reader.scroll())) {
            match line {
                Some(line) if page.widest() > 0 && cells::line_width(line) > columns => {
                    sideways(line, reader.shift(), y, look, pen);
                }
                Some(line) => pen.line(0, y, line),
                None => {}
            }
        }
        return;
    }
    let words = match &reader.body {
        Body::Missing => {
            let again = key_text(state, Command::Refresh);
            format!("Its text is not here: the server did not give it. {again} reads it again.")
        }
        Body::Loading => "reading its text".to_owned(),
        Body::Nothing | Body::Ready(_) => String::new(),
    };
    let mut lines: Vec<Line<'static>> = Vec::new();
    let width = pen.area().width.into();
    let breaking = super::wrap::Breaking { width, hanging: 0, exact: false };
    super::wrap::wrap(&Line::styled(words, look.theme.dim), breaking, 4, &mut lines);
    for (y, line) in (0..).zip(&lines) {
        pen.line(0, y, line);
    }
}

/// A line that is wider than the page, from a column on; signs at the edges say that it goes on.
fn sideways(line: &Line<'_>, shift: usize, y: u16, look: &Look, pen: &mut Pen<'_>) {
    let moved = cells::from_column(line, shift);
    pen.line(0, y, &moved);
    let last = pen.area().width.saturating_sub(1);
    if shift > 0 {
        pen.left(0, y, 1, look.marks.left, look.theme.accent);
    }
    if cells::line_width(&moved) > usize::from(pen.area().width) {
        pen.left(last, y, 1, look.marks.right, look.theme.accent);
    }
}

/// Marks what is looked for where it is on the screen; returns where the place is that is looked at.
fn mark_found(state: &State, look: &Look, pen: &mut Pen<'_>) -> Option<(u16, u16)> {
    let reader = &state.desk.reader;
    let (search, page) = (reader.search.as_ref()?, reader.page.as_ref()?);
    let window = reader.scroll()..reader.scroll() + usize::from(pen.area().height);
    let width = usize::from(pen.area().width);
    let mut at = None;
    for (piece, current) in search.pieces(window.clone()) {
        let Some(y) = piece.line.checked_sub(window.start).filter(|_| piece.line < window.end) else {
            continue;
        };
        let wide =
            page.lines_from(piece.line).next().flatten().is_some_and(|line| cells::line_width(line) > width);
        let shift = if wide { reader.shift() } else { 0 };
        let (from, to) = (piece.columns.start.max(shift) - shift, piece.columns.end.max(shift) - shift);
        let (x, columns) = (from.min(width) as u16, to.saturating_sub(from).min(width) as u16);
        let style = if current { look.theme.current } else { look.theme.found };
        pen.restyle(x, y as u16, columns, style);
        if current && at.is_none() {
            at = Some((x + 1, y as u16));
        }
    }
    at
}

/// A bar beside what changed since it was read.
fn mark_changed(state: &State, look: &Look, pen: &mut Pen<'_>) {
    let reader = &state.desk.reader;
    let (first, height) = (reader.scroll(), usize::from(pen.area().height));
    for lines in reader.changes.iter().filter(|lines| lines.end > first && lines.start < first + height) {
        for line in lines.start.max(first)..lines.end.min(first + height) {
            pen.left(0, (line - first) as u16, 1, look.marks.changed, look.theme.warn);
        }
    }
}
