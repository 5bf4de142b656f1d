//! What runs cost, as it was asked for the sheet that is open: by route, for all entries of an item run on the same one.

use std::collections::HashMap;

use crate::config::ConfirmPaid;
use crate::domain::decision::Act;
use crate::domain::{AssetId, Cost, ItemId, Money, PriceOf, Reward, RunPrice, SafeText, Timestamp};
use crate::sync::Order;

use super::super::decide::Proposal;
use super::super::overlay::Overlay;
use super::super::overlay::confirm::Confirm;
use super::super::reader::Body;
use super::super::{Effect, State};

/// What runs cost, by route.
#[derive(Debug, Default)]
pub struct Prices(HashMap<AssetId, Asked>);

#[derive(Debug)]
struct Asked {
    of: PriceOf,
    /// What the server said; nothing yet.
    told: Option<RunPrice>,
}

/// What is known of the price of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::app) enum Known {
    /// The server is being asked.
    Asking,
    /// This, it says.
    Costs(Money),
    /// Nothing, for this reason.
    Unsaid(SafeText),
}

impl State {
    /// The item whose evaluation an act runs.
    fn item_of_run(&self, act: &Act) -> Option<ItemId> {
        match act {
            Act::Evaluate { entry, .. } => self.desk.queue.row(*entry)?.item,
            Act::Rescore { item, .. } => Some(*item),
            _ => None,
        }
    }

    fn route_of_run(&self, act: &Act) -> Option<AssetId> {
        self.desk.item(self.item_of_run(act)?)?.eval?.route
    }

    /// What is known of the price of a run of an act.
    pub(in crate::app) fn run_price_of(&self, act: &Act) -> Known {
        let Some(route) = self.route_of_run(act) else {
            return Known::Unsaid("the item does not name its route".into());
        };
        match self.prices.0.get(&route).map(|asked| &asked.told) {
            None => Known::Unsaid("the server was not asked".into()),
            Some(None) => Known::Asking,
            Some(Some(RunPrice::Costs(price))) => Known::Costs(*price),
            Some(Some(RunPrice::Unsaid(why))) => Known::Unsaid(why.clone()),
        }
    }

    /// What an entry's evaluation may pay by its result: an acceptance like any other.
    pub(in crate::app) fn reward_of_run(&self, act: &Act) -> Option<Reward> {
        let Act::Evaluate { .. } = act else { return None };
        let reward = self.desk.item(self.item_of_run(act)?)?.reward;
        (reward.pays() || reward.xp > 0).then_some(reward)
    }

    /// A run with what is known of its cost.
    pub(in crate::app) fn priced(&self, proposal: Proposal) -> Proposal {
        let runs = i64::from(proposal.act.runs());
        let price = self.run_price_of(&proposal.act);
        let costs_nothing = matches!(price, Known::Costs(price) if price.amount == 0);
        let act = match proposal.act {
            Act::Rescore { item, runs, .. } => Act::Rescore { item, runs, free: costs_nothing },
            other => other,
        };
        let gross = match price {
            Known::Costs(price) if price.amount > 0 => Some(price.with(price.amount.saturating_mul(runs))),
            Known::Costs(_) | Known::Asking | Known::Unsaid(_) => None,
        };
        Proposal { act, cost: Cost { gross, fee: None, xp: 0 }, ..proposal }
    }

    /// Asks what the run of one act costs: always anew, for a price may change.
    pub(super) fn ask_price(&mut self, act: &Act, effects: &mut Vec<Effect>) {
        let input = match (&self.desk.reader.body, act) {
            (Body::Ready(body), Act::Evaluate { entry, .. }) if body.id == *entry => {
                body.assets.first().map(|slot| slot.asset)
            }
            _ => None,
        };
        let of = self.route_of_run(act).map(|route| PriceOf { route, input });
        self.ask_prices(of.into_iter().collect(), effects);
    }

    /// Asks what the runs of the sheet that is open cost: once for each route, however many run on it.
    pub(super) fn ask_prices_of_sheet(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        let Some(Overlay::Bulk(bulk)) = &self.overlay else { return };
        let mut routes: Vec<AssetId> =
            bulk.plan.taken.iter().filter_map(|proposal| self.route_of_run(&proposal.act)).collect();
        routes.sort_unstable();
        routes.dedup();
        let of = routes.into_iter().map(|route| PriceOf { route, input: None }).collect();
        self.ask_prices(of, effects);
        self.sheet_again(now);
    }

    fn ask_prices(&mut self, of: Vec<PriceOf>, effects: &mut Vec<Effect>) {
        let cut_off = self.shell.is_cut_off_for_long(self.now);
        let told = || cut_off.then(out_of_reach);
        self.prices.0 = of.iter().map(|of| (of.route, Asked { of: *of, told: told() })).collect();
        if !cut_off && !of.is_empty() {
            effects.push(Effect::Order(Order::RunPrices(of)));
        }
    }

