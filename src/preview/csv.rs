//! Tables in text files.

use ::csv::{ByteRecord, Reader, ReaderBuilder};

use super::{Job, table, text};
use crate::domain::{SafeText, Table, TextLimit};

/// Rows that are read for the figures at most.
const READ: u64 = 200_000;

/// The longest cell that is kept, in bytes.
const CELL: TextLimit = TextLimit(400);

/// Bytes and rows from which it is told what separates the cells.
const SAMPLE: (usize, usize) = (64 << 10, 50);

/// A table, if it looks like one: a header, and rows of about as many cells.
pub(super) fn table(job: &Job, bytes: &[u8], remarks: &mut Vec<SafeText>) -> Option<Table> {
    // What is not UTF-8 is made so first: columns are separated by characters, not bytes.
    let decoded = (!bytes.is_ascii()).then(|| text::decoded(bytes, remarks));
    let mut bytes = decoded.as_deref().map_or(bytes, str::as_bytes);
    if !job.whole {
        // The last line may be cut in two.
        bytes = bytes.get(..bytes.iter().rposition(|byte| *byte == b'\n')? + 1)?;
    }
    let bytes = without_comments(job, bytes, remarks);
    let delimiter = delimiter(job, bytes);
    // Where numbers have commas, cells are separated by something else.
    let commas = delimiter == b';';
    let mut decimal = false;
    let mut reader = reader(delimiter, bytes);
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
                    let plain = number(text.as_str());
                    let number = plain.or_else(|| with_comma(text.as_str()).filter(|_| commas));
                    decimal |= plain.is_none() && number.is_some();
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
    if decimal {
        remarks.push("commas in numbers are read as decimal points".into());
    }
    Some(table.finish(whole.then_some(rows), false))
}

fn reader(delimiter: u8, bytes: &[u8]) -> Reader<&[u8]> {
    ReaderBuilder::new().delimiter(delimiter).flexible(true).has_headers(false).from_reader(bytes)
}

/// How many cells each of the first rows has, if they are separated so.
fn widths(delimiter: u8, bytes: &[u8]) -> Vec<usize> {
    let (most, rows) = SAMPLE;
    let sample = bytes.get(..most).unwrap_or(bytes);
    let records = reader(delimiter, sample).into_byte_records();
    let mut widths: Vec<usize> = records.map_while(Result::ok).take(rows).map(|row| row.len()).collect();
    if sample.len() < bytes.len() && widths.len() > 1 && widths.len() < rows {
        widths.pop();
    }
    widths
}

/// The table without lines of comments above it; they are told. A last one with as many cells as the rows, of which the
/// first has numbers, is their header.
fn without_comments<'b>(job: &Job, bytes: &'b [u8], remarks: &mut Vec<SafeText>) -> &'b [u8] {
    let mut at = 0;
    let mut lines: Vec<&[u8]> = Vec::new();
    while let Some(line) = bytes.get(at..).filter(|rest| rest.starts_with(b"#")) {
        let end = line.iter().position(|byte| *byte == b'\n').map_or(line.len(), |end| end + 1);
        lines.push(&line[..end]);
        at += end;
    }
    let body = bytes.get(at..).unwrap_or_default();
    let Some((last, before)) = lines.split_last().filter(|_| !body.is_empty()) else { return bytes };
    let delimiter = delimiter(job, body);
    let mut first = ByteRecord::new();
    let is_read = reader(delimiter, body).read_byte_record(&mut first).unwrap_or(false);
    let has_number = first.iter().any(|cell| number(&String::from_utf8_lossy(cell)).is_some());
    let is_header = is_read && has_number && widths(delimiter, last).first() == Some(&first.len());
    let comments = if is_header { before } else { &lines };
    if let Some(first) = comments.first() {
        let count = comments.len();
        let words = String::from_utf8_lossy(first);
        let more = if count == 1 { String::new() } else { format!(" (and {} more)", count - 1) };
        remarks.push(SafeText::line_within(
            &format!("above the table stands a comment{more}: {}", words.trim()),
            CELL,
        ));
    }
    bytes.get(comments.iter().map(|line| line.len()).sum::<usize>()..).unwrap_or_default()
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

