//! Reading a list in pages while it changes under us.
//!
//! Pure. The server gives windows of a list (`offset`, `limit`), says with `hasMore` whether there is another, and
//! with `total`, perhaps, how long the list is (contract, 2.5 and U6, U7). Between two windows entries arrive and
//! vanish, so that rows move; a row may then be seen twice, or never.
//!
//! The rule that makes absence provable: neighbouring windows are asked for so that they overlap, and only count as
//! *linked* if they share a row. In a list whose order is stable, a row that was there all the time and lies between
//! two shared rows lies inside one of the two windows. A pass whose windows are linked from the first to the last is
//! *whole*: what it does not list was not there all the time. Where a link is missing a window in between is read;
//! where that does not help the pass begins again, and after a few attempts it ends as not whole, from which nothing
//! may be concluded but what it did list.
//!
//! A pass asks for nothing itself: it says which windows it [wants](Pass::wants) and is told what came.

mod listing;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::domain::EntryId;
use crate::ouro::{Entry, Page};

pub(super) use listing::Listing;

/// Rows in one window: the cap that the official clients keep to (contract, 2.5).
pub(super) const WINDOW_ROWS: u32 = 200;

/// Rows that neighbouring windows have in common: as many less one may vanish between them without a repair.
const OVERLAP: u32 = 8;

/// Known rows that the tail window of a cheap pass lists before it comes to what is new.
const TAIL_KNOWN: u32 = 100;

/// Windows read to mend missing links before the pass begins again.
const REPAIRS: u32 = 6;

/// How often a pass begins again.
const RESTARTS: u32 = 2;

/// Windows of one pass at the most, for some two million rows: a list that never ends is not read for ever.
const MOST_WINDOWS: u32 = 10_000;

/// The order in which things began here: requests, passes, decisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(super) struct Seq(pub(super) u64);

/// One window as the server gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Window {
    /// The rows that could be read, in the server's order.
    pub(super) ids: Vec<EntryId>,
    /// Rows that could not be read, but take a place.
    pub(super) unreadable: u32,
    /// Whether the server says that another window follows.
    pub(super) more: bool,
    /// The length of the list, if the server says it.
    pub(super) total: Option<u32>,
}

impl Window {
    /// The window that a page of entries shows.
    pub(super) fn of(page: &Page<Entry>) -> Self {
        Self {
            ids: page.rows.iter().map(|entry| entry.row.id).collect(),
            unreadable: u32::try_from(page.unreadable).unwrap_or(u32::MAX),
            more: page.has_more,
            total: page.total,
        }
    }

    fn len(&self) -> u32 {
        u32::try_from(self.ids.len()).unwrap_or(u32::MAX).saturating_add(self.unreadable)
    }
}

/// What a pass found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct End {
    /// When it began.
    pub(super) begun: Seq,
    /// Every row it read, in the server's order.
    pub(super) order: Vec<EntryId>,
    /// Whether what it does not list was not there.
    pub(super) whole: bool,
    /// A cheap pass that agreed with what was known: `order` is what was known and what is new at its end.
    pub(super) cheap: bool,
}

/// A pass under way.
#[derive(Debug, Clone)]
pub(super) struct Pass {
    begun: Seq,
    windows: BTreeMap<u32, Window>,
    asked: BTreeSet<u32>,
    /// The longest that any of the windows said the list is.
    length: u32,
    stride: u32,
    repairs: u32,
    restarts: u32,
    /// What a cheap pass expects: the known rows in the server's order.
    known: Option<Vec<EntryId>>,
    /// Rows that may be listed or not: their decision is under way.
    excused: HashSet<EntryId>,
    /// Whether a cheap pass that disagrees may read everything.
    may_go_whole: bool,
    /// A cheap pass that disagreed and may not.
    disagreed: bool,
    /// Every row read so far, also by attempts that were given up.
    read: HashSet<EntryId>,
}

/// What a pass needs next.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    Ask(Vec<u32>),
    Wait,
    Done { whole: bool },
}

impl Pass {
    /// A pass over everything, begun now.
    pub(super) fn whole(begun: Seq) -> Self {
        Self {
            begun,
            windows: BTreeMap::new(),
            asked: BTreeSet::new(),
            length: 0,
            stride: WINDOW_ROWS - OVERLAP,
            repairs: 0,
            restarts: 0,
            known: None,
            excused: HashSet::new(),
            may_go_whole: true,
            disagreed: false,
            read: HashSet::new(),
        }
    }

    /// A look at the head and the tail of a long list that is already known. If anything differs from what is known,
    /// other than rows that are new at the end, it goes over into a whole pass, or ends as not whole if it may not.
    pub(super) fn cheap(begun: Seq, known: Vec<EntryId>, may_go_whole: bool) -> Self {
        let long = known.len() > (WINDOW_ROWS + TAIL_KNOWN) as usize;
        Self { known: long.then_some(known), may_go_whole, ..Self::whole(begun) }
    }

    /// This row may leave the list at any moment, by our own doing.
    pub(super) fn excuse(&mut self, id: EntryId) {
        if self.known.is_some() {
            self.excused.insert(id);
        }
    }

