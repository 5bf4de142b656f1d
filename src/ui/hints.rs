//! The line at the bottom: what has just been said, else the keys that act here and now.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::State;
use crate::app::context;
use crate::app::notice::{Gravity, Notice};

use super::cells::{self, Pen};
use super::theme::Look;

/// The cost of accepting comes first and changes with every entry: it has a field of its own, so that what follows
/// it stays where it is. By the width of the screen.
const fn cost_field(width: u16) -> u16 {
    match width {
        0..80 => 0,
        80..110 => 54,
        110..160 => 62,
        _ => 80,
    }
}

/// Draws the line.
pub(super) fn draw(state: &State, look: &Look, area: Rect, buffer: &mut Buffer) {
    let mut pen = Pen::new(buffer, area, look.marks.ellipsis);
    if let Some(notice) = state.notices.current(state.now) {
        say(notice, look, &mut pen);
        return;
    }
    let mut x = 1;
    if let Some(count) = state.count {
        let text = cells::count(count.into());
        x += pen.left(x, 0, area.width, &text, look.theme.accent) + 2;
    }
    for (position, hint) in context::hints(state).iter().enumerate() {
        let keys = cells::width(hint.keys.as_str()) as u16;
        let wanted = keys + 1 + cells::width(hint.text.as_str()) as u16;
        let room = area.width.saturating_sub(x + 1);
        // Only the cost is longer than a title.
        let field = if position == 0 && wanted > 20 { cost_field(area.width).min(room) } else { 0 };
        let room = if field > 0 { field } else { room };
        // A hint comes whole or not at all; the first one is cut if it must be.
        if wanted > room && position > 0 {
            continue;
        }
        pen.left(x, 0, room, hint.keys.as_str(), look.theme.key);
        pen.left(x + keys + 1, 0, room.saturating_sub(keys + 1), hint.text.as_str(), look.theme.text);
        x += if field > 0 { field } else { wanted } + 2;
    }
}

/// A notice takes the line, with its gravity as a word as well.
fn say(notice: &Notice, look: &Look, pen: &mut Pen<'_>) {
    let width = pen.area().width;
    let (word, style) = match notice.gravity {
        Gravity::Info => ("", look.theme.text),
        Gravity::Warning => ("! ", look.theme.warn),
        Gravity::Error => ("failed: ", look.theme.bad),
    };
    let times = if notice.times > 1 { format!(" ({} times)", notice.times) } else { String::new() };
    let mut x = 1 + pen.left(1, 0, width, word, style);
    let more = cells::width(&times) as u16;
    let room = width.saturating_sub(x + 1 + more);
    x += pen.left(x, 0, room, notice.words.as_str(), style);
    pen.left(x, 0, more, &times, look.theme.dim);
}
