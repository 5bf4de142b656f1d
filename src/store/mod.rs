//! The state database, on its own thread: cached snapshot, outbox of decisions, drafts, what is put aside.
//!
//! Nobody else opens it. A decision is written and synced to disk before anyone is told that it is held, and every
//! step of its life goes through here, one at a time, inside a transaction.
//!
//! ```text
//!  Store (handle) ─▶ lanes: urgent │ cache ─▶ worker ─▶ outbox, claim, drafts, asides │ cache, read ─▶ db ─▶ SQLite
//!                                                └─▶ News through the sink, after the commit
//! ```
//!
//! `open` finds or makes the file (`schema`), sets one aside that can't be used (`rescue`), and takes over what dead
//! sessions left (`session`, `left`). It must never call the network, and never send anything by itself.

mod asides;
mod background;
mod cache;
mod claim;
mod columns;
mod db;
mod drafts;
mod error;
mod haste;
mod health;
mod journal;
mod lanes;
mod lease;
mod left;
mod look;
mod news;
mod open;
mod opened;
mod outbox;
mod owed;
mod previews;
mod read;
mod rescue;
mod schema;
mod session;
mod traits;
mod urgent;
mod watch;
mod worker;

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::oneshot;

pub use claim::COPY_KEEPS;
pub use error::{StoreError, free_space};
pub use health::{Health, health};
pub use news::{News, Snapshot};
pub use previews::PreviewCache;

use crate::domain::decision::{Decision, Event, NoStep, Subject};
use crate::domain::journal::{Before, Conditions};
use crate::domain::{
    Aside, AssetSlot, DecisionId, EntryBody, EntryId, EntryRow, EntryStatus, Item, ItemId, Person, Quest,
    QuestId, SafeText, SessionId, Timestamp, Version,
};
use crate::sync::Gone;
use lanes::{CacheWork, Reply, Request, Urgent};
use worker::Worker;

/// Where the store's news go. Called on the store's thread: it must be quick and must not wait for the store.
pub type Sink = Arc<dyn Fn(News) + Send + Sync>;

/// How long [`Store::close`] waits until all that may not be lost is written: a disk that others keep busy takes
/// seconds, and one that hangs must not keep the program for ever.
const WRITE_WITHIN: Duration = Duration::from_secs(10);

/// How long it waits for the thread after that.
const CLOSE_WITHIN: Duration = Duration::from_secs(2);

/// Where the database lies, and for whom it is opened.
#[derive(Debug, Clone)]
pub struct Options {
    /// The profile's folder; made with mode 0700 if it is not there.
    pub dir: PathBuf,
    /// This run of the program.
    pub session: SessionId,
    /// Whether it may hand out decisions for sending when its turn comes; a desk that only looks may not.
    pub may_send: bool,
}

/// An entry as the cache keeps it.
#[derive(Debug, Clone, PartialEq)]
pub struct CachedEntry {
    /// What a list shows of it.
    pub row: EntryRow,
    /// What became of it.
    pub status: EntryStatus,
    /// What a reader shows of it.
    pub body: EntryBody,
}

/// The handle to the store's thread. Cheap to clone; the thread ends when the last one is dropped.
#[derive(Clone)]
pub struct Store {
    requests: Sender<Request>,
    /// Entries that wait to be written into the cache, as the thread counted them last.
    backlog: Arc<AtomicUsize>,
    sink: Sink,
    thread: Arc<Mutex<Option<JoinHandle<()>>>>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}

