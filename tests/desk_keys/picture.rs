//! A screen as text: its rows, and below them where which style is.

use std::fmt::Write;

use questdesk::app::State;
use questdesk::ui::{self, Look};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::{Buffer, Cell};
use ratatui::style::Color;

/// The sizes at which screens are looked at.
pub(crate) const SIZES: [(u16, u16); 4] = [(200, 60), (120, 40), (80, 24), (40, 10)];

/// Draws a frame; returns what was drawn and where the cursor is.
pub(crate) fn drawn(state: &State, look: &Look) -> (Buffer, Option<(u16, u16)>) {
    let backend = TestBackend::new(state.width, state.height);
    let mut terminal = Terminal::new(backend).expect("a test backend never fails");
    terminal.draw(|frame| ui::draw(state, look, frame)).expect("a test backend never fails");
    let shown = terminal.backend().cursor_visible();
    let at = shown.then(|| terminal.backend().cursor_position()).map(|at| (at.x, at.y));
    (terminal.backend().buffer().clone(), at)
}

/// The rows of a screen, without blanks at their ends.
pub(crate) fn rows(buffer: &Buffer) -> Vec<String> {
    let row = |y| {
        let mut text = String::new();
        let mut skip = 0_u16;
        for x in 0..buffer.area.width {
            // The cell after a wide sign is covered by it.
            if skip > 0 {
                skip -= 1;
                continue;
            }
            let symbol = buffer[(x, y)].symbol();
            skip = u16::try_from(ui::cells::width(symbol).saturating_sub(1)).unwrap_or(0);
            text.push_str(symbol);
        }
        text.trim_end().to_owned()
    };
    (0..buffer.area.height).map(row).collect()
}

/// The screen with its cursor, and its styles if they are wanted.
pub(crate) fn picture(state: &State, look: &Look, styles: bool) -> String {
    let (buffer, cursor) = drawn(state, look);
    let mut text = format!("{}x{}  cursor {}\n", state.width, state.height, place(cursor));
    for row in rows(&buffer) {
        writeln!(text, "{row}").expect("a string takes everything");
    }
    if styles {
        text.push_str(&style_map(&buffer));
    }
    text
}

fn place(cursor: Option<(u16, u16)>) -> String {
    cursor.map_or_else(|| "hidden".to_owned(), |(x, y)| format!("at column {x}, row {y}"))
}

/// Runs of cells that have a style: `row: column+length style`.
fn style_map(buffer: &Buffer) -> String {
    let mut text = "styles\n".to_owned();
    for y in 0..buffer.area.height {
        let mut runs: Vec<(u16, u16, String)> = Vec::new();
        for x in 0..buffer.area.width {
            let cell = &buffer[(x, y)];
            // Blanks show modifiers only if they are lines.
            let style = if cell.symbol() == " " { String::new() } else { style(cell) };
            match runs.last_mut() {
                Some((_, length, last)) if *last == style => *length += 1,
                _ => runs.push((x, 1, style)),
            }
        }
        let runs: Vec<String> = runs
            .into_iter()
            .filter(|(_, _, style)| !style.is_empty())
            .map(|(x, length, style)| format!("{x}+{length} {style}"))
            .collect();
        if !runs.is_empty() {
            writeln!(text, "{y:>3}: {}", runs.join(", ")).expect("a string takes everything");
        }
    }
    text
}

fn style(cell: &Cell) -> String {
    let mut words = Vec::new();
    if cell.fg != Color::Reset {
        words.push(format!("{:?}", cell.fg).to_lowercase());
    }
    if cell.bg != Color::Reset {
        words.push(format!("on-{:?}", cell.bg).to_lowercase());
    }
    if !cell.modifier.is_empty() {
        words.push(format!("{:?}", cell.modifier).to_lowercase().replace(" | ", "-"));
    }
    words.join("-")
}
