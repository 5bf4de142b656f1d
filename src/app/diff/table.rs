//! Columns and rows that changed between two tables.
//!
//! Columns are told by name. Rows are compared over the columns that both have: rows that are equal are found in
//! order, and where some were replaced, those in one place are taken for the same rows with other cells: all if as many
//! took their place, else those that have a cell in common.

use std::collections::HashMap;
use std::ops::Range;

use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::domain::{SafeText, Table as Read};
use crate::preview::table::COMPARED as ROWS;

/// Rows that repeat themselves are compared by an algorithm that takes time by the product of their numbers: no more
/// than these.
const REPEATED: usize = 2_000;

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
    /// Rows that changed, in order: the first of them, if there are many.
    pub rows: Vec<RowChange>,
    /// How many changed, are gone, and are new.
    pub counts: Counts,
    /// Rows that are the same.
    pub same: usize,
    /// Rows of the first and of the second that were compared.
    pub compared: (usize, usize),
}

/// How many rows changed in which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Rows with other cells.
    pub changed: usize,
    /// Rows that are not there any more.
    pub gone: usize,
    /// Rows that were not there.
    pub new: usize,
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
            compared: (old.len(), new.len()),
            ..Self::default()
        };
        let names: Vec<&String> = shared.iter().map(|column| column.0).collect();
        let (mut gone, mut came) = (0, 0);
        for (before, after) in same_rows(&old, &new).into_iter().chain([(old.len(), new.len())]) {
            diff.other_rows(gone..before, came..after, &names, &old, &new);
            (gone, came) = (before + 1, after + 1);
            diff.same += usize::from(before < old.len());
        }
        for row in &diff.rows {
            match row {
                RowChange::Changed { .. } => diff.counts.changed += 1,
                RowChange::Gone { .. } => diff.counts.gone += 1,
                RowChange::New { .. } => diff.counts.new += 1,
            }
        }
        diff.rows.truncate(LISTED);
        diff
    }

    /// Rows between two that are the same.
    fn other_rows(
        &mut self,
        gone: Range<usize>,
        came: Range<usize>,
        names: &[&String],
        old: &[Vec<String>],
        new: &[Vec<String>],
    ) {
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
            let cells = cells.map(|(name, (before, after))| ((*name).clone(), before.clone(), after.clone()));
            self.rows.push(RowChange::Changed { row: after + 1, cells: cells.collect() });
        }
        left.extend(gone.skip(paired));
        right.extend(came.skip(paired));
        let (gone, came) = (left.into_iter(), right.into_iter());
        self.rows.extend(gone.map(|row| RowChange::Gone { row: row + 1, cells: old[row].clone() }));
        self.rows.extend(came.map(|row| RowChange::New { row: row + 1, cells: new[row].clone() }));
    }

    /// Whether nothing changed, as far as was looked.
    #[must_use]
    pub const fn is_same(&self) -> bool {
        self.columns_gone.is_empty() && self.columns_new.is_empty() && self.rows.is_empty()
    }
}

