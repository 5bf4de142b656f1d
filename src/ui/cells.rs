//! Text into cells: widths, cutting with an ellipsis, and a pen that can't leave its area.
//!
//! Every width here is in terminal columns, by grapheme, as ratatui counts them.

use std::borrow::Cow;

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};
use ratatui::text::{Line, Span};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Columns that a text takes.
#[must_use]
pub fn width(text: &str) -> usize {
    // Printable ASCII, which is most of what is drawn, needs no tables.
    let plain = plain_run(text);
    match text.get(plain..) {
        None | Some("") => plain,
        Some(rest) => plain + signs_width(rest, usize::MAX),
    }
}

/// Columns of a sign that is always one by itself, whatever stands before it and unless a mark follows: ASCII, Latin
/// letters, dashes and quotes, frames and blocks, kana, ideographs. All of them are harmless. `None`: tables know.
const fn lone(sign: char) -> Option<usize> {
    match sign {
        ' '..='~' | '\u{C0}'..='\u{17F}' | '\u{2010}'..='\u{2027}' | '\u{2500}'..='\u{259F}' => Some(1),
        '\u{3001}'
        | '\u{3002}'
        | '\u{3041}'..='\u{3096}'
        | '\u{30A1}'..='\u{30FA}'
        | '\u{4E00}'..='\u{9FFF}' => Some(2),
        _ => None,
    }
}

/// Whether a text has none but signs that need no look into tables.
#[must_use]
pub fn is_simple(text: &str) -> bool {
    text.chars().all(|sign| lone(sign).is_some())
}

/// Columns of a text, counted until they are more than `most`.
fn signs_width(text: &str, most: usize) -> usize {
    let (mut rest, mut columns) = (text, 0);
    loop {
        let (bytes, wide) = simple_run(rest, most.saturating_sub(columns));
        columns += wide;
        rest = rest.get(bytes..).unwrap_or_default();
        let Some(sign) = rest.graphemes(true).next().filter(|_| columns <= most) else { return columns };
        columns += sign.width();
        rest = rest.get(sign.len()..).unwrap_or_default();
    }
}

/// Bytes and columns of a text's beginning as long as it is [simple](is_simple), without the last sign before something
/// else, which may be a mark on it; no further than is needed to know that it takes more than `most`.
fn simple_run(text: &str, most: usize) -> (usize, usize) {
    let (mut before, mut columns) = ((0, 0), 0);
    for (at, sign) in text.char_indices() {
        let Some(wide) = lone(sign) else { return before };
        before = (at, columns);
        columns += wide;
        if columns > most {
            return (at + sign.len_utf8(), columns);
        }
    }
    (text.len(), columns)
}

/// How many signs of a text's beginning take one byte and one column each, whatever follows: printable ASCII, without
/// the last one before something else, which may be a mark on it.
#[must_use]
pub fn plain_run(text: &str) -> usize {
    let plain = text.bytes().take_while(|byte| (b' '..=b'~').contains(byte)).count();
    if plain == text.len() { plain } else { plain.saturating_sub(1) }
}

/// Columns that a text takes, counted only so far that it is known whether they are more than `most`.
#[must_use]
pub fn width_up_to(text: &str, most: usize) -> usize {
    let plain = plain_run(text);
    let Some(rest) = text.get(plain..).filter(|rest| !rest.is_empty() && plain <= most) else { return plain };
    plain + signs_width(rest, most - plain)
}

/// Columns that a line takes.
#[must_use]
pub fn line_width(line: &Line<'_>) -> usize {
    line.spans.iter().map(|span| width(&span.content)).sum()
}

/// As much of a text as fits, with an ellipsis where something was cut off.
#[must_use]
pub fn fit<'t>(text: &'t str, columns: usize, ellipsis: &str) -> Cow<'t, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    let Some(room) = columns.checked_sub(width(ellipsis)) else { return Cow::Borrowed("") };
    let (mut end, mut used) = (0, 0);
    for (start, grapheme) in text.grapheme_indices(true) {
        let columns = UnicodeWidthStr::width(grapheme);
        if used + columns > room {
            break;
        }
        used += columns;
        end = start + grapheme.len();
    }
    let kept = text.get(..end).unwrap_or_default().trim_end();
    Cow::Owned(format!("{kept}{ellipsis}"))
}

