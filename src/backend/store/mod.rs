//! The backend's SQLite database: opening it, and what is read from and written to it, one file a subject.
//!
//! One writer, so that every act comes after another, all of it or none of it; readers beside it (WAL). What a client
//! was told is on the disk: a killed process loses nothing, a power cut neither (`synchronous = FULL`).
//! Nothing here decides anything: rules live in `rules`, acts in `acts`.

pub(crate) mod accounts;
pub(crate) mod actions;
pub(crate) mod assets;
pub(crate) mod content;
pub(crate) mod entries;
pub(crate) mod items;
pub(crate) mod ledger;
pub(crate) mod links;
pub(crate) mod membership;
pub(crate) mod notices;
pub(crate) mod quests;
mod schema;
mod temporary;
pub(crate) mod views;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, TransactionBehavior};

use super::error::Refusal;
use super::options::BackendError;
use temporary::Folder;
use writer::Writer;

/// Readers kept open for the next request.
const IDLE_READERS: usize = 8;

/// Prepared statements kept by each connection.
const STATEMENTS: usize = 256;

/// The database.
#[derive(Debug)]
pub(crate) struct Store {
    // Ends before the connections are closed.
    writer: Writer,
    connection: Arc<Mutex<Connection>>,
    readers: Mutex<Vec<Connection>>,
    path: PathBuf,
    // Dropped last: the folder goes when the connections are closed.
    folder: Option<Folder>,
}

impl Store {
    /// Opens the file, or a temporary one, and brings its schema up.
    pub(crate) fn open(path: Option<&Path>) -> Result<Self, BackendError> {
        let folder = if path.is_none() { Some(Folder::make().map_err(BackendError::Folder)?) } else { None };
        let path = match (&folder, path) {
            (Some(folder), _) => folder.path().join("backend.sqlite"),
            (None, Some(path)) => path.to_owned(),
            (None, None) => return Err(BackendError::Database("no place for it".to_owned())),
        };
        let trouble =
            |error: &dyn std::fmt::Display| BackendError::Database(format!("{}: {error}", path.display()));
        let connection = connect(&path).map_err(|error| trouble(&error))?;
        // What lies in a temporary folder need not outlive a power cut.
        let durability = if folder.is_some() { "OFF" } else { "FULL" };
        connection.pragma_update(None, "synchronous", durability).map_err(|error| trouble(&error))?;
        schema::bring_up(&connection).map_err(|error| trouble(&error))?;
        let connection = Arc::new(Mutex::new(connection));
        let writer = Writer::start(Arc::clone(&connection)).map_err(|error| trouble(&error))?;
        Ok(Self { writer, connection, readers: Mutex::new(Vec::new()), path, folder })
    }

    /// Whether the database goes with this process.
    pub(crate) fn is_temporary(&self) -> bool {
        self.folder.is_some()
    }

    /// Reads on a connection of its own; blocks.
    pub(crate) fn read_now<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let idle = self.idle().pop();
        let connection = match idle {
            Some(connection) => connection,
            None => connect(&self.path)?,
        };
        let result = {
            // One transaction, so that an answer made of several queries is one moment's truth.
            let moment = connection.unchecked_transaction()?;
            read(&moment)
        };
        let mut idle = self.idle();
        if idle.len() < IDLE_READERS {
            idle.push(connection);
        }
        result
    }

    /// Does one act in a transaction of its own: all of it, or nothing when it is refused; blocks.
    pub(crate) fn write_now<T>(
        &self,
        write: impl FnOnce(&Connection) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let mut db = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let result = write(&transaction)?;
        transaction.commit()?;
        Ok(result)
    }

    /// [`Self::read_now`] beside the async tasks.
    pub(crate) async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        read: impl FnOnce(&Connection) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let store = Arc::clone(self);
        tokio::task::spawn_blocking(move || store.read_now(read)).await.map_err(|error| stopped(&error))?
    }

    /// Does one act beside the async tasks, all of it or nothing; it answers once that is on the disk.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        write: impl FnOnce(&Connection) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        self.writer.act(write).await.unwrap_or_else(|| Err(stopped(&"the writer did not finish it")))
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.readers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn stopped(error: &dyn std::fmt::Display) -> Refusal {
    tracing::error!(%error, "a request's work did not end");
    Refusal::new(500, "internal", "The backend could not finish this request; its log says why")
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(Duration::from_secs(10))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "cache_size", -16_384)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // A statement keeps its plan, whatever values it is given: otherwise SQLite plans many of them anew each time.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(connection)
}

/// Reads every row of a query into a vector.
pub(crate) fn all<T>(
    db: &Connection,
    sql: &str,
    values: impl rusqlite::Params,
    row: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    db.prepare_cached(sql)?.query_map(values, row)?.collect()
}

/// Reads the first row of a query, if there is one.
pub(crate) fn one<T>(
    db: &Connection,
    sql: &str,
    values: impl rusqlite::Params,
    row: impl FnOnce(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Option<T>> {
    use rusqlite::OptionalExtension as _;
    db.prepare_cached(sql)?.query_row(values, row).optional()
}

/// Changes rows; how many.
pub(crate) fn run(db: &Connection, sql: &str, values: impl rusqlite::Params) -> rusqlite::Result<usize> {
    db.prepare_cached(sql)?.execute(values)
}
