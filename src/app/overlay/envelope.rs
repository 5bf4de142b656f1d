//! The spend envelope: what this session may pay in one currency, agreed on with the first payment, and again when
//! the sum would be crossed.

use crate::domain::{Currency, Money, SafeText, Timestamp};

use super::super::decide::Proposal;
use super::super::key::{Key, KeyCode};
use super::super::{Effect, State};
use super::Overlay;

/// Digits that fit an amount.
const LONGEST: usize = 12;

/// The open question for a sum.
#[derive(Debug, Clone, PartialEq)]
pub struct Ask {
    /// The payment that asked for it; goes through once a sum is agreed on.
    pub proposal: Proposal,
    /// What else is asked about it: one line each.
    pub asks: Vec<SafeText>,
    /// What was agreed on before, if the sum would be crossed.
    pub agreed: Option<Money>,
    /// The least the sum must be: what is committed, and this payment.
    pub needed: Money,
    /// What all pending entries of the chosen scope would pay.
    pub pending: Money,
    /// What was typed: digits, and for dollars a point.
    pub typed: String,
    /// Since when it is open.
    pub since: Timestamp,
}

impl Ask {
    /// Asks for a sum.
    #[must_use]
    pub const fn new(
        proposal: Proposal,
        asks: Vec<SafeText>,
        (agreed, needed, pending): (Option<Money>, Money, Money),
        since: Timestamp,
    ) -> Self {
        Self { proposal, asks, agreed, needed, pending, typed: String::new(), since }
    }

    /// What was typed, as money: sats as they are, dollars with or without cents.
    #[must_use]
    pub fn sum(&self) -> Option<Money> {
        let amount = match self.needed.currency {
            Currency::Usd => cents(&self.typed)?,
            Currency::Btc | Currency::Other(_) => self.typed.parse().ok()?,
        };
        Some(self.needed.with(amount))
    }

    pub(super) fn on_key(
        mut self,
        state: &mut State,
        key: Key,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) -> Option<Overlay> {
        match key.code {
            KeyCode::Esc => return None,
            KeyCode::Backspace => {
                self.typed.pop();
            }
            KeyCode::Char(c) if self.takes(c) => self.typed.push(c),
            KeyCode::Enter => return self.agree(state, now, effects),
            _ => {}
        }
        Some(Overlay::Envelope(self))
    }

    fn takes(&self, c: char) -> bool {
        let point = c == '.' && self.needed.currency == Currency::Usd && !self.typed.contains('.');
        (c.is_ascii_digit() || point) && self.typed.len() < LONGEST
    }

    fn agree(self, state: &mut State, now: Timestamp, effects: &mut Vec<Effect>) -> Option<Overlay> {
        let Some(sum) = self.sum() else {
            state.notices.warn("type the sum this session may pay, or Esc to pay nothing".into(), now);
            return Some(Overlay::Envelope(self));
        };
        if sum.amount < self.needed.amount {
            let words = format!("{sum} is less than this one needs: at least {}", self.needed);
            state.notices.warn(SafeText::line(&words), now);
            return Some(Overlay::Envelope(self));
        }
        match state.still_stands(&self.proposal) {
            Ok(()) => {
                state.decisions.envelope.agree(sum);
                state.pay(self.proposal, now, effects);
            }
            Err(why) => state.notices.warn(why, now),
        }
        None
    }
}

/// `12`, `12.5`, `12.50` as cents; more than two digits after the point is no amount.
pub(super) fn cents(typed: &str) -> Option<i64> {
    let (dollars, rest) = typed.split_once('.').unwrap_or((typed, ""));
    if rest.len() > 2 || (dollars.is_empty() && rest.is_empty()) {
        return None;
    }
    let dollars: i64 = if dollars.is_empty() { 0 } else { dollars.parse().ok()? };
    let cents: i64 = format!("{rest:0<2}").parse().ok()?;
    dollars.checked_mul(100)?.checked_add(cents)
}

#[cfg(test)]
mod tests {
    use super::cents;

    #[test]
    fn dollars_are_read_as_people_write_them() {
        for (typed, amount) in [
            ("12", Some(1_200)),
            ("12.5", Some(1_250)),
            (".50", Some(50)),
            ("", None),
            (".", None),
            ("1.234", None),
        ] {
            assert_eq!(cents(typed), amount, "{typed}");
        }
    }
}
