//! The tables of the state database, as numbered migrations.
//!
//! A migration that was released is never changed: a new version is a new entry at the end of [`MIGRATIONS`].
//! Ids are kept as their 16 bytes, times as milliseconds since 1970.

use rusqlite::{Connection, TransactionBehavior};

/// What makes version `n` (from 1) out of version `n - 1`.
const MIGRATIONS: &[&str] = &[V1, V2, V3, OPENED];

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

const V2: &str = "
-- What tells entries of a quest that are alike, and the reviews they got, without reading their bodies (cache).
-- `words` and `b0` to `b5` hold the quest too: equal numbers are of one quest. Null: too little text to be alike.
CREATE TABLE traits (
  entry BLOB NOT NULL PRIMARY KEY REFERENCES entries (id) ON DELETE CASCADE,
  words INTEGER, b0 INTEGER, b1 INTEGER, b2 INTEGER, b3 INTEGER, b4 INTEGER, b5 INTEGER, shape BLOB,
  reviewer BLOB, decided INTEGER, note TEXT
) STRICT;
CREATE INDEX traits_words ON traits (words) WHERE words IS NOT NULL;
CREATE INDEX traits_b0 ON traits (b0) WHERE b0 IS NOT NULL;
CREATE INDEX traits_b1 ON traits (b1) WHERE b1 IS NOT NULL;
CREATE INDEX traits_b2 ON traits (b2) WHERE b2 IS NOT NULL;
CREATE INDEX traits_b3 ON traits (b3) WHERE b3 IS NOT NULL;
CREATE INDEX traits_b4 ON traits (b4) WHERE b4 IS NOT NULL;
CREATE INDEX traits_b5 ON traits (b5) WHERE b5 IS NOT NULL;

-- Which assets an entry submitted, under whatever key (cache).
CREATE TABLE submitted (
  asset BLOB NOT NULL, entry BLOB NOT NULL REFERENCES entries (id) ON DELETE CASCADE, PRIMARY KEY (asset, entry)
) STRICT, WITHOUT ROWID;
CREATE INDEX submitted_of_entry ON submitted (entry);

CREATE INDEX entries_of_contributor ON entries (contributor, quest, status, updated, item, created);
CREATE INDEX scores_of_item ON entries (item, score, status, created) WHERE score IS NOT NULL;

-- When the lists of a quest's decided entries were last read to their end.
ALTER TABLE quests ADD COLUMN accepted_read INTEGER;
ALTER TABLE quests ADD COLUMN rejected_read INTEGER;
";

const V3: &str = "
-- Entries that were put aside; `at`: when.
CREATE TABLE asides (entry BLOB NOT NULL PRIMARY KEY, at INTEGER NOT NULL, json TEXT NOT NULL) STRICT, WITHOUT ROWID;
-- Drafts on items too: one letter and 16 bytes, as in decisions.
ALTER TABLE drafts RENAME COLUMN entry TO subject;
UPDATE drafts SET subject = CAST(x'65' || subject AS BLOB);
";

/// V4.
pub(super) const OPENED: &str = "
-- Entries whose header was on the screen, in which version; `at`: when last.
CREATE TABLE opened (
  entry BLOB NOT NULL PRIMARY KEY, version INTEGER NOT NULL, at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX opened_by_time ON opened (at);
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

/// Whether a database can be used, perhaps after a migration.
pub(super) fn fitness(connection: &Connection) -> rusqlite::Result<Fitness> {
    let version = version(connection)?;
    Ok(match missing(version) {
        None => Fitness::Newer,
        Some(_) if is_ours(connection, version)? => Fitness::Ours,
        Some(_) => Fitness::Foreign,
    })
}

/// The migrations that a database of this version has not had. `None`: a newer version, or a negative one, which is
/// nobody's; neither is for us to touch.
fn missing(version: i64) -> Option<&'static [&'static str]> {
    usize::try_from(version).ok().and_then(|version| MIGRATIONS.get(version..))
}

