//! Running evaluations: on an entry, on the marks, or again on all entries of an item. Whoever starts a run pays for
//! it, so it counts as spending: nothing runs for an entry that was not on the screen, the price is asked of the server
//! while the sheet is read, and where it is known it goes through the cap and the envelope like any payment.

mod prices;

use crate::config::ConfirmPaid;
use crate::domain::decision::{Act, Event, Subject, Verdict};
use crate::domain::{Cost, DecisionId, EntryId, EvalStatus, ItemId, Rescored, SafeText, Timestamp};

use super::bulk::What;
use super::decide::Proposal;
use super::{Effect, State};

pub(in crate::app) use prices::Known;
pub use prices::Prices;

impl State {
    /// Runs the evaluation on the entry under the cursor, or on the marks.
    pub(super) fn evaluate(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        if self.marked() > 0 {
            let subjects = self.take_marked().into_iter().map(Subject::Entry).collect();
            return self.open_runs(What::Evaluate, subjects, now, effects);
        }
        let proposal = self
            .may_mutate()
            .and_then(|()| self.desk.queue.cursor().ok_or_else(|| "no entry under the cursor".into()))
            .and_then(|entry| self.evaluation_of(entry))
            .and_then(|proposal| self.seen_long_enough(&proposal, now).map(|()| proposal));
        match proposal {
            Err(why) => self.notices.warn(why, now),
            Ok(proposal) => {
                self.ask_price(&proposal.act, effects);
                self.confirm_run(proposal, now, effects);
            }
        }
    }

    /// Scores the entries of the item under the cursor again, or of the marked ones.
    pub(super) fn rescore(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        let marked = self.desk.items.marked();
        let items = if marked.is_empty() { self.desk.item_cursor().into_iter().collect() } else { marked };
        self.open_runs(What::Rescore, items.into_iter().map(Subject::Item).collect(), now, effects);
    }

    /// Opens the sheet of runs, and asks what they cost.
    pub(super) fn open_runs(
        &mut self,
        what: What,
        subjects: Vec<Subject>,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        self.open_bulk(what, subjects, now);
        self.ask_prices_of_sheet(now, effects);
    }

    /// The evaluation of an entry, or why there can be none.
    pub(super) fn evaluation_of(&self, entry: EntryId) -> Result<Proposal, SafeText> {
        let row = self.desk.queue.row(entry).ok_or("no longer pending")?;
        let item = row.item.and_then(|item| self.desk.item(item));
        if item.is_none_or(|item| item.eval.is_none()) {
            return Err("its item has no evaluation".into());
        }
        if row.eval == EvalStatus::Running {
            return Err("its evaluation is still running".into());
        }
        // Everything that keeps an entry from being decided keeps it from being evaluated.
        let as_review = self.review_of(entry, Verdict::Reject, None)?;
        Ok(Proposal { act: Act::Evaluate { entry, before: row.eval }, ..as_review })
    }

    /// Scoring an item again, or why there can be no such thing.
    pub(super) fn rescore_of(&self, item: ItemId) -> Result<Proposal, SafeText> {
        let item = self.open_item(item)?;
        if item.eval.is_none() {
            return Err("the item has no evaluation".into());
        }
        let runs = self.desk.queue.count_item(item.id).saturating_add(self.desk.items.accepted(item.id));
        if runs == 0 {
            return Err("the item has no entries that could be scored again".into());
        }
        Ok(self.item_proposal(item, Act::Rescore { item: item.id, runs, free: false }, Cost::default()))
    }

    /// An item is scored again: says how many runs were begun, and what was left out. The server chooses the entries:
    /// where it began more runs than were agreed on, what would go beyond that now is not sent.
    pub(super) fn learn_rescored(
        &mut self,
        id: DecisionId,
        began: &Rescored,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        self.decisions.began(id, began.started);
        let label = self.decisions.get(id).map(|decision| decision.label.clone()).unwrap_or_default();
        let runs = if began.started == 1 { "1 run" } else { &format!("{} runs", began.started) };
        let left_out = match began.left_out.as_slice() {
            [] => String::new(),
            [first, ..] if first.is_empty() => format!(", {} left out", began.left_out.len()),
            [first, ..] => format!(", {} left out: {first}", began.left_out.len()),
        };
        self.notices.tell(SafeText::line(&format!("scoring {label} again: {runs} begun{left_out}")), now);
        self.stop_beyond_agreed(now, effects);
    }

    /// Takes back what is not sent and would go beyond what was agreed on: the last of it first, runs before payments.
    pub(in crate::app) fn stop_beyond_agreed(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        if self.settings.confirm_paid != ConfirmPaid::Envelope {
            return;
        }
        for currency in self.decisions.envelope.currencies() {
            let Some(agreed) = self.decisions.envelope.agreed(currency) else { continue };
            let committed = self.decisions.committed(currency);
            let over = committed.amount.saturating_sub(agreed.amount);
            if over <= 0 {
                continue;
            }
            let stopped = self.decisions.newest_to_stop(currency, over);
            let words = format!(
                "the server began more runs than were shown: {} beyond the {agreed} agreed on; {}",
                agreed.with(over),
                match stopped.len() {
                    0 => "nothing waits that could be stopped".to_owned(),
                    1 => "1 that was not sent is taken back".to_owned(),
                    count => format!("{count} that were not sent are taken back"),
                }
            );
            self.notices.fail(SafeText::line(&words), now);
            if !stopped.is_empty() {
                effects.push(Effect::Step(stopped, Event::Undo));
            }
        }
    }
}

#[cfg(test)]
mod tests;
