//! The reason picker: every saved reason with its digit, in full.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Span;

use crate::app::State;
use crate::app::overlay::reason::Reason;

use super::super::theme::Look;
use super::sheet::{Row, Sheet};

/// Draws it.
pub(super) fn draw(
    state: &State,
    reason: &Reason,
    look: &Look,
    screen: Rect,
    buffer: &mut Buffer,
) -> (u16, u16) {
    let mut rows = vec![Row::label(reason.label.as_str(), look.theme.strong).minor(), Row::blank()];
    for (digit, words) in Reason::choices(state) {
        let pieces = vec![
            Span::styled(digit.to_string(), look.theme.key),
            Span::styled(format!("  {words}"), look.theme.text),
        ];
        rows.push(Row::pieces(pieces, 3));
    }
    if rows.len() == 2 {
        rows.push(Row::text("No reasons are saved yet: type one.", look.theme.dim));
    }
    let digits = if look.ascii { "1-9" } else { "1–9" };
    let keys = [(digits, "rejects with it"), ("Enter", "writes one"), ("Esc", "goes back")];
    let sheet = Sheet { titles: &["Reject", "why?"], width: 68, rows, keys: &keys };
    let placed = sheet.draw(look, screen, buffer);
    (placed.inner.x + 1, placed.inner.y + placed.begins.get(2).copied().flatten().unwrap_or(0))
}