/// Rows that are the same in both tables, in the order of both: pairs of their places.
fn same_rows(old: &[Vec<String>], new: &[Vec<String>]) -> Vec<(usize, usize)> {
    let mut numbers: HashMap<&[String], usize> = HashMap::new();
    let (mut before, mut after) = (Vec::with_capacity(old.len()), Vec::with_capacity(new.len()));
    for (rows, into) in [(old, &mut before), (new, &mut after)] {
        for row in rows {
            let next = numbers.len();
            into.push(*numbers.entry(row).or_insert(next));
        }
    }
    let start = before.iter().zip(&after).take_while(|(before, after)| before == after).count();
    let room = before.len().min(after.len()) - start;
    let tails = before.iter().rev().zip(after.iter().rev()).take(room);
    let end = tails.take_while(|(before, after)| before == after).count();
    let (old_end, new_end) = (before.len() - end, after.len() - end);
    // Between what both begin and end with, rows that only one of them has are the same as nothing.
    let mut counts = vec![(0_u32, 0_u32); numbers.len()];
    before[start..old_end].iter().for_each(|row| counts[*row].0 += 1);
    after[start..new_end].iter().for_each(|row| counts[*row].1 += 1);
    let common = |rows: &[usize], end: usize| -> Vec<(usize, usize)> {
        let rows = rows.iter().copied().enumerate().take(end).skip(start);
        rows.filter(|(_, row)| counts[*row].0 > 0 && counts[*row].1 > 0).collect()
    };
    let (middle_old, middle_new) = (common(&before, old_end), common(&after, new_end));
    let repeated = middle_old.iter().any(|(_, row)| counts[*row] != (1, 1));
    let mut same: Vec<(usize, usize)> = (0..start).map(|row| (row, row)).collect();
    if repeated && middle_old.len().max(middle_new.len()) <= REPEATED {
        let rows = |common: &[(usize, usize)]| common.iter().map(|(_, row)| *row).collect::<Vec<_>>();
        for op in capture_diff_slices(Algorithm::Myers, &rows(&middle_old), &rows(&middle_new)) {
            if let DiffOp::Equal { old_index, new_index, len } = op {
                same.extend((0..len).map(|n| (middle_old[old_index + n].0, middle_new[new_index + n].0)));
            }
        }
    } else {
        same.extend(longest_rise(&paired(&middle_old, &middle_new)));
    }
    same.extend((0..end).map(|row| (old_end + row, new_end + row)));
    same
}

/// The first of a kind with the first, the second with the second; in the order of the first table.
fn paired(old: &[(usize, usize)], new: &[(usize, usize)]) -> Vec<(usize, usize)> {
    let mut places: HashMap<usize, std::collections::VecDeque<usize>> = HashMap::new();
    for (place, row) in new {
        places.entry(*row).or_default().push_back(*place);
    }
    old.iter().filter_map(|(place, row)| Some((*place, places.get_mut(row)?.pop_front()?))).collect()
}

/// The longest run of pairs that rises in both: what stayed in its order. Patience sorting.
fn longest_rise(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    // The pair at which the best run of each length ends, and the pair before each.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(pairs.len());
    for (at, pair) in pairs.iter().enumerate() {
        let length = ends.partition_point(|end| pairs[*end].1 < pair.1);
        before.push(length.checked_sub(1).map(|shorter| ends[shorter]));
        if length == ends.len() {
            ends.push(at);
        } else {
            ends[length] = at;
        }
    }
    let mut run: Vec<(usize, usize)> =
        std::iter::successors(ends.last().copied(), |at| before[*at]).map(|at| pairs[at]).collect();
    run.reverse();
    run
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
    fn what_moved_or_repeats_itself_is_found_again() {
        let fates = |before: &[&str], after: &[&str]| {
            let diff = TableDiff::of(&table("a", before), &table("a", after));
            (diff.same, diff.rows.len())
        };
        assert_eq!(fates(&["1", "2", "3", "4"], &["4", "1", "2", "3"]), (3, 2), "one row moved");
        assert_eq!(fates(&["1", "2", "3"], &["3", "2", "1"]), (1, 4), "of those turned around one stays");
        assert_eq!(fates(&["a", "b", "a", "c", "b"], &["b", "a", "x", "b"]), (3, 2));
        let many: Vec<String> = (0..5_000).map(|n| (n % 7).to_string()).collect();
        let rows: Vec<&str> = many.iter().map(String::as_str).collect();
        let mut edited = rows.clone();
        edited.insert(2_000, "new");
        edited.remove(4_000);
        let diff = TableDiff::of(&table("a", &rows), &table("a", &edited));
        assert_eq!(diff.compared, (5_000, 5_000));
        assert!(diff.same >= 4_000, "{}", diff.same);
    }

    #[test]
    fn large_tables_are_cut_and_that_is_told() {
        let rows = |from: u32| (from..from + 100_000).map(|n| vec![n.to_string()]).collect();
        let of = |from| Table { columns: vec!["n".to_owned()], rows: rows(from) };
        let diff = TableDiff::of(&of(0), &of(1_000_000));
        assert_eq!((diff.rows.len(), diff.compared), (LISTED, (ROWS, ROWS)));
        assert_eq!(diff.counts, Counts { changed: ROWS, ..Counts::default() });
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
