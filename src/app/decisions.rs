//! Our decisions as the store last told them, and what this session agreed to pay.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::domain::decision::{Act, Decision, Settled, Stage, Subject, Want};
use crate::domain::{Currency, DecisionId, EntryId, Money, SafeText, Timestamp};

use super::bulk::progress::is_under_way;
use super::past::is_rejected;
use super::reasons::{Facts, Template, Unfilled};
use super::seen::Seen;

/// Our decisions, and what hangs on them.
#[derive(Debug, Default)]
pub struct Decisions {
    /// Every decision of this session that is on disk, and what earlier sessions left.
    by_id: HashMap<DecisionId, Decision>,
    /// Decisions of other desks on the same state database: they are shown, and are not this session's to undo, to
    /// count or to pay for.
    elsewhere: HashMap<DecisionId, Decision>,
    /// What an earlier session had sent already: it agreed to that, so it is no part of what this one pays.
    sent_before: HashSet<DecisionId>,
    /// The open decision on a subject, or the last one that ended badly there.
    by_subject: HashMap<Subject, DecisionId>,
    /// Decisions that are being written: the row says *recording*.
    recording: HashMap<DecisionId, Decision>,
    /// What has been asked of the store and not been answered, so that it is asked once.
    asked: HashSet<DecisionId>,
    /// The acts of this session in the order they were made, newest last, each with its decisions: what `u` goes
    /// back over.
    made: Vec<Vec<DecisionId>>,
    /// What was taken back in one go, newest last: what `U` does again.
    undone: Vec<Vec<Act>>,
    /// When each undo window ends that the store was not asked to close yet.
    windows: BTreeSet<(Timestamp, DecisionId)>,
    /// The last decision on an entry, for `.`.
    pub last: Option<Act>,
    /// The saved reason that was used last, and what it became: `.` fills it anew.
    pub last_reason: Option<(Template, SafeText)>,
    /// Of items that were scored again: how many runs the server began, where it said so.
    begun: HashMap<DecisionId, u32>,
    /// Which entries were on the screen long enough.
    pub seen: Seen,
    /// What this session agreed to pay, and what it has.
    pub envelope: Envelope,
    /// Makes the ids of decisions.
    next: u64,
}

/// What a session may pay: agreed once per currency, used up by each paid acceptance.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Envelope {
    agreed: HashMap<Currency, i64>,
}

impl Envelope {
    /// Agrees to pay up to this sum in its currency, from the session's first payment on.
    pub fn agree(&mut self, sum: Money) {
        self.agreed.insert(sum.currency, sum.amount);
    }

    /// What was agreed on in a currency.
    #[must_use]
    pub fn agreed(&self, currency: Currency) -> Option<Money> {
        self.agreed.get(&currency).map(|&amount| Money { currency, amount })
    }

    /// The currencies in which something was agreed, sats first.
    #[must_use]
    pub fn currencies(&self) -> Vec<Currency> {
        let mut currencies: Vec<_> = self.agreed.keys().copied().collect();
        currencies.sort_unstable();
        currencies
    }
}

/// How many decisions are at which stage, for the status line.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// Being written.
    pub recording: u32,
    /// Held, with an undo window.
    pub held: u32,
    /// Held without one: left by a dead session.
    pub waiting: u32,
    /// Queued or under way.
    pub sending: u32,
    /// To be read back.
    pub unknown: u32,
}

impl Tally {
    /// Everything that has not come to its end.
    #[must_use]
    pub const fn open(&self) -> u32 {
        self.recording + self.held + self.waiting + self.sending + self.unknown
    }
}

impl Decisions {
    /// An id for a new decision: the session's id with a running number in its tail.
    #[must_use]
    pub fn new_id(&mut self, session: crate::domain::SessionId) -> DecisionId {
        self.next += 1;
        let mut bytes = *session.bytes();
        for (byte, number) in bytes[8..].iter_mut().zip(self.next.to_be_bytes()) {
            *byte ^= number;
        }
        DecisionId::from_bytes(bytes)
    }

    /// A decision is on its way to the disk.
    pub fn recording(&mut self, decision: Decision) {
        self.by_subject.insert(decision.act.subject(), decision.id);
        self.recording.insert(decision.id, decision);
    }

    /// It is there.
    pub fn recorded(&mut self, decision: Decision) {
        self.recorded_many(vec![decision]);
    }