    /// Requests it waits for.
    pub(super) fn in_flight(&self) -> usize {
        self.asked.len()
    }

    /// The offsets to ask for now; all may be asked for at once.
    pub(super) fn wants(&self) -> Vec<u32> {
        match self.step() {
            Step::Ask(offsets) => offsets,
            Step::Wait | Step::Done { .. } => Vec::new(),
        }
    }

    /// This offset is being asked for.
    pub(super) fn ask(&mut self, offset: u32) {
        self.asked.insert(offset);
    }

    /// A request failed: it is wanted again. However long that takes, what was read keeps its worth.
    pub(super) fn fail(&mut self, offset: u32) {
        self.asked.remove(&offset);
    }

    /// What came for an offset. An answer that nobody waits for is left out.
    pub(super) fn answer(&mut self, offset: u32, window: Window) {
        if !self.asked.remove(&offset) {
            return;
        }
        self.read.extend(&window.ids);
        if offset == 0 && window.more {
            // A server that gives shorter windows than asked for sets the pace.
            let len = window.len();
            self.stride = if len > 2 * OVERLAP { len - OVERLAP } else { len.div_ceil(2).max(1) };
        }
        self.length = self.length.max(window.total.unwrap_or(0));
        self.windows.insert(offset, window);
        self.settle();
    }

    /// The result, once there is nothing left to ask or wait for.
    pub(super) fn end(&self) -> Option<End> {
        match self.step() {
            Step::Done { whole } => Some(self.result(whole)),
            _ => None,
        }
    }

    /// Gives up what cannot be mended: begins again, or ends as not whole.
    fn settle(&mut self) {
        if !self.asked.is_empty() {
            return;
        }
        if self.known.is_some() {
            if self.cheap_agrees() == Some(false) {
                if self.may_go_whole {
                    self.known = None;
                    self.windows.retain(|offset, _| *offset == 0);
                    self.length = self.windows.values().filter_map(|window| window.total).max().unwrap_or(0);
                } else {
                    self.disagreed = true;
                }
            }
            return;
        }
        match self.step() {
            Step::Done { whole: false } if self.restarts < RESTARTS && !self.is_full() => {
                self.restarts += 1;
                self.repairs = 0;
                self.windows.clear();
                self.length = 0;
            }
            Step::Ask(offsets) if offsets.iter().any(|offset| self.is_repair(*offset)) => self.repairs += 1,
            _ => {}
        }
    }

    /// Whether reading this offset mends a link rather than going on.
    fn is_repair(&self, offset: u32) -> bool {
        self.windows.last_key_value().is_some_and(|(last, _)| offset < *last)
    }

    fn step(&self) -> Step {
        let next = match &self.known {
            Some(known) => self.cheap_offsets(known),
            None => self.planned(),
        };
        let missing: Vec<u32> = next.into_iter().filter(|at| !self.is_here_or_asked(*at)).collect();
        if !missing.is_empty() {
            return Step::Ask(missing);
        }
        if !self.asked.is_empty() {
            return Step::Wait;
        }
        if self.known.is_some() {
            let all_told = self.windows.values().all(|window| window.total.is_some());
            return Step::Done { whole: !self.disagreed && all_told && !self.is_endless() };
        }
        if self.is_endless() {
            return Step::Done { whole: false };
        }
        match self.broken_link() {
            None => Step::Done { whole: self.is_complete() },
            Some(offset) if self.repairs < REPAIRS && !self.windows.contains_key(&offset) => {
                Step::Ask(vec![offset])
            }
            Some(_) => Step::Done { whole: false },
        }
    }

    fn is_here_or_asked(&self, offset: u32) -> bool {
        self.windows.contains_key(&offset) || self.asked.contains(&offset)
    }

    /// The offsets of a whole pass as far as they are known now.
    fn planned(&self) -> Vec<u32> {
        let Some(first) = self.windows.get(&0) else { return vec![0] };
        let mut offsets = Vec::new();
        if first.more {
            let mut at = self.stride;
            while at.saturating_add(OVERLAP) < self.length && offsets.len() < MOST_WINDOWS as usize {
                offsets.push(at);
                at = at.saturating_add(self.stride);
            }
        }
        // Whatever `total` says: `hasMore` is the only reliable end.
        if let Some((last, window)) = self.windows.last_key_value()
            && window.more
            && window.len() > 0
            && offsets.last().is_none_or(|planned| planned <= last)
            && !self.is_endless()
        {
            offsets.push(last.saturating_add(self.stride.min(window.len())));
        }
        offsets
    }

    /// Whether there is no use in reading on, though the server says that there is more: as much was read as ever is,
    /// or the last window repeats the one before, as it does where a server pays no heed to the offset.
    fn is_endless(&self) -> bool {
        let mut last = self.windows.values().rev().filter(|window| window.len() > 0);
        let (Some(end), before) = (last.next(), last.next()) else { return false };
        end.more
            && (self.is_full()
                || before.is_some_and(|before| end.ids.iter().all(|id| before.ids.contains(id))))
    }

