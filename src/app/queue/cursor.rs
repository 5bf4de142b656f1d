//! The cursor and the window of the list: both belong to entries, and cost O(log n) or the rows on the screen.

use super::Queue;
use crate::domain::{EntryId, EntryRow};

impl Queue {
    /// The entry under the cursor.
    #[must_use]
    pub fn cursor(&self) -> Option<EntryId> {
        self.cursor.map(|(_, entry)| entry)
    }

    /// Someone is at the keys: from now on the cursor stays with its entry. Until then it stands on the first row.
    pub const fn take(&mut self) {
        self.taken = true;
    }

    /// Whether someone has taken the cursor.
    #[must_use]
    pub const fn is_taken(&self) -> bool {
        self.taken
    }

    /// Where the cursor is in the list, from 0.
    #[must_use]
    pub fn position(&self) -> Option<usize> {
        self.visible().find(&self.rows, self.cursor?)
    }

    /// How many entries are listed.
    #[must_use]
    pub fn visible_len(&self) -> usize {
        self.visible().len()
    }

    /// The rows on the screen.
    #[must_use]
    pub fn window(&self, top: usize, height: usize) -> Vec<EntryRow> {
        let slots = self.visible().slots();
        slots.iter().skip(top).take(height).map(|&slot| self.rows.get(slot)).collect()
    }

    /// The place in the list of the first row on the screen.
    #[must_use]
    pub fn top(&self) -> usize {
        self.top.map_or(0, |age| self.visible().rank(&self.rows, age))
    }

    /// Moves the cursor down (or up, below zero), as far as there are rows.
    pub fn move_by(&mut self, rows: i64) {
        let Some(position) = self.position() else { return };
        let last = self.visible_len().saturating_sub(1);
        let by = usize::try_from(rows.unsigned_abs()).unwrap_or(usize::MAX);
        let to = if rows < 0 { position.saturating_sub(by) } else { position.saturating_add(by).min(last) };
        self.seat(to);
    }

    /// To the first row.
    pub fn first(&mut self) {
        self.seat(0);
    }

    /// To this row, counted from 0; the last one if there are not so many.
    pub fn to(&mut self, rank: usize) {
        self.seat(rank.min(self.visible_len().saturating_sub(1)));
    }

    /// To the last row.
    pub fn last(&mut self) {
        self.seat(self.visible_len().saturating_sub(1));
    }

    /// To this entry; `false` if it is not listed.
    pub fn set_cursor(&mut self, entry: EntryId) -> bool {
        let Some(slot) = self.rows.find(entry) else { return false };
        let age = self.rows.age(slot);
        let listed = self.visible().find(&self.rows, age).is_some();
        if listed {
            self.taken = true;
            self.cursor = Some(age);
        }
        listed
    }

    /// To the next undecided entry; at the end to the undecided one before; else stays.
    ///
    /// Decided entries that are still listed are few: they are stepped over one by one.
    pub fn advance(&mut self, is_decided: impl Fn(EntryId) -> bool) {
        let Some(position) = self.position() else { return };
        let visible = self.visible();
        let undecided =
            |&rank: &usize| visible.at(rank).is_some_and(|slot| !is_decided(self.rows.age(slot).1));
        let after = (position + 1..visible.len()).find(undecided);
        if let Some(rank) = after.or_else(|| (0..position).rev().find(undecided)) {
            self.seat(rank);
        }
    }

    /// The entry so many rows below this one (above, if negative), if both are listed.
    #[must_use]
    pub fn neighbour(&self, entry: EntryId, by: i64) -> Option<EntryId> {
        let visible = self.visible();
        let position = visible.find(&self.rows, self.rows.age(self.rows.find(entry)?))?;
        let rank = position.checked_add_signed(isize::try_from(by).ok()?)?;
        visible.at(rank).map(|slot| self.rows.age(slot).1)
    }

    /// Moves the window for the cursor to be in it, and fills it. A window without rows (the list is not on the screen)
    /// stays where it was.
    ///
    /// Where the cursor walked out of it, the window goes on by two thirds of its height: a step that scrolls
    /// sends every row of the list anew (2 KB at 120x40, half a second on a slow line), and so it is one step in
    /// twenty-five instead of every one at the edge. Where the cursor was pushed out (by arrivals, or by a smaller
    /// terminal) nobody asked for other rows: the window moves as little as needed.
    pub fn fit(&mut self, height: usize) {
        if height == 0 {
            return;
        }
        let Some(position) = self.position() else {
            self.top = None;
            return;
        };
        let walked = std::mem::replace(&mut self.fitted, self.cursor) != self.cursor;
        let leap = if walked { leap(height) } else { 0 };
        let top = self.top();
        let below = (position + 1).saturating_sub(top + height);
        let top = match top.saturating_sub(position) {
            0 if below == 0 => top,
            0 => top + leap.max(below),
            above => top.saturating_sub(leap.max(above)),
        };
        let top = top.min(self.visible_len().saturating_sub(height));
        self.top = self.visible().at(top).map(|slot| self.rows.age(slot));
    }

    fn seat(&mut self, rank: usize) {
        self.taken = true;
        if let Some(slot) = self.visible().at(rank) {
            self.cursor = Some(self.rows.age(slot));
        }
    }

    /// After any change: a cursor that nobody has taken stands on the first row; where the entry under a taken one is
    /// listed no more, its next neighbour takes its place. (The top needs no care: it is asked for by its age, whether
    /// it is listed or not.)
    pub(super) fn reseat(&mut self) {
        if !self.taken {
            (self.cursor, self.top) = (None, None);
        }
        let visible = self.visible();
        let last = visible.len().checked_sub(1);
        let rank = |age| visible.rank(&self.rows, age);
        let seat = last.and_then(|last| visible.at(self.cursor.map_or(0, rank).min(last)));
        self.cursor = seat.map(|slot| self.rows.age(slot));
    }
}

/// How many rows a window goes on when the cursor walks out of it: a third of what was shown stays.
const fn leap(height: usize) -> usize {
    height * 2 / 3
}
