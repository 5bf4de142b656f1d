//! Entries that were opened, in the version that was on the screen: so that a sheet knows what was never looked at,
//! also after a restart.

use rusqlite::{Connection, params};

use crate::domain::{EntryId, Timestamp, Version};

/// How many are kept: the ones opened last.
const KEPT: u32 = 20_000;

/// Keeps entries as opened.
pub(super) fn put(db: &Connection, opened: &[(EntryId, Version)], now: Timestamp) -> rusqlite::Result<()> {
    let mut put = db.prepare_cached("INSERT OR REPLACE INTO opened (entry, version, at) VALUES (?, ?, ?)")?;
    for (entry, version) in opened {
        put.execute(params![entry.bytes(), version.updated_at.millis(), now.millis()])?;
    }
    Ok(())
}

/// The ones opened last.
pub(super) fn all(db: &Connection) -> rusqlite::Result<Vec<(EntryId, Version)>> {
    db.prepare_cached("SELECT entry, version FROM opened ORDER BY at DESC LIMIT ?")?
        .query_map([KEPT], |row| {
            let version = Version { updated_at: Timestamp::from_millis(row.get(1)?) };
            Ok((EntryId::from_bytes(row.get(0)?), version))
        })?
        .collect()
}

/// Forgets the ones that were opened longest ago.
pub(super) fn clear_away(db: &Connection) -> rusqlite::Result<()> {
    db.execute(
        "DELETE FROM opened WHERE entry IN (SELECT entry FROM opened ORDER BY at DESC LIMIT -1 OFFSET ?)",
        [KEPT],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_version_counts_and_the_oldest_ones_are_forgotten() {
        let db = Connection::open_in_memory().unwrap();
        db.execute_batch(super::super::schema::OPENED).unwrap();
        let entry = |n: u32| {
            let mut bytes = [0; 16];
            bytes[..4].copy_from_slice(&n.to_be_bytes());
            EntryId::from_bytes(bytes)
        };
        let version = |n| Version { updated_at: Timestamp::from_millis(n) };
        for n in 0..KEPT + 5 {
            put(&db, &[(entry(n), version(1))], Timestamp::from_millis(n.into())).unwrap();
        }
        put(&db, &[(entry(KEPT), version(2))], Timestamp::from_millis(i64::from(KEPT) + 9)).unwrap();
        clear_away(&db).unwrap();
        let kept = all(&db).unwrap();
        assert_eq!((kept.len(), kept[0]), (KEPT as usize, (entry(KEPT), version(2))));
        assert!(!kept.iter().any(|(id, _)| *id == entry(4)));
    }
}
