//! A database that can't be used makes way for a new one, and its decisions move over.
//!
//! Nothing of the old file is ever changed or deleted: it is read, renamed, and left for a human. The new one is made
//! beside it and takes its place only when it is complete, so that a crash or a full disk on the way costs nothing.
//! What can't be read through SQLite is looked for in the raw bytes, by the mark in front of every decision.

use std::collections::HashMap;
use std::fmt::Write;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use super::columns::{from_json, subject_of, text};
use super::db::{Db, Keep, Unfit};
use super::error::shown;
use super::look::beside;
use super::schema::DECISION_MARK;
use super::{StoreError, asides, drafts, look, outbox};
use crate::clock;
use crate::domain::decision::{Decision, Subject};
use crate::domain::{Aside, DecisionId, SafeText, Timestamp};

/// What SQLite puts beside a database.
const BESIDE: [&str; 2] = ["-wal", "-shm"];

/// The new database while it is made.
const BEGUN: &str = ".new";

/// The new database once it is complete: from here on it replaces the old one, whatever happens.
const COMPLETE: &str = ".complete";

/// How much of a damaged file is searched at a time, and how much of it again with the next part: more than a
/// decision takes that lies in one piece.
const WINDOW: usize = 4 << 20;
const OVERLAP: usize = 64 << 10;

/// Makes a new database with what can be read in the old one, which is set aside. Says in words what was done.
pub(super) fn rebuild(file: &Path, why: &str) -> Result<SafeText, StoreError> {
    let found = Found::search(file);
    let begun = beside(file, BEGUN);
    let at_begun = |error: io::Error| StoreError::at(&begun, &error);
    for suffix in ["", BESIDE[0], BESIDE[1]] {
        gone(fs::remove_file(beside(&begun, suffix))).map_err(at_begun)?;
    }
    let kept = found.write(&begun)?;
    fs::rename(&begun, beside(file, COMPLETE)).and_then(|()| sync_folder(file)).map_err(at_begun)?;
    let aside = finish(file)?.unwrap_or_default();
    Ok(SafeText::line(&format!(
        "new state database: {}, {} kept; the old one {why}{} and lies in {}",
        counted(kept, "decision"),
        counted(found.drafts.len(), "draft"),
        found.doubt(),
        aside.display()
    )))
}

/// Lets a new database that is complete take the old one's place, and returns where the old one lies. `None`: there
/// is none to be put in place.
pub(super) fn finish(file: &Path) -> Result<Option<PathBuf>, StoreError> {
    let complete = beside(file, COMPLETE);
    if !complete.exists() {
        return Ok(None);
    }
    // The new file comes last: it must never meet the old one's log.
    set_aside(file, clock::now())
        .and_then(|aside| fs::rename(&complete, file).map(|()| aside))
        .and_then(|aside| sync_folder(file).map(|()| Some(aside)))
        .map_err(|error| StoreError::at(file, &error))
}

/// Renames the database and what lies beside it.
fn set_aside(file: &Path, now: Timestamp) -> io::Result<PathBuf> {
    let stamp: String = now.to_string().chars().filter(|c| !matches!(c, ':' | '-' | '.')).collect();
    let mut aside = beside(file, &format!(".aside-{stamp}"));
    let mut number = 2;
    while aside.exists() {
        aside = beside(file, &format!(".aside-{stamp}-{number}"));
        number += 1;
    }
    for suffix in ["", BESIDE[0], BESIDE[1]] {
        gone(fs::rename(beside(file, suffix), beside(&aside, suffix)))?;
    }
    Ok(aside)
}

