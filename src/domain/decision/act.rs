//! What is to be done, on what, and on what grounds.

use serde::{Deserialize, Serialize};

use crate::domain::{AssetId, EntryId, EntryStatus, EvalStatus, ItemId, ItemStatus, SafeText, Version};

/// Accept or reject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Verdict {
    /// Accept: pays what the item pays. Final once it was sent.
    Accept,
    /// Reject: the contributor may submit again.
    Reject,
}

impl Verdict {
    /// The status that an entry has after this verdict.
    #[must_use]
    pub const fn status(self) -> EntryStatus {
        match self {
            Self::Accept => EntryStatus::Accepted,
            Self::Reject => EntryStatus::Rejected,
        }
    }

    /// `accept` or `reject`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Reject => "reject",
        }
    }
}

/// What is to be done, on what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Act {
    /// Accept or reject an entry, with a note in markdown or none.
    Review {
        /// The entry.
        entry: EntryId,
        /// Its item; none on legacy entries.
        item: Option<ItemId>,
        /// Which way.
        verdict: Verdict,
        /// The note, as markdown.
        note: Option<SafeText>,
    },
    /// Run the item's evaluation on an entry. The quest's owner pays for each run, so it is never repeated by itself.
    Evaluate {
        /// The entry.
        entry: EntryId,
        /// What had become of its evaluation before: by that a run is told from none when no answer came.
        before: EvalStatus,
    },
    /// Comment on what an entry submitted, or on its quest. Each request may write another comment: never repeated
    /// by itself.
    Comment {
        /// The entry that it was written at.
        entry: EntryId,
        /// The asset that is commented: what was submitted, or the quest.
        about: AssetId,
        /// The text, as markdown.
        text: SafeText,
    },
    /// Run the item's evaluation again on its entries. Only changes scores; whoever asks pays for each run, so it is
    /// never repeated by itself.
    Rescore {
        /// The item.
        item: ItemId,
        /// How many runs that is, as far as was known at the key.
        runs: u32,
        /// A run costs nothing, the server said at the key.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        free: bool,
    },
    /// Set an item's status by hand.
    SetItem {
        /// The item.
        item: ItemId,
        /// What it becomes.
        status: ItemStatus,
    },
    /// Complete an item oneself, with a note. Makes an entry; never repeated by itself.
    Complete {
        /// The item.
        item: ItemId,
        /// The note, as markdown.
        note: Option<SafeText>,
    },
}

/// What a decision is about. There is at most one open decision on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Subject {
    /// An entry.
    Entry(EntryId),
    /// An item.
    Item(ItemId),
    /// What is said at an entry: it goes its way beside a verdict on the entry.
    Comment(EntryId),
}

impl Act {
    /// What it is about.
    #[must_use]
    pub const fn subject(&self) -> Subject {
        match self {
            Self::Review { entry, .. } | Self::Evaluate { entry, .. } => Subject::Entry(*entry),
            Self::Comment { entry, .. } => Subject::Comment(*entry),
            Self::SetItem { item, .. } | Self::Complete { item, .. } | Self::Rescore { item, .. } => {
                Subject::Item(*item)
            }
        }
    }

    /// The note that goes with it.
    #[must_use]
    pub const fn note(&self) -> Option<&SafeText> {
        match self {
            Self::Review { note, .. } | Self::Complete { note, .. } => note.as_ref(),
            Self::Comment { text, .. } => Some(text),
            Self::SetItem { .. } | Self::Evaluate { .. } | Self::Rescore { .. } => None,
        }
    }

    /// How many runs of an evaluation it starts: they are paid by the run.
    #[must_use]
    pub const fn runs(&self) -> u32 {
        match self {
            Self::Evaluate { .. } => 1,
            Self::Rescore { runs, .. } => *runs,
            _ => 0,
        }
    }

    /// Whether a note can go with it.
    #[must_use]
    pub const fn takes_a_note(&self) -> bool {
        matches!(self, Self::Review { .. } | Self::Complete { .. } | Self::Comment { .. })
    }

    /// Whether the same request may be sent again once the server was seen not to have done it.
    pub(super) const fn repeats_safely(&self) -> bool {
        matches!(self, Self::Review { .. } | Self::SetItem { .. })
    }
}

/// What the reviewer had before them. Compared at the key, at release and after a refusal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Bound {
    /// The entry in this version.
    Entry(Version),
    /// The entry as it was rejected, after it was read in this version: accepting it instead.
    Rejected(Version),
    /// The item in this status.
    Item(ItemStatus),
}
