//! Who else is reviewing: inferred from the reviews that are seen while the queues are read. The server has no list of
//! who is at work.
//!
//! Others who are seen at work are told on the status line, and a desk whose cursor nobody has taken yet begins at a
//! place of its own in the queue, so that two reviewers do not decide the same entries from the top.

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Duration;

use super::State;
use crate::domain::{EntryId, SafeText, Timestamp, UserId};
use crate::sync::Reviewed;

/// How long somebody counts as active after a review.
const ACTIVE: Duration = Duration::from_secs(10 * 60);

/// The reviews of others within the last ten minutes.
#[derive(Debug, Default)]
pub struct Reviewers {
    /// By the time of the review, oldest first.
    reviews: VecDeque<Reviewed>,
    known: HashSet<EntryId>,
}

/// Somebody else who is reviewing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Active {
    /// Who.
    pub reviewer: UserId,
    /// How many they reviewed in the last ten minutes.
    pub reviews: usize,
}

impl Reviewers {
    /// Reviews by others were seen. Says whether anybody is active now who was not before.
    pub fn learn(&mut self, reviews: Vec<Reviewed>, now: Timestamp) -> bool {
        self.forget(now);
        let before: HashSet<UserId> = self.reviews.iter().map(|review| review.reviewer).collect();
        let mut new = false;
        for review in reviews {
            if is_recent(&review, now) && self.known.insert(review.entry) {
                new |= !before.contains(&review.reviewer);
                let place = self.reviews.partition_point(|other| other.at <= review.at);
                self.reviews.insert(place, review);
            }
        }
        new
    }

    /// Who is active, the busiest first.
    #[must_use]
    pub fn active(&self, now: Timestamp) -> Vec<Active> {
        let mut counts: HashMap<UserId, usize> = HashMap::new();
        for review in self.reviews.iter().filter(|review| is_recent(review, now)) {
            *counts.entry(review.reviewer).or_default() += 1;
        }
        let mut active: Vec<_> =
            counts.into_iter().map(|(reviewer, reviews)| Active { reviewer, reviews }).collect();
        active.sort_by_key(|one| (std::cmp::Reverse(one.reviews), one.reviewer));
        active
    }

    /// When the last of them is no longer active: until then the line is told with each review, not with each that
    /// grows old, so that an idle desk writes nothing.
    #[must_use]
    pub fn quiet_at(&self, now: Timestamp) -> Option<Timestamp> {
        self.reviews.back().filter(|review| is_recent(review, now)).map(|review| review.at + ACTIVE)
    }

    fn forget(&mut self, now: Timestamp) {
        while let Some(oldest) = self.reviews.front()
            && !is_recent(oldest, now)
        {
            self.known.remove(&oldest.entry);
            self.reviews.pop_front();
        }
    }
}

impl State {
    /// Reviews by others were seen.
    pub(super) fn learn_reviews(&mut self, reviews: Vec<Reviewed>, now: Timestamp) {
        if self.reviewers.learn(reviews, now) {
            self.begin_apart(now);
        }
    }

    /// Others are at work: a cursor that nobody has taken goes to this desk's own place. With lanes nobody meets.
    fn begin_apart(&mut self, now: Timestamp) {
        let len = self.desk.queue.visible_len();
        if self.desk.queue.is_taken() || self.desk.filling || self.settings.lane.is_some() || len < 2 {
            return;
        }
        let Some(account) = &self.shell.account else { return };
        let place = own_place(account.username.as_str(), len);
        let who = self.reviewers.active(now).first().map(|one| self.name_of(one.reviewer));
        self.desk.queue.to(place);
        // A key that was meant for the first row must not decide this one.
        self.desk.slid_at = Some(now);
        if let Some(who) = who {
            let words = format!("{who} is reviewing too: you begin at entry {} of {len}", place + 1);
            self.notices.tell(SafeText::line(&words), now);
        }
    }
}

fn is_recent(review: &Reviewed, now: Timestamp) -> bool {
    now.since(review.at) < ACTIVE
}

/// Where in a queue of this length the desk of this user begins while others are at work: the same place each time,
/// another one for each name (FNV-1a).
#[must_use]
pub fn own_place(user: &str, len: usize) -> usize {
    let hash = user.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    // The high bits are the well mixed ones; 32 of them scale to any length there is.
    let part = (u128::from(hash >> 32) * len as u128) >> 32;
    usize::try_from(part).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn review(n: u8, reviewer: u8, seconds: i64) -> Reviewed {
        Reviewed {
            entry: EntryId::from_bytes([n; 16]),
            reviewer: UserId::from_bytes([reviewer; 16]),
            at: Timestamp::from_millis(seconds * 1_000),
        }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    #[test]
    fn whoever_reviewed_lately_is_active_and_counted_once_for_each_entry() {
        let mut reviewers = Reviewers::default();
        assert!(reviewers.learn(vec![review(1, 7, 10), review(2, 7, 5), review(3, 8, 0)], at(20)));
        assert!(!reviewers.learn(vec![review(2, 7, 5), review(4, 7, 15)], at(21)), "known already");
        let counts = |now| -> Vec<_> { reviewers.active(at(now)).iter().map(|one| one.reviews).collect() };
        assert_eq!(
            (counts(21), counts(604), counts(612), counts(615)),
            (vec![3, 1], vec![3], vec![1], vec![])
        );
        assert_eq!((reviewers.quiet_at(at(21)), reviewers.quiet_at(at(615))), (Some(at(615)), None));
    }

    #[test]
    fn what_is_long_past_makes_nobody_active() {
        let mut reviewers = Reviewers::default();
        assert!(!reviewers.learn(vec![review(1, 7, 10)], at(1_000)));
        assert!(reviewers.active(at(1_000)).is_empty());
    }

    proptest! {
        #[test]
        fn everybody_begins_within_the_queue_and_at_the_same_place_each_time(name in "[a-z]{1,12}", len in 1usize..100_000) {
            prop_assert!(own_place(&name, len) < len);
            prop_assert_eq!(own_place(&name, len), own_place(&name, len));
        }
    }

    #[test]
    fn names_begin_at_different_places() {
        let places: HashSet<usize> =
            ["ana", "ravi", "maria", "olga", "li", "omar"].map(|name| own_place(name, 200)).into();
        assert_eq!(places.len(), 6, "{places:?}");
    }
}
