//! Which asset is looked into next. Pure: told what is wished for, what came of it and what time it is.
//!
//! What is looked at goes before what may be looked at next; a new wish list takes the place of the old one. Of the
//! request budget previews may always use a quarter, and more only while that much stays free: the queue is read, and
//! decisions are sent, as if nobody looked into anything. What is fetched ahead needs half of the budget free.

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Duration;

use super::budget::{Budget, Moment, WINDOW};
use super::news::Wish;
use crate::domain::{AssetId, Timestamp};
use crate::ouro::ROWS_PAGE;
use crate::preview::table;

/// Assets that are looked into at once.
const AT_ONCE: usize = 3;

/// As long as this what was compared with the server's is taken for true.
const TRUE_FOR: Duration = Duration::from_secs(10 * 60);

/// How long after a failure it is tried again, the first time.
const TRY_AGAIN: Duration = Duration::from_secs(5);

/// How often it is tried.
const TRIES: u32 = 3;

/// Pages of a dataset's rows that are read to be compared.
pub(super) const COMPARED_PAGES: u32 = (table::COMPARED as u32).div_ceil(ROWS_PAGE);

/// How many assets are fetched ahead for one place in the queue.
const AHEAD: usize = 12;

/// One that waits for its turn.
#[derive(Debug, Clone)]
struct Waiting {
    wish: Wish,
    known: Option<Timestamp>,
    ahead: bool,
    not_before: Moment,
    tries: u32,
}

/// What to begin.
#[derive(Debug)]
pub(super) struct Begin {
    pub(super) wish: Wish,
    /// When it had last changed, as of what is known of it.
    pub(super) known: Option<Timestamp>,
}

/// What is wished for, what is under way, and what was seen lately.
#[derive(Debug, Default)]
pub(super) struct Previews {
    waiting: VecDeque<Waiting>,
    flying: HashMap<AssetId, Waiting>,
    /// Assets that were compared with the server's, and when.
    seen: HashMap<AssetId, Moment>,
    /// Those wished for last.
    wished: HashSet<AssetId>,
    spent: VecDeque<Moment>,
}

impl Previews {
    /// A new list takes the place of the old one: says what is to be given up.
    pub(super) fn wish(&mut self, wishes: &[Wish]) -> Vec<AssetId> {
        self.wished = wishes.iter().map(|wish| wish.asset).collect();
        self.waiting.clear();
        let given_up: Vec<AssetId> =
            self.flying.keys().copied().filter(|asset| !self.wished.contains(asset)).collect();
        for asset in &given_up {
            self.flying.remove(asset);
        }
        given_up
    }

    /// Something that is looked at waits for its turn, now that it is known what was kept of it.
    pub(super) fn want(&mut self, wish: Wish, known: Option<Timestamp>, now: Moment) {
        if self.wished.contains(&wish.asset) {
            self.push(wish, known, false, now);
        }
    }

    /// Something that may be looked at next.
    pub(super) fn want_ahead(&mut self, wish: Wish, known: Option<Timestamp>, now: Moment) {
        let ahead = self.waiting.iter().filter(|waiting| waiting.ahead).count();
        if ahead < AHEAD && !self.wished.contains(&wish.asset) {
            self.push(wish, known, true, now);
        }
    }

    fn push(&mut self, wish: Wish, known: Option<Timestamp>, ahead: bool, now: Moment) {
        let asset = wish.asset;
        let is_true =
            !wish.compared && known.is_some() && self.seen.get(&asset).is_some_and(|at| *at + TRUE_FOR > now);
        let is_there = |waiting: &Waiting| waiting.wish.asset == asset;
        let asks = |wish: &Wish| (wish.pictures, wish.compared);
        let flies = self.flying.get(&asset).is_some_and(|flying| asks(&flying.wish) == asks(&wish));
        if !is_true && !flies && !self.waiting.iter().any(is_there) {
            self.waiting.push_back(Waiting { wish, known, ahead, not_before: Moment::ZERO, tries: 0 });
        }
    }

