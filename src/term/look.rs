//! A cell as the terminal will really show it: what it cannot show, or what cannot be seen, is taken out first, so
//! that comparing two cells compares what the user sees.

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::{Position, Rect};
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr;

use super::abilities::{Abilities, Colors};
use crate::ui::cells::link_of;

/// Attributes that are sent. Blinking never is; what is hidden is left out.
const SHOWN: Modifier = Modifier::BOLD
    .union(Modifier::DIM)
    .union(Modifier::ITALIC)
    .union(Modifier::UNDERLINED)
    .union(Modifier::REVERSED)
    .union(Modifier::CROSSED_OUT);

/// Attributes that are seen even where nothing is written.
const SEEN_ON_BLANKS: Modifier = Modifier::UNDERLINED.union(Modifier::REVERSED).union(Modifier::CROSSED_OUT);

/// Colour and attributes, as far as the terminal has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pen {
    pub(super) fg: Color,
    pub(super) bg: Color,
    pub(super) modifier: Modifier,
    /// The page that the text leads to, by the screen's number of it; 0: none.
    pub(super) link: u32,
}

impl Pen {
    /// As after `CSI m`.
    pub(super) const PLAIN: Self =
        Self { fg: Color::Reset, bg: Color::Reset, modifier: Modifier::empty(), link: 0 };

    /// Whether `symbol` looks the same with either pen: a blank shows neither weight nor, mostly, colour.
    pub(super) fn shows_alike(self, other: Self, symbol: &str) -> bool {
        let seen = self.modifier & SEEN_ON_BLANKS;
        self == other
            || (symbol == " "
                && self.bg == other.bg
                && self.link == other.link
                && seen == other.modifier & SEEN_ON_BLANKS
                && (seen.is_empty() || self.fg == other.fg))
    }
}

/// What is seen in one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look<'a> {
    /// A character (with its marks) that begins here.
    Glyph {
        /// Never empty, without control characters.
        symbol: &'a str,
        /// One or two cells.
        width: u16,
        pen: Pen,
        /// The picture that is drawn over it, by the stage's number; 0: none. What lies under a picture is not
        /// written while the picture stays.
        picture: u32,
    },
    /// The right half of the wide character before it.
    Covered,
}

impl Look<'_> {
    pub(super) const BLANK: Self = Self::Glyph { symbol: " ", width: 1, pen: Pen::PLAIN, picture: 0 };

    /// Written as one byte, in one cell, under no picture.
    pub(super) fn is_ascii(&self) -> bool {
        matches!(self, Self::Glyph { symbol, picture: 0, .. } if symbol.len() == 1)
    }
}

/// What a frame has beside its cells.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Beside {
    /// The screen's numbers of the pages that its links lead to, by the links' numbers.
    pub(super) links: Vec<u32>,
    /// Where pictures are drawn over it, with the stage's numbers.
    pub(super) pictures: Vec<(Rect, u32)>,
}

/// One row of a buffer as it will be seen.
pub(super) fn row<'a>(
    buffer: &'a Buffer,
    y: u16,
    abilities: Abilities,
    beside: &Beside,
    looks: &mut Vec<Look<'a>>,
) {
    looks.clear();
    let width = buffer.area.width;
    let start = usize::from(y) * usize::from(width);
    let cells = &buffer.content()[start..start + usize::from(width)];
    let mut covered = false;
    for (x, cell) in cells.iter().enumerate() {
        if covered {
            looks.push(Look::Covered);
            covered = false;
            continue;
        }
        let mut look = look(cell, usize::from(width) - x, abilities, &beside.links);
        if let Look::Glyph { picture, .. } = &mut look {
            let at = Position::new(x as u16, y);
            *picture =
                beside.pictures.iter().find(|(area, _)| area.contains(at)).map_or(0, |(_, number)| *number);
        }
        covered = matches!(look, Look::Glyph { width: 2, .. });
        looks.push(look);
    }
}