    /// Those of one act are there.
    pub fn recorded_many(&mut self, act: Vec<Decision>) {
        if act.is_empty() {
            return;
        }
        self.made.push(act.iter().map(|decision| decision.id).collect());
        for decision in act {
            self.recording.remove(&decision.id);
            self.put(decision);
        }
    }

    /// It could not be written.
    pub fn not_recorded(&mut self, id: DecisionId) -> Option<Decision> {
        let decision = self.recording.remove(&id)?;
        self.by_subject.remove(&decision.act.subject());
        Some(decision)
    }

    /// A decision as the store has it now. Returns how it was before.
    pub fn put(&mut self, decision: Decision) -> Option<Decision> {
        if self.elsewhere.contains_key(&decision.id) {
            return self.put_elsewhere(decision);
        }
        self.asked.remove(&decision.id);
        if matches!(decision.stage, Stage::Queued | Stage::Sending) {
            // It had not arrived: it is this session that sends it.
            self.sent_before.remove(&decision.id);
        }
        if let Some(Want::WakeAt(until)) = self.by_id.get(&decision.id).map(|before| before.stage.want()) {
            self.windows.remove(&(until, decision.id));
        }
        if let Want::WakeAt(until) = decision.stage.want() {
            self.windows.insert((until, decision.id));
        }
        self.lies_on_its_subject(&decision);
        self.by_id.insert(decision.id, decision)
    }

    /// A decision of another desk, as the store has it now. Returns how it was before.
    pub fn put_elsewhere(&mut self, decision: Decision) -> Option<Decision> {
        self.lies_on_its_subject(&decision);
        self.elsewhere.insert(decision.id, decision)
    }

    /// A decision that a dead session left is this one's to care for now.
    pub fn adopt(&mut self, decision: Decision) {
        self.elsewhere.remove(&decision.id);
        let (id, sent) = (decision.id, matches!(decision.stage, Stage::Confirmed(_) | Stage::Unknown { .. }));
        self.put(decision);
        if sent {
            self.sent_before.insert(id);
        }
    }

    /// Whether this session made it, or took it over.
    #[must_use]
    pub fn is_ours(&self, id: DecisionId) -> bool {
        self.by_id.contains_key(&id)
    }

    fn lies_on_its_subject(&mut self, decision: &Decision) {
        let subject = decision.act.subject();
        match decision.stage {
            Stage::Undone | Stage::Confirmed(_) => {
                if self.by_subject.get(&subject) == Some(&decision.id) {
                    self.by_subject.remove(&subject);
                }
            }
            _ => {
                self.by_subject.insert(subject, decision.id);
            }
        }
    }

    /// What was asked of a store that could not write got no answer: it is asked again.
    pub fn ask_again(&mut self) {
        for id in std::mem::take(&mut self.asked) {
            self.not_moved(id);
        }
    }

    /// The store refused to move it.
    pub fn not_moved(&mut self, id: DecisionId) {
        self.asked.remove(&id);
        if let Some(Want::WakeAt(until)) = self.by_id.get(&id).map(|decision| decision.stage.want()) {
            self.windows.insert((until, id));
        }
    }

    /// A decision by its id.
    #[must_use]
    pub fn get(&self, id: DecisionId) -> Option<&Decision> {
        self.by_id.get(&id).or_else(|| self.recording.get(&id)).or_else(|| self.elsewhere.get(&id))
    }

    /// The decision to show on a subject: the open one, or the last that was refused or in conflict.
    #[must_use]
    pub fn on(&self, subject: Subject) -> Option<&Decision> {
        self.by_subject.get(&subject).and_then(|id| self.get(*id))
    }

    /// Whether a decision on the subject is open: recording, held, on its way or unknown.
    #[must_use]
    pub fn is_open(&self, subject: Subject) -> bool {
        self.on(subject).is_some_and(|decision| !decision.stage.is_over())
    }

    /// Whether a decision is being written.
    #[must_use]
    pub fn is_recording(&self, id: DecisionId) -> bool {
        self.recording.contains_key(&id)
    }

    /// What is being written.
    #[must_use]
    pub fn being_written(&self) -> Vec<&Decision> {
        self.recording.values().collect()
    }

    /// All decisions, in no order.
    pub fn all(&self) -> impl Iterator<Item = &Decision> {
        self.by_id.values().chain(self.recording.values())
    }

