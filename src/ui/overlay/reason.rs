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
) -> Option<(u16, u16)> {
    let mut rows = vec![Row::text(reason.label.to_string(), look.theme.strong), Row::blank()];
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
    let keys = [("1–9", "rejects with it"), ("a letter, Enter", "writes one"), ("Esc", "goes back")];
    let ascii = [("1-9", keys[0].1), keys[1], keys[2]];
    let sheet =
        Sheet { titles: &["Reject", "why?"], width: 68, rows, keys: if look.ascii { &ascii } else { &keys } };
    let placed = sheet.draw(look, screen, buffer);
    Some((placed.inner.x + 1, placed.inner.y + placed.begins.get(2).copied().flatten().unwrap_or(0)))
}
