//! Where a decision is in its life, and what that asks of others.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::{ItemStatus, Review, SafeText, Timestamp, UserId};

/// How long a lost request is left alone before it is read back: an answer that was cut off may come from a server
/// that is still at work on it.
pub const READ_BACK_AFTER: Duration = Duration::from_secs(2);

/// Where a decision is in its life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// On disk, not to be sent yet.
    Held {
        /// When the undo window ends. `None`: a dead session left it; it waits for a word.
        until: Option<Timestamp>,
    },
    /// To be sent.
    Queued,
    /// A request is under way and may have arrived.
    Sending,
    /// It may or may not have been done: to be read back before anything else.
    Unknown {
        /// What happened, in words.
        why: SafeText,
        /// The server's refusal that is to be looked into, if it was one.
        refusal: Option<SafeText>,
        /// When it became unknown.
        since: Timestamp,
    },
    /// Done.
    Confirmed(Settled),
    /// The server said no, in these words.
    Refused {
        /// The server's words.
        words: SafeText,
    },
    /// What we meant is no longer ours to do.
    Conflict(Clash),
    /// Taken back before it was sent.
    Undone,
}

/// How a decision came true.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Settled {
    /// We did it.
    Ours,
    /// Somebody else had decided the same: nothing of ours took effect, nothing was paid by us.
    Agreed {
        /// Who, if the server says.
        with: Option<UserId>,
    },
}

/// Why a decision no longer applies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Clash {
    /// Somebody else decided otherwise.
    Decided(Review),
    /// The entry changed after it was read.
    Changed,
    /// The item's reward is no longer what was shown.
    RewardChanged,
    /// Those before it began more runs than were shown: with it, it would be more than was agreed on.
    MoreRuns,
    /// The item has another status than was shown.
    ItemIs(ItemStatus),
    /// The entry or item no longer exists, or we may no longer see it.
    Gone,
}

/// What a stage asks of others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want {
    /// To be woken when the undo window ends.
    WakeAt(Timestamp),
    /// To be sent.
    Send,
    /// To be read back, not before this time.
    ReadBackAt(Timestamp),
    /// A word from the user.
    Word,
    /// Nothing: it is on its way, or over.
    Nothing,
}

impl Stage {
    /// Whether nothing can happen to it any more.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        matches!(self, Self::Confirmed(_) | Self::Refused { .. } | Self::Conflict(_) | Self::Undone)
    }

    /// Whether it can still be taken back.
    #[must_use]
    pub const fn can_undo(&self) -> bool {
        matches!(self, Self::Held { .. } | Self::Queued)
    }

    /// What it asks of others.
    #[must_use]
    pub fn want(&self) -> Want {
        match self {
            Self::Held { until: Some(until) } => Want::WakeAt(*until),
            Self::Held { until: None } => Want::Word,
            Self::Queued => Want::Send,
            Self::Unknown { since, .. } => Want::ReadBackAt(*since + READ_BACK_AFTER),
            Self::Sending | Self::Confirmed(_) | Self::Refused { .. } | Self::Conflict(_) | Self::Undone => {
                Want::Nothing
            }
        }
    }
}
