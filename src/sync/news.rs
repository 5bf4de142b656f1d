//! What the engine tells the app, and what the app may ask of the engine. Facts and wishes as plain data.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::Progress;
use crate::domain::{
    Account, ActionId, AssetId, AssetView, Currency, DecisionId, EntryId, EntryRow, FeeRate, Item, ItemId,
    Money, Person, PriceOf, Quest, QuestId, Rescored, Review, Run, RunPrice, SafeText, SubmissionKey, Thread,
    Timestamp, UserId,
};

/// A fact from the engine.
#[derive(Debug, Clone, PartialEq)]
pub enum News {
    /// The key was accepted: this is who sits at the desk.
    SignedIn(Account),
    /// The connection changed.
    Link(Link),
    /// How much of the request budget is used: told in steps, so that an idle desk is told nothing.
    Budget {
        /// Requests in the busiest minute of late.
        used: u32,
        /// The most there may be in a minute.
        limit: u32,
    },
    /// All quests that this account may review, as discovered; replaces what was known.
    Quests(Vec<Quest>),
    /// The items of a quest; replaces what was known of it.
    Items {
        /// The quest.
        quest: QuestId,
        /// Its items, by number.
        items: Vec<Item>,
    },
    /// People seen since.
    People(Vec<Person>),
    /// Pending entries of a quest that are new or changed, and those that are pending no more.
    Entries {
        /// The quest.
        quest: QuestId,
        /// New or changed rows.
        upserts: Vec<EntryRow>,
        /// Entries that are no longer pending.
        gone: Vec<Gone>,
    },
    /// A quest's queue was read.
    Fresh {
        /// The quest.
        quest: QuestId,
        /// As of when.
        at: Timestamp,
        /// Whether every page of it was read, so that what is not listed is not there.
        whole: bool,
    },
    /// How many entries of each item of a quest are accepted.
    Accepted {
        /// The quest.
        quest: QuestId,
        /// Accepted entries by item.
        counts: Vec<(ItemId, u32)>,
    },
    /// The wallet, as the server reports it, and the platform fee if it says one.
    Wallet {
        /// Balances by currency.
        balances: Vec<Balance>,
        /// The platform's share; `None`: the server does not say.
        fee: Option<FeeRate>,
    },
    /// Entries that somebody else reviewed in the last minutes, each told once: who is at work beside us.
    Reviewed(Vec<Reviewed>),
    /// How the sender is getting on: when it begins, rests, is paused or goes on, and once a second in between.
    Sending(Progress),
    /// The comments on an asset, as far as they could be read.
    Talk {
        /// What they are on.
        about: AssetId,
        /// What was read.
        talk: Talk,
    },
    /// What a run of an evaluation costs.
    RunPrice(PriceOf, RunPrice),
    /// An item is scored again.
    Rescored(DecisionId, Rescored),
    /// An evaluation's run, or why it could not be read.
    Run(ActionId, Box<Result<Run, SafeText>>),
    /// What a route takes.
    Route(AssetId, Vec<SubmissionKey>),
    /// What was found in an asset.
    Asset(Arc<AssetView>),
    /// What is known of an asset already is still true.
    AssetAsKept(AssetId),
    /// How far saving an asset to this file is.
    SaveProgress {
        /// The file.
        to: PathBuf,
        /// Bytes that are in it.
        bytes: u64,
        /// Bytes there are, if the server said so.
        of: Option<u64>,
    },
    /// Saving an asset to this file ended: in words, or why it failed.
    Saved(PathBuf, Result<SafeText, SafeText>),
    /// Something went wrong that the reviewer should know; the desk goes on.
    Trouble {
        /// What failed: `reading Curie sweep`.
        what: SafeText,
        /// The server's words or the cause.
        words: SafeText,
    },
}

/// A review by somebody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reviewed {
    /// The entry.
    pub entry: EntryId,
    /// Who reviewed it.
    pub reviewer: UserId,
    /// When, as the server says.
    pub at: Timestamp,
}

