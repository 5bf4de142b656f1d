//! An entry that somebody else decides, or takes away, while it is read here: it stays in place, with what happened in
//! its header, until the reviewer moves on. A key press never lands on another entry because the list moved.

use crate::domain::decision::Subject;
use crate::domain::{EntryId, EntryRow, Review, SafeText, Timestamp, age_text};
use crate::sync::Gone;

use super::{Effect, State};

/// What happened to the entry that is read.
#[derive(Debug, Clone, PartialEq)]
pub struct Elsewhere {
    /// The entry as it was read.
    pub row: EntryRow,
    /// The decision, if it was seen; else it is gone.
    pub review: Option<Review>,
}

/// The entry under the cursor that is pending no more, if there is one.
#[derive(Debug, Default)]
pub struct Kept(Option<Elsewhere>);

impl Kept {
    /// What happened to this entry.
    #[must_use]
    pub fn on(&self, entry: EntryId) -> Option<&Elsewhere> {
        self.0.as_ref().filter(|elsewhere| elsewhere.row.id == entry)
    }
}

impl State {
    /// Of entries that went, keeps the one that is read in its place; returns the others.
    pub(super) fn keep_read(&mut self, gone: Vec<Gone>) -> Vec<EntryId> {
        let read = self.desk.queue.cursor().filter(|_| self.desk.queue.is_taken());
        let mut others = Vec::with_capacity(gone.len());
        for gone in gone {
            let open = self.decisions.is_open(Subject::Entry(gone.entry));
            match self.desk.queue.row(gone.entry) {
                Some(row) if read == Some(gone.entry) && !open => {
                    if self.desk.filling {
                        self.desk.gone_early.insert(gone.entry);
                    }
                    self.elsewhere.0 = Some(Elsewhere { row, review: gone.review });
                }
                _ => others.push(gone.entry),
            }
        }
        others
    }

    /// A row that is pending after all is no more kept than any other.
    pub(super) fn pending_again(&mut self, rows: &[EntryRow]) {
        if self.elsewhere.0.as_ref().is_some_and(|kept| rows.iter().any(|row| row.id == kept.row.id)) {
            self.elsewhere.0 = None;
        }
    }

    /// Lets go of what was kept in its place, once the cursor has left it.
    pub(super) fn let_go_of_read(&mut self, effects: &mut Vec<Effect>) {
        let Some(kept) = &self.elsewhere.0 else { return };
        let entry = kept.row.id;
        if self.desk.queue.cursor() != Some(entry) {
            self.elsewhere.0 = None;
            self.desk.queue.remove(entry);
            self.forget_asides(&[entry], effects);
            self.sort_quests();
        }
    }

    /// Who decided, as a name.
    #[must_use]
    pub fn reviewer_name(&self, review: &Review) -> SafeText {
        review.reviewer.map_or_else(|| "the evaluator or someone".into(), |user| self.name_of(user))
    }

    /// What happened to an entry, for its header: `ravi accepted it 3s ago: “fits”`.
    #[must_use]
    pub fn elsewhere_words(&self, entry: EntryId) -> Option<SafeText> {
        let elsewhere = self.elsewhere.on(entry)?;
        let Some(review) = &elsewhere.review else {
            return Some("gone: taken back, replaced, or closed with its item or quest".into());
        };
        let who = self.reviewer_name(review);
        let when = review.at.map_or_else(String::new, |at| format!(" {} ago", age_text(self.now.since(at))));
        let when = when.replace(" now ago", " just now");
        let note = SafeText::line(review.note.as_str().trim());
        let note = if note.is_empty() { String::new() } else { format!(": “{note}”") };
        Some(SafeText::line(&format!("{who} {} it{when}{note}", review.status.word())))
    }
}

/// How long ago something was decided: when the header's words change.
#[must_use]
pub fn decided_at(state: &State) -> Option<Timestamp> {
    state.elsewhere.0.as_ref().and_then(|kept| kept.review.as_ref()).and_then(|review| review.at)
}

#[cfg(test)]
mod tests;
