//! What the wallets hold (contract, 3.15).

use super::Fields;
use crate::domain::{FeeRate, Money};
use crate::ouro::OuroError;
use crate::ouro::answer::Envelope;

/// One wallet, in its own currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Balance {
    /// What can be spent.
    pub available: Money,
    /// What is reserved for rewards.
    pub escrowed: Money,
}

/// Both wallets, and the platform's fee.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Balances {
    /// The bitcoin wallet; none if the server keeps it from us or does not know it.
    pub sats: Option<Balance>,
    /// The dollar wallet; likewise.
    pub cents: Option<Balance>,
    /// The platform's fee, if the server names it (an extra field; only our local backend is known to send it).
    pub fee: Option<FeeRate>,
}

/// One wallet's answer, before it is known which currency was asked for.
#[derive(Debug, Clone, Copy)]
pub(in crate::ouro) struct Wallet {
    available: Option<i64>,
    escrowed: i64,
    fee: Option<FeeRate>,
}

impl Wallet {
    /// Reads either wallet: the dollars' fields end in `_cents`.
    pub(in crate::ouro) fn read(envelope: &Envelope<'_>) -> Result<Self, OuroError> {
        let fields: Fields<'_> = envelope.object()?;
        let first = |names: &[&str]| names.iter().find_map(|name| fields.int(name));
        let points = fields.int("platform_fee_basis_points").and_then(|points| u32::try_from(points).ok());
        Ok(Self {
            available: first(&["available", "available_cents", "balance", "balance_cents"]),
            escrowed: first(&["escrowed", "escrowed_cents"]).unwrap_or(0),
            fee: points.and_then(FeeRate::from_basis_points),
        })
    }

    fn in_currency(self, unit: Money) -> Option<Balance> {
        Some(Balance { available: unit.with(self.available?), escrowed: unit.with(self.escrowed) })
    }
}

/// Puts both together.
pub(in crate::ouro) fn balances(sats: Option<Wallet>, cents: Option<Wallet>) -> Balances {
    Balances {
        sats: sats.and_then(|wallet| wallet.in_currency(Money::sats(0))),
        cents: cents.and_then(|wallet| wallet.in_currency(Money::cents(0))),
        fee: sats.and_then(|wallet| wallet.fee).or_else(|| cents.and_then(|wallet| wallet.fee)),
    }
}
