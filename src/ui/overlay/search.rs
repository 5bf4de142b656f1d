//! The search line of the reader, at the bottom of the screen.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Clear, Widget};

use crate::app::overlay::search::Search;

use super::super::cells::Pen;
use super::super::theme::Look;
use super::filter::window;

/// What stands before what is typed.
const LABEL: &str = "find ";

/// Draws it.
pub(super) fn draw(search: &Search, look: &Look, screen: Rect, buffer: &mut Buffer) -> (u16, u16) {
    let area = Rect { y: screen.y + screen.height.saturating_sub(1), height: 1.min(screen.height), ..screen };
    Clear.render(area, buffer);
    let mut pen = Pen::new(buffer, area, look.marks.ellipsis);
    let begin = 1 + pen.left(1, 0, area.width, LABEL, look.theme.key);
    let room = area.width.saturating_sub(begin + 1);
    let (shown, column) = window(search.line().text(), search.line().cursor(), room.saturating_sub(1).into());
    pen.left(begin, 0, room, &shown, look.theme.text);
    if let Some(last) = search.again() {
        // Behind the cursor's place, which is the first.
        let words = format!("Enter: {last} again, Up: before that");
        pen.left(begin + 2, 0, room.saturating_sub(2), &words, look.theme.dim);
    }
    (area.x + begin + column as u16, area.y)
}
