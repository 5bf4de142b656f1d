//! How many requests there may be: an exact rolling minute.
//!
//! Pure. The budget binds what the desk does by itself. A decision that a person made never waits for it (a bulk of a
//! thousand would take a quarter of an hour), but is counted, so that the reads around it make way; so are
//! read-backs. The server has the last word with 429, which pauses everything.
//!
//! A token bucket with a burst would allow twice the budget within one minute; the exact window costs sixteen bytes
//! a request.

use std::collections::VecDeque;
use std::time::Duration;

/// Time since the engine started. It never goes back, whatever happens to the wall clock.
pub(super) type Moment = Duration;

/// What the budget counts in.
pub(super) const WINDOW: Duration = Duration::from_secs(60);

/// Decisions within this time of each other are counted together.
const CLOSELY: Duration = Duration::from_millis(20);

/// But not more than so many.
const MANY: u32 = 64;

/// The least budget that can be worked with: an account, its quests, their queues and a wallet.
const LEAST: u32 = 10;

/// What a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// A decision or a read-back: never waits.
    Decision,
    /// Anything else.
    Read,
}

/// Requests of the last minute.
#[derive(Debug, Clone)]
pub(super) struct Budget {
    limit: u32,
    /// When, what for, how many. Decisions that follow each other closely are one entry, at the time of the last: a
    /// bulk of thousands must not be counted one by one each time a read asks for room.
    spent: VecDeque<(Moment, Use, u32)>,
}

impl Budget {
    /// A budget of so many requests a minute (at least ten).
    pub(super) fn new(per_minute: u32) -> Self {
        Self { limit: per_minute.max(LEAST), spent: VecDeque::new() }
    }

    /// The most there may be in a minute.
    pub(super) const fn limit(&self) -> u32 {
        self.limit
    }

    /// What reads leave free, so that a decision's request does not go over the limit.
    pub(super) const fn reserve(&self) -> u32 {
        let twentieth = self.limit / 20;
        if twentieth < 2 { 2 } else { twentieth }
    }

    /// What reads may use even while decisions fill the whole budget, a quarter of it: a reviewer deciding once a second must still
    /// see what arrives and what others took.
    fn floor(&self) -> u32 {
        (self.limit / 4).max(LEAST / 2)
    }

    /// Notes `count` requests that begin now.
    pub(super) fn spend(&mut self, now: Moment, what: Use, count: u32) {
        self.forget(now);
        match self.spent.back_mut() {
            Some((at, Use::Decision, many))
                if what == Use::Decision && now.saturating_sub(*at) <= CLOSELY && *many < MANY =>
            {
                (*at, *many) = (now, many.saturating_add(count));
            }
            _ => self.spent.push_back((now, what, count)),
        }
    }

    /// Requests in the minute before `now`.
    pub(super) fn used(&self, now: Moment) -> u32 {
        let recent = self.spent.iter().filter(|(at, ..)| is_recent(*at, now));
        recent.fold(0, |sum, (_, _, count)| sum.saturating_add(*count))
    }

    /// When `count` more reads fit, if nothing else is sent until then; `now` if they fit at once. More than the
    /// whole budget never fits and is treated as the whole.
    pub(super) fn fits_at(&self, now: Moment, count: u32) -> Moment {
        let count = count.min(self.limit - self.reserve());
        let recent = || self.spent.iter().filter(|(at, ..)| is_recent(*at, now));
        let mut reads = recent()
            .filter(|(_, what, _)| *what == Use::Read)
            .fold(0, |sum: u32, (_, _, count)| sum.saturating_add(*count));
        let mut decisions = self.used(now) - reads;
        let mut when = now;
        for (at, what, many) in recent() {
            if self.has_room(reads, decisions, count) {
                return when;
            }
            match what {
                Use::Read => reads = reads.saturating_sub(*many),
                Use::Decision => decisions = decisions.saturating_sub(*many),
            }
            when = *at + WINDOW;
        }
        when
    }

    fn has_room(&self, reads: u32, decisions: u32, count: u32) -> bool {
        let room = (self.limit - self.reserve()).saturating_sub(decisions).max(self.floor());
        reads.saturating_add(count) <= room
    }

    fn forget(&mut self, now: Moment) {
        while self.spent.front().is_some_and(|(at, ..)| !is_recent(*at, now)) {
            self.spent.pop_front();
        }
    }
}

/// How long the told use stays as high as the busiest minute before it may fall.
const HELD: Duration = Duration::from_secs(5 * 60);

/// Tells how much of the budget is used, seldom: the use of each single minute rises and falls with every round of
/// reading, and telling that would write to a terminal at which nobody does anything, for nothing. So what is told is
/// the busiest minute of late. It rises at once, in steps of a tenth of the limit or when it doubles, and falls only
/// when five minutes have been quieter by such a step; in a steady state it never changes.
#[derive(Debug, Default)]
pub(super) struct Gauge {
    told: Option<u32>,
    /// The busiest minute since the last look back.
    peak: u32,
    looked_back: Moment,
}

