//! A database that can't be used makes way for a new one, and its decisions move over.
//!
//! Nothing of the old file is ever changed or deleted: it is renamed, read, and left for a human. What can't be read
//! through SQLite is looked for in the raw bytes, by the mark in front of every decision.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use super::columns::{from_json, text};
use super::db::{Db, Keep, Unfit};
use super::error::shown;
use super::schema::DECISION_MARK;
use super::{StoreError, drafts, look, outbox};
use crate::clock;
use crate::domain::decision::Decision;
use crate::domain::{DecisionId, EntryId, SafeText, Timestamp};

/// What SQLite puts beside a database.
const BESIDE: [&str; 2] = ["-wal", "-shm"];

/// How much of a damaged file is searched at a time, and how much of it again with the next part: more than a
/// decision takes.
const WINDOW: usize = 4 << 20;
const OVERLAP: usize = 64 << 10;

/// Sets the database aside, makes a new one, and moves over what could be read. Says in words what was done.
pub(super) fn rebuild(file: &Path, why: &str) -> Result<SafeText, StoreError> {
    let now = clock::now();
    let aside = set_aside(file, now).map_err(|error| StoreError::at(file, &error))?;
    let found = Found::search(&aside);
    let mut db = Db::open(file).map_err(|unfit| match unfit {
        Unfit::Failed(error) => error,
        Unfit::SetAside(why) => StoreError::Damaged { file: shown(file), cause: SafeText::line(&why) },
    })?;
    let kept = db.write(Keep::Synced, |db| found.put(db, now)).map_err(|error| db.error(&error))?;
    let drafts = found.drafts.len();
    Ok(SafeText::line(&format!(
        "the state database {why}, so a new one was begun: {kept} decisions and {drafts} drafts were kept{}; the old file lies in {}",
        found.doubt(),
        aside.display()
    )))
}

/// Renames the database and what lies beside it.
fn set_aside(file: &Path, now: Timestamp) -> io::Result<PathBuf> {
    let stamp: String = now.to_string().chars().filter(|c| !matches!(c, ':' | '-' | '.')).collect();
    let mut aside = look::beside(file, &format!(".aside-{stamp}"));
    let mut number = 2;
    while aside.exists() {
        aside = look::beside(file, &format!(".aside-{stamp}-{number}"));
        number += 1;
    }
    // What lies beside it first: without its log the file would be taken for whole, and lose the newest decisions.
    for suffix in BESIDE {
        rename(&look::beside(file, suffix), &look::beside(&aside, suffix))?;
    }
    rename(file, &aside)?;
    Ok(aside)
}

fn rename(from: &Path, to: &Path) -> io::Result<()> {
    match fs::rename(from, to) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// What was found in a database that was set aside.
#[derive(Default)]
struct Found {
    decisions: HashMap<DecisionId, Decision>,
    drafts: Vec<(EntryId, SafeText)>,
    /// Whether all decisions were read through SQLite.
    whole: bool,
}

impl Found {
    fn search(aside: &Path) -> Self {
        let mut found = Self::default();
        let sound = matches!(look::damage(aside), Ok(None));
        if !sound {
            // Before SQLite sees it: it may throw away a log that it can't read.
            found.carve_all(aside);
        }
        found.whole = found.query(aside).is_ok() && sound;
        if sound && !found.whole {
            found.carve_all(aside);
        }
        found
    }

    fn carve_all(&mut self, aside: &Path) {
        for suffix in ["", "-wal"] {
            // A part that can't be read holds nothing that could be kept.
            let _ = self.carve(&look::beside(aside, suffix));
        }
    }

    /// Reads through SQLite, row by row: what was read before a damaged page counts.
    fn query(&mut self, aside: &Path) -> rusqlite::Result<()> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let db = Connection::open_with_flags(aside, flags)?;
        // Drafts first, and never mind: there may be none of them where there are decisions.
        let _ = self.query_drafts(&db);
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
        let mut statement = db.prepare("SELECT entry, note FROM drafts")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            self.drafts.push((EntryId::from_bytes(row.get(0)?), text(row, 1)?));
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
        for (entry, note) in &self.drafts {
            drafts::save(db, *entry, note, now)?;
        }
        Ok(kept)
    }

    const fn doubt(&self) -> &'static str {
        if self.whole {
            ""
        } else {
            " (parts of it could not be read: compare with `questdesk log --verify`)"
        }
    }
}
