//! Tables: what is known of their columns, then the first rows, aligned. Columns that do not fit are counted, and can
//! be moved to.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::{Setting, more};
use crate::domain::{Column, SafeText, Table};
use crate::ui::cells;

/// Columns of the screen that one column of the table takes at most.
const WIDEST: usize = 24;

/// Blanks between two columns.
const GAP: usize = 2;

/// What stands for a value that is not there.
const NULL: &str = "-";

pub(super) fn write(table: &Table, setting: Setting<'_>, lines: &mut Vec<Line<'static>>) {
    let look = setting.look;
    lines.push(Line::styled(
        cells::fit(&head(table, setting), setting.width, look.marks.ellipsis).into_owned(),
        look.theme.dim,
    ));
    if table.columns.is_empty() {
        return;
    }
    figures(table, setting, lines);
    let shown = Shown::new(table, setting);
    lines.push(
        shown.line(
            &table.columns.iter().map(|column| Some(&column.name)).collect::<Vec<_>>(),
            look.theme.strong,
        ),
    );
    let room = setting.limit.saturating_sub(lines.len() + 1);
    for row in table.rows.iter().take(room) {
        lines.push(shown.line(&row.iter().map(Option::as_ref).collect::<Vec<_>>(), look.theme.text));
    }
    let rows = table.rows.len().min(room);
    let total = table.total.and_then(|total| usize::try_from(total).ok());
    match total {
        Some(total) => more(total.saturating_sub(rows), "rows", setting, lines),
        None if table.rows.len() > rows => more(table.rows.len() - rows, "rows or more", setting, lines),
        None => {}
    }
}

/// `88 rows · 6 columns · figures of the first 200 rows`.
fn head(table: &Table, setting: Setting<'_>) -> String {
    let dot = setting.look.marks.dot;
    let of =
        |count: u64, one: &str| format!("{} {one}{}", cells::count(count), if count == 1 { "" } else { "s" });
    let rows = match table.total {
        Some(total) if table.estimated => format!("about {}", of(total, "row")),
        Some(total) => of(total, "row"),
        None => format!("{} or more", of(table.read, "row")),
    };
    let columns = of(table.columns.len() as u64 + table.more_columns, "column");
    let figures = match table.total {
        Some(total) if total == table.read => "figures of all rows".to_owned(),
        _ => format!("figures of the first {}", of(table.read, "row")),
    };
    format!("{rows} {dot} {columns} {dot} {figures}")
}

/// A line for each column: its name, its type, what is known of its values. In the page only as many as leave room for
/// the rows.
fn figures(table: &Table, setting: Setting<'_>, lines: &mut Vec<Line<'static>>) {
    let look = setting.look;
    let room = (setting.limit / 3).max(1);
    let names = table.columns.iter().map(|column| cells::width(column.name.as_str())).max().unwrap_or(0);
    let names = names.min(WIDEST).min(setting.width / 3);
    for column in table.columns.iter().take(room) {
        let name = cells::fit(column.name.as_str(), names, look.marks.ellipsis);
        let pad = " ".repeat(names - cells::width(&name).min(names) + GAP);
        let facts = facts(column, table, look.marks.dot);
        let facts = cells::fit(&facts, setting.width.saturating_sub(names + GAP), look.marks.ellipsis);
        lines.push(Line::from(vec![
            Span::styled(name.into_owned(), look.theme.strong),
            Span::raw(pad),
            Span::styled(facts.into_owned(), look.theme.dim),
        ]));
    }
    let all = table.columns.len() + usize::try_from(table.more_columns).unwrap_or(usize::MAX / 2);
    more(all.saturating_sub(room), "columns", setting, lines);
    lines.push(Line::default());
}

