//! What a session that died left behind.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Span;

use crate::app::State;
use crate::app::decide::stage_word;
use crate::app::overlay::left::Left;
use crate::domain::{Cost, Reward, age_text};

use super::super::theme::Look;
use super::sheet::{Row, Sheet};

/// More of a list than a screen can show is not looked at.
const LISTED: usize = 200;

/// Draws it.
pub(super) fn draw(state: &State, left: &Left, look: &Look, screen: Rect, buffer: &mut Buffer) -> (u16, u16) {
    let theme = look.theme;
    let became = left.became(state);
    let kinds = [
        (became.done, if left.elsewhere { "found done" } else { "done" }, theme.good),
        (became.unknown, "without a clear answer, being read back", theme.warn),
        (became.failed, "refused or in conflict", theme.bad),
    ];
    let (title, ended) = if left.elsewhere {
        ("Left by another desk", "Another desk on this profile ended before everything was settled.")
    } else {
        ("Left from last time", "An earlier session ended before everything was settled.")
    };
    let mut rows = vec![Row::text(ended, theme.text).minor()];
    if let Some(made) = left.last_made(state) {
        let ago = age_text(state.now.since(made));
        let ago = if ago == "now" { "just now".to_owned() } else { format!("{ago} ago") };
        rows.push(Row::text(format!("The last of it was decided {ago}."), theme.text).minor());
    }
    rows.push(Row::blank());
    for (count, what, style) in kinds.into_iter().filter(|(count, _, _)| *count > 0) {
        rows.push(Row::pieces(vec![Span::styled(format!("{count:>5} {what}"), style)], 6));
    }
    let waiting = state.decisions.waiting().len();
    let waits = waiting > 0;
    if waits {
        let unsent = Left::unsent(state);
        rows.push(Row::text(format!("{waiting:>5} not sent: {}", unsent.what), theme.warn));
        rows.push(Row::text(format!("      sending {}", unsent.cost), theme.strong).must());
    }
    rows.push(Row::blank());
    if left.listed {
        let shown = left.ids.iter().skip(left.scroll.top).take(LISTED);
        rows.extend(shown.filter_map(|id| state.decisions.get(*id)).map(|decision| {
            let word = stage_word(decision, false, state.now);
            let cost = reward(&decision.cost).map_or_else(String::new, |reward| format!("{reward}  "));
            Row::label(&format!("{word}  {cost}{}", decision.label), theme.text)
        }));
    } else {
        let words = if waits { "Nothing is sent before you say so." } else { "Nothing waits to be sent." };
        rows.push(Row::text(words, theme.text));
    }
    let show = if left.listed { "hides them" } else { "shows them" };
    let all = [("Enter", "sends them"), ("u", "takes back"), ("v", show), ("Esc", "later"), ("q", "leaves")];
    let read = [("Enter", "goes on"), ("v", show), ("q", "leaves")];
    let keys = if waits { &all[..] } else { &read };
    let sheet = Sheet { titles: &[title], width: 70, rows, keys };
    let placed = sheet.draw(look, screen, buffer);
    (placed.inner.x + 1, placed.inner.y)
}

/// What a decision pays; `None`: nothing.
fn reward(cost: &Cost) -> Option<Reward> {
    let reward = Reward { xp: cost.xp, money: cost.gross.filter(|gross| gross.amount > 0) };
    (reward != Reward::default()).then_some(reward)
}
