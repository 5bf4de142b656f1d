//! The reason picker: every saved reason with its digit, in full, filled for this entry.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Span;

use crate::app::overlay::reason::{Choice, Reason};

use super::super::theme::Look;
use super::sheet::{Row, Sheet};

/// Draws it.
pub(super) fn draw(reason: &Reason, look: &Look, screen: Rect, buffer: &mut Buffer) -> (u16, u16) {
    let mut rows = vec![Row::label(reason.label.as_str(), look.theme.strong).minor(), Row::blank()];
    for choice in &reason.choices {
        rows.push(row(choice, look));
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

/// A reason as it will be sent; one that can't be says why.
fn row(choice: &Choice, look: &Look) -> Row {
    let digit = choice.digit.to_string();
    let pieces = match &choice.filled {
        Ok(words) => {
            vec![Span::styled(digit, look.theme.key), Span::styled(format!("  {words}"), look.theme.text)]
        }
        Err(why) => vec![
            Span::styled(digit, look.theme.dim),
            Span::styled(format!("  {}", choice.template.text()), look.theme.dim),
            Span::styled(format!(" {} {why}", look.marks.warn), look.theme.warn),
        ],
    };
    Row::pieces(pieces, 3)
}
