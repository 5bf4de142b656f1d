//! Pictures: a place that is left for them where the terminal draws them itself, with an outline that is seen until it
//! does; else half blocks, two pixels a cell, the upper one in the colour of the sign, the lower one behind it.

use ratatui::style::{Color, Style};
use ratatui::text::{Line, Span};

use super::Setting;
use crate::domain::{Picture, Pixels};
use crate::ui::cells::{self, PictureCell};
use crate::ui::theme::Look;

pub(super) fn write(picture: &Picture, setting: Setting<'_>, lines: &mut Vec<Line<'static>>) {
    let look = setting.look;
    let times = if look.ascii { "x" } else { "×" };
    let (width, height) = (cells::count(picture.width.into()), cells::count(picture.height.into()));
    let head = format!("{} {} {width} {times} {height} pixels", picture.format, look.marks.dot);
    let head = cells::fit(&head, setting.width, look.marks.ellipsis).into_owned();
    lines.push(Line::styled(head, look.theme.dim));
    let rows = setting.limit.min(setting.rows).saturating_sub(lines.len());
    if let (Some(cell), Ok(number @ 1..)) = (look.pictures, u8::try_from(setting.number)) {
        lines.extend(place(picture, number, cell, (setting.width, rows), look));
        return;
    }
    if !setting.has_colour() || look.ascii || look.plain {
        let words = if look.plain {
            "Pictures are not shown in plain mode."
        } else {
            "Pictures need colours and block signs to be shown."
        };
        super::note(&words.into(), setting, lines);
        return;
    }
    lines.extend(half_blocks(&picture.pixels, setting.width, rows));
}

/// A picture in at most so many columns and rows, its proportions kept: a cell is about twice as high as wide.
#[must_use]
fn half_blocks(pixels: &Pixels, columns: usize, rows: usize) -> Vec<Line<'static>> {
    let most = columns.min(pixels.width() as usize);
    let Some((columns, rows)) = fit((pixels.width(), pixels.height()), (1, 2), (most, rows)) else {
        return Vec::new();
    };
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

/// The place of a picture that the terminal draws, no larger than the picture is.
fn place(
    picture: &Picture,
    number: u8,
    cell: (u16, u16),
    (columns, rows): (usize, usize),
    look: &Look,
) -> Vec<Line<'static>> {
    let cell = (u32::from(cell.0.max(1)), u32::from(cell.1.max(1)));
    // A tiny one is enlarged, else nothing could be seen of it.
    let most = (picture.width * 4).div_ceil(cell.0) as usize;
    let size = (picture.pixels.width(), picture.pixels.height());
    let room = (columns.min(most.max(1)), rows.min(usize::from(u8::MAX)));
    let Some((columns, rows)) = fit(size, cell, room) else { return Vec::new() };
    let line = |row: u32| {
        let part = |column: u32, sign: &str| {
            let part = PictureCell {
                number,
                row: u8::try_from(row).unwrap_or(u8::MAX),
                first: column == 0,
                last: column + 1 == columns,
                bottom: row + 1 == rows,
            };
            Span::styled(sign.to_owned(), cells::of_picture(look.theme.border, part))
        };
        let [left, middle, right] = outline(row, rows, look);
        let inner = middle.repeat(columns.saturating_sub(2) as usize);
        let mut spans = vec![part(0, left)];
        if columns > 2 {
            spans.push(part(1, &inner));
        }
        if columns > 1 {
            spans.push(part(columns - 1, right));
        }
        Line::from(spans)
    };
    (0..rows).map(line).collect()
}

/// The signs of one row of an outline: the first, those between, the last.
const fn outline(row: u32, rows: u32, look: &Look) -> [&'static str; 3] {
    match (look.ascii, row == 0, row + 1 == rows) {
        (true, true, _) | (true, _, true) => ["+", "-", "+"],
        (true, ..) => ["|", " ", "|"],
        (false, true, _) => ["┌", "─", "┐"],
        (false, _, true) => ["└", "─", "┘"],
        (false, ..) => ["│", " ", "│"],
    }
}

/// The cells that a picture takes in at most so many, its proportions kept.
fn fit(size: (u32, u32), cell: (u32, u32), room: (usize, usize)) -> Option<(u32, u32)> {
    let (columns, rows) = (u32::try_from(room.0).ok()?, u32::try_from(room.1).ok()?);
    if columns == 0 || rows == 0 {
        return None;
    }
    let by_width = (columns * cell.0 * size.1).div_ceil(size.0 * cell.1).max(1);
    if by_width <= rows {
        return Some((columns, by_width));
    }
    let by_height = (rows * cell.1 * size.0 / (size.1 * cell.0)).clamp(1, columns);
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
            let most = room.0.min(size.0 as usize);
            assert_eq!(fit(size, (1, 2), (most, room.1)), Some(cells), "{size:?} in {room:?}");
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
