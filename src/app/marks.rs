//! Marking: `Space`, ranges, all that are listed, all alike. One set of entries, and one of items; every decision takes
//! it. What is decided already can't be marked, and a mark that goes with its entry is told.

use crate::domain::decision::Subject;
use crate::domain::{EntryId, SafeText, Timestamp};
use crate::ui::cells;

use super::State;
use super::desk::size::sizes;

impl State {
    /// Marks the entry under the cursor or takes its mark away, and goes down; so many times.
    pub(super) fn mark(&mut self, count: u32, now: Timestamp) {
        self.end_range();
        self.desk.reader.skimming = true;
        for _ in 0..count {
            let Some(entry) = self.desk.queue.cursor() else { return };
            if self.decisions.is_open(Subject::Entry(entry)) {
                self.notices.tell("what is decided already is not marked".into(), now);
            } else {
                let on = !self.desk.queue.is_marked(entry);
                self.desk.queue.set_mark(entry, on);
            }
            let before = self.desk.queue.position();
            self.desk.queue.move_by(1);
            if self.desk.queue.position() == before {
                return;
            }
        }
    }

    /// Begins a range at the cursor, or marks what lies between its beginning and the cursor.
    pub(super) fn mark_range(&mut self, now: Timestamp) {
        if self.desk.queue.has_range() {
            self.end_range();
            self.tell_marks(now);
        } else {
            self.desk.queue.begin_range();
            self.notices.tell("range: move, then V again marks it; Esc forgets it".into(), now);
        }
    }

    /// A range that is being drawn becomes marks.
    pub(super) fn end_range(&mut self) {
        let decisions = &self.decisions;
        self.desk.queue.end_range(|entry| decisions.is_open(Subject::Entry(entry)));
    }

    /// Marks everything that is listed.
    pub(super) fn mark_all(&mut self, now: Timestamp) {
        self.mark_where(|_| true, now);
    }

    /// Marks everything listed that is like the entry under the cursor: by the same contributor, with the same outcome
    /// of its evaluation.
    pub(super) fn mark_alike(&mut self, now: Timestamp) {
        let Some(like) = self.desk.entry() else { return };
        self.mark_where(|row| row.contributor == like.contributor && row.eval == like.eval, now);
    }

    fn mark_where(&mut self, alike: impl Fn(&crate::domain::EntryRow) -> bool, now: Timestamp) {
        self.end_range();
        let decisions = &self.decisions;
        let mut all = 0;
        let marked = self.desk.queue.mark_listed(|row| {
            let fits = alike(row);
            all += usize::from(fits);
            fits && !decisions.is_open(Subject::Entry(row.id))
        });
        let words = format!(
            "{} of {} marked, {} on screen",
            cells::count(marked as u64),
            cells::count(all as u64),
            self.marked_on_screen()
        );
        self.notices.tell(SafeText::line(&words), now);
    }

    fn tell_marks(&mut self, now: Timestamp) {
        let marked = self.desk.queue.marked_len();
        let words = format!("{} marked, {} on screen", cells::count(marked as u64), self.marked_on_screen());
        self.notices.tell(SafeText::line(&words), now);
    }

    fn marked_on_screen(&self) -> usize {
        let queue = &self.desk.queue;
        let rows = queue.window(queue.top(), sizes(self).pending);
        rows.iter().filter(|row| queue.is_marked(row.id)).count()
    }

    /// Takes all marks away.
    pub(super) fn clear_marks(&mut self, now: Timestamp) {
        let had = self.marked() + self.desk.items.marked().len();
        self.desk.queue.clear_marks();
        self.desk.items.clear_marks();
        let words = format!("{} no longer marked", cells::count(had as u64));
        self.notices.tell(SafeText::line(&words), now);
    }

    /// Marks the item under the cursor or takes its mark away, and goes down.
    pub(super) fn mark_item(&mut self, count: u32) {
        for _ in 0..count {
            let Some(item) = self.desk.item_cursor() else { return };
            let on = !self.desk.items.is_marked(item);
            self.desk.items.set_mark(item, on);
            self.desk.move_item(1);
            if self.desk.item_cursor() == Some(item) {
                return;
            }
        }
    }

    /// How many entries are marked.
    #[must_use]
    pub fn marked(&self) -> usize {
        self.desk.queue.marked_len()
    }

    /// The entries that the next decision is made on, if any are marked. A range that is being drawn is among them.
    pub(super) fn take_marked(&mut self) -> Vec<EntryId> {
        self.end_range();
        self.desk.queue.marked()
    }

    /// Says when marks went with their entries: somebody decided those, or they were withdrawn.
    pub(super) fn tell_lost_marks(&mut self, now: Timestamp) {
        let lost = self.desk.queue.take_lost();
        if lost > 0 {
            let left = self.desk.queue.marked_len();
            let words = format!(
                "{lost} marked {} no longer pending: {} left",
                if lost == 1 { "entry is" } else { "entries are" },
                cells::count(left as u64)
            );
            self.notices.warn(SafeText::line(&words), now);
        }
    }
}
