//! Tables: the figures of their columns over all rows that are read, and the first rows themselves.

use std::collections::HashSet;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use crate::domain::{Column, Numbers, SafeText, Table};
use crate::ouro::{ColumnType, DatasetRows, DatasetSize};

/// Rows that are kept to be shown.
pub const ROWS: usize = 200;

/// Rows that are kept to be compared.
pub const COMPARED: usize = 5_000;

/// Columns that are kept to be shown.
const COLUMNS: usize = 100;

/// Cells that are kept in all, and bytes of text in them: what a process may hand over, and what a desk should hold.
const CELLS: usize = 50_000;
const BYTES: usize = 1_500_000;

/// Different values of a column that are counted.
const DISTINCT: usize = 1_000;

/// A table while it is being read.
#[derive(Debug)]
pub(super) struct Reading {
    columns: Vec<Figures>,
    rows: Vec<Vec<Option<SafeText>>>,
    read: u64,
    more_columns: u64,
    /// To be compared.
    deep: bool,
    /// Bytes of text in the rows that are kept.
    bytes: usize,
}

/// The figures of a column so far.
#[derive(Debug)]
struct Figures {
    name: SafeText,
    kind: Option<SafeText>,
    empty: u64,
    filled: u64,
    values: HashSet<u64>,
    all_numbers: bool,
    all_whole: bool,
    min: f64,
    max: f64,
    sum: f64,
}

/// A cell: its text, and its number if it is one.
pub(super) type Cell = Option<(SafeText, Option<f64>)>;

impl Reading {
    /// A table of these columns; their types, where somebody else knows them. `deep`: it is read to be compared.
    pub(super) fn new(names: impl IntoIterator<Item = (SafeText, Option<SafeText>)>, deep: bool) -> Self {
        let mut columns: Vec<Figures> =
            names.into_iter().map(|(name, kind)| Figures::new(name, kind)).collect();
        let more_columns = columns.len().saturating_sub(COLUMNS) as u64;
        columns.truncate(COLUMNS);
        Self { columns, rows: Vec::new(), read: 0, more_columns, deep, bytes: 0 }
    }

    /// Takes one row; cells beyond the last column are left out.
    pub(super) fn take(&mut self, mut cells: impl Iterator<Item = Cell>) {
        self.read += 1;
        let rows = if self.deep { COMPARED } else { ROWS };
        let fits = (self.rows.len() + 1) * self.columns.len() <= CELLS && self.bytes < BYTES;
        // A row that is left out is not followed by others: what is kept is the beginning.
        let keep = self.read == self.rows.len() as u64 + 1 && self.rows.len() < rows && fits;
        let mut row = Vec::with_capacity(if keep { self.columns.len() } else { 0 });
        for column in &mut self.columns {
            let cell = cells.next().flatten();
            column.take(cell.as_ref());
            if keep {
                self.bytes += cell.as_ref().map_or(0, |(text, _)| text.as_str().len());
                row.push(cell.map(|(text, _)| text));
            }
        }
        if keep {
            self.rows.push(row);
        }
    }

    /// The table. `total`: rows there are, if that is known, and whether it is an estimate.
    pub(super) fn finish(self, total: Option<u64>, estimated: bool) -> Table {
        Table {
            columns: self.columns.into_iter().map(Figures::finish).collect(),
            rows: self.rows,
            total,
            estimated,
            read: self.read,
            more_columns: self.more_columns,
            deep: self.deep,
        }
    }
}

impl Figures {
    fn new(name: SafeText, kind: Option<SafeText>) -> Self {
        Self {
            name,
            kind: kind.filter(|kind| !kind.is_empty()),
            empty: 0,
            filled: 0,
            values: HashSet::new(),
            all_numbers: true,
            all_whole: true,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
            sum: 0.0,
        }
    }

    fn take(&mut self, cell: Option<&(SafeText, Option<f64>)>) {
        let Some((text, number)) = cell else {
            self.empty += 1;
            return;
        };
        self.filled += 1;
        if self.values.len() <= DISTINCT {
            let mut hasher = DefaultHasher::new();
            text.as_str().hash(&mut hasher);
            self.values.insert(hasher.finish());
        }
        match number {
            Some(number) => {
                self.min = self.min.min(*number);
                self.max = self.max.max(*number);
                self.sum += number;
                self.all_whole &= number.fract() == 0.0;
            }
            None => self.all_numbers = false,
        }
    }

    fn finish(self) -> Column {
        let numbers = self.filled > 0 && self.all_numbers;
        let looks = match (self.filled, numbers, self.all_whole) {
            (0, ..) => "empty",
            (_, true, true) => "whole numbers",
            (_, true, false) => "numbers",
            (_, false, _) => "text",
        };
        Column {
            name: self.name,
            kind: self.kind.unwrap_or_else(|| looks.into()),
            empty: self.empty,
            distinct: self.values.len().min(DISTINCT) as u64,
            distinct_more: self.values.len() > DISTINCT,
            numbers: numbers.then(|| Numbers {
                min: self.min,
                max: self.max,
                mean: self.sum / self.filled as f64,
            }),
        }
    }
}