/// A line without its first columns; half a wide sign becomes a blank.
#[must_use]
pub fn from_column<'t>(line: &Line<'t>, column: usize) -> Line<'t> {
    let mut left = column;
    let mut spans: Vec<Span<'t>> = Vec::with_capacity(line.spans.len());
    for span in &line.spans {
        let columns = width(&span.content);
        if columns <= left && left > 0 {
            left -= columns;
            continue;
        }
        let mut kept = String::new();
        for grapheme in span.content.graphemes(true) {
            let columns = UnicodeWidthStr::width(grapheme);
            if left == 0 {
                kept.push_str(grapheme);
            } else if columns <= left {
                left -= columns;
            } else {
                kept.push_str(&" ".repeat(columns - left));
                left = 0;
            }
        }
        spans.push(Span::styled(kept, span.style));
    }
    Line { spans, ..*line }
}

/// A piece of the link of this number. The number travels from here to the terminal in the colour of the underline,
/// which is used for nothing else: cells have no other place for it.
#[must_use]
pub const fn of_link(style: Style, number: u16) -> Style {
    let [high, low] = number.to_be_bytes();
    style.underline_color(Color::Rgb(0, high, low))
}

/// The number of the link that a cell is part of.
#[must_use]
pub const fn link_of(cell: &Cell) -> Option<u16> {
    match cell.underline_color {
        Color::Rgb(0, high, low) => Some(u16::from_be_bytes([high, low])),
        _ => None,
    }
}

/// A cell of a place that is left for a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PictureCell {
    /// The picture's number, from 1 on.
    pub number: u8,
    /// Which row of the picture it is, from 0.
    pub row: u8,
    /// It is the first of its row.
    pub first: bool,
    /// It is the last of its row.
    pub last: bool,
    /// Its row is the last one.
    pub bottom: bool,
}

/// Marks a cell as part of a picture's place; it travels like the number of a link.
#[must_use]
pub const fn of_picture(style: Style, cell: PictureCell) -> Style {
    let PictureCell { number, row, first, last, bottom } = cell;
    style.underline_color(Color::Rgb(number, row, first as u8 | (last as u8) << 1 | (bottom as u8) << 2))
}

/// What part of which picture's place a cell is.
#[must_use]
pub const fn picture_of(cell: &Cell) -> Option<PictureCell> {
    match cell.underline_color {
        Color::Rgb(number @ 1.., row, edges) => Some(PictureCell {
            number,
            row,
            first: edges & 1 != 0,
            last: edges & 2 != 0,
            bottom: edges & 4 != 0,
        }),
        _ => None,
    }
}

/// Typographic signs in words of ours and of others, each as the one sign of ASCII that stands for it.
#[must_use]
pub fn spelt(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let sign = |sign| match sign {
        '•' => '*',
        '…' => '~',
        '·' | '–' | '—' | '−' => '-',
        '“' | '”' | '„' => '"',
        '‘' | '’' => '\'',
        '\u{a0}' => ' ',
        other => other,
    };
    Cow::Owned(text.chars().map(sign).collect())
}

/// A whole number with thousands separated: `1,032`.
#[must_use]
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A score in at most eight columns or so, whatever it is: `0.42`, `88.5`, `12500`, `1.2e9`.
#[must_use]
pub fn score(value: f64) -> String {
    match value.abs() {
        size if !size.is_finite() => "no number".to_owned(),
        size if size < 10.0 => format!("{value:.2}"),
        size if size < 1_000.0 => format!("{value:.1}"),
        size if size < 1_000_000.0 => format!("{value:.0}"),
        _ => format!("{value:.1e}"),
    }
}

