//! The pending entries, oldest first: built for a million of them.
//!
//! No key press and no frame walks the whole queue: moving, paging, the place of the cursor and the counts take
//! O(log n) or the rows on the screen. The cursor and the top of the window belong to entries, not to row numbers:
//! what arrives above moves neither, and when the entry under the cursor vanishes the next one takes its place. Only
//! until someone takes the cursor does it stand on the first row, whatever that is: a desk opens on the oldest entry.
//! Reads no names and draws nothing.

mod aside;
mod cursor;
pub mod filter;
mod marks;
pub mod matcher;
mod order;
mod rows;

use std::collections::HashSet;

use crate::domain::{EntryId, EntryRow, ItemId, QuestId, Timestamp, UserId};

use aside::Aside;
use order::Order;
use rows::{Age, Rows};

/// From how many removals at once on one pass over everything is cheaper than one by one.
const MANY: usize = 8;

/// Which entries are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Scope {
    /// Those of all quests.
    #[default]
    All,
    /// Those of one quest.
    Quest(QuestId),
    /// Those of one item.
    Item(ItemId),
}

/// What is known of an item's entries without walking them.
#[derive(Debug, Default, Clone, Copy)]
struct OfItem {
    /// The number of the quest they belong to.
    quest: u32,
    count: u32,
}

/// The pending entries with the cursor on them.
#[derive(Debug, Default)]
pub struct Queue {
    rows: Rows,
    all: Order,
    /// By the quest's number.
    by_quest: Vec<Order>,
    /// By the item's number.
    by_item: Vec<OfItem>,
    scope: Scope,
    /// What is listed, where that is not simply everything or a quest: an item's entries, or what a filter admits.
    picked: Option<Order>,
    filtered: bool,
    /// What was put aside: listed only by a filter that asks for it.
    aside: Aside,
    /// New and changed entries that the filter has not looked at.
    unpicked: Vec<EntryId>,
    cursor: Option<Age>,
    top: Option<Age>,
    /// Someone has taken the cursor: it belongs to its entry from then on.
    taken: bool,
    /// Where the range that is being drawn began.
    range: Option<Age>,
    /// Where the cursor was when the window was last [fitted](Self::fit).
    fitted: Option<Age>,
}

/// What is there.
impl Queue {
    /// A row, if the entry is pending.
    #[must_use]
    pub fn row(&self, entry: EntryId) -> Option<EntryRow> {
        self.rows.find(entry).map(|slot| self.rows.get(slot))
    }

    /// Whether the entry is pending.
    #[must_use]
    pub fn contains(&self, entry: EntryId) -> bool {
        self.rows.find(entry).is_some()
    }

    /// How many entries are pending in a scope, whatever the filter, without what was put aside.
    #[must_use]
    pub fn len_of(&self, scope: Scope) -> usize {
        match scope {
            Scope::All => self.all.len(),
            Scope::Quest(quest) => self.quest_order(quest).map_or(0, Order::len),
            Scope::Item(item) => self.count_item(item) as usize,
        }
    }

    /// How many of a quest's entries are pending.
    #[must_use]
    pub fn count_quest(&self, quest: QuestId) -> u32 {
        self.quest_order(quest).map_or(0, |order| order.len() as u32)
    }

    /// How many of an item's entries are pending.
    #[must_use]
    pub fn count_item(&self, item: ItemId) -> u32 {
        let number = self.rows.item_number(item);
        number.and_then(|number| self.by_item.get(number as usize)).map_or(0, |item| item.count)
    }

    /// When the oldest pending entry of a quest was submitted.
    #[must_use]
    pub fn oldest_of(&self, quest: QuestId) -> Option<Timestamp> {
        let slot = self.quest_order(quest)?.at(0)?;
        Some(self.rows.age(slot).0)
    }

    /// The quests that have pending entries.
    pub fn quests(&self) -> impl Iterator<Item = QuestId> {
        let listed = self.by_quest.iter().filter_map(|order| order.at(0));
        listed.map(|slot| self.rows.quest_id(slot))
    }

    /// A quest's pending entries, oldest first, and then those that were put aside.
    #[must_use]
    pub fn entries_of(&self, quest: QuestId) -> Vec<EntryId> {
        let slots = self.quest_order(quest).map_or(&[][..], Order::slots);
        let number = self.rows.quest_number(quest);
        let aside = self.aside.order.slots().iter().filter(|&&slot| Some(self.rows.quest(slot)) == number);
        slots.iter().chain(aside).map(|&slot| self.rows.age(slot).1).collect()
    }

