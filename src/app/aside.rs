//! Aside: a third pile. An entry that is put there leaves the queue and its counts and waits in a view of its own; it is
//! no decision, nobody is told, and it survives a restart. One that waits for an answer comes back by itself.

use std::collections::{HashMap, HashSet};

use crate::domain::decision::Subject;
use crate::domain::{Aside, AsideWhy, EntryId, EntryRow, SafeText, Timestamp};

use super::command::Command;
use super::context::keys_text;
use super::log::View;
use super::queue::filter::Filter;
use super::{Effect, State};

/// The filter that lists the pile.
pub const FILTER: &str = "is:aside";

/// What is put aside, by entry.
#[derive(Debug, Default)]
pub struct Asides {
    by_entry: HashMap<EntryId, Aside>,
    /// What was put aside last, and when: `u` brings it back.
    last: Option<(Vec<EntryId>, Timestamp)>,
}

impl Asides {
    /// The record of an entry that is aside.
    #[must_use]
    pub fn get(&self, entry: EntryId) -> Option<&Aside> {
        self.by_entry.get(&entry)
    }

    /// How many are aside, whether their rows are here or not.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_entry.len()
    }

    /// Everything that is aside, in no order.
    pub fn all(&self) -> impl Iterator<Item = &Aside> {
        self.by_entry.values()
    }

    /// What was put aside last came with a decision: taking that back brings it back.
    pub(super) fn leave_to_decision(&mut self) {
        self.last = None;
    }

    /// Whether nothing is aside.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_entry.is_empty()
    }

    /// Whether the row is newer than what was put aside.
    #[must_use]
    pub fn has_changed(&self, row: &EntryRow) -> bool {
        self.get(row.id).is_some_and(|aside| row.version.updated_at > aside.version.updated_at)
    }
}

impl State {
    /// Puts the entry under the cursor aside, or what is marked; or brings it back. It is no decision, and `u` takes it
    /// back, so nothing is asked.
    pub(super) fn aside(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        if self.marked() > 0 {
            let marked = self.take_marked();
            return self.toggle_aside(&marked, now, effects);
        }
        match self.desk.queue.cursor() {
            Some(entry) => self.toggle_aside(&[entry], now, effects),
            None => self.notices.warn("no entry under the cursor".into(), now),
        }
    }

    /// Brings entries back if all of them are aside, else puts those aside that are not.
    pub fn toggle_aside(&mut self, entries: &[EntryId], now: Timestamp, effects: &mut Vec<Effect>) {
        if !entries.is_empty() && entries.iter().all(|entry| self.desk.queue.is_put_aside(*entry)) {
            self.bring_back(entries, now, effects);
        } else {
            self.put_aside(entries, AsideWhy::Later, now, effects);
        }
    }

    /// Puts entries aside, and moves on. Those with an open decision stay where they are.
    pub fn put_aside(
        &mut self,
        entries: &[EntryId],
        why: AsideWhy,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let free = |entry: &&EntryId| !self.decisions.is_open(Subject::Entry(**entry));
        let rows = entries.iter().filter(free).filter_map(|entry| self.desk.queue.row(*entry));
        let asides: Vec<Aside> = rows
            .map(|row| Aside { entry: row.id, quest: row.quest, version: row.version, why, at: now })
            .collect();
        let Some(first) = asides.first() else {
            return self.notices.warn("there is nothing here that could be put aside".into(), now);
        };
        let label = self.desk.queue.row(first.entry).map(|row| self.label_of(&row)).unwrap_or_default();
        let ids: Vec<EntryId> = asides.iter().map(|aside| aside.entry).collect();
        for entry in &ids {
            self.desk.queue.set_mark(*entry, false);
        }
        let put: HashSet<EntryId> = ids.iter().copied().collect();
        if self.desk.queue.cursor().is_some_and(|cursor| put.contains(&cursor)) {
            let decisions = &self.decisions;
            let is_done = |entry| put.contains(&entry) || decisions.is_open(Subject::Entry(entry));
            self.desk.queue.advance(is_done);
        }
        self.desk.set_aside(&ids, true);
        self.asides.by_entry.extend(asides.iter().map(|aside| (aside.entry, *aside)));
        self.asides.last = Some((ids, now));
        let what = if asides.len() == 1 { label.to_string() } else { format!("{} entries", asides.len()) };
        let (views, undo) = (keys_text(self, Command::Views), keys_text(self, Command::Undo));
        let words = format!("aside: {what}; {undo} brings it back, {views} b shows the pile");
        self.notices.tell(SafeText::line(&words), now);
        effects.push(Effect::PutAside(asides));
    }

