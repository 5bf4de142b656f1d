//! Tables in text files.

use ::csv::{ByteRecord, ReaderBuilder};

use super::{Job, table, text};
use crate::domain::{SafeText, Table, TextLimit};

/// Rows that are read for the figures at most.
const READ: u64 = 200_000;

/// The longest cell that is kept, in bytes.
const CELL: TextLimit = TextLimit(400);

/// A table, if it looks like one: a header, and rows of about as many cells.
pub(super) fn table(job: &Job, bytes: &[u8], remarks: &mut Vec<SafeText>) -> Option<Table> {
    // What is not UTF-8 is made so first: columns are separated by characters, not bytes.
    let decoded = (!bytes.is_ascii()).then(|| text::decoded(bytes));
    let mut bytes = decoded.as_deref().map_or(bytes, str::as_bytes);
    if !job.whole {
        // The last line may be cut in two.
        bytes = bytes.get(..bytes.iter().rposition(|byte| *byte == b'\n')? + 1)?;
    }
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter(job, bytes))
        .flexible(true)
        .has_headers(false)
        .from_reader(bytes);
    let mut record = ByteRecord::new();
    if !reader.read_byte_record(&mut record).ok()? {
        return None;
    }
    let names: Vec<SafeText> = record.iter().map(|name| cell(name).unwrap_or_default()).collect();
    let width = names.len();
    let mut table = table::Reading::new(names.into_iter().map(|name| (name, None)), job.compared);
    let (mut rows, mut ragged) = (0_u64, 0_u64);
    let mut whole = job.whole;
    loop {
        match reader.read_byte_record(&mut record) {
            Ok(true) if rows == READ => {
                whole = false;
                remarks.push(SafeText::line(&format!("the figures are of the first {READ} rows")));
                break;
            }
            Ok(true) => {
                rows += 1;
                ragged += u64::from(record.len() != width);
                table.take(record.iter().map(|raw| {
                    let text = cell(raw)?;
                    let number = number(text.as_str());
                    Some((text, number))
                }));
            }
            Ok(false) => break,
            Err(error) => {
                whole = false;
                remarks.push(SafeText::line(&format!("broken after row {rows}: {error}")));
                break;
            }
        }
    }
    if ragged > 0 {
        let rows = if ragged == 1 { "row has" } else { "rows have" };
        remarks
            .push(SafeText::line(&format!("{ragged} {rows} more or fewer cells than the header's {width}")));
    }
    Some(table.finish(whole.then_some(rows), false))
}

/// A cell's text; none if it is empty or says that it is.
fn cell(raw: &[u8]) -> Option<SafeText> {
    let text = String::from_utf8_lossy(raw);
    let text = text.trim();
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    (!matches!(text, "" | "NA" | "N/A" | "NaN" | "nan" | "null" | "NULL" | "None"))
        .then(|| SafeText::line_within(text, CELL))
}

/// A number as tables write them; no infinity, which would spoil every figure.
fn number(text: &str) -> Option<f64> {
    let looks = text.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '-' | '+' | '.'));
    looks.then(|| text.parse().ok()).flatten().filter(|number: &f64| number.is_finite())
}

/// What separates the cells: a tab where the name says so, else what the first line has most of.
fn delimiter(job: &Job, bytes: &[u8]) -> u8 {
    if job.extension() == "tsv" {
        return b'\t';
    }
    let first = String::from_utf8_lossy(bytes.split(|byte| *byte == b'\n').next().unwrap_or_default());
    // Of equals the last one wins.
    let most = ['|', ';', '\t', ','].into_iter().max_by_key(|sign| first.matches(*sign).count());
    most.and_then(|sign| u8::try_from(sign).ok()).unwrap_or(b',')
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    fn read(name: &str, text: &str, whole: bool) -> (Table, Vec<String>) {
        let job = Job { name: name.to_owned(), mime: None, whole, compared: false };
        let mut remarks = Vec::new();
        let table = table(&job, text.as_bytes(), &mut remarks).unwrap();
        (table, remarks.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_table_is_read_whatever_separates_it() {
        for (name, text) in [
            ("a.csv", "a,b\n1,\"x,y\"\n2,\n"),
            ("a.csv", "a;b\n1;\"x,y\"\n2;NA\n"),
            ("a.tsv", "a\tb\n1\tx,y\n2\t\n"),
        ] {
            let (table, remarks) = read(name, text, true);
            assert_eq!((table.total, table.read), (Some(2), 2), "{text:?}");
            assert_eq!(
                table.rows,
                [vec![Some("1".into()), Some("x,y".into())], vec![Some("2".into()), None]]
            );
            assert_eq!(table.columns[0].kind.as_str(), "whole numbers");
            assert_eq!(remarks, Vec::<String>::new());
        }
    }

    #[test]
    fn a_part_has_no_total_and_no_torn_row() {
        let (table, _) = read("a.csv", "a,b\n1,2\n3,4\n5,", false);
        assert_eq!((table.total, table.read), (None, 2));
    }

    #[test]
    fn uneven_rows_are_said() {
        let (table, remarks) = read("a.csv", "a,b\n1\n1,2,3\n1,2\n", true);
        assert_eq!(table.rows[0], [Some("1".into()), None]);
        assert_eq!(remarks, ["2 rows have more or fewer cells than the header's 2"]);
    }

    #[test]
    fn a_hundred_thousand_rows_are_figures_and_a_few_rows() {
        let mut text = String::from("n,square\n");
        for n in 0..100_000_u64 {
            writeln!(text, "{n},{}", n * n).unwrap();
        }
        let (table, _) = read("a.csv", &text, true);
        assert_eq!((table.total, table.rows.len()), (Some(100_000), table::ROWS));
        assert!(table.columns[0].numbers.is_some_and(|numbers| numbers.max > 99_998.0));
    }
}
