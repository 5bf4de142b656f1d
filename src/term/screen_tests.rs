//! The screen against a terminal emulator: whatever was there, the bytes make it show the frame, and there are few.

use super::*;
use crate::term::abilities::Colors;
use crate::term::look::Pen;
use crate::term::pictures::Protocol;
use crate::ui::cells::{PictureCell, of_picture};
use proptest::prelude::*;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::widgets::{Block, Paragraph};

/// A screen and the emulator it is sent to.
struct Pair {
    screen: Screen,
    terminal: vt100::Parser,
}

impl Pair {
    fn new(width: u16, height: u16) -> Self {
        let mut terminal = vt100::Parser::new(height, width, 0);
        terminal.process(b"what a shell left here\r\n\x1b[31;1mred");
        Self { screen: Screen::new(width, height, Abilities::COMMON), terminal }
    }

    /// Draws and sends; how many bytes it took.
    fn draw(&mut self, draw: impl FnOnce(&mut Frame<'_>)) -> usize {
        let bytes = self.screen.draw(draw).unwrap_or_default();
        self.terminal.process(&bytes);
        bytes.len()
    }

    /// Draws a whole buffer, with the cursor there if it is wanted.
    fn draw_buffer(&mut self, buffer: &Buffer, cursor: Option<(u16, u16)>) -> usize {
        self.draw(|frame| {
            frame.buffer_mut().clone_from(buffer);
            if let Some(cursor) = cursor {
                frame.set_cursor_position(cursor);
            }
        })
    }

    /// What the emulator shows differently from `buffer`.
    fn wrong(&self, buffer: &Buffer, cursor: Option<(u16, u16)>) -> Option<String> {
        let screen = self.terminal.screen();
        for y in 0..buffer.area.height {
            let mut looks = Vec::new();
            look::row(buffer, y, Abilities::COMMON, &Beside::default(), &mut looks);
            for (x, look) in looks.iter().enumerate() {
                let cell = screen.cell(y, x as u16).unwrap();
                if !shows(cell, look) {
                    return Some(format!("({x}, {y}): wanted {look:?}, shown {cell:?}"));
                }
            }
        }
        if screen.hide_cursor() != cursor.is_none() {
            return Some("cursor shown or hidden against the frame's wish".into());
        }
        let at = screen.cursor_position();
        cursor.filter(|cursor| (cursor.1, cursor.0) != at).map(|_| format!("cursor at {at:?}"))
    }
}

fn shows(cell: &vt100::Cell, look: &Look<'_>) -> bool {
    let Look::Glyph { symbol, width, pen, .. } = *look else { return cell.is_wide_continuation() };
    let contents = if cell.has_contents() { cell.contents() } else { " " };
    let Pen { fg, bg, modifier, .. } = pen;
    let blank = symbol == " ";
    let unseen = blank && !modifier.contains(Modifier::REVERSED);
    // The emulator has one intensity only: bold and dim together are beyond it.
    let intensity = blank || modifier.contains(Modifier::BOLD | Modifier::DIM);
    contents == symbol
        && cell.is_wide() == (width == 2)
        && cell.bgcolor() == vt_color(bg)
        && (unseen || cell.fgcolor() == vt_color(fg))
        && cell.inverse() == modifier.contains(Modifier::REVERSED)
        && cell.underline() == modifier.contains(Modifier::UNDERLINED)
        && (intensity || cell.bold() == modifier.contains(Modifier::BOLD))
        && (intensity || cell.dim() == modifier.contains(Modifier::DIM))
        && (blank || cell.italic() == modifier.contains(Modifier::ITALIC))
}

fn vt_color(color: Color) -> vt100::Color {
    match color {
        Color::Reset => vt100::Color::Default,
        Color::Red => vt100::Color::Idx(1),
        Color::LightBlue => vt100::Color::Idx(12),
        Color::DarkGray => vt100::Color::Idx(8),
        Color::Indexed(index) => vt100::Color::Idx(index),
        other => panic!("not used in these tests: {other:?}"),
    }
}

fn any_style() -> impl Strategy<Value = Style> {
    let color = || {
        prop_oneof![
            4 => Just(Color::Reset),
            1 => Just(Color::Red),
            1 => Just(Color::LightBlue),
            1 => Just(Color::Indexed(200)),
        ]
    };
    let modifier = prop_oneof![
        3 => Just(Modifier::empty()),
        1 => any::<u16>().prop_map(|bits| Modifier::from_bits_truncate(bits) - Modifier::HIDDEN),
    ];
    (color(), color(), modifier)
        .prop_map(|(fg, bg, modifier)| Style::default().fg(fg).bg(bg).add_modifier(modifier))
}

/// Some texts and fills on an empty screen; `holes` are cells overwritten at will, wide ones in the middle too.
fn any_buffer(width: u16, height: u16) -> impl Strategy<Value = Buffer> {
    let text = prop_oneof!["[a-z .]{0,30}", "[a-c票é─😀 ]{0,20}", " {0,30}", "[e\u{301}a]{0,6}"];
    let texts = prop::collection::vec((0..width, 0..height, text, any_style()), 0..12);
    let fills = prop::collection::vec((0..width, 0..height, 0..width, 0..height, any_style()), 0..3);
    let hole = prop_oneof![Just("x"), Just(" "), Just("票"), Just(""), Just("\u{1b}")];
    let holes = prop::collection::vec((0..width, 0..height, hole), 0..6);
    (texts, fills, holes).prop_map(move |(texts, fills, holes)| {
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
        for (x, y, text, style) in texts {
            buffer.set_stringn(x, y, text, usize::from(width - x), style);
        }
        for (x, y, w, h, style) in fills {
            let area = Rect::new(x, y, w, h).intersection(buffer.area);
            buffer.set_style(area, style);
        }
        for (x, y, symbol) in holes {
            buffer[(x, y)].set_symbol(symbol);
        }
        buffer
    })
}

fn any_cursor(width: u16, height: u16) -> impl Strategy<Value = Option<(u16, u16)>> {
    prop::option::of((0..width, 0..height))
}

const W: u16 = 34;
const H: u16 = 7;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_frame_is_shown_whatever_was_there(
        frames in prop::collection::vec((any_buffer(W, H), any_cursor(W, H)), 1..5),
    ) {
        let mut pair = Pair::new(W, H);
        for (buffer, cursor) in frames {
            pair.draw_buffer(&buffer, cursor);
            prop_assert_eq!(pair.wrong(&buffer, cursor), None);
            prop_assert_eq!(pair.draw_buffer(&buffer, cursor), 0, "the same frame again takes nothing");
        }
    }

