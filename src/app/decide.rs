//! From a key to a decision: propose, price, check what was seen, ask where asking is due, record.
//!
//! Accepting pays people. The order of the gates is the promise of the desk: first whether the decision applies at
//! all, then whether the entry was really on the screen, then everything that wants a question (a cap, one's own
//! entry, a running evaluation, escrow that does not suffice), then the spend envelope; only then is it recorded.

mod elsewhere;
mod gates;
mod items;
mod learn;
mod past;
mod undo;
mod unsent;
mod words;

use std::collections::HashSet;
use std::time::Duration;

use crate::domain::decision::{Act, Bound, Decision, Stage, Subject, Verdict};
use crate::domain::{Cost, EntryId, EntryRow, Item, QuestId, Reviewing, SafeText, Timestamp, UserId};

use super::bulk::{What, Words};
use super::command::Command;
use super::context::key_text;
use super::overlay::Overlay;
use super::overlay::note::{Note, Purpose};
use super::overlay::reason::Reason;
use super::queue::Scope;
use super::reader::Body;
use super::{Effect, State};

pub use past::{decision_line, what_is_possible};
pub use unsent::Unsent;
pub use words::{act_word, amounts, bare, clash_words, cost_line, gist, repeat_line, stage_word, undo_words};

/// A decision that has been checked and priced, and is not recorded yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    /// What is to be done.
    pub act: Act,
    /// The quest it is about.
    pub quest: QuestId,
    /// What the reviewer has before them.
    pub bound: Bound,
    /// What it costs the owner.
    pub cost: Cost,
    /// `#3 Curie temps · bot-7`.
    pub label: SafeText,
    /// Who is paid.
    pub payee: SafeText,
}

impl State {
    /// Accepts the entry under the cursor.
    pub(super) fn accept(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        if self.marked() > 0 {
            return self.open_bulk_on_marks(What::Review(Verdict::Accept, Words::None), now);
        }
        self.decide(Verdict::Accept, None, now, effects);
    }

    /// Opens the note editor for an acceptance.
    pub(super) fn accept_with_note(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        if self.marked() > 0 {
            return self.open_note_on_marks(Verdict::Accept, "", now, effects);
        }
        self.open_note(Verdict::Accept, "", now, effects);
    }

    /// Opens the reason picker.
    pub(super) fn reject(&mut self, now: Timestamp, _effects: &mut Vec<Effect>) {
        if self.marked() > 0 {
            let marked = self.take_marked();
            self.overlay = Some(Overlay::Reason(Reason::for_many(self, marked)));
            return;
        }
        if self.verdict_elsewhere(Verdict::Reject, now) {
            return;
        }
        match self.propose_review(Verdict::Reject, None) {
            Ok(proposal) => self.overlay = Reason::new(self, &proposal).map(Overlay::Reason),
            Err(why) => self.notices.warn(why, now),
        }
    }

    /// Does the last decision again on the entry under the cursor. Its reason, if it was a saved one, is filled for this
    /// entry.
    pub(super) fn repeat(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        if self.marked() > 0 {
            return self.repeat_on_marks(now);
        }
        let Some(Act::Review { verdict, .. }) = self.decisions.last else {
            return self.notices.warn("nothing to repeat yet: decide one entry first".into(), now);
        };
        let Some(row) = self.desk.entry() else {
            return self.notices.warn("no entry under the cursor".into(), now);
        };
        match self.decisions.note_again(&self.facts_of(&row)) {
            Ok(note) => self.decide(verdict, note, now, effects),
            Err(why) => self.notices.warn(SafeText::line(&why.to_string()), now),
        }
    }

    /// Opens the note editor for a verdict on the entry under the cursor, with its draft or `start`.
    pub(super) fn open_note(
        &mut self,
        verdict: Verdict,
        start: &str,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        match self.desk.queue.cursor() {
            Some(entry) => self.open_note_on(entry, verdict, start, now, effects),
            None => self.notices.warn("no entry under the cursor".into(), now),
        }
    }

    /// Opens the note editor for a verdict on all that is marked.
    pub(super) fn open_note_on_marks(
        &mut self,
        verdict: Verdict,
        start: &str,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let entries = self.take_marked();
        let Some(&first) = entries.first() else { return };
        let label = SafeText::line(&format!("{} marked entries", entries.len()));
        let note = Note::new(Purpose::ReviewMany { verdict, first, entries }, label, start);
        self.open_editor(note, now, effects);
    }