/// Writes into a buffer, inside an area only.
pub struct Pen<'b> {
    buffer: &'b mut Buffer,
    area: Rect,
    ellipsis: &'static str,
}

impl<'b> Pen<'b> {
    /// A pen for an area; what of it lies outside the buffer is never written.
    pub fn new(buffer: &'b mut Buffer, area: Rect, ellipsis: &'static str) -> Self {
        let area = area.intersection(buffer.area);
        Self { buffer, area, ellipsis }
    }

    /// The area that can be written.
    #[must_use]
    pub const fn area(&self) -> Rect {
        self.area
    }

    /// Writes from a column of the area on, in at most `columns`, with an ellipsis if it is cut. Returns the columns
    /// written.
    pub fn left(&mut self, x: u16, y: u16, columns: u16, text: &str, style: Style) -> u16 {
        let columns = columns.min(self.area.width.saturating_sub(x));
        if y >= self.area.height || columns == 0 {
            return 0;
        }
        let text = fit(text, columns.into(), self.ellipsis);
        let text = if self.is_ascii() { spelt(&text) } else { text };
        let (left, top) = (self.area.x + x, self.area.y + y);
        let (end, _) = self.buffer.set_stringn(left, top, &text, columns.into(), style);
        end - left
    }

    /// Writes so that it ends with the last of `columns` columns that begin at `x`.
    pub fn right(&mut self, x: u16, y: u16, columns: u16, text: &str, style: Style) -> u16 {
        let columns = columns.min(self.area.width.saturating_sub(x));
        let text = fit(text, columns.into(), self.ellipsis);
        let used = width(&text) as u16;
        self.left(x + (columns - used.min(columns)), y, used, &text, style)
    }