    #[test]
    fn small_changes_are_shown_too(
        start in any_buffer(W, H),
        changes in prop::collection::vec((0..W, 0..H, "[a-z票]{1,3}", any_style()), 1..8),
    ) {
        let mut pair = Pair::new(W, H);
        let mut buffer = start;
        pair.draw_buffer(&buffer, None);
        for (x, y, text, style) in changes {
            let text_end = buffer.set_stringn(x, y, text, usize::from(W - x), Style::reset()).0;
            buffer.set_style(Rect::new(x, y, text_end - x, 1), style);
            pair.draw_buffer(&buffer, Some((x, y)));
            prop_assert_eq!(pair.wrong(&buffer, Some((x, y))), None);
        }
    }

    #[test]
    fn any_size_is_drawn(width in 0..40_u16, height in 0..12_u16, again in (0..40_u16, 0..12_u16)) {
        let mut screen = Screen::new(width, height, Abilities::COMMON);
        screen.draw(|frame| frame.render_widget(Paragraph::new("some text\nmore"), frame.area()));
        screen.resize(again.0, again.1);
        screen.draw(|frame| frame.render_widget(Block::bordered(), frame.area()));
    }
}

#[test]
fn an_unchanged_frame_takes_no_bytes_and_a_cursor_move_only_its_own() {
    let mut pair = Pair::new(80, 24);
    let hello = |frame: &mut Frame<'_>| frame.render_widget(Paragraph::new("hello"), frame.area());
    assert!(pair.draw(hello) > 0);
    assert_eq!(pair.draw(hello), 0);
    pair.draw(|frame| {
        hello(frame);
        frame.set_cursor_position((3, 3));
    });
    let moved = pair.draw(|frame| {
        hello(frame);
        frame.set_cursor_position((3, 4));
    });
    assert_eq!(moved, 1, "one line down is one byte");
}