/// A dataset as its schema and first rows show it. Rows may hold columns that the schema does not name. `deep`: it is
/// read to be compared.
#[must_use]
pub fn of_dataset(schema: &[ColumnType], rows: DatasetRows, size: Option<DatasetSize>, deep: bool) -> Table {
    let mut names: Vec<(SafeText, Option<SafeText>)> =
        schema.iter().map(|column| (column.name.clone(), Some(column.kind.clone()))).collect();
    let mut known: HashSet<SafeText> = names.iter().map(|(name, _)| name.clone()).collect();
    for (name, _) in rows.rows.iter().flat_map(|row| &row.0) {
        if names.len() < COLUMNS * 2 && known.insert(name.clone()) {
            names.push((name.clone(), None));
        }
    }
    let mut table = Reading::new(names.iter().cloned(), deep);
    let got = rows.rows.len() as u64;
    for row in rows.rows {
        let mut cells: std::collections::HashMap<_, _> = row.0.into_iter().collect();
        table.take(names.iter().map(|(name, _)| {
            let value = cells.remove(name).flatten()?;
            Some((value.text, value.number))
        }));
    }
    let counted = size.and_then(|size| size.count);
    let total = counted.or(rows.total).or((!rows.has_more).then_some(got));
    table.finish(total, size.is_some_and(|size| size.estimated && size.count.is_some()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ouro::{DataRow, Value};

    fn value(text: &'static str, number: Option<f64>) -> Value {
        Value { text: text.into(), number }
    }

    #[test]
    fn a_dataset_has_its_schema_its_rows_and_figures_of_what_was_read() {
        let schema = [ColumnType { name: "run".into(), kind: "bigint".into() }];
        let row = |run, note| DataRow(vec![("note".into(), note), ("run".into(), run)]);
        let rows = DatasetRows {
            rows: vec![
                row(Some(value("1", Some(1.0))), Some(value("fine", None))),
                row(Some(value("4", Some(4.0))), None),
                row(None, Some(value("fine", None))),
            ],
            has_more: true,
            total: None,
        };
        let size = DatasetSize { count: Some(88), estimated: true, bytes: None };
        let table = of_dataset(&schema, rows, Some(size), false);
        assert_eq!((table.total, table.estimated, table.read), (Some(88), true, 3));
        let run = &table.columns[0];
        assert_eq!((run.kind.as_str(), run.empty, run.distinct), ("bigint", 1, 2));
        assert_eq!(run.numbers, Some(Numbers { min: 1.0, max: 4.0, mean: 2.5 }));
        let note = &table.columns[1];
        assert_eq!((note.kind.as_str(), note.distinct, note.numbers), ("text", 1, None));
        assert_eq!(table.rows[1], [Some("4".into()), None]);
    }

    #[test]
    fn columns_rows_and_values_are_bounded() {
        let mut table = Reading::new((0..150).map(|n| (SafeText::line(&format!("c{n}")), None)), false);
        for n in 0..5_000 {
            let cell = move |_| Some((SafeText::line(&n.to_string()), Some(f64::from(n))));
            table.take((0..150).map(cell));
        }
        let table = table.finish(None, false);
        assert_eq!((table.columns.len(), table.more_columns), (COLUMNS, 50));
        assert_eq!((table.rows.len(), table.read), (ROWS, 5_000));
        assert_eq!((table.columns[0].distinct, table.columns[0].distinct_more), (DISTINCT as u64, true));
    }

    #[test]
    fn to_be_compared_more_rows_are_kept_within_cells_and_bytes() {
        // A few more rows than may be kept.
        let rows_of = |columns: usize, cell: &str, deep: bool| {
            let most = COMPARED.min(CELLS / columns).max(ROWS) + 50;
            let names = (0..columns).map(|n| (SafeText::line(&format!("c{n}")), None));
            let mut table = Reading::new(names, deep);
            for _ in 0..most {
                table.take((0..columns).map(|_| Some((SafeText::line(cell), None))));
            }
            table.finish(None, false).rows.len()
        };
        assert_eq!((rows_of(3, "x", false), rows_of(3, "x", true)), (ROWS, COMPARED));
        assert_eq!((rows_of(50, "x", false), rows_of(50, "x", true)), (ROWS, CELLS / 50));
        let long = "x".repeat(400);
        assert!(rows_of(100, &long, false) <= BYTES / 40_000 + 1, "it must fit into a process's answer");
    }
}