    /// The same for any entry.
    pub(super) fn open_note_on(
        &mut self,
        entry: EntryId,
        verdict: Verdict,
        start: &str,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        if self.answered_elsewhere(entry, &Act::Review { entry, item: None, verdict, note: None }, now) {
            return;
        }
        match self.may_mutate().and_then(|()| self.review_of(entry, verdict, None)) {
            Ok(Proposal { act: Act::Review { entry, .. }, bound, label, .. }) => {
                let note = Note::new(Purpose::Review { verdict, entry, bound }, label, start);
                self.open_editor(note, now, effects);
            }
            Ok(_) => {}
            Err(why) => self.notices.warn(why, now),
        }
    }

    /// Opens an editor with the draft that was begun before. What begins a new note goes below it: neither is lost.
    pub(super) fn open_editor(&mut self, mut note: Note, now: Timestamp, effects: &mut Vec<Effect>) {
        if note.written().is_some() {
            note.touched(now);
        }
        match self.draft_of(note.purpose.subject()) {
            Ok(Some(draft)) => note.put_before(&draft, now),
            Ok(None) => {}
            Err(()) => effects.push(Effect::LoadDraft(note.purpose.subject())),
        }
        self.overlay = Some(Overlay::Note(Box::new(note)));
    }

    /// Decides on the entry under the cursor, through every gate.
    pub(super) fn decide(
        &mut self,
        verdict: Verdict,
        note: Option<SafeText>,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let Some(entry) = self.desk.queue.cursor() else {
            return self.notices.warn("no entry under the cursor".into(), now);
        };
        let act = Act::Review { entry, item: None, verdict, note: note.clone() };
        if self.answered_elsewhere(entry, &act, now) {
            return;
        }
        match self.propose_review(verdict, note) {
            Ok(proposal) => self.gate(proposal, now, effects),
            Err(why) => self.notices.warn(why, now),
        }
    }

    /// Decides on an entry as it was when a picker or an editor opened on it, through every gate. The cursor may have
    /// been moved by news since: the decision is on what was read all the same, or on nothing.
    pub(super) fn decide_as_read(
        &mut self,
        (entry, bound): (EntryId, &Bound),
        verdict: Verdict,
        note: Option<SafeText>,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let act = Act::Review { entry, item: None, verdict, note: note.clone() };
        if self.answered_elsewhere(entry, &act, now) {
            return;
        }
        match self.review_of(entry, verdict, note) {
            Ok(proposal) if proposal.bound == *bound => self.gate(proposal, now, effects),
            Ok(_) => self.notices.warn("it changed in the meantime: look again, then decide".into(), now),
            Err(why) => self.notices.warn(why, now),
        }
    }

    /// The decision on the entry under the cursor, or why there can be none.
    fn propose_review(&self, verdict: Verdict, note: Option<SafeText>) -> Result<Proposal, SafeText> {
        self.may_mutate()?;
        let entry = self.desk.queue.cursor().ok_or_else(|| SafeText::from("no entry under the cursor"))?;
        self.review_of(entry, verdict, note)
    }

    /// Whether anything may be changed at all.
    pub(super) fn may_mutate(&self) -> Result<(), SafeText> {
        if self.settings.read_only {
            return Err("read-only: start without --read-only to decide".into());
        }
        Ok(())
    }

    pub(in crate::app) fn review_of(
        &self,
        entry: EntryId,
        verdict: Verdict,
        note: Option<SafeText>,
    ) -> Result<Proposal, SafeText> {
        let row = self
            .desk
            .queue
            .row(entry)
            .ok_or_else(|| SafeText::from("this entry is no longer in the queue"))?;
        if let Some(words) = self.elsewhere_words(entry) {
            return Err(words);
        }
        if let Some(open) =
            self.decisions.on(Subject::Entry(entry)).filter(|decision| !decision.stage.is_over())
        {
            let word = stage_word(open, self.decisions.is_recording(open.id), self.now);
            let undo = key_text(self, Command::Undo);
            return Err(SafeText::line(&format!(
                "already decided here ({word}): {undo} takes it back while it is held"
            )));
        }
        if let Some(Reviewing::Refused(words)) = self.desk.quest(row.quest).map(|quest| &quest.reviewing) {
            return Err(SafeText::line(&format!(
                "the server lets you read this quest, not review it: {words}"
            )));
        }
        if self.body_is_older(&row) {
            return Err("the entry changed after you read it: look again, then decide".into());
        }
        let cost = match verdict {
            Verdict::Reject => Cost::default(),
            Verdict::Accept => self.price(&row)?,
        };
        Ok(Proposal {
            act: Act::Review { entry, item: row.item, verdict, note },
            quest: row.quest,
            bound: Bound::Entry(row.version),
            cost,
            label: self.label_of(&row),
            payee: self.name_of(row.contributor),
        })
    }

