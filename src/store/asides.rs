//! Entries that were put aside: kept until they are brought back or decided. They are ours alone, no cache.

use rusqlite::{Connection, params};

use super::columns::{from_json, to_json};
use crate::domain::{Aside, EntryId};

/// Puts an entry aside, or aside anew.
pub(super) fn put(db: &Connection, aside: &Aside) -> rusqlite::Result<()> {
    db.prepare_cached("INSERT OR REPLACE INTO asides (entry, at, json) VALUES (?, ?, ?)")?
        .execute(params![aside.entry.bytes(), aside.at.millis(), to_json(aside)?])?;
    Ok(())
}

/// Brings an entry back.
pub(super) fn drop(db: &Connection, entry: EntryId) -> rusqlite::Result<()> {
    db.prepare_cached("DELETE FROM asides WHERE entry = ?")?.execute([entry.bytes()])?;
    Ok(())
}

/// All of them, in the order they were put aside.
pub(super) fn all(db: &Connection) -> rusqlite::Result<Vec<Aside>> {
    db.prepare_cached("SELECT json FROM asides ORDER BY at, entry")?
        .query_map([], |row| from_json(row, 0))?
        .collect()
}
