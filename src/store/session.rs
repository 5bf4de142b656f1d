//! Which sessions are alive. Each running desk holds a lock on a file of its own; the system lets go of it when the
//! process ends, however it ends. A file that can be locked belongs to a dead session.
//!
//! Only to be asked and changed while holding the [`Gate`], which lets one desk at a time open the database.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::domain::SessionId;

const SUFFIX: &str = "session";

/// Held while the database is opened, migrated or rescued: one desk at a time.
pub(super) struct Gate {
    _locked: File,
}

impl Gate {
    /// Waits until no other desk is opening the database of this folder.
    pub(super) fn enter(folder: &Path) -> io::Result<Self> {
        let file = open(&folder.join("opening.lock"))?;
        file.lock()?;
        Ok(Self { _locked: file })
    }

    /// Enters if nobody else is inside.
    pub(super) fn try_enter(folder: &Path) -> Option<Self> {
        let file = open(&folder.join("opening.lock")).ok()?;
        file.try_lock().ok()?;
        Some(Self { _locked: file })
    }
}

/// Says that this session is alive, as long as it is kept.
pub(super) struct Alive {
    path: PathBuf,
    _locked: File,
}

impl Alive {
    /// Takes this session's lock.
    pub(super) fn take(folder: &Path, session: SessionId) -> io::Result<Self> {
        let path = path_of(folder, session);
        let file = open(&path)?;
        file.try_lock().map_err(|why| match why {
            TryLockError::Error(error) => error,
            TryLockError::WouldBlock => {
                io::Error::new(io::ErrorKind::AlreadyExists, "this very session is running already")
            }
        })?;
        Ok(Self { path, _locked: file })
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        // A file that stays behind is harmless: it can be locked, so it counts as dead.
        let _ = fs::remove_file(&self.path);
    }
}

/// Whether a session is running.
pub(super) fn is_alive(folder: &Path, session: SessionId) -> bool {
    is_locked(&path_of(folder, session))
}

/// The other sessions that are running on this folder. Files that the dead left are removed on the way.
pub(super) fn others(folder: &Path, ours: SessionId) -> BTreeSet<SessionId> {
    let mut alive = BTreeSet::new();
    let Ok(files) = fs::read_dir(folder) else { return alive };
    for path in files.flatten().map(|file| file.path()) {
        let is_session = path.extension().is_some_and(|extension| extension == SUFFIX);
        let name = path.file_stem().and_then(|name| name.to_str()).filter(|_| is_session);
        let Some(session) = name.and_then(|name| name.parse::<SessionId>().ok()) else { continue };
        if session == ours {
            continue;
        }
        if is_locked(&path) {
            alive.insert(session);
        } else {
            let _ = fs::remove_file(&path);
        }
    }
    alive
}

fn is_locked(path: &Path) -> bool {
    let Ok(file) = File::open(path) else { return false };
    matches!(file.try_lock(), Err(TryLockError::WouldBlock))
}

fn path_of(folder: &Path, session: SessionId) -> PathBuf {
    folder.join(format!("{session}.{SUFFIX}"))
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)
}