    /// The next to look into; else when there may be one.
    pub(super) fn next(&mut self, now: Moment, budget: &Budget) -> Result<Begin, Option<Moment>> {
        if self.flying.len() >= AT_ONCE {
            return Err(None);
        }
        let looked_at = self.flying.values().filter(|flying| !flying.ahead).count();
        let mut wake: Option<Moment> = None;
        let mut found = None;
        for (at, waiting) in self.waiting.iter().enumerate() {
            // Fetching ahead is one thing at a time, when nobody waits for anything.
            if waiting.ahead && !self.flying.is_empty() {
                continue;
            }
            let cost = cost(&waiting.wish);
            let room = if waiting.ahead {
                budget.fits_at(now, budget.limit() / 2 + cost)
            } else {
                self.room_at(now, cost, budget)
            };
            let begin = waiting.not_before.max(room);
            if begin <= now && found.is_none_or(|(ahead, _)| ahead && !waiting.ahead) {
                found = Some((waiting.ahead, at));
            }
            if begin > now {
                wake = Some(wake.map_or(begin, |wake| wake.min(begin)));
            }
        }
        // What somebody waits for, if only for the budget, goes before what nobody does.
        let waits = self.waiting.iter().any(|waiting| !waiting.ahead);
        let Some((_, at)) = found.filter(|(ahead, _)| !ahead || (!waits && looked_at == 0)) else {
            return Err(wake);
        };
        let Some(waiting) = self.waiting.remove(at) else { return Err(wake) };
        let begin = Begin { wish: waiting.wish.clone(), known: waiting.known };
        self.flying.insert(waiting.wish.asset, waiting);
        Ok(begin)
    }

    /// When so many requests may be made: at once within a quarter of the budget, or while that much stays free.
    fn room_at(&self, now: Moment, cost: u32, budget: &Budget) -> Moment {
        let quarter = (budget.limit() / 4).max(4);
        let spent = self.spent.iter().filter(|at| **at + WINDOW > now);
        let used = u32::try_from(spent.clone().count()).unwrap_or(u32::MAX);
        if used + cost <= quarter {
            return now;
        }
        let over = (used + cost - quarter) as usize;
        let own = spent.copied().nth(over - 1).map_or(now, |at| at + WINDOW);
        own.min(budget.fits_at(now, quarter + cost))
    }

    /// Requests are made for it.
    pub(super) fn spend(&mut self, now: Moment, requests: u32) {
        while self.spent.front().is_some_and(|at| *at + WINDOW <= now) {
            self.spent.pop_front();
        }
        self.spent.extend(std::iter::repeat_n(now, requests as usize));
    }

    /// It was looked into. Says whether anybody wished for it still.
    pub(super) fn done(&mut self, asset: AssetId, now: Moment) {
        self.flying.remove(&asset);
        self.seen.retain(|_, at| *at + TRUE_FOR > now);
        self.seen.insert(asset, now);
    }

    /// It failed in a way that may pass: it is tried again after a while, a few times.
    pub(super) fn failed(&mut self, asset: AssetId, now: Moment) {
        let Some(mut waiting) = self.flying.remove(&asset) else { return };
        waiting.tries += 1;
        waiting.not_before = now + TRY_AGAIN * (1 << waiting.tries.min(4)) / 2;
        if waiting.tries < TRIES && !waiting.ahead {
            self.waiting.push_back(waiting);
        }
    }

    /// Nothing is taken for true any longer.
    pub(super) fn forget(&mut self) {
        self.seen.clear();
    }

    /// Whether something is under way.
    pub(super) fn is_looking(&self) -> bool {
        !self.flying.is_empty()
    }
}

