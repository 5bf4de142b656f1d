//! Serving the urgent lane: as many decisions as wait go into one synced transaction, and nobody hears of any of
//! them before it is on the disk.

use std::path::Path;

use rusqlite::Transaction;
use tokio::sync::oneshot;

use super::claim::Turn;
use super::db::Keep;
use super::haste::{About, Hastened};
use super::lanes::{CacheWork, Replies, Urgent};
use super::outbox::{self, Stepped, Turned};
use super::owed::Owed;
use super::worker::Worker;
use super::{News, StoreError, asides, claim, drafts, lease, opened, session, watch};
use crate::clock;
use crate::domain::decision::{Answer, Check, Clash, Decision, Event, NoStep, Stage};
use crate::domain::{DecisionId, SafeText, SessionId, Timestamp};

/// What became of one request inside the transaction.
enum Outcome {
    Recorded(Result<(), Turned>),
    RecordedMany(Vec<Result<(), Turned>>),
    Steps(Vec<(DecisionId, Stepped)>),
    Claims(Vec<Claimed>),
    /// Drafts and what was put aside: nobody waits for an answer.
    Kept,
}

/// What became of a claim.
enum Claimed {
    NotOurTurn,
    Unchecked(Box<Decision>),
    InTurn,
    Step(Stepped),
}

/// Serves requests in order: writes that follow each other together, reads by themselves.
pub(super) fn serve(worker: &mut Worker, requests: Vec<Urgent>) {
    let mut writes = Vec::new();
    for request in requests {
        if !request.only_reads() {
            writes.push(request);
            continue;
        }
        serve_writes(worker, std::mem::take(&mut writes));
        match request {
            Urgent::Body(entry) => worker.read_body(entry),
            Urgent::Brief(item) => worker.read_brief(item),
            Urgent::Behind(entry) => worker.read_behind(entry),
            Urgent::Draft(subject) => worker.read_draft(subject),
            Urgent::Journal { question, conditions, before, limit } => {
                worker.read_journal(question, &conditions, before, limit);
            }
            Urgent::Trail(id) => worker.read_trail(id),
            Urgent::Open(reply) => {
                // Whoever asked may be gone.
                let _ = reply.send(worker.open_decisions());
            }
            _ => {}
        }
    }
    serve_writes(worker, writes);
}

/// All in one transaction; if that fails, one by one, so that nobody's failure is another's.
fn serve_writes(worker: &mut Worker, requests: Vec<Urgent>) {
    if requests.is_empty() {
        return;
    }
    let now = clock::now();
    let (cache, owed, session) = (&worker.cache, &worker.owed, worker.session);
    let may_send = worker.watch.may_send();
    let folder = may_send.then(|| worker.db.folder().to_owned());
    let mut hastened = Hastened::default();
    let served = worker.db.write(Keep::Synced, |db| {
        let folder = folder.as_deref();
        let mut desk = Desk { db, cache, owed, hastened: &mut hastened, folder, turn: None, session, now };
        requests.iter().map(|request| desk.serve(request)).collect::<rusqlite::Result<Vec<_>>>()
    });
    match served {
        Ok(outcomes) => {
            hastened.take_off(&mut worker.cache);
            for request in &requests {
                worker.owed.served(request);
            }
            worker.mended();
            if requests.iter().any(Urgent::is_of_a_sending) {
                worker.make_way();
            }
            for (request, outcome) in requests.into_iter().zip(outcomes) {
                answer(worker, request, outcome);
            }
        }
        Err(error) => match <[Urgent; 1]>::try_from(requests) {
            Ok([request]) => serve_apart(worker, request, &error),
            Err(requests) => {
                for request in requests {
                    serve_writes(worker, vec![request]);
                }
            }
        },
    }
}

