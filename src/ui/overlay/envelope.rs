//! The question for the sum that this session may pay.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Span;

use crate::app::State;
use crate::app::overlay::envelope::Ask;
use crate::domain::Currency;

use super::super::cells;
use super::super::theme::Look;
use super::confirm::{cost, fact, warning};
use super::sheet::{Row, Sheet};

/// Draws it.
pub(super) fn draw(state: &State, ask: &Ask, look: &Look, screen: Rect, buffer: &mut Buffer) -> (u16, u16) {
    let theme = look.theme;
    let why = match ask.agreed {
        None => "First payment of this session: type what it may pay in all.".to_owned(),
        Some(agreed) => format!("Beyond the {agreed} agreed on for this session: type a new sum."),
    };
    let mut rows =
        vec![Row::text(why, theme.text), Row::blank(), Row::label(ask.proposal.label.as_str(), theme.strong)];
    rows.extend(ask.asks.iter().map(|asked| warning(asked, look).must()));
    rows.extend(cost(state, &ask.proposal, look));
    rows.push(Row::blank());
    rows.push(fact("at least", ask.needed.to_string(), look).must());
    rows.push(fact("all here", format!("{}, were every pending entry accepted", ask.pending), look).minor());
    rows.push(Row::blank());
    let (before, after) = match ask.needed.currency {
        Currency::Usd => ("may pay   $", String::new()),
        Currency::Btc => ("may pay   ", " sat".to_owned()),
        Currency::Other(_) => ("may pay   ", format!(" {}", ask.needed.currency.code())),
    };
    let field = rows.len();
    rows.push(
        Row::pieces(
            vec![
                Span::styled(before, theme.key),
                Span::styled(ask.typed.clone(), theme.strong),
                Span::styled(format!("_{after}"), theme.dim),
            ],
            0,
        )
        .field(),
    );
    let does = if ask.proposal.act.runs() > 0 { "agrees, runs" } else { "agrees, pays" };
    let keys = [("Enter", does), ("Esc", "pays nothing")];
    let sheet = Sheet { titles: &["What may this session pay?"], width: 66, rows, keys: &keys };
    let placed = sheet.draw(look, screen, buffer);
    let y = placed.begins.get(field).copied().flatten().unwrap_or(0);
    let x = cells::width(before) + cells::width(&ask.typed);
    (placed.inner.x + 1 + x as u16, placed.inner.y + y)
}
