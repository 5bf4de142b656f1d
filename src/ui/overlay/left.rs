//! What a session that died left behind.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Span;

use crate::app::State;
use crate::app::decide::stage_word;
use crate::app::overlay::left::Left;

use super::super::theme::Look;
use super::sheet::{Row, Sheet};

/// More of a list than a screen can show is not looked at.
const LISTED: usize = 200;

/// Draws it.
pub(super) fn draw(state: &State, left: &Left, look: &Look, screen: Rect, buffer: &mut Buffer) -> (u16, u16) {
    let theme = look.theme;
    let became = left.became(state);
    let kinds = [
        (became.done, "done", theme.good),
        (became.unknown, "without a clear answer, being read back", theme.warn),
        (became.not_sent, "not sent", theme.warn),
        (became.failed, "refused or in conflict", theme.bad),
    ];
    let (title, ended) = if left.elsewhere {
        ("Left by another desk", "Another desk on this profile ended before everything was settled.")
    } else {
        ("Left from last time", "The last session ended before everything was settled.")
    };
    let mut rows = vec![Row::text(ended, theme.text).minor(), Row::blank()];
    for (count, what, style) in kinds.into_iter().filter(|(count, _, _)| *count > 0) {
        rows.push(Row::pieces(vec![Span::styled(format!("{count:>5} {what}"), style)], 6));
    }
    rows.push(Row::blank());
    let waits = became.not_sent > 0;
    if left.listed {
        for decision in left.ids.iter().skip(left.top).take(LISTED).filter_map(|id| state.decisions.get(*id))
        {
            let word = stage_word(decision, false, state.now);
            let pieces = vec![
                Span::styled(format!("{word}  "), theme.dim),
                Span::styled(decision.label.to_string(), theme.text),
            ];
            rows.push(Row::pieces(pieces, 2));
        }
    } else {
        let words = if waits { "Nothing is sent before you say so." } else { "Nothing waits to be sent." };
        rows.push(Row::text(words, theme.strong));
    }
    let show = if left.listed { "hides them" } else { "shows them" };
    let all = [("Enter", "sends them"), ("u", "takes back"), ("v", show), ("Esc", "later"), ("q", "leaves")];
    let read = [("Enter", "goes on"), ("v", show), ("q", "leaves")];
    let keys = if waits { &all[..] } else { &read };
    let sheet = Sheet { titles: &[title], width: 70, rows, keys };
    let placed = sheet.draw(look, screen, buffer);
    (placed.inner.x + 1, placed.inner.y)
}
