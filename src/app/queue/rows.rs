//! The pending entries themselves, packed: 56 bytes each, so that a million of them fit beside everything else.
//!
//! Quests, items, people and words of evaluations are kept once and referred to by number. Knows nothing of order.

use std::collections::HashMap;
use std::hash::Hash;

use crate::domain::{EntryId, EntryRow, EvalStatus, ItemId, QuestId, Timestamp, UserId, Version};

/// What entries are ordered by: oldest first, and by id among equals.
pub(super) type Age = (Timestamp, EntryId);

/// Stands for *no item*: legacy entries.
const NO_ITEM: u32 = u32::MAX;

/// Values that occur often, each kept once and numbered from 0.
#[derive(Debug)]
struct Interned<T> {
    values: Vec<T>,
    numbers: HashMap<T, u32>,
}

impl<T> Default for Interned<T> {
    fn default() -> Self {
        Self { values: Vec::new(), numbers: HashMap::new() }
    }
}

impl<T: Clone + Eq + Hash> Interned<T> {
    /// The value's number, a new one if it has none yet.
    fn number(&mut self, value: &T) -> u32 {
        if let Some(&number) = self.numbers.get(value) {
            return number;
        }
        let number = self.values.len() as u32;
        self.values.push(value.clone());
        self.numbers.insert(value.clone(), number);
        number
    }

    fn known(&self, value: &T) -> Option<u32> {
        self.numbers.get(value).copied()
    }
}

/// One row, packed.
#[derive(Debug, Clone, Copy)]
struct Packed {
    id: EntryId,
    created: Timestamp,
    updated: Timestamp,
    /// The score, not a number where there is none.
    score: f64,
    quest: u32,
    item: u32,
    contributor: u32,
    eval: u32,
}

/// All pending entries, by slot.
#[derive(Debug, Default)]
pub(super) struct Rows {
    slots: Vec<Packed>,
    free: Vec<u32>,
    by_id: HashMap<EntryId, u32>,
    quests: Interned<QuestId>,
    items: Interned<ItemId>,
    people: Interned<UserId>,
    evals: Interned<EvalStatus>,
    /// A bit for each slot.
    marks: Vec<u64>,
    marked: usize,
    /// Marks that went with their rows.
    lost: u32,
}

/// Marks.
impl Rows {
    /// Whether the row in a slot is marked.
    pub(super) fn is_marked(&self, slot: u32) -> bool {
        self.marks.get(slot as usize / 64).is_some_and(|bits| bits >> (slot % 64) & 1 == 1)
    }

    /// Marks the row in a slot, or takes its mark away.
    pub(super) fn set_mark(&mut self, slot: u32, on: bool) {
        if self.is_marked(slot) == on {
            return;
        }
        let (word, bit) = (slot as usize / 64, 1_u64 << (slot % 64));
        if self.marks.len() <= word {
            self.marks.resize(word + 1, 0);
        }
        self.marks[word] ^= bit;
        self.marked = if on { self.marked + 1 } else { self.marked - 1 };
    }

    /// The mark of a row that was just freed goes on with its new form.
    pub(super) fn move_mark(&mut self, slot: u32) {
        self.set_mark(slot, true);
        self.lost = self.lost.saturating_sub(1);
    }

    pub(super) const fn marked_len(&self) -> usize {
        self.marked
    }

    pub(super) fn clear_marks(&mut self) {
        self.marks.clear();
        self.marked = 0;
    }

    /// Marks that went with their rows since this was last asked.
    pub(super) const fn take_lost(&mut self) -> u32 {
        std::mem::replace(&mut self.lost, 0)
    }
}

impl Rows {
    /// The slot of an entry.
    pub(super) fn find(&self, id: EntryId) -> Option<u32> {
        self.by_id.get(&id).copied()
    }

    /// The row in a slot, unpacked.
    pub(super) fn get(&self, slot: u32) -> EntryRow {
        let packed = &self.slots[slot as usize];
        EntryRow {
            id: packed.id,
            quest: self.quests.values[packed.quest as usize],
            item: (packed.item != NO_ITEM).then(|| self.items.values[packed.item as usize]),
            contributor: self.people.values[packed.contributor as usize],
            created_at: packed.created,
            version: Version { updated_at: packed.updated },
            score: (!packed.score.is_nan()).then_some(packed.score),
            eval: self.evals.values[packed.eval as usize].clone(),
        }
    }