/// Requests that one look makes.
pub(super) fn cost(wish: &Wish) -> u32 {
    match wish.kind.as_str() {
        "post" => 1,
        "file" => 3,
        // Its other pages.
        _ if wish.compared => 4 + COMPARED_PAGES - 1,
        _ => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::budget::Use;

    fn wish(n: u8, kind: &'static str) -> Wish {
        Wish {
            asset: AssetId::from_bytes([n; 16]),
            kind: kind.into(),
            known: None,
            pictures: true,
            compared: false,
        }
    }

    const fn s(seconds: u64) -> Moment {
        Moment::from_secs(seconds)
    }

    fn begun(previews: &mut Previews, now: Moment, budget: &Budget) -> Vec<u8> {
        let mut begun = Vec::new();
        while let Ok(begin) = previews.next(now, budget) {
            previews.spend(now, cost(&begin.wish));
            begun.push(begin.wish.asset.bytes()[0]);
        }
        begun
    }

    fn wished(previews: &mut Previews, list: &[Wish], now: Moment) -> Vec<AssetId> {
        let given_up = previews.wish(list);
        for wish in list {
            previews.want(wish.clone(), None, now);
        }
        given_up
    }

    #[test]
    fn a_few_at_once_and_the_newest_list_wins() {
        let (mut previews, budget) = (Previews::default(), Budget::new(600));
        let list: Vec<Wish> = (1..=5).map(|n| wish(n, "file")).collect();
        assert!(wished(&mut previews, &list, s(0)).is_empty());
        assert_eq!(begun(&mut previews, s(0), &budget), [1, 2, 3]);
        let given_up = wished(&mut previews, &[wish(3, "file"), wish(9, "post")], s(1));
        assert_eq!(given_up.len(), 2, "1 and 2 are given up, 3 is wished for still");
        assert_eq!(begun(&mut previews, s(1), &budget), [9]);
    }

    #[test]
    fn what_may_come_next_waits_until_nothing_else_does() {
        let (mut previews, budget) = (Previews::default(), Budget::new(600));
        wished(&mut previews, &[wish(1, "file")], s(0));
        previews.want_ahead(wish(2, "file"), None, s(0));
        previews.want_ahead(wish(3, "file"), None, s(0));
        assert_eq!(begun(&mut previews, s(0), &budget), [1]);
        previews.done(wish(1, "file").asset, s(1));
        assert_eq!(begun(&mut previews, s(1), &budget), [2], "one at a time");
        // The reviewer moves on to what was being fetched ahead: it goes on.
        assert!(wished(&mut previews, &[wish(2, "file")], s(2)).is_empty());
    }

    #[test]
    fn a_quarter_of_the_budget_is_always_there_and_no_more_when_it_is_short() {
        let mut previews = Previews::default();
        let mut budget = Budget::new(60);
        budget.spend(s(0), Use::Read, 57);
        let list: Vec<Wish> = (1..=8).map(|n| wish(n, "file")).collect();
        wished(&mut previews, &list, s(1));
        let mut all = Vec::new();
        loop {
            let some = begun(&mut previews, s(1), &budget);
            if some.is_empty() {
                break;
            }
            for n in &some {
                previews.done(wish(*n, "file").asset, s(1));
            }
            all.extend(some);
        }
        assert_eq!(all.len(), 5, "5 files of 3 requests are a quarter of 60");
        assert_eq!(previews.next(s(1), &budget).unwrap_err(), Some(s(60)), "when the others are over");
        previews.want_ahead(wish(99, "post"), None, s(1));
        assert!(begun(&mut previews, s(1), &budget).is_empty());
    }

    #[test]
    fn what_was_seen_lately_is_not_asked_for_again_unless_told() {
        let (mut previews, budget) = (Previews::default(), Budget::new(600));
        let one = wish(1, "file");
        wished(&mut previews, std::slice::from_ref(&one), s(0));
        begun(&mut previews, s(0), &budget);
        previews.done(one.asset, s(1));
        previews.want(one.clone(), Some(Timestamp::default()), s(2));
        assert!(begun(&mut previews, s(2), &budget).is_empty());
        previews.forget();
        previews.want(one.clone(), Some(Timestamp::default()), s(2));
        assert_eq!(begun(&mut previews, s(2), &budget), [1]);
        previews.done(one.asset, s(3));
        previews.want(one, Some(Timestamp::default()), s(3) + TRUE_FOR);
        assert_eq!(begun(&mut previews, s(3) + TRUE_FOR, &budget), [1], "after a while it is compared again");
    }

    #[test]
    fn failures_are_tried_again_a_few_times_later_and_later() {
        let (mut previews, budget) = (Previews::default(), Budget::new(600));
        wished(&mut previews, &[wish(1, "file")], s(0));
        let mut at = Vec::new();
        let mut now = s(0);
        for _ in 0..10 {
            match previews.next(now, &budget) {
                Ok(begin) => {
                    at.push(now.as_secs());
                    previews.failed(begin.wish.asset, now);
                }
                Err(Some(wake)) => now = wake,
                Err(None) => break,
            }
        }
        assert_eq!(at, [0, 5, 15]);
    }
}
