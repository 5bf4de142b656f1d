//! Assets, and what posts and datasets hold (contract, 3.7 and 4.1).

use serde_json::value::RawValue;

use super::page::rows;
use super::{Fields, as_text, as_word, time};
use crate::domain::{Access, Asset, SafeText, TextLimit};
use crate::ouro::OuroError;
use crate::ouro::answer::Envelope;
use crate::ouro::richtext;

/// Columns of a dataset that are read at most.
const COLUMNS: usize = 500;

/// The longest value of a cell that is kept, in bytes.
const CELL: TextLimit = TextLimit(400);

/// A dataset's column, as its schema names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnType {
    /// Its name.
    pub name: SafeText,
    /// Its type, in the database's words.
    pub kind: SafeText,
}

/// How large a dataset is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DatasetSize {
    /// Rows there are.
    pub count: Option<u64>,
    /// The count is an estimate.
    pub estimated: bool,
    /// Bytes it takes.
    pub bytes: Option<u64>,
}

/// A row of a dataset: names and values; `None` is null.
#[derive(Debug, Clone, PartialEq)]
pub struct DataRow(pub Vec<(SafeText, Option<Value>)>);

/// A value of a dataset.
#[derive(Debug, Clone, PartialEq)]
pub struct Value {
    /// As it is shown.
    pub text: SafeText,
    /// As a number, if it is one in JSON.
    pub number: Option<f64>,
}

/// One asset of any kind. None without an id.
pub(in crate::ouro) fn asset(fields: &Fields<'_>) -> Option<Asset> {
    let metadata = fields.object("metadata").unwrap_or_default();
    let mime = metadata.filled("mimeType").or_else(|| metadata.filled("type"));
    let name = fields.filled("name").or_else(|| metadata.filled("name")).unwrap_or_default();
    let extension = metadata.filled("extension").or_else(|| ending(&name).map(str::to_owned));
    let size =
        metadata.int("size").or_else(|| metadata.int("size_bytes")).or_else(|| fields.int("size_bytes"));
    let user = fields.object("user").unwrap_or_default();
    Some(Asset {
        id: fields.id("id")?,
        kind: SafeText::line(&fields.text("asset_type").unwrap_or_default()),
        name: SafeText::line(&name),
        owner: user.filled("username").or_else(|| user.filled("name")).map(|name| SafeText::line(&name)),
        access: Access::from_word(fields.word("visibility").as_deref()),
        size: size.and_then(|size| u64::try_from(size).ok()),
        mime: mime.filter(|mime| mime.contains('/')).map(|mime| SafeText::line(&mime)),
        extension: extension
            .map(|extension| SafeText::line(&extension.trim_start_matches('.').to_lowercase())),
        category: metadata.filled("file_type").map(|category| SafeText::line(&category)),
        unfinished: fields
            .word("state")
            .is_some_and(|state| matches!(state.as_str(), "queued" | "in-progress")),
        changed_at: time(fields, &["last_updated", "updated_at", "created_at"]),
    })
}

/// The ending of a file's name, if it looks like one.
fn ending(name: &str) -> Option<&str> {
    let (stem, ending) = name.rsplit_once('.')?;
    let fits = (1..=12).contains(&ending.len()) && ending.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (fits && !stem.is_empty()).then_some(ending)
}

/// A post's text, as markdown.
pub(in crate::ouro) fn post_text(fields: &Fields<'_>) -> SafeText {
    // What the text embeds is resolved beside it, under another name than in entries.
    let mut names = richtext::names(fields);
    for asset in fields.list("assets").unwrap_or_default().into_iter().filter_map(Fields::read).take(1_000) {
        names.add(&asset);
    }
    let content = fields.get("content").or_else(|| fields.get("preview"));
    content.map(|raw| richtext::markdown(raw, &names)).unwrap_or_default()
}