impl Gauge {
    /// Takes the use of the minute before `now`; returns what is to be told of it, if anything.
    pub(super) fn take(&mut self, now: Moment, used: u32, limit: u32) -> Option<u32> {
        let step = (limit / 10).max(1);
        self.peak = self.peak.max(used);
        let tell = match self.told {
            None => true,
            // Twice as much, and the whole budget, are steps too: 500 of 6000 must not read as 4.
            Some(told) if used > told => {
                used >= told.saturating_mul(2) || (told < limit && used >= limit) || used - told >= step
            }
            Some(told) => {
                now.saturating_sub(self.looked_back) >= HELD && self.peak.saturating_add(step) <= told
            }
        };
        if tell {
            self.told = Some(self.peak);
        }
        if tell || now.saturating_sub(self.looked_back) >= HELD {
            (self.looked_back, self.peak) = (now, used);
        }
        self.told.filter(|_| tell)
    }
}

fn is_recent(at: Moment, now: Moment) -> bool {
    at + WINDOW > now
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const fn s(seconds: u64) -> Moment {
        Moment::from_secs(seconds)
    }

    #[test]
    fn a_burst_fits_and_then_waits_for_the_minute_to_pass() {
        let mut budget = Budget::new(60);
        assert_eq!(budget.fits_at(s(5), 57), s(5));
        budget.spend(s(5), Use::Read, 57);
        assert_eq!(budget.fits_at(s(6), 1), s(65));
        assert_eq!(budget.used(s(64)), 57);
        assert_eq!(budget.used(s(65)), 0);
    }

    #[test]
    fn decisions_take_from_reads_but_leave_them_a_quarter() {
        let mut budget = Budget::new(60);
        budget.spend(s(0), Use::Decision, 30);
        assert_eq!(budget.fits_at(s(1), 27), s(1));
        assert!(budget.fits_at(s(1), 28) > s(1));
        budget.spend(s(1), Use::Decision, 500);
        assert_eq!(budget.fits_at(s(1), 15), s(1));
        assert!(budget.fits_at(s(1), 16) > s(1));
    }

    #[test]
    fn the_gauge_rises_at_once_falls_late_and_rests_in_a_steady_state() {
        let mut gauge = Gauge::default();
        assert_eq!(gauge.take(s(0), 0, 60), Some(0));
        assert_eq!(gauge.take(s(0), 4, 60), Some(4), "the first requests");
        assert_eq!(gauge.take(s(1), 7, 60), None);
        assert_eq!(gauge.take(s(1), 53, 60), Some(53));
        assert_eq!(gauge.take(s(2), 60, 60), Some(60), "the whole budget");
        for minute in 0..30_u64 {
            let at = 10 + minute * 60;
            let tolds = [gauge.take(s(at), 25, 60), gauge.take(s(at + 30), 39, 60)];
            // The first look back still sees the busy start.
            let fell = tolds.into_iter().flatten().collect::<Vec<_>>();
            assert!(fell.is_empty() || (fell == [39] && (5..=10).contains(&minute)), "{minute}: {fell:?}");
        }
        assert_eq!(gauge.take(s(3_000), 45, 60), Some(45));
    }

    proptest! {
        #[test]
        fn reads_never_go_over_in_any_rolling_minute(
            limit in 1u32..200,
            wishes in proptest::collection::vec((0u64..20_000, 1u32..5, any::<bool>()), 0..200),
        ) {
            let mut budget = Budget::new(limit);
            let mut now = Moment::ZERO;
            let mut sent: Vec<(Moment, bool)> = Vec::new();
            for (millis, count, decision) in wishes {
                now += Duration::from_millis(millis);
                if decision {
                    budget.spend(now, Use::Decision, count);
                    sent.extend((0..count).map(|_| (now, true)));
                } else {
                    let at = budget.fits_at(now, count);
                    prop_assert!(at >= now && at <= now + WINDOW);
                    if at == now {
                        budget.spend(now, Use::Read, count);
                        sent.extend((0..count).map(|_| (now, false)));
                    }
                }
            }
            for (end, _) in &sent {
                let window = || sent.iter().filter(|(at, _)| at <= end && *at + WINDOW > *end);
                let decisions = window().filter(|(_, decision)| *decision).count();
                let all = window().count();
                let limit = budget.limit() as usize;
                // Decisions that come after the reads may use the reserve, and beyond: they are people's own will.
                prop_assert!(all - decisions <= limit);
                prop_assert!(decisions > 0 || all <= limit - budget.reserve() as usize);
            }
        }

        #[test]
        fn there_is_room_when_it_says_so(limit in 10u32..100, spent in proptest::collection::vec(0u64..1_000, 0..300)) {
            let mut budget = Budget::new(limit);
            let mut now = Moment::ZERO;
            for millis in spent {
                now += Duration::from_millis(millis);
                budget.spend(now, Use::Read, 1);
            }
            let at = budget.fits_at(now, 3);
            prop_assert_eq!(budget.fits_at(at, 3), at);
            let before = at.saturating_sub(Duration::from_millis(1));
            prop_assert!(at == now || budget.fits_at(before, 3) > before, "not earlier");
        }
    }
}
