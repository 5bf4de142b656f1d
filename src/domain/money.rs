//! Money and what an acceptance costs. Amounts are minor units: sats for bitcoin, cents for dollars
//! (the contract, 4.4: `reward_amount`). Nothing is ever computed in floating point.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a reward is paid in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Currency {
    /// Bitcoin; amounts in sats.
    Btc,
    /// US dollars; amounts in cents.
    Usd,
    /// A currency this version does not know, by the first letters of its code. Its amounts are minor units.
    Other([u8; 4]),
}

impl Currency {
    /// From the wire's word. A word we do not know is kept (its first four letters or digits), never an error.
    #[must_use]
    pub fn from_code(code: &str) -> Self {
        match code.to_ascii_lowercase().as_str() {
            "btc" => Self::Btc,
            "usd" => Self::Usd,
            other => {
                let mut letters = [b' '; 4];
                for (slot, letter) in letters.iter_mut().zip(other.bytes().filter(u8::is_ascii_alphanumeric))
                {
                    *slot = letter;
                }
                Self::Other(letters)
            }
        }
    }

    /// The wire's word: `btc`, `usd`, …
    #[must_use]
    pub fn code(self) -> String {
        match self {
            Self::Btc => "btc".to_owned(),
            Self::Usd => "usd".to_owned(),
            Self::Other(letters) => String::from_utf8_lossy(&letters).trim_end().to_owned(),
        }
    }
}

/// An amount in one currency, in minor units (sats, cents).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// What it is counted in.
    pub currency: Currency,
    /// Minor units: sats or cents.
    pub amount: i64,
}

impl Money {
    /// So many sats.
    #[must_use]
    pub const fn sats(amount: i64) -> Self {
        Self { currency: Currency::Btc, amount }
    }

    /// So many cents.
    #[must_use]
    pub const fn cents(amount: i64) -> Self {
        Self { currency: Currency::Usd, amount }
    }

    /// The same currency with another amount.
    #[must_use]
    pub const fn with(self, amount: i64) -> Self {
        Self { currency: self.currency, amount }
    }
}

/// `1,500 sat`, `$5.00`, `12 eur (minor units)`.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self.currency {
            Currency::Btc => format!("{} sat", grouped(self.amount)),
            Currency::Usd => {
                let sign = if self.amount < 0 { "-" } else { "" };
                let cents = self.amount.unsigned_abs();
                format!(
                    "{sign}${}.{:02}",
                    grouped(i64::try_from(cents / 100).unwrap_or(i64::MAX)),
                    cents % 100
                )
            }
            Currency::Other(_) => format!("{} {} (minor units)", grouped(self.amount), self.currency.code()),
        };
        f.pad(&text)
    }
}

/// `12.3` as 1230, without floating point. Nothing below 0, no exponents, at most two decimals.
#[must_use]
pub fn hundredths(number: &str) -> Option<i64> {
    let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(part) || part.len() > 2 {
        return None;
    }
    let part: i64 = format!("{part:0<2}").parse().ok()?;
    whole.parse::<i64>().ok()?.checked_mul(100)?.checked_add(part)
}

/// `1234567` as `1,234,567`.
fn grouped(amount: i64) -> String {
    let digits = amount.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if amount < 0 {
        text.push('-');
    }
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// What one accepted entry of an item brings its contributor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Reward {
    /// Experience points; cost nobody money.
    pub xp: i64,
    /// Money, if the item pays any.
    pub money: Option<Money>,
}

impl Reward {
    /// Whether accepting spends money.
    #[must_use]
    pub const fn pays(&self) -> bool {
        matches!(self.money, Some(Money { amount: 1.., .. }))
    }
}

/// `500 sat`, `$5.00 + 10 xp`, `10 xp`, `—` for nothing.
impl fmt::Display for Reward {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match (self.money.filter(|money| money.amount != 0), self.xp) {
            (None, 0) => "—".to_owned(),
            (None, xp) => format!("{} xp", grouped(xp)),
            (Some(money), 0) => money.to_string(),
            (Some(money), xp) => format!("{money} + {} xp", grouped(xp)),
        };
        f.pad(&text)
    }
}

/// The platform's share of a payment, in hundredths of a per cent (1,000 = 10 %), taken from what the contributor gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FeeRate(u32);

