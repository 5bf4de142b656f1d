//! Looking at a state database without opening it for work: what the next start will do with it. Changes nothing.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use super::open::{FILE, suspect};
use super::schema::{self, Fitness};
use super::{StoreError, look};

/// How a profile's state database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// There is none yet: the first start of the desk makes it.
    None,
    /// It can be used.
    Sound,
    /// The next start sets it aside and keeps the decisions that can be read. In words that follow its name.
    SetAside(String),
}

/// Looks at the database in a profile's folder; also says where it lies.
pub fn health(folder: &Path) -> (PathBuf, Result<Health, StoreError>) {
    let file = folder.join(FILE);
    let health = of(&file);
    (file, health)
}

fn of(file: &Path) -> Result<Health, StoreError> {
    if suspect(file).exists() {
        return Ok(Health::SetAside("was seen to be damaged".to_owned()));
    }
    if let Some(why) = look::damage(file).map_err(|error| StoreError::at(file, &error))? {
        return Ok(Health::SetAside(why.to_owned()));
    }
    if !file.exists() {
        return Ok(Health::None);
    }
    match examine(file) {
        Ok(health) => Ok(health),
        Err(error) => match StoreError::of(file, &error) {
            StoreError::Damaged { cause, .. } => Ok(Health::SetAside(format!("is damaged ({cause})"))),
            other => Err(other),
        },
    }
}

fn examine(file: &Path) -> rusqlite::Result<Health> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let db = Connection::open_with_flags(file, flags)?;
    match schema::fitness(&db)? {
        Fitness::Ours => {}
        Fitness::Newer => {
            return Ok(Health::SetAside("was written by a newer version of questdesk".to_owned()));
        }
        Fitness::Foreign => return Ok(Health::SetAside("belongs to another program".to_owned())),
    }
    let found: String = db.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    Ok(if found == "ok" { Health::Sound } else { Health::SetAside(format!("is damaged ({found})")) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::SessionId;
    use crate::store::open;

    fn health_of(folder: &Path) -> Health {
        health(folder).1.unwrap()
    }

    #[test]
    fn it_says_what_the_next_start_will_do_and_changes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(health_of(dir.path()), Health::None);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
        drop(open::open(dir.path(), SessionId::from_bytes([1; 16])).unwrap());
        assert_eq!(health_of(dir.path()), Health::Sound);
        let file = dir.path().join(FILE);
        Connection::open(&file).unwrap().pragma_update(None, "user_version", 999).unwrap();
        assert!(matches!(health_of(dir.path()), Health::SetAside(why) if why.contains("newer")));
        std::fs::write(&file, [7; 5_000]).unwrap();
        assert!(matches!(health_of(dir.path()), Health::SetAside(why) if why.contains("damaged")));
        assert_eq!(std::fs::read(&file).unwrap(), [7; 5_000]);
    }

    #[test]
    fn a_folder_in_its_place_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join(FILE)).unwrap();
        assert!(matches!(health(dir.path()).1, Err(StoreError::Folder { .. })));
    }
}
