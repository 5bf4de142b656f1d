//! Between columns and domain types: JSON, and the word of a stage.

use rusqlite::Row;
use rusqlite::types::Type;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::domain::decision::{Stage, Subject};
use crate::domain::{EntryId, ItemId, SafeText};

/// A value as JSON text.
pub(super) fn to_json<T: Serialize>(value: &T) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}

/// A value from a column of JSON text.
pub(super) fn from_json<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let text = row.get_ref(column)?.as_str()?;
    serde_json::from_str(text)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error)))
}

/// Text from a column; it goes through the edge again, for somebody may have changed the file.
pub(super) fn text(row: &Row<'_>, column: usize) -> rusqlite::Result<SafeText> {
    Ok(SafeText::block(row.get_ref(column)?.as_str()?))
}

/// A subject as its letter and 16 bytes.
pub(super) fn subject_key(subject: Subject) -> [u8; 17] {
    let (letter, bytes) = match &subject {
        Subject::Entry(entry) => (b'e', *entry.bytes()),
        Subject::Item(item) => (b'i', *item.bytes()),
        Subject::Comment(entry) => (b'c', *entry.bytes()),
    };
    let mut key = [letter; 17];
    key[1..].copy_from_slice(&bytes);
    key
}

/// The subject of a key.
pub(super) fn subject_of(key: [u8; 17]) -> Option<Subject> {
    let (letter, bytes) = key.split_first()?;
    let bytes: [u8; 16] = bytes.try_into().ok()?;
    match letter {
        b'e' => Some(Subject::Entry(EntryId::from_bytes(bytes))),
        b'i' => Some(Subject::Item(ItemId::from_bytes(bytes))),
        b'c' => Some(Subject::Comment(EntryId::from_bytes(bytes))),
        _ => None,
    }
}

/// What a stage is called in the database.
pub(super) const fn stage_name(stage: &Stage) -> &'static str {
    match stage {
        Stage::Held { .. } => "held",
        Stage::Queued => "queued",
        Stage::Sending => "sending",
        Stage::Unknown { .. } => "unknown",
        Stage::Confirmed(_) => "confirmed",
        Stage::Refused { .. } => "refused",
        Stage::Conflict(_) => "conflict",
        Stage::Undone => "undone",
    }
}