    /// Writes several pieces one after the other, in at most `columns`. Returns the columns written.
    pub fn pieces(&mut self, x: u16, y: u16, columns: u16, pieces: &[Span<'_>]) -> u16 {
        let mut used = 0;
        for piece in pieces {
            let room = columns.saturating_sub(used);
            let before = width(&piece.content) as u16;
            let written = self.left(x + used, y, room, &piece.content, piece.style);
            used += written;
            if written < before {
                break;
            }
        }
        used
    }

    /// A terminal that has no signs but ASCII.
    const fn is_ascii(&self) -> bool {
        self.ellipsis.is_ascii()
    }

    /// Writes a ready line from column `x` on, cut at the edge.
    pub fn line(&mut self, x: u16, y: u16, line: &Line<'_>) {
        if x < self.area.width && y < self.area.height {
            if self.is_ascii() && line.spans.iter().any(|span| !span.content.is_ascii()) {
                let spans = line.spans.iter().map(|span| Span::styled(spelt(&span.content), span.style));
                let line = Line { spans: spans.collect(), ..*line };
                self.buffer.set_line(self.area.x + x, self.area.y + y, &line, self.area.width - x);
                return;
            }
            self.buffer.set_line(self.area.x + x, self.area.y + y, line, self.area.width - x);
        }
    }

    /// Fills a run of cells with one mark.
    pub fn fill(&mut self, x: u16, y: u16, columns: u16, mark: &str, style: Style) {
        if y >= self.area.height {
            return;
        }
        for column in x..x.saturating_add(columns).min(self.area.width) {
            if let Some(cell) = self.buffer.cell_mut((self.area.x + column, self.area.y + y)) {
                cell.set_symbol(mark).set_style(style);
            }
        }
    }

    /// Adds a style to what is written already in a run of cells.
    pub fn restyle(&mut self, x: u16, y: u16, columns: u16, style: Style) {
        let run = Rect { x: self.area.x + x, y: self.area.y + y, width: columns, height: 1 };
        self.buffer.set_style(run.intersection(self.area), style);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::SafeText;
    use proptest::prelude::*;

    #[test]
    fn what_is_too_long_ends_with_an_ellipsis() {
        assert_eq!(fit("Measure Curie temperatures", 30, "…"), "Measure Curie temperatures");
        assert_eq!(fit("Measure Curie temperatures", 14, "…"), "Measure Curie…");
        assert_eq!(fit("Measure Curie", 9, "…"), "Measure…", "no blank before it");
        assert_eq!(fit("日本語", 4, "…"), "日…", "half a sign is no sign");
        assert_eq!(fit("ab", 1, "…"), "…");
        assert_eq!(fit("ab", 0, "…"), "");
    }

    #[test]
    fn without_typography_each_sign_keeps_its_cell() {
        assert_eq!(spelt("#3 Curie · “0.80–1.00”…"), "#3 Curie - \"0.80-1.00\"~");
        assert_eq!(spelt("日本"), "日本", "a word is not a sign");
    }

    #[test]
    fn numbers_read_as_people_write_them() {
        assert_eq!(count(1_032), "1,032");
        assert_eq!(count(7), "7");
        assert_eq!(count(1_000_000), "1,000,000");
        for (value, text) in
            [(0.42, "0.42"), (-1.0, "-1.00"), (88.54, "88.5"), (12_500.0, "12500"), (1.2e9, "1.2e9")]
        {
            assert_eq!(score(value), text);
        }
        assert_eq!(score(f64::NAN), "no number");
    }

    #[test]
    fn the_right_edge_is_kept() {
        let area = Rect::new(0, 0, 12, 1);
        let mut buffer = Buffer::empty(area);
        Pen::new(&mut buffer, area, "…").right(2, 0, 9, "500 sat", Style::new());
        assert_eq!(buffer, Buffer::with_lines(["    500 sat "]));
    }

    #[test]
    fn simple_signs_are_as_wide_as_the_tables_say_and_harmless() {
        for sign in (' '..='\u{FFFF}').filter(|sign| lone(*sign).is_some()) {
            let text = sign.to_string();
            assert_eq!(lone(sign), Some(text.width()), "{sign:?}");
            assert_eq!(SafeText::line(&text).as_str(), text, "{sign:?}");
            let between = format!("{sign}\u{2502}{sign}");
            assert_eq!(between.graphemes(true).count(), 3, "{sign:?}");
        }
    }

    proptest! {
        #[test]
        fn widths_are_those_of_the_graphemes(text in "[a-zé│─…日本の。\u{301}\u{200D}\u{FE0F}❤👩🇩🇪한\u{1100}\u{600}क्षि ]{0,30}|\\PC{0,40}", most in 0usize..50) {
            let columns: usize = text.graphemes(true).map(UnicodeWidthStr::width).sum();
            prop_assert_eq!(width(&text), columns);
            let so_far = width_up_to(&text, most);
            let told = if columns <= most { so_far == columns } else { so_far > most };
            prop_assert!(told, "{} of {}", so_far, columns);
        }

        #[test]
        fn what_fits_never_takes_more_columns(text in "\\PC{0,60}", columns in 0usize..40) {
            prop_assert!(width(&fit(&text, columns, "…")) <= columns);
        }

        #[test]
        fn a_pen_never_leaves_its_area(
            text in "\\PC{0,60}", x in 0u16..50, y in 0u16..20, columns in 0u16..60,
            left in 0u16..30, top in 0u16..12, wide in 0u16..30, high in 0u16..12,
        ) {
            let screen = Rect::new(0, 0, 24, 8);
            let area = Rect::new(left, top, wide, high);
            let mut buffer = Buffer::empty(screen);
            let mut pen = Pen::new(&mut buffer, area, "…");
            pen.left(x, y, columns, &text, Style::new());
            pen.right(x, y, columns, &text, Style::new());
            pen.fill(x, y, columns, "#", Style::new());
            pen.restyle(x, y, columns, Style::new());
            pen.line(x, y, &Line::from(text.as_str()));
            for row in 0..8 {
                for column in 0..24 {
                    let outside = !area.contains((column, row).into());
                    prop_assert!(!outside || buffer[(column, row)].symbol() == " ");
                }
            }
        }
    }
}
