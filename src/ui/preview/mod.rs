//! What was found in an asset, as lines of a given width: a few in the reader's page, all of it on the full screen.
//! Pure and bounded; one file a kind.

mod archive;
mod bytes;
mod picture;
mod state;
mod table;
#[cfg(test)]
mod tests;
mod text;

use ratatui::text::{Line, Span};

use crate::domain::{Inside, Preview, SafeText, Shown};

use super::theme::Look;
use super::wrap::{Breaking, wrap};

pub use state::words;

/// Where a preview is shown, and how.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'l> {
    /// Columns.
    pub width: usize,
    /// Lines at the most.
    pub limit: usize,
    /// Rows that are seen at once: a picture is no higher.
    pub rows: usize,
    /// The first column of a table that is shown.
    pub column: usize,
    /// Rows of a table may be wider than that: whoever shows them moves them sideways.
    pub wide: bool,
    /// The asset's number among those of the entry, from 1 on: what a picture of it is known by.
    pub number: usize,
    /// Styles and marks.
    pub look: &'l Look,
}

impl Setting<'_> {
    /// Whether colours can be told apart: pictures are nothing without.
    const fn has_colour(&self) -> bool {
        self.look.theme.accent.fg.is_some()
    }
}

/// Rows of the full screen that are not the asset's: frame, facts and a blank line, keys.
const AROUND: u16 = 5;

/// Columns and rows that an asset has on the full screen.
#[must_use]
pub const fn room(width: u16, height: u16, plain: bool) -> (u16, u16) {
    let (columns, rows) = if plain { (2, AROUND - 1) } else { (4, AROUND) };
    (width.saturating_sub(columns), height.saturating_sub(rows))
}

/// What there is to see of an asset; says so where there is nothing.
#[must_use]
pub fn lines(shown: &Shown, setting: Setting<'_>) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    match shown {
        Shown::Preview(preview) => inside(preview, setting, &mut lines),
        other => note(&words(other, setting.look), setting, &mut lines),
    }
    lines
}

fn inside(preview: &Preview, setting: Setting<'_>, lines: &mut Vec<Line<'static>>) {
    for remark in &preview.remarks {
        let text = format!("{} {remark}", setting.look.marks.warn);
        let breaking = Breaking { width: setting.width, hanging: 2, exact: false };
        wrap(&Line::styled(text, setting.look.theme.warn), breaking, setting.limit, lines);
    }
    match &preview.inside {
        Inside::Post(markdown) => text::markdown(markdown, setting, lines),
        Inside::Table(table) => table::write(table, setting, lines),
        Inside::Text(body) => text::write(body, setting, lines),
        Inside::Archive(archive) => archive::write(archive, setting, lines),
        Inside::Picture(picture) => picture::write(picture, setting, lines),
        Inside::Pages(pages) => text::pages(pages, setting, lines),
        Inside::Bytes(head) => bytes::write(head, setting, lines),
    }
}

/// A paragraph of ours.
fn note(text: &SafeText, setting: Setting<'_>, lines: &mut Vec<Line<'static>>) {
    let breaking = Breaking { width: setting.width, hanging: 0, exact: false };
    wrap(&Line::styled(text.to_string(), setting.look.theme.dim), breaking, setting.limit, lines);
}

/// Says that so many more follow, if some do.
fn more(left: usize, what: &str, setting: Setting<'_>, lines: &mut Vec<Line<'static>>) {
    if left > 0 {
        let text =
            format!("{} {} more {what}", setting.look.marks.ellipsis, super::cells::count(left as u64));
        lines.push(Line::from(Span::styled(text, setting.look.theme.dim)));
    }
}
