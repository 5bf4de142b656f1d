//! A screen with no room for the desk: one line that says so.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::cells::{self, Pen};
use super::layout::{MIN_HEIGHT, MIN_WIDTH};
use super::theme::Look;

/// Says how much room is needed, in as many words as fit.
pub(super) fn draw(look: &Look, area: Rect, buffer: &mut Buffer) {
    let times = if look.ascii { "x" } else { "×" };
    let needs = format!("{MIN_WIDTH}{times}{MIN_HEIGHT}");
    let words = [
        format!("questdesk needs {needs}, this is {}{times}{}", area.width, area.height),
        format!("questdesk needs {needs}"),
        format!("needs {needs}"),
        needs,
    ];
    let fitting = words.iter().find(|text| cells::width(text) <= area.width.into());
    let mut pen = Pen::new(buffer, area, look.marks.ellipsis);
    pen.left(0, 0, area.width, fitting.map_or("", String::as_str), look.theme.warn);
}
