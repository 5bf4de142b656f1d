//! The filter line, at the bottom of the screen: what is typed, and above it what can be typed, or what is wrong.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Clear, Widget};

use crate::app::overlay::filter::Filter;

use super::super::cells::{self, Pen};
use super::super::theme::Look;
use super::super::wrap::{Breaking, wrap};

/// What can be typed.
const LANGUAGE: &str = "words  by:NAME  item:N  quest:WORD  eval:failed  is:paid  is:agent  is:aside  age>2d  score<0.5  reward>0  -negated";

/// The same for the Log.
const LOG_LANGUAGE: &str =
    "words  state:held|sending|unknown|done|agreed|refused|conflict|undone  verdict:accept|reject  -negated";

/// Lines at the most for what is said above the input.
const SAID: usize = 3;

/// Draws it.
pub(super) fn draw(filter: &Filter, look: &Look, screen: Rect, buffer: &mut Buffer) -> (u16, u16) {
    let theme = look.theme;
    let room = screen.width.saturating_sub(2);
    let said = if filter.is_offered() {
        Line::styled("Pasted text is never run as keys: f takes it as a filter, Esc drops it.", theme.warn)
    } else if let Some(error) = filter.error() {
        Line::styled(format!("{} {error}", look.marks.warn), theme.bad)
    } else {
        Line::styled(if filter.is_log() { LOG_LANGUAGE } else { LANGUAGE }, theme.dim)
    };
    let mut lines = Vec::new();
    wrap(&said, Breaking { width: room.into(), hanging: 0, exact: false }, SAID, &mut lines);
    let height = (lines.len() as u16 + 1).min(screen.height);
    let area = Rect { y: screen.y + screen.height - height, height, ..screen };
    Clear.render(area, buffer);
    let mut pen = Pen::new(buffer, area, look.marks.ellipsis);
    for (y, line) in (0..).zip(&lines) {
        pen.line(1, y, line);
    }
    let input = height.saturating_sub(1);
    pen.fill(0, input, area.width, " ", theme.text);
    pen.left(1, input, 2, "/", theme.key);
    let (shown, column) = window(filter.text(), filter.cursor(), room.saturating_sub(3).into());
    pen.left(3, input, room.saturating_sub(2), &shown, theme.text);
    (area.x + 3 + column as u16, area.y + input)
}

/// The part of a long text in which the cursor stands, and the cursor's column in it.
pub(super) fn window(text: &str, cursor: usize, columns: usize) -> (String, usize) {
    let before: String = text.chars().take(cursor).collect();
    let mut start = 0;
    // The cursor stays inside: drop from the left until it does.
    while cells::width(before.get(start..).unwrap_or_default()) > columns {
        start += before.get(start..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8);
    }
    let column = cells::width(before.get(start..).unwrap_or_default());
    (text.get(start..).unwrap_or_default().to_owned(), column)
}

#[cfg(test)]
mod tests {
    use super::window;

    #[test]
    fn a_long_text_is_moved_so_that_the_cursor_is_seen() {
        assert_eq!(window("by:maria", 8, 20), ("by:maria".to_owned(), 8));
        assert_eq!(window("by:maria", 8, 5), ("maria".to_owned(), 5));
        assert_eq!(window("by:maria", 0, 5), ("by:maria".to_owned(), 0));
        assert_eq!(window("日本語", 3, 4), ("本語".to_owned(), 4));
    }
}