    /// Whether the server has not said yet what the runs of an act cost.
    pub(in crate::app) fn is_asking_price(&self, act: &Act) -> bool {
        self.run_price_of(act) == Known::Asking
    }

    /// A price came: what is asked about on the screen is asked anew with it.
    pub(in crate::app) fn learn_run_price(
        &mut self,
        of: PriceOf,
        price: RunPrice,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let asked = self.prices.0.get_mut(&of.route).filter(|asked| asked.of == of && asked.told.is_none());
        let Some(asked) = asked else { return };
        asked.told = Some(price);
        self.prices_changed(now, effects);
    }

    /// The server is out of reach: nobody waits for what it is not going to say.
    pub(in crate::app) fn no_price_comes(&mut self, now: Timestamp) {
        let mut waiting = self.prices.0.values_mut().filter(|asked| asked.told.is_none()).peekable();
        if waiting.peek().is_none() {
            return;
        }
        waiting.for_each(|asked| asked.told = Some(out_of_reach()));
        // What is not known goes through by itself nowhere.
        self.prices_changed(now, &mut Vec::new());
    }

    fn prices_changed(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        match self.overlay.take() {
            Some(Overlay::Confirm(confirm)) if confirm.proposal.act.runs() > 0 => {
                self.confirm_run(confirm.proposal, now, effects);
            }
            other => {
                self.overlay = other;
                self.sheet_again(now);
            }
        }
    }

    /// Asks about one run, with what is known of its price; where it crosses what was agreed on, for a sum as well. Where
    /// single payments go unasked, so does a run whose price is known and wants no question.
    pub(super) fn confirm_run(&mut self, proposal: Proposal, now: Timestamp, effects: &mut Vec<Effect>) {
        let proposal = self.priced(proposal);
        let mut asks = self.asks_of_run(&proposal);
        if matches!(self.settings.confirm_paid, ConfirmPaid::Bulk | ConfirmPaid::Never) {
            match self.run_price_of(&proposal.act) {
                Known::Costs(_) if !self.asks_by_its_price(&proposal) => {
                    return match self.still_stands(&proposal) {
                        Ok(()) => self.record(proposal, now, effects),
                        Err(why) => self.notices.warn(why, now),
                    };
                }
                Known::Asking => {
                    asks.push("it begins by itself once the price is known, within your cap".into());
                }
                Known::Costs(_) | Known::Unsaid(_) => {}
            }
        }
        self.overlay = Some(match self.ask_for_sum(&proposal, asks.clone(), now) {
            Some(ask) => Overlay::Envelope(ask),
            None => Overlay::Confirm(Box::new(Confirm::new(proposal, asks, now))),
        });
    }

    /// The sheet of runs that is open is planned anew; while an entry is read instead of it, on the way back.
    fn sheet_again(&mut self, now: Timestamp) {
        match self.overlay.take() {
            Some(Overlay::Bulk(mut bulk)) if bulk.plan.runs.all > 0 && bulk.paging.is_none() => {
                bulk.plan_again(self, now);
                if bulk.plan.taken.is_empty() {
                    self.none_is_taken(&bulk.plan, bulk.subjects.len(), now);
                } else {
                    self.overlay = Some(Overlay::Bulk(bulk));
                }
            }
            other => self.overlay = other,
        }
    }

    /// Whether what a run costs, or pays by its result, wants a question whatever is confirmed otherwise.
    fn asks_by_its_price(&self, proposal: &Proposal) -> bool {
        let by_result = self.reward_of_run(&proposal.act).and_then(|reward| reward.money);
        proposal.cost.gross.is_some_and(|gross| {
            !self.questions(proposal, gross).is_empty() || self.goes_beyond_agreed(gross)
        }) || by_result.is_some_and(|reward| self.is_over_cap(reward))
    }

    /// What is to be known before a run is started.
    fn asks_of_run(&self, proposal: &Proposal) -> Vec<SafeText> {
        let mut asks = Vec::new();
        if let Some(gross) = proposal.cost.gross {
            asks.extend(self.questions(proposal, gross));
        }
        asks.push(match self.reward_of_run(&proposal.act) {
            Some(reward) => {
                SafeText::line(&format!("a result may decide the entry: accepting it pays {reward} besides"))
            }
            None => "a result may decide the entry".into(),
        });
        asks
    }

    /// What a run of an act costs, in words.
    #[must_use]
    pub fn price_words(&self, act: &Act) -> SafeText {
        match self.run_price_of(act) {
            Known::Asking => "you pay for the run; asking the server how much …".into(),
            Known::Costs(price) if price.amount == 0 => "a run costs nothing, the server says".into(),
            Known::Costs(price) => SafeText::line(&format!("a run costs you {price}, the server says")),
            Known::Unsaid(why) => {
                SafeText::line(&format!("you pay for the run; how much is not known: {why}"))
            }
        }
    }
}

fn out_of_reach() -> RunPrice {
    RunPrice::Unsaid("the server is out of reach".into())
}
