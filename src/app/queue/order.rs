//! Slots in the order of their entries, kept by insertion: searched in O(log n), merged in one pass.

use std::collections::HashSet;

use super::rows::{Age, Rows};

/// Slots of [`Rows`], oldest entry first.
#[derive(Debug, Default, Clone)]
pub(super) struct Order(Vec<u32>);

impl Order {
    /// Of nothing.
    pub(super) const fn nothing() -> Self {
        Self(Vec::new())
    }

    /// Of slots that are in order already.
    pub(super) fn of_sorted(slots: Vec<u32>) -> Self {
        Self(slots)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn at(&self, rank: usize) -> Option<u32> {
        self.0.get(rank).copied()
    }

    pub(super) fn slots(&self) -> &[u32] {
        &self.0
    }

    /// How many entries are older than this one, whether it is listed or not.
    pub(super) fn rank(&self, rows: &Rows, age: Age) -> usize {
        self.0.partition_point(|&slot| rows.age(slot) < age)
    }

    /// The place of this entry, if it is listed.
    pub(super) fn find(&self, rows: &Rows, age: Age) -> Option<usize> {
        let rank = self.rank(rows, age);
        self.at(rank).filter(|&slot| rows.age(slot) == age).map(|_| rank)
    }

    /// Merges new slots, which are in order themselves. Each old slot moves once at most.
    pub(super) fn merge(&mut self, rows: &Rows, new: &[u32]) {
        let mut end = self.0.len();
        self.0.resize(end + new.len(), 0);
        for (before, &slot) in new.iter().enumerate().rev() {
            let age = rows.age(slot);
            let rank = self.0[..end].partition_point(|&other| rows.age(other) < age);
            self.0.copy_within(rank..end, rank + before + 1);
            self.0[rank + before] = slot;
            end = rank;
        }
    }

    /// Takes one entry out.
    pub(super) fn remove(&mut self, rows: &Rows, age: Age) {
        if let Some(rank) = self.find(rows, age) {
            self.0.remove(rank);
        }
    }

    /// Takes many out in one pass.
    pub(super) fn remove_all(&mut self, gone: &HashSet<u32>) {
        self.0.retain(|slot| !gone.contains(slot));
    }

    /// Bytes set aside, for the test of the memory budget.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        self.0.capacity() * size_of::<u32>()
    }
}