    /// Whether this person has or had entries here.
    #[must_use]
    pub fn knows(&self, person: UserId) -> bool {
        self.rows.knows(person)
    }

    fn quest_order(&self, quest: QuestId) -> Option<&Order> {
        self.by_quest.get(self.rows.quest_number(quest)? as usize)
    }
}

/// News.
impl Queue {
    /// Puts new rows in and replaces those that are there, in one pass.
    ///
    /// Where a filter is on, [`Self::pick`] must follow.
    pub fn upsert(&mut self, rows: Vec<EntryRow>) {
        let mut new = Vec::with_capacity(rows.len());
        self.rows.reserve(rows.len());
        for row in rows {
            if self.filtered {
                self.unpicked.push(row.id);
            }
            match self.rows.find(row.id) {
                Some(slot) if self.rows.stays(slot, &row) => self.rows.replace(slot, &row),
                Some(slot) => {
                    // Never seen from the server: it stands elsewhere now.
                    let mark = self.rows.is_marked(slot);
                    if let Some(twice) = new.iter().position(|&other| other == slot) {
                        new.swap_remove(twice);
                        self.rows.free(slot);
                    } else {
                        self.take_out(slot);
                    }
                    let slot = self.rows.insert(&row);
                    if mark {
                        self.rows.move_mark(slot);
                    }
                    new.push(slot);
                }
                None => new.push(self.rows.insert(&row)),
            }
        }
        self.list(new);
        self.reseat();
    }

    /// Takes an entry out.
    pub fn remove(&mut self, entry: EntryId) {
        if let Some(slot) = self.rows.find(entry) {
            self.take_out(slot);
            self.reseat();
        }
    }

    /// Takes entries out, many in one pass.
    pub fn remove_all(&mut self, entries: &[EntryId]) {
        let gone: HashSet<u32> = entries.iter().filter_map(|&entry| self.rows.find(entry)).collect();
        if gone.len() < MANY {
            for &slot in &gone {
                self.take_out(slot);
            }
        } else {
            self.unlist(&gone);
            for &slot in &gone {
                self.rows.free(slot);
            }
        }
        self.reseat();
    }

    /// Takes many slots out of every order, in one pass.
    fn unlist(&mut self, gone: &HashSet<u32>) {
        let quests: HashSet<u32> = gone.iter().map(|&slot| self.rows.quest(slot)).collect();
        self.all.remove_all(gone);
        self.aside.order.remove_all(gone);
        for quest in quests {
            if let Some(order) = self.by_quest.get_mut(quest as usize) {
                order.remove_all(gone);
            }
        }
        if let Some(picked) = &mut self.picked {
            picked.remove_all(gone);
        }
        for &slot in gone {
            if !self.is_aside(slot) {
                self.uncount(slot);
            }
        }
    }

    /// Takes new slots into every order they belong to.
    fn list(&mut self, mut new: Vec<u32>) {
        if new.is_empty() {
            return;
        }
        new.sort_unstable_by_key(|&slot| self.rows.age(slot));
        let (aside, mut new): (Vec<_>, Vec<_>) = new.into_iter().partition(|&slot| self.is_aside(slot));
        self.aside.order.merge(&self.rows, &aside);
        self.all.merge(&self.rows, &new);
        if let (Some(picked), false, Scope::Item(item)) = (&mut self.picked, self.filtered, self.scope) {
            let item = self.rows.item_number(item);
            let of_item: Vec<u32> =
                new.iter().copied().filter(|&slot| item.is_some() && self.rows.item(slot) == item).collect();
            picked.merge(&self.rows, &of_item);
        }
        for &slot in &new {
            if let Some(item) = self.rows.item(slot) {
                let item = item as usize;
                if self.by_item.len() <= item {
                    self.by_item.resize(item + 1, OfItem::default());
                }
                self.by_item[item].count += 1;
                self.by_item[item].quest = self.rows.quest(slot);
            }
        }
        // Stable: within a quest they stay in order.
        new.sort_by_key(|&slot| self.rows.quest(slot));
        for of_quest in new.chunk_by(|&a, &b| self.rows.quest(a) == self.rows.quest(b)) {
            let quest = self.rows.quest(of_quest[0]) as usize;
            if self.by_quest.len() <= quest {
                self.by_quest.resize_with(quest + 1, Order::default);
            }
            self.by_quest[quest].merge(&self.rows, of_quest);
        }
    }

