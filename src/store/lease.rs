//! Which of several desks on one database sends.
//!
//! One of them holds the lease and hands decisions out for sending, whoever made them; the others' senders rest. The
//! lease is asked for in the very transaction that hands a decision out, so two desks can never both do it. It ends
//! when its holder ends (the system lets go of that one's lock at once), or when the holder has not renewed it for so
//! long that it must be standing still: stopped by `Ctrl-z`, or on a machine that sleeps. It is written in the machine's
//! time of day, the one time that all desks have in common; one that is set takes the lease away once, and costs nothing:
//! whoever has it asks for it again in each transaction.

use rusqlite::{Connection, OptionalExtension, params};

use crate::domain::{SessionId, Timestamp};

/// How long the lease lasts without being renewed, in milliseconds.
const LASTS: i64 = 6_000;

/// A lease that is older than this is renewed, in milliseconds.
const RENEWED_AFTER: i64 = 2_000;

/// The lease's name in its table.
const SENDING: &str = "sending";

/// Takes the lease, or renews it, if it is ours or nobody's; says whether it is ours now.
pub(super) fn hold(
    db: &Connection,
    ours: SessionId,
    is_alive: impl FnOnce(SessionId) -> bool,
    now: Timestamp,
) -> rusqlite::Result<bool> {
    if !is_free(db, ours, is_alive, now)? {
        return Ok(false);
    }
    db.prepare_cached(
        "INSERT INTO lease (name, holder, until) VALUES (?1, ?2, ?3)
         ON CONFLICT (name) DO UPDATE SET holder = ?2, until = ?3 WHERE holder <> ?2 OR until < ?4 OR until > ?3",
    )?
    .execute(params![SENDING, ours.bytes(), now.millis() + LASTS, now.millis() + LASTS - RENEWED_AFTER])?;
    Ok(true)
}

/// Whether it could be taken or is ours already.
pub(super) fn is_free(
    db: &Connection,
    ours: SessionId,
    is_alive: impl FnOnce(SessionId) -> bool,
    now: Timestamp,
) -> rusqlite::Result<bool> {
    let held = db
        .prepare_cached("SELECT holder, until FROM lease WHERE name = ?")?
        .query_row([SENDING], |row| Ok((SessionId::from_bytes(row.get(0)?), row.get::<_, i64>(1)?)))
        .optional()?;
    Ok(held.is_none_or(|(holder, until)| {
        // A time further ahead than any lease was written by a clock that has been set back since.
        let runs = (now.millis()..=now.millis() + LASTS).contains(&until);
        holder == ours || !runs || !is_alive(holder)
    }))
}

/// Whether it is ours and will have to be renewed soon.
pub(super) fn ages(db: &Connection, ours: SessionId, now: Timestamp) -> rusqlite::Result<bool> {
    let until: Option<i64> = db
        .prepare_cached("SELECT until FROM lease WHERE name = ? AND holder = ?")?
        .query_row(params![SENDING, ours.bytes()], |row| row.get(0))
        .optional()?;
    Ok(until.is_none_or(|until| until < now.millis() + LASTS - RENEWED_AFTER))
}

/// Who holds it, or held it last.
pub(super) fn holder(db: &Connection) -> rusqlite::Result<Option<SessionId>> {
    db.prepare_cached("SELECT holder FROM lease WHERE name = ?")?
        .query_row([SENDING], |row| Ok(SessionId::from_bytes(row.get(0)?)))
        .optional()
}

/// Gives it back, if it is ours.
pub(super) fn give_back(db: &Connection, ours: SessionId) -> rusqlite::Result<()> {
    db.prepare_cached("DELETE FROM lease WHERE name = ? AND holder = ?")?
        .execute(params![SENDING, ours.bytes()])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn db() -> Connection {
        let db = Connection::open_in_memory().unwrap();
        db.execute_batch(
            "CREATE TABLE lease (name TEXT NOT NULL PRIMARY KEY, holder BLOB NOT NULL, until INTEGER NOT NULL)
             STRICT, WITHOUT ROWID",
        )
        .unwrap();
        db
    }

    const fn id(n: u8) -> SessionId {
        SessionId::from_bytes([n; 16])
    }

    const fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn one_holds_it_until_it_dies_or_stands_still() {
        let db = db();
        let alive = |_| true;
        assert!(hold(&db, id(1), alive, at(0)).unwrap());
        assert!(!hold(&db, id(2), alive, at(5_999)).unwrap());
        assert!(hold(&db, id(1), alive, at(5_999)).unwrap(), "renewed");
        assert!(!hold(&db, id(2), alive, at(11_999)).unwrap());
        assert!(hold(&db, id(2), |_| false, at(11_999)).unwrap(), "its holder is dead");
        assert!(!hold(&db, id(1), alive, at(12_000)).unwrap());
        assert!(hold(&db, id(1), alive, at(18_000)).unwrap(), "its holder stands still");
        give_back(&db, id(2)).unwrap();
        assert!(!hold(&db, id(2), alive, at(18_001)).unwrap(), "it was not that one's to give back");
        give_back(&db, id(1)).unwrap();
        assert!(hold(&db, id(2), alive, at(18_001)).unwrap());
    }

    #[test]
    fn a_clock_that_was_set_back_does_not_keep_it_for_ever() {
        let db = db();
        assert!(hold(&db, id(1), |_| true, at(1_000_000)).unwrap());
        assert!(hold(&db, id(2), |_| true, at(5)).unwrap());
        assert!(hold(&db, id(2), |_| true, at(5)).unwrap());
        assert!(!ages(&db, id(2), at(2_000)).unwrap());
        assert!(ages(&db, id(2), at(2_100)).unwrap() && ages(&db, id(1), at(5)).unwrap());
    }

    #[test]
    fn a_clock_that_is_set_takes_it_away_at_most_once() {
        const HOUR: i64 = 3_600_000;
        for leap in [HOUR, -HOUR, 3 * 365 * 24 * HOUR, -3 * 365 * 24 * HOUR] {
            let db = db();
            let alive = |_| true;
            let start = 4 * 365 * 24 * HOUR;
            assert!(hold(&db, id(1), alive, at(start)).unwrap());
            let later = start + leap;
            assert!(hold(&db, id(1), alive, at(later)).unwrap(), "its holder goes on");
            assert!(!hold(&db, id(2), alive, at(later + 1)).unwrap());
            assert!(!hold(&db, id(2), alive, at(later + LASTS)).unwrap());
            assert!(hold(&db, id(2), alive, at(later + LASTS + 1)).unwrap(), "nobody keeps it for hours");
            assert!(!hold(&db, id(1), alive, at(later + LASTS + 2)).unwrap());
        }
    }

    #[test]
    fn it_is_written_only_when_it_changes() {
        let db = db();
        let changes = |millis| {
            let before = db.total_changes();
            assert!(hold(&db, id(1), |_| true, at(millis)).unwrap());
            db.total_changes() - before
        };
        assert_eq!(
            [changes(0), changes(500), changes(1_999), changes(2_001), changes(2_002)],
            [1, 0, 0, 1, 0]
        );
    }
}
