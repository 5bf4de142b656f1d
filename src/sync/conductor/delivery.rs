//! What follows from claims, deliveries and read-backs.

use std::time::Duration;

use super::{Asked, Conductor, Failure, Moment, Step, StoreError, Use, clock};
use crate::domain::decision::{Act, Clash, Decision, NoStep, READ_BACK_AFTER, Stage, Subject, Want};
use crate::domain::{DecisionId, EntryId, EntryStatus, QuestId, Rescored, Review, SafeText, Timestamp};
use crate::ouro::{Entry, ErrorKind, Fate, OuroError};
use crate::sync::errands::{Done, Errand, Found, price_of, talk_of};
use crate::sync::readback::ReadBack;
use crate::sync::send::{self, Reply};
use crate::sync::{Gone, backoff};

/// How long the sender rests after a request could not even be made, for a reason of its own.
const REST: Duration = Duration::from_secs(60);

/// By how much a request may outlive what it was given at the least: whoever held it may have got it late.
const LINGERS: Duration = Duration::from_secs(3);

impl Conductor {
    /// These decisions are open.
    pub(super) fn learned(&mut self, open: Result<Vec<Decision>, StoreError>, now: Moment) {
        match open {
            Err(error) => self.store_failed(&error),
            Ok(open) => {
                for decision in open {
                    match decision.stage.want() {
                        Want::Send => self.outbox.push(decision.id),
                        Want::ReadBackAt(at) => self.read_back_at(&decision, at, now),
                        Want::WakeAt(_) | Want::Word | Want::Nothing => {}
                    }
                }
            }
        }
        if std::mem::take(&mut self.learn_again) {
            self.learn_open_decisions();
        }
    }

    /// What cannot be written down is not sent.
    fn store_failed(&mut self, error: &StoreError) {
        self.outbox.halt();
        self.give_back();
        let words = "sending waits until you refresh".into();
        self.publisher.trouble("store", words, SafeText::line(&error.to_string()));
    }

    /// The store handed a decision out, or not.
    pub(super) fn claimed(&mut self, id: DecisionId, claimed: Result<Decision, StoreError>) {
        match claimed {
            Ok(decision) if decision.stage == Stage::Sending => {
                if let Subject::Entry(entry) = decision.act.subject() {
                    self.sending.insert(entry);
                    if let Some(queue) = self.queues.get_mut(&decision.quest) {
                        queue.excuse(entry);
                    }
                }
                self.ready.push_back(decision);
                if self.stopping || !self.outbox.is_open() {
                    self.give_back();
                }
            }
            Ok(decision) => self.moved(&decision, None),
            Err(StoreError::InTurn(_)) => {
                self.outbox.done(id);
                self.in_turn.push(id);
            }
            Err(StoreError::Unchecked(decision)) => self.is_to_be_checked(&decision),
            // Whoever has the turn sends it. Once that is us, all that is queued is learned.
            Err(StoreError::NotOurTurn) => self.outbox.done(id),
            Err(error @ (StoreError::NotMoved(..) | StoreError::NoSuchDecision(_))) => {
                tracing::debug!(%error, "not to be sent");
                self.outbox.done(id);
                self.settled.remove(&id);
                self.proved.remove(&id);
            }
            Err(error) => {
                self.outbox.again(id);
                self.store_failed(&error);
            }
        }
    }

    /// A decision was sent: what came of it is to be written down.
    pub(super) fn delivered(&mut self, decision: Decision, begun: Moment, reply: Result<Reply, OuroError>) {
        // It is no more among those under way.
        let under_way = self.sends() + 1;
        match &reply {
            Ok(_) => self.window.answered(under_way),
            Err(error) => self.window.failed(error, begun, self.now()),
        }
        let under_way = reply.as_ref().is_err_and(OuroError::may_be_under_way);
        let settled = begun + if under_way { self.settles_within() } else { Duration::ZERO };
        self.settled.insert(decision.id, settled);
        self.proved.remove(&decision.id);
        let answer = send::answer_of(&decision.act, self.me, &reply);
        let entry = match reply {
            Ok(reply) => {
                self.answered(begun);
                match reply {
                    Reply::Entry(entry) => Some(entry),
                    Reply::Rescored(runs) => {
                        self.publisher.rescored(decision.id, runs);
                        None
                    }
                    Reply::Item(_) | Reply::Completed(_) | Reply::Comment(_) => None,
                }
            }
            Err(error) => {
                self.not_delivered(&decision, begun, &error);
                None
            }
        };
        self.answers.push((decision, entry, answer));
    }

    /// How long after it was sent a request may still arrive: whoever passes it on gives up no later than we do, and a
    /// little.
    fn settles_within(&self) -> Duration {
        let timeout = self.client.waits_for();
        timeout + (timeout / 5).max(LINGERS)
    }