/// `12,5` as half of the world writes it.
fn with_comma(text: &str) -> Option<f64> {
    let (whole, part) = text.split_once(',')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let fits = digits(whole.trim_start_matches(['-', '+'])) && digits(part);
    fits.then(|| number(&format!("{whole}.{part}"))).flatten()
}

/// What separates the cells: a tab where the name says so, else what most rows have as many of as the first one, outside
/// of quotes; of equals what gives more cells.
fn delimiter(job: &Job, bytes: &[u8]) -> u8 {
    if job.extension() == "tsv" {
        return b'\t';
    }
    let fits = |sign: &u8| {
        let widths = widths(*sign, bytes);
        let first = widths.first().copied().unwrap_or(0);
        let alike = widths.iter().filter(|width| **width == first).count();
        (first > 1, alike * 100 / widths.len().max(1), first)
    };
    // Of what fits alike the last one wins.
    *[b'|', b';', b'\t', b','].iter().max_by_key(|sign| fits(sign)).unwrap_or(&b',')
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
    fn quotes_and_commas_in_numbers_do_not_mislead() {
        let (table, remarks) = read("a.csv", "\"a, x, y\";b\n\"1,5\";2\n-2,25;3,5\n", true);
        assert_eq!(table.columns.len(), 2);
        assert_eq!(table.columns[0].name.as_str(), "a, x, y");
        assert_eq!(table.columns[0].numbers.map(|numbers| (numbers.min, numbers.max)), Some((-2.25, 1.5)));
        assert_eq!(remarks, ["commas in numbers are read as decimal points"]);
        let (table, remarks) = read("a.csv", "name,note\nx,\"1,5\"\ny,\"2;5;7\"\n", true);
        assert_eq!((table.columns.len(), remarks.len()), (2, 0));
        assert!(table.columns[1].numbers.is_none(), "a comma separates here");
    }

    #[test]
    fn comments_above_a_table_are_told_and_no_header() {
        let (table, remarks) = read("a.csv", "# made by hand, 2026\n# units, K\na;b\n1;2\n", true);
        assert_eq!((table.columns[0].name.as_str(), table.total), ("a", Some(1)));
        assert_eq!(remarks, ["above the table stands a comment (and 1 more): # made by hand, 2026"]);
        // A header may begin so, too.
        let (table, remarks) = read("a.csv", "#id,T\n1,2\n", true);
        assert_eq!((table.columns[0].name.as_str(), table.total, remarks.len()), ("#id", Some(1), 0));
        let (table, remarks) = read("a.csv", "# by, me\nid,T\n1,2\n", true);
        assert_eq!((table.columns[0].name.as_str(), table.total, remarks.len()), ("id", Some(1), 1));
        let (table, _) = read("a.csv", "#only\n", true);
        assert_eq!(table.columns[0].name.as_str(), "#only");
    }

    #[test]
    fn text_of_old_machines_is_read_and_said() {
        let job = Job { name: "a.csv".into(), mime: None, whole: true, compared: false };
        let mut remarks = Vec::new();
        let table = table(&job, b"name;temp\xe9rature \x80\nF\xe9;1\n", &mut remarks).unwrap();
        assert_eq!(table.columns[1].name.as_str(), "température €");
        assert_eq!(table.rows[0][0], Some("Fé".into()));
        assert!(remarks[0].as_str().contains("Windows-1252"), "{remarks:?}");
        // One wrong byte among many right ones makes no text of old.
        let mut remarks = Vec::new();
        let table = super::table(&job, "é,ü,\u{1F600}\n1,2,".as_bytes(), &mut remarks).unwrap();
        assert_eq!((table.columns[0].name.as_str(), remarks.len()), ("é", 0));
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
