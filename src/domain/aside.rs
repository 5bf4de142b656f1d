//! An entry put aside: a third pile beside *decide* and *decided*. It is local, it is no decision, and nobody is told.

use serde::{Deserialize, Serialize};

use super::{EntryId, QuestId, Timestamp, Version};

/// Why an entry was put aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AsideWhy {
    /// To be decided later, or by somebody else.
    Later,
    /// The contributor was asked something: a newer version of the entry, or a comment newer than this, is the answer.
    Answer {
        /// The question itself, or the newest comment there was when it was asked.
        newer_than: Timestamp,
    },
}

/// An entry that was put aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aside {
    /// The entry.
    pub entry: EntryId,
    /// Its quest.
    pub quest: QuestId,
    /// The version that was put aside: a newer one has changed since.
    pub version: Version,
    /// Why.
    pub why: AsideWhy,
    /// When.
    pub at: Timestamp,
}
