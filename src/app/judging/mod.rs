//! What helps to judge the entry that is read: what stands behind it (its contributor's record, entries like it, its
//! place), asked of the cache once the reader rests on it.

pub mod precedent;

use crate::domain::background::{Background, Behind};
use crate::domain::{EntryId, QuestId, SafeText, Version};

use super::reader::Body;
use super::{Effect, State};

/// What is known to judge by.
#[derive(Debug, Default)]
pub struct Judging {
    behind: Option<Behind>,
    /// For which entry, in which version, it was asked last.
    asked: Option<(EntryId, Version)>,
    /// How often something came: what is laid out of it is true for as long as this stays.
    pub told: u64,
}

impl Judging {
    /// What stands behind an entry, once it is here.
    #[must_use]
    pub fn behind(&self, entry: EntryId) -> Option<&Background> {
        self.behind.as_ref().filter(|behind| behind.entry == entry).map(|behind| &behind.background)
    }

    /// It came; what nobody waits for any more is left out.
    pub(super) fn learn(&mut self, behind: Behind) {
        if self.asked.is_some_and(|(entry, _)| entry == behind.entry) && behind.version.is_some() {
            self.told += 1;
            self.behind = Some(behind);
        }
    }

    /// A comment on it was kept, or its draft is gone.
    pub(super) fn drafted(&mut self, entry: EntryId, draft: Option<SafeText>) {
        if let Some(behind) = self.behind.as_mut().filter(|behind| behind.entry == entry) {
            behind.background.draft = draft;
        }
    }

    /// It is to be asked for once more: something changed that it tells.
    pub(super) const fn again(&mut self) {
        self.asked = None;
    }
}

impl State {
    /// More is known of how entries of a quest were decided: the one that is read may be among them.
    pub(super) fn decided_read(&mut self, quest: QuestId) {
        if matches!(&self.desk.reader.body, Body::Ready(body) if body.quest == quest) {
            self.judging.again();
        }
    }

    /// Asks what stands behind the entry that is read, once for each version of it.
    pub(super) fn look_behind(&mut self, effects: &mut Vec<Effect>) {
        let Body::Ready(body) = &self.desk.reader.body else { return };
        let wanted = (body.id, body.version);
        if self.judging.asked != Some(wanted) {
            self.judging.asked = Some(wanted);
            effects.push(Effect::LoadBehind(body.id));
        }
    }
}
