//! Differences between two screens, in as few bytes as is reasonable. Pure.
//!
//! It knows where the cursor stands and which pen is on, and sends only what has to change: the shortest of several
//! ways to move, attributes one by one, cheap gaps written again instead of jumped over, blank tails erased.
//! Where terminals may disagree about a character's width, it places the cursor anew behind it.
//!
//! Sources: ECMA-48 for CUP, CUU, CUD, CUF, CUB, CHA, EL, ECH and SGR.

use ratatui::style::{Color, Modifier};

use super::look::{Look, Pen};
use super::osc;
use crate::domain::SafeText;

/// Fewer changed blanks than this are written, more are erased.
const ERASE_FROM: usize = 5;
/// A run of blanks inside a row is erased from this length on; after it the cursor has to move.
const ERASE_INSIDE_FROM: usize = 10;
/// Unchanged cells that are written again rather than jumped over (a jump takes four bytes).
const GAP: u16 = 4;

/// Attributes, with the codes that turn them on and off.
const ATTRIBUTES: [(Modifier, u8, u8); 6] = [
    (Modifier::BOLD, 1, 22),
    (Modifier::DIM, 2, 22),
    (Modifier::ITALIC, 3, 23),
    (Modifier::UNDERLINED, 4, 24),
    (Modifier::REVERSED, 7, 27),
    (Modifier::CROSSED_OUT, 9, 29),
];

/// What is known about the terminal between two frames.
#[derive(Debug)]
pub(super) struct Encoder {
    bytes: Vec<u8>,
    width: u16,
    /// Where the cursor stands, if that is certain.
    at: Option<(u16, u16)>,
    pen: Pen,
    /// The pages that text was made to lead to, by their numbers from 1 on.
    pages: Vec<SafeText>,
}

impl Encoder {
    pub(super) fn new(width: u16) -> Self {
        Self { bytes: Vec::new(), width, at: None, pen: Pen::PLAIN, pages: Vec::new() }
    }

    /// Erases everything, whatever was there.
    pub(super) fn clear(&mut self) {
        self.bytes.extend_from_slice(b"\x1b[m\x1b[H\x1b[2J");
        self.at = Some((0, 0));
        self.pen = Pen::PLAIN;
    }

    /// The number of a page that text leads to.
    pub(super) fn page(&mut self, target: &SafeText) -> u32 {
        let known = self.pages.iter().position(|page| page == target);
        let at = known.unwrap_or_else(|| {
            self.pages.push(target.clone());
            self.pages.len() - 1
        });
        at as u32 + 1
    }

    /// How many pages there are.
    pub(super) const fn pages(&self) -> usize {
        self.pages.len()
    }

