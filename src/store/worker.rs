//! The store's thread: it alone holds the database.
//!
//! Three kinds of work, in this order: what is urgent (all that waits at once, in one synced transaction), the rows
//! of the first screen, the cache (a small transaction at a time). It never waits for anybody but SQLite.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError};
use std::time::{Duration, Instant};

use super::db::{Db, Keep};
use super::haste::{self, About, Hastened};
use super::lanes::{self, CacheWork, Request, Shown, Urgent};
use super::open::{self, Opened};
use super::owed::Owed;
use super::session::Alive;
use super::watch::{self, Watch};
use super::{
    News, Sink, StoreError, asides, background, cache, drafts, journal, opened, outbox, read, urgent,
};
use crate::clock;
use crate::domain::background::{Background, Behind};
use crate::domain::decision::{Decision, Stage, Subject};
use crate::domain::journal::{Before, Conditions, Page};
use crate::domain::{DecisionId, EntryId, ItemId, SafeText, SessionId};

/// Rows of the first batch: a few screens full.
const FIRST_ROWS: u32 = 300;
/// Rows of the later batches.
const MORE_ROWS: u32 = 5_000;
/// How long cache work is left alone after it failed: the disk may have room again then.
const RETRY_AFTER: Duration = Duration::from_secs(1);
/// How long the cache makes way for decisions that follow each other closely: a moment without one is no leisure yet.
const MAKES_WAY: Duration = Duration::from_millis(10);
/// But not longer than this, as long as something waits.
const MAKES_WAY_FOR: Duration = Duration::from_secs(1);
/// How long the cache may still be written when the store is closing. Decisions are always written.
const CLOSING_FOR: Duration = Duration::from_millis(800);

/// The thread's state.
pub(super) struct Worker {
    pub(super) db: Db,
    pub(super) session: SessionId,
    pub(super) sink: Sink,
    inbox: Receiver<Request>,
    backlog: Arc<AtomicUsize>,
    urgent: VecDeque<Urgent>,
    pub(super) cache: VecDeque<CacheWork>,
    stream: Option<(read::Stream, u32)>,
    shown: Shown,
    closing: Option<Sender<()>>,
    /// Whether nobody can ask for anything any more.
    alone: bool,
    /// Whether it was said that nothing can be written.
    broken: bool,
    /// What could not be written and must not be lost.
    pub(super) owed: Owed,
    cache_rests_until: Option<Instant>,
    /// Until when the cache makes way for decisions, and the latest that this may become.
    makes_way: Option<(Instant, Instant)>,
    alive: Alive,
    pub(super) watch: Watch,
}

impl Worker {
    /// Tells what was found at opening, then works until the store is closed or dropped.
    pub(super) fn run(
        opened: Opened,
        session: SessionId,
        may_send: bool,
        sink: Sink,
        (inbox, backlog): (Receiver<Request>, Arc<AtomicUsize>),
    ) {
        let Opened { db, alive, rescued, left } = opened;
        let mut worker = Self::new(db, alive, session, sink, inbox);
        worker.backlog = backlog;
        worker.watch = Watch::new(may_send);
        worker.greet(rescued, left);
        while worker.turn() {}
        worker.finish();
    }

    fn new(db: Db, alive: Alive, session: SessionId, sink: Sink, inbox: Receiver<Request>) -> Self {
        Self {
            db,
            session,
            sink,
            inbox,
            backlog: Arc::default(),
            urgent: VecDeque::new(),
            // What an earlier session had no time to clear away.
            cache: VecDeque::from([CacheWork::ClearAway]),
            stream: None,
            shown: Shown::default(),
            closing: None,
            alone: false,
            broken: false,
            owed: Owed::default(),
            cache_rests_until: None,
            makes_way: None,
            alive,
            watch: Watch::new(true),
        }
    }

    fn greet(&mut self, rescued: Option<SafeText>, left: Vec<Decision>) {
        if let Some(words) = rescued {
            self.tell(News::Rescued { words });
        }
        self.tell(News::Left(left));
        self.tell_asides();
        match read::snapshot(self.db.reader()) {
            Ok(snapshot) => self.tell(News::Snapshot(snapshot)),
            Err(error) => {
                self.tell(News::Snapshot(super::Snapshot::default()));
                self.fail(&error);
            }
        }
        match read::Stream::new(self.db.reader()) {
            Ok(stream) => self.stream = Some((stream, FIRST_ROWS)),
            Err(error) => self.end_rows(&error),
        }
        self.tell_opened();
        self.stream_rows();
        watch::begin(self);
    }

    /// Does the next thing. `false`: the end.
    fn turn(&mut self) -> bool {
        self.gather();
        self.count_backlog();
        watch::look(self);
        if !self.urgent.is_empty() {
            let urgent = std::mem::take(&mut self.urgent);
            urgent::serve(self, urgent.into());
        } else if self.closing.is_some() || self.alone {
            return false;
        } else if self.stream.is_some() {
            self.stream_rows();
        } else if self.cache_is_due() {
            self.work_on_cache();
        } else if self.owed.due().is_some_and(|due| due <= clock::monotonic()) {
            self.urgent.extend(self.owed.again());
        } else {
            self.wait();
        }
        true
    }

