//! What the store is asked to do, in two lanes: decisions and reads first, the cache when they are through.

use std::collections::{HashMap, HashSet, VecDeque};

use tokio::sync::oneshot;

use super::cache::Prepared;
use super::db::{Db, Keep};
use super::{CachedEntry, StoreError, cache, read};
use crate::domain::decision::{Decision, Event, NoStep, Subject};
use crate::domain::journal::{Before, Conditions};
use crate::domain::{
    Aside, AssetSlot, DecisionId, EntryId, EntryRow, EntryStatus, Item, ItemId, Person, Quest, QuestId,
    SafeText, Timestamp, Version,
};
use crate::sync::Gone;

/// Where an awaited answer goes.
pub(super) type Reply<T> = oneshot::Sender<Result<T, StoreError>>;

/// Where many awaited answers go together.
pub(super) type Replies<T> = Reply<Vec<Result<T, StoreError>>>;

/// A request.
pub(super) enum Request {
    /// Served before anything else.
    Urgent(Urgent),
    /// Done when nothing urgent waits, in order.
    Cache(CacheWork),
    /// Finish and end.
    Close(std::sync::mpsc::Sender<()>),
}

/// Decisions, and what somebody is waiting for.
pub(super) enum Urgent {
    Record(Box<Decision>),
    RecordMany(Vec<Decision>),
    Step { ids: Vec<DecisionId>, event: Event },
    StepNow { steps: Vec<(DecisionId, Event)>, reply: Replies<Result<Decision, NoStep>> },
    Claim { wanted: Vec<(DecisionId, Timestamp)>, reply: Replies<Decision> },
    SaveDraft { subject: Subject, note: SafeText },
    DropDraft(Subject),
    PutAside(Vec<Aside>),
    DropAside(Vec<EntryId>),
    Opened(Vec<(EntryId, Version)>),
    Draft(Subject),
    Journal { question: u64, conditions: Conditions, before: Before, limit: usize },
    Trail(DecisionId),
    Body(EntryId),
    Brief(ItemId),
    Behind(EntryId),
    Open(Reply<Vec<Decision>>),
}

impl Urgent {
    /// Whether it is a step on a decision's way to the server and back.
    pub(super) const fn is_of_a_sending(&self) -> bool {
        matches!(self, Self::Claim { .. } | Self::StepNow { .. })
    }

    /// Whether it changes nothing.
    pub(super) const fn only_reads(&self) -> bool {
        matches!(
            self,
            Self::Body(_)
                | Self::Brief(_)
                | Self::Behind(_)
                | Self::Draft(_)
                | Self::Journal { .. }
                | Self::Trail(_)
                | Self::Open(_)
        )
    }
}

/// Changes of the cache, and reads that must see those before them.
pub(super) enum CacheWork {
    Quests(Vec<Quest>),
    Items(QuestId, Vec<(Item, SafeText)>),
    People(VecDeque<Person>),
    Entries(VecDeque<CachedEntry>),
    Gone(VecDeque<Gone>),
    Fresh(QuestId, Timestamp),
    DecidedRead(QuestId, EntryStatus, Timestamp),
    Accepted(QuestId, Vec<(ItemId, u32)>),
    ClearAway,
    Pending(QuestId, Option<Reply<Vec<(EntryId, Version)>>>),
    Slots(Vec<EntryId>, Option<Reply<Vec<AssetSlot>>>),
}

impl CacheWork {
    /// How many entries are in it.
    pub(super) fn entries(&self) -> usize {
        if let Self::Entries(entries) = self { entries.len() } else { 0 }
    }
}

/// The cached rows that the app was told, by quest, until they are asked for. Another desk on the same database may
/// have taken some of them away since: the app still shows them, so they are to be looked up like all others.
#[derive(Debug, Default)]
pub(super) struct Shown(HashMap<QuestId, Vec<(EntryId, Version)>>);

impl Shown {
    /// The app was told these rows.
    pub(super) fn tell(&mut self, rows: &[EntryRow]) {
        for row in rows {
            self.0.entry(row.quest).or_default().push((row.id, row.version));
        }
    }

    /// What is pending now, and what else was told.
    fn add_to(&mut self, quest: QuestId, mut pending: Vec<(EntryId, Version)>) -> Vec<(EntryId, Version)> {
        let Some(told) = self.0.remove(&quest) else { return pending };
        let known: HashSet<EntryId> = pending.iter().map(|(id, _)| *id).collect();
        pending.extend(told.into_iter().filter(|(id, _)| !known.contains(id)));
        pending
    }
}

