//! What can go wrong with the state database: what, where, and how to mend it.

use std::path::Path;

use rusqlite::ErrorCode;

use crate::domain::decision::{Decision, NoStep};
use crate::domain::{DecisionId, SafeText};

/// So little space, in bytes, that a failure is taken for want of it: SQLite makes its shared memory in one piece.
const NO_ROOM: u64 = 64 << 10;

/// Why the store could not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The folder can't be made, read or written.
    #[error(
        "the state folder {folder} can't be used: {cause}. Make it a folder that you may write to, or name another one with --state-dir"
    )]
    Folder {
        /// The folder or the file in it.
        folder: SafeText,
        /// The system's words.
        cause: SafeText,
    },
    /// No space left.
    #[error("the disk is full. Free some space, then do it again ({file})")]
    Full {
        /// The database.
        file: SafeText,
    },
    /// It may be read but not written.
    #[error(
        "decisions can't be written: {cause}. Give yourself the right to write {file} and its folder, or name another folder with --state-dir"
    )]
    ReadOnly {
        /// The database.
        file: SafeText,
        /// The database's words.
        cause: SafeText,
    },
    /// Another program held it for longer than we wait.
    #[error(
        "another program keeps the decisions locked, perhaps a questdesk that stands still. Let it go on or end it, then do it again ({file})"
    )]
    Busy {
        /// The database.
        file: SafeText,
    },
    /// It was deleted or replaced while it was in use, and could not be put back.
    #[error(
        "the file with the decisions was taken away while questdesk used it: nothing more is sent. Leave and start again; what is not sent is decided anew ({file})"
    )]
    TakenAway {
        /// The database.
        file: SafeText,
    },
    /// Its content is not what was written.
    #[error(
        "{file} is damaged: {cause}. Start questdesk again: it sets the file aside and keeps the decisions that can be read"
    )]
    Damaged {
        /// The database.
        file: SafeText,
        /// The database's words.
        cause: SafeText,
    },
    /// It should be set aside, but another questdesk is working with it.
    #[error("{file} {why}, but another questdesk is at work in that folder. End that one, then start again")]
    InUse {
        /// The database.
        file: SafeText,
        /// What is wrong with it: `is damaged: …`.
        why: SafeText,
    },
    /// Anything else that the database or the disk says.
    #[error("{file} failed: {cause}. Look at the disk and the folder, then do it again")]
    Failed {
        /// The database.
        file: SafeText,
        /// The database's words.
        cause: SafeText,
    },
    /// There is no such decision.
    #[error("there is no decision {0} in the state database. It may have been ended by another questdesk")]
    NoSuchDecision(DecisionId),
    /// The event changed nothing.
    #[error("the decision {0} was left as it is: {1}")]
    NotMoved(DecisionId, NoStep),
    /// Another desk on this database sends.
    #[error("another questdesk on this profile sends what is queued. This one takes over when that one ends")]
    NotOurTurn,
    /// It was made before the time that was named, and is left as it is.
    #[error("the decision {id} was made without the server. It is sent once the server was asked how things stand", id = .0.id)]
    Unchecked(Box<Decision>),
    /// Another one that may cost more than was shown is not counted yet: this one has its turn after it.
    #[error("the decision {0} waits for another one's runs to be counted. It is sent after that")]
    InTurn(DecisionId),
    /// The store has been closed.
    #[error("the state database is closed: questdesk is ending. Start it again to go on")]
    Closed,
}

impl StoreError {
    /// What happened, and what to do about it: the last sentence of the words.
    #[must_use]
    pub fn what_and_mend(&self) -> (SafeText, SafeText) {
        let words = self.to_string();
        let (what, mend) = words.rsplit_once(". ").unwrap_or((&words, "look at the disk, then do it again"));
        let mut letters = mend.chars();
        let mend =
            letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect());
        (SafeText::line(what), SafeText::line(&mend))
    }

    /// What an error of SQLite about this file means to the user.
    pub(super) fn of(path: &Path, error: &rusqlite::Error) -> Self {
        let file = shown(path);
        let cause = SafeText::line(&error.to_string());
        match error.sqlite_error_code() {
            None if matches!(error, rusqlite::Error::InvalidPath(_)) => Self::TakenAway { file },
            Some(ErrorCode::DiskFull) => Self::Full { file },
            // Without room for its shared memory, SQLite speaks of input and output only.
            Some(ErrorCode::SystemIoFailure) if free_space(path).is_some_and(|free| free < NO_ROOM) => {
                Self::Full { file }
            }
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
                Self::ReadOnly { file, cause }
            }
            Some(
                ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed,
            ) => Self::Busy { file },
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged { file, cause },
            None if is_unreadable_value(error) => Self::Damaged { file, cause },
            _ => Self::Failed { file, cause },
        }
    }

    /// What an error of the file system about this path means to the user.
    pub(super) fn at(path: &Path, error: &std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                Self::Full { file: shown(path) }
            }
            _ => Self::Folder { folder: shown(path), cause: SafeText::line(&error.to_string()) },
        }
    }
}

/// A value in the database that is not of the kind that was written there.
const fn is_unreadable_value(error: &rusqlite::Error) -> bool {
    matches!(
        error,
        rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::Utf8Error(..)
    )
}

/// Bytes that may still be written to the disk on which a file lies, or is to lie. `None`: the system doesn't say.
#[must_use]
pub fn free_space(file: &Path) -> Option<u64> {
    let disk = file.ancestors().find_map(|path| rustix::fs::statvfs(path).ok())?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// A path that can be shown.
pub(super) fn shown(path: &Path) -> SafeText {
    SafeText::line(&path.display().to_string())
}
