//! One connection to the database file, and transactions on it. Knows nothing of what is kept there.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use super::StoreError;
use super::schema::{self, Fitness};

/// How long a statement waits for another desk on the same file.
const BUSY_FOR: Duration = Duration::from_secs(5);

/// After so many transactions without a checkpoint, one is made when nothing else is to be done.
const CHECKPOINT_AFTER: u32 = 256;

/// How much a transaction may lose when the power fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    /// Nothing: it is on the disk before it counts as done.
    Synced,
    /// The last few: it can be fetched again.
    Cached,
}

/// Why a database file can't be used as it is.
#[derive(Debug)]
pub(super) enum Unfit {
    /// It must make way: damaged, newer, or not ours. In words that follow the file's name.
    SetAside(String),
    /// Something else is in the way; the file may be fine.
    Failed(StoreError),
}

/// The open database.
pub(super) struct Db {
    connection: Connection,
    file: PathBuf,
    keep: Option<Keep>,
    unchecked: u32,
    /// Which file on the disk was opened.
    node: Option<(u64, u64)>,
}

impl Db {
    /// Opens the file, or makes it, and brings it to our version.
    pub(super) fn open(file: &Path) -> Result<Self, Unfit> {
        let unfit = |error: &rusqlite::Error| match StoreError::of(file, error) {
            StoreError::Damaged { cause, .. } => Unfit::SetAside(format!("is damaged ({cause})")),
            other => Unfit::Failed(other),
        };
        let mut connection = connect(file).map_err(|error| unfit(&error))?;
        match schema::migrate(&mut connection).map_err(|error| unfit(&error))? {
            Fitness::Ours => {
                Ok(Self { connection, file: file.to_owned(), keep: None, unchecked: 0, node: node(file) })
            }
            Fitness::Newer => Err(Unfit::SetAside("was written by a newer version of questdesk".to_owned())),
            Fitness::Foreign => Err(Unfit::SetAside("belongs to another program".to_owned())),
        }
    }

    /// The database file.
    pub(super) fn file(&self) -> &Path {
        &self.file
    }

    /// The folder that it lies in.
    pub(super) fn folder(&self) -> &Path {
        self.file.parent().unwrap_or(Path::new("."))
    }

    /// What an error means to the user.
    pub(super) fn error(&self, error: &rusqlite::Error) -> StoreError {
        StoreError::of(&self.file, error)
    }

    /// Does work in one transaction: all of it is kept, or nothing.
    pub(super) fn write<T>(
        &mut self,
        keep: Keep,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        if keep == Keep::Synced {
            self.stay_in_place()?;
        }
        self.set(keep)?;
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let done = work(&transaction)?;
        transaction.commit()?;
        self.unchecked += 1;
        Ok(done)
    }

    /// A file that was deleted under the desk still takes what is written, and loses it with the desk: it is put back
    /// where it was, with all that is in it. Another file in its place is not ours to write over.
    pub(super) fn stay_in_place(&mut self) -> rusqlite::Result<()> {
        if node(&self.file) == self.node {
            return Ok(());
        }
        tracing::error!("the state database was taken away while it was in use");
        self.put_back().map_err(|error| {
            tracing::error!(%error, "it could not be put back");
            rusqlite::Error::InvalidPath(self.file.clone())
        })
    }

    fn put_back(&mut self) -> io::Result<()> {
        let copy = self.beside(".again");
        let _ = fs::remove_file(&copy);
        let into = copy.to_str().ok_or(io::ErrorKind::InvalidFilename)?;
        self.connection.execute("VACUUM INTO ?", [into]).map_err(io::Error::other)?;
        fs::set_permissions(&copy, fs::Permissions::from_mode(0o600))?;
        fs::File::open(&copy)?.sync_all()?;
        // Unlike renaming it, this never takes the place of a file that is there.
        let placed = fs::hard_link(&copy, &self.file);
        let _ = fs::remove_file(&copy);
        placed?;
        // The log of the old file knows nothing of the new one.
        for of_the_old in ["-wal", "-shm"] {
            let _ = fs::remove_file(self.beside(of_the_old));
        }
        fs::File::open(self.folder())?.sync_all()?;
        self.connection = connect(&self.file).map_err(io::Error::other)?;
        self.keep = None;
        self.node = node(&self.file);
        Ok(())
    }

    /// The file's name with something behind it.
    fn beside(&self, suffix: &str) -> PathBuf {
        let mut name = self.file.clone().into_os_string();
        name.push(suffix);
        name.into()
    }

    /// Reads without changing anything.
    pub(super) const fn reader(&self) -> &Connection {
        &self.connection
    }