/// `GET /datasets/{id}/schema`: both spellings of its fields occur.
pub(in crate::ouro) fn schema(envelope: &Envelope<'_>) -> Result<Vec<ColumnType>, OuroError> {
    let column = |raw: &RawValue| {
        let fields = Fields::read(raw)?;
        let name = fields.filled("column_name").or_else(|| fields.filled("name"))?;
        let kind = fields.filled("data_type").or_else(|| fields.filled("type"));
        let semantic = fields.filled("semantic_type");
        let kind = match (kind, semantic) {
            (Some(kind), Some(semantic)) => format!("{kind} ({semantic})"),
            (kind, semantic) => kind.or(semantic).unwrap_or_default(),
        };
        Some(ColumnType { name: SafeText::line(&name), kind: SafeText::line(&kind) })
    };
    let (mut columns, _) = rows(envelope, column)?;
    columns.truncate(COLUMNS);
    Ok(columns)
}

/// `GET /datasets/{id}/stats`.
pub(in crate::ouro) fn dataset_size(fields: &Fields<'_>) -> DatasetSize {
    let count = |name: &str| fields.int(name).and_then(|count| u64::try_from(count).ok());
    DatasetSize {
        count: count("count"),
        estimated: fields.truth("is_estimate").unwrap_or(false),
        bytes: count("size_bytes"),
    }
}

/// One row of a dataset.
pub(in crate::ouro) fn data_row(raw: &RawValue) -> Option<DataRow> {
    let fields = Fields::read(raw)?;
    let cells = fields.all().take(COLUMNS).map(|(name, raw)| {
        let value = (raw.get() != "null").then(|| value(raw));
        (SafeText::line(name), value)
    });
    Some(DataRow(cells.collect()))
}

fn value(raw: &RawValue) -> Value {
    // Lists and objects are shown as they are written.
    let text = as_text(raw).or_else(|| as_word(raw)).unwrap_or_else(|| raw.get().to_owned());
    let is_number = raw.get().starts_with(|first: char| first == '-' || first.is_ascii_digit());
    Value {
        text: SafeText::line_within(&text, CELL),
        number: is_number.then(|| raw.get().parse().ok()).flatten().filter(|number: &f64| number.is_finite()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Asset {
        asset(&serde_json::from_str(json).unwrap()).unwrap()
    }

    const ID: &str = "0193b2aa-8888-7000-8000-000000000001";

    #[test]
    fn a_file_is_known_by_its_metadata() {
        let file = read(&format!(
            r#"{{"id": "{ID}", "asset_type": "file", "name": "run7.CSV", "visibility": "private", "state": "success",
                "metadata": {{"size": 1843, "type": "text/csv", "extension": ".CSV"}},
                "user": {{"user_id": "{ID}", "username": "maria"}}, "last_updated": "2026-11-20T08:14:02Z"}}"#
        ));
        assert_eq!((file.size, file.extension.unwrap().as_str()), (Some(1_843), "csv"));
        assert_eq!(file.owner.unwrap().as_str(), "maria");
        assert_eq!(file.access, Access::Private);
        assert!(!file.unfinished && file.changed_at.millis() > 0);
    }

    #[test]
    fn what_is_missing_costs_nothing_else() {
        let file = read(&format!(
            r#"{{"id": "{ID}", "name": "a.b/c.tar", "metadata": {{"type": "in-progress"}}, "state": "in-progress"}}"#
        ));
        assert_eq!((file.mime, file.size, file.unfinished), (None, None, true));
        assert_eq!(file.extension.unwrap().as_str(), "tar");
        assert!(asset(&serde_json::from_str(r#"{"name": "x"}"#).unwrap()).is_none());
    }

    #[test]
    fn rows_keep_nulls_numbers_and_nested_values() {
        let raw: &RawValue =
            serde_json::from_str(r#"{"run": 7, "sigma": null, "note": "a\tb", "cell": {"a": [1]}}"#).unwrap();
        let DataRow(cells) = data_row(raw).unwrap();
        let shown: Vec<_> =
            cells.iter().map(|(_, value)| value.as_ref().map(|value| value.text.as_str())).collect();
        assert_eq!(shown, [Some("7"), None, Some("a b"), Some(r#"{"a": [1]}"#)]);
        assert_eq!(cells[0].1.as_ref().unwrap().number, Some(7.0));
    }
}