/// `double precision · 380.20 to 386.10, mean 383.02 · 2 empty · 41 different`.
fn facts(column: &Column, table: &Table, dot: &str) -> String {
    let mut facts = vec![kind(column.kind.as_str()).to_owned()];
    if let Some(numbers) = column.numbers {
        let score = |number| figure(number);
        facts.push(format!("{} to {}, mean {}", score(numbers.min), score(numbers.max), score(numbers.mean)));
    }
    if column.empty == table.read && table.read > 0 {
        facts.push("all empty".to_owned());
    } else if column.empty > 0 {
        facts.push(format!("{} empty", cells::count(column.empty)));
    }
    let filled = table.read - column.empty.min(table.read);
    match column.distinct {
        0 => {}
        1 if filled > 1 => facts.push("all the same".to_owned()),
        distinct if distinct == filled && !column.distinct_more => facts.push("all different".to_owned()),
        distinct if column.distinct_more => {
            facts.push(format!("more than {} different", cells::count(distinct)));
        }
        distinct => facts.push(format!("{} different", cells::count(distinct))),
    }
    facts.retain(|fact| !fact.is_empty());
    facts.join(&format!(" {dot} "))
}

/// Types of databases in words that are shorter and that everybody knows.
fn kind(word: &str) -> &str {
    match word {
        "double precision" | "real" | "numeric" | "float8" => "number",
        "bigint" | "integer" | "smallint" | "int8" | "int4" => "whole number",
        "character varying" | "varchar" => "text",
        "boolean" => "yes or no",
        "timestamp with time zone" | "timestamptz" | "timestamp without time zone" => "time",
        other => other,
    }
}

/// A figure in a few digits: whole numbers as they are.
fn figure(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() < 1e9 { format!("{number:.0}") } else { cells::score(number) }
}

/// The columns that are on the screen, and how wide each is.
struct Shown {
    first: usize,
    widths: Vec<(usize, bool)>,
    /// Columns that are not on the screen to the right.
    hidden: usize,
    ellipsis: &'static str,
}

impl Shown {
    fn new(table: &Table, setting: Setting<'_>) -> Self {
        let first = setting.column.min(table.columns.len().saturating_sub(1));
        let mut widths = Vec::new();
        let mut used = 0;
        for (at, column) in table.columns.iter().enumerate().skip(first) {
            let cells = table.rows.iter().take(50).filter_map(|row| row.get(at)?.as_ref());
            let widest = cells.map(|cell| cells::width(cell.as_str())).max().unwrap_or(1);
            let wanted = widest.max(cells::width(column.name.as_str())).clamp(1, WIDEST);
            let room = if setting.wide { usize::MAX } else { setting.width.saturating_sub(used) };
            // The first is cut rather than left out: something of the table is always seen.
            let width = if widths.is_empty() { wanted.min(room) } else { wanted };
            if width > room || width == 0 {
                break;
            }
            widths.push((width, column.numbers.is_some()));
            used += width + GAP;
        }
        let left_out = usize::try_from(table.more_columns).unwrap_or(usize::MAX / 2);
        let hidden = table.columns.len() - first - widths.len() + left_out;
        Self { first, widths, hidden, ellipsis: setting.look.marks.ellipsis }
    }

    fn line(&self, row: &[Option<&SafeText>], style: Style) -> Line<'static> {
        let mut text = String::new();
        for (at, (width, right)) in self.widths.iter().enumerate() {
            if at > 0 {
                text.push_str("  ");
            }
            let cell = row.get(self.first + at).copied().flatten().map_or(NULL, SafeText::as_str);
            let cell = cells::fit(cell, *width, self.ellipsis);
            let pad = " ".repeat(width - cells::width(&cell).min(*width));
            if *right {
                text.push_str(&pad);
                text.push_str(&cell);
            } else {
                text.push_str(&cell);
                text.push_str(&pad);
            }
        }
        if self.hidden > 0 {
            // Columns that are cut off are never cut off silently.
            text.push_str(self.ellipsis);
        }
        Line::styled(text.trim_end().to_owned(), style)
    }
}