/// A request that failed by itself: what it is made of is tried one by one, and what is of one piece is refused.
fn serve_apart(worker: &mut Worker, request: Urgent, error: &rusqlite::Error) {
    match request {
        Urgent::StepNow { steps, reply } if steps.len() > 1 => {
            let alone = |step| apart(worker, |reply| Urgent::StepNow { steps: vec![step], reply });
            // Whoever asked may be gone; the steps count all the same.
            let _ = reply.send(Ok(steps.into_iter().map(alone).collect()));
        }
        Urgent::Claim { wanted, reply } if wanted.len() > 1 => {
            let alone = |one| apart(worker, |reply| Urgent::Claim { wanted: vec![one], reply });
            let claims = wanted.into_iter().map(alone).collect();
            answer_claims(worker, reply, claims);
        }
        request => {
            let meaning = worker.fail(error);
            refuse(worker, request, &meaning);
        }
    }
}

/// Serves a request for one thing and says what came of it.
fn apart<T>(worker: &mut Worker, request: impl FnOnce(Replies<T>) -> Urgent) -> Result<T, StoreError> {
    let (reply, mut answer) = oneshot::channel();
    serve_writes(worker, vec![request(reply)]);
    let answers = answer.try_recv().unwrap_or(Err(StoreError::Closed))?;
    answers.into_iter().next().unwrap_or(Err(StoreError::Closed))
}

/// What a request can use inside the transaction.
struct Desk<'a> {
    db: &'a Transaction<'a>,
    cache: &'a std::collections::VecDeque<CacheWork>,
    owed: &'a Owed,
    hastened: &'a mut Hastened,
    /// The folder of the database; `None`: this desk may not send.
    folder: Option<&'a Path>,
    /// Whether it is our turn to send, once that was asked.
    turn: Option<bool>,
    session: SessionId,
    now: Timestamp,
}

impl Desk<'_> {
    fn serve(&mut self, request: &Urgent) -> rusqlite::Result<Outcome> {
        match request {
            Urgent::Record(decision) => {
                Ok(Outcome::Recorded(outbox::insert(self.db, decision, self.session)?))
            }
            Urgent::RecordMany(decisions) => {
                let written =
                    decisions.iter().map(|decision| outbox::insert(self.db, decision, self.session));
                Ok(Outcome::RecordedMany(written.collect::<rusqlite::Result<_>>()?))
            }
            Urgent::Step { ids, event } => {
                let steps = ids.iter().map(|id| Ok((*id, self.step(*id, event)?)));
                Ok(Outcome::Steps(steps.collect::<rusqlite::Result<_>>()?))
            }
            Urgent::StepNow { steps, .. } => {
                let steps = steps.iter().map(|(id, event)| Ok((*id, self.step(*id, event)?)));
                Ok(Outcome::Steps(steps.collect::<rusqlite::Result<_>>()?))
            }
            Urgent::Claim { wanted, .. } => {
                let claims = wanted.iter().map(|(id, since)| self.claim(*id, *since));
                Ok(Outcome::Claims(claims.collect::<rusqlite::Result<_>>()?))
            }
            Urgent::SaveDraft { subject, note } => {
                drafts::save(self.db, *subject, note, self.now)?;
                Ok(Outcome::Kept)
            }
            Urgent::DropDraft(subject) => {
                drafts::drop(self.db, *subject)?;
                Ok(Outcome::Kept)
            }
            Urgent::PutAside(asides) => {
                asides.iter().try_for_each(|aside| asides::put(self.db, aside))?;
                Ok(Outcome::Kept)
            }
            Urgent::DropAside(entries) => {
                entries.iter().try_for_each(|entry| asides::drop(self.db, *entry))?;
                Ok(Outcome::Kept)
            }
            Urgent::Opened(entries) => {
                opened::put(self.db, entries, self.now)?;
                Ok(Outcome::Kept)
            }
            Urgent::Body(_)
            | Urgent::Brief(_)
            | Urgent::Behind(_)
            | Urgent::Draft(_)
            | Urgent::Journal { .. }
            | Urgent::Trail(_)
            | Urgent::Open(_) => Ok(Outcome::Kept),
        }
    }

    fn step(&mut self, id: DecisionId, event: &Event) -> rusqlite::Result<Stepped> {
        // What ends a decision is learned by the cache too: pages that were read before must be in it by then, or
        // they would open the entry again afterwards.
        if let Event::Answer(_) | Event::ReadBack(_) = event
            && let Some(decision) = outbox::load(self.db, id)?
        {
            let about = About { subject: decision.act.subject(), quest: None };
            self.hastened.hasten(self.cache, self.db, about)?;
        }
        outbox::step(self.db, id, event, self.session, self.now)
    }

    /// Asks for the lease, once in the transaction.
    fn is_our_turn(&mut self) -> rusqlite::Result<bool> {
        let (Some(folder), None) = (self.folder, self.turn) else { return Ok(self.turn == Some(true)) };
        let is_alive = |holder| session::is_alive(folder, holder);
        let ours = lease::hold(self.db, self.session, is_alive, clock::of_day())?;
        self.turn = Some(ours);
        Ok(ours)
    }

    fn claim(&mut self, id: DecisionId, since: Timestamp) -> rusqlite::Result<Claimed> {
        if !self.is_our_turn()? {
            return Ok(Claimed::NotOurTurn);
        }
        if self.owed.is_undone(id) {
            return Ok(Claimed::Step(self.step(id, &Event::Undo)?));
        }
        let is_checked = since.millis() == i64::MIN;
        let check = match outbox::load(self.db, id)? {
            // One that was made later than now was made by a clock that was ahead: nobody knows how long ago.
            Some(decision)
                if decision.stage == Stage::Queued
                    && (decision.made_at < since
                        || (!is_checked
                            && (decision.made_at > self.now || self.is_of_an_old_copy(&decision)?))) =>
            {
                return Ok(Claimed::Unchecked(Box::new(decision)));
            }
            Some(decision) if decision.stage == Stage::Queued => match claim::turn(self.db, &decision)? {
                Turn::Waits => return Ok(Claimed::InTurn),
                Turn::Beyond => Check::Clashes(Clash::MoreRuns),
                Turn::Now => self.check(&decision)?,
            },
            // The step itself says why not.
            _ => Check::Vanished,
        };
        Ok(Claimed::Step(self.step(id, &Event::Claim(check))?))
    }

    fn is_of_an_old_copy(&self, decision: &Decision) -> rusqlite::Result<bool> {
        let waits = self.cache.iter().rev().find_map(|work| match work {
            CacheWork::Fresh(quest, at) if *quest == decision.quest => Some(*at),
            _ => None,
        });
        claim::is_of_an_old_copy(self.db, decision, waits, self.now)
    }

    fn check(&mut self, decision: &Decision) -> rusqlite::Result<Check> {
        let about = About { subject: decision.act.subject(), quest: Some(decision.quest) };
        self.hastened.hasten(self.cache, self.db, about)?;
        claim::check(self.db, decision)
    }
}