    fn is_full(&self) -> bool {
        self.windows.len() >= MOST_WINDOWS as usize
    }

    /// Where to read in order to mend the first missing link.
    fn broken_link(&self) -> Option<u32> {
        let filled: Vec<(u32, &Window)> = self
            .windows
            .iter()
            .filter(|(_, window)| window.len() > 0)
            .map(|(at, window)| (*at, window))
            .collect();
        let back = (3 * OVERLAP) << self.repairs.min(3);
        for pair in filled.windows(2) {
            let [(left_at, left), (right_at, right)] = pair else { continue };
            if !are_linked(left, right) {
                return Some(right_at.saturating_sub(back).max(left_at + 1));
            }
        }
        // The list became shorter than an earlier window said: its new end is still unseen.
        let (last_at, last) = filled.last()?;
        let beyond = self.windows.keys().next_back()?;
        (last.more && beyond > last_at).then(|| beyond.saturating_sub(back).max(last_at + 1))
    }

    /// While nothing changed, every row was seen once: a server that shuffles its list is found out here.
    fn is_complete(&self) -> bool {
        // Nothing listed, yet more to come: that says nothing at all.
        if self.windows.values().all(|window| window.len() == 0) && self.windows.values().any(|w| w.more) {
            return false;
        }
        let mut totals = self.windows.values().map(|window| window.total);
        let Some(Some(total)) = totals.next() else { return true };
        if totals.any(|other| other != Some(total)) {
            return true;
        }
        let ids: HashSet<&EntryId> = self.windows.values().flat_map(|window| &window.ids).collect();
        let unreadable: u32 = self.windows.values().map(|window| window.unreadable).sum();
        let seen = u32::try_from(ids.len()).unwrap_or(u32::MAX);
        seen <= total && total <= seen.saturating_add(unreadable)
    }

    fn cheap_offsets(&self, known: &[EntryId]) -> Vec<u32> {
        let length = u32::try_from(known.len()).unwrap_or(u32::MAX);
        let mut offsets = vec![0, length - TAIL_KNOWN];
        if let Some((last, window)) = self.windows.last_key_value()
            && *last >= length - TAIL_KNOWN
            && window.more
            && window.len() > 0
            && !self.is_endless()
        {
            offsets.push(last.saturating_add(window.len()));
        }
        offsets
    }

    /// Whether a cheap pass that is complete agrees with what is known: its head begins with the known head, its tail
    /// ends the known rows and may go on with new ones. `None`: there is more to read.
    fn cheap_agrees(&self) -> Option<bool> {
        let known = self.known.as_ref()?;
        if !matches!(self.step(), Step::Done { .. }) {
            return None;
        }
        let expected: Vec<EntryId> = known.iter().copied().filter(|id| !self.excused.contains(id)).collect();
        let places: HashMap<EntryId, usize> = expected.iter().enumerate().map(|(n, id)| (*id, n)).collect();
        let (mut head, mut tail) = (Vec::new(), Vec::new());
        for (at, window) in &self.windows {
            if window.unreadable > 0 {
                return Some(false);
            }
            let part = if *at == 0 { &mut head } else { &mut tail };
            part.extend(window.ids.iter().copied().filter(|id| !self.excused.contains(id)));
        }
        let old = tail.iter().take_while(|id| places.contains_key(id)).count();
        let (old, new) = tail.split_at(old);
        let unique: HashSet<&EntryId> = new.iter().collect();
        let head_agrees = !head.is_empty() && expected.starts_with(&head);
        let tail_agrees = !old.is_empty() && expected.ends_with(old);
        let new_is_new = unique.len() == new.len() && new.iter().all(|id| !places.contains_key(id));
        let total = self.windows.last_key_value().and_then(|(_, window)| window.total);
        let fits =
            |total: u32| (expected.len() + new.len()..=known.len() + new.len()).contains(&(total as usize));
        Some(head_agrees && tail_agrees && new_is_new && total.is_none_or(fits))
    }

    fn result(&self, whole: bool) -> End {
        let mut seen = HashSet::new();
        let mut order = self.known.clone().unwrap_or_default();
        seen.extend(order.iter().copied());
        order.extend(
            self.windows.values().flat_map(|window| &window.ids).copied().filter(|id| seen.insert(*id)),
        );
        if !whole {
            // Rows of attempts that were given up were read all the same.
            order.extend(self.read.iter().copied().filter(|id| seen.insert(*id)));
        }
        End { begun: self.begun, order, whole, cheap: self.known.is_some() }
    }
}

/// Whether two windows share rows, and in the same order.
fn are_linked(left: &Window, right: &Window) -> bool {
    let places: HashMap<&EntryId, usize> =
        left.ids.iter().enumerate().map(|(place, id)| (id, place)).collect();
    let shared: Vec<usize> = right.ids.iter().filter_map(|id| places.get(id).copied()).collect();
    !shared.is_empty() && shared.is_sorted()
}

#[cfg(test)]
mod tests;
