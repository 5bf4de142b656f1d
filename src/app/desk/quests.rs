//! The quests pane: *All quests*, then every quest, those with the most pending entries first. The cursor belongs to
//! a quest, not to a row.

use std::cmp::Reverse;
use std::collections::HashMap;

use crate::domain::{Quest, QuestId};

/// The quests pane.
#[derive(Debug, Default)]
pub struct Quests {
    by_id: HashMap<QuestId, Quest>,
    order: Vec<QuestId>,
    /// The quest under the cursor; `None`: *All quests*.
    pub cursor: Option<QuestId>,
    top: usize,
}

impl Quests {
    /// A quest.
    #[must_use]
    pub fn get(&self, quest: QuestId) -> Option<&Quest> {
        self.by_id.get(&quest)
    }

    /// All of them by id.
    #[must_use]
    pub const fn by_id(&self) -> &HashMap<QuestId, Quest> {
        &self.by_id
    }

    /// All of them in the order they are listed, below *All quests*.
    #[must_use]
    pub fn order(&self) -> &[QuestId] {
        &self.order
    }

    /// Rows of the pane: the quests and *All quests*.
    #[must_use]
    pub fn len(&self) -> usize {
        self.order.len() + 1
    }

    /// Whether there are no quests.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// The row of the cursor, 0 being *All quests*.
    #[must_use]
    pub fn position(&self) -> usize {
        let of = |quest| self.order.iter().position(|&other| other == quest);
        self.cursor.and_then(of).map_or(0, |place| place + 1)
    }

    /// The first row on the screen.
    #[must_use]
    pub const fn top(&self) -> usize {
        self.top
    }

    /// Replaces what was known. A quest that is gone leaves the cursor on its row. Returns whether names changed.
    pub fn replace(&mut self, quests: Vec<Quest>) -> bool {
        let row = self.position();
        let known = |quest: &Quest| self.by_id.get(&quest.id).is_some_and(|known| known.name == quest.name);
        let renamed = !quests.iter().all(known);
        self.by_id = quests.into_iter().map(|quest| (quest.id, quest)).collect();
        self.order.retain(|quest| self.by_id.contains_key(quest));
        let mut new: Vec<_> =
            self.by_id.keys().copied().filter(|quest| !self.order.contains(quest)).collect();
        new.sort_unstable();
        self.order.extend(new);
        if self.cursor.is_some_and(|quest| !self.by_id.contains_key(&quest)) {
            self.to(row);
        }
        renamed
    }

    /// Sorts by pending entries, most first, then by name.
    pub fn sort(&mut self, pending: impl Fn(QuestId) -> u32) {
        let Self { by_id, order, .. } = self;
        order.sort_by_cached_key(|&quest| {
            (Reverse(pending(quest)), by_id.get(&quest).map(|quest| quest.name.clone()), quest)
        });
    }

    /// Moves the cursor down (up, below zero).
    pub fn move_by(&mut self, rows: i64) {
        let by = usize::try_from(rows.unsigned_abs()).unwrap_or(usize::MAX);
        let position = self.position();
        self.to(if rows < 0 { position.saturating_sub(by) } else { position.saturating_add(by) });
    }

    /// To a row, the last at most.
    pub fn to(&mut self, row: usize) {
        let row = row.min(self.order.len());
        self.cursor = row.checked_sub(1).and_then(|place| self.order.get(place)).copied();
    }

    /// Moves the window as little as needed for the cursor to be in it.
    pub fn fit(&mut self, height: usize) {
        self.top = super::fitted(self.top, self.position(), self.len(), height);
    }
}
