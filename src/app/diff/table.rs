//! Columns and rows that changed between two tables.
//!
//! Columns are told by name. Rows are compared over the columns that both have: rows that are equal are found in
//! order, and where some were replaced, those in one place are taken for the same rows with other cells: all if as many
//! took their place, else those that have a cell in common.

use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::domain::{SafeText, Table as Read};

/// Rows of each table that are compared.
const ROWS: usize = 1_000;

/// Changed rows that are listed.
const LISTED: usize = 200;

/// A table: names of columns, and rows of cells.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// The rows that are known, first of all.
    pub rows: Vec<Vec<String>>,
}

/// What was read of a table for its preview. A cell that is null or left empty is an empty text.
impl From<&Read> for Table {
    fn from(read: &Read) -> Self {
        let cell = |cell: &Option<SafeText>| cell.as_ref().map(ToString::to_string).unwrap_or_default();
        Self {
            columns: read.columns.iter().map(|column| column.name.to_string()).collect(),
            rows: read.rows.iter().map(|row| row.iter().map(cell).collect()).collect(),
        }
    }
}

/// A row that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowChange {
    /// It is not there any more.
    Gone {
        /// Which of the first table, from 1.
        row: usize,
        /// Its cells.
        cells: Vec<String>,
    },
    /// It was not there.
    New {
        /// Which of the second table, from 1.
        row: usize,
        /// Its cells.
        cells: Vec<String>,
    },
    /// Some of its cells are others.
    Changed {
        /// Which of the second table, from 1.
        row: usize,
        /// The column's name, what stood there and what stands there.
        cells: Vec<(String, String, String)>,
    },
}

/// What changed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TableDiff {
    /// Columns that only the first has.
    pub columns_gone: Vec<String>,
    /// Columns that only the second has.
    pub columns_new: Vec<String>,
    /// Rows that changed, in order.
    pub rows: Vec<RowChange>,
    /// Rows that are the same.
    pub same: usize,
    /// Whether rows were left out of the comparison or of the list.
    pub cut: bool,
}

impl TableDiff {
    /// From the first table to the second.
    #[must_use]
    pub fn of(before: &Table, after: &Table) -> Self {
        let missing = |of: &Table, other: &Table| {
            of.columns.iter().filter(|name| !other.columns.contains(name)).cloned().collect()
        };
        let shared: Vec<(&String, usize, usize)> = after
            .columns
            .iter()
            .enumerate()
            .filter_map(|(new, name)| Some((name, before.columns.iter().position(|old| old == name)?, new)))
            .collect();
        let over = |table: &Table, place: fn(&(&String, usize, usize)) -> usize| -> Vec<Vec<String>> {
            let cell = |row: &Vec<String>, column: usize| row.get(column).cloned().unwrap_or_default();
            let row = |row: &Vec<String>| shared.iter().map(|column| cell(row, place(column))).collect();
            table.rows.iter().take(ROWS).map(row).collect()
        };
        let (old, new) = (over(before, |column| column.1), over(after, |column| column.2));
        let mut diff = Self {
            columns_gone: missing(before, after),
            columns_new: missing(after, before),
            cut: before.rows.len() > ROWS || after.rows.len() > ROWS,
            ..Self::default()
        };
        let names: Vec<&String> = shared.iter().map(|column| column.0).collect();
        for op in capture_diff_slices(Algorithm::Myers, &old, &new) {
            diff.step(op, &names, &old, &new);
        }
        if diff.rows.len() > LISTED {
            diff.rows.truncate(LISTED);
            diff.cut = true;
        }
        diff
    }