    /// How many are at which stage.
    #[must_use]
    pub fn tally(&self) -> Tally {
        let mut tally = Tally { recording: self.recording.len() as u32, ..Tally::default() };
        for decision in self.by_id.values() {
            match decision.stage {
                Stage::Held { until: Some(_) } => tally.held += 1,
                Stage::Held { until: None } => tally.waiting += 1,
                Stage::Queued | Stage::Sending => tally.sending += 1,
                Stage::Unknown { .. } => tally.unknown += 1,
                Stage::Confirmed(_) | Stage::Refused { .. } | Stage::Conflict(_) | Stage::Undone => {}
            }
        }
        tally
    }

    /// Decisions whose undo window is over and that the store has not been asked to move yet.
    pub fn due(&mut self, now: Timestamp) -> Vec<DecisionId> {
        let mut due = Vec::new();
        while let Some(&(at, id)) = self.windows.first()
            && at <= now
        {
            self.windows.pop_first();
            due.push(id);
        }
        self.asked.extend(&due);
        due
    }

    /// Time went back: the store is asked at once about every window, and begins those anew that lie ahead of it.
    pub fn clock_was_set_back(&mut self, now: Timestamp) {
        let ends = std::mem::take(&mut self.windows);
        self.windows = ends.into_iter().map(|(until, id)| (until.min(now), id)).collect();
    }

    /// When the next undo window ends.
    #[must_use]
    pub fn next_end(&self) -> Option<Timestamp> {
        self.windows.first().map(|(at, _)| *at)
    }

    /// What can still be taken back of the newest act of this session of which anything can. Empty: nothing.
    #[must_use]
    pub fn newest_undoable(&self) -> Vec<&Decision> {
        let undoable = |act: &Vec<DecisionId>| -> Vec<&Decision> {
            let decisions = act.iter().filter_map(|id| self.by_id.get(id));
            decisions.filter(|decision| decision.stage.can_undo()).collect()
        };
        self.made.iter().rev().map(undoable).find(|act| !act.is_empty()).unwrap_or_default()
    }

    /// The last decisions of this session that are on disk, newest first.
    #[must_use]
    pub fn newest_first(&self, most: usize) -> Vec<DecisionId> {
        self.made.iter().rev().flat_map(|act| act.iter().rev()).take(most).copied().collect()
    }

    /// The newest decision that is known on an entry.
    #[must_use]
    pub fn newest_on(&self, entry: EntryId) -> Option<&Decision> {
        let all = self.by_id.values().chain(self.elsewhere.values());
        let on = all.filter(|decision| {
            matches!(decision.act, Act::Review { .. }) && decision.act.subject() == Subject::Entry(entry)
        });
        on.max_by_key(|decision| (decision.made_at, decision.id))
    }

    /// The newest rejection of an entry that is known here.
    #[must_use]
    pub fn rejected_on(&self, entry: EntryId) -> Option<&Decision> {
        let all = self.by_id.values().chain(self.elsewhere.values());
        let on =
            all.filter(|decision| decision.act.subject() == Subject::Entry(entry) && is_rejected(decision));
        on.max_by_key(|decision| (decision.made_at, decision.id))
    }

    /// What was not taken back of the newest act on many of which something was let go and is not over.
    #[must_use]
    pub fn bulk_under_way(&self) -> Option<Vec<&Decision>> {
        let acts = self.made.iter().rev().filter(|act| act.len() > 1);
        let decisions = |act: &Vec<DecisionId>| -> Vec<&Decision> {
            let decisions = act.iter().filter_map(|id| self.by_id.get(id));
            decisions.filter(|decision| decision.stage != Stage::Undone).collect()
        };
        acts.map(decisions).find(|act| act.iter().any(|decision| is_under_way(decision)))
    }

    /// Ids of what dead sessions left and what waits for a word.
    #[must_use]
    pub fn waiting(&self) -> Vec<DecisionId> {
        let waits = |decision: &&Decision| matches!(decision.stage, Stage::Held { until: None });
        self.by_id.values().filter(waits).map(|decision| decision.id).collect()
    }

    /// Ids of what is held, with or without a window.
    #[must_use]
    pub fn held(&self) -> Vec<DecisionId> {
        let held = |decision: &&Decision| matches!(decision.stage, Stage::Held { .. });
        self.by_id.values().filter(held).map(|decision| decision.id).collect()
    }

