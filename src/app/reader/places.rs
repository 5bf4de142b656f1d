//! Where each entry was left, and what had been read of it: so that coming back goes on there, and what changed since
//! can be shown.

use std::collections::VecDeque;

use crate::domain::{EntryId, Version};
use crate::ui::reader::page::{Anchor, Marks, Page};

/// How many entries are remembered.
const REMEMBERED: usize = 256;

/// How many marks of paragraphs, over all entries: eight bytes each.
const MARKS: usize = 128 * 1024;

/// What is remembered of one entry.
#[derive(Debug, Clone)]
pub(super) struct Place {
    entry: EntryId,
    pub(super) version: Version,
    pub(super) anchor: Anchor,
    pub(super) marks: Marks,
}

/// What is remembered of the entries that were read, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Places {
    kept: VecDeque<Place>,
}

impl Places {
    /// Remembers where an entry is left.
    pub(super) fn leave(&mut self, entry: EntryId, version: Version, page: &Page, scroll: usize) {
        self.kept.retain(|place| place.entry != entry);
        let place = Place { entry, version, anchor: page.anchor_at(scroll), marks: page.marks() };
        self.kept.push_back(place);
        while self.kept.len() > REMEMBERED || self.marks() > MARKS {
            self.kept.pop_front();
        }
    }

    /// What is remembered of an entry.
    pub(super) fn of(&self, entry: EntryId) -> Option<&Place> {
        self.kept.iter().find(|place| place.entry == entry)
    }

    fn marks(&self) -> usize {
        self.kept.iter().map(|place| place.marks.len()).sum()
    }
}