/// `room` is the number of cells from this one to the right edge.
fn look<'c>(cell: &'c Cell, room: usize, abilities: Abilities, links: &[u32]) -> Look<'c> {
    let (symbol, width) = symbol(cell, room, abilities.unicode);
    let mut pen = Pen {
        fg: color(cell.fg, abilities.colors),
        bg: color(cell.bg, abilities.colors),
        modifier: cell.modifier & SHOWN,
        link: link_of(cell)
            .and_then(|number| links.get(usize::from(number).wrapping_sub(1)))
            .copied()
            .unwrap_or(0),
    };
    if symbol == " " {
        pen.modifier &= SEEN_ON_BLANKS;
        if pen.modifier.is_empty() {
            pen.fg = Color::Reset;
        }
    }
    Look::Glyph { symbol, width, pen, picture: 0 }
}

/// The text that is sent for a cell. What could move the cursor or has no width is shown as a blank.
fn symbol(cell: &Cell, room: usize, unicode: bool) -> (&str, u16) {
    let symbol = cell.symbol();
    if let &[byte] = symbol.as_bytes() {
        let hidden = cell.modifier.contains(Modifier::HIDDEN);
        return if (b'!'..=b'~').contains(&byte) && !hidden { (symbol, 1) } else { (" ", 1) };
    }
    let width = symbol.width();
    let harmless = !symbol.is_empty() && !symbol.contains(char::is_control);
    if !harmless || width == 0 || width > room.min(2) || cell.modifier.contains(Modifier::HIDDEN) {
        return (" ", 1);
    }
    if unicode {
        return (symbol, width as u16);
    }
    (in_ascii(symbol, width), width as u16)
}

/// The nearest ASCII for terminals without more. Lines and blocks keep their meaning, the rest is a question mark.
fn in_ascii(symbol: &str, width: usize) -> &'static str {
    if width == 2 {
        return "??";
    }
    match symbol.chars().next().unwrap_or('?') {
        '─' | '━' | '═' | '╌' | '┄' | '╴' | '╶' | '–' | '—' | '‐' => "-",
        '│' | '┃' | '║' | '╎' | '┆' | '╵' | '╷' | '▏' | '▌' | '▐' | '▎' => "|",
        '\u{2500}'..='\u{257F}' => "+",
        '█' | '▓' | '▒' | '░' | '■' | '▇' | '▆' | '▅' => "#",
        '•' | '●' | '◆' | '✓' | '✔' => "*",
        '·' | '…' | '○' | '◦' => ".",
        '▶' | '▸' | '→' | '›' | '»' => ">",
        '◀' | '◂' | '←' | '‹' | '«' => "<",
        '↑' | '▲' | '▴' => "^",
        '↓' | '▼' | '▾' => "v",
        '×' | '✗' | '✘' => "x",
        '‘' | '’' => "'",
        '“' | '”' => "\"",
        _ => "?",
    }
}

/// The nearest colour there is.
fn color(color: Color, colors: Colors) -> Color {
    match (colors, color) {
        (Colors::NoColor, _) => Color::Reset,
        (_, Color::Indexed(index @ 0..16)) => BASIC[usize::from(index)],
        (Colors::Ansi256, Color::Rgb(r, g, b)) => Color::Indexed(in_cube(r, g, b)),
        (Colors::Ansi16, Color::Rgb(r, g, b)) => basic(r, g, b),
        (Colors::Ansi16, Color::Indexed(index)) => {
            let (r, g, b) = of_cube(index);
            basic(r, g, b)
        }
        (_, other) => other,
    }
}

/// The sixteen in the order of their numbers.
const BASIC: [Color; 16] = [
    Color::Black,
    Color::Red,
    Color::Green,
    Color::Yellow,
    Color::Blue,
    Color::Magenta,
    Color::Cyan,
    Color::Gray,
    Color::DarkGray,
    Color::LightRed,
    Color::LightGreen,
    Color::LightYellow,
    Color::LightBlue,
    Color::LightMagenta,
    Color::LightCyan,
    Color::White,
];

/// The steps of one channel in xterm's cube of 6 by 6 by 6 colours.
const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// The colour of an index from 16 on: the cube, then 24 greys.
fn of_cube(index: u8) -> (u8, u8, u8) {
    if index >= 232 {
        let grey = 8 + 10 * (index - 232);
        return (grey, grey, grey);
    }
    let place = usize::from(index.saturating_sub(16));
    (STEPS[place / 36], STEPS[place / 6 % 6], STEPS[place % 6])
}

