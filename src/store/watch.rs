//! Looking after what other desks on the same database do: once a second, and cheap enough to be done for days.
//!
//! Each look asks whether the file is still there, who is alive (a lock per desk), whether somebody else wrote (a number
//! that SQLite keeps), and whose turn it is to send. What another desk wrote is told; what a dead one left is taken over; the lease is renewed only
//! while there is somebody who might want it.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::db::Keep;
use super::session::{self, Gate};
use super::worker::Worker;
use super::{News, lease, left, outbox};
use crate::clock;
use crate::domain::SessionId;

/// How often it is looked.
const EVERY: Duration = Duration::from_secs(1);

/// Looks for which a living holder keeps a lease that it had let lapse: it did not know that anybody was there.
const PATIENCE: u32 = 3;

/// What was seen last.
#[derive(Debug)]
pub(super) struct Watch {
    next: Instant,
    /// The other desks that are alive.
    others: BTreeSet<SessionId>,
    /// Looks since the start.
    looks: u32,
    /// The number by which SQLite tells that somebody else wrote.
    version: Option<i64>,
    /// The last step of any decision that was told or is known.
    step: i64,
    /// Whether this desk may send at all.
    may_send: bool,
    /// Whether it sends, as it was told last.
    sends: bool,
}

impl Watch {
    /// Before the first look.
    pub(super) fn new(may_send: bool) -> Self {
        Self {
            next: clock::monotonic(),
            others: BTreeSet::new(),
            looks: 0,
            version: None,
            step: i64::MAX,
            may_send,
            sends: true,
        }
    }

    /// When to look next.
    pub(super) const fn next(&self) -> Instant {
        self.next
    }

    /// Whether this desk may send at all.
    pub(super) const fn may_send(&self) -> bool {
        self.may_send
    }

    /// Whether it sends.
    pub(super) const fn sends(&self) -> bool {
        self.sends
    }
}

/// The first look: who is there, and what they are about.
pub(super) fn begin(worker: &mut Worker) {
    worker.watch.others = session::others(worker.db.folder(), worker.session);
    let others = worker.watch.others.clone();
    let seen = newest_step(worker.db.reader()).and_then(|step| Ok((step, outbox::open(worker.db.reader())?)));
    match seen {
        Ok((step, open)) => {
            worker.watch.step = step;
            let theirs: Vec<_> = open
                .into_iter()
                .filter(|(keeper, _)| others.contains(keeper))
                .map(|(_, open)| open)
                .collect();
            if !theirs.is_empty() {
                worker.tell(News::Elsewhere(theirs));
            }
        }
        Err(error) => {
            worker.fail(&error);
        }
    }
    worker.watch.version = version(worker.db.reader()).ok();
    take_turn(worker);
    worker.watch.next = clock::monotonic() + EVERY;
}

/// Looks again, if it is time.
pub(super) fn look(worker: &mut Worker) {
    let now = clock::monotonic();
    if now < worker.watch.next {
        return;
    }
    worker.watch.next = now + EVERY;
    worker.watch.looks = worker.watch.looks.saturating_add(1);
    let done = worker.db.stay_in_place().and_then(|()| hear(worker)).and_then(|()| bury(worker));
    if let Err(error) = done {
        worker.fail(&error);
    }
    take_turn(worker);
}

/// Tells what other desks did to decisions.
fn hear(worker: &mut Worker) -> rusqlite::Result<()> {
    let version = version(worker.db.reader())?;
    if worker.watch.version.replace(version) == Some(version) {
        return Ok(());
    }
    let newest = newest_step(worker.db.reader())?;
    let moved = outbox::moved_elsewhere(worker.db.reader(), worker.watch.step, worker.session)?;
    worker.watch.step = newest;
    if !moved.is_empty() {
        worker.tell(News::Elsewhere(moved));
    }
    Ok(())
}

/// Takes over what a desk left that has ended since the last look.
fn bury(worker: &mut Worker) -> rusqlite::Result<()> {
    // While another desk is opening, its lock may not be in place yet; the next look will see.
    let Some(gate) = Gate::try_enter(worker.db.folder()) else { return Ok(()) };
    let alive = session::others(worker.db.folder(), worker.session);
    let before = std::mem::replace(&mut worker.watch.others, alive.clone());
    if before.is_subset(&alive) {
        return Ok(());
    }
    let left = left::bury(&mut worker.db, worker.session, |id| alive.contains(&id), clock::now());
    drop(gate);
    let left = left.inspect_err(|_| worker.watch.others.extend(before))?;
    if !left.is_empty() {
        worker.tell(News::Left(left));
    }
    Ok(())
}

/// Takes the lease if nobody else has it, and says so when that changes.
fn take_turn(worker: &mut Worker) {
    if !worker.watch.may_send {
        return;
    }
    match turn(worker) {
        Ok(sends) => tell_turn(worker, sends),
        // Whatever stands in the way of writing is told by whoever must write.
        Err(error) => tracing::debug!(%error, "the lease could not be looked at"),
    }
}

fn turn(worker: &mut Worker) -> rusqlite::Result<bool> {
    let (ours, now, first) = (worker.session, clock::of_day(), worker.watch.looks == 0);
    let folder = worker.db.folder().to_owned();
    let is_alive = |holder: SessionId| session::is_alive(&folder, holder);
    let alone = worker.watch.others.is_empty();
    // A holder that was alone let the lease lapse; now it sees us, and gets the time to renew it.
    let patient = !alone && !worker.watch.sends && worker.watch.looks <= PATIENCE;
    let held_by_living = lease::holder(worker.db.reader())?.is_some_and(|id| id != ours && is_alive(id));
    if held_by_living && (first || patient) {
        return Ok(false);
    }
    if !lease::is_free(worker.db.reader(), ours, is_alive, now)? {
        return Ok(false);
    }
    if !first && (alone && worker.watch.sends || !lease::ages(worker.db.reader(), ours, now)?) {
        return Ok(true);
    }
    worker.db.write(Keep::Cached, |db| lease::hold(db, ours, is_alive, now))
}

/// Notes whether it is our turn to send, and tells it when that changes.
pub(super) fn tell_turn(worker: &mut Worker, sends: bool) {
    if worker.watch.sends != sends {
        worker.watch.sends = sends;
        worker.tell(News::Turn { ours: sends });
    }
}

/// Gives the turn to whoever is there.
pub(super) fn end(worker: &mut Worker) {
    let ours = worker.session;
    if worker.watch.may_send && worker.watch.sends {
        // Without it, the others notice within a second that this desk has ended.
        let _ = worker.db.write(Keep::Cached, |db| lease::give_back(db, ours));
    }
}

fn version(db: &Connection) -> rusqlite::Result<i64> {
    db.pragma_query_value(None, "data_version", |row| row.get(0))
}

fn newest_step(db: &Connection) -> rusqlite::Result<i64> {
    db.prepare_cached("SELECT coalesce(max(rowid), 0) FROM steps")?.query_row([], |row| row.get(0))
}
