//! Leaving with decisions that are not sent.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::State;
use crate::app::overlay::leave::Leave;

use super::super::theme::Look;
use super::sheet::{Row, Sheet};

/// Draws it.
pub(super) fn draw(
    state: &State,
    leave: Leave,
    look: &Look,
    screen: Rect,
    buffer: &mut Buffer,
) -> (u16, u16) {
    let theme = look.theme;
    let tally = state.decisions.tally();
    let kinds = [
        (tally.recording, "being written"),
        (tally.held, "held"),
        (tally.waiting, "waiting for a word of yours"),
        (tally.sending, if state.shell.is_cut_off() { "waiting for the server" } else { "on the way" }),
        (tally.unknown, "without a clear answer"),
    ];
    let said: Vec<String> =
        kinds.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    let open = tally.open();
    let decisions = if open == 1 { "decision is" } else { "decisions are" };
    let mut rows = Vec::new();
    let keys: &[(&str, &str)] = if leave.sending {
        rows.push(Row::text(
            format!("Sending: {open} to go. The desk closes when nothing is left."),
            theme.strong,
        ));
        &[("k", "keeps the rest for next time"), ("Esc", "stays")]
    } else {
        rows.push(Row::text(format!("{open} {decisions} not sent yet."), theme.strong));
        &[("s", "sends now, then leaves"), ("k", "keeps them for next time"), ("Esc", "stays")]
    };
    rows.push(Row::text(said.join(", "), theme.dim));
    let sheet = Sheet { titles: &["Leave?"], width: 64, rows, keys };
    let placed = sheet.draw(look, screen, buffer);
    (placed.inner.x + 1, placed.inner.y)
}
