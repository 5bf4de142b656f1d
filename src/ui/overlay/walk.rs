//! A decision that was made, in two lines at the bottom: what it was and what it came to, and what can still be done.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Span;
use ratatui::widgets::{Clear, Widget};

use crate::app::State;
use crate::app::decide::{decision_line, what_is_possible};
use crate::app::overlay::walk::Walk;

use super::super::cells::Pen;
use super::super::theme::Look;

/// Draws it.
pub(super) fn draw(state: &State, walk: Walk, look: &Look, screen: Rect, buffer: &mut Buffer) -> (u16, u16) {
    let height = screen.height.min(2);
    let area = Rect { y: screen.bottom() - height, height, ..screen };
    Clear.render(area, buffer);
    let mut pen = Pen::new(buffer, area, look.marks.ellipsis);
    let (place, of) = walk.place;
    let head = vec![
        Span::styled(format!("decision {place} of {of}  "), look.theme.dim),
        Span::styled(decision_line(state, walk.id).to_string(), look.theme.strong),
    ];
    pen.pieces(1, 0, area.width.saturating_sub(2), &head);
    let mut keys = vec![Span::styled(format!("{}  ", what_is_possible(state, walk.id)), look.theme.text)];
    for (key, what) in [("[", "before"), ("]", "after"), ("Esc", "closes")] {
        keys.push(Span::styled(key, look.theme.key));
        keys.push(Span::styled(format!(" {what}  "), look.theme.text));
    }
    pen.pieces(1, height.saturating_sub(1), area.width.saturating_sub(2), &keys);
    (area.x + 1, area.y)
}
