//! The Desk view: quests, items, pending entries, the reader, and which of them has the focus.
//!
//! Owns what is known of quests, items, people and entries, and the answers to everything that moves. Decides
//! nothing: deciding is `decide`'s.

pub mod items;
mod moving;
pub mod quests;
pub mod size;

use std::collections::{HashMap, HashSet, VecDeque};

use crate::domain::{EntryId, EntryRow, Item, ItemId, Person, Quest, QuestId, Timestamp, UserId, Version};

use super::queue::filter::Filter;
use super::queue::matcher::{Matcher, Names};
use super::queue::{Queue, Scope};
use super::reader::Reader;

use items::Items;
use quests::Quests;

/// How many entries that were decided are remembered, so that a late answer does not bring them back.
const DECIDED_KEPT: usize = 10_000;

/// A part of the view that can have the focus, from left to right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Pane {
    /// The quests.
    Quests,
    /// The items of the chosen quest.
    Items,
    /// The pending entries.
    Pending,
    /// The entry that is read.
    Entry,
}

impl Pane {
    /// All panes in the order of `Tab`.
    pub const ALL: [Self; 4] = [Self::Quests, Self::Items, Self::Pending, Self::Entry];
}

/// The Desk view.
#[derive(Debug)]
pub struct Desk {
    /// The pending entries.
    pub queue: Queue,
    /// The quests pane.
    pub quests: Quests,
    /// The items.
    pub items: Items,
    /// People by id.
    pub people: HashMap<UserId, Person>,
    /// The entry that is read.
    pub reader: Reader,
    /// Which pane has the focus.
    pub focus: Pane,
    /// Whether the entry takes the whole screen.
    pub full: bool,
    /// When each quest's queue was last looked at, from the first time on that it was read whole.
    pub fresh: HashMap<QuestId, Timestamp>,
    filter: Option<Filter>,
    /// When the filter was put on: what its ages are counted from, so that the list stands still under it.
    filtered_since: Timestamp,
    /// Which of the two panes on the left had the focus last.
    left: Pane,
    /// Pending entries by quest as the cache counts them, until its rows are here.
    counted: HashMap<QuestId, u32>,
    /// The cache's rows are still coming.
    pub(super) filling: bool,
    /// Entries that the engine called gone before the cache's rows were all here.
    pub(super) gone_early: HashSet<EntryId>,
    /// Entries that are pending no more but have an open decision of ours: listed until that is over.
    pub(super) lingering: HashSet<EntryId>,
    /// Entries that were decided, in the version that was decided.
    decided: HashMap<EntryId, Version>,
    decided_order: VecDeque<EntryId>,
    /// The quest that the engine was last asked to keep freshest.
    pub(super) focused: Option<Scope>,
    /// When news last put another entry under the cursor.
    pub(super) slid_at: Option<Timestamp>,
}

impl Default for Desk {
    fn default() -> Self {
        Self {
            queue: Queue::default(),
            quests: Quests::default(),
            items: Items::default(),
            people: HashMap::new(),
            reader: Reader::default(),
            focus: Pane::Pending,
            full: false,
            fresh: HashMap::new(),
            filter: None,
            filtered_since: Timestamp::from_millis(0),
            left: Pane::Quests,
            counted: HashMap::new(),
            filling: true,
            gone_early: HashSet::new(),
            lingering: HashSet::new(),
            decided: HashMap::new(),
            decided_order: VecDeque::new(),
            focused: None,
            slid_at: None,
        }
    }
}

/// What is there.
impl Desk {
    /// A quest.
    #[must_use]
    pub fn quest(&self, quest: QuestId) -> Option<&Quest> {
        self.quests.get(quest)
    }

    /// An item.
    #[must_use]
    pub fn item(&self, item: ItemId) -> Option<&Item> {
        self.items.get(item)
    }

    /// A person.
    #[must_use]
    pub fn person(&self, person: UserId) -> Option<&Person> {
        self.people.get(&person)
    }

    /// The row of the entry under the cursor of the pending list.
    #[must_use]
    pub fn entry(&self) -> Option<EntryRow> {
        self.queue.row(self.queue.cursor()?)
    }

    /// How many of a quest's entries are pending: as the cache counts them until its rows are here.
    #[must_use]
    pub fn pending_of(&self, quest: QuestId) -> u32 {
        self.queue.count_quest(quest).max(self.counted.get(&quest).copied().unwrap_or(0))
    }

    /// How many entries are pending in all quests.
    #[must_use]
    pub fn pending(&self) -> usize {
        let counted: usize = self.counted.values().map(|&count| count as usize).sum();
        self.queue.len_of(Scope::All).max(counted)
    }

    /// The row of the entry that the reader shows, until then of the one under the cursor: what stands beside the
    /// list follows once the cursor rests, so that skimming costs no redraws.
    fn read_entry(&self) -> Option<EntryRow> {
        self.reader.entry.and_then(|entry| self.queue.row(entry)).or_else(|| self.entry())
    }

