//! The items of all quests, and the cursor of the items pane.

use std::collections::{BTreeSet, HashMap};

use crate::domain::{Item, ItemId, QuestId};

/// Items by quest.
#[derive(Debug, Default)]
pub struct Items {
    by_id: HashMap<ItemId, Item>,
    by_quest: HashMap<QuestId, Vec<ItemId>>,
    accepted: HashMap<ItemId, u32>,
    /// The item under the pane's own cursor, which counts while the pane has the focus.
    pub cursor: Option<ItemId>,
    pub(super) top: usize,
    /// The items that the next item key is for.
    marked: BTreeSet<ItemId>,
}

impl Items {
    /// An item.
    #[must_use]
    pub fn get(&self, item: ItemId) -> Option<&Item> {
        self.by_id.get(&item)
    }

    /// All of them by id.
    #[must_use]
    pub const fn by_id(&self) -> &HashMap<ItemId, Item> {
        &self.by_id
    }

    /// A quest's items, by number.
    #[must_use]
    pub fn of(&self, quest: QuestId) -> &[ItemId] {
        self.by_quest.get(&quest).map_or(&[], Vec::as_slice)
    }

    /// How many of an item's entries are accepted.
    #[must_use]
    pub fn accepted(&self, item: ItemId) -> u32 {
        self.accepted.get(&item).copied().unwrap_or(0)
    }

    /// The first row on the screen.
    #[must_use]
    pub const fn top(&self) -> usize {
        self.top
    }

    /// Whether the next item key is for this item.
    #[must_use]
    pub fn is_marked(&self, item: ItemId) -> bool {
        self.marked.contains(&item)
    }

    /// The marked items, in the order of their quests and numbers.
    #[must_use]
    pub fn marked(&self) -> Vec<ItemId> {
        let mut marked: Vec<&Item> = self.marked.iter().filter_map(|item| self.by_id.get(item)).collect();
        marked.sort_by_key(|item| (item.quest, item.number));
        marked.into_iter().map(|item| item.id).collect()
    }

    /// Marks an item, or takes its mark away.
    pub fn set_mark(&mut self, item: ItemId, on: bool) {
        if on {
            self.marked.insert(item);
        } else {
            self.marked.remove(&item);
        }
    }

    /// Takes all marks away.
    pub fn clear_marks(&mut self) {
        self.marked.clear();
    }

    /// Replaces what was known of a quest. Returns whether anything changed by which entries are found.
    pub fn replace(&mut self, quest: QuestId, items: Vec<Item>) -> bool {
        let facts = |item: &Item| (item.number, item.title.clone(), item.reward.pays());
        let known = |item: &Item| self.by_id.get(&item.id).is_some_and(|known| facts(known) == facts(item));
        let changed = !items.iter().all(known);
        for old in self.by_quest.remove(&quest).unwrap_or_default() {
            self.by_id.remove(&old);
        }
        self.add(quest, items);
        let by_id = &self.by_id;
        self.marked.retain(|item| by_id.contains_key(item));
        changed
    }

    /// Adds items of quests of which nothing was known.
    pub(in crate::app) fn fill(&mut self, items: Vec<Item>) {
        let mut by_quest: HashMap<QuestId, Vec<Item>> = HashMap::new();
        for item in items {
            by_quest.entry(item.quest).or_default().push(item);
        }
        for (quest, items) in by_quest {
            if !self.by_quest.contains_key(&quest) {
                self.add(quest, items);
            }
        }
    }

    fn add(&mut self, quest: QuestId, mut items: Vec<Item>) {
        items.sort_by_key(|item| (item.number, item.id));
        self.by_quest.insert(quest, items.iter().map(|item| item.id).collect());
        self.by_id.extend(items.into_iter().map(|item| (item.id, item)));
    }

    /// How many entries of some items are accepted.
    pub fn count_accepted(&mut self, counts: impl IntoIterator<Item = (ItemId, u32)>) {
        self.accepted.extend(counts);
    }

    /// The same for items of which it was not known.
    pub(in crate::app) fn fill_accepted(&mut self, counts: Vec<(ItemId, u32)>) {
        for (item, count) in counts {
            self.accepted.entry(item).or_insert(count);
        }
    }
}