    /// Whether the reader still shows an older version of this row.
    fn body_is_older(&self, row: &EntryRow) -> bool {
        let reader = &self.desk.reader;
        match &reader.body {
            Body::Ready(body) if reader.entry == Some(row.id) => body.version != row.version,
            _ => false,
        }
    }

    /// What accepting a row costs. An item that has not been read yet may pay: its cost is not zero but unknown.
    fn price(&self, row: &EntryRow) -> Result<Cost, SafeText> {
        match row.item {
            None => Ok(Cost::default()),
            Some(item) => match self.desk.item(item) {
                Some(item) => Ok(Cost::of_accepting(item.reward, self.fee())),
                None => Err(SafeText::line(&format!(
                    "its item has not been read yet, so what accepting pays is unknown: wait or press {}",
                    key_text(self, Command::Refresh)
                ))),
            },
        }
    }

    /// What a person is called; the beginning of the id while the name is not known.
    #[must_use]
    pub fn name_of(&self, person: UserId) -> SafeText {
        let own = self.shell.account.as_ref().filter(|account| account.id == person);
        match (self.desk.person(person), own) {
            (Some(person), _) => person.username.clone(),
            (None, Some(own)) => own.username.clone(),
            (None, None) => SafeText::line(&person.to_string()[..8]),
        }
    }

    /// The items whose entries are listed.
    fn items_in_scope(&self) -> impl Iterator<Item = &Item> {
        let desk = &self.desk;
        let quests: Vec<QuestId> = match desk.scope_quest() {
            Some(quest) => vec![quest],
            None => desk.quests.order().to_vec(),
        };
        let one = match desk.queue.scope() {
            Scope::Item(item) => Some(item),
            Scope::All | Scope::Quest(_) => None,
        };
        let items = quests.into_iter().flat_map(|quest| desk.items.of(quest).iter());
        items.filter(move |item| one.is_none_or(|one| one == **item)).filter_map(|item| desk.item(*item))
    }

    /// `#3 Curie temps · bot-7`.
    pub(super) fn label_of(&self, row: &EntryRow) -> SafeText {
        let who = self.name_of(row.contributor);
        match row.item.and_then(|item| self.desk.item(item)) {
            Some(item) => SafeText::line(&format!("#{} {} · {who}", item.number, item.title)),
            None => SafeText::line(&format!("entry without an item · {who}")),
        }
    }

    /// Writes it down, and moves on to the next undecided entry. The row says *recording* until it is on disk.
    pub(super) fn record(&mut self, proposal: Proposal, now: Timestamp, effects: &mut Vec<Effect>) {
        let until = now + Duration::from_millis(self.settings.undo_millis);
        let decision = self.decision(proposal, Stage::Held { until: Some(until) }, now);
        if matches!(decision.act, Act::Review { .. }) && !matches!(decision.bound, Bound::Rejected(_)) {
            self.decisions.last = Some(decision.act.clone());
        }
        let on_cursor = match decision.act.subject() {
            Subject::Entry(entry) => self.desk.queue.cursor() == Some(entry),
            Subject::Item(_) | Subject::Comment(_) => false,
        };
        self.decisions.recording(decision.clone());
        self.decisions.decided_anew(&HashSet::from([decision.act.subject()]));
        if on_cursor {
            let decisions = &self.decisions;
            self.desk.queue.advance(|entry| decisions.is_open(Subject::Entry(entry)));
        }
        effects.push(Effect::Record(Box::new(decision)));
    }

    /// A proposal as a decision.
    pub(in crate::app) fn decision(&mut self, proposal: Proposal, stage: Stage, now: Timestamp) -> Decision {
        let id = self.decisions.new_id(self.settings.session);
        self.note_evaluation(id, &proposal);
        Decision {
            id,
            session: self.settings.session,
            batch: None,
            quest: proposal.quest,
            act: proposal.act,
            bound: proposal.bound,
            cost: proposal.cost,
            label: proposal.label,
            made_at: now,
            changed_at: now,
            attempts: 0,
            began: None,
            stage,
        }
    }
}

#[cfg(test)]
mod paying_tests;
#[cfg(test)]
mod reasons_tests;
#[cfg(test)]
mod tests;
