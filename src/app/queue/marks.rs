//! Marks: one set of entries that the next decision is made on, whatever is listed meanwhile.
//!
//! A mark is a bit beside the packed row, so a hundred thousand of them take 12 KiB; it belongs to its entry through
//! every refresh, and goes when the entry does: [`Queue::take_lost`] says how many went.

use super::Queue;
use crate::domain::{EntryId, EntryRow};

impl Queue {
    /// Whether the next decision is made on this entry: it is marked, or in the range that is being drawn.
    #[must_use]
    pub fn is_marked(&self, entry: EntryId) -> bool {
        let Some(slot) = self.rows.find(entry) else { return false };
        self.rows.is_marked(slot) || self.in_range(slot)
    }

    /// How many entries are marked, with the range that is being drawn.
    #[must_use]
    pub fn marked_len(&self) -> usize {
        self.rows.marked_len() + self.range_slots().iter().filter(|&&slot| !self.rows.is_marked(slot)).count()
    }

    /// The marked entries, oldest first, with the range that is being drawn.
    #[must_use]
    pub fn marked(&self) -> Vec<EntryId> {
        if self.rows.marked_len() == 0 {
            return self.range_slots().iter().map(|&slot| self.rows.age(slot).1).collect();
        }
        let aside = self.aside.order.slots();
        let slots = self.all.slots().iter().chain(aside).copied();
        let mut marked: Vec<u32> =
            slots.filter(|&slot| self.rows.is_marked(slot) || self.in_range(slot)).collect();
        if !aside.is_empty() {
            marked.sort_unstable_by_key(|&slot| self.rows.age(slot));
        }
        marked.into_iter().map(|slot| self.rows.age(slot).1).collect()
    }

    /// Whether an entry is listed, on the screen or not.
    #[must_use]
    pub fn is_listed(&self, entry: EntryId) -> bool {
        let slot = self.rows.find(entry);
        slot.is_some_and(|slot| self.visible().find(&self.rows, self.rows.age(slot)).is_some())
    }

    /// Marks an entry, or takes its mark away.
    pub fn set_mark(&mut self, entry: EntryId, on: bool) {
        if let Some(slot) = self.rows.find(entry) {
            self.rows.set_mark(slot, on);
        }
    }

    /// Marks all listed entries that are admitted. Returns how many those are.
    pub fn mark_listed(&mut self, mut admits: impl FnMut(&EntryRow) -> bool) -> usize {
        let slots: Vec<u32> = {
            let slots = self.visible().slots().iter().copied();
            slots.filter(|&slot| admits(&self.rows.get(slot))).collect()
        };
        for &slot in &slots {
            self.rows.set_mark(slot, true);
        }
        slots.len()
    }

    /// Takes all marks away, and the range.
    pub fn clear_marks(&mut self) {
        self.rows.clear_marks();
        self.range = None;
    }

    /// Begins a range at the cursor.
    pub const fn begin_range(&mut self) {
        self.range = self.cursor;
    }

    /// Whether a range is being drawn.
    #[must_use]
    pub const fn has_range(&self) -> bool {
        self.range.is_some()
    }

    /// Forgets the range without marking anything.
    pub const fn drop_range(&mut self) {
        self.range = None;
    }

    /// Marks what lies in the range, except what is skipped.
    pub fn end_range(&mut self, skip: impl Fn(EntryId) -> bool) {
        for slot in self.range_slots().to_vec() {
            if !skip(self.rows.age(slot).1) {
                self.rows.set_mark(slot, true);
            }
        }
        self.range = None;
    }

    /// How many marks went with their entries since this was last asked.
    pub const fn take_lost(&mut self) -> u32 {
        self.rows.take_lost()
    }

    /// The listed slots from where the range began to the cursor.
    fn range_slots(&self) -> &[u32] {
        let (Some(anchor), Some(cursor)) = (self.range, self.cursor) else { return &[] };
        let visible = self.visible();
        let (from, to) = (anchor.min(cursor), anchor.max(cursor));
        let begin = visible.rank(&self.rows, from);
        let end = visible.rank(&self.rows, to) + usize::from(visible.find(&self.rows, to).is_some());
        visible.slots().get(begin..end).unwrap_or_default()
    }

    fn in_range(&self, slot: u32) -> bool {
        let (Some(anchor), Some(cursor)) = (self.range, self.cursor) else { return false };
        let age = self.rows.age(slot);
        (anchor.min(cursor)..=anchor.max(cursor)).contains(&age)
            && self.visible().find(&self.rows, age).is_some()
    }
}
