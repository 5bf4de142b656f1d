//! The saved views, each with its digit, its name and its filter.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Span;

use crate::app::State;
use crate::app::aside::FILTER;
use crate::app::overlay::views::{Views, is_on};

use super::super::cells;
use super::super::theme::Look;
use super::sheet::{Row, Sheet};

/// Columns of the longest name that stands in its column; longer ones push their filter to the right.
const NAME: usize = 24;

/// Draws it.
pub(super) fn draw(
    state: &State,
    views: Views,
    look: &Look,
    screen: Rect,
    buffer: &mut Buffer,
) -> (u16, u16) {
    let theme = look.theme;
    let saved = &state.settings.views;
    // As many as fit with the frame and two lines of keys; the cursor's is among them.
    let room = usize::from(screen.height.saturating_sub(4)).max(1);
    let top = (views.cursor + 1).saturating_sub(room);
    let name = saved.iter().map(|view| cells::width(view.name.as_str())).max().unwrap_or(0).min(NAME);
    let mut rows = Vec::new();
    for (place, view) in saved.iter().enumerate().skip(top).take(room) {
        let digit = if place < 9 { (place + 1).to_string() } else { " ".to_owned() };
        let blanks = " ".repeat(name.saturating_sub(cells::width(view.name.as_str())));
        let (mark, style) =
            if place == views.cursor { (look.marks.cursor, theme.strong) } else { (" ", theme.text) };
        let mut pieces = vec![
            Span::styled(mark, theme.accent),
            Span::styled(digit, theme.key),
            Span::styled(format!("  {}", view.name), style),
            Span::styled(format!("{blanks}  {}", view.filter.text()), theme.dim),
        ];
        if is_on(state, view) {
            pieces.push(Span::styled("  (on)", theme.good));
        }
        rows.push(Row::pieces(pieces, 4));
    }
    if saved.is_empty() {
        rows.push(Row::text("No views are saved: [views] in config.toml names them.", theme.dim));
    }
    if rows.len() < room {
        rows.push(pile(state, views.cursor == saved.len(), name, look));
    }
    let digits = if look.ascii { "1-9" } else { "1–9" };
    let keys = [
        (digits, "shows it"),
        ("Enter", "shows this one"),
        ("b", "shows what is aside"),
        ("0", "shows all"),
        ("Esc", "goes back"),
    ];
    let keys = if saved.is_empty() { keys.get(2..).unwrap_or_default() } else { &keys };
    let sheet = Sheet { titles: &["Views"], width: 68, rows, keys };
    let placed = sheet.draw(look, screen, buffer);
    let line = placed
        .begins
        .get((views.cursor - top).min(placed.begins.len().saturating_sub(1)))
        .copied()
        .flatten()
        .unwrap_or(0);
    (placed.inner.x + 1, placed.inner.y + line)
}

/// The pile of what was put aside.
fn pile(state: &State, under: bool, name: usize, look: &Look) -> Row {
    let theme = look.theme;
    let (mark, style) = if under { (look.marks.cursor, theme.strong) } else { (" ", theme.text) };
    let blanks = " ".repeat(name.saturating_sub("aside".len()));
    let count = cells::count(state.asides.len() as u64);
    let mut pieces = vec![
        Span::styled(mark, theme.accent),
        Span::styled("b", theme.key),
        Span::styled("  aside", style),
        Span::styled(format!("{blanks}  {FILTER}  ({count})"), theme.dim),
    ];
    if state.desk.queue.shows_aside() {
        pieces.push(Span::styled("  (on)", theme.good));
    }
    Row::pieces(pieces, 4)
}