#[test]
fn after_a_repaint_or_resize_everything_is_sent_again() {
    let mut pair = Pair::new(40, 5);
    let hello = |frame: &mut Frame<'_>| frame.render_widget(Paragraph::new("hello"), frame.area());
    pair.draw(hello);
    pair.terminal.process(b"\x1b[Hgarbage from elsewhere\x1b[44m");
    pair.screen.repaint();
    pair.draw(hello);
    assert_eq!(pair.terminal.screen().contents(), "hello");
    pair.screen.resize(30, 4);
    pair.terminal.screen_mut().set_size(4, 30);
    pair.draw(hello);
    assert_eq!(pair.terminal.screen().contents(), "hello");
}

#[test]
fn large_frames_are_synchronized_and_small_ones_are_not() {
    let mut screen = Screen::new(120, 40, Abilities::COMMON);
    let text = "word ".repeat(1_000);
    let large = screen.draw(|frame| frame.render_widget(Paragraph::new("word ".repeat(24)), frame.area()));
    assert!(!large.unwrap().starts_with(BEGIN_SYNCHRONIZED));
    let large = screen.draw(|frame| {
        let wrapped = Paragraph::new(text.as_str()).wrap(ratatui::widgets::Wrap { trim: true });
        frame.render_widget(wrapped, frame.area());
    });
    let large = large.unwrap();
    assert!(large.starts_with(BEGIN_SYNCHRONIZED) && large.ends_with(END_SYNCHRONIZED));
}

#[test]
fn without_colours_no_colour_is_sent_but_bold_is() {
    let mut screen = Screen::new(20, 1, Abilities { colors: Colors::NoColor, ..Abilities::COMMON });
    let style = Style::default().fg(Color::Red).bg(Color::Blue).add_modifier(Modifier::BOLD);
    let bytes =
        screen.draw(|frame| frame.render_widget(Paragraph::new("x").style(style), frame.area())).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    assert!(text.contains("\u{1b}[1mx") && !text.contains("31") && !text.contains("44"), "{text:?}");
}

/// Four panes as in the queue; the row with the highlight is marked and bold.
fn four_panes(frame: &mut Frame<'_>, selected: u16) {
    let [top, body, bottom] =
        Layout::vertical([Constraint::Length(1), Constraint::Fill(1), Constraint::Length(1)])
            .areas(frame.area());
    let panes: [Rect; 4] = Layout::horizontal([
        Constraint::Length(20),
        Constraint::Length(20),
        Constraint::Length(40),
        Constraint::Fill(1),
    ])
    .areas(body);
    frame.render_widget("questdesk", top);
    frame.render_widget("j k move   a accept   r reject", bottom);
    for (number, area) in panes.into_iter().enumerate() {
        let block = Block::bordered().title(format!("pane {number}"));
        let inner = block.inner(area);
        frame.render_widget(block, area);
        for row in 0..inner.height {
            let here = number == 2 && row == selected;
            let text = format!("{} entry {row:>3} by maria 1,500 sat 2d", if here { '▌' } else { ' ' });
            let style = if here { Style::default().add_modifier(Modifier::BOLD) } else { Style::default() };
            let place = Rect { y: inner.y + row, height: 1, ..inner };
            frame.render_widget(Paragraph::new(text).style(style), place);
            if here {
                frame.set_cursor_position((place.x, place.y));
            }
        }
    }
}

#[test]
fn moving_the_highlight_a_row_takes_few_bytes() {
    let mut pair = Pair::new(120, 40);
    let whole = pair.draw(|frame| four_panes(frame, 3));
    let moved = pair.draw(|frame| four_panes(frame, 4));
    assert!(moved <= 90, "{moved} bytes for one row");
    assert!(whole <= 6_000, "{whole} bytes for everything");
}

#[test]
fn text_leads_where_its_link_does_and_no_frame_leaves_a_link_open() {
    let mut screen = Screen::new(20, 2, Abilities { hyperlinks: true, ..Abilities::COMMON });
    let page = |name: &str| crate::domain::SafeText::line(&format!("https://{name}.example/"));
    let style = crate::ui::cells::of_link(Style::new(), 1);
    let mut frame = |target: &crate::domain::SafeText| {
        screen.set_links(std::iter::once(Some(target)));
        let line = ratatui::text::Line::from(vec!["see ".into(), ratatui::text::Span::styled("this", style)]);
        let bytes = screen.draw(|frame| frame.render_widget(line.clone(), frame.area())).unwrap_or_default();
        String::from_utf8(bytes).unwrap()
    };
    let (begin, end) = ("\x1b]8;;https://a.example/\x1b\\", "\x1b]8;;\x1b\\");
    assert!(frame(&page("a")).contains(&format!("{begin}this{end}")));
    assert_eq!(frame(&page("a")), "", "nothing changed");
    let other = frame(&page("b"));
    assert!(
        other.contains("https://b.example/") && other.ends_with(end),
        "the same words lead elsewhere: {other:?}"
    );
}