    /// An unknown decision is to be read back then; a clock that was set doesn't put that off.
    fn read_back_at(&mut self, decision: &Decision, at: Timestamp, now: Moment) {
        let at = now + at.since(clock::now()).min(READ_BACK_AFTER);
        let settled = self.settled_of(decision, now);
        self.readbacks.add(decision, at, settled);
    }

    /// From when on an unknown decision can't be on its way any more. Of one that an earlier session sent only the time
    /// of day is known.
    fn settled_of(&self, decision: &Decision, now: Moment) -> Moment {
        match (self.settled.get(&decision.id), &decision.stage) {
            (Some(settled), _) => *settled,
            (None, Stage::Unknown { since, .. }) if decision.attempts > 0 => {
                now + self.settles_within().saturating_sub(clock::now().since(*since))
            }
            _ => now,
        }
    }

    /// What came of a decision was written down.
    pub(super) fn recorded(
        &mut self,
        decision: &Decision,
        entry: Option<Box<Entry>>,
        after: Result<Result<Decision, NoStep>, StoreError>,
    ) {
        if let Subject::Entry(entry) = decision.act.subject() {
            self.sending.remove(&entry);
        }
        match after {
            Ok(Ok(after)) => self.moved(&after, entry.map(|entry| *entry)),
            Ok(Err(why)) => {
                tracing::debug!(id = %decision.id, %why, "an answer changed nothing");
                self.outbox.done(decision.id);
            }
            Err(error) => {
                // On the disk it is still being sent: the next start reads it back.
                self.outbox.done(decision.id);
                self.store_failed(&error);
            }
        }
    }

    fn not_delivered(&mut self, decision: &Decision, begun: Moment, error: &OuroError) {
        let failure = self.failed(error, begun);
        let now = self.now();
        if error.kind == ErrorKind::Forbidden && !error.not_sent && matches!(decision.act, Act::Review { .. })
        {
            self.publisher.refused(decision.quest, &error.message);
        }
        // What holds the connection holds the sender; what does not would be tried again at once.
        match (error.fate(), failure) {
            (Fate::NotSent, Failure::Denied) => self.outbox.pause(now + REST),
            (Fate::NotSent, Failure::Failing) => {
                let wait = backoff::wait(failure, 0, self.options.seed).unwrap_or(REST);
                self.outbox.pause(now + wait);
            }
            _ => {}
        }
    }

    /// A decision stands where it stands now.
    fn moved(&mut self, decision: &Decision, entry: Option<Entry>) {
        if decision.may_cost_more() && !matches!(decision.stage, Stage::Sending | Stage::Unknown { .. }) {
            // Its runs are counted: the next one has its turn.
            for id in std::mem::take(&mut self.in_turn) {
                self.outbox.push(id);
            }
        }
        match decision.stage.want() {
            Want::Send => self.outbox.again(decision.id),
            Want::ReadBackAt(at) => {
                self.outbox.done(decision.id);
                let now = self.now();
                self.read_back_at(decision, at, now);
            }
            Want::WakeAt(_) | Want::Word => self.outbox.done(decision.id),
            Want::Nothing => {
                self.outbox.done(decision.id);
                if decision.stage.is_over() {
                    self.settled.remove(&decision.id);
                    self.proved.remove(&decision.id);
                    self.ended(decision, entry);
                }
            }
        }
    }

    /// Somebody's wish to read was served, or could not be.
    pub(super) fn errand_done(&mut self, errand: Errand, begun: Moment, done: Done) {
        let now = self.now();
        self.spend(now, Use::Read, done.requests);
        self.errands.done();
        self.publisher.people(done.people);
        let error = match &done.found {
            Found::Talk(Err(error))
            | Found::Run(Err(error))
            | Found::Price(Err(error))
            | Found::Route(Err(error)) => Some(error.clone()),
            Found::Talk(Ok(_)) | Found::Run(Ok(_)) | Found::Price(Ok(_)) | Found::Route(Ok(_)) => None,
        };
        match &error {
            None => self.answered(begun),
            Some(error) => {
                let failure = self.failed(error, begun);
                // A price is asked for by a sheet that is open: it is told what there is to tell, once.
                if failure != Failure::Denied && !matches!(errand, Errand::Price(..)) {
                    let wait = backoff::wait(failure, 0, self.options.seed).unwrap_or(REST);
                    self.errands.again(errand, now + wait);
                }
            }
        }
        match (errand, done.found) {
            (Errand::Talk(about), Found::Talk(found)) => self.publisher.talk(about, talk_of(found)),
            (Errand::Run(id), Found::Run(found)) => {
                self.publisher.run(id, found.map_err(|error| SafeText::line(&error.to_string())));
            }
            (Errand::Price(of), Found::Price(found)) => self.publisher.run_price(of, price_of(found)),
            (Errand::Route(id), Found::Route(Ok(inputs))) => self.publisher.route(id, inputs),
            (Errand::Route(_), Found::Route(Err(_))) => {}
            (errand, _) => tracing::debug!(?errand, "an answer to another errand"),
        }
    }