/// Puts work behind what waits; what goes on with the last of it goes with it, into the same transaction.
pub(super) fn add(queue: &mut VecDeque<CacheWork>, work: CacheWork) {
    match (queue.back_mut(), work) {
        (Some(CacheWork::Entries(last)), CacheWork::Entries(more)) => last.extend(more),
        (Some(CacheWork::Gone(last)), CacheWork::Gone(more)) => last.extend(more),
        (Some(CacheWork::People(last)), CacheWork::People(more)) => last.extend(more),
        (_, work) => queue.push_back(work),
    }
}

/// Entries or decisions on them in one transaction: few enough that a decision never waits long.
const CHUNK: usize = 50;
/// Bytes of descriptions in one transaction, for entries that are much larger than others.
const CHUNK_BYTES: usize = 256 << 10;
/// Entries of a vanished quest that go in one transaction.
const CLEARED_AT_ONCE: u32 = 250;
/// Rows in one transaction that are small.
const SMALL_CHUNK: usize = 500;

/// Does one small transaction's worth of some cache work and takes it off. Says whether some of it is left.
pub(super) fn do_some(work: &mut CacheWork, db: &mut Db, shown: &mut Shown) -> rusqlite::Result<bool> {
    match work {
        CacheWork::Quests(quests) => {
            db.write(Keep::Cached, |db| cache::put_quests(db, quests))?;
            *work = CacheWork::ClearAway;
            Ok(true)
        }
        CacheWork::ClearAway => db.write(Keep::Cached, |db| {
            super::opened::clear_away(db)?;
            cache::clear_away(db, CLEARED_AT_ONCE)
        }),
        CacheWork::Items(quest, items) => {
            db.write(Keep::Cached, |db| cache::put_items(db, *quest, items))?;
            Ok(false)
        }
        CacheWork::Fresh(quest, at) => {
            db.write(Keep::Cached, |db| cache::mark_fresh(db, *quest, *at))?;
            Ok(false)
        }
        CacheWork::DecidedRead(quest, status, at) => {
            db.write(Keep::Cached, |db| cache::mark_decided(db, *quest, status, *at))?;
            Ok(false)
        }
        CacheWork::Accepted(quest, counts) => {
            db.write(Keep::Cached, |db| cache::put_accepted(db, *quest, counts))?;
            Ok(false)
        }
        CacheWork::People(people) => {
            let count = people.len().min(SMALL_CHUNK);
            db.write(Keep::Cached, |db| {
                people.range(..count).try_for_each(|person| cache::put_person(db, person))
            })?;
            people.drain(..count);
            Ok(!people.is_empty())
        }
        CacheWork::Entries(entries) => {
            let count = chunk_of(entries);
            let prepared: Vec<_> =
                entries.range(..count).map(Prepared::of).collect::<rusqlite::Result<_>>()?;
            db.write(Keep::Cached, |db| prepared.iter().try_for_each(|entry| cache::put_entry(db, entry)))?;
            entries.drain(..count);
            Ok(!entries.is_empty())
        }
        CacheWork::Gone(gone) => {
            let count = gone.len().min(CHUNK);
            db.write(Keep::Cached, |db| {
                gone.range(..count).try_for_each(|gone| cache::remove_pending(db, gone))
            })?;
            gone.drain(..count);
            Ok(!gone.is_empty())
        }
        CacheWork::Slots(entries, reply) => {
            let slots = entries
                .iter()
                .map(|entry| cache::body(db.reader(), *entry))
                .collect::<rusqlite::Result<Vec<_>>>()
                .map(|bodies| bodies.into_iter().flatten().flat_map(|body| body.assets).collect())
                .map_err(|error| db.error(&error));
            if let Some(reply) = reply.take() {
                let _ = reply.send(slots);
            }
            Ok(false)
        }
        CacheWork::Pending(quest, reply) => {
            let pending = read::pending(db.reader(), *quest)
                .map(|pending| shown.add_to(*quest, pending))
                .map_err(|error| db.error(&error));
            if let Some(reply) = reply.take() {
                // Whoever asked may be gone.
                let _ = reply.send(pending);
            }
            Ok(false)
        }
    }
}

/// How many entries go into one transaction.
fn chunk_of(entries: &VecDeque<CachedEntry>) -> usize {
    let mut bytes = 0;
    let fits = |entry: &&CachedEntry| {
        bytes += entry.body.description.as_str().len();
        bytes <= CHUNK_BYTES
    };
    entries.iter().take(CHUNK).take_while(fits).count().max(1).min(entries.len())
}
