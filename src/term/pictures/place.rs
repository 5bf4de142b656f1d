//! Where a frame leaves room for pictures, and whether all of it is there.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::ui::cells::{PictureCell, picture_of};

/// The pictures that are wholly on the screen with nothing over them: their numbers and their places, from the top.
pub(in crate::term) fn whole(buffer: &Buffer) -> Vec<(u8, Rect)> {
    let mut found = Vec::new();
    for y in buffer.area.top()..buffer.area.bottom() {
        for x in buffer.area.left()..buffer.area.right() {
            let Some(corner) = cell(buffer, x, y).filter(|cell| cell.row == 0 && cell.first) else {
                continue;
            };
            if let Some(place) = from_corner(buffer, corner.number, x, y) {
                found.push((corner.number, place));
            }
        }
    }
    found
}

fn cell(buffer: &Buffer, x: u16, y: u16) -> Option<PictureCell> {
    buffer.cell((x, y)).and_then(picture_of)
}

/// The picture whose upper left corner is there, if nothing of it is missing.
fn from_corner(buffer: &Buffer, number: u8, left: u16, top: u16) -> Option<Rect> {
    let width =
        (left..buffer.area.right()).position(|x| cell(buffer, x, top).is_some_and(|cell| cell.last))?;
    let width = u16::try_from(width + 1).ok()?;
    let mut height = 0;
    loop {
        let y = top.checked_add(height)?;
        let mut bottom = false;
        for x in left..left + width {
            let cell = cell(buffer, x, y)?;
            let edges = (cell.first, cell.last) == (x == left, x + 1 == left + width);
            if cell.number != number || u16::from(cell.row) != height || !edges {
                return None;
            }
            bottom = cell.bottom;
        }
        height += 1;
        if bottom {
            return Some(Rect { x: left, y: top, width, height });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::style::Style;

    use crate::ui::cells::of_picture;

    fn with_picture(buffer: &mut Buffer, number: u8, area: Rect) {
        for y in 0..area.height {
            for x in 0..area.width {
                let cell = PictureCell {
                    number,
                    row: y as u8,
                    first: x == 0,
                    last: x + 1 == area.width,
                    bottom: y + 1 == area.height,
                };
                if let Some(at) = buffer.cell_mut((area.x + x, area.y + y)) {
                    at.set_style(of_picture(Style::new(), cell));
                }
            }
        }
    }

    #[test]
    fn what_is_whole_is_found_and_what_is_cut_or_covered_is_not() {
        let screen = Rect::new(0, 0, 30, 12);
        let mut buffer = Buffer::empty(screen);
        let (one, two) = (Rect::new(2, 1, 10, 4), Rect::new(2, 6, 10, 3));
        with_picture(&mut buffer, 1, one);
        with_picture(&mut buffer, 2, two);
        assert_eq!(whole(&buffer), [(1, one), (2, two)]);
        buffer[(5, 7)].reset();
        assert_eq!(whole(&buffer), [(1, one)], "something lies over the other");
        with_picture(&mut buffer, 3, Rect::new(15, 10, 5, 4));
        with_picture(&mut buffer, 4, Rect::new(26, 1, 6, 2));
        assert_eq!(whole(&buffer), [(1, one)], "they lead out of the screen");
        for x in 0..30 {
            buffer[(x, 1)].reset();
        }
        assert_eq!(whole(&buffer), [], "its upper edge is scrolled out");
    }
}
