//! The names in an archive.

use ratatui::text::{Line, Span};

use super::{Setting, more};
use crate::domain::Archive;
use crate::ui::{cells, facts};

/// Columns of a size.
const SIZE: usize = 9;

pub(super) fn write(archive: &Archive, setting: Setting<'_>, lines: &mut Vec<Line<'static>>) {
    let look = setting.look;
    let names = if archive.count == 1 { "name" } else { "names" };
    let head = format!(
        "{} archive {} {} {names} {} {} unpacked",
        archive.format,
        look.marks.dot,
        cells::count(archive.count),
        look.marks.dot,
        facts::size(archive.unpacked)
    );
    let head = cells::fit(&head, setting.width, look.marks.ellipsis).into_owned();
    lines.push(Line::styled(head, look.theme.dim));
    let room = setting.limit.saturating_sub(lines.len() + 1);
    let count = usize::try_from(archive.count).unwrap_or(usize::MAX);
    let shown = if archive.entries.len() > room { room } else { archive.entries.len() };
    for entry in archive.entries.iter().take(shown) {
        let size = if entry.folder { "folder".to_owned() } else { facts::size(entry.size) };
        let path =
            cells::fit(entry.path.as_str(), setting.width.saturating_sub(SIZE + 2), look.marks.ellipsis);
        lines.push(Line::from(vec![
            Span::styled(format!("{size:>SIZE$}  "), look.theme.dim),
            Span::styled(path.into_owned(), look.theme.text),
        ]));
    }
    more(count.saturating_sub(shown), "names", setting, lines);
}
