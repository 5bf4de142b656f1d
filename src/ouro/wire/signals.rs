//! `judge_signals`: facts that the backend computed at submission. No source shows their shape (contract, U11), so
//! any JSON is laid out as rows of group, name and value, bounded in depth and number.

use serde_json::value::RawValue;

use super::{Fields, as_list, as_word};
use crate::domain::SafeText;

/// At most so many rows.
const ROWS: usize = 200;

/// What lies deeper is shown as it is written, cut short.
const DEPTH: usize = 6;

/// How much of a JSON text is shown, in characters.
const EXCERPT: usize = 120;

/// A signal: group, name, value.
type Row = (SafeText, SafeText, SafeText);

/// Any JSON as rows. The top level's names are the groups; deeper names are joined with dots.
pub(super) fn flattened(raw: &RawValue) -> Vec<Row> {
    let mut rows = Vec::new();
    match Fields::read(raw) {
        Some(fields) => {
            for (group, raw) in fields.iter() {
                lay_out(group, &mut String::new(), raw, 1, &mut rows);
            }
        }
        None => lay_out("", &mut String::new(), raw, 0, &mut rows),
    }
    rows
}

fn lay_out(group: &str, name: &mut String, raw: &RawValue, depth: usize, rows: &mut Vec<Row>) {
    if rows.len() >= ROWS {
        return;
    }
    if depth < DEPTH
        && let Some(fields) = Fields::read(raw)
    {
        for (key, raw) in fields.iter() {
            below(group, name, key, raw, depth, rows);
        }
    } else if let Some(list) = as_list(raw).filter(|_| depth < DEPTH) {
        let words: Option<Vec<String>> = list.iter().map(|raw| as_word(raw)).collect();
        if let Some(words) = words {
            push(rows, group, name, &excerpt(&words.join(", ")));
            return;
        }
        for (place, raw) in list.into_iter().enumerate().take(ROWS) {
            below(group, name, &(place + 1).to_string(), raw, depth, rows);
        }
    } else {
        let value = as_word(raw).unwrap_or_else(|| excerpt(raw.get()));
        push(rows, group, name, &value);
    }
}

/// One level deeper, under `key`.
fn below(group: &str, name: &mut String, key: &str, raw: &RawValue, depth: usize, rows: &mut Vec<Row>) {
    let length = name.len();
    if !name.is_empty() {
        name.push('.');
    }
    name.extend(key.chars().take(EXCERPT));
    lay_out(group, name, raw, depth + 1, rows);
    name.truncate(length);
}

fn push(rows: &mut Vec<Row>, group: &str, name: &str, value: &str) {
    if rows.len() < ROWS {
        rows.push((SafeText::line(group), SafeText::line(name), SafeText::line(value)));
    }
}

/// The beginning of a text, with a mark where it was cut.
pub(super) fn excerpt(text: &str) -> String {
    match text.char_indices().nth(EXCERPT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(json: &str) -> Vec<(String, String, String)> {
        let raw: &RawValue = serde_json::from_str(json).unwrap();
        let text = |text: SafeText| text.as_str().to_owned();
        flattened(raw)
            .into_iter()
            .map(|(group, name, value)| (text(group), text(name), text(value)))
            .collect()
    }

    fn row(group: &str, name: &str, value: &str) -> (String, String, String) {
        (group.to_owned(), name.to_owned(), value.to_owned())
    }

    #[test]
    fn any_json_becomes_rows_in_its_own_order() {
        let json = r#"{"run": {"size_bytes": 1843, "ok": true, "units": ["K", "T"], "cell": {"a": 1.50}},
            "note": "fine", "parts": [{"n": 1}, 2], "none": null}"#;
        assert_eq!(
            rows(json),
            [
                row("run", "size_bytes", "1843"),
                row("run", "ok", "true"),
                row("run", "units", "K, T"),
                row("run", "cell.a", "1.50"),
                row("note", "", "fine"),
                row("parts", "1.n", "1"),
                row("parts", "2", "2"),
            ]
        );
        assert_eq!(rows("7"), [row("", "", "7")]);
    }

    #[test]
    fn depth_and_number_are_bounded() {
        let deep = format!(r#"{{"d": {}1{}}}"#, r#"{"x":"#.repeat(5_000), "}".repeat(5_000));
        assert_eq!(rows(&deep).len(), 1);
        let wide = format!(r#"{{"w": [{}0]}}"#, r#"{"a":1},"#.repeat(5_000));
        assert_eq!(rows(&wide).len(), ROWS);
    }
}