    fn step(&mut self, op: DiffOp, names: &[&String], old: &[Vec<String>], new: &[Vec<String>]) {
        let (gone, came) = (op.old_range(), op.new_range());
        if let DiffOp::Equal { len, .. } = op {
            self.same += len;
        } else {
            let paired = gone.len().min(came.len());
            // Fewer or more rows than before: those in one place are the same row only if something in them is.
            let alike = |before: usize, after: usize| {
                let mut cells = old[before].iter().zip(&new[after]);
                gone.len() == came.len() || cells.any(|(before, after)| before == after && !after.is_empty())
            };
            let (mut left, mut right) = (Vec::new(), Vec::new());
            for (before, after) in gone.clone().zip(came.clone()) {
                if !alike(before, after) {
                    left.push(before);
                    right.push(after);
                    continue;
                }
                let cells = names.iter().zip(old[before].iter().zip(&new[after]));
                let cells = cells.filter(|(_, (before, after))| before != after);
                let cells =
                    cells.map(|(name, (before, after))| ((*name).clone(), before.clone(), after.clone()));
                self.rows.push(RowChange::Changed { row: after + 1, cells: cells.collect() });
            }
            left.extend(gone.skip(paired));
            right.extend(came.skip(paired));
            let (gone, came) = (left.into_iter(), right.into_iter());
            self.rows.extend(gone.map(|row| RowChange::Gone { row: row + 1, cells: old[row].clone() }));
            self.rows.extend(came.map(|row| RowChange::New { row: row + 1, cells: new[row].clone() }));
        }
    }

    /// Whether nothing changed, as far as was looked.
    #[must_use]
    pub const fn is_same(&self) -> bool {
        self.columns_gone.is_empty() && self.columns_new.is_empty() && self.rows.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn table(columns: &str, rows: &[&str]) -> Table {
        let cells = |row: &str| row.split(',').map(str::to_owned).collect();
        Table { columns: cells(columns), rows: rows.iter().map(|row| cells(row)).collect() }
    }

    #[test]
    fn columns_are_told_by_name_and_cells_by_row() {
        let before = table("sample,T,unit", &["a,300,C", "b,310,C", "c,320,C"]);
        let after = table("T,sample,error", &["300,a,1", "583,b,1", "320,c,1"]);
        let diff = TableDiff::of(&before, &after);
        assert_eq!(
            (diff.columns_gone, diff.columns_new),
            (vec!["unit".to_owned()], vec!["error".to_owned()])
        );
        let cells = vec![("T".to_owned(), "310".to_owned(), "583".to_owned())];
        assert_eq!((diff.rows, diff.same), (vec![RowChange::Changed { row: 2, cells }], 2));
    }

    #[test]
    fn rows_that_came_or_went_are_told() {
        let before = table("a", &["1", "2", "3"]);
        let after = table("a", &["1", "3", "4"]);
        let diff = TableDiff::of(&before, &after);
        let cells = |cell: &str| vec![cell.to_owned()];
        let gone = RowChange::Gone { row: 2, cells: cells("2") };
        assert_eq!(diff.rows, [gone, RowChange::New { row: 3, cells: cells("4") }]);
        assert!(TableDiff::of(&after, &after).is_same());
        let (before, after) = (table("a,b", &["1,x", "2,y"]), table("a,b", &["1,z", "2,w", "3,v"]));
        let changed = |change: &RowChange| matches!(change, RowChange::Changed { .. });
        let diff = TableDiff::of(&before, &after);
        assert_eq!((diff.rows.iter().filter(|row| changed(row)).count(), diff.rows.len()), (2, 3));
    }

    #[test]
    fn large_tables_are_cut_and_that_is_told() {
        let rows = |from: u32| (from..from + 100_000).map(|n| vec![n.to_string()]).collect();
        let of = |from| Table { columns: vec!["n".to_owned()], rows: rows(from) };
        let diff = TableDiff::of(&of(0), &of(1_000_000));
        assert_eq!((diff.rows.len(), diff.cut), (LISTED, true));
    }

    proptest! {
        #[test]
        fn every_row_has_one_fate(
            before in proptest::collection::vec("[ab]{1,2}", 0..20), after in proptest::collection::vec("[ab]{1,2}", 0..20),
        ) {
            let of = |rows: &[String]| Table {
                columns: vec!["x".to_owned()], rows: rows.iter().map(|cell| vec![cell.clone()]).collect(),
            };
            let diff = TableDiff::of(&of(&before), &of(&after));
            let count = |which: fn(&RowChange) -> bool| diff.rows.iter().filter(|row| which(row)).count();
            let changed = count(|row| matches!(row, RowChange::Changed { .. }));
            let gone = count(|row| matches!(row, RowChange::Gone { .. }));
            let new = count(|row| matches!(row, RowChange::New { .. }));
            prop_assert_eq!(diff.same + changed + gone, before.len());
            prop_assert_eq!(diff.same + changed + new, after.len());
        }
    }
}
