//! The tables of the state database, as numbered migrations.
//!
//! A migration that was released is never changed: a new version is a new entry at the end of [`MIGRATIONS`].
//! Ids are kept as their 16 bytes, times as milliseconds since 1970.

use rusqlite::{Connection, TransactionBehavior};

/// What makes version `n` (from 1) out of version `n - 1`.
const MIGRATIONS: &[&str] = &[V1];

/// Tells our databases from those of other programs: the letters `Qdsk`.
const APPLICATION: i32 = 0x5164_736B;

/// The bytes in front of a decision's JSON in the file, by which a damaged file is searched (see `rescue`). They hold
/// control characters, which no `SafeText` does: what a contributor wrote can't look like a decision.
pub(super) const DECISION_MARK: &[u8] = b"\x1eqd1\x1e";

const V1: &str = "
-- Decisions. Never deleted. `keeper`: the session that last moved it on; `subject`: one letter and 16 bytes.
-- `mark` stands right before `json`, so that a decision can be found in the raw bytes of a damaged file.
CREATE TABLE decisions (
  id BLOB NOT NULL PRIMARY KEY,
  session BLOB NOT NULL,
  keeper BLOB NOT NULL,
  quest BLOB NOT NULL,
  subject BLOB NOT NULL,
  stage_name TEXT NOT NULL,
  over INTEGER NOT NULL,
  made INTEGER NOT NULL,
  changed INTEGER NOT NULL,
  mark BLOB NOT NULL DEFAULT x'1e7164311e',
  json TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX one_open_decision ON decisions (subject) WHERE over = 0;
CREATE INDEX decisions_of_session ON decisions (session, made);
CREATE INDEX decisions_by_time ON decisions (made);

-- What happened to each decision, in order. Only ever added to.
CREATE TABLE steps (
  decision BLOB NOT NULL REFERENCES decisions (id),
  at INTEGER NOT NULL,
  \"from\" TEXT NOT NULL,
  \"to\" TEXT NOT NULL,
  words TEXT NOT NULL
) STRICT;
CREATE INDEX steps_of_decision ON steps (decision);
CREATE TRIGGER steps_stay BEFORE UPDATE ON steps BEGIN SELECT RAISE(ABORT, 'steps are never changed'); END;
CREATE TRIGGER steps_remain BEFORE DELETE ON steps BEGIN SELECT RAISE(ABORT, 'steps are never removed'); END;

CREATE TABLE drafts (entry BLOB NOT NULL PRIMARY KEY, changed INTEGER NOT NULL, note TEXT NOT NULL) STRICT;

-- Which of several running desks sends; nobody takes it yet.
CREATE TABLE lease (name TEXT NOT NULL PRIMARY KEY, holder BLOB NOT NULL, until INTEGER NOT NULL) STRICT, WITHOUT ROWID;

-- The cache. `gone`: no longer among the quests; its rows are being cleared away.
CREATE TABLE quests (
  id BLOB NOT NULL PRIMARY KEY, gone INTEGER NOT NULL DEFAULT 0, fresh INTEGER, json TEXT NOT NULL
) STRICT;
CREATE TABLE items (
  id BLOB NOT NULL PRIMARY KEY, quest BLOB NOT NULL, number INTEGER NOT NULL, json TEXT NOT NULL, brief TEXT NOT NULL
) STRICT;
CREATE INDEX items_of_quest ON items (quest, number);
CREATE TABLE people (id BLOB NOT NULL PRIMARY KEY, json TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE accepted (
  quest BLOB NOT NULL, item BLOB NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (quest, item)
) STRICT, WITHOUT ROWID;
CREATE TABLE entries (
  id BLOB NOT NULL PRIMARY KEY,
  quest BLOB NOT NULL,
  item BLOB,
  contributor BLOB NOT NULL,
  created INTEGER NOT NULL,
  updated INTEGER NOT NULL,
  score REAL,
  eval TEXT NOT NULL,
  status TEXT NOT NULL
) STRICT, WITHOUT ROWID;
-- Holds whole rows: the queue is read at every start, in this order.
CREATE INDEX pending_entries ON entries (created, id, quest, item, contributor, updated, score, eval)
  WHERE status = 'submitted';
CREATE INDEX entries_of_quest ON entries (quest, status);
CREATE TABLE bodies (
  entry BLOB NOT NULL PRIMARY KEY REFERENCES entries (id) ON DELETE CASCADE, json TEXT NOT NULL
) STRICT;
";

/// Whether a database can be used by this version of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fitness {
    /// It is, or was made to be, of our version.
    Ours,
    /// A newer program wrote it.
    Newer,
    /// It belongs to some other program.
    Foreign,
}

/// Brings a database to the newest version, each migration in a transaction of its own.
pub(super) fn migrate(connection: &mut Connection) -> rusqlite::Result<Fitness> {
    let version = version(connection)?;
    // A negative version is nobody's; like a newer one, it is not for us to touch.
    let Some(missing) = usize::try_from(version).ok().and_then(|version| MIGRATIONS.get(version..)) else {
        return Ok(Fitness::Newer);
    };
    if !is_ours(connection, version)? {
        return Ok(Fitness::Foreign);
    }
    for (number, migration) in (version + 1..).zip(missing) {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Exclusive)?;
        transaction.execute_batch(migration)?;
        transaction.pragma_update(None, "user_version", number)?;
        transaction.pragma_update(None, "application_id", APPLICATION)?;
        transaction.commit()?;
    }
    Ok(Fitness::Ours)
}

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

fn is_ours(connection: &Connection, version: i64) -> rusqlite::Result<bool> {
    if version == 0 {
        return connection.query_row("SELECT NOT EXISTS (SELECT 1 FROM sqlite_schema)", [], |row| row.get(0));
    }
    let application: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    Ok(application == APPLICATION)
}