    /// Brings entries back into the queue.
    pub fn bring_back(&mut self, entries: &[EntryId], now: Timestamp, effects: &mut Vec<Effect>) {
        let back: Vec<EntryId> =
            entries.iter().copied().filter(|entry| self.asides.by_entry.contains_key(entry)).collect();
        let Some(first) = back.first() else { return };
        for entry in &back {
            self.desk.queue.set_mark(*entry, false);
        }
        let label = self.desk.queue.row(*first).map(|row| self.label_of(&row)).unwrap_or_default();
        let what = if back.len() == 1 { label.to_string() } else { format!("{} entries", back.len()) };
        self.notices.tell(SafeText::line(&format!("back in the queue: {what}")), now);
        self.forget_asides(&back, effects);
    }

    /// A comment on an entry came: if it answers what was asked, the entry comes back.
    pub fn answer_came(&mut self, entry: EntryId, at: Timestamp, now: Timestamp, effects: &mut Vec<Effect>) {
        let waits = self.asides.get(entry).is_some_and(|aside| match aside.why {
            AsideWhy::Answer { newer_than } => at > newer_than,
            AsideWhy::Later => false,
        });
        if waits {
            self.bring_back(&[entry], now, effects);
        }
    }

    /// What `u` would bring back: what was put aside last, if no decision that can be taken back is younger.
    pub(super) fn aside_to_undo(&self) -> Option<&[EntryId]> {
        let (entries, at) = self.asides.last.as_ref().filter(|_| self.view == View::Desk)?;
        let here = self.desk.queue.cursor().map(Subject::Entry);
        let mut decisions = self.to_take_back().into_iter();
        let younger =
            decisions.any(|decision| decision.made_at > *at || Some(decision.act.subject()) == here);
        (!younger).then_some(entries)
    }

    /// Brings back what was put aside last, the cursor on it; `false` if that is not what `u` is about.
    pub(super) fn undo_aside(&mut self, now: Timestamp, effects: &mut Vec<Effect>) -> bool {
        let Some(entries) = self.aside_to_undo().map(<[_]>::to_vec) else { return false };
        self.bring_back(&entries, now, effects);
        if let Some(first) = entries.first() {
            self.desk.queue.set_cursor(*first);
        }
        true
    }

    /// Shows the pile.
    pub(super) fn show_aside(&mut self) {
        // The text is ours: the test below reads it.
        if let Ok(filter) = Filter::parse(FILTER) {
            self.show_filtered(filter);
        }
    }

    /// What the store keeps as put aside.
    pub(super) fn learn_asides(&mut self, asides: Vec<Aside>) {
        let before: Vec<EntryId> = self.asides.by_entry.keys().copied().collect();
        self.desk.set_aside(&before, false);
        let ids: Vec<EntryId> = asides.iter().map(|aside| aside.entry).collect();
        self.asides.by_entry = asides.into_iter().map(|aside| (aside.entry, aside)).collect();
        self.desk.set_aside(&ids, true);
    }

    /// Entries are pending no more, or were decided: nothing waits for them.
    pub(super) fn forget_asides(&mut self, entries: &[EntryId], effects: &mut Vec<Effect>) {
        let gone: Vec<EntryId> =
            entries.iter().copied().filter(|entry| self.asides.by_entry.remove(entry).is_some()).collect();
        if gone.is_empty() {
            return;
        }
        if let Some((last, _)) = &mut self.asides.last {
            last.retain(|entry| !gone.contains(entry));
        }
        if self.asides.last.as_ref().is_some_and(|(last, _)| last.is_empty()) {
            self.asides.last = None;
        }
        self.desk.set_aside(&gone, false);
        effects.push(Effect::DropAside(gone));
    }

    /// Entries are pending no more; what has a decision of ours waits for that to end.
    pub(super) fn asides_gone(&mut self, gone: &[EntryId], effects: &mut Vec<Effect>) {
        let over: Vec<_> = gone.iter().copied().filter(|entry| !self.desk.queue.contains(*entry)).collect();
        self.forget_asides(&over, effects);
    }

    /// Whether a row that came is a version of an entry that is aside which was not known.
    pub(super) fn aside_is_news(&self, row: &EntryRow) -> bool {
        let known = || self.desk.queue.row(row.id).is_some_and(|known| known.version == row.version);
        self.asides.has_changed(row) && !known()
    }

    /// Entries that are aside came in new versions: one that waited for an answer comes back, for the others it is said.
    pub(super) fn asides_changed(&mut self, changed: &[EntryId], now: Timestamp, effects: &mut Vec<Effect>) {
        for entry in changed {
            let Some(aside) = self.asides.get(*entry).copied() else { continue };
            let Some(row) = self.desk.queue.row(*entry).filter(|row| self.asides.has_changed(row)) else {
                continue;
            };
            match aside.why {
                AsideWhy::Answer { .. } => self.bring_back(&[*entry], now, effects),
                AsideWhy::Later => {
                    let words = format!("changed while it is aside: {}", self.label_of(&row));
                    self.notices.tell(SafeText::line(&words), now);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
