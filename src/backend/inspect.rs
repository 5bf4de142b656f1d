//! What tests ask a backend behind the clients' backs: the books and the decisions as they really are.

use std::collections::BTreeMap;

use rusqlite::Connection;
use serde_json::Value;

use super::error::Refusal;
use super::ids::Id;
use super::markdown::text_of;
use super::store::entries;
use super::store::{all, ledger, one};
use crate::domain::{Currency, EntryId, EntryStatus, Money, UserId};

/// A moment of the backend's database.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Inspection {
    /// What all postings of the books add up to; 0 unless they are wrong.
    pub ledger_sum: i64,
    /// By how much balances differ from their postings; 0 unless the books are wrong.
    pub balance_difference: i64,
    /// How many times each paid entry was paid; more than 1 is a broken promise.
    pub payments: BTreeMap<EntryId, u32>,
    /// What was paid in all, before the fee, by currency code, in minor units (sats, cents).
    pub paid: BTreeMap<String, i64>,
    /// What the platform kept, by currency code, in minor units.
    pub fees: BTreeMap<String, i64>,
    /// What escrow holds, by currency code, in minor units.
    pub escrow: BTreeMap<String, i64>,
    /// Entries by status.
    pub entries: BTreeMap<String, u32>,
    /// Experience points awarded, by user.
    pub xp: BTreeMap<UserId, i64>,
    /// Faults that happened: name, whether the act was done, how often.
    pub faults: Vec<(String, bool, u32)>,
}

/// What became of one entry.
#[derive(Debug, Clone, PartialEq)]
pub struct EntryState {
    /// Its status.
    pub status: EntryStatus,
    /// The note's text, if it was decided with one.
    pub note: Option<String>,
    /// Who decided; evaluations leave it empty.
    pub reviewer: Option<UserId>,
    /// What it was paid, before the fee.
    pub paid: Option<Money>,
    /// Experience points it brought.
    pub xp: i64,
}

/// See [`Inspection`].
pub(crate) fn inspect(db: &Connection) -> Result<Inspection, Refusal> {
    let (ledger_sum, balance_difference) = ledger::proof(db)?;
    let paid_entries =
        "SELECT entry_id, COUNT(*) FROM transfers WHERE kind = 'quest-reward' GROUP BY entry_id";
    let payments = all(db, paid_entries, [], |row| Ok((row.get::<_, Id>(0)?.entry(), row.get(1)?)))?;
    let by_code = |sql: &str| all(db, sql, [], |row| Ok((row.get(0)?, row.get(1)?)));
    let xp = all(db, "SELECT user_id, sum(amount) FROM xp GROUP BY user_id", [], |row| {
        Ok((row.get::<_, Id>(0)?.user(), row.get(1)?))
    })?;
    let faults = "SELECT fault, committed, COUNT(*) FROM fault_log GROUP BY fault, committed ORDER BY 1, 2";
    Ok(Inspection {
        ledger_sum,
        balance_difference,
        payments: payments.into_iter().collect(),
        paid: by_code("SELECT currency, sum(gross) FROM payments GROUP BY currency")?.into_iter().collect(),
        fees: by_code("SELECT currency, balance FROM purses WHERE kind = 'platform'")?.into_iter().collect(),
        escrow: by_code("SELECT currency, sum(balance) FROM purses WHERE kind = 'escrow' GROUP BY currency")?
            .into_iter()
            .collect(),
        entries: all(db, "SELECT status, COUNT(*) FROM entries GROUP BY status", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?
        .into_iter()
        .collect(),
        xp: xp.into_iter().collect(),
        faults: all(db, faults, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?,
    })
}

/// See [`EntryState`]; none if there is no such entry.
pub(crate) fn entry_state(db: &Connection, id: Id) -> Result<Option<EntryState>, Refusal> {
    let Some(entry) = entries::get(db, id)? else { return Ok(None) };
    let note: Option<Value> = entry.review.as_deref().map(serde_json::from_str).transpose()?;
    let paid = one(db, "SELECT currency, gross FROM payments WHERE entry_id = ?1", [id], |row| {
        Ok(Money { currency: Currency::from_code(&row.get::<_, String>(0)?), amount: row.get(1)? })
    })?;
    let xp = one(db, "SELECT amount FROM xp WHERE entry_id = ?1", [id], |row| row.get(0))?;
    Ok(Some(EntryState {
        status: entry.status,
        note: note.map(|note| text_of(&note).to_owned()),
        reviewer: entry.reviewer.map(Id::user),
        paid,
        xp: xp.unwrap_or_default(),
    }))
}
