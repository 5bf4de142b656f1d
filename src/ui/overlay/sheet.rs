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

/// How soon a row goes when there is no room.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Keep {
    /// Blank lines go first.
    Spare,
    /// What is only good to know goes next.
    Minor,
    /// What was asked goes last, from the end.
    Normal,
    /// Money stays as long as anything does.
    Must,
    /// Where something is typed stays.
    Field,
}

/// A line of a sheet.
pub(super) struct Row {
    line: Line<'static>,
    hanging: usize,
    keep: Keep,
    /// Stays on one line; the last piece is whole, the ones before it end in an ellipsis if they must.
    single: bool,
}

impl Row {
    /// A paragraph.
    pub(super) fn text(text: impl Into<String>, style: Style) -> Self {
        Self::pieces(vec![Span::styled(text.into(), style)], 0)
    }

    /// A paragraph of several pieces; the lines after its first hang this far in.
    pub(super) fn pieces(pieces: Vec<Span<'static>>, hanging: usize) -> Self {
        Self { line: Line::from(pieces), hanging, keep: Keep::Normal, single: false }
    }

    /// What is decided on, in one line: of `#3 Measure the Curie temperatures of … · bot-7` the title is cut, not whose
    /// it is.
    pub(super) fn label(label: &str, style: Style) -> Self {
        let at = label.rfind(" · ").unwrap_or(label.len());
        let (title, who) = label.split_at(at);
        let pieces = vec![Span::styled(title.to_owned(), style), Span::styled(who.to_owned(), style)];
        Self { single: true, ..Self::pieces(pieces, 0) }
    }

    /// The line of a row that stays on one.
    fn on_one_line(&self, width: usize, look: &Look) -> Line<'static> {
        let [head, tail] = self.line.spans.as_slice() else { return self.line.clone() };
        // A name that is too long itself is cut as well, but leaves room for some of the title.
        let tail_wide = cells::width(&tail.content).min(width / 2);
        let ellipsis = look.marks.ellipsis;
        let room = width.saturating_sub(tail_wide);
        Line::from(vec![
            Span::styled(cells::fit(&head.content, room, ellipsis).into_owned(), head.style),
            Span::styled(
                cells::fit(
                    &tail.content,
                    width.saturating_sub(cells::width(&head.content).min(room)),
                    ellipsis,
                )
                .into_owned(),
                tail.style,
            ),
        ])
    }

    /// A blank line, left out when there is no room.
    pub(super) fn blank() -> Self {
        Self { line: Line::default(), hanging: 0, keep: Keep::Spare, single: false }
    }

    /// Only good to know.
    pub(super) fn minor(self) -> Self {
        Self { keep: Keep::Minor, ..self }
    }

    /// Stays as long as anything does.
    pub(super) fn must(self) -> Self {
        Self { keep: Keep::Must, ..self }
    }

    /// Something is typed in it: stays.
    pub(super) fn field(self) -> Self {
        Self { keep: Keep::Field, ..self }
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
    pub(super) fn draw(mut self, look: &Look, screen: Rect, buffer: &mut Buffer) -> Placed {
        while self.rows.last().is_some_and(|row| row.keep == Keep::Spare) {
            self.rows.pop();
        }
        let width = self.width.min(screen.width);
        let text_width = usize::from(width.saturating_sub(4)).max(1);
        let mut keys = key_lines(self.keys, text_width, look);
        // The whole screen if need be.
        let most = usize::from(screen.height.saturating_sub(2));
        let (lines, begins) = fitted(&self.rows, text_width, most.saturating_sub(keys.len()), look);
        if lines.len() + keys.len() < most {
            keys.insert(0, Line::default());
        }
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
    // A sign of two cells that the left edge cuts in half goes.
    for y in area.top()..area.bottom() {
        if let Some(cell) = area.x.checked_sub(1).and_then(|x| buffer.cell_mut((x, y)))
            && cells::width(cell.symbol()) > 1
        {
            cell.set_symbol(" ");
        }
    }
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

/// Wraps rows into as many lines as there is room for: without enough, blank ones go, paragraphs are cut to a line,
/// then rows go, the least important first.
fn fitted(rows: &[Row], width: usize, most: usize, look: &Look) -> (Vec<Line<'static>>, Vec<Option<u16>>) {
    for (least, whole) in
        [(Keep::Spare, true), (Keep::Minor, true), (Keep::Minor, false), (Keep::Normal, false)]
    {
        let kept: Vec<bool> = rows.iter().map(|row| row.keep >= least).collect();
        let (lines, begins) = lines(rows, &kept, width, whole, look);
        if lines.len() <= most {
            return (lines, begins);
        }
    }
    // One line each: as many must go as are too many, from the end; an ellipsis says so.
    let mut kept: Vec<bool> = rows.iter().map(|row| row.keep >= Keep::Normal).collect();
    let mut too_many = (kept.iter().filter(|kept| **kept).count() + 1).saturating_sub(most);
    for goes in [Keep::Normal, Keep::Must] {
        for (kept, row) in kept.iter_mut().zip(rows).rev() {
            if too_many > 0 && *kept && row.keep == goes {
                *kept = false;
                too_many -= 1;
            }
        }
    }
    let (mut lines, mut begins) = lines(rows, &kept, width, false, look);
    // Above the field, if there is one: it is the last thing that is read.
    let field = rows.iter().position(|row| row.keep == Keep::Field).and_then(|place| begins[place]);
    let at = field.map_or(lines.len(), usize::from);
    lines.insert(at, Line::styled(look.marks.ellipsis, look.theme.dim));
    for begins in begins.iter_mut().flatten().filter(|begins| usize::from(**begins) >= at) {
        *begins += 1;
    }
    lines.truncate(most);
    (lines, begins)
}

/// The lines of the kept rows, whole or each cut to one; and on which line each row begins.
fn lines(
    rows: &[Row],
    kept: &[bool],
    width: usize,
    whole: bool,
    look: &Look,
) -> (Vec<Line<'static>>, Vec<Option<u16>>) {
    let (mut lines, mut begins) = (Vec::new(), Vec::new());
    for (row, kept) in rows.iter().zip(kept) {
        begins.push(kept.then_some(lines.len() as u16));
        if *kept {
            let first = lines.len();
            if row.single {
                lines.push(row.on_one_line(width, look));
                continue;
            }
            let breaking = Breaking { width, hanging: row.hanging, exact: false };
            wrap(&row.line, breaking, first + 1_000, &mut lines);
            if !whole && lines.len() > first + 1 {
                lines.truncate(first + 1);
                cut(&mut lines, width, look);
            }
        }
    }
    (lines, begins)
}

/// Puts an ellipsis at the end of the last line.
fn cut(lines: &mut [Line<'static>], width: usize, look: &Look) {
    let Some(line) = lines.last_mut() else { return };
    let ellipsis = look.marks.ellipsis;
    if line.width() < width {
        line.push_span(Span::styled(ellipsis, look.theme.dim));
    } else if let Some(last) = line.spans.last_mut() {
        let columns = cells::width(&last.content).saturating_sub(cells::width(ellipsis));
        last.content = format!("{}{ellipsis}", cells::fit(&last.content, columns, "")).into();
    }
}

/// The keys, as many on a line as fit, never torn apart.
fn key_lines(keys: &[(&str, &str)], width: usize, look: &Look) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
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