    /// The decisions' transactions never pay for a checkpoint; those of the cache do, now and then.
    fn set(&mut self, keep: Keep) -> rusqlite::Result<()> {
        if self.keep == Some(keep) {
            return Ok(());
        }
        self.keep = None;
        let (synchronous, pages) = match keep {
            Keep::Synced => ("FULL", 0),
            Keep::Cached => ("NORMAL", 2_000),
        };
        self.connection.pragma_update(None, "synchronous", synchronous)?;
        self.connection.pragma_update(None, "wal_autocheckpoint", pages)?;
        self.keep = Some(keep);
        Ok(())
    }

    /// Whether the log has grown.
    pub(super) const fn is_untidy(&self) -> bool {
        self.unchecked >= CHECKPOINT_AFTER
    }

    /// Moves the log into the database file if it has grown; for when nothing else is to be done.
    pub(super) fn tidy(&mut self) -> rusqlite::Result<()> {
        if !self.is_untidy() {
            return Ok(());
        }
        self.unchecked = 0;
        self.checkpoint("PASSIVE")
    }

    /// Moves the whole log into the database file and empties it.
    pub(super) fn settle(&self) -> rusqlite::Result<()> {
        self.checkpoint("TRUNCATE")
    }

    fn checkpoint(&self, mode: &str) -> rusqlite::Result<()> {
        self.connection.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |_| Ok(()))
    }
}

/// Which file lies there; `None`: none.
fn node(file: &Path) -> Option<(u64, u64)> {
    fs::metadata(file).ok().map(|meta| (meta.dev(), meta.ino()))
}

fn connect(file: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let connection = Connection::open_with_flags(file, flags)?;
    connection.busy_timeout(BUSY_FOR)?;
    connection.set_prepared_statement_cache_capacity(128);
    // A statement keeps its plan, whatever values it is given: otherwise SQLite plans many of them anew each time.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "journal_size_limit", 16 << 20)?;
    Ok(connection)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decisions_are_synced_at_each_commit_and_the_cache_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let mut db = Db::open(&dir.path().join("a.db")).unwrap_or_else(|unfit| panic!("{unfit:?}"));
        let ask = |db: &Db, what: &str| -> i64 {
            db.reader().pragma_query_value(None, what, |row| row.get(0)).unwrap()
        };
        for (keep, synchronous, checkpoint) in
            [(Keep::Synced, 2, 0), (Keep::Cached, 1, 2_000), (Keep::Synced, 2, 0)]
        {
            db.write(keep, |_| Ok(())).unwrap();
            assert_eq!(ask(&db, "synchronous"), synchronous);
            assert_eq!(ask(&db, "wal_autocheckpoint"), checkpoint);
        }
        let mode: String = db.reader().pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
        assert_eq!((mode.as_str(), ask(&db, "foreign_keys")), ("wal", 1));
    }

    #[test]
    fn a_file_that_is_deleted_in_use_is_put_back_with_all_that_is_in_it() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a.db");
        let mut db = Db::open(&file).unwrap_or_else(|unfit| panic!("{unfit:?}"));
        let person = |db: &mut Db, id: u8| {
            db.write(Keep::Synced, |db| db.execute("INSERT INTO people VALUES (?, '{}')", [vec![id]]))
        };
        let people = |db: &Db| -> i64 {
            db.reader().query_row("SELECT count(*) FROM people", [], |row| row.get(0)).unwrap()
        };
        person(&mut db, 1).unwrap();
        // With and without what SQLite keeps beside it.
        for (id, names) in [(2, &["a.db"][..]), (3, &["a.db", "a.db-wal", "a.db-shm"])] {
            for name in names {
                fs::remove_file(dir.path().join(name)).unwrap();
            }
            person(&mut db, id).unwrap();
            let other = Db::open(&file).unwrap_or_else(|unfit| panic!("{unfit:?}"));
            assert_eq!(people(&other), i64::from(id), "it is on the disk");
            assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        }
        fs::remove_file(&file).unwrap();
        fs::write(&file, "somebody else's").unwrap();
        let error = person(&mut db, 4).unwrap_err();
        let error = db.error(&error);
        assert!(matches!(error, StoreError::TakenAway { .. }), "{error}");
        assert_eq!(fs::read_to_string(&file).unwrap(), "somebody else's");
    }

    #[test]
    fn work_that_fails_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let mut db = Db::open(&dir.path().join("a.db")).unwrap_or_else(|unfit| panic!("{unfit:?}"));
        let failed = db.write(Keep::Cached, |db| {
            db.execute("INSERT INTO people VALUES (x'01', '{}')", [])?;
            db.execute("INSERT INTO nothing VALUES (1)", [])
        });
        assert!(failed.is_err());
        db.write(Keep::Cached, |db| db.execute("INSERT INTO people VALUES (x'02', '{}')", [])).unwrap();
        let people: i64 = db.reader().query_row("SELECT count(*) FROM people", [], |row| row.get(0)).unwrap();
        assert_eq!(people, 1);
    }
}
