//! Running evaluations: on an entry, on the marks, or again on all entries of an item. Whoever starts a run pays for
//! it, so it counts as spending: nothing runs for an entry that was not on the screen, the price is asked of the server
//! while the sheet is read, and where it is known it goes through the cap and the envelope like any payment.

use std::collections::HashMap;

use crate::config::ConfirmPaid;
use crate::domain::decision::{Act, Subject, Verdict};
use crate::domain::{Cost, DecisionId, EntryId, EvalStatus, ItemId, Rescored, RunPrice, SafeText, Timestamp};
use crate::sync::Order;

use super::bulk::What;
use super::decide::Proposal;
use super::overlay::Overlay;
use super::overlay::confirm::Confirm;
use super::reader::Body;
use super::{Effect, State};

/// What runs cost, by the item whose evaluation they are of: as it was asked for the sheet that is open.
#[derive(Debug, Default)]
pub struct Prices(HashMap<ItemId, Asked>);

#[derive(Debug)]
enum Asked {
    Waiting,
    Told(RunPrice),
}

impl State {
    /// Runs the evaluation on the entry under the cursor, or on the marks.
    pub(super) fn evaluate(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        if self.marked() > 0 {
            self.open_bulk_on_marks(What::Evaluate, now);
            return self.ask_price_of_sheet(effects);
        }
        let proposal = self
            .may_mutate()
            .and_then(|()| self.desk.queue.cursor().ok_or_else(|| "no entry under the cursor".into()))
            .and_then(|entry| self.evaluation_of(entry))
            .and_then(|proposal| self.seen_long_enough(&proposal, now).map(|()| proposal));
        match proposal {
            Err(why) => self.notices.warn(why, now),
            Ok(proposal) if matches!(self.settings.confirm_paid, ConfirmPaid::Bulk | ConfirmPaid::Never) => {
                self.record(proposal, now, effects);
            }
            Ok(proposal) => {
                if let Some(item) = self.item_of_run(&proposal.act) {
                    self.ask_price(item, effects);
                }
                let asks = self.asks_of_run(&proposal);
                self.overlay = Some(Overlay::Confirm(Box::new(Confirm::new(proposal, asks, now))));
            }
        }
    }

    /// Scores the entries of the item under the cursor again, or of the marked ones.
    pub(super) fn rescore(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        let marked = self.desk.items.marked();
        let items = if marked.is_empty() { self.desk.item_cursor().into_iter().collect() } else { marked };
        self.open_bulk(What::Rescore, items.into_iter().map(Subject::Item).collect(), now);
        self.ask_price_of_sheet(effects);
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
        Ok(self.item_proposal(item, Act::Rescore { item: item.id, runs }, Cost::default()))
    }

    /// The item whose evaluation an act runs.
    fn item_of_run(&self, act: &Act) -> Option<ItemId> {
        match act {
            Act::Evaluate { entry, .. } => self.desk.queue.row(*entry)?.item,
            Act::Rescore { item, .. } => Some(*item),
            _ => None,
        }
    }

    /// Asks what a run costs: always anew, for a price may change.
    fn ask_price(&mut self, item: ItemId, effects: &mut Vec<Effect>) {
        let route = self.desk.item(item).and_then(|item| item.eval?.route);
        let told = match route {
            _ if self.shell.is_cut_off() => Err("the server is out of reach"),
            None => Err("the item does not name its route"),
            Some(route) => Ok(route),
        };
        let asked = match told {
            Err(why) => Asked::Told(RunPrice::Unsaid(why.into())),
            Ok(route) => {
                let input = match &self.desk.reader.body {
                    Body::Ready(body) if body.item == Some(item) => {
                        body.assets.first().map(|slot| slot.asset)
                    }
                    _ => None,
                };
                effects.push(Effect::Order(Order::RunPrice { item, route, input }));
                Asked::Waiting
            }
        };
        self.prices.0.insert(item, asked);
    }

