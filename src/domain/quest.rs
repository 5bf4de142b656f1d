//! A quest: a team's request for help, broken into items.

use serde::{Deserialize, Serialize};

use super::{QuestId, SafeText, TeamId, Timestamp, UserId};

/// How a quest ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum QuestKind {
    /// Can close itself when all items are done or skipped; one active entry per contributor and item.
    Closable,
    /// Standing intake: stays open, any number of entries.
    Continuous,
    /// A word this version does not know.
    Other(SafeText),
}

impl QuestKind {
    /// From the wire's word; absent is closable, the server's default.
    #[must_use]
    pub fn from_word(word: Option<&str>) -> Self {
        match word {
            None | Some("closable") => Self::Closable,
            Some("continuous") => Self::Continuous,
            Some(other) => Self::Other(SafeText::line(other)),
        }
    }
}

/// Where a quest is in its life. Closed and cancelled are final.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum QuestStatus {
    /// Not published: takes no entries.
    Draft,
    /// Takes entries.
    Open,
    /// Over.
    Closed,
    /// Called off.
    Cancelled,
    /// A word this version does not know.
    Other(SafeText),
}

impl QuestStatus {
    /// From the wire's word; absent is open, the server's default.
    #[must_use]
    pub fn from_word(word: Option<&str>) -> Self {
        match word {
            None | Some("open") => Self::Open,
            Some("draft") => Self::Draft,
            Some("closed") => Self::Closed,
            Some("cancelled") => Self::Cancelled,
            Some(other) => Self::Other(SafeText::line(other)),
        }
    }

    /// The word to show.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::Draft => "draft",
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Cancelled => "cancelled",
            Self::Other(word) => word.as_str(),
        }
    }
}

/// How many of a quest's items are done or skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Progress {
    /// All items.
    pub total: u32,
    /// Items done or skipped.
    pub resolved: u32,
}

/// Whether this account may review the quest's entries. The server says it only by refusing (contract, U10).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reviewing {
    /// Ours, or of a team or organization in which we are admin.
    Allowed,
    /// We can read it; whether we may review shows when we try.
    Untried,
    /// The server refused a review, in these words.
    Refused(SafeText),
}

/// A quest as the desk shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quest {
    /// Its id.
    pub id: QuestId,
    /// Its name.
    pub name: SafeText,
    /// The team it belongs to.
    pub team: Option<TeamId>,
    /// That team's name.
    pub team_name: SafeText,
    /// Whose quest it is; rewards come from this person's wallet.
    pub owner: UserId,
    /// How it ends.
    pub kind: QuestKind,
    /// Where it is in its life.
    pub status: QuestStatus,
    /// How far its items are.
    pub progress: Progress,
    /// At most so many XP for one contributor over all items.
    pub max_xp_per_contributor: Option<i64>,
    /// Whether we may review.
    pub reviewing: Reviewing,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Its page on the web, if the server gave one.
    pub url: Option<SafeText>,
}
