//! One asset on the full screen: what is known of it, what is in it, and the keys; or the line that its path is typed
//! in.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::Widget;

use crate::app::State;
use crate::app::overlay::save::{SaveLine, Underway};
use crate::app::overlay::viewer::Viewer;

use super::super::cells::{self, Pen};
use super::super::facts;
use super::super::preview;
use super::super::reader::asset_facts;
use super::super::theme::Look;
use super::sheet;

/// Draws it.
pub(super) fn draw(
    state: &State,
    viewer: &Viewer,
    look: &Look,
    screen: Rect,
    buffer: &mut Buffer,
) -> (u16, u16) {
    let count = state.viewed_slots().len();
    let slot = state.viewed(viewer.at);
    let place = format!("Asset {} of {}", viewer.at + 1, count.max(1));
    let key = slot.map_or("", |slot| slot.key.as_str());
    let (width, height) = preview::room(screen.width, screen.height, look.plain);
    let lines = viewer.lines();
    let left = lines.len().saturating_sub(viewer.scroll.top + usize::from(height));
    let below = format!("{} more {}", cells::count(left as u64), if left == 1 { "line" } else { "lines" });
    let mut titles = vec![place.as_str(), key];
    if left > 0 {
        titles.push(&below);
    }
    let inner = sheet::open(&titles, (screen.width, screen.height), look, screen, buffer);
    let mut pen = Pen::new(buffer, inner, look.marks.ellipsis);
    if let Some(slot) = slot {
        let view = state.desk.reader.assets.view(slot.asset);
        let facts = asset_facts::line(slot, view.map(AsRef::as_ref), look);
        pen.pieces(1, 0, width, &facts.spans);
        if view.is_none() {
            let words = asset_facts::waiting(state);
            pen.left(1, 2, width, words.as_str(), look.theme.dim);
        }
    }
    for (y, line) in (0..height).zip(lines.iter().skip(viewer.scroll.top)) {
        pen.line(1, y + 2, line);
    }
    let bottom = inner.height.saturating_sub(1);
    match &viewer.save {
        Some(line) => return save_line(line, look, inner, buffer),
        None => keys(&mut pen, bottom, (count, viewer.has_columns(state)), look),
    }
    (inner.x + 1, inner.y + 2.min(bottom))
}

fn keys(pen: &mut Pen<'_>, y: u16, (count, columns): (usize, bool), look: &Look) {
    let mut x = 1;
    let keys =
        [("n p", "next, before"), ("h l", "columns"), ("w", "save"), ("Space", "scroll"), ("Esc", "close")];
    for (key, what) in keys {
        if (key == "n p" && count < 2) || (key == "h l" && !columns) {
            continue;
        }
        let room = pen.area().width.saturating_sub(x + 1);
        if usize::from(room) < key.len() + 1 + what.len() {
            break;
        }
        x += pen.left(x, y, room, key, look.theme.key) + 1;
        x += pen.left(x, y, room, what, look.theme.text) + 2;
    }
}

/// `saving: 1.2 of 8.0 MB, 15 %`.
fn so_far(underway: &Underway) -> String {
    let Underway { bytes, of, .. } = underway;
    match of {
        Some(of) if *of > 0 => {
            let part = bytes.saturating_mul(100) / of;
            format!("saving: {} of {}, {} %", facts::size(*bytes), facts::size(*of), part.min(100))
        }
        _ => format!("saving: {}", facts::size(*bytes)),
    }
}

/// `save as: ./run7.csv`, and above it what went wrong.
fn save_line(line: &SaveLine, look: &Look, inner: Rect, buffer: &mut Buffer) -> (u16, u16) {
    const LABEL: &str = "save as: ";
    let bottom = inner.height.saturating_sub(1);
    let mut pen = Pen::new(buffer, inner, look.marks.ellipsis);
    let (words, style) = match (&line.error, &line.underway) {
        (Some(error), _) => (format!("{} {error}", look.marks.warn), look.theme.bad),
        (None, Some(underway)) => {
            (format!("{}; Esc stops it, Enter lets it go on behind", so_far(underway)), look.theme.busy)
        }
        (None, None) => {
            ("Enter saves, Esc goes back; what is there is never written over".to_owned(), look.theme.dim)
        }
    };
    if bottom > 0 {
        pen.fill(0, bottom - 1, inner.width, " ", look.theme.text);
        pen.left(1, bottom - 1, inner.width.saturating_sub(2), &words, style);
    }
    let label = pen.left(1, bottom, inner.width.saturating_sub(2), LABEL, look.theme.key);
    let field = Rect {
        x: inner.x + 1 + label,
        y: inner.y + bottom,
        width: inner.width.saturating_sub(label + 2),
        height: inner.height.min(1),
    };
    if field.is_empty() {
        return (inner.x, inner.y + bottom);
    }
    // A copy, so that drawing changes nothing: the widget keeps its scroll offset in itself.
    let mut area = line.text.clone();
    area.set_style(look.theme.text);
    area.set_cursor_style(Style::new());
    area.set_cursor_line_style(Style::new());
    area.render(field, buffer);
    let cursor = area.screen_cursor();
    let (_, left) = area.scroll_offset();
    let column = cursor.col.saturating_sub(left.into()).min(usize::from(field.width.saturating_sub(1)));
    (field.x + column as u16, field.y)
}