    /// A decision came to its end: what it changed is read again.
    fn ended(&mut self, decision: &Decision, entry: Option<Entry>) {
        if let Act::Comment { .. } = decision.act {
            return;
        }
        self.teller.ended(self.now());
        let quest = decision.quest;
        let confirmed = matches!(decision.stage, Stage::Confirmed(_));
        if let Act::Review { entry: id, .. } = decision.act {
            self.entry_ended(decision, id, entry);
        }
        let how = if confirmed { Asked::Soon } else { Asked::Now };
        self.plan.ask(Step::Queue(quest), how);
        self.plan.ask(Step::Items(quest), how);
        if confirmed && decision.cost.spends() {
            self.plan.ask(Step::Balances, Asked::Soon);
        }
        self.ask_about_vanished(quest);
    }

    /// The entry of a decision that ended: if it is decided, it leaves for good.
    fn entry_ended(&mut self, decision: &Decision, id: EntryId, entry: Option<Entry>) {
        let quest = decision.quest;
        let entry = entry.filter(is_decided);
        if let Stage::Conflict(Clash::Decided(review)) = &decision.stage {
            self.meet_strangers(review.reviewer);
        }
        let review = match (&decision.stage, &decision.act) {
            (Stage::Conflict(Clash::Decided(review)), _) => Some(review.clone()),
            (Stage::Confirmed(_), Act::Review { verdict, note, .. }) => {
                let seen = entry.as_ref().and_then(|entry| entry.body.review.clone());
                Some(seen.unwrap_or_else(|| Review {
                    status: verdict.status(),
                    reviewer: None,
                    at: None,
                    note: note.clone().unwrap_or_default(),
                }))
            }
            (Stage::Conflict(Clash::Gone), _) => None,
            // Refused, or changed: it is still there, for all we know.
            _ => return,
        };
        let seq = self.next_seq();
        if let Some(queue) = self.queues.get_mut(&quest) {
            queue.listing.bury(id, seq, entry.as_ref().map(|entry| entry.row.version));
            queue.vanished.remove(&id);
            self.plan.set_pending(quest, u32::try_from(queue.listing.len()).unwrap_or(u32::MAX));
        }
        self.publisher.decided(quest, Gone { entry: id, review }, entry);
    }

    /// A quest's unknown decisions were looked for.
    pub(super) fn was_read_back(
        &mut self,
        (quest, ids): (QuestId, Vec<DecisionId>),
        begun: Moment,
        back: ReadBack,
    ) {
        let now = self.now();
        self.spend(now, Use::Decision, back.requests);
        self.readbacks.ended(quest);
        let failure = if let Some(error) = &back.error {
            self.failed(error, begun)
        } else {
            self.answered(begun);
            Failure::Failing
        };
        for resolved in back.resolved {
            match resolved.after {
                Ok(after) => {
                    self.readbacks.done(resolved.id);
                    // What is sent again compares with the cache.
                    if let Some(entry) = resolved.entry.as_ref().filter(|entry| is_decided(entry)) {
                        self.publisher.cache(quest, vec![entry.clone()]);
                    }
                    match after {
                        Ok(decision) => {
                            if decision.stage == Stage::Queued && decision.attempts > 0 {
                                self.proved.insert(decision.id, now);
                            }
                            if let (Stage::Confirmed(_), Some(started)) = (&decision.stage, resolved.runs) {
                                let runs = Rescored { started, left_out: Vec::new() };
                                self.publisher.rescored(resolved.id, runs);
                            }
                            self.moved(&decision, resolved.entry);
                        }
                        Err(why) => tracing::debug!(id = %resolved.id, %why, "a read-back changed nothing"),
                    }
                }
                Err(error) => self.store_failed(&error),
            }
        }
        let seed = self.options.seed;
        for id in ids {
            // What was resolved is not there any more.
            if back.error.is_none() && self.readbacks.settles(id, begun) {
                continue;
            }
            self.readbacks.again(id, now, |attempts| backoff::wait(failure, attempts, seed).unwrap_or(REST));
        }
    }
}

const fn is_decided(entry: &Entry) -> bool {
    matches!(entry.status, EntryStatus::Accepted | EntryStatus::Rejected)
}
