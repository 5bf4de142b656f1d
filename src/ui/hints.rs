//! The line at the bottom: what has just been said, else the keys that act here and now.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::State;
use crate::app::command::Command;
use crate::app::hints::{Hint, hints};
use crate::app::notice::{Gravity, Notice};

use super::cells::{self, Pen};
use super::theme::Look;

/// The cost of accepting comes first and changes with every entry: it has a field of its own, so that what follows
/// it stays where it is. By the width of the screen.
const fn cost_field(width: u16) -> u16 {
    match width {
        0..80 => 0,
        80..110 => 54,
        110..160 => 60,
        _ => 72,
    }
}

/// From this width on there is room for the key of help beside the others.
const HELP_FROM: u16 = 60;

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
    let mut hints = hints(state);
    // Where all the others are found is always said.
    let help = hints.iter().position(|hint| hint.text.as_str() == Command::Help.row().title);
    let help = help.filter(|_| area.width >= HELP_FROM).map(|at| hints.remove(at));
    let mut end = area.width.saturating_sub(1);
    if let Some(help) = help {
        end = end.saturating_sub(wide(&help));
        one(&help, end, wide(&help), look, &mut pen);
        end = end.saturating_sub(2);
    }
    for (position, hint) in hints.iter().enumerate() {
        let wanted = wide(hint);
        let room = end.saturating_sub(x);
        // Only the cost is longer than a title.
        let field = if position == 0 && wanted > 20 { cost_field(area.width).min(room) } else { 0 };
        let room = if field > 0 { field } else { room };
        // A hint comes whole or not at all; the first one is cut if it must be.
        if wanted > room && position > 0 {
            continue;
        }
        one(hint, x, room, look, &mut pen);
        x += if field > 0 { field } else { wanted } + 2;
    }
}

/// Columns of a hint.
fn wide(hint: &Hint) -> u16 {
    (cells::width(hint.keys.as_str()) + 1 + cells::width(hint.text.as_str())) as u16
}

/// A key and what it does.
fn one(hint: &Hint, x: u16, room: u16, look: &Look, pen: &mut Pen<'_>) {
    let keys = pen.left(x, 0, room, hint.keys.as_str(), look.theme.key);
    pen.left(x + keys + 1, 0, room.saturating_sub(keys + 1), hint.text.as_str(), look.theme.text);
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