fn in_cube(r: u8, g: u8, b: u8) -> u8 {
    let step = |channel: u8| (0..6_u8).min_by_key(|i| STEPS[usize::from(*i)].abs_diff(channel)).unwrap_or(0);
    let mean = ((u16::from(r) + u16::from(g) + u16::from(b)) / 3) as u8;
    let colourful = 16 + 36 * step(r) + 6 * step(g) + step(b);
    let grey = 232 + (mean.saturating_sub(3) / 10).min(23);
    if distance(of_cube(grey), (r, g, b)) < distance(of_cube(colourful), (r, g, b)) {
        grey
    } else {
        colourful
    }
}

/// By xterm's usual palette; a user's own may differ.
fn basic(r: u8, g: u8, b: u8) -> Color {
    const USUAL: [(u8, u8, u8); 16] = [
        (0, 0, 0),
        (205, 0, 0),
        (0, 205, 0),
        (205, 205, 0),
        (0, 0, 238),
        (205, 0, 205),
        (0, 205, 205),
        (229, 229, 229),
        (127, 127, 127),
        (255, 0, 0),
        (0, 255, 0),
        (255, 255, 0),
        (92, 92, 255),
        (255, 0, 255),
        (0, 255, 255),
        (255, 255, 255),
    ];
    let nearest = USUAL.iter().zip(BASIC).min_by_key(|(usual, _)| distance(**usual, (r, g, b)));
    nearest.map_or(Color::Reset, |(_, color)| color)
}

fn distance(one: (u8, u8, u8), other: (u8, u8, u8)) -> u32 {
    let square = |a: u8, b: u8| u32::from(a.abs_diff(b)).pow(2);
    square(one.0, other.0) + square(one.1, other.1) + square(one.2, other.2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looks(cells: &[&str], abilities: Abilities) -> Vec<(String, u16)> {
        let mut buffer = Buffer::empty(Rect::new(0, 0, cells.len() as u16, 1));
        for (x, symbol) in cells.iter().enumerate() {
            buffer[(x as u16, 0)].set_symbol(symbol);
        }
        let mut looks = Vec::new();
        row(&buffer, 0, abilities, &Beside::default(), &mut looks);
        looks
            .iter()
            .map(|look| match look {
                Look::Glyph { symbol, width, .. } => ((*symbol).to_owned(), *width),
                Look::Covered => (String::new(), 0),
            })
            .collect()
    }

    #[test]
    fn what_would_move_the_cursor_is_blank() {
        for symbol in ["\u{1b}[2J", "\n", "\u{7}", "\u{9b}1m", "", "\u{301}", "\u{7f}"] {
            assert_eq!(
                looks(&[symbol, "x"], Abilities::COMMON),
                [(" ".into(), 1), ("x".into(), 1)],
                "{symbol:?}"
            );
        }
    }

    #[test]
    fn wide_characters_cover_the_next_cell_and_need_room() {
        assert_eq!(
            looks(&["票", "x", "y"], Abilities::COMMON),
            [("票".into(), 2), (String::new(), 0), ("y".into(), 1)]
        );
        assert_eq!(looks(&["x", "票"], Abilities::COMMON), [("x".into(), 1), (" ".into(), 1)]);
    }

    #[test]
    fn without_unicode_lines_stay_lines() {
        let ascii = Abilities { unicode: false, ..Abilities::COMMON };
        let shown: String =
            looks(&["┌", "─", "│", "票", "", "é", "▶"], ascii).into_iter().map(|(text, _)| text).collect();
        assert_eq!(shown, "+-|???>");
    }

    #[test]
    fn colours_become_the_nearest_there_is() {
        assert_eq!(color(Color::Rgb(255, 0, 0), Colors::Ansi256), Color::Indexed(196));
        assert_eq!(color(Color::Rgb(255, 0, 0), Colors::Ansi16), Color::LightRed);
        assert_eq!(color(Color::Indexed(196), Colors::Ansi16), Color::LightRed);
        assert_eq!(color(Color::Indexed(1), Colors::Ansi256), Color::Red);
        assert_eq!(color(Color::Rgb(255, 0, 0), Colors::NoColor), Color::Reset);
        assert_eq!(color(Color::Indexed(244), Colors::Ansi256), Color::Indexed(244));
    }
}