    /// Takes one slot out of every order, and frees it.
    fn take_out(&mut self, slot: u32) {
        self.unlist_one(slot);
        self.rows.free(slot);
    }

    fn unlist_one(&mut self, slot: u32) {
        let age = self.rows.age(slot);
        if let Some(picked) = &mut self.picked {
            picked.remove(&self.rows, age);
        }
        if self.is_aside(slot) {
            self.aside.order.remove(&self.rows, age);
        } else {
            self.all.remove(&self.rows, age);
            self.by_quest[self.rows.quest(slot) as usize].remove(&self.rows, age);
            self.uncount(slot);
        }
    }

    fn uncount(&mut self, slot: u32) {
        if let Some(item) = self.rows.item(slot) {
            let of_item = &mut self.by_item[item as usize];
            of_item.count = of_item.count.saturating_sub(1);
        }
    }
}

/// What is listed: the scope and the filter.
impl Queue {
    /// Which entries are listed, before the filter.
    #[must_use]
    pub const fn scope(&self) -> Scope {
        self.scope
    }

    /// Lists a scope, without a filter.
    pub fn set_scope(&mut self, scope: Scope) {
        self.scope = scope;
        self.clear_filter();
    }

    /// Lists only what the filter admits. Walks the scope once; [`Self::pick`] keeps it true after news.
    pub fn filter_by(&mut self, mut admits: impl FnMut(&EntryRow) -> bool) {
        self.clear_picked();
        let rows = &self.rows;
        let slots = self.visible().slots();
        let admitted = slots.iter().copied().filter(|&slot| admits(&rows.get(slot))).collect();
        self.picked = Some(Order::of_sorted(admitted));
        self.filtered = true;
        self.reseat();
    }

    /// Lists the whole scope again.
    pub fn clear_filter(&mut self) {
        self.clear_picked();
        self.reseat();
    }

    fn clear_picked(&mut self) {
        self.filtered = false;
        self.aside.shown = false;
        self.unpicked.clear();
        self.picked = match self.scope {
            Scope::All | Scope::Quest(_) => None,
            Scope::Item(item) => Some(self.of_item(item)),
        };
    }

    /// Whether a filter is on.
    #[must_use]
    pub const fn is_filtered(&self) -> bool {
        self.filtered
    }

    /// Asks the filter about what came or changed since it was last asked.
    pub fn pick(&mut self, mut admits: impl FnMut(&EntryRow) -> bool) {
        if !self.filtered || self.unpicked.is_empty() {
            return;
        }
        let Some(mut picked) = self.picked.take() else { return };
        let mut new = Vec::new();
        for entry in std::mem::take(&mut self.unpicked) {
            let Some(slot) = self.rows.find(entry) else { continue };
            let age = self.rows.age(slot);
            let listed = picked.find(&self.rows, age).is_some();
            let in_pile = self.is_aside(slot) == self.aside.shown;
            let admitted = in_pile && self.in_scope(slot) && admits(&self.rows.get(slot));
            if admitted && !listed {
                new.push(slot);
            } else if listed && !admitted {
                picked.remove(&self.rows, age);
            }
        }
        new.sort_unstable_by_key(|&slot| self.rows.age(slot));
        new.dedup();
        picked.merge(&self.rows, &new);
        self.picked = Some(picked);
        self.reseat();
    }

    fn in_scope(&self, slot: u32) -> bool {
        match self.scope {
            Scope::All => true,
            Scope::Quest(quest) => self.rows.quest_number(quest) == Some(self.rows.quest(slot)),
            Scope::Item(item) => {
                let number = self.rows.item_number(item);
                number.is_some() && self.rows.item(slot) == number
            }
        }
    }

    /// An item's entries, from those of its quest.
    fn of_item(&self, item: ItemId) -> Order {
        let Some(number) = self.rows.item_number(item) else { return Order::default() };
        let Some(of_item) = self.by_item.get(number as usize) else { return Order::default() };
        let Some(of_quest) = self.by_quest.get(of_item.quest as usize) else { return Order::default() };
        let slots = of_quest.slots().iter().copied();
        Order::of_sorted(slots.filter(|&slot| self.rows.item(slot) == Some(number)).collect())
    }

    fn visible(&self) -> &Order {
        static NOTHING: Order = Order::nothing();
        match (&self.picked, self.scope) {
            (Some(picked), _) => picked,
            (None, Scope::Quest(quest)) => self.quest_order(quest).unwrap_or(&NOTHING),
            (None, _) => &self.all,
        }
    }
}

#[cfg(test)]
mod tests;
