//! What is known of one list: which rows it has, how each of them looked when it was published, and which rows must
//! not come back.
//!
//! A hundred thousand rows are known here with a print of eight bytes each; the rows themselves live in the
//! database and with the app.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::{End, Seq};
use crate::domain::{EntryId, EntryRow, Version};

/// A row that was decided and must not come back by an answer that is late.
#[derive(Debug, Clone, Copy)]
struct Tomb {
    /// When it was decided, in our order of things.
    since: Seq,
    /// Its version then. A row with a later one was changed after its decision: it is no late answer.
    version: Option<Version>,
}

/// What is known of one list.
#[derive(Debug, Default)]
pub(in crate::sync) struct Listing {
    order: Vec<EntryId>,
    prints: HashMap<EntryId, u64>,
    tombs: HashMap<EntryId, Tomb>,
}

/// What tells whether a row looks the same as before. The body of an entry has the same version as its row.
fn print_of(row: &EntryRow) -> u64 {
    let mut hasher = DefaultHasher::new();
    (row.id, row.quest, row.item, row.contributor, row.created_at, row.version).hash(&mut hasher);
    (row.score.map(f64::to_bits), &row.eval).hash(&mut hasher);
    hasher.finish()
}

impl Listing {
    /// Takes over rows that an earlier run knew. Their order is not the server's, and how they looked is not known.
    pub(in crate::sync) fn seed(&mut self, ids: impl IntoIterator<Item = EntryId>) {
        for id in ids {
            if self.prints.insert(id, 0).is_none() {
                self.order.push(id);
            }
        }
    }

    /// How many rows are known.
    pub(in crate::sync) fn len(&self) -> usize {
        self.prints.len()
    }

    /// Whether this row is known.
    pub(in crate::sync) fn has(&self, id: EntryId) -> bool {
        self.prints.contains_key(&id)
    }

    /// The known rows in the order of the last pass.
    pub(in crate::sync) fn order(&self) -> Vec<EntryId> {
        self.order.iter().copied().filter(|id| self.prints.contains_key(id)).collect()
    }

    /// Takes a row that a window listed. Returns whether it is to be published: it is new or changed, and not
    /// decided.
    pub(in crate::sync) fn take(&mut self, row: &EntryRow) -> bool {
        if let Some(tomb) = self.tombs.get(&row.id) {
            if tomb.version.is_none_or(|decided| row.version.updated_at <= decided.updated_at) {
                return false;
            }
            self.tombs.remove(&row.id);
        }
        let print = print_of(row);
        match self.prints.insert(row.id, print) {
            None => {
                self.order.push(row.id);
                true
            }
            Some(before) => before != print,
        }
    }

    /// Draws the conclusion of a pass: what is gone. Without a whole pass nothing is.
    pub(in crate::sync) fn conclude(&mut self, end: &End) -> Vec<EntryId> {
        if !end.whole {
            return Vec::new();
        }
        let listed: HashSet<EntryId> = end.order.iter().copied().collect();
        if !end.cheap {
            self.tombs.retain(|id, tomb| tomb.since >= end.begun || listed.contains(id));
        }
        let mut gone = std::mem::take(&mut self.order);
        gone.retain(|id| !listed.contains(id) && self.prints.remove(id).is_some());
        self.order = end.order.iter().copied().filter(|id| self.prints.contains_key(id)).collect();
        gone
    }

    /// A row was decided: it leaves, and stays away until a whole pass that begins later lacks it.
    pub(in crate::sync) fn bury(&mut self, id: EntryId, since: Seq, version: Option<Version>) -> bool {
        self.tombs.insert(id, Tomb { since, version });
        // `order` forgets it at the next conclusion: searching it for each of a thousand decisions takes long.
        self.prints.remove(&id).is_some()
    }
}