    /// The same for the first of the sheet that is open.
    fn ask_price_of_sheet(&mut self, effects: &mut Vec<Effect>) {
        let Some(Overlay::Bulk(bulk)) = &self.overlay else { return };
        let first = bulk.plan.taken.first().and_then(|proposal| self.item_of_run(&proposal.act));
        if let Some(item) = first {
            self.ask_price(item, effects);
        }
    }

    /// Whether the server has not said yet what the runs of an act cost.
    pub(super) fn is_asking_price(&self, act: &Act) -> bool {
        let item = self.item_of_run(act);
        item.is_some_and(|item| matches!(self.prices.0.get(&item), Some(Asked::Waiting)))
    }

    /// A price came: what is asked about on the screen is asked anew with it.
    pub(super) fn learn_run_price(&mut self, item: ItemId, price: RunPrice, now: Timestamp) {
        self.prices.0.insert(item, Asked::Told(price));
        match self.overlay.take() {
            Some(Overlay::Confirm(confirm)) if self.item_of_run(&confirm.proposal.act) == Some(item) => {
                let mut proposal = confirm.proposal;
                proposal.cost = self.cost_of_run(item);
                let asks = self.asks_of_run(&proposal);
                self.overlay = Some(Overlay::Confirm(Box::new(Confirm::new(proposal, asks, now))));
            }
            Some(Overlay::Bulk(mut bulk)) => {
                if bulk.plan.runs > 0 {
                    bulk.stands_from(now);
                }
                self.overlay = Some(Overlay::Bulk(bulk));
            }
            other => self.overlay = other,
        }
    }

    /// What one run costs, as far as it is known.
    fn cost_of_run(&self, item: ItemId) -> Cost {
        match self.prices.0.get(&item) {
            Some(Asked::Told(RunPrice::Costs(price))) if price.amount > 0 => {
                Cost { gross: Some(*price), fee: None, xp: 0 }
            }
            _ => Cost::default(),
        }
    }

    /// What is to be known before a run is started.
    fn asks_of_run(&self, proposal: &Proposal) -> Vec<SafeText> {
        let mut asks = Vec::new();
        if let Some(gross) = proposal.cost.gross {
            asks.extend(self.questions(proposal, gross));
        }
        asks.push("a result may decide the entry, and pay for it".into());
        asks
    }

    /// What the runs of an act cost, in words: as it is told of the first of them.
    #[must_use]
    pub fn price_words(&self, act: &Act) -> SafeText {
        let asked = self.item_of_run(act).and_then(|item| self.prices.0.get(&item));
        match asked {
            None => "you pay for each run; the server was not asked how much".into(),
            Some(Asked::Waiting) => "you pay for each run; asking the server how much …".into(),
            Some(Asked::Told(RunPrice::Costs(price))) if price.amount == 0 => {
                "a run costs nothing, the server says".into()
            }
            Some(Asked::Told(RunPrice::Costs(price))) => {
                SafeText::line(&format!("a run costs you {price}, the server says"))
            }
            Some(Asked::Told(RunPrice::Unsaid(why))) => {
                SafeText::line(&format!("you pay for each run; how much is not known: {why}"))
            }
        }
    }

    /// An item is scored again: says how many runs were begun, and what was left out.
    pub(super) fn learn_rescored(&mut self, id: DecisionId, began: &Rescored, now: Timestamp) {
        let label = self.decisions.get(id).map(|decision| decision.label.clone()).unwrap_or_default();
        let runs = if began.started == 1 { "1 run" } else { &format!("{} runs", began.started) };
        let left_out = match began.left_out.as_slice() {
            [] => String::new(),
            [first, ..] if first.is_empty() => format!(", {} left out", began.left_out.len()),
            [first, ..] => format!(", {} left out: {first}", began.left_out.len()),
        };
        self.notices.tell(SafeText::line(&format!("scoring {label} again: {runs} begun{left_out}")), now);
    }
}

#[cfg(test)]
mod tests;