    /// What the row in a slot is ordered by.
    pub(super) fn age(&self, slot: u32) -> Age {
        let packed = &self.slots[slot as usize];
        (packed.created, packed.id)
    }

    /// The number of the quest of the row in a slot.
    pub(super) fn quest(&self, slot: u32) -> u32 {
        self.slots[slot as usize].quest
    }

    /// The quest of the row in a slot.
    pub(super) fn quest_id(&self, slot: u32) -> QuestId {
        self.quests.values[self.quest(slot) as usize]
    }

    /// Whether this person has or had entries.
    pub(super) fn knows(&self, person: UserId) -> bool {
        self.people.known(&person).is_some()
    }

    /// The number of the item of the row in a slot.
    pub(super) fn item(&self, slot: u32) -> Option<u32> {
        let item = self.slots[slot as usize].item;
        (item != NO_ITEM).then_some(item)
    }

    /// The number of a quest that has or had entries.
    pub(super) fn quest_number(&self, quest: QuestId) -> Option<u32> {
        self.quests.known(&quest)
    }

    /// The number of an item that has or had entries.
    pub(super) fn item_number(&self, item: ItemId) -> Option<u32> {
        self.items.known(&item)
    }

    /// Puts a new row into a free slot.
    pub(super) fn insert(&mut self, row: &EntryRow) -> u32 {
        let packed = self.pack(row);
        let slot = if let Some(slot) = self.free.pop() {
            self.slots[slot as usize] = packed;
            slot
        } else {
            self.slots.push(packed);
            (self.slots.len() - 1) as u32
        };
        self.by_id.insert(row.id, slot);
        slot
    }

    /// Makes room for more rows at once.
    pub(super) fn reserve(&mut self, more: usize) {
        self.by_id.reserve(more);
        self.slots.reserve(more.saturating_sub(self.free.len()));
    }

    /// Whether the new form of a row belongs to the same quest and item and stands at the same place in the order.
    pub(super) fn stays(&self, slot: u32, row: &EntryRow) -> bool {
        let packed = &self.slots[slot as usize];
        packed.created == row.created_at
            && self.quests.known(&row.quest) == Some(packed.quest)
            && row.item.map_or(Some(NO_ITEM), |item| self.items.known(&item)) == Some(packed.item)
    }

    /// Replaces a row that [stays](Self::stays) where it is.
    pub(super) fn replace(&mut self, slot: u32, row: &EntryRow) {
        let packed = self.pack(row);
        self.slots[slot as usize] = packed;
    }

    /// Frees a slot. Whatever still refers to it must be gone by then.
    pub(super) fn free(&mut self, slot: u32) {
        if self.is_marked(slot) {
            self.set_mark(slot, false);
            self.lost = self.lost.saturating_add(1);
        }
        let id = self.slots[slot as usize].id;
        self.by_id.remove(&id);
        self.free.push(slot);
    }

    fn pack(&mut self, row: &EntryRow) -> Packed {
        Packed {
            id: row.id,
            created: row.created_at,
            updated: row.version.updated_at,
            score: row.score.unwrap_or(f64::NAN),
            quest: self.quests.number(&row.quest),
            item: row.item.map_or(NO_ITEM, |item| self.items.number(&item)),
            contributor: self.people.number(&row.contributor),
            eval: self.evals.number(&row.eval),
        }
    }

    /// Bytes set aside for rows and their index, for the test of the memory budget.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        // A hash map keeps a control byte beside each of its places, and up to an eighth of them stays free.
        let places = (self.by_id.capacity() * 8 / 7).next_power_of_two();
        self.slots.capacity() * size_of::<Packed>()
            + self.free.capacity() * size_of::<u32>()
            + places * (size_of::<(EntryId, u32)>() + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packed_row_takes_56_bytes() {
        assert_eq!(size_of::<Packed>(), 56);
    }
}
