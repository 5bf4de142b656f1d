//! A box that shows part of a long list, each entry of which may take several lines.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::super::cells::Pen;
use super::super::theme::Look;
use super::sheet;

/// Rows above and below the inside of the box: the app scrolls by pages of the screen less these.
const AROUND: u16 = 6;

/// A list to be drawn.
pub(super) struct List<'t> {
    /// What it is.
    pub(super) title: &'t str,
    /// Which keys do something there.
    pub(super) keys: &'t str,
    /// How many entries there are.
    pub(super) count: usize,
    /// The first that is shown, as the app scrolled it.
    pub(super) top: usize,
    /// How wide the box would like to be.
    pub(super) width: u16,
    /// From this width of the inside on there are two columns.
    pub(super) two_from: u16,
}

impl List<'_> {
    /// Draws it; `lines` makes the lines of an entry for a width. Returns where the first line is.
    pub(super) fn draw(
        &self,
        lines: impl Fn(usize, usize) -> Vec<Line<'static>>,
        look: &Look,
        screen: Rect,
        buffer: &mut Buffer,
    ) -> (u16, u16) {
        let rows = usize::from(screen.height.saturating_sub(AROUND).max(1));
        let inside = if look.plain { screen.width } else { self.width.min(screen.width).saturating_sub(2) };
        let columns = if inside >= self.two_from && !look.plain { 2 } else { 1 };
        let width = usize::from(inside / columns).saturating_sub(2);
        let room = rows * usize::from(columns);
        let top = self.first(|entry| lines(entry, width).len(), room);
        let (mut drawn, mut shown) = (Vec::new(), 0);
        while top + shown < self.count && drawn.len() < room {
            drawn.extend(lines(top + shown, width));
            shown += 1;
        }
        let place = format!("{}{}{} of {}", top + 1, look.marks.to, top + shown, self.count);
        // A page that is not the whole list says so, and which key goes on.
        let keys = format!("Space more  {}", self.keys);
        let titles =
            if shown < self.count { vec![self.title, &place, &keys] } else { vec![self.title, self.keys] };
        let height = drawn.len().div_ceil(columns.into()).clamp(1, rows);
        let inner = sheet::open(&titles, (self.width, height as u16 + 2), look, screen, buffer);
        let mut pen = Pen::new(buffer, inner, look.marks.ellipsis);
        for (position, line) in drawn.iter().take(room).enumerate() {
            let column = (position / height) as u16;
            pen.line(1 + column * (inside / columns), (position % height) as u16, line);
        }
        (inner.x + 1, inner.y)
    }

    /// The first entry that is shown: the box stays full at the end of the list.
    fn first(&self, lines: impl Fn(usize) -> usize, room: usize) -> usize {
        let mut first = self.count;
        let mut used = 0;
        while first > 0 && first > self.top.min(self.count) {
            used += lines(first - 1);
            if used > room {
                break;
            }
            first -= 1;
        }
        if used > room {
            return self.top.min(first);
        }
        // Everything from the wished place on fits: what stands above it is shown as well.
        while first > 0 {
            used += lines(first - 1);
            if used > room {
                break;
            }
            first -= 1;
        }
        first
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_box_stays_full_at_the_end() {
        let list = |top| List { title: "", keys: "", count: 10, top, width: 80, two_from: 200 };
        let one = |_: usize| 1;
        let three = |_: usize| 3;
        assert_eq!([list(0).first(one, 4), list(3).first(one, 4), list(9).first(one, 4)], [0, 3, 6]);
        assert_eq!([list(0).first(three, 4), list(8).first(three, 4), list(9).first(three, 4)], [0, 8, 9]);
        assert_eq!(list(5).first(one, 50), 0, "all of it fits");
    }
}