/// A file that is not there needs no removing or renaming.
fn gone(done: io::Result<()>) -> io::Result<()> {
    match done {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// Makes names in the folder of a file survive a power cut.
fn sync_folder(file: &Path) -> io::Result<()> {
    file.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

/// `1 draft`, `2 drafts`.
fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// What was found in a database that can't be used.
#[derive(Default)]
struct Found {
    decisions: HashMap<DecisionId, Decision>,
    drafts: Vec<(Subject, SafeText)>,
    asides: Vec<Aside>,
    /// Whether all decisions were read through SQLite.
    whole: bool,
}

impl Found {
    fn search(file: &Path) -> Self {
        let mut found = Self::default();
        let sound = matches!(look::damage(file), Ok(None));
        let queried = open_to_read(file, sound).and_then(|db| found.query(&db));
        found.whole = sound && queried.is_ok();
        if !found.whole {
            for suffix in ["", BESIDE[0]] {
                // A part that can't be read holds nothing that could be kept.
                let _ = found.carve(&beside(file, suffix));
            }
        }
        found
    }

    /// Reads through SQLite, row by row: what was read before a damaged page counts.
    fn query(&mut self, db: &Connection) -> rusqlite::Result<()> {
        // Drafts first, and never mind: there may be none of them where there are decisions.
        let _ = self.query_drafts(db);
        self.asides = asides::all(db).unwrap_or_default();
        let mut statement = db.prepare("SELECT json FROM decisions")?;
        let mut rows = statement.query([])?;
        let mut unreadable = None;
        while let Some(row) = rows.next()? {
            match from_json(row, 0) {
                Ok(decision) => self.keep_newest(decision),
                Err(error) => unreadable = Some(error),
            }
        }
        unreadable.map_or(Ok(()), Err)
    }

    fn query_drafts(&mut self, db: &Connection) -> rusqlite::Result<()> {
        // Before version 3 there were drafts on entries only, without the letter.
        let of_entries = "SELECT CAST(x'65' || entry AS BLOB), note FROM drafts";
        let mut statement =
            db.prepare("SELECT subject, note FROM drafts").or_else(|_| db.prepare(of_entries))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            if let Some(subject) = subject_of(row.get(0)?) {
                self.drafts.push((subject, text(row, 1)?));
            }
        }
        Ok(())
    }

    /// Looks for decisions in the raw bytes. There may be older copies of each; the newest counts.
    fn carve(&mut self, file: &Path) -> io::Result<()> {
        let mut file = File::open(file)?;
        let mut window = Vec::with_capacity(WINDOW + OVERLAP);
        loop {
            let read = (&mut file).take(WINDOW as u64).read_to_end(&mut window)?;
            self.carve_window(&window);
            if read == 0 {
                return Ok(());
            }
            window.drain(..window.len().saturating_sub(OVERLAP));
        }
    }

    fn carve_window(&mut self, window: &[u8]) {
        let first = DECISION_MARK[0];
        for start in (0..window.len()).filter(|at| window[*at] == first) {
            let Some(rest) = window[start..].strip_prefix(DECISION_MARK) else { continue };
            let read = serde_json::Deserializer::from_slice(rest).into_iter::<Decision>().next();
            if let Some(Ok(decision)) = read {
                self.keep_newest(decision);
            }
        }
    }

    fn keep_newest(&mut self, decision: Decision) {
        let age = |decision: &Decision| (decision.changed_at, decision.stage.is_over(), decision.attempts);
        let known = self.decisions.get(&decision.id);
        if known.is_none_or(|known| age(known) <= age(&decision)) {
            self.decisions.insert(decision.id, decision);
        }
    }

    /// Makes a complete database of what was found, in one file, and returns how many decisions are in it.
    fn write(&self, file: &Path) -> Result<usize, StoreError> {
        look::make(file).map_err(|error| StoreError::at(file, &error))?;
        let mut db = Db::open(file).map_err(|unfit| match unfit {
            Unfit::Failed(error) => error,
            Unfit::SetAside(why) => StoreError::Damaged { file: shown(file), cause: SafeText::line(&why) },
        })?;
        let now = clock::now();
        db.write(Keep::Synced, |db| self.put(db, now))
            .and_then(|kept| db.settle().map(|()| kept))
            .map_err(|error| db.error(&error))
    }

    /// Writes what was found, and returns how many decisions that were. Of two open ones on one subject, which only
    /// a damaged file can hold, the one that changed last is kept.
    fn put(&self, db: &Connection, now: Timestamp) -> rusqlite::Result<usize> {
        let mut decisions: Vec<&Decision> = self.decisions.values().collect();
        decisions.sort_by_key(|decision| std::cmp::Reverse((decision.changed_at, decision.id)));
        let mut kept = 0;
        for decision in decisions {
            if outbox::insert(db, decision, decision.session)?.is_ok() {
                kept += 1;
            }
        }
        for (subject, note) in &self.drafts {
            drafts::save(db, *subject, note, now)?;
        }
        for aside in &self.asides {
            asides::put(db, aside)?;
        }
        Ok(kept)
    }

    const fn doubt(&self) -> &'static str {
        if self.whole {
            ""
        } else {
            ", could not be read whole (an entry that lost its decision is pending again)"
        }
    }
}

/// Opens a database that is only to be read. One that is not sound is opened as if it lay on a disk that can't be
/// written, so that SQLite leaves its log alone.
fn open_to_read(file: &Path, sound: bool) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    if sound {
        return Connection::open_with_flags(file, flags);
    }
    let mut address = String::from("file:");
    for byte in file.as_os_str().as_bytes() {
        // Writing to a string can't fail.
        let _ = write!(address, "%{byte:02x}");
    }
    address.push_str("?immutable=1");
    Connection::open_with_flags(address, flags | OpenFlags::SQLITE_OPEN_URI)
}