    /// Bytes that are ready, written at a cell, or where it doesn't matter. Where the cursor stands after what was
    /// written at a cell is for each terminal to say.
    pub(super) fn ready(&mut self, at: Option<(u16, u16)>, bytes: &[u8]) {
        if let Some((x, y)) = at {
            self.go(x, y);
            self.at = None;
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// The bytes so far. No frame leaves a link open.
    pub(super) fn take(&mut self) -> Vec<u8> {
        self.set_pen(Pen { link: 0, ..self.pen });
        std::mem::take(&mut self.bytes)
    }

    /// Changes row `y` from `old` to `new`.
    pub(super) fn row(&mut self, y: u16, old: &[Look<'_>], new: &[Look<'_>]) {
        let content = new.iter().rposition(|look| *look != Look::BLANK).map_or(0, |last| last + 1);
        let tail_changes = differences(&old[content..], &new[content..]);
        let erase_tail = tail_changes >= ERASE_FROM;
        let end = if erase_tail { content } else { new.len() };
        let mut x = 0;
        while x < end {
            if new[x] == old[x] {
                x += 1;
            } else if let Some(length) = blanks_to_erase(&old[x..end], &new[x..end]) {
                self.erase(x as u16, y, new, Some(length));
                x += length;
            } else {
                x += self.glyph(x as u16, y, new);
            }
        }
        if erase_tail {
            let first = content + first_difference(&old[content..], &new[content..]);
            self.erase(first as u16, y, new, None);
        }
    }

    /// Writes the character at `x`; returns how many cells it takes.
    fn glyph(&mut self, x: u16, y: u16, new: &[Look<'_>]) -> usize {
        let Look::Glyph { symbol, width, pen, .. } = new[usize::from(x)] else { return 1 };
        self.go_in_row(x, y, new);
        if !pen.shows_alike(self.pen, symbol) {
            self.set_pen(pen);
        }
        self.bytes.extend_from_slice(symbol.as_bytes());
        let after = x + width;
        // Behind the last column terminals wait with the line break, each in its own way.
        self.at = (has_certain_width(symbol) && after < self.width).then_some((after, y));
        usize::from(width)
    }

    /// Erases `length` cells from `x` on, or all up to the right edge.
    fn erase(&mut self, x: u16, y: u16, new: &[Look<'_>], length: Option<usize>) {
        self.go_in_row(x, y, new);
        self.set_pen(Pen::PLAIN);
        match length {
            Some(length) => sequence(&mut self.bytes, length as u16, b'X'),
            None => self.bytes.extend_from_slice(b"\x1b[K"),
        }
    }

    /// Goes to `x`, `y`, writing what is already there if that is shorter than jumping.
    fn go_in_row(&mut self, x: u16, y: u16, new: &[Look<'_>]) {
        if let Some((from, row)) = self.at
            && row == y
            && from < x
            && x - from <= GAP
        {
            let between = &new[usize::from(from)..usize::from(x)];
            let alike = |look: &Look<'_>| matches!(*look, Look::Glyph { symbol, pen, .. } if pen.shows_alike(self.pen, symbol));
            if between.iter().all(|look| look.is_ascii() && alike(look)) {
                for look in between {
                    if let Look::Glyph { symbol, .. } = look {
                        self.bytes.extend_from_slice(symbol.as_bytes());
                    }
                }
                self.at = Some((x, y));
            }
        }
        self.go(x, y);
    }

    /// Moves the cursor the shortest way.
    pub(super) fn go(&mut self, x: u16, y: u16) {
        if self.at == Some((x, y)) {
            return;
        }
        let absolute = absolutely(x, y);
        let relative = self.at.map(|from| relatively(from, (x, y)));
        match relative {
            Some(relative) if relative.len() < absolute.len() => self.bytes.extend_from_slice(&relative),
            _ => self.bytes.extend_from_slice(&absolute),
        }
        self.at = Some((x, y));
    }

    fn set_pen(&mut self, pen: Pen) {
        if pen.link != self.pen.link {
            let target = (pen.link as usize).checked_sub(1).and_then(|at| self.pages.get(at));
            self.bytes.extend_from_slice(osc::leading_to(target).as_bytes());
            self.pen.link = pen.link;
        }
        if pen == self.pen {
            return;
        }
        let anew = codes(Pen::PLAIN, pen, true);
        let changed = codes(self.pen, pen, false);
        let shorter = if anew.len() < changed.len() { anew } else { changed };
        self.bytes.extend_from_slice(&shorter);
        self.pen = pen;
    }
}

fn differences(old: &[Look<'_>], new: &[Look<'_>]) -> usize {
    old.iter().zip(new).filter(|(old, new)| old != new).count()
}

fn first_difference(old: &[Look<'_>], new: &[Look<'_>]) -> usize {
    old.iter().zip(new).position(|(old, new)| old != new).unwrap_or(0)
}

/// How many cells from the first are blank now and worth erasing together.
fn blanks_to_erase(old: &[Look<'_>], new: &[Look<'_>]) -> Option<usize> {
    let blank = new.iter().position(|look| *look != Look::BLANK).unwrap_or(new.len());
    let changed = old[..blank].iter().zip(new).rposition(|(old, new)| old != new)? + 1;
    (changed >= ERASE_INSIDE_FROM).then_some(changed)
}

/// Whether all terminals give it the width we count: no marks, no symbols that some draw as pictures.
fn has_certain_width(symbol: &str) -> bool {
    let mut characters = symbol.chars();
    let (Some(first), None) = (characters.next(), characters.next()) else { return false };
    matches!(first, ' '..='~' | '\u{A1}'..='\u{25FF}' | '\u{3040}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7A3}')
}

fn absolutely(x: u16, y: u16) -> Vec<u8> {
    let mut bytes = b"\x1b[".to_vec();
    if y > 0 {
        number(&mut bytes, y + 1);
    }
    if x > 0 {
        bytes.push(b';');
        number(&mut bytes, x + 1);
    }
    bytes.push(b'H');
    bytes
}

fn relatively(from: (u16, u16), to: (u16, u16)) -> Vec<u8> {
    let mut bytes = Vec::new();
    if to.1 > from.1 {
        let down = to.1 - from.1;
        if down <= 3 {
            bytes.extend(std::iter::repeat_n(b'\n', usize::from(down)));
        } else {
            sequence(&mut bytes, down, b'B');
        }
    } else if to.1 < from.1 {
        sequence(&mut bytes, from.1 - to.1, b'A');
    }
    let mut way = Vec::new();
    if to.0 > from.0 {
        sequence(&mut way, to.0 - from.0, b'C');
    } else if to.0 == 0 && from.0 > 0 {
        way.push(b'\r');
    } else if to.0 < from.0 {
        let back = from.0 - to.0;
        if back <= 3 {
            way.extend(std::iter::repeat_n(b'\x08', usize::from(back)));
        } else {
            sequence(&mut way, back, b'D');
        }
    }
    bytes.extend(way);
    bytes
}

/// `CSI count last`; a count of one is left out.
fn sequence(bytes: &mut Vec<u8>, count: u16, last: u8) {
    bytes.extend_from_slice(b"\x1b[");
    if count != 1 {
        number(bytes, count);
    }
    bytes.push(last);
}

fn number(bytes: &mut Vec<u8>, number: u16) {
    bytes.extend_from_slice(number.to_string().as_bytes());
}

/// The SGR sequence from one pen to another, `anew` from a reset.
fn codes(from: Pen, to: Pen, anew: bool) -> Vec<u8> {
    let mut codes: Vec<u8> = Vec::new();
    if anew {
        codes.push(b'0');
    }
    let mut left = from.modifier;
    for (attribute, _, off) in ATTRIBUTES {
        if left.contains(attribute) && !to.modifier.contains(attribute) {
            push_code(&mut codes, off);
            // One code ends bold and dim together.
            left -= if off == 22 { Modifier::BOLD | Modifier::DIM } else { attribute };
        }
    }
    for (attribute, on, _) in ATTRIBUTES {
        if to.modifier.contains(attribute) && !left.contains(attribute) {
            push_code(&mut codes, on);
        }
    }
    if to.fg != from.fg {
        push_color(&mut codes, to.fg, 30);
    }
    if to.bg != from.bg {
        push_color(&mut codes, to.bg, 40);
    }
    let codes: &[u8] = if codes == b"0" { b"" } else { &codes };
    [b"\x1b[", codes, b"m"].concat()
}

fn push_code(codes: &mut Vec<u8>, code: u8) {
    if !codes.is_empty() {
        codes.push(b';');
    }
    number(codes, code.into());
}

/// `base` is 30 for the foreground, 40 for the background.
fn push_color(codes: &mut Vec<u8>, color: Color, base: u8) {
    let basic = match color {
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 60,
        Color::LightRed => 61,
        Color::LightGreen => 62,
        Color::LightYellow => 63,
        Color::LightBlue => 64,
        Color::LightMagenta => 65,
        Color::LightCyan => 66,
        Color::White => 67,
        Color::Indexed(index) => {
            push_code(codes, base + 8);
            push_code(codes, 5);
            push_code(codes, index);
            return;
        }
        Color::Reset | Color::Rgb(..) => 9,
    };
    push_code(codes, base + basic);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pen(fg: Color, modifier: Modifier) -> Pen {
        Pen { fg, bg: Color::Reset, modifier, link: 0 }
    }

    fn shortest(from: Pen, to: Pen) -> String {
        let mut encoder = Encoder::new(80);
        encoder.pen = from;
        encoder.set_pen(to);
        String::from_utf8(encoder.take()).unwrap()
    }

    #[test]
    fn pens_change_the_short_way() {
        let bold = pen(Color::Reset, Modifier::BOLD);
        let dim = pen(Color::Reset, Modifier::DIM);
        let red_bold = pen(Color::Red, Modifier::BOLD);
        assert_eq!(shortest(bold, Pen::PLAIN), "\u{1b}[m");
        assert_eq!(shortest(Pen::PLAIN, bold), "\u{1b}[1m");
        assert_eq!(shortest(red_bold, bold), "\u{1b}[39m");
        assert_eq!(shortest(bold, dim), "\u{1b}[0;2m");
        assert_eq!(shortest(pen(Color::Red, Modifier::BOLD | Modifier::DIM), red_bold), "\u{1b}[22;1m");
        assert_eq!(shortest(Pen::PLAIN, pen(Color::Indexed(244), Modifier::empty())), "\u{1b}[38;5;244m");
        assert_eq!(shortest(Pen::PLAIN, pen(Color::LightRed, Modifier::empty())), "\u{1b}[91m");
    }

    #[test]
    fn the_cursor_goes_the_short_way() {
        let table = [
            ((5, 5), (6, 5), "\u{1b}[C"),
            ((5, 5), (0, 6), "\n\r"),
            ((5, 5), (5, 6), "\n"),
            ((5, 5), (3, 5), "\u{8}\u{8}"),
            ((70, 5), (0, 5), "\r"),
            ((5, 30), (0, 0), "\u{1b}[H"),
            ((5, 30), (0, 10), "\u{1b}[11H"),
            ((5, 30), (5, 29), "\u{1b}[A"),
        ];
        for (from, to, bytes) in table {
            let mut encoder = Encoder::new(80);
            encoder.at = Some(from);
            encoder.go(to.0, to.1);
            assert_eq!(String::from_utf8(encoder.take()).unwrap(), bytes, "{from:?} to {to:?}");
        }
    }
}
