//! A box in the middle of the screen with a title, some paragraphs, and the keys that answer it. In plain mode: lines
//! under a heading.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Widget};

use super::super::cells::{self, Pen};
use super::super::frame::{self, Framed};
use super::super::theme::Look;
use super::super::wrap::{Breaking, wrap};

/// A line of a sheet.
pub(super) struct Row {
    line: Line<'static>,
    hanging: usize,
    /// Goes first when there is no room.
    spare: bool,
}

impl Row {
    /// A paragraph.
    pub(super) fn text(text: impl Into<String>, style: Style) -> Self {
        Self { line: Line::styled(text.into(), style), hanging: 0, spare: false }
    }

    /// A paragraph of several pieces; the lines after its first hang this far in.
    pub(super) fn pieces(pieces: Vec<Span<'static>>, hanging: usize) -> Self {
        Self { line: Line::from(pieces), hanging, spare: false }
    }

    /// A blank line, left out when there is no room.
    pub(super) fn blank() -> Self {
        Self { line: Line::default(), hanging: 0, spare: true }
    }
}

/// A sheet to be drawn.
pub(super) struct Sheet<'t> {
    /// Parts of the title.
    pub(super) titles: &'t [&'t str],
    /// How wide it would like to be.
    pub(super) width: u16,
    /// What it says.
    pub(super) rows: Vec<Row>,
    /// The keys that answer it, with what they do.
    pub(super) keys: &'t [(&'t str, &'t str)],
}

/// Where a sheet came to lie.
pub(super) struct Placed {
    /// Inside of the frame, without the line of keys.
    pub(super) inner: Rect,
    /// On which line of the inside each row begins; none if it had to be left out.
    pub(super) begins: Vec<Option<u16>>,
}

impl Sheet<'_> {
    /// Draws it.
    pub(super) fn draw(self, look: &Look, screen: Rect, buffer: &mut Buffer) -> Placed {
        let width = self.width.min(screen.width);
        let text_width = usize::from(width.saturating_sub(4)).max(1);
        let keys = key_lines(self.keys, text_width, look);
        // The whole screen if need be.
        let most = usize::from(screen.height.saturating_sub(2)).saturating_sub(keys.len());
        let (lines, begins) = fitted(self.rows, text_width, most, look);
        let height = (lines.len() + keys.len() + 2) as u16;
        let inner = open(self.titles, (width, height), look, screen, buffer);
        let mut pen = Pen::new(buffer, inner, look.marks.ellipsis);
        for (y, line) in (0..).zip(lines.iter().chain(&keys)) {
            pen.line(1, y, line);
        }
        Placed { inner: Rect { height: inner.height.saturating_sub(keys.len() as u16), ..inner }, begins }
    }
}

/// Clears room for a box of this size in the middle of the screen and frames it; returns its inside.
pub(super) fn open(
    titles: &[&str],
    (width, height): (u16, u16),
    look: &Look,
    screen: Rect,
    buffer: &mut Buffer,
) -> Rect {
    let (width, height) = (width.min(screen.width), height.min(screen.height));
    let area = Rect {
        x: screen.x + (screen.width - width) / 2,
        // A little above the middle, where the eye is.
        y: screen.y + (screen.height - height) * 2 / 5,
        width,
        height,
    };
    let area = if look.plain { Rect { x: screen.x, width: screen.width, ..area } } else { area };
    Clear.render(area, buffer);
    frame::draw(buffer, area, &Framed { titles, focused: true, joined: false, open_below: false }, look);
    if look.plain {
        return Rect { y: area.y + area.height.min(1), height: area.height.saturating_sub(1), ..area };
    }
    Rect {
        x: area.x + area.width.min(1),
        y: area.y + area.height.min(1),
        width: area.width.saturating_sub(2),
        height: area.height.saturating_sub(2),
    }
}

/// Wraps rows; without room the blank ones go, and then the last are left out, which is said.
fn fitted(rows: Vec<Row>, width: usize, most: usize, look: &Look) -> (Vec<Line<'static>>, Vec<Option<u16>>) {
    let wrapped = |spare: bool| {
        let mut lines = Vec::new();
        let mut begins = Vec::new();
        for row in &rows {
            if row.spare && !spare {
                begins.push(None);
                continue;
            }
            begins.push(Some(lines.len() as u16));
            wrap(&row.line, Breaking { width, hanging: row.hanging, exact: false }, 10_000, &mut lines);
        }
        (lines, begins)
    };
    let (lines, begins) = wrapped(true);
    if lines.len() <= most {
        return (lines, begins);
    }
    let (mut lines, mut begins) = wrapped(false);
    if lines.len() > most {
        lines.truncate(most.saturating_sub(1));
        for begin in &mut begins {
            *begin = begin.filter(|line| usize::from(*line) < lines.len());
        }
        lines.push(Line::styled(look.marks.ellipsis, look.theme.dim));
    }
    (lines, begins)
}

/// The keys, as many on a line as fit, never torn apart; a blank line before them.
fn key_lines(keys: &[(&str, &str)], width: usize, look: &Look) -> Vec<Line<'static>> {
    let mut lines = vec![Line::default()];
    let mut spans: Vec<Span<'static>> = Vec::new();
    let mut used = 0;
    for (key, what) in keys {
        let wanted = cells::width(key) + 1 + cells::width(what);
        if used > 0 && used + 2 + wanted > width {
            lines.push(Line::from(std::mem::take(&mut spans)));
            used = 0;
        }
        if used > 0 {
            spans.push(Span::raw("  "));
            used += 2;
        }
        spans.push(Span::styled((*key).to_owned(), look.theme.key));
        spans.push(Span::styled(format!(" {what}"), look.theme.text));
        used += wanted;
    }
    if !spans.is_empty() {
        lines.push(Line::from(spans));
    }
    lines
}
