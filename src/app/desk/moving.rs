//! Moving over the Desk: within a pane, between panes, into what the cursor is on and back out of it.

use super::size::Sizes;
use super::{Desk, Pane, fitted};
use crate::app::command::Command;
use crate::app::queue::Scope;
use crate::domain::QuestId;

impl Desk {
    /// Gives a pane the focus.
    pub fn set_focus(&mut self, pane: Pane) {
        match pane {
            Pane::Quests => self.left = Pane::Quests,
            Pane::Items => {
                self.left = Pane::Items;
                let of_entry = self.entry().and_then(|row| row.item);
                self.items.cursor = of_entry.or(self.items.cursor);
            }
            // Back at the entries, the quests pane stands on what they are of.
            Pane::Pending | Pane::Entry => self.quests.cursor = self.scope_quest(),
        }
        // Who leaves the list has stopped skimming.
        self.reader.skimming = false;
        self.focus = pane;
    }

    /// The quest that the list is limited to.
    #[must_use]
    pub fn scope_quest(&self) -> Option<QuestId> {
        match self.queue.scope() {
            Scope::All => None,
            Scope::Quest(quest) => Some(quest),
            Scope::Item(item) => self.item(item).map(|item| item.quest),
        }
    }

    /// The pane in the column to the left (-1) or to the right (1).
    #[must_use]
    pub fn beside(&self, columns: i8) -> Option<Pane> {
        match (self.focus, columns < 0) {
            (Pane::Quests | Pane::Items, true) | (Pane::Entry, false) => None,
            (Pane::Quests | Pane::Items, false) | (Pane::Entry, true) => Some(Pane::Pending),
            (Pane::Pending, true) => Some(self.left),
            (Pane::Pending, false) => Some(Pane::Entry),
        }
    }

    /// The next pane in the order of `Tab` (or the one before, below zero), around the end.
    #[must_use]
    pub fn next(&self, panes: isize) -> Pane {
        let at = Pane::ALL.iter().position(|&pane| pane == self.focus).unwrap_or(0);
        let count = Pane::ALL.len();
        Pane::ALL[at.wrapping_add_signed(panes).wrapping_add(count) % count]
    }

    /// Moves the cursor of the items pane down (up, below zero).
    pub fn move_item(&mut self, rows: i64) {
        let shown = self.items_shown();
        let at =
            self.item_cursor().and_then(|item| shown.iter().position(|&other| other == item)).unwrap_or(0);
        let by = usize::try_from(rows.unsigned_abs()).unwrap_or(usize::MAX);
        let to = if rows < 0 { at.saturating_sub(by) } else { at.saturating_add(by) };
        self.items.cursor = shown.get(to.min(shown.len().saturating_sub(1))).copied();
    }

    /// Moves the windows of all lists as little as needed for their cursors to be in them.
    pub(in crate::app) fn fit(&mut self, sizes: Sizes) {
        self.queue.fit(sizes.pending);
        self.quests.fit(sizes.quests);
        let shown = self.items_shown();
        let at =
            self.item_cursor().and_then(|item| shown.iter().position(|&other| other == item)).unwrap_or(0);
        self.items.top = fitted(self.items.top, at, shown.len(), sizes.items);
    }
}

