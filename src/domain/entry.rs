//! An entry: what a contributor submitted to an item.
//!
//! Two forms. [`EntryRow`] is what a list needs, small enough to keep a hundred thousand of them in memory;
//! [`EntryBody`] is what a reader needs, kept in the database and fetched when it is read.

use serde::{Deserialize, Serialize};

use super::{ActionId, AssetId, EntryId, EvalStatus, ItemId, QuestId, SafeText, Timestamp, UserId};

/// What became of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum EntryStatus {
    /// Waits for a decision.
    Submitted,
    /// Accepted; if the item pays, paid.
    Accepted,
    /// Rejected.
    Rejected,
    /// A word this version does not know.
    Other(SafeText),
}

impl EntryStatus {
    /// From the wire's word; absent is submitted, the server's default.
    #[must_use]
    pub fn from_word(word: Option<&str>) -> Self {
        match word {
            None | Some("submitted") => Self::Submitted,
            Some("accepted") => Self::Accepted,
            Some("rejected") => Self::Rejected,
            Some(other) => Self::Other(SafeText::line(other)),
        }
    }

    /// The wire's word.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::Submitted => "submitted",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::Other(word) => word.as_str(),
        }
    }
}

/// The version of an entry that somebody read: a decision is bound to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Version {
    /// `updated_at` as the server gave it.
    pub updated_at: Timestamp,
}

/// A pending entry as a list shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EntryRow {
    /// Its id.
    pub id: EntryId,
    /// The quest it was submitted to.
    pub quest: QuestId,
    /// The item; none on legacy entries.
    pub item: Option<ItemId>,
    /// Who submitted it.
    pub contributor: UserId,
    /// When.
    pub created_at: Timestamp,
    /// The version this row shows.
    pub version: Version,
    /// The eval route's score, raw.
    pub score: Option<f64>,
    /// What became of the evaluation.
    pub eval: EvalStatus,
}

/// An asset that an entry submits under a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssetSlot {
    /// The key that the item declared.
    pub key: SafeText,
    /// The asset.
    pub asset: AssetId,
    /// Its type: `file`, `dataset`, `post`, …
    pub asset_type: SafeText,
    /// Its name, when the server resolved it for us.
    pub name: Option<SafeText>,
}

/// An asset that the entry's texts name, as far as the server resolved it for us.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Embed {
    /// The asset.
    pub id: AssetId,
    /// Its type.
    pub asset_type: SafeText,
    /// Its name.
    pub name: SafeText,
    /// Its page on the web.
    pub url: Option<SafeText>,
}

/// A decision that was made on an entry, by whomever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// Accepted or rejected.
    pub status: EntryStatus,
    /// By whom; evaluations may leave it empty.
    pub reviewer: Option<UserId>,
    /// When.
    pub at: Option<Timestamp>,
    /// The note, as markdown.
    pub note: SafeText,
}

/// Everything that is read of one entry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EntryBody {
    /// Its id.
    pub id: EntryId,
    /// The quest it was submitted to.
    pub quest: QuestId,
    /// The item; none on legacy entries.
    pub item: Option<ItemId>,
    /// The version that is shown.
    pub version: Version,
    /// The contributor's explanation, as markdown.
    pub description: SafeText,
    /// The submitted assets by key, in the server's order.
    pub assets: Vec<AssetSlot>,
    /// Categories of the evaluation with their scores, as text: they may be anything.
    pub categories: Vec<(SafeText, SafeText)>,
    /// Facts that the backend computed at submission, flattened to `group`, `name`, `value`.
    pub signals: Vec<(SafeText, SafeText, SafeText)>,
    /// The evaluation's run, if there was one.
    pub eval_action: Option<ActionId>,
    /// The decision, once there is one.
    pub review: Option<Review>,
    /// Assets that the texts name.
    #[serde(default)]
    pub embeds: Vec<Embed>,
}
