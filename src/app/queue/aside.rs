//! The pile of entries that were put aside: out of every list and count, until a filter asks for it.

use std::collections::HashSet;

use super::order::Order;
use super::{MANY, Queue};
use crate::domain::{EntryId, EntryRow};

/// The pile.
#[derive(Debug, Default)]
pub(super) struct Aside {
    /// What was put there, whether its row is here or not.
    ids: HashSet<EntryId>,
    /// The rows that are here.
    pub(super) order: Order,
    /// The filter that is on lists this pile and nothing else.
    pub(super) shown: bool,
}

impl Queue {
    /// Whether an entry was put aside.
    #[must_use]
    pub fn is_put_aside(&self, entry: EntryId) -> bool {
        self.aside.ids.contains(&entry)
    }

    /// How many pending entries are aside, in all quests.
    #[must_use]
    pub fn aside_len(&self) -> usize {
        self.aside.order.len()
    }

    /// Whether what is listed is the pile.
    #[must_use]
    pub const fn shows_aside(&self) -> bool {
        self.aside.shown
    }

    /// Puts entries aside or brings them back, in one pass. Entries whose rows come later go where they belong.
    ///
    /// Where a filter is on, [`Self::pick`] must follow.
    pub fn set_aside(&mut self, entries: &[EntryId], aside: bool) {
        let mut changed = entries.to_vec();
        changed.retain(|entry| self.aside.ids.contains(entry) != aside);
        changed.sort_unstable();
        changed.dedup();
        let slots: Vec<u32> = changed.iter().filter_map(|&entry| self.rows.find(entry)).collect();
        if slots.len() < MANY {
            for &slot in &slots {
                self.unlist_one(slot);
            }
        } else {
            self.unlist(&slots.iter().copied().collect());
        }
        for &entry in &changed {
            if aside {
                self.aside.ids.insert(entry)
            } else {
                self.aside.ids.remove(&entry)
            };
        }
        if self.filtered {
            self.unpicked.extend(&changed);
        }
        self.list(slots);
        self.reseat();
    }

    /// Lists only those of the pile that the filter admits, within the scope.
    pub fn filter_aside_by(&mut self, mut admits: impl FnMut(&EntryRow) -> bool) {
        self.clear_picked();
        let slots = self.aside.order.slots().iter().copied();
        let admitted = slots.filter(|&slot| self.in_scope(slot) && admits(&self.rows.get(slot))).collect();
        self.picked = Some(Order::of_sorted(admitted));
        self.filtered = true;
        self.aside.shown = true;
        self.reseat();
    }

    pub(super) fn is_aside(&self, slot: u32) -> bool {
        !self.aside.ids.is_empty() && self.aside.ids.contains(&self.rows.age(slot).1)
    }
}
