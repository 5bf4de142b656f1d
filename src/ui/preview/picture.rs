//! Pictures as half blocks: two pixels a cell, the upper one in the colour of the sign, the lower one behind it.

use ratatui::style::{Color, Style};
use ratatui::text::{Line, Span};

use super::Setting;
use crate::domain::{Picture, Pixels};
use crate::ui::cells;

pub(super) fn write(picture: &Picture, setting: Setting<'_>, lines: &mut Vec<Line<'static>>) {
    let look = setting.look;
    let times = if look.ascii { "x" } else { "×" };
    let (width, height) = (cells::count(picture.width.into()), cells::count(picture.height.into()));
    let head = format!("{} {} {width} {times} {height} pixels", picture.format, look.marks.dot);
    let head = cells::fit(&head, setting.width, look.marks.ellipsis).into_owned();
    lines.push(Line::styled(head, look.theme.dim));
    if !setting.has_colour() || look.ascii || look.plain {
        let words = if look.plain {
            "Pictures are not shown in plain mode."
        } else {
            "Pictures need colours and block signs to be shown."
        };
        super::note(&words.into(), setting, lines);
        return;
    }
    let rows = setting.limit.min(setting.rows).saturating_sub(lines.len());
    lines.extend(half_blocks(&picture.pixels, setting.width, rows));
}

/// A picture in at most so many columns and rows, its proportions kept: a cell is about twice as high as wide.
#[must_use]
pub fn half_blocks(pixels: &Pixels, columns: usize, rows: usize) -> Vec<Line<'static>> {
    let Some((columns, rows)) = fit(pixels, columns, rows) else { return Vec::new() };
    let line = |row: u32| {
        let cell = |column: u32| {
            let at = |half: u32| {
                let [r, g, b] = pixels.mean((column, columns), (row * 2 + half, rows * 2));
                Color::Rgb(r, g, b)
            };
            (at(0), at(1))
        };
        // Neighbours of one colour are one span.
        let mut spans: Vec<Span<'static>> = Vec::new();
        let mut last = None;
        for column in 0..columns {
            let colours = cell(column);
            match spans.last_mut().filter(|_| last == Some(colours)) {
                Some(span) => span.content.to_mut().push('▀'),
                None => spans.push(Span::styled("▀".to_owned(), Style::new().fg(colours.0).bg(colours.1))),
            }
            last = Some(colours);
        }
        Line::from(spans)
    };
    (0..rows).map(line).collect()
}

/// The cells that a picture takes; never more than it has pixels.
fn fit(pixels: &Pixels, columns: usize, rows: usize) -> Option<(u32, u32)> {
    let (columns, rows) = (u32::try_from(columns).ok()?, u32::try_from(rows).ok()?);
    let (width, height) = (pixels.width(), pixels.height());
    if columns == 0 || rows == 0 {
        return None;
    }
    let columns = columns.min(width);
    let by_width = (columns * height).div_ceil(width * 2).max(1);
    if by_width <= rows {
        return Some((columns, by_width));
    }
    let by_height = (rows * 2 * width / height).clamp(1, columns);
    Some((by_height, rows))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pixels(width: u32, height: u32) -> Pixels {
        Pixels::new(width, height, vec![90; (width * height * 3) as usize]).unwrap()
    }

    #[test]
    fn proportions_are_kept_and_the_room_is_not_left() {
        for (size, room, cells) in [
            ((640, 480), (40, 40), (40, 15)),
            ((640, 480), (40, 6), (16, 6)),
            ((10, 640), (40, 10), (1, 10)),
            ((640, 1), (40, 10), (40, 1)),
            ((8, 8), (40, 40), (8, 4)),
        ] {
            assert_eq!(fit(&pixels(size.0, size.1), room.0, room.1), Some(cells), "{size:?} in {room:?}");
        }
        assert!(half_blocks(&pixels(8, 8), 0, 5).is_empty());
    }

    #[test]
    fn one_colour_is_one_span() {
        let lines = half_blocks(&pixels(8, 8), 8, 4);
        assert_eq!(lines.len(), 4);
        assert!(lines.iter().all(|line| line.spans.len() == 1 && line.width() == 8));
    }
}
