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

/// A place reserved for bytes that are still to come.
#[derive(Debug, Clone)]
pub(crate) struct Upload {
    pub(crate) owner: Id,
    pub(crate) name: String,
    pub(crate) mime: String,
    pub(crate) visibility: Option<String>,
}

/// Reserves a place.
pub(crate) fn reserve_upload(db: &Connection, id: Id, upload: &Upload) -> rusqlite::Result<()> {
    let sql = "INSERT INTO uploads (id, owner, name, mime, visibility) VALUES (?1, ?2, ?3, ?4, ?5)";
    run(db, sql, params![id, upload.owner, upload.name, upload.mime, upload.visibility]).map(|_| ())
}

/// A reserved place.
pub(crate) fn upload(db: &Connection, id: Id) -> rusqlite::Result<Option<Upload>> {
    one(db, "SELECT owner, name, mime, visibility FROM uploads WHERE id = ?1", [id], |row| {
        Ok(Upload { owner: row.get(0)?, name: row.get(1)?, mime: row.get(2)?, visibility: row.get(3)? })
    })
}

/// Takes an upload of somebody's back, with its bytes; whether there was one.
pub(crate) fn discard_upload(db: &Connection, id: Id, owner: Id) -> rusqlite::Result<bool> {
    let reserved = run(db, "DELETE FROM uploads WHERE id = ?1 AND owner = ?2", params![id, owner])?;
    let bytes = run(db, "DELETE FROM blobs WHERE id = ?1 AND owner = ?2", params![id, owner])?;
    Ok(reserved + bytes > 0)
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

/// Writes a row in place of another.
pub(crate) fn replace_row(db: &Connection, dataset: Id, position: i64, row: &str) -> rusqlite::Result<()> {
    let sql = "UPDATE dataset_rows SET row = ?3 WHERE dataset = ?1 AND position = ?2";
    run(db, sql, params![dataset, position, row]).map(|_| ())
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