/// Tells what is on the disk now.
fn answer(worker: &mut Worker, request: Urgent, outcome: Outcome) {
    match (request, outcome) {
        (Urgent::Record(decision), Outcome::Recorded(Ok(()))) => worker.tell(News::Recorded(*decision)),
        (Urgent::Record(decision), Outcome::Recorded(Err(turned))) => {
            worker.tell(News::NotRecorded { id: decision.id, words: turned.words() });
        }
        (Urgent::RecordMany(decisions), Outcome::RecordedMany(written)) => {
            let (mut kept, mut turned) = (Vec::new(), Vec::new());
            for (decision, written) in decisions.into_iter().zip(written) {
                match written {
                    Ok(()) => kept.push(decision),
                    Err(why) => turned.push((decision.id, why.words())),
                }
            }
            worker.tell(News::RecordedMany { kept, turned });
        }
        (Urgent::Step { .. }, Outcome::Steps(steps)) => tell_steps(worker, steps),
        (Urgent::StepNow { reply, .. }, Outcome::Steps(steps)) => {
            let mut answers = Vec::with_capacity(steps.len());
            for (id, stepped) in steps {
                tell_step(worker, id, &stepped);
                answers.push(match stepped {
                    Stepped::Moved(decision) => Ok(Ok(*decision)),
                    Stepped::Stays(why) => Ok(Err(why)),
                    Stepped::Missing => Err(StoreError::NoSuchDecision(id)),
                });
            }
            // Whoever asked may be gone; the steps count all the same.
            let _ = reply.send(Ok(answers));
        }
        (Urgent::Claim { wanted, reply }, Outcome::Claims(claims)) => {
            let claims = wanted.into_iter().zip(claims);
            let claims = claims.map(|((id, _), claim)| claimed(worker, id, claim)).collect();
            answer_claims(worker, reply, claims);
        }
        _ => {}
    }
}

