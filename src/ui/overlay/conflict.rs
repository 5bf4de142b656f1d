//! A conflict: theirs above yours, each with its words.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Span;

use crate::app::overlay::conflict::Conflict;
use crate::domain::SafeText;

use super::super::theme::Look;
use super::sheet::{Row, Sheet};

/// Draws it.
pub(super) fn draw(conflict: &Conflict, look: &Look, screen: Rect, buffer: &mut Buffer) -> (u16, u16) {
    let theme = look.theme;
    let side = |name: &'static str, what: &SafeText| {
        Row::pieces(
            vec![Span::styled(format!("{name:<7}"), theme.dim), Span::styled(what.to_string(), theme.strong)],
            7,
        )
        .must()
    };
    let note = |note: &Option<SafeText>| {
        let words = note.as_ref().map(|note| SafeText::line(note.as_str().trim()));
        words.map(|words| {
            Row::pieces(vec![Span::raw("       "), Span::styled(words.to_string(), theme.text)], 7)
        })
    };
    let mut rows = vec![Row::label(conflict.label.as_str(), theme.strong).minor(), Row::blank()];
    rows.push(side("theirs", &conflict.theirs));
    rows.extend(note(&conflict.their_note));
    rows.push(Row::blank());
    rows.push(side("yours", &conflict.yours));
    rows.extend(note(&conflict.your_note));
    rows.push(Row::blank());
    rows.push(Row::text("Theirs stays; nothing of yours was done.", theme.dim).minor());
    let mut keys = vec![("Enter", "keeps theirs and goes on")];
    if conflict.your_note.is_some() {
        keys.extend([("c", "posts your note as a comment"), ("d", "keeps it as a draft"), ("x", "drops it")]);
    }
    if conflict.can_override {
        keys.push(("o", "accepts it instead, if the server allows that"));
    }
    let sheet = Sheet { titles: &["Decided elsewhere"], width: 66, rows, keys: &keys };
    let placed = sheet.draw(look, screen, buffer);
    (placed.inner.x + 1, placed.inner.y)
}
