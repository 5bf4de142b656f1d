//! Beginning what decisions want: claims, sends, the notes of what came of them, and looks at the server.

use super::flights::{Flight, Landed};
use super::{
    Answer, Conductor, Decision, DecisionId, EntryId, Event, Moment, Progress, Use, check, earliest,
    readback, send,
};

/// Decisions between their claim and the note of what came of them, for each that may be at the server at once: those
/// that wait for the disk before and after are written together, several in one transaction.
const LIVES_A_SEND: usize = 4;

/// Quests that are read back at once.
const READ_BACKS: usize = 2;

impl Conductor {
    /// When a decision could begin for which it is too early now.
    pub(super) fn next_decision_at(&self) -> Option<Moment> {
        self.me?;
        let readbacks = self.passes();
        let looks = earliest(self.readbacks.next_at(), self.checks.next_at());
        earliest(
            self.outbox.next_at().filter(|_| self.lives() < self.most_lives()),
            looks.filter(|_| readbacks < READ_BACKS),
        )
    }

    /// Begins a claim or a read-back, if one is due.
    pub(super) fn begin_decision(&mut self, now: Moment) -> bool {
        // Who we are must be known: it tells our decisions from those of others.
        if self.me.is_none() {
            return false;
        }
        if self.passes() < READ_BACKS
            && let Some(work) = self.readbacks.begin(now)
        {
            let (client, store, me) = (self.client.clone(), self.store.clone(), self.me);
            let ids = work.1.iter().map(|wanted| wanted.id).collect();
            let flight = Flight::ReadBack { quest: work.0, ids, begun: now };
            self.fly(flight, async move {
                Landed::ReadBack(Box::new(readback::read_back(client, store, work, me, now).await))
            });
            return true;
        }
        if self.passes() < READ_BACKS
            && let Some((quest, wanted, _)) = self.checks.begin(now)
        {
            let client = self.client.clone();
            let ids = wanted.iter().map(|wanted| wanted.id).collect();
            self.fly(Flight::Check { quest, ids, begun: now }, async move {
                Landed::Checked(Box::new(check::check(client, quest, wanted).await))
            });
            return true;
        }
        if self.sends() < self.window.size()
            && let Some(decision) = self.ready.pop_front()
        {
            self.deliver(decision);
            return true;
        }
        let room = self.most_lives().saturating_sub(self.lives());
        let ids: Vec<DecisionId> = std::iter::from_fn(|| self.outbox.next(now)).take(room).collect();
        if ids.is_empty() {
            return false;
        }
        let (store, wanted) =
            (self.store.clone(), ids.iter().map(|id| (*id, self.decided_since(*id, now))).collect());
        self.fly(Flight::Claims(ids), async move { Landed::Claimed(store.claim_many(wanted).await) });
        true
    }

    fn deliver(&mut self, decision: Decision) {
        let begun = self.now();
        self.spend(begun, Use::Decision, 1);
        let (client, sent) = (self.client.clone(), decision.clone());
        self.fly(Flight::Send { decision: Box::new(decision), begun }, async move {
            Landed::Delivered(send::request(client, sent).await)
        });
    }

    /// Writes down what came of decisions, all in one transaction.
    pub(super) fn record(&mut self) {
        if self.answers.is_empty() {
            return;
        }
        let (mut decisions, mut steps) = (Vec::new(), Vec::new());
        for (decision, entry, answer) in std::mem::take(&mut self.answers) {
            steps.push((decision.id, Event::Answer(answer)));
            decisions.push((decision, entry));
        }
        let stepped = self.store.step_each(steps);
        self.fly(Flight::Records(decisions), async move { Landed::Recorded(stepped.await) });
    }

    /// What was claimed can't be sent now: it is queued again, and may be taken back.
    pub(super) fn give_back(&mut self) {
        let ready = std::mem::take(&mut self.ready);
        self.answers.extend(ready.into_iter().map(|decision| (decision, None, Answer::NotSent)));
    }

    /// Decisions between their claim and the note of what came of them.
    pub(super) fn lives(&self) -> usize {
        let under_way: usize = self.flights.values().map(Flight::lives).sum();
        self.ready.len() + self.answers.len() + under_way
    }

    /// Passes over quests for decisions of ours.
    fn passes(&self) -> usize {
        self.count(|flight| matches!(flight, Flight::ReadBack { .. } | Flight::Check { .. }))
    }

    const fn most_lives(&self) -> usize {
        self.window.size() * LIVES_A_SEND
    }

    /// Decisions at the server.
    pub(super) fn sends(&self) -> usize {
        self.count(|flight| matches!(flight, Flight::Send { .. }))
    }

    /// Tells how the sender is getting on, and says when to do it again.
    pub(super) fn tell_progress(&mut self) -> Option<Moment> {
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let progress = Progress {
            paused: self.outbox.is_held(),
            in_flight: count(self.sends()),
            waiting: count(
                self.outbox.waiting() + self.in_turn.len() + self.checks.len() + self.lives() - self.sends(),
            ),
            at_once: count(self.window.size()),
            ..Progress::default()
        };
        if let Some(progress) = self.teller.take(self.now(), progress) {
            self.publisher.sending(progress);
        }
        self.teller.wake()
    }

    /// Whether an entry's fate is about to be known from a decision of ours.
    pub(super) fn is_ours_to_tell(&self, entry: EntryId) -> bool {
        self.sending.contains(&entry) || self.readbacks.is_about(entry)
    }
}
