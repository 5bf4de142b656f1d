//! Leaving with decisions that are not sent, or files that are not saved.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::State;
use crate::app::decide::Unsent;
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
    let saving = state.savings.words();
    let mut rows = Vec::new();
    match (leave.sending, open) {
        (true, 0) => rows.push(Row::text("The desk closes when the file is whole.", theme.strong)),
        (true, _) => rows.push(Row::text(
            format!("Sending: {open} to go. The desk closes when nothing is left."),
            theme.strong,
        )),
        (false, 0) => {}
        (false, _) => rows.push(Row::text(format!("{open} {decisions} not sent yet."), theme.strong)),
    }
    if open > 0 {
        rows.push(Row::text(said.join(", "), theme.dim));
        let unsent = Unsent::of(state.decisions.all().filter(|decision| decision.stage.can_undo()));
        if !unsent.is_free {
            rows.push(Row::text(format!("Sending {}.", unsent.cost), theme.text).must());
        }
    }
    rows.extend(saving.as_ref().map(|words| Row::text(words.to_string(), theme.strong)));
    let keys: &[(&str, &str)] = match (leave.sending, open, saving.is_some()) {
        (true, 0, _) => &[("k", "leaves now, drops the file"), ("Esc", "stays")],
        (true, _, false) => &[("k", "keeps the rest for next time"), ("Esc", "stays")],
        (true, _, true) => &[("k", "keeps the rest for next time, drops the file"), ("Esc", "stays")],
        (false, 0, _) => {
            &[("s", "saves it, then leaves"), ("k", "leaves now, drops the file"), ("Esc", "stays")]
        }
        (false, _, false) => {
            &[("s", "sends now, then leaves"), ("k", "keeps them for next time"), ("Esc", "stays")]
        }
        (false, _, true) => &[
            ("s", "sends and saves, then leaves"),
            ("k", "keeps them for next time, drops the file"),
            ("Esc", "stays"),
        ],
    };
    let sheet = Sheet { titles: &["Leave?"], width: 64, rows, keys };
    let placed = sheet.draw(look, screen, buffer);
    (placed.inner.x + 1, placed.inner.y)
}
