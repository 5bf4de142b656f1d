//! Notes that were begun on entries and items, and comments, kept until they are sent or thrown away.

use rusqlite::{Connection, OptionalExtension, params};

use super::columns::{subject_key, text};
use crate::domain::decision::Subject;
use crate::domain::{SafeText, Timestamp};

/// Keeps a draft in the place of an earlier one.
pub(super) fn save(
    db: &Connection,
    subject: Subject,
    note: &SafeText,
    now: Timestamp,
) -> rusqlite::Result<()> {
    db.prepare_cached("INSERT OR REPLACE INTO drafts (subject, changed, note) VALUES (?, ?, ?)")?
        .execute(params![subject_key(subject), now.millis(), note.as_str()])?;
    Ok(())
}

/// Throws a draft away.
pub(super) fn drop(db: &Connection, subject: Subject) -> rusqlite::Result<()> {
    db.prepare_cached("DELETE FROM drafts WHERE subject = ?")?.execute([subject_key(subject)])?;
    Ok(())
}

/// The draft on an entry or item.
pub(super) fn load(db: &Connection, subject: Subject) -> rusqlite::Result<Option<SafeText>> {
    db.prepare_cached("SELECT note FROM drafts WHERE subject = ?")?
        .query_row([subject_key(subject)], |row| text(row, 0))
        .optional()
}
