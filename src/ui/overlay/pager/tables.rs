//! What changed between two submitted tables, as far as both were read: columns, then rows, cell by cell.

use ratatui::text::{Line, Span};

use crate::app::State;
use crate::app::diff::Swap;
use crate::app::diff::table::{RowChange, Table, TableDiff};
use crate::domain::{AssetId, Inside, Shown, Table as Read};
use crate::ui::cells;
use crate::ui::reader::paper::Paper;

use super::arrow;

/// Rows that are listed.
const LISTED: usize = 40;

/// What is known of one of the two.
enum Known<'s> {
    /// Its first rows.
    Rows(&'s Read),
    /// Nothing yet.
    Waiting,
    /// It is closed to us.
    Closed,
    /// It is no table, or could not be read.
    Other,
}

fn known(state: &State, asset: AssetId) -> Known<'_> {
    match state.desk.reader.assets.view(asset).map(|view| &view.shown) {
        None => Known::Waiting,
        Some(Shown::Closed) => Known::Closed,
        Some(Shown::Preview(preview)) => match &preview.inside {
            Inside::Table(table) => Known::Rows(table),
            _ => Known::Other,
        },
        Some(_) => Known::Other,
    }
}

/// Below the names of the two: what changed in them, if both are tables.
pub(super) fn write(state: &State, swap: &Swap, paper: &mut Paper<'_>) {
    let Some((before, after)) = swap.both.filter(|_| !swap.same) else { return };
    let say = |words: &str, paper: &mut Paper<'_>| {
        paper.wrapped(&Line::styled(format!("  {words}"), state.look.theme.dim), 2);
    };
    match (known(state, before), known(state, after)) {
        (Known::Rows(before), Known::Rows(after)) => differences(before, after, paper),
        (Known::Other, _) | (_, Known::Other) => {}
        (Known::Closed, _) | (_, Known::Closed) => say("closed until it is accepted: not compared", paper),
        (Known::Waiting, _) | (_, Known::Waiting) => say("looking into both to compare them", paper),
    }
}

fn differences(before: &Read, after: &Read, paper: &mut Paper<'_>) {
    let look = paper.look();
    let diff = TableDiff::of(&Table::from(before), &Table::from(after));
    let part = part_words(before, after);
    if diff.is_same() {
        let words = format!("  the same columns and rows{part}");
        return paper.wrapped(&Line::styled(words, look.theme.warn), 2);
    }
    for (words, columns, style) in
        [("gone", &diff.columns_gone, look.theme.bad), ("new", &diff.columns_new, look.theme.good)]
    {
        if !columns.is_empty() {
            let line = format!("  columns {words}: {}", columns.join(", "));
            paper.wrapped(&Line::styled(line, style), 4);
        }
    }
    let count = |which: fn(&RowChange) -> bool| {
        cells::count(diff.rows.iter().filter(|row| which(row)).count() as u64)
    };
    let words = format!(
        "  {} the same, {} changed, {} gone, {} new{part}",
        rows(diff.same),
        count(|row| matches!(row, RowChange::Changed { .. })),
        count(|row| matches!(row, RowChange::Gone { .. })),
        count(|row| matches!(row, RowChange::New { .. })),
    );
    paper.wrapped(&Line::styled(words, look.theme.dim), 4);
    for change in diff.rows.iter().take(LISTED) {
        row(change, paper);
    }
    let more = diff.rows.len().saturating_sub(LISTED);
    if more > 0 || diff.cut {
        let least = if diff.cut { "at least " } else { "" };
        let words = format!("  {least}{} more changed", rows(more));
        paper.wrapped(&Line::styled(words, look.theme.dim), 4);
    }
}

fn rows(count: usize) -> String {
    format!("{} {}", cells::count(count as u64), if count == 1 { "row" } else { "rows" })
}

/// `; of 12,000 rows the first 200 were compared`, if that is not all of them.
fn part_words(before: &Read, after: &Read) -> String {
    let part = |table: &Read| {
        let all = table.total.unwrap_or(table.read).max(table.rows.len() as u64);
        (all > table.rows.len() as u64).then_some((all, table.rows.len() as u64))
    };
    let words = |(all, read)| {
        format!("; of {} rows the first {} were compared", cells::count(all), cells::count(read))
    };
    part(after).or_else(|| part(before)).map(words).unwrap_or_default()
}

/// `row 2: T 310 -> 583`, `row 7 is gone: b, 2`.
fn row(change: &RowChange, paper: &mut Paper<'_>) {
    let look = paper.look();
    let line = match change {
        RowChange::Gone { row, cells } => {
            Line::styled(format!("  row {row} is gone: [-{}-]", cells.join(", ")), look.theme.bad)
        }
        RowChange::New { row, cells } => {
            Line::styled(format!("  row {row} is new: {{+{}+}}", cells.join(", ")), look.theme.good)
        }
        RowChange::Changed { row, cells } => {
            let mut spans = vec![Span::styled(format!("  row {row}:"), look.theme.dim)];
            for (at, (column, before, after)) in cells.iter().enumerate() {
                let stop = if at > 0 { "," } else { "" };
                spans.push(Span::styled(format!("{stop} {column} "), look.theme.dim));
                spans.push(Span::styled(value(before), look.theme.bad));
                spans.push(Span::styled(format!(" {} ", arrow(look)), look.theme.dim));
                spans.push(Span::styled(value(after), look.theme.good));
            }
            Line::from(spans)
        }
    };
    paper.wrapped(&line, 4);
}

fn value(cell: &str) -> String {
    if cell.is_empty() { "nothing".to_owned() } else { cell.to_owned() }
}
