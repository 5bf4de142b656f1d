//! What could not be written while the disk was full, or the file not ours to write, and must not be lost: notes, and
//! that something was taken back. It is tried again as soon as anything can be written, and counts until then.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use super::lanes::Urgent;
use crate::domain::decision::{Event, Subject};
use crate::domain::{DecisionId, SafeText};

/// How long it is left alone after it failed: the disk may have room again then.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// What is owed.
#[derive(Debug, Default)]
pub(super) struct Owed {
    /// Drafts to be kept, or to be thrown away (`None`).
    drafts: HashMap<Subject, Option<SafeText>>,
    /// Decisions that somebody took back: none of them is handed out for sending.
    undone: HashSet<DecisionId>,
    /// When it is tried again, though nothing else was written meanwhile.
    rests_until: Option<Instant>,
}

impl Owed {
    /// A request was refused because nothing could be written: it is tried again after a while. Says whether that is
    /// news: something was taken back that was not known to be.
    pub(super) fn refused(&mut self, request: &Urgent, now: Instant) -> bool {
        let before = self.undone.len();
        match request {
            Urgent::SaveDraft { subject, note } => {
                self.drafts.insert(*subject, Some(note.clone()));
            }
            Urgent::DropDraft(subject) => {
                self.drafts.insert(*subject, None);
            }
            Urgent::Step { ids, event: Event::Undo } => self.undone.extend(ids),
            _ => return false,
        }
        self.rests_until = Some(now + RETRY_AFTER);
        self.undone.len() > before
    }

    /// A request is written: what was owed of the same thing is over.
    pub(super) fn served(&mut self, request: &Urgent) {
        match request {
            Urgent::SaveDraft { subject, .. } | Urgent::DropDraft(subject) => {
                self.drafts.remove(subject);
            }
            // Whoever lets it go after all has thought again.
            Urgent::Step { ids, event: Event::Undo | Event::GoOn } => {
                for id in ids {
                    self.undone.remove(id);
                }
            }
            _ => {}
        }
    }

    /// The draft on something, if what is written of it is out of date.
    pub(super) fn draft(&self, subject: Subject) -> Option<&Option<SafeText>> {
        self.drafts.get(&subject)
    }

    /// When it is to be tried again; `None`: nothing is owed.
    pub(super) fn due(&self) -> Option<Instant> {
        self.rests_until.filter(|_| !self.undone.is_empty() || !self.drafts.is_empty())
    }

    /// Whether somebody took it back.
    pub(super) fn is_undone(&self, id: DecisionId) -> bool {
        self.undone.contains(&id)
    }

    /// What to try again. It is owed until it was served.
    pub(super) fn again(&self) -> Vec<Urgent> {
        let undo = (!self.undone.is_empty())
            .then(|| Urgent::Step { ids: self.undone.iter().copied().collect(), event: Event::Undo });
        let drafts = self.drafts.iter().map(|(&subject, note)| match note {
            Some(note) => Urgent::SaveDraft { subject, note: note.clone() },
            None => Urgent::DropDraft(subject),
        });
        undo.into_iter().chain(drafts).collect()
    }
}
