//! What stands behind an entry: its contributor's other entries in the quest, entries like it and how they were
//! decided, and its place on the leaderboard. All of it is known here already; nothing is asked of the server.

use std::sync::Arc;

use super::{
    EntryBody, EntryId, EntryStatus, ItemId, LeaderboardOrder, SafeText, Timestamp, UserId, Version,
};

/// What stands behind one entry.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Background {
    /// What became of the contributor's other entries in the quest.
    pub record: Record,
    /// Entries of the quest like this one, those on the same item first, the most alike first.
    pub alike: Vec<Alike>,
    /// Whether there may be more of them than are listed.
    pub more_alike: bool,
    /// The contributor's last entry on this item that was rejected before this one came.
    pub previous: Option<Previous>,
    /// Where its score stands among those of its item.
    pub place: Option<Place>,
    /// Whether the lists of decided entries were read to their end, so that what is not known is not there.
    pub whole: bool,
    /// A comment on it that was begun and not sent.
    pub draft: Option<SafeText>,
}

/// What became of a contributor's entries in a quest, the one that is read left out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Record {
    /// Accepted.
    pub accepted: u32,
    /// Rejected.
    pub rejected: u32,
    /// Waiting for a decision.
    pub pending: u32,
    /// The last ones that were decided, newest first.
    pub last: Vec<Past>,
}

impl Record {
    /// How many of a hundred decided ones were accepted; none without any.
    #[must_use]
    pub fn accept_rate(&self) -> Option<u32> {
        let decided = self.accepted.saturating_add(self.rejected);
        // To the nearest; never 100 or 0 where it was not all or none.
        let rate = (self.accepted.saturating_mul(100).saturating_add(decided / 2)).checked_div(decided)?;
        Some(match (self.accepted, self.rejected) {
            (0, _) => 0,
            (_, 0) => 100,
            _ => rate.clamp(1, 99),
        })
    }
}

/// An entry that was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    /// The entry.
    pub entry: EntryId,
    /// Its item.
    pub item: Option<ItemId>,
    /// What became of it.
    pub status: EntryStatus,
    /// When it was decided.
    pub at: Option<Timestamp>,
    /// By whom; none: by an evaluation, or the server does not say.
    pub reviewer: Option<UserId>,
    /// The review it got.
    pub note: SafeText,
}

/// An entry like the one that is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alike {
    /// In what.
    pub how: Likeness,
    /// Who submitted it.
    pub contributor: UserId,
    /// When it was submitted.
    pub created_at: Timestamp,
    /// The entry, its item, and its decision if there is one.
    pub past: Past,
}

/// In what two entries are alike; the strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Likeness {
    /// The same asset was submitted.
    Asset,
    /// The same words in the same order.
    Text,
    /// So many hundredths of their pairs of words, about.
    Overlap(u8),
}

impl Likeness {
    /// Whether one may be the other once more.
    #[must_use]
    pub const fn is_duplicate(self) -> bool {
        match self {
            Self::Asset | Self::Text => true,
            Self::Overlap(hundredths) => hundredths >= super::likeness::SAME,
        }
    }

    /// The stronger, the higher.
    #[must_use]
    pub const fn strength(self) -> u8 {
        match self {
            Self::Asset => 102,
            Self::Text => 101,
            Self::Overlap(hundredths) => hundredths,
        }
    }
}

/// An earlier entry of the same contributor on the same item, with the review it got.
#[derive(Debug, Clone, PartialEq)]
pub struct Previous {
    /// Its decision.
    pub past: Past,
    /// When it was submitted.
    pub created_at: Timestamp,
    /// What was read of it.
    pub body: Arc<EntryBody>,
}

/// Where a score stands among those of its item that are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// From 1.
    pub rank: u32,
    /// Of how many, this one included.
    pub of: u32,
    /// How many of those above it are accepted.
    pub accepted_above: u32,
    /// Which way the item counts.
    pub order: LeaderboardOrder,
}

/// An entry's background, and of which version of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Behind {
    /// The entry.
    pub entry: EntryId,
    /// Its version in the cache; none if the cache has lost it.
    pub version: Option<Version>,
    /// What stands behind it.
    pub background: Background,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_all_or_none_only_if_it_was() {
        let rate = |accepted, rejected| Record { accepted, rejected, ..Record::default() }.accept_rate();
        assert_eq!(rate(0, 0), None);
        assert_eq!((rate(3, 0), rate(0, 3)), (Some(100), Some(0)));
        assert_eq!((rate(999, 1), rate(1, 999)), (Some(99), Some(1)));
        assert_eq!(rate(2, 1), Some(67));
        assert_eq!(rate(u32::MAX, u32::MAX), Some(1), "sums that no quest reaches are cut, not wrapped");
    }
}