    fn count_backlog(&self) {
        let rests = self.cache_rests_until.is_some();
        let waiting = if rests { 0 } else { self.cache.iter().map(CacheWork::entries).sum() };
        self.backlog.store(waiting, Ordering::Relaxed);
    }

    /// Sorts what has come in into its lane.
    fn gather(&mut self) {
        loop {
            match self.inbox.try_recv() {
                Ok(request) => self.take(request),
                Err(TryRecvError::Empty) => return,
                Err(TryRecvError::Disconnected) => {
                    self.alone = true;
                    return;
                }
            }
        }
    }

    fn take(&mut self, request: Request) {
        match request {
            Request::Urgent(urgent) => self.urgent.push_back(urgent),
            Request::Cache(work) => lanes::add(&mut self.cache, work),
            Request::Close(done) => self.closing = Some(done),
        }
    }

    /// Puts a request before all others.
    pub(super) fn next_please(&mut self, urgent: Urgent) {
        self.urgent.push_front(urgent);
    }

    fn wait(&mut self) {
        let way = self.makes_way.map(|(until, _)| until).filter(|until| clock::monotonic() < *until);
        if way.is_none()
            && let Err(error) = self.db.tidy()
        {
            self.fail(&error);
        }
        let cache = self.cache_rests_until.max(way).filter(|_| !self.cache.is_empty());
        let tidying = way.filter(|_| self.db.is_untidy());
        let until =
            [cache, tidying, self.owed.due()].into_iter().flatten().fold(self.watch.next(), Instant::min);
        let received = self.inbox.recv_timeout(until.saturating_duration_since(clock::monotonic()));
        match received {
            Ok(request) => self.take(request),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => self.alone = true,
        }
    }

    fn stream_rows(&mut self) {
        let Some((mut stream, limit)) = self.stream.take() else { return };
        match stream.next(self.db.reader(), limit) {
            Ok((rows, more)) => {
                self.shown.tell(&rows);
                self.tell(News::Rows { rows, more });
                self.stream = more.then_some((stream, MORE_ROWS));
            }
            Err(error) => self.end_rows(&error),
        }
    }

    /// Whoever waits for the last rows must not wait for ever.
    fn end_rows(&mut self, error: &rusqlite::Error) {
        self.tell(News::Rows { rows: Vec::new(), more: false });
        self.fail(error);
    }

    fn cache_is_due(&self) -> bool {
        let way = self.makes_way.map(|(until, _)| until).filter(|_| self.closing.is_none());
        let until = self.cache_rests_until.max(way);
        !self.cache.is_empty() && until.is_none_or(|until| clock::monotonic() >= until)
    }

    /// A decision moved on: another one may follow at once.
    pub(super) fn make_way(&mut self) {
        let now = clock::monotonic();
        let latest = self.makes_way.filter(|_| !self.cache.is_empty()).map(|(_, latest)| latest);
        let latest = latest.unwrap_or(now + MAKES_WAY_FOR);
        self.makes_way = Some(((now + MAKES_WAY).min(latest), latest));
    }

    /// One small transaction's worth of cache work.
    fn work_on_cache(&mut self) {
        let Some(work) = self.cache.front_mut() else { return };
        match lanes::do_some(work, &mut self.db, &mut self.shown) {
            Ok(more) => {
                self.mended();
                self.cache_rests_until = None;
                if more {
                    return;
                }
                if let Some(CacheWork::DecidedRead(quest, ..)) = self.cache.pop_front() {
                    self.tell(News::DecidedRead(quest));
                }
            }
            Err(error) => self.put_off(&error),
        }
    }

    /// A full disk or a busy file may mend: the work waits. Work that fails by itself is given up, for the cache
    /// can be fetched again.
    fn put_off(&mut self, error: &rusqlite::Error) {
        let meaning = self.fail(error);
        match meaning {
            StoreError::Full { .. } | StoreError::Busy { .. } | StoreError::ReadOnly { .. } => {
                self.cache_rests_until = Some(clock::monotonic() + RETRY_AFTER);
            }
            _ => {
                self.cache.pop_front();
            }
        }
    }

    /// Serves what is left: every decision, and of the cache what can be done in a moment.
    fn finish(mut self) {
        // Whoever closes hears of it twice: when all that may not be lost is written, and at the end.
        say(self.closing.as_ref());
        let until = clock::monotonic() + CLOSING_FOR;
        while self.cache_is_due() && clock::monotonic() < until {
            self.work_on_cache();
        }
        watch::end(&mut self);
        if let Err(error) = self.db.settle() {
            // Nothing is lost: the log is read at the next start.
            tracing::warn!(%error, "the log of the state database could not be emptied");
        }
        let Self { db, alive, closing, .. } = self;
        drop(db);
        drop(alive);
        say(closing.as_ref());
    }

    /// Tells the app something.
    pub(super) fn tell(&self, news: News) {
        (self.sink)(news);
    }