impl Store {
    /// Opens the database of a profile, makes it, brings it to the newest version, or sets it aside and rescues its
    /// decisions; then its thread runs.
    ///
    /// Through the sink come, in this order: `Rescued` if it was, `Left`, `Asides`, `Snapshot`, `Opened`, and `Rows` until `more` is
    /// false: first a few screens full, then large batches. `Elsewhere` and `Turn` come whenever another desk on this
    /// database gives cause to it.
    pub fn open(options: Options, sink: Sink) -> Result<Self, StoreError> {
        let Options { dir, session, may_send } = options;
        let opened = open::open(&dir, session)?;
        let (requests, inbox) = mpsc::channel();
        let told = Arc::clone(&sink);
        let backlog = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&backlog);
        let thread = std::thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || Worker::run(opened, session, may_send, told, (inbox, counted)))
            .map_err(|error| StoreError::at(&dir, &error))?;
        Ok(Self { requests, backlog, sink, thread: Arc::new(Mutex::new(Some(thread))) })
    }

    // From the app; the answers come as news.

    /// Writes a new decision as it is. `Recorded` once it is on the disk, else `NotRecorded`.
    pub fn record(&self, decision: Decision) {
        let id = decision.id;
        if !self.urgent(Urgent::Record(Box::new(decision))) {
            (self.sink)(News::NotRecorded { id, words: SafeText::line(&StoreError::Closed.to_string()) });
        }
    }

    /// Writes decisions that were made as one act, in one transaction with one sync. `RecordedMany` says once what is
    /// on the disk and what is not: a subject that has an open decision already is left out, the others are written.
    pub fn record_many(&self, decisions: Vec<Decision>) {
        let ids: Vec<DecisionId> = decisions.iter().map(|decision| decision.id).collect();
        if !self.urgent(Urgent::RecordMany(decisions)) {
            let words = SafeText::line(&StoreError::Closed.to_string());
            let turned = ids.into_iter().map(|id| (id, words.clone())).collect();
            (self.sink)(News::RecordedMany { kept: Vec::new(), turned });
        }
    }

    /// Lets an event happen to a decision. `Moved` once that is on the disk, `NotMoved` if it changes nothing,
    /// `Broken` if it could not be written.
    pub fn step(&self, id: DecisionId, event: Event) {
        self.step_many(vec![id], event);
    }

    /// Lets an event happen to many decisions at once, in one transaction: one `MovedMany` (for a single one as with
    /// [`Self::step`]).
    pub fn step_many(&self, ids: Vec<DecisionId>, event: Event) {
        if !ids.is_empty() {
            self.urgent(Urgent::Step { ids, event });
        }
    }

    /// Asks for the whole of an entry: `Body`.
    pub fn load_body(&self, entry: EntryId) {
        self.urgent(Urgent::Body(entry));
    }

    /// Asks for an item's brief: `Brief`.
    pub fn load_brief(&self, item: ItemId) {
        self.urgent(Urgent::Brief(item));
    }

    /// Asks what stands behind an entry: `Behind`.
    pub fn load_behind(&self, entry: EntryId) {
        self.urgent(Urgent::Behind(entry));
    }

    /// Keeps a note that was begun on an entry or item.
    pub fn save_draft(&self, subject: Subject, note: SafeText) {
        self.urgent(Urgent::SaveDraft { subject, note });
    }

    /// Throws away the note that was begun on an entry or item.
    pub fn drop_draft(&self, subject: Subject) {
        self.urgent(Urgent::DropDraft(subject));
    }

    /// Asks for the note that was begun on an entry or item: `Draft`.
    pub fn load_draft(&self, subject: Subject) {
        self.urgent(Urgent::Draft(subject));
    }

    /// Asks for a page of the journal: `Journal`.
    pub fn read_journal(&self, question: u64, conditions: Conditions, before: Before, limit: usize) {
        self.urgent(Urgent::Journal { question, conditions, before, limit });
    }

    /// Asks for the trail of a decision: `Trail`.
    pub fn read_trail(&self, id: DecisionId) {
        self.urgent(Urgent::Trail(id));
    }

    /// Puts entries aside. If that can't be written, `Asides` comes with what is.
    pub fn put_aside(&self, asides: Vec<Aside>) {
        self.urgent(Urgent::PutAside(asides));
    }

    /// Brings entries back from where they were put. If that can't be written, `Asides` comes with what is.
    pub fn drop_aside(&self, entries: Vec<EntryId>) {
        self.urgent(Urgent::DropAside(entries));
    }

    /// Keeps entries as opened, in the version that was on the screen.
    pub fn keep_opened(&self, entries: Vec<(EntryId, Version)>) {
        self.urgent(Urgent::Opened(entries));
    }

    // From the engine: the cache, in the order of the calls, without an answer.

    /// Replaces the set of quests. The items and entries of those that vanished go with them; decisions never do.
    pub fn put_quests(&self, quests: Vec<Quest>) {
        self.cache(CacheWork::Quests(quests));
    }

    /// Replaces a quest's items, each with its brief.
    pub fn put_items(&self, quest: QuestId, items: Vec<(Item, SafeText)>) {
        self.cache(CacheWork::Items(quest, items));
    }

    /// Adds or renews people.
    pub fn put_people(&self, people: Vec<Person>) {
        self.cache(CacheWork::People(people.into()));
    }

    /// Adds or renews entries of a quest, whatever their status. A decided entry is opened again only by a newer
    /// version of it.
    pub fn put_entries(&self, quest: QuestId, entries: Vec<CachedEntry>) {
        let of_quest: VecDeque<CachedEntry> =
            entries.into_iter().filter(|entry| entry.row.quest == quest).collect();
        self.backlog.fetch_add(of_quest.len(), Ordering::Relaxed);
        self.cache(CacheWork::Entries(of_quest));
    }

    /// How many entries wait to be written. Whoever reads faster than the disk takes in should rest: they lie in
    /// memory. None wait as long as nothing can be written, for then waiting would not help.
    #[must_use]
    pub fn backlog(&self) -> usize {
        self.backlog.load(Ordering::Relaxed)
    }

    /// Entries that are pending no more: those with a review stay as decided, the others are forgotten.
    pub fn remove_pending(&self, _quest: QuestId, gone: Vec<Gone>) {
        self.cache(CacheWork::Gone(gone.into()));
    }

    /// A quest's queue was read whole.
    pub fn mark_fresh(&self, quest: QuestId, at: Timestamp) {
        self.cache(CacheWork::Fresh(quest, at));
    }

    /// The list of a quest's entries with this decision was read to its end.
    pub fn mark_decided(&self, quest: QuestId, status: EntryStatus, at: Timestamp) {
        self.cache(CacheWork::DecidedRead(quest, status, at));
    }

    /// Replaces a quest's counts of accepted entries by item.
    pub fn put_accepted(&self, quest: QuestId, counts: Vec<(ItemId, u32)>) {
        self.cache(CacheWork::Accepted(quest, counts));
    }

    // From the engine, awaited.

    /// Takes a queued decision for sending: compares it with the cache (what [`Self::put_entries`] and its like said
    /// before counts, even if it is not written yet) and moves it on. Only a decision that comes back in
    /// `Stage::Sending` may be sent. One that was not queued is an error ([`StoreError::NotMoved`]): it may be under
    /// way already. While another desk sends, it is [`StoreError::NotOurTurn`]. If the future is dropped before it is ready, the decision is queued again.
    pub async fn claim(&self, id: DecisionId) -> Result<Decision, StoreError> {
        let claimed = self.claim_many(vec![(id, Timestamp::from_millis(i64::MIN))]).await;
        claimed.into_iter().next().unwrap_or(Err(StoreError::Closed))
    }

    /// The same for many, in one transaction with one sync; the answers come in the same order. Each must have been
    /// made at its time or later: an older one is left queued and comes back in [`StoreError::Unchecked`].
    pub async fn claim_many(
        &self,
        wanted: Vec<(DecisionId, Timestamp)>,
    ) -> Vec<Result<Decision, StoreError>> {
        let count = wanted.len();
        let answer = self.ask(move |reply| Request::Urgent(Urgent::Claim { wanted, reply })).await;
        answer.unwrap_or_else(|error| vec![Err(error); count])
    }

    /// Lets an event happen to a decision and waits until that is on the disk. News go out as with [`Self::step`].
    /// The request is made by the call itself, so that many answers may be awaited after they all were asked for:
    /// then they are written in one transaction.
    pub fn step_now(
        &self,
        id: DecisionId,
        event: Event,
    ) -> impl Future<Output = Result<Result<Decision, NoStep>, StoreError>> + Send + use<> {
        let stepped = self.step_each(vec![(id, event)]);
        async { stepped.await.into_iter().next().unwrap_or(Err(StoreError::Closed)) }
    }

    /// The same for many decisions, to each its own event, in one transaction with one sync; the answers come in the
    /// same order.
    pub fn step_each(
        &self,
        steps: Vec<(DecisionId, Event)>,
    ) -> impl Future<Output = Vec<Result<Result<Decision, NoStep>, StoreError>>> + Send + use<> {
        let count = steps.len();
        let answer = self.ask(move |reply| Request::Urgent(Urgent::StepNow { steps, reply }));
        async move { answer.await.unwrap_or_else(|error| vec![Err(error); count]) }
    }

    /// The decisions that are not over and that are this session's to care for: its own and those of dead sessions
    /// that it took over; when it is its turn to send, also what other desks have queued. What else another running
    /// desk keeps is left out.
    pub async fn open_decisions(&self) -> Result<Vec<Decision>, StoreError> {
        self.ask(|reply| Request::Urgent(Urgent::Open(reply))).await
    }

    /// The versions of a quest's pending entries in the cache, after all that was put there before.
    pub async fn cached_pending(&self, quest: QuestId) -> Result<Vec<(EntryId, Version)>, StoreError> {
        self.ask(|reply| Request::Cache(CacheWork::Pending(quest, Some(reply)))).await
    }

    /// The assets that these entries submit, as far as the cache knows them.
    pub async fn slots(&self, entries: Vec<EntryId>) -> Result<Vec<AssetSlot>, StoreError> {
        self.ask(|reply| Request::Cache(CacheWork::Slots(entries, Some(reply)))).await
    }

    /// Writes what is left, and ends the thread. Every decision and draft that was handed over is written, which is waited
    /// for ten seconds at most; of the cache, what can be done in a moment, within two seconds more.
    pub fn close(&self) {
        let (done, ended) = mpsc::channel();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if self.requests.send(Request::Close(done)).is_err() {
            return;
        }
        // An error here means that the thread ended without a word, which is an end as well.
        let in_time = |within| !matches!(ended.recv_timeout(within), Err(mpsc::RecvTimeoutError::Timeout));
        let in_time = in_time(WRITE_WITHIN) && in_time(CLOSE_WITHIN);
        if let Some(thread) = thread.filter(|_| in_time) {
            // A panic of that thread has been dealt with by the panic hook.
            let _ = thread.join();
        }
    }

    /// Says whether the thread is there to serve it.
    fn urgent(&self, urgent: Urgent) -> bool {
        self.requests.send(Request::Urgent(urgent)).is_ok()
    }

    fn cache(&self, work: CacheWork) {
        // After the end there is nobody to keep it, and nobody to miss it.
        let _ = self.requests.send(Request::Cache(work));
    }

    /// Asks at once; the answer is in the future.
    fn ask<T: Send + 'static, F: FnOnce(Reply<T>) -> Request>(
        &self,
        request: F,
    ) -> impl Future<Output = Result<T, StoreError>> + Send + use<T, F> {
        let (reply, answer) = oneshot::channel();
        // A request that nobody takes lets go of its reply, which ends the answer.
        let _ = self.requests.send(request(reply));
        async { answer.await.unwrap_or(Err(StoreError::Closed)) }
    }
}
