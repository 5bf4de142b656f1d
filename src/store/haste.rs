//! Cache work that counts before its turn: nobody decides on old knowledge because newer knowledge is still in the
//! queue.
//!
//! What was done early is taken off the queue once it is committed. Done a second time it would undo what happened
//! in between: an entry that left the queue and came back in a newer version would leave again.

use std::collections::{HashSet, VecDeque};

use rusqlite::Connection;

use super::cache;
use super::lanes::CacheWork;
use crate::domain::decision::Subject;
use crate::domain::{EntryId, QuestId};

/// A subject, and the quest whose state matters too when a decision on it is about to be sent.
#[derive(Clone, Copy)]
pub(super) struct About {
    pub(super) subject: Subject,
    pub(super) quest: Option<QuestId>,
}

/// What of the waiting work has been done early inside one transaction.
#[derive(Debug, Default)]
pub(super) struct Hastened {
    quests: bool,
    items: HashSet<QuestId>,
    entries: HashSet<EntryId>,
    /// Those entries of which something waited: only then is there anything to take off.
    waited: HashSet<EntryId>,
}

/// Whether cache work that waits changes what is known about something.
pub(super) fn concerns(work: &VecDeque<CacheWork>, about: About) -> bool {
    let items = quests_of_items(work, about);
    work.iter().any(|work| match (work, about.subject) {
        (CacheWork::Quests(_), _) => about.quest.is_some(),
        (CacheWork::Items(quest, _), _) => items.contains(quest),
        (CacheWork::Entries(entries), Subject::Entry(id)) => entries.iter().any(|entry| entry.row.id == id),
        (CacheWork::Gone(gone), Subject::Entry(id)) => gone.iter().any(|gone| gone.entry == id),
        _ => false,
    })
}

/// The quests whose items matter to it: each time, all of a quest's items are replaced, so that no single one of
/// these replacements may be done without those before it.
fn quests_of_items(work: &VecDeque<CacheWork>, about: About) -> HashSet<QuestId> {
    let with_item = work.iter().filter_map(|work| match (work, about.subject) {
        (CacheWork::Items(quest, items), Subject::Item(id)) => {
            items.iter().any(|(item, _)| item.id == id).then_some(*quest)
        }
        _ => None,
    });
    with_item.chain(about.quest).collect()
}

impl Hastened {
    /// Lets the work that waits count for one subject, in its order, unless it does already.
    pub(super) fn hasten(
        &mut self,
        work: &VecDeque<CacheWork>,
        db: &Connection,
        about: About,
    ) -> rusqlite::Result<()> {
        if about.quest.is_some() && !std::mem::replace(&mut self.quests, true) {
            for work in work {
                if let CacheWork::Quests(quests) = work {
                    cache::put_quests(db, quests)?;
                }
            }
        }
        for quest in quests_of_items(work, about) {
            if !self.items.contains(&quest) && items_of(work, db, quest)? {
                self.items.insert(quest);
            }
        }
        if let Subject::Entry(entry) = about.subject
            && self.entries.insert(entry)
            && changes_of(work, db, entry)?
        {
            self.waited.insert(entry);
        }
        Ok(())
    }

    /// Takes what was done early off the queue. Only to be called once it is committed, and before anything new is
    /// put into the queue.
    pub(super) fn take_off(&self, queue: &mut VecDeque<CacheWork>) {
        if self.quests {
            for work in queue.iter_mut().filter(|work| matches!(work, CacheWork::Quests(_))) {
                *work = CacheWork::ClearAway;
            }
        }
        if self.items.is_empty() && self.waited.is_empty() {
            return;
        }
        queue.retain_mut(|work| match work {
            CacheWork::Items(quest, _) => !self.items.contains(quest),
            CacheWork::Entries(entries) => {
                entries.retain(|entry| !self.waited.contains(&entry.row.id));
                !entries.is_empty()
            }
            CacheWork::Gone(gone) => {
                gone.retain(|gone| !self.waited.contains(&gone.entry));
                !gone.is_empty()
            }
            _ => true,
        });
    }
}

/// Does what waits for a quest's items; says whether anything did.
fn items_of(work: &VecDeque<CacheWork>, db: &Connection, of: QuestId) -> rusqlite::Result<bool> {
    let mut waited = false;
    for work in work {
        if let CacheWork::Items(quest, items) = work
            && *quest == of
        {
            cache::put_items(db, *quest, items)?;
            waited = true;
        }
    }
    Ok(waited)
}

/// Does what waits for one entry; says whether anything did.
fn changes_of(work: &VecDeque<CacheWork>, db: &Connection, id: EntryId) -> rusqlite::Result<bool> {
    let mut waited = false;
    for work in work {
        match work {
            CacheWork::Entries(entries) => entries
                .iter()
                .filter(|entry| entry.row.id == id)
                .inspect(|_| waited = true)
                .try_for_each(|entry| cache::put_entry(db, &cache::Prepared::of(entry)?))?,
            CacheWork::Gone(gone) => gone
                .iter()
                .filter(|gone| gone.entry == id)
                .inspect(|_| waited = true)
                .try_for_each(|gone| cache::remove_pending(db, gone))?,
            _ => {}
        }
    }
    Ok(waited)
}
