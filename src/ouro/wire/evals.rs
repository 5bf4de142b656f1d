//! What running evaluations comes to: which runs were begun, and what one costs.

use super::{Fields, as_list};
use crate::domain::{Currency, Money, Rescored, SafeText};

/// What scoring an item again began: none if the answer does not say.
pub(in crate::ouro) fn rescored(fields: &Fields<'_>) -> Option<Rescored> {
    let started = fields.list("started")?.len();
    let left_out = fields.get("skipped").and_then(as_list).unwrap_or_default();
    let reason = |raw| Some(SafeText::line(&Fields::read(raw)?.filled("reason")?));
    Some(Rescored {
        started: u32::try_from(started).unwrap_or(u32::MAX),
        left_out: left_out.into_iter().map(|raw| reason(raw).unwrap_or_default()).collect(),
    })
}

/// The total of one run. Prices, unlike rewards, are in dollars (contract, 4.1); part of a cent or a sat counts as a
/// whole one.
pub(in crate::ouro) fn run_cost(cost: &Fields<'_>) -> Option<Money> {
    let total = cost.word("total_cost")?;
    let currency = Currency::from_code(&cost.filled("currency")?);
    let amount = match currency {
        Currency::Btc => rounded_up(&total, 0)?,
        Currency::Usd => rounded_up(&total, 2)?,
        Currency::Other(_) => return None,
    };
    Some(Money { currency, amount })
}

/// A decimal number with its point moved to the right by so many places, rounded up to a whole one. Nothing below 0,
/// no exponents.
fn rounded_up(number: &str, places: usize) -> Option<i64> {
    let (whole, part) = number.trim().split_once('.').unwrap_or((number.trim(), ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(part) {
        return None;
    }
    let (kept, rest) = part.split_at(places.min(part.len()));
    let amount: i64 = format!("{whole}{kept:0<places$}").parse().ok()?;
    let more = rest.bytes().any(|digit| digit != b'0');
    amount.checked_add(i64::from(more))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(json: &str) -> Option<Money> {
        run_cost(&serde_json::from_str(json).unwrap())
    }

    #[test]
    fn a_price_is_read_exactly_and_never_rounded_down() {
        for (json, price) in [
            (r#"{"total_cost": 0, "currency": "usd"}"#, Some(Money::cents(0))),
            (r#"{"total_cost": 1.5, "currency": "usd"}"#, Some(Money::cents(150))),
            (r#"{"total_cost": "0.0125", "currency": "USD"}"#, Some(Money::cents(2))),
            (r#"{"total_cost": 0.10, "currency": "usd"}"#, Some(Money::cents(10))),
            (r#"{"total_cost": 12, "currency": "btc"}"#, Some(Money::sats(12))),
            (r#"{"total_cost": 12.000001, "currency": "btc"}"#, Some(Money::sats(13))),
            (r#"{"total_cost": 12, "currency": "eur"}"#, None),
            (r#"{"total_cost": 12}"#, None),
            (r#"{"total_cost": -1, "currency": "btc"}"#, None),
            (r#"{"total_cost": 1e3, "currency": "btc"}"#, None),
            (r#"{"total_cost": null, "currency": "btc"}"#, None),
            (r#"{"total_cost": 99999999999999999999, "currency": "btc"}"#, None),
        ] {
            assert_eq!(cost(json), price, "{json}");
        }
    }

    #[test]
    fn what_was_begun_is_counted_and_what_was_left_out_says_why() {
        let json = r#"{"started": [{"entry_id": "a", "action_id": "b"}], "skipped": [{"reason": "asset was deleted"}, {}]}"#;
        let found = rescored(&serde_json::from_str(json).unwrap()).unwrap();
        assert_eq!((found.started, found.left_out.len()), (1, 2));
        assert_eq!(found.left_out[0].as_str(), "asset was deleted");
        assert_eq!(rescored(&serde_json::from_str(r#"{"skipped": []}"#).unwrap()), None);
        assert_eq!(rescored(&serde_json::from_str(r#"{"started": null}"#).unwrap()), None);
    }
}