    /// Something was written: if nothing could be before, that is worth telling, and so is a later failure.
    pub(super) fn mended(&mut self) {
        if std::mem::take(&mut self.broken) {
            self.tell(News::Mended);
            self.urgent.extend(self.owed.again());
        }
    }

    /// The draft on something.
    fn draft(&self, subject: Subject) -> rusqlite::Result<Option<SafeText>> {
        match self.owed.draft(subject) {
            Some(note) => Ok(note.clone()),
            None => drafts::load(self.db.reader(), subject),
        }
    }

    /// Notes and tells a failure, once until something works again; returns what it means.
    pub(super) fn fail(&mut self, error: &rusqlite::Error) -> StoreError {
        let meaning = self.db.error(error);
        tracing::error!(%error, "the state database failed");
        if matches!(meaning, StoreError::Damaged { .. }) {
            open::suspect_damage(self.db.file());
        }
        if !std::mem::replace(&mut self.broken, true) {
            self.tell(News::Broken { words: SafeText::line(&meaning.to_string()) });
        }
        meaning
    }

    /// Reads the whole of an entry and the draft on it.
    pub(super) fn read_body(&mut self, entry: EntryId) {
        self.catch_up(Subject::Entry(entry));
        let db = self.db.reader();
        let read = cache::body(db, entry).and_then(|body| Ok((body, self.draft(Subject::Entry(entry))?)));
        let (body, draft) = read.unwrap_or_else(|error| {
            self.fail(&error);
            (None, None)
        });
        self.tell(News::Body { entry, body: body.map(std::sync::Arc::new), draft });
    }

    /// Reads the draft on an entry or item.
    pub(super) fn read_draft(&mut self, subject: Subject) {
        let note = self.draft(subject).unwrap_or_else(|error| {
            self.fail(&error);
            None
        });
        self.tell(News::Draft { subject, note });
    }

    /// Reads a page of the journal. What can't be read is an empty last page: nobody waits for ever.
    pub(super) fn read_journal(
        &mut self,
        question: u64,
        conditions: &Conditions,
        before: Before,
        limit: usize,
    ) {
        let page = journal::page(self.db.reader(), question, conditions, before, limit);
        let page = page.unwrap_or_else(|error| {
            self.fail(&error);
            Page { question, decisions: Vec::new(), older: None, total: 0 }
        });
        self.tell(News::Journal(page));
    }

    /// Reads the trail of a decision.
    pub(super) fn read_trail(&mut self, id: DecisionId) {
        let steps = journal::trail(self.db.reader(), id).unwrap_or_else(|error| {
            self.fail(&error);
            Vec::new()
        });
        self.tell(News::Trail { id, steps });
    }

    /// Tells what is put aside, as it is on the disk.
    pub(super) fn tell_asides(&mut self) {
        match asides::all(self.db.reader()) {
            Ok(asides) => self.tell(News::Asides(asides)),
            Err(error) => {
                self.fail(&error);
            }
        }
    }

    /// Tells what was opened in earlier sessions.
    fn tell_opened(&mut self) {
        match opened::all(self.db.reader()) {
            Ok(opened) if opened.is_empty() => {}
            Ok(opened) => self.tell(News::Opened(opened)),
            Err(error) => {
                self.fail(&error);
            }
        }
    }

    /// Reads an item's brief.
    pub(super) fn read_brief(&mut self, item: ItemId) {
        self.catch_up(Subject::Item(item));
        let text = read::brief(self.db.reader(), item).unwrap_or_else(|error| {
            self.fail(&error);
            SafeText::default()
        });
        self.tell(News::Brief { item, text });
    }

    /// Reads what stands behind an entry.
    pub(super) fn read_behind(&mut self, entry: EntryId) {
        self.catch_up(Subject::Entry(entry));
        let behind = background::read(self.db.reader(), entry).unwrap_or_else(|error| {
            self.fail(&error);
            Behind { entry, version: None, background: Background::default() }
        });
        self.tell(News::Behind(Box::new(behind)));
    }

    /// Lets what waits in the cache lane count before a read.
    fn catch_up(&mut self, subject: Subject) {
        let about = About { subject, quest: None };
        if haste::concerns(&self.cache, about) {
            let mut hastened = Hastened::default();
            let cache = &self.cache;
            match self.db.write(Keep::Cached, |db| hastened.hasten(cache, db, about)) {
                Ok(()) => hastened.take_off(&mut self.cache),
                Err(error) => {
                    self.fail(&error);
                }
            }
        }
    }

    /// The open decisions that are this session's to care for.
    pub(super) fn open_decisions(&mut self) -> Result<Vec<Decision>, StoreError> {
        match outbox::open(self.db.reader()) {
            Ok(open) => Ok(open
                .into_iter()
                .filter(|(keeper, decision)| {
                    *keeper == self.session || (self.watch.sends() && decision.stage == Stage::Queued)
                })
                .map(|(_, decision)| decision)
                .collect()),
            Err(error) => Err(self.fail(&error)),
        }
    }
}

/// Says that it has come so far.
fn say(closing: Option<&Sender<()>>) {
    if let Some(closing) = closing {
        // Whoever closed may have stopped waiting.
        let _ = closing.send(());
    }
}

#[cfg(test)]
mod tests;