/// A frame with a picture of four by two cells at this place, and words to the left of it.
fn frame_with_picture(frame: &mut Frame<'_>, place: Option<(u16, u16)>, words: &str) {
    let buffer = frame.buffer_mut();
    buffer.set_string(0, 0, words, Style::new());
    let Some((left, top)) = place else { return };
    for (row, text) in ["+--+", "+--+"].into_iter().enumerate() {
        for (column, sign) in text.chars().enumerate() {
            let part = PictureCell {
                number: 1,
                row: row as u8,
                first: column == 0,
                last: column == 3,
                bottom: row == 1,
            };
            let style = of_picture(Style::new(), part);
            buffer.set_string(left + column as u16, top + row as u16, sign.to_string(), style);
        }
    }
}

#[test]
fn pictures_follow_the_text_and_nothing_is_written_over_them() {
    let pixels = Pixels::new(8, 8, vec![120; 192]).unwrap();
    for protocol in [Protocol::Kitty, Protocol::Sixel, Protocol::Iterm2] {
        let abilities = Abilities { pictures: Some(protocol), ..Abilities::COMMON };
        let stage = Stage::new(protocol, 16, false);
        let mut screen = Screen::new(20, 6, abilities).with_stage(Some(stage));
        let draw = |screen: &mut Screen, place, words: &str| {
            screen.set_pictures(std::iter::once(Some(&pixels)));
            let bytes = screen.draw(|frame| frame_with_picture(frame, place, words)).unwrap_or_default();
            for job in screen.jobs().unwrap_or_default() {
                screen.painted(crate::term::pictures::paint(job));
            }
            String::from_utf8(bytes).unwrap()
        };
        let piece = |screen: &mut Screen| screen.piece().map(|bytes| String::from_utf8(bytes).unwrap());
        assert!(piece(&mut screen).is_none(), "nothing before the first frame");
        let first = draw(&mut screen, Some((10, 0)), "a");
        assert!(first.contains("+--+"), "its outline: {first:?}");
        let begin = match protocol {
            Protocol::Kitty => "\u{1b}_Ga=t,f=100,i=17,",
            Protocol::Sixel => "\u{1b}P",
            Protocol::Iterm2 => "\u{1b}]1337;File=inline=1;",
        };
        assert!(piece(&mut screen).unwrap().contains(begin));
        assert!(piece(&mut screen).is_none(), "sent once");
        // A tail is erased and a gap written again on its row: never over the picture.
        for words in ["a long tail", "b", "c"] {
            let bytes = draw(&mut screen, Some((12, 0)), words);
            if words == "a long tail" {
                assert!(piece(&mut screen).is_some(), "it moved");
            } else {
                assert!(!bytes.contains("\u{1b}[K") && !bytes.contains('-'), "{words}: {bytes:?}");
                assert!(piece(&mut screen).is_none());
            }
        }
        // Covered: what it stood on is written again, or was there all the time.
        let bytes = draw(&mut screen, None, "c");
        let taken = bytes.contains("\u{1b}_Ga=d,d=i,i=17,");
        assert_eq!(taken, protocol == Protocol::Kitty, "{bytes:?}");
        assert!(bytes.contains("    "), "{bytes:?}");
        assert!(piece(&mut screen).is_none());
        // Partly over the edge it is an outline alone.
        let bytes = draw(&mut screen, Some((18, 0)), "c");
        assert!(bytes.contains("+-") && piece(&mut screen).is_none());
        draw(&mut screen, Some((10, 2)), "c");
        assert!(piece(&mut screen).is_some());
        screen.repaint();
        draw(&mut screen, Some((10, 2)), "c");
        assert!(piece(&mut screen).unwrap().contains(begin), "after a repaint from its beginning");
    }
}