/// Tells what became of a claim, and says it to whoever asked.
fn claimed(worker: &mut Worker, id: DecisionId, claimed: Claimed) -> Result<Decision, StoreError> {
    let stepped = match claimed {
        Claimed::NotOurTurn => {
            if worker.watch.may_send() {
                watch::tell_turn(worker, false);
            }
            return Err(StoreError::NotOurTurn);
        }
        Claimed::Unchecked(decision) => return Err(StoreError::Unchecked(decision)),
        Claimed::InTurn => return Err(StoreError::InTurn(id)),
        Claimed::Step(stepped) => stepped,
    };
    watch::tell_turn(worker, true);
    tell_step(worker, id, &stepped);
    match stepped {
        Stepped::Moved(decision) => Ok(*decision),
        Stepped::Stays(why) => Err(StoreError::NotMoved(id, why)),
        Stepped::Missing => Err(StoreError::NoSuchDecision(id)),
    }
}

fn answer_claims(worker: &mut Worker, reply: Replies<Decision>, claims: Vec<Result<Decision, StoreError>>) {
    // The sender may have stopped before it heard that it may send: it certainly did not.
    let Err(Ok(unheard)) = reply.send(Ok(claims)) else { return };
    let ids: Vec<DecisionId> = unheard
        .into_iter()
        .filter_map(|claim| claim.ok().filter(|decision| decision.stage == Stage::Sending))
        .map(|decision| decision.id)
        .collect();
    if !ids.is_empty() {
        worker.next_please(Urgent::Step { ids, event: Event::Answer(Answer::NotSent) });
    }
}

/// One piece of news for many steps.
fn tell_steps(worker: &Worker, steps: Vec<(DecisionId, Stepped)>) {
    if let [(id, stepped)] = steps.as_slice() {
        return tell_step(worker, *id, stepped);
    }
    let (mut moved, mut stayed) = (Vec::new(), Vec::new());
    for (id, stepped) in steps {
        match stepped {
            Stepped::Moved(decision) => moved.push(*decision),
            Stepped::Stays(why) => stayed.push((id, why)),
            Stepped::Missing => stayed.push((id, NoStep::NotApplicable)),
        }
    }
    worker.tell(News::MovedMany { moved, stayed });
}

fn tell_step(worker: &Worker, id: DecisionId, stepped: &Stepped) {
    worker.tell(match stepped {
        Stepped::Moved(decision) => News::Moved((**decision).clone()),
        Stepped::Stays(why) => News::NotMoved { id, why: *why },
        Stepped::Missing => News::NotMoved { id, why: NoStep::NotApplicable },
    });
}

/// Tells that nothing was kept.
fn refuse(worker: &mut Worker, request: Urgent, meaning: &StoreError) {
    if worker.owed.refused(&request, clock::monotonic()) {
        worker.tell(News::NotUndone { words: SafeText::line(&meaning.to_string()) });
    }
    match request {
        Urgent::Record(decision) => {
            let words = SafeText::line(&meaning.to_string());
            worker.tell(News::NotRecorded { id: decision.id, words });
        }
        Urgent::RecordMany(decisions) => {
            let words = SafeText::line(&meaning.to_string());
            let turned = decisions.into_iter().map(|decision| (decision.id, words.clone())).collect();
            worker.tell(News::RecordedMany { kept: Vec::new(), turned });
        }
        // Whoever asked may be gone.
        Urgent::StepNow { reply, .. } => drop(reply.send(Err(meaning.clone()))),
        Urgent::Claim { reply, .. } => drop(reply.send(Err(meaning.clone()))),
        // What the screen shows as put aside must be what is kept.
        Urgent::PutAside(_) | Urgent::DropAside(_) => worker.tell_asides(),
        // `News::Broken` was told.
        _ => {}
    }
}