impl FeeRate {
    /// A rate in hundredths of a per cent; more than 100 % is no rate.
    #[must_use]
    pub const fn from_basis_points(points: u32) -> Option<Self> {
        if points <= 10_000 { Some(Self(points)) } else { None }
    }

    /// The rate in hundredths of a per cent.
    #[must_use]
    pub const fn basis_points(self) -> u32 {
        self.0
    }

    /// The fee on a gross amount, rounded down to a whole minor unit.
    #[must_use]
    pub fn of(self, gross: Money) -> Money {
        let fee = i128::from(gross.amount) * i128::from(self.0) / 10_000;
        gross.with(i64::try_from(fee).unwrap_or(gross.amount))
    }
}

/// What a decision costs the quest's owner: shown before the key, bound to the decision when it is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Cost {
    /// What leaves escrow. `None`: the decision pays nothing.
    pub gross: Option<Money>,
    /// What the platform keeps of it; `None` with a gross sum: unknown, never to be taken for zero.
    pub fee: Option<Money>,
    /// Experience points awarded.
    pub xp: i64,
}

impl Cost {
    /// The cost of accepting one entry that brings `reward`, with the fee if a rate is known.
    #[must_use]
    pub fn of_accepting(reward: Reward, rate: Option<FeeRate>) -> Self {
        let gross = reward.money.filter(|money| money.amount > 0);
        Self { gross, fee: gross.and_then(|gross| rate.map(|rate| rate.of(gross))), xp: reward.xp }
    }

    /// What reaches the contributor, if the fee is known.
    #[must_use]
    pub fn net(&self) -> Option<Money> {
        let (gross, fee) = (self.gross?, self.fee?);
        Some(gross.with(gross.amount - fee.amount))
    }

    /// Whether the decision spends money.
    #[must_use]
    pub const fn spends(&self) -> bool {
        self.gross.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn decimals_are_read_exactly_or_not_at_all() {
        assert_eq!(hundredths("20"), Some(2_000));
        assert_eq!(hundredths("20.5"), Some(2_050));
        assert_eq!(hundredths("0.07"), Some(7));
        for bad in ["", "-1", "1e3", "1.234", "inf", "1.", ".5", "99999999999999999999"] {
            assert_eq!(hundredths(bad), None, "{bad}");
        }
    }

    #[test]
    fn money_reads_as_people_write_it() {
        assert_eq!(Money::sats(1_500).to_string(), "1,500 sat");
        assert_eq!(Money::sats(-70_000).to_string(), "-70,000 sat");
        assert_eq!(Money::cents(500).to_string(), "$5.00");
        assert_eq!(Money::cents(-123_456).to_string(), "-$1,234.56");
        assert_eq!(format!("{:>10}", Money::sats(12)), "    12 sat");
        assert_eq!(Reward { xp: 10, money: Some(Money::cents(1)) }.to_string(), "$0.01 + 10 xp");
        assert_eq!(Reward::default().to_string(), "—");
    }

    #[test]
    fn an_unknown_currency_is_kept_and_never_taken_for_another() {
        let euro = Currency::from_code("EURO-x");
        assert_eq!(euro.code(), "euro");
        assert_eq!(Money { currency: euro, amount: 7 }.to_string(), "7 euro (minor units)");
    }

    #[test]
    fn without_a_rate_the_fee_is_unknown_and_so_is_the_net() {
        let reward = Reward { xp: 0, money: Some(Money::sats(500)) };
        assert_eq!(Cost::of_accepting(reward, None).net(), None);
        let cost = Cost::of_accepting(reward, FeeRate::from_basis_points(1_000));
        assert_eq!(cost.net(), Some(Money::sats(450)));
        assert_eq!(cost.fee, Some(Money::sats(50)));
    }

    proptest! {
        #[test]
        fn fee_and_net_always_add_up_to_the_gross(amount in 0..=i64::MAX, points in 0u32..=10_000) {
            let cost = Cost::of_accepting(
                Reward { xp: 0, money: Some(Money::sats(amount)) },
                FeeRate::from_basis_points(points),
            );
            if let (Some(gross), Some(fee), Some(net)) = (cost.gross, cost.fee, cost.net()) {
                prop_assert_eq!(fee.amount + net.amount, gross.amount);
                prop_assert!((0..=gross.amount).contains(&fee.amount));
            } else {
                prop_assert_eq!(amount, 0);
            }
        }
    }
}
