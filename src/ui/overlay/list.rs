//! A box that shows part of a long list.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::theme::Look;
use super::sheet;

/// Rows above and below the inside of the box: the app scrolls by pages of the screen less these.
const AROUND: u16 = 6;

/// Frames a box as high as the screen allows; returns its inside.
pub(super) fn open(
    title: &str,
    lines: usize,
    top: usize,
    width: u16,
    look: &Look,
    screen: Rect,
    buffer: &mut Buffer,
) -> Rect {
    let rows = screen.height.saturating_sub(AROUND).max(1);
    let place = if lines > usize::from(rows) {
        format!("{}{}{} of {lines}", top + 1, look.marks.to, (top + usize::from(rows)).min(lines))
    } else {
        String::new()
    };
    let titles: Vec<&str> = [title, place.as_str()].into_iter().filter(|part| !part.is_empty()).collect();
    sheet::open(&titles, (width, rows + 2), look, screen, buffer)
}
