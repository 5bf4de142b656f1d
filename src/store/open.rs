//! Opening the state database: the folder, the file, whose turn it is, and what to do when it can't be used.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::db::{Db, Unfit};
use super::error::shown;
use super::session::{Alive, Gate};
use super::{StoreError, left, look, rescue, session};
use crate::clock;
use crate::domain::decision::Decision;
use crate::domain::{SafeText, SessionId};

/// The database in the profile's folder.
pub(super) const FILE: &str = "desk.db";

/// Lies beside the database once it was seen to be damaged while in use: the next start sets it aside.
const SUSPECT: &str = "desk.db.damaged";

/// What opening made.
pub(super) struct Opened {
    /// The database.
    pub(super) db: Db,
    /// Says that we are alive.
    pub(super) alive: Alive,
    /// What became of an unusable database.
    pub(super) rescued: Option<SafeText>,
    /// What dead sessions left.
    pub(super) left: Vec<Decision>,
}

/// Opens the database of a profile, or makes it; one that can't be used is set aside and its decisions are kept.
pub(super) fn open(folder: &Path, session: SessionId) -> Result<Opened, StoreError> {
    let at_folder = |error: io::Error| StoreError::at(folder, &error);
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(at_folder)?;
    let _gate = Gate::enter(folder).map_err(at_folder)?;
    let alive = Alive::take(folder, session).map_err(at_folder)?;
    let others = !session::others(folder, session).is_empty();
    let file = folder.join(FILE);
    let finished = rescue::finish(&file)?.map(|aside| finished_words(&aside));
    match open_file(&file, session) {
        Ok((db, left)) => Ok(Opened { db, alive, rescued: finished, left }),
        Err(Unfit::Failed(error)) => Err(error),
        Err(Unfit::SetAside(why)) if others => {
            Err(StoreError::InUse { file: shown(&file), why: SafeText::line(&why) })
        }
        Err(Unfit::SetAside(why)) => {
            let words = rescue::rebuild(&file, &why)?;
            remove(&suspect(&file))?;
            match open_file(&file, session) {
                Ok((db, left)) => Ok(Opened { db, alive, rescued: Some(words), left }),
                Err(Unfit::Failed(error)) => Err(error),
                Err(Unfit::SetAside(why)) => {
                    Err(StoreError::Damaged { file: shown(&file), cause: SafeText::line(&why) })
                }
            }
        }
    }
}

/// What is said when the program ended between making the new database and putting it in place.
fn finished_words(aside: &Path) -> SafeText {
    SafeText::line(&format!(
        "the state database could not be used, so one with what was kept of it took its place; the old file lies in {}",
        aside.display()
    ))
}

fn open_file(file: &Path, session: SessionId) -> Result<(Db, Vec<Decision>), Unfit> {
    if suspect(file).exists() {
        return Err(Unfit::SetAside("was seen to be damaged".to_owned()));
    }
    let in_the_way = |error: io::Error| Unfit::Failed(StoreError::at(file, &error));
    if let Some(why) = look::damage(file).map_err(in_the_way)? {
        return Err(Unfit::SetAside(why.to_owned()));
    }
    look::make(file).map_err(in_the_way)?;
    let mut db = Db::open(file)?;
    let is_alive = |other| file.parent().is_some_and(|folder| session::is_alive(folder, other));
    match left::take_over(&mut db, session, is_alive, clock::now()) {
        Ok(left) => Ok((db, left)),
        Err(error) => Err(match db.error(&error) {
            StoreError::Damaged { cause, .. } => Unfit::SetAside(format!("is damaged ({cause})")),
            other => Unfit::Failed(other),
        }),
    }
}

/// Notes that the database is damaged, for the next start.
pub(super) fn suspect_damage(file: &Path) {
    // Best effort: without it the next start finds the damage where this one did.
    let _ = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(suspect(file));
}

/// Where it is noted that this database is damaged.
pub(super) fn suspect(file: &Path) -> PathBuf {
    file.with_file_name(SUSPECT)
}

fn remove(file: &Path) -> Result<(), StoreError> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(StoreError::at(file, &error)),
        _ => Ok(()),
    }
}
