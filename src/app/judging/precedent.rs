//! Precedent: how entries like this one were decided, by whom, and with what reason.

use std::cmp::Reverse;

use crate::app::decide::gist;
use crate::domain::background::{Alike, Past};
use crate::domain::{EntryStatus, ItemId, UserId};

/// How alike entries were decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Precedent {
    /// How many are alike.
    pub alike: usize,
    /// The reasons of those that were rejected, each in a few words and how often; the most frequent first. Empty
    /// words: no reason was given.
    pub rejected: Vec<(String, usize)>,
    /// How many were accepted.
    pub accepted: usize,
    /// How many wait for a decision.
    pub pending: usize,
    /// Who decided, who decided most of them first; none: an evaluation, or nobody was named.
    pub by: Vec<Option<UserId>>,
    /// Whether they are on the same item; only if there are none, those on others count.
    pub same_item: bool,
}

impl Precedent {
    /// What these entries say about one on `item`; none if there are none.
    #[must_use]
    pub fn of(alike: &[Alike], item: Option<ItemId>) -> Option<Self> {
        let here: Vec<&Past> =
            alike.iter().map(|alike| &alike.past).filter(|past| past.item == item).collect();
        let same_item = !here.is_empty();
        let counted = if same_item { here } else { alike.iter().map(|alike| &alike.past).collect() };
        if counted.is_empty() {
            return None;
        }
        let with = |status: &EntryStatus| counted.iter().filter(|past| past.status == *status).count();
        let reasons = counted.iter().filter(|past| past.status == EntryStatus::Rejected);
        let reasons = reasons.map(|past| gist(past.note.as_str().lines().next().unwrap_or_default()));
        let decided = |past: &&&Past| matches!(past.status, EntryStatus::Accepted | EntryStatus::Rejected);
        Some(Self {
            alike: counted.len(),
            rejected: counts(reasons),
            accepted: with(&EntryStatus::Accepted),
            pending: with(&EntryStatus::Submitted),
            by: counts(counted.iter().filter(decided).map(|past| past.reviewer))
                .into_iter()
                .map(|(by, _)| by)
                .collect(),
            same_item,
        })
    }

    /// How many were rejected.
    #[must_use]
    pub fn rejections(&self) -> usize {
        self.rejected.iter().map(|(_, count)| count).sum()
    }

    /// `3 alike: 2 rejected (units), 1 accepted`. `at_least`: there may be more than were looked at.
    #[must_use]
    pub fn words(&self, at_least: bool) -> String {
        let mut parts = Vec::new();
        if self.rejections() > 0 {
            parts.push(format!("{} rejected{}", self.rejections(), self.reasons()));
        }
        if self.accepted > 0 {
            parts.push(format!("{} accepted", self.accepted));
        }
        if self.pending > 0 {
            parts.push(format!("{} pending", self.pending));
        }
        let more = if at_least { " or more" } else { "" };
        let place = if self.same_item { "" } else { " on other items" };
        format!("{}{more} alike{place}: {}", self.alike, parts.join(", "))
    }

    /// ` (units)`, ` (2 units, 1 no source)`; nothing if no reason was given.
    fn reasons(&self) -> String {
        const SHOWN: usize = 3;
        let named: Vec<_> = self.rejected.iter().filter(|(reason, _)| !reason.is_empty()).collect();
        match named.as_slice() {
            [] => String::new(),
            [(reason, count)] if *count == self.rejections() => format!(" ({reason})"),
            many => {
                let mut words: Vec<_> =
                    many.iter().take(SHOWN).map(|(reason, count)| format!("{count} {reason}")).collect();
                if many.len() > SHOWN {
                    words.push(format!("{} other reasons", many.len() - SHOWN));
                }
                format!(" ({})", words.join(", "))
            }
        }
    }
}

/// Each different one and how often it is there, the most frequent first.
fn counts<T: PartialEq>(all: impl Iterator<Item = T>) -> Vec<(T, usize)> {
    let mut counted: Vec<(T, usize)> = Vec::new();
    for one in all {
        match counted.iter_mut().find(|(known, _)| *known == one) {
            Some((_, count)) => *count += 1,
            None => counted.push((one, 1)),
        }
    }
    // Stable: of equals the first seen stays first.
    counted.sort_by_key(|(_, count)| Reverse(*count));
    counted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::testing::{entry_id, item_id, user_id};
    use crate::domain::background::Likeness;
    use crate::domain::{SafeText, Timestamp};

    fn alike(n: u32, item: u32, status: EntryStatus, note: &str, by: Option<u32>) -> Alike {
        Alike {
            how: Likeness::Text,
            contributor: user_id(1),
            created_at: Timestamp::from_millis(0),
            past: Past {
                entry: entry_id(n),
                item: Some(item_id(item)),
                status,
                at: None,
                reviewer: by.map(user_id),
                note: SafeText::block(note),
            },
        }
    }

    fn words(alike: &[Alike]) -> String {
        Precedent::of(alike, Some(item_id(11))).map(|found| found.words(false)).unwrap_or_default()
    }

    #[test]
    fn decisions_are_counted_with_their_reasons() {
        use EntryStatus::{Accepted, Rejected, Submitted};
        let all = [
            alike(1, 11, Rejected, "units: name them", Some(2)),
            alike(2, 11, Accepted, "fine", Some(3)),
            alike(3, 11, Rejected, "units: again", Some(2)),
            alike(4, 11, Rejected, "no source", None),
            alike(5, 12, Accepted, "", Some(3)),
            alike(6, 11, Submitted, "", None),
        ];
        assert_eq!(words(&all[..3]), "3 alike: 2 rejected (units), 1 accepted");
        assert_eq!(words(&all), "5 alike: 3 rejected (2 units, 1 no source), 1 accepted, 1 pending");
        assert_eq!(words(&all[4..5]), "1 alike on other items: 1 accepted");
        assert_eq!(words(&[alike(1, 11, Rejected, "", None)]), "1 alike: 1 rejected");
        assert_eq!(words(&[]), "");
        let found = Precedent::of(&all, Some(item_id(11))).unwrap();
        assert_eq!(found.by, [Some(user_id(2)), Some(user_id(3)), None]);
        assert_eq!(found.words(true).split(':').next(), Some("5 or more alike"));
    }
}