/// What was read of the comments on an asset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Talk {
    /// These.
    Read(Thread),
    /// They are not open to us: the asset is private, or gone.
    Closed,
    /// They could not be read, for this reason.
    Failed(SafeText),
}

/// A question that was asked at an entry, and where its answer may come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The entry.
    pub entry: EntryId,
    /// Assets on which the answer may be written.
    pub about: Vec<AssetId>,
    /// Whose answer is waited for.
    pub contributor: UserId,
    /// An answer is newer than this.
    pub newer_than: Timestamp,
}

/// An entry that is no longer pending, and what is known about why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gone {
    /// The entry.
    pub entry: EntryId,
    /// Its decision, if it was seen.
    pub review: Option<Review>,
}

/// A wallet's state in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Balance {
    /// What can be spent.
    pub available: Money,
    /// What is reserved for rewards.
    pub escrowed: Money,
}

impl Balance {
    /// The currency both are in.
    #[must_use]
    pub const fn currency(&self) -> Currency {
        self.available.currency
    }
}

/// The truth about the connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link {
    /// Nothing has been tried yet, or the first try is under way.
    Connecting,
    /// The last request was answered.
    Live,
    /// The server asked us to wait, or is answering with errors.
    Slow {
        /// When we try again.
        until: Timestamp,
        /// Why, in words: `429: too many requests`.
        why: SafeText,
    },
    /// The server is out of reach.
    Offline {
        /// Since when.
        since: Timestamp,
        /// When we try again.
        retry_at: Timestamp,
        /// Why, in words: `no route`, `name not found`.
        why: SafeText,
    },
    /// The key was refused; nothing is tried until somebody mends it.
    SignedOut {
        /// The server's words.
        why: SafeText,
    },
}

/// An asset that is to be looked into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// The asset.
    pub asset: AssetId,
    /// What kind it is of, as far as that is known.
    pub kind: SafeText,
    /// What is known of it already was true when it had last changed at this time.
    pub known: Option<Timestamp>,
    /// Whether pictures are fetched, too.
    pub pictures: bool,
    /// It is to be compared: of a table, as many rows are read as are compared, whatever is known of it.
    pub compared: bool,
}

/// An asset that is to be saved to the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saving {
    /// The asset.
    pub asset: AssetId,
    /// What kind it is of.
    pub kind: SafeText,
    /// The file, which must not be there yet.
    pub to: PathBuf,
    /// For its owner's eyes only.
    pub private: bool,
}

/// A wish of the app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    /// These assets are looked at: what else was being fetched is given up. When all that is there, and there is
    /// time, the assets of the entries behind are fetched ahead.
    Look {
        /// What is looked at.
        wishes: Vec<Wish>,
        /// Entries whose assets may be looked at next.
        ahead: Vec<EntryId>,
    },
    /// Save an asset; [`News::Saved`] says what came of it.
    Save(Saving),
    /// Stop saving to this file; nothing of it is kept, and nothing more is told.
    StopSaving(PathBuf),
    /// This quest is looked at: keep it freshest. `None`: all quests.
    Focus(Option<QuestId>),
    /// Read everything that is on the screen again, now.
    Refresh,
    /// A decision is queued: send it.
    Send(DecisionId),
    /// A decision is unknown: read it back once this time has come.
    ReadBack(DecisionId, Timestamp),
    /// Send no further decision until [`Self::Resume`]; those whose request is under way end as they end. What waits
    /// stays queued and may be taken back.
    Pause,
    /// Go on sending.
    Resume,
    /// It is this desk's turn to send what is queued, by whatever desk on its database.
    TakeOver,
    /// Read the comments on these assets, one after the other; what was asked for before is no longer wanted.
    Talk(Vec<AssetId>),
    /// Read an evaluation's run.
    Run(ActionId),
    /// Ask what runs of evaluations cost; [`News::RunPrice`] tells of each. What was asked before is no longer wanted.
    RunPrices(Vec<PriceOf>),
    /// Read what a route takes, beside whatever else was asked for.
    Route(AssetId),
    /// Look now and then for answers to these questions, and to no others.
    Watch(Vec<Question>),
    /// Finish what is under way within this time, then stop.
    Stop(Duration),
}
