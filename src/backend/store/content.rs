//! What is inside assets: the bytes of files, the rows of datasets.

use rusqlite::{Connection, params};

use super::{all, one, run};
use crate::backend::ids::Id;

/// A file's bytes.
#[derive(Debug, Clone)]
pub(crate) struct Blob {
    pub(crate) name: String,
    pub(crate) mime: String,
    pub(crate) owner: Id,
    pub(crate) bytes: Vec<u8>,
}

/// Keeps a file's bytes.
pub(crate) fn insert_blob(db: &Connection, id: Id, blob: &Blob) -> rusqlite::Result<()> {
    let sql = "INSERT OR REPLACE INTO blobs (id, name, mime, owner, bytes) VALUES (?1, ?2, ?3, ?4, ?5)";
    run(db, sql, params![id, blob.name, blob.mime, blob.owner, blob.bytes]).map(|_| ())
}

/// A file's bytes.
pub(crate) fn blob(db: &Connection, id: Id) -> rusqlite::Result<Option<Blob>> {
    one(db, "SELECT name, mime, owner, bytes FROM blobs WHERE id = ?1", [id], |row| {
        Ok(Blob { name: row.get(0)?, mime: row.get(1)?, owner: row.get(2)?, bytes: row.get(3)? })
    })
}

/// Adds rows to a dataset, after those it has. Each row is a JSON object as text.
pub(crate) fn append_rows(db: &Connection, dataset: Id, rows: &[String]) -> rusqlite::Result<()> {
    let next = row_count(db, dataset)?;
    let sql = "INSERT INTO dataset_rows (dataset, position, row) VALUES (?1, ?2, ?3)";
    let mut statement = db.prepare_cached(sql)?;
    for (position, row) in (next..).zip(rows) {
        statement.execute(params![dataset, position, row])?;
    }
    Ok(())
}

/// Takes all rows out of a dataset.
pub(crate) fn clear_rows(db: &Connection, dataset: Id) -> rusqlite::Result<()> {
    run(db, "DELETE FROM dataset_rows WHERE dataset = ?1", [dataset]).map(|_| ())
}

/// How many rows a dataset has. Rows are never taken out one by one, so the highest place says it.
pub(crate) fn row_count(db: &Connection, dataset: Id) -> rusqlite::Result<i64> {
    let sql = "SELECT ifnull(max(position) + 1, 0) FROM dataset_rows WHERE dataset = ?1";
    one(db, sql, [dataset], |row| row.get(0)).map(Option::unwrap_or_default)
}

/// A page of a dataset's rows, as JSON text.
pub(crate) fn rows(db: &Connection, dataset: Id, limit: i64, offset: i64) -> rusqlite::Result<Vec<String>> {
    let sql = "SELECT row FROM dataset_rows WHERE dataset = ?1 AND position >= ?3 ORDER BY position LIMIT ?2";
    all(db, sql, params![dataset, limit, offset], |row| row.get(0))
}
