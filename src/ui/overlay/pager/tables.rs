//! What changed between two submitted tables, as far as both were read: columns, then rows, cell by cell.

use ratatui::text::{Line, Span};

use crate::app::State;
use crate::app::diff::Swap;
use crate::app::diff::table::{Counts, RowChange, Table, TableDiff};
use crate::domain::{AssetId, Inside, Shown, Table as Read};
use crate::sync::Link;
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
        (Known::Rows(before), Known::Rows(after)) => {
            let online = !matches!(state.shell.link, Link::Offline { .. } | Link::SignedOut { .. });
            let waits = online && (before.has_more_to_compare() || after.has_more_to_compare());
            differences(before, after, waits, paper);
        }
        (Known::Other, _) | (_, Known::Other) => {}
        (Known::Closed, _) | (_, Known::Closed) => say("closed until it is accepted: not compared", paper),
        (Known::Waiting, _) | (_, Known::Waiting) => say("looking into both to compare them", paper),
    }
}

fn differences(before: &Read, after: &Read, waits: bool, paper: &mut Paper<'_>) {
    let look = paper.look();
    let diff = TableDiff::of(&Table::from(before), &Table::from(after));
    let compared = compared_words((before, diff.compared.0), (after, diff.compared.1));
    let style = if compared.is_part { look.theme.warn } else { look.theme.dim };
    paper.wrapped(&Line::styled(format!("  {}", compared.words), style), 4);
    if waits {
        paper.wrapped(&Line::styled("  reading more rows to compare them", look.theme.busy), 4);
    }
    if diff.is_same() {
        let words = if compared.is_part { "  no difference in these" } else { "  the same columns and rows" };
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
    let count = |count: usize| cells::count(count as u64);
    let Counts { changed, gone, new } = diff.counts;
    let words = format!(
        "  {} the same, {} changed, {} gone, {} new",
        rows(diff.same),
        count(changed),
        count(gone),
        count(new)
    );
    paper.wrapped(&Line::styled(words, look.theme.dim), 4);
    for change in diff.rows.iter().take(LISTED) {
        row(change, paper);
    }
    let more = (changed + gone + new).saturating_sub(LISTED);
    if more > 0 {
        let words = format!("  {} {} more that differ", look.marks.ellipsis, rows(more));
        paper.wrapped(&Line::styled(words, look.theme.dim), 4);
    }
}

fn rows(count: usize) -> String {
    format!("{} {}", cells::count(count as u64), if count == 1 { "row" } else { "rows" })
}

/// How much of two tables was compared.
struct Compared {
    words: String,
    /// Not all of both.
    is_part: bool,
}

/// `the first 5,000 of 12,000 rows before and all 88 now were compared`.
fn compared_words(before: (&Read, usize), after: (&Read, usize)) -> Compared {
    let is_part =
        |(table, compared): (&Read, usize)| table.total.is_none() || table.all_rows() > compared as u64;
    let words = |(table, compared): (&Read, usize)| {
        let read = cells::count(compared as u64);
        if !is_part((table, compared)) {
            return format!("all {}", rows(compared));
        }
        match table.total {
            Some(total) if table.estimated => {
                format!("the first {read} of about {} rows", cells::count(total))
            }
            Some(_) => format!("the first {read} of {} rows", cells::count(table.all_rows())),
            None => format!("the first {} (how many there are is not known)", rows(compared)),
        }
    };
    Compared {
        words: format!("compared: {} before, {} now", words(before), words(after)),
        is_part: is_part(before) || is_part(after),
    }
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
