//! From the marks to the sheet, and from the sheet to what is recorded.

use std::collections::HashMap;
use std::time::Duration;

use crate::config::ConfirmPaid;
use crate::domain::decision::{Act, Decision, Stage, Subject};
use crate::domain::{BatchId, EntryId, ItemStatus, SafeText, Timestamp};

use super::super::decide::Proposal;
use super::super::overlay::Overlay;
use super::super::overlay::bulk::Bulk;
use super::super::{Effect, State};
use super::{Plan, What, Words};

impl State {
    /// Opens the sheet for these subjects; says why not if nothing can be done with any of them.
    pub(in crate::app) fn open_bulk(&mut self, what: What, subjects: Vec<Subject>, now: Timestamp) {
        if let Err(why) = self.may_mutate() {
            return self.notices.warn(why, now);
        }
        let plan = Plan::of(self, &what, &subjects);
        if plan.taken.is_empty() {
            return self.none_is_taken(&plan, subjects.len(), now);
        }
        self.overlay = Some(Overlay::Bulk(Box::new(Bulk::new(what, subjects, plan, self.pressed, now))));
    }

    /// Says why a sheet has nothing to ask about.
    pub(in crate::app) fn none_is_taken(&mut self, plan: &Plan, of: usize, now: Timestamp) {
        let why = plan.left_out.first().map_or_else(|| "nothing is marked".into(), |left| left.why.clone());
        self.notices.warn(SafeText::line(&format!("none of {of} can be decided so: {why}")), now);
    }

    /// The same for what is marked.
    pub(in crate::app) fn open_bulk_on_marks(&mut self, what: What, now: Timestamp) {
        let subjects = self.take_marked().into_iter().map(Subject::Entry).collect();
        self.open_bulk(what, subjects, now);
    }

    /// The last decision again, on all that is marked.
    pub(in crate::app) fn repeat_on_marks(&mut self, now: Timestamp) {
        let Some(Act::Review { verdict, note, .. }) = self.decisions.last.clone() else {
            return self.notices.warn("nothing to repeat yet: decide one entry first".into(), now);
        };
        let words = match (note, &self.decisions.last_reason) {
            (Some(note), Some((template, filled))) if *filled == note => Words::Saved(template.clone()),
            (Some(note), _) => Words::Saved(note.into()),
            (None, _) => Words::None,
        };
        self.open_bulk_on_marks(What::Review(verdict, words), now);
    }

    /// Sets the status of all marked items.
    pub(in crate::app) fn set_marked_items(&mut self, status: &ItemStatus, now: Timestamp) {
        let subjects = self.desk.items.marked().into_iter().map(Subject::Item).collect();
        self.open_bulk(What::Items(status.clone()), subjects, now);
    }

    /// Does again what was taken back in one go: through the sheet, each with its own words.
    pub(in crate::app) fn redo_many(&mut self, acts: &[Act], now: Timestamp, effects: &mut Vec<Effect>) {
        let subjects = acts.iter().map(Act::subject).collect();
        let words = || {
            let noted = acts.iter().filter_map(|act| match act {
                Act::Review { entry, note: Some(note), .. } => Some((*entry, note.clone())),
                _ => None,
            });
            Words::Each(noted.collect::<HashMap<EntryId, SafeText>>())
        };
        let what = match acts.first() {
            Some(Act::Review { verdict, .. }) => What::Review(*verdict, words()),
            Some(Act::Evaluate { .. }) => return self.open_runs(What::Evaluate, subjects, now, effects),
            Some(Act::Rescore { .. }) => return self.open_runs(What::Rescore, subjects, now, effects),
            Some(Act::SetItem { status, .. }) => What::Items(status.clone()),
            Some(Act::Complete { .. } | Act::Comment { .. }) | None => {
                return self.notices.warn("that is not done again by itself".into(), now);
            }
        };
        self.open_bulk(what, subjects, now);
    }

    /// Records a bulk that was agreed to. What changed since it was shown is left out, and that is said.
    pub(in crate::app) fn record_bulk(
        &mut self,
        what: &What,
        shown: &Plan,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let subjects: Vec<Subject> = shown.taken.iter().map(|proposal| proposal.act.subject()).collect();
        let plan = Plan::of(self, what, &subjects);
        if plan.goes_beyond(shown) {
            // The key that answered is not the one that asks.
            self.pressed = None;
            self.open_bulk(what.clone(), subjects, now);
            let words = "more was spent while you were asked: look again, it goes beyond what was agreed on";
            return self.notices.warn(words.into(), now);
        }
        let mut fresh: HashMap<Subject, Proposal> =
            plan.taken.into_iter().map(|proposal| (proposal.act.subject(), proposal)).collect();
        let still = |shown: &Proposal| {
            let fresh = fresh.remove(&shown.act.subject())?;
            (fresh.cost == shown.cost && fresh.bound == shown.bound && fresh.act == shown.act)
                .then_some(fresh)
        };
        let proposals: Vec<Proposal> = shown.taken.iter().filter_map(still).collect();
        let changed = shown.taken.len() - proposals.len();
        if proposals.is_empty() {
            return self.notices.warn("all of them changed while you were asked: look again".into(), now);
        }
        if self.settings.confirm_paid == ConfirmPaid::Envelope {
            for (_, after) in shown.sums.iter().filter_map(|sum| sum.beyond) {
                self.decisions.envelope.agree(after);
            }
        }
        if let What::Review(_, Words::Saved(template)) = what
            && let Some(note) = proposals[0].act.note()
        {
            self.decisions.last_reason = Some((template.clone(), note.clone()));
        }
        self.record_many(proposals, now, effects);
        if changed > 0 {
            let words = format!("{changed} changed while you were asked and stay marked: look again");
            self.notices.warn(SafeText::line(&words), now);
        }
    }

    /// Writes many down as one act. The cursor stays, and so do the rows.
    fn record_many(&mut self, proposals: Vec<Proposal>, now: Timestamp, effects: &mut Vec<Effect>) {
        let until = now + Duration::from_millis(self.settings.bulk_undo_millis);
        let stage = Stage::Held { until: Some(until) };
        let batch = BatchId::from_bytes(*self.decisions.new_id(self.settings.session).bytes());
        let mut decisions = Vec::with_capacity(proposals.len());
        for proposal in proposals {
            match proposal.act.subject() {
                Subject::Entry(entry) => self.desk.queue.set_mark(entry, false),
                Subject::Item(item) => self.desk.items.set_mark(item, false),
                Subject::Comment(_) => {}
            }
            let decision = Decision { batch: Some(batch), ..self.decision(proposal, stage.clone(), now) };
            self.decisions.recording(decision.clone());
            decisions.push(decision);
        }
        self.decisions.decided_anew(&decisions.iter().map(|decision| decision.act.subject()).collect());
        if let Some(act) = decisions.first().map(|decision| &decision.act)
            && matches!(act, Act::Review { .. })
        {
            self.decisions.last = Some(act.clone());
        }
        effects.push(Effect::RecordMany(decisions));
    }

    /// What failed or was taken back of a bulk is marked again, for another try.
    pub(in crate::app) fn mark_again(&mut self, decision: &Decision) {
        if decision.batch.is_none() {
            return;
        }
        match decision.act.subject() {
            Subject::Entry(entry) => self.desk.queue.set_mark(entry, true),
            Subject::Item(item) => self.desk.items.set_mark(item, self.desk.item(item).is_some()),
            Subject::Comment(_) => {}
        }
    }
}
