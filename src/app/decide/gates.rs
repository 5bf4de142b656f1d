//! The gates before a payment: seen long enough, what wants a question, the sum that this session agreed on.

use std::time::Duration;

use crate::config::ConfirmPaid;
use crate::domain::decision::{Act, Bound};
use crate::domain::{Currency, EvalStatus, Item, Money, SafeText, Timestamp};

use super::super::command::Command;
use super::super::context::keys_text;
use super::super::desk::size::areas;
use super::super::overlay::Overlay;
use super::super::overlay::confirm::Confirm;
use super::super::overlay::envelope::Ask;
use super::super::past::Known;
use super::super::{Effect, State};
use super::Proposal;

impl State {
    /// Takes a proposal through the gates that stand before every payment.
    pub(super) fn gate(&mut self, proposal: Proposal, now: Timestamp, effects: &mut Vec<Effect>) {
        let Some(gross) = proposal.cost.gross else {
            return self.record(proposal, now, effects);
        };
        if let Err(why) = self.seen_long_enough(&proposal, now) {
            return self.notices.warn(why, now);
        }
        let mut asks = self.questions(&proposal, gross);
        if self.settings.confirm_paid == ConfirmPaid::Always && asks.is_empty() {
            asks.push("every paid acceptance asks (confirm_paid = \"always\")".into());
        }
        if asks.is_empty() {
            self.pay(proposal, now, effects);
        } else if let Some(ask) = self.ask_for_sum(&proposal, asks.clone(), now) {
            // What wants a question and the sum that is crossed stand on one sheet.
            self.overlay = Some(Overlay::Envelope(ask));
        } else {
            self.overlay = Some(Overlay::Confirm(Box::new(Confirm::new(proposal, asks, now))));
        }
    }

    /// *Seen before spent*: the header of this very version was on the screen long enough.
    pub(in crate::app) fn seen_long_enough(
        &self,
        proposal: &Proposal,
        now: Timestamp,
    ) -> Result<(), SafeText> {
        let (
            Act::Review { entry, .. } | Act::Evaluate { entry, .. },
            Bound::Entry(version) | Bound::Rejected(version),
        ) = (&proposal.act, &proposal.bound)
        else {
            return Ok(());
        };
        let needed = Duration::from_millis(self.settings.seen_millis);
        if self.decisions.seen.for_how_long(*entry, *version, now) >= needed {
            return Ok(());
        }
        if !areas(self).shows_header() {
            let open = keys_text(self, Command::Open);
            return Err(SafeText::line(&format!(
                "open it first ({open}): it pays, and here its header is not on the screen"
            )));
        }
        Err("look, then press it again: it pays, and was not on the screen long enough".into())
    }

    /// What about a payment wants an answer before it is made.
    pub(in crate::app) fn questions(&self, proposal: &Proposal, gross: Money) -> Vec<SafeText> {
        let mut asks = Vec::new();
        if let Act::Review { entry, .. } = proposal.act
            && let Some(row) = self.desk.queue.row(entry)
        {
            if self.shell.account.as_ref().is_some_and(|account| account.id == row.contributor) {
                asks.push("this entry is your own".into());
            }
            if row.eval == EvalStatus::Running {
                asks.push("its evaluation is still running".into());
            }
        }
        if let Some(cap) = self.cap(gross.currency).filter(|cap| gross.amount > *cap) {
            asks.push(SafeText::line(&format!("it is above your cap for one entry, {}", gross.with(cap))));
        }
        if let Some(short) = self.short_of(gross) {
            asks.push(short);
        }
        asks
    }

    /// What one entry may pay without being asked about.
    const fn cap(&self, currency: Currency) -> Option<i64> {
        match currency {
            Currency::Btc => self.settings.entry_cap_sats,
            Currency::Usd => self.settings.entry_cap_cents,
            Currency::Other(_) => Some(0),
        }
    }

    /// Whether a payment is above the cap for one entry.
    pub(in crate::app) fn is_over_cap(&self, gross: Money) -> bool {
        self.cap(gross.currency).is_some_and(|cap| gross.amount > cap)
    }

    /// Whether the wallet, as far as it is ours to see, lacks what is to be paid.
    fn short_of(&self, gross: Money) -> Option<SafeText> {
        let balance = self.shell.wallet.iter().find(|balance| balance.currency() == gross.currency)?;
        let has = balance.available.amount.saturating_add(balance.escrowed.amount);
        (has < gross.amount).then(|| SafeText::line(&format!("your wallet holds only {}", gross.with(has))))
    }

    /// The envelope: inside the agreed sum one key pays; the first payment and crossing the sum ask.
    pub(in crate::app) fn pay(&mut self, proposal: Proposal, now: Timestamp, effects: &mut Vec<Effect>) {
        match self.ask_for_sum(&proposal, Vec::new(), now) {
            None => self.record(proposal, now, effects),
            Some(ask) => self.overlay = Some(Overlay::Envelope(ask)),
        }
    }

    /// Whether a payment goes beyond a sum that was agreed on.
    pub(in crate::app) fn goes_beyond_agreed(&self, gross: Money) -> bool {
        let after = self.decisions.committed(gross.currency).amount.saturating_add(gross.amount);
        self.decisions.envelope.agreed(gross.currency).is_some_and(|agreed| after > agreed.amount)
    }

    /// The question for a sum, if a payment crosses what was agreed on or nothing was; with what else is asked of it.
    pub(in crate::app) fn ask_for_sum(
        &self,
        proposal: &Proposal,
        asks: Vec<SafeText>,
        now: Timestamp,
    ) -> Option<Ask> {
        let envelope = self.settings.confirm_paid == ConfirmPaid::Envelope;
        let gross = proposal.cost.gross.filter(|_| envelope)?;
        let after = self.decisions.committed(gross.currency).amount.saturating_add(gross.amount);
        let agreed = self.decisions.envelope.agreed(gross.currency);
        if agreed.is_some_and(|agreed| after <= agreed.amount) {
            return None;
        }
        let pending = self.pending_worth(gross.currency);
        Some(Ask::new(proposal.clone(), asks, (agreed, gross.with(after), pending), now))
    }

    /// What the pending entries of the chosen scope would pay in a currency, were all accepted.
    fn pending_worth(&self, currency: Currency) -> Money {
        let worth = |item: &Item| {
            let reward = item.reward.money.filter(|money| money.currency == currency)?;
            reward.amount.checked_mul(i64::from(self.desk.queue.count_item(item.id)))
        };
        let amount = self.items_in_scope().filter_map(worth).fold(0_i64, i64::saturating_add);
        Money { currency, amount }
    }

    /// After an overlay: whether what was proposed still stands exactly as it was shown.
    pub(in crate::app) fn still_stands(&self, proposal: &Proposal) -> Result<(), SafeText> {
        self.may_mutate()?;
        let fresh = match &proposal.act {
            Act::Review { .. } if matches!(proposal.bound, Bound::Rejected(_)) => {
                let known = Known::of_proposal(proposal).ok_or("it is not known any more")?;
                self.acceptance_instead(&known)?
            }
            Act::Review { entry, verdict, note, .. } => self.review_of(*entry, *verdict, note.clone())?,
            Act::Evaluate { entry, .. } => Proposal { cost: proposal.cost, ..self.evaluation_of(*entry)? },
            _ => return Ok(()),
        };
        if fresh.cost != proposal.cost {
            return Err("its reward changed while you were asked: look again, then decide".into());
        }
        if fresh.bound != proposal.bound {
            return Err("the entry changed while you were asked: look again, then decide".into());
        }
        Ok(())
    }
}
