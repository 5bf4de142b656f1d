//! What the store tells others: answers to requests, and every step of a decision.

use std::sync::Arc;

use crate::domain::background::Behind;
use crate::domain::decision::{Decision, NoStep, Subject};
use crate::domain::{
    Aside, DecisionId, EntryBody, EntryId, EntryRow, Item, ItemId, Person, Quest, QuestId, SafeText,
    Timestamp, Version, journal,
};

/// A fact from the store.
#[derive(Debug, Clone, PartialEq)]
pub enum News {
    /// The small part of the cached snapshot: everything but the rows.
    Snapshot(Snapshot),
    /// Some of the cached pending rows, oldest first; `more` says whether others follow.
    Rows {
        /// The rows.
        rows: Vec<EntryRow>,
        /// Whether another batch follows.
        more: bool,
    },
    /// A decision is on disk: the screen may say that it is held.
    Recorded(Decision),
    /// Decisions that were made as one act: what is on disk now, and what is not, each with why. All of it was
    /// written at once.
    RecordedMany {
        /// On disk: the screen may say that they are held.
        kept: Vec<Decision>,
        /// Not written, and why.
        turned: Vec<(DecisionId, SafeText)>,
    },
    /// A decision could not be written: nothing is held, nothing will be sent.
    NotRecorded {
        /// Which.
        id: DecisionId,
        /// Why, and how to mend it.
        words: SafeText,
    },
    /// A decision moved on; this is how it is now, on disk.
    Moved(Decision),
    /// One event happened to many decisions at once; this is how they are now, on disk.
    MovedMany {
        /// Those that moved on.
        moved: Vec<Decision>,
        /// Those that it changed nothing about, and why.
        stayed: Vec<(DecisionId, NoStep)>,
    },
    /// An event changed nothing.
    NotMoved {
        /// Which decision.
        id: DecisionId,
        /// Why.
        why: NoStep,
    },
    /// What was to be taken back could not be written: it is as soon as that goes, and is not sent before.
    NotUndone {
        /// Why it could not be written, and how to mend that.
        words: SafeText,
    },
    /// Another desk on this database made these decisions or moved them on; this is how they are now.
    Elsewhere(Vec<Decision>),
    /// Whether it is this desk that sends: until it is told otherwise, it is. Another desk on this database may have
    /// its turn, and sends what this one queues.
    Turn {
        /// Whether it is ours.
        ours: bool,
    },
    /// What a dead session left behind, already brought into the stage it waits in. Empty: nothing.
    Left(Vec<Decision>),
    /// The whole of an entry, or `None` if the cache has lost it.
    Body {
        /// The entry.
        entry: EntryId,
        /// What is read of it.
        body: Option<Arc<EntryBody>>,
        /// The draft of a note on it, kept from earlier.
        draft: Option<SafeText>,
    },
    /// The draft of a note on an entry or item, if there is one.
    Draft {
        /// What it is about.
        subject: Subject,
        /// The note.
        note: Option<SafeText>,
    },
    /// Everything that is put aside, in the order it was: takes the place of what was known before.
    Asides(Vec<Aside>),
    /// What was opened in earlier sessions, in which version.
    Opened(Vec<(EntryId, Version)>),
    /// A page of the journal.
    Journal(journal::Page),
    /// What happened to a decision, in order.
    Trail {
        /// Which.
        id: DecisionId,
        /// The steps.
        steps: Vec<journal::Step>,
    },
    /// An item's brief, as markdown.
    Brief {
        /// The item.
        item: ItemId,
        /// The text; empty if there is none.
        text: SafeText,
    },
    /// What stands behind an entry.
    Behind(Box<Behind>),
    /// All accepted, or all rejected, entries of a quest are in the cache now: more stands behind its entries.
    DecidedRead(QuestId),
    /// The database was not usable and was set aside: what was rescued, and where the old file lies.
    Rescued {
        /// What happened and what was kept, in words.
        words: SafeText,
    },
    /// The database can't be written any more (full disk, …): deciding is over until it can.
    Broken {
        /// What happened and how to mend it.
        words: SafeText,
    },
    /// The database can be written again.
    Mended,
}

/// The cached snapshot without the rows.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Snapshot {
    /// Quests.
    pub quests: Vec<Quest>,
    /// Items of all quests.
    pub items: Vec<Item>,
    /// People.
    pub people: Vec<Person>,
    /// Pending entries by quest, so that counts are right before the rows are here.
    pub pending: Vec<(QuestId, u32)>,
    /// Accepted entries by item.
    pub accepted: Vec<(ItemId, u32)>,
    /// When each quest's queue was last read whole.
    pub fresh: Vec<(QuestId, Timestamp)>,
}
