//! The confirmation sheet: what is asked about, why it is asked, what it costs and whom it pays.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Span;

use crate::app::State;
use crate::app::decide::Proposal;
use crate::app::overlay::confirm::Confirm;
use crate::domain::decision::{Act, Verdict};
use crate::domain::{ItemStatus, Money, SafeText};

use super::super::cells;
use super::super::theme::Look;
use super::sheet::{Row, Sheet};

/// Columns of the names before the amounts.
const NAMES: usize = 10;

/// Draws it.
pub(super) fn draw(
    state: &State,
    confirm: &Confirm,
    look: &Look,
    screen: Rect,
    buffer: &mut Buffer,
) -> (u16, u16) {
    let proposal = &confirm.proposal;
    let mut rows = vec![Row::label(proposal.label.as_str(), look.theme.strong)];
    rows.extend(confirm.asks.iter().map(|ask| warning(ask, look)));
    rows.push(Row::blank());
    rows.extend(cost(state, proposal, look));
    if let Some(note) = proposal.act.note() {
        rows.push(fact("note", SafeText::line(note.as_str()).to_string(), look).minor());
    }
    let keys = [("Enter/y", yes(&proposal.act)), ("Esc/n", "goes back")];
    let sheet = Sheet { titles: &[title(&proposal.act)], width: 66, rows, keys: &keys };
    let placed = sheet.draw(look, screen, buffer);
    (placed.inner.x + 1, placed.inner.y)
}

/// What leaves escrow, what the platform keeps, who gets the rest, and what the wallet holds.
pub(super) fn cost(state: &State, proposal: &Proposal, look: &Look) -> Vec<Row> {
    let cost = &proposal.cost;
    if proposal.act.runs() > 0 {
        return vec![fact("costs", state.price_words(&proposal.act).to_string(), look).must()];
    }
    let mut rows = Vec::new();
    if let Some(gross) = cost.gross {
        rows.push(fact("pays", format!("{gross} from escrow"), look).must());
        let fee = match (cost.fee, state.fee()) {
            (Some(fee), Some(rate)) => format!("{fee} ({} %)", percent(rate.basis_points())),
            (Some(fee), None) => fee.to_string(),
            (None, _) => "unknown: neither the server nor the profile says it".to_owned(),
        };
        rows.push(fact("fee", fee, look).must());
        let gets =
            cost.net().map_or_else(|| "at most the sum above".to_owned(), |net: Money| net.to_string());
        rows.push(fact("gets", format!("{gets}, {}", proposal.payee), look).must());
    }
    if cost.xp > 0 {
        rows.push(fact(
            "awards",
            format!("{} xp to {}", cells::count(cost.xp.unsigned_abs()), proposal.payee),
            look,
        ));
    }
    if let Some(gross) = cost.gross
        && let Some(balance) = state.shell.wallet.iter().find(|balance| balance.currency() == gross.currency)
    {
        let text = format!("{} reserved, {} available", balance.escrowed, balance.available);
        rows.push(fact("wallet", text, look).minor());
    }
    rows
}

/// Something that is to be known before.
pub(super) fn warning(words: &SafeText, look: &Look) -> Row {
    let pieces = vec![
        Span::styled(format!("{} ", look.marks.warn), look.theme.warn),
        Span::styled(words.to_string(), look.theme.warn),
    ];
    Row::pieces(pieces, 2)
}

/// A name and what there is to say of it.
pub(super) fn fact(name: &str, text: String, look: &Look) -> Row {
    let pieces =
        vec![Span::styled(format!("{name:<NAMES$}"), look.theme.dim), Span::styled(text, look.theme.text)];
    Row::pieces(pieces, NAMES)
}

/// Hundredths of a per cent as per cent: `10`, `2.5`.
fn percent(points: u32) -> String {
    let text = format!("{}.{:02}", points / 100, points % 100);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

const fn title(act: &Act) -> &'static str {
    match act {
        Act::Review { verdict: Verdict::Accept, .. } => "Accept this entry?",
        Act::Review { verdict: Verdict::Reject, .. } => "Reject this entry?",
        Act::SetItem { status: ItemStatus::Done, .. } => "Mark this item done?",
        Act::SetItem { status: ItemStatus::Skipped, .. } => "Skip this item?",
        Act::SetItem { .. } => "Change this item?",
        Act::Complete { .. } => "Complete this item?",
        Act::Evaluate { .. } => "Evaluate this entry?",
        Act::Rescore { .. } => "Score this item again?",
        Act::Comment { .. } => "Write this comment?",
    }
}

const fn yes(act: &Act) -> &'static str {
    match act {
        Act::Review { verdict: Verdict::Accept, .. } => "accepts",
        Act::Review { verdict: Verdict::Reject, .. } => "rejects",
        Act::SetItem { status: ItemStatus::Done, .. } => "marks it done",
        Act::SetItem { status: ItemStatus::Skipped, .. } => "skips it",
        Act::SetItem { .. } => "changes it",
        Act::Complete { .. } => "completes it",
        Act::Evaluate { .. } => "runs the evaluation",
        Act::Rescore { .. } => "scores it again",
        Act::Comment { .. } => "writes it",
    }
}

#[cfg(test)]
mod tests {
    use super::percent;

    #[test]
    fn rates_read_as_people_write_them() {
        assert_eq!([percent(1_000), percent(250), percent(1), percent(0)], ["10", "2.5", "0.01", "0"]);
    }
}