/// Brings a database to the newest version, each migration in a transaction of its own.
pub(super) fn migrate(connection: &mut Connection) -> rusqlite::Result<Fitness> {
    let fitness = fitness(connection)?;
    let version = version(connection)?;
    let Some(missing) = missing(version).filter(|_| fitness == Fitness::Ours) else {
        return Ok(fitness);
    };
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The newest version.
    fn newest() -> i64 {
        i64::try_from(MIGRATIONS.len()).unwrap()
    }

    fn made(version: usize) -> Connection {
        let db = Connection::open_in_memory().unwrap();
        for migration in &MIGRATIONS[..version] {
            db.execute_batch(migration).unwrap();
        }
        db.pragma_update(None, "user_version", i64::try_from(version).unwrap()).unwrap();
        if version > 0 {
            db.pragma_update(None, "application_id", APPLICATION).unwrap();
        }
        db
    }

    /// What a version keeps that every later one must still have: one row in each table that is not a cache.
    fn sample(db: &Connection, version: usize) {
        if version >= 1 {
            db.execute_batch(
                "INSERT INTO decisions (id, session, keeper, quest, subject, stage_name, over, made, changed, json)
                 VALUES (x'01', x'02', x'02', x'03', x'04', 'held', 0, 1, 2, '{}');
                 INSERT INTO steps VALUES (x'01', 1, '', 'held', '');",
            )
            .unwrap();
            let subject = if version >= 3 { "x'6505'" } else { "x'05'" };
            db.execute(&format!("INSERT INTO drafts VALUES ({subject}, 1, 'a draft')"), []).unwrap();
        }
        if version >= 3 {
            db.execute("INSERT INTO asides VALUES (x'05', 7, '{}')", []).unwrap();
        }
    }

    fn tables(db: &Connection) -> Vec<(String, Option<String>)> {
        let mut all = db.prepare("SELECT name, sql FROM sqlite_schema ORDER BY name").unwrap();
        all.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().collect::<Result<_, _>>().unwrap()
    }

    #[test]
    fn every_older_version_becomes_the_newest_and_keeps_what_it_held() {
        let mut fresh = made(0);
        assert_eq!(migrate(&mut fresh).unwrap(), Fitness::Ours);
        for version in 0..=MIGRATIONS.len() {
            let mut db = made(version);
            sample(&db, version);
            assert_eq!(migrate(&mut db).unwrap(), Fitness::Ours, "from {version}");
            assert_eq!(migrate(&mut db).unwrap(), Fitness::Ours, "twice from {version}");
            assert_eq!(super::version(&db).unwrap(), newest());
            assert_eq!(tables(&db), tables(&fresh), "from {version}");
            if version > 0 {
                let kept: (String, String) = db
                    .query_row(
                        "SELECT stage_name, note FROM decisions, drafts WHERE drafts.subject = x'6505'",
                        [],
                        |row| Ok((row.get(0)?, row.get(1)?)),
                    )
                    .unwrap();
                assert_eq!(kept, ("held".to_owned(), "a draft".to_owned()), "from {version}");
            }
            if version > 2 {
                let aside: i64 = db.query_row("SELECT at FROM asides", [], |row| row.get(0)).unwrap();
                assert_eq!(aside, 7);
            }
        }
    }

    #[test]
    fn newer_and_foreign_databases_are_told_apart() {
        let mut newer = made(MIGRATIONS.len());
        newer.pragma_update(None, "user_version", newest() + 1).unwrap();
        assert_eq!(migrate(&mut newer).unwrap(), Fitness::Newer);
        newer.pragma_update(None, "user_version", -1).unwrap();
        assert_eq!(migrate(&mut newer).unwrap(), Fitness::Newer);
        let mut foreign = made(MIGRATIONS.len());
        foreign.pragma_update(None, "application_id", 7).unwrap();
        assert_eq!(migrate(&mut foreign).unwrap(), Fitness::Foreign);
        let mut unversioned = made(0);
        unversioned.execute_batch("CREATE TABLE recipes (name)").unwrap();
        assert_eq!(migrate(&mut unversioned).unwrap(), Fitness::Foreign);
    }

    #[test]
    fn the_mark_in_front_of_a_decision_is_the_one_that_is_searched_for() {
        let db = made(MIGRATIONS.len());
        sample(&db, 1);
        let mark: Vec<u8> = db.query_row("SELECT mark FROM decisions", [], |row| row.get(0)).unwrap();
        assert_eq!(mark, DECISION_MARK);
    }

    #[test]
    fn the_trail_is_only_ever_added_to() {
        let db = made(MIGRATIONS.len());
        sample(&db, 1);
        for sql in ["DELETE FROM steps", "UPDATE steps SET at = 9"] {
            assert!(db.execute(sql, []).unwrap_err().to_string().contains("never"), "{sql}");
        }
    }
}