impl Desk {
    /// Answers the commands that move.
    pub(in crate::app) fn go(&mut self, command: Command, count: Option<u32>, sizes: Sizes) {
        let count = i64::from(count.unwrap_or(1));
        let page = |desk: &Self| match desk.focus {
            _ if desk.full => page_of(sizes.entry.map_or(1, |(_, height)| usize::from(height))),
            Pane::Quests => page_of(sizes.quests),
            Pane::Items => page_of(sizes.items),
            Pane::Pending => page_of(sizes.pending),
            Pane::Entry => page_of(sizes.entry.map_or(1, |(_, height)| usize::from(height))),
        };
        match command {
            Command::Down => self.step(count),
            Command::Up => self.step(-count),
            Command::PageDown => self.step(count.saturating_mul(page(self))),
            Command::PageUp => self.step(-count.saturating_mul(page(self))),
            Command::ReaderScroll => self.reader.scroll_by(page(self)),
            Command::Brief => self.reader.toggle_brief(),
            Command::BriefDown => self.reader.scroll_brief(BRIEF * count),
            Command::BriefUp => self.reader.scroll_brief(-BRIEF * count),
            Command::ReaderNext => self.queue.move_by(count),
            Command::ReaderPrevious => self.queue.move_by(-count),
            Command::First => self.end(false),
            Command::Last => self.end(true),
            Command::PaneLeft if self.full => self.reader.shift_by(-SIDEWAYS * count, width(sizes)),
            Command::PaneRight if self.full => self.reader.shift_by(SIDEWAYS * count, width(sizes)),
            Command::PaneLeft => self.focus_on(self.beside(-1)),
            Command::PaneRight => self.focus_on(self.beside(1)),
            Command::PaneNext => self.set_focus(self.next(1)),
            Command::PanePrevious => self.set_focus(self.next(-1)),
            Command::Open => self.open(),
            Command::Back => self.back(),
            _ => {}
        }
    }

    fn focus_on(&mut self, pane: Option<Pane>) {
        if let Some(pane) = pane {
            self.set_focus(pane);
        }
    }

    fn step(&mut self, rows: i64) {
        match self.focus {
            _ if self.full => self.reader.scroll_by(rows),
            Pane::Quests => self.quests.move_by(rows),
            Pane::Items => self.move_item(rows),
            Pane::Pending => {
                self.reader.skimming = true;
                self.queue.move_by(rows);
            }
            Pane::Entry => self.reader.scroll_by(rows),
        }
    }

    fn end(&mut self, last: bool) {
        let far = if last { i64::MAX } else { i64::MIN };
        match self.focus {
            Pane::Entry => self.reader.scroll_to_end(last),
            _ if self.full => self.reader.scroll_to_end(last),
            Pane::Quests => self.quests.move_by(far),
            Pane::Items => self.move_item(far),
            Pane::Pending if last => self.queue.last(),
            Pane::Pending => self.queue.first(),
        }
    }

    /// Opens what the cursor is on.
    fn open(&mut self) {
        match self.focus {
            Pane::Quests => {
                self.set_scope(self.quests.cursor.map_or(Scope::All, Scope::Quest));
                self.set_focus(Pane::Pending);
            }
            Pane::Items => {
                if let Some(item) = self.item_cursor() {
                    self.set_scope(Scope::Item(item));
                    self.set_focus(Pane::Pending);
                }
            }
            Pane::Pending | Pane::Entry => self.full = true,
        }
    }

    /// One step back: out of the reader, to the list, off the filter, off the item, off the quest.
    fn back(&mut self) {
        if (self.full || self.focus == Pane::Entry) && self.reader.uncover() {
            // The entry is seen again.
        } else if self.full && self.reader.search.take().is_some() {
            // What was found is no longer marked; the reader stays open.
        } else if self.full {
            self.full = false;
        } else if self.queue.has_range() {
            self.queue.drop_range();
        } else if self.focus != Pane::Pending {
            self.set_focus(Pane::Pending);
        } else if self.filter().is_some() {
            self.clear_filter();
        } else {
            let wider = match self.queue.scope() {
                Scope::Item(_) => self.scope_quest().map_or(Scope::All, Scope::Quest),
                Scope::Quest(_) | Scope::All => Scope::All,
            };
            self.set_scope(wider);
            self.set_focus(Pane::Pending);
        }
    }
}

/// Columns that a wide table moves by.
const SIDEWAYS: i64 = 8;

/// Lines that the item's brief moves by.
const BRIEF: i64 = 8;

/// Columns of the entry's text.
fn width(sizes: Sizes) -> usize {
    sizes.entry.map_or(0, |(width, _)| width.into())
}

/// How far a page goes: a line of the page before stays.
fn page_of(height: usize) -> i64 {
    i64::try_from(height.saturating_sub(1).max(1)).unwrap_or(i64::MAX)
}