    /// Remembers what was taken back in one go.
    pub fn took_back(&mut self, acts: Vec<Act>) {
        self.undone.push(acts);
    }

    /// The note of the last decision as it is for another entry.
    pub fn note_again(&self, facts: &Facts) -> Result<Option<SafeText>, Unfilled> {
        let note = self.last.as_ref().and_then(Act::note);
        match (&self.last_reason, note) {
            (Some((template, filled)), Some(note)) if filled == note => template.fill(facts).map(Some),
            _ => Ok(note.cloned()),
        }
    }

    /// Whether something was taken back that could be done again.
    #[must_use]
    pub const fn can_redo(&self) -> bool {
        !self.undone.is_empty()
    }

    /// These were decided anew: they are no more among what was taken back last.
    pub fn decided_anew(&mut self, subjects: &HashSet<Subject>) {
        let Some(last) = self.undone.last_mut() else { return };
        last.retain(|act| !subjects.contains(&act.subject()));
        if last.is_empty() {
            self.undone.pop();
        }
    }

    /// What was taken back last, to do it again.
    pub fn redo(&mut self) -> Option<Vec<Act>> {
        self.undone.pop()
    }

    /// What this session's decisions spend in a currency: what is paid, and what would be if nothing stops it.
    #[must_use]
    pub fn committed(&self, currency: Currency) -> Money {
        self.sum(currency, |decision| match decision.stage {
            Stage::Held { .. } | Stage::Queued | Stage::Sending | Stage::Unknown { .. } => true,
            Stage::Confirmed(settled) => settled == Settled::Ours,
            Stage::Refused { .. } => decision.may_have_spent(),
            Stage::Conflict(_) | Stage::Undone => false,
        })
    }

    /// What this session's decisions have certainly paid in a currency.
    #[must_use]
    pub fn paid(&self, currency: Currency) -> Money {
        self.sum(currency, |decision| decision.stage == Stage::Confirmed(Settled::Ours))
    }

    /// The server began so many runs for this one, which may be more or fewer than were counted before.
    pub fn began(&mut self, id: DecisionId, runs: u32) {
        self.begun.insert(id, runs);
    }

    /// What is not sent yet and spends in this currency, as much of it as comes to this amount if it can: the newest
    /// first, runs of evaluations before payments.
    #[must_use]
    pub fn newest_to_stop(&self, currency: Currency, amount: i64) -> Vec<DecisionId> {
        let spends = |decision: &&Decision| {
            decision.stage.can_undo()
                && !self.begun.contains_key(&decision.id)
                && self.spends(decision, currency) > 0
        };
        let mut open: Vec<&Decision> = self.by_id.values().filter(spends).collect();
        open.sort_unstable_by_key(|decision| {
            std::cmp::Reverse((decision.act.runs() > 0, decision.made_at, decision.id))
        });
        let mut left = amount;
        let needed = open.into_iter().take_while(|decision| {
            let is_needed = left > 0;
            left = left.saturating_sub(self.spends(decision, currency));
            is_needed
        });
        needed.map(|decision| decision.id).collect()
    }

    /// What a decision spends in a currency: of runs, what those cost that were begun.
    fn spends(&self, decision: &Decision, currency: Currency) -> i64 {
        let of_it = |spends: Money| if spends.currency == currency { spends.amount } else { 0 };
        match self.begun.get(&decision.id) {
            // It may be told before the store knows.
            Some(&begun) => Decision { began: Some(begun), ..decision.clone() }.spends().map_or(0, of_it),
            None => decision.spends().map_or(0, of_it),
        }
    }

    fn sum(&self, currency: Currency, counts: impl Fn(&Decision) -> bool) -> Money {
        let amount = self
            .all()
            .filter(|decision| !self.sent_before.contains(&decision.id) && counts(decision))
            .fold(0_i64, |sum, decision| sum.saturating_add(self.spends(decision, currency)));
        Money { currency, amount }
    }

    /// What a decision on a subject has come to, in a word or two for its row: `rejecting 3s`, `paid`, `refused`.
    #[must_use]
    pub fn word_for(&self, decision: &Decision, now: Timestamp) -> SafeText {
        super::decide::stage_word(decision, self.is_recording(decision.id), now)
    }
}