    /// The quest whose items the items pane shows: the one under the cursor of the quests pane; under *All quests*
    /// that of the entry under the cursor.
    #[must_use]
    pub fn items_quest(&self) -> Option<QuestId> {
        self.quests.cursor.or_else(|| self.read_entry().map(|row| row.quest))
    }

    /// The items that the items pane shows.
    #[must_use]
    pub fn items_shown(&self) -> &[ItemId] {
        self.items_quest().map_or(&[], |quest| self.items.of(quest))
    }

    /// The item under the cursor of the items pane: its own while it has the focus, else that of the entry under the
    /// cursor.
    #[must_use]
    pub fn item_cursor(&self) -> Option<ItemId> {
        let shown = self.items_shown();
        let own = self.items.cursor.filter(|item| shown.contains(item));
        let of_entry = || self.read_entry().and_then(|row| row.item).filter(|item| shown.contains(item));
        if self.focus == Pane::Items { own.or_else(of_entry).or(shown.first().copied()) } else { of_entry() }
    }

    /// The filter that is on.
    #[must_use]
    pub const fn filter(&self) -> Option<&Filter> {
        self.filter.as_ref()
    }
}

/// What is listed.
impl Desk {
    /// Puts a filter on, whose ages are counted from now, or takes it off.
    pub fn set_filter(&mut self, filter: Option<Filter>, now: Timestamp) {
        self.filter = filter;
        self.filtered_since = now;
        self.apply_filter();
    }

    /// Takes the filter off.
    pub fn clear_filter(&mut self) {
        self.filter = None;
        self.apply_filter();
    }

    /// Lists a scope, under the filter that is on.
    pub fn set_scope(&mut self, scope: Scope) {
        if scope != self.queue.scope() {
            self.queue.set_scope(scope);
            self.apply_filter();
        }
    }

    /// Asks the filter about everything in the scope: it was changed, or names it asks about were.
    pub(super) fn apply_filter(&mut self) {
        let names = Names { quests: self.quests.by_id(), items: self.items.by_id(), people: &self.people };
        match &self.filter {
            Some(filter) => {
                let mut matcher = Matcher::new(filter, names, self.filtered_since);
                if filter.wants_aside() {
                    self.queue.filter_aside_by(|row| matcher.admits(row));
                } else {
                    self.queue.filter_by(|row| matcher.admits(row));
                }
            }
            None if self.queue.is_filtered() => self.queue.clear_filter(),
            None => {}
        }
    }

    /// Puts new and changed rows in, except what was decided in the version they show.
    pub(super) fn upsert(&mut self, mut rows: Vec<EntryRow>) {
        rows.retain(|row| {
            self.decided.get(&row.id).is_none_or(|decided| row.version.updated_at > decided.updated_at)
        });
        for row in &rows {
            self.lingering.remove(&row.id);
        }
        self.queue.upsert(rows);
        self.pick();
    }

    /// Puts entries aside, or brings them back.
    pub(super) fn set_aside(&mut self, entries: &[EntryId], aside: bool) {
        self.queue.set_aside(entries, aside);
        self.pick();
    }

    /// Asks the filter about what came or changed.
    fn pick(&mut self) {
        if let Some(filter) = &self.filter {
            let names =
                Names { quests: self.quests.by_id(), items: self.items.by_id(), people: &self.people };
            let mut matcher = Matcher::new(filter, names, self.filtered_since);
            self.queue.pick(|row| matcher.admits(row));
        }
    }

    /// Entries that are pending no more stay listed while a decision of ours on them is open.
    pub(super) fn linger(&mut self, entries: Vec<EntryId>) {
        let listed = entries.into_iter().filter(|entry| self.queue.contains(*entry));
        self.lingering.extend(listed);
    }

    /// An entry was decided in this version: it leaves the list, and a late answer does not bring it back.
    pub(super) fn decided(&mut self, entry: EntryId, version: Version) {
        self.lingering.remove(&entry);
        self.queue.remove(entry);
        if self.decided.insert(entry, version).is_none() {
            self.decided_order.push_back(entry);
        }
        if self.decided_order.len() > DECIDED_KEPT
            && let Some(oldest) = self.decided_order.pop_front()
        {
            self.decided.remove(&oldest);
        }
    }

    /// The cache's counts of pending entries, until its rows are here.
    pub(super) fn count(&mut self, pending: impl IntoIterator<Item = (QuestId, u32)>) {
        self.counted = pending.into_iter().collect();
    }

    /// The rows of a quest, or of all, are here: counts are counted.
    pub(super) fn counted(&mut self, quest: Option<QuestId>) {
        match quest {
            Some(quest) => {
                self.counted.remove(&quest);
            }
            None => self.counted.clear(),
        }
    }
}

/// The first row of a window with the cursor in it, moved as little as needed, and filled. A window without rows (the
/// pane is not on the screen) stays where it was.
fn fitted(top: usize, cursor: usize, len: usize, height: usize) -> usize {
    if height == 0 {
        return top;
    }
    let top = top.min(cursor).max((cursor + 1).saturating_sub(height));
    top.min(len.saturating_sub(height))
}
