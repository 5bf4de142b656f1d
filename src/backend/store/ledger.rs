//! The books: purses, transfers between them, and what was paid for which entry.
//!
//! Every transfer's postings add up to zero; a purse's balance is kept beside its postings and never goes below zero
//! (the schema checks it), except the outside world's, from which deposits come.

use rusqlite::{Connection, params};

use super::{all, one, run};
use crate::backend::ids::Id;
use crate::domain::{Currency, Money, Timestamp};

/// Whose money it is, and what for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purse {
    /// Somebody's to spend.
    Wallet(Id),
    /// Somebody's, reserved for rewards.
    Escrow(Id),
    /// The platform's fees.
    Platform,
    /// What runs of routes earn.
    Service,
    /// Where deposits come from.
    World,
}

impl Purse {
    const fn key(self) -> (&'static str, Id) {
        match self {
            Self::Wallet(owner) => ("wallet", owner),
            Self::Escrow(owner) => ("escrow", owner),
            Self::Platform => ("platform", Id::GLOBAL),
            Self::Service => ("service", Id::GLOBAL),
            Self::World => ("world", Id::GLOBAL),
        }
    }
}

/// What a transfer is about.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct About {
    pub(crate) quest: Option<Id>,
    pub(crate) item: Option<Id>,
    pub(crate) entry: Option<Id>,
}

/// A transfer to be written down.
#[derive(Debug)]
pub(crate) struct Transfer<'a> {
    pub(crate) id: Id,
    /// `deposit`, `escrow-reserve`, `escrow-release`, `quest-reward` or `route-run`.
    pub(crate) kind: &'static str,
    pub(crate) currency: Currency,
    pub(crate) about: About,
    pub(crate) at: Timestamp,
    /// Changes by purse, in minor units; they add up to zero.
    pub(crate) postings: &'a [(Purse, i64)],
}

/// Writes a transfer down and moves the balances.
pub(crate) fn post(db: &Connection, transfer: &Transfer<'_>) -> rusqlite::Result<()> {
    debug_assert_eq!(transfer.postings.iter().map(|(_, amount)| amount).sum::<i64>(), 0);
    let sql = "INSERT INTO transfers (id, kind, currency, quest_id, item_id, entry_id, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let About { quest, item, entry } = transfer.about;
    let code = transfer.currency.code();
    run(db, sql, params![transfer.id, transfer.kind, code, quest, item, entry, transfer.at.millis()])?;
    for (purse, amount) in transfer.postings.iter().filter(|(_, amount)| *amount != 0) {
        let purse = purse_id(db, *purse, &code)?;
        run(db, "UPDATE purses SET balance = balance + ?2 WHERE id = ?1", params![purse, amount])?;
        let sql = "INSERT INTO postings (transfer, purse, amount) VALUES (?1, ?2, ?3)";
        run(db, sql, params![transfer.id, purse, amount])?;
    }
    Ok(())
}

fn purse_id(db: &Connection, purse: Purse, currency: &str) -> rusqlite::Result<i64> {
    let (kind, owner) = purse.key();
    let find = "SELECT id FROM purses WHERE kind = ?1 AND owner = ?2 AND currency = ?3";
    if let Some(id) = one(db, find, params![kind, owner, currency], |row| row.get(0))? {
        return Ok(id);
    }
    run(
        db,
        "INSERT INTO purses (kind, owner, currency) VALUES (?1, ?2, ?3)",
        params![kind, owner, currency],
    )?;
    Ok(db.last_insert_rowid())
}

/// What is in a purse, in minor units.
pub(crate) fn balance(db: &Connection, purse: Purse, currency: Currency) -> rusqlite::Result<i64> {
    let (kind, owner) = purse.key();
    let sql = "SELECT balance FROM purses WHERE kind = ?1 AND owner = ?2 AND currency = ?3";
    one(db, sql, params![kind, owner, currency.code()], |row| row.get(0)).map(Option::unwrap_or_default)
}

/// What an entry was paid.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Payment {
    pub(crate) entry: Id,
    pub(crate) transfer: Id,
    pub(crate) payee: Id,
    pub(crate) gross: Money,
    pub(crate) fee: i64,
    pub(crate) at: Timestamp,
}

/// Writes an entry's payment down; a second one of the same entry is an error (its key is taken).
pub(crate) fn record_payment(db: &Connection, payment: &Payment) -> rusqlite::Result<()> {
    let sql = "INSERT INTO payments (entry_id, transfer, payee, currency, gross, fee, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let Payment { entry, transfer, payee, gross, fee, at } = payment;
    let values = params![entry, transfer, payee, gross.currency.code(), gross.amount, fee, at.millis()];
    run(db, sql, values).map(|_| ())
}

/// A change of what somebody owns, wallet and escrow together: moving money between the two is none.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub(crate) id: Id,
    pub(crate) kind: String,
    /// Minor units, signed.
    pub(crate) amount: i64,
    pub(crate) about: About,
    pub(crate) at: Timestamp,
    /// Gross, fee and payee, where it is a reward.
    pub(crate) paid: Option<(i64, i64, Id)>,
}

/// The changes of what somebody owns in a currency, newest first.
pub(crate) fn changes(
    db: &Connection,
    owner: Id,
    currency: Currency,
    limit: i64,
    offset: i64,
) -> rusqlite::Result<Vec<Change>> {
    let sql =
        "SELECT t.id, t.kind, sum(p.amount), t.quest_id, t.item_id, t.entry_id, t.at, y.gross, y.fee, y.payee
               FROM purses u JOIN postings p ON p.purse = u.id JOIN transfers t ON t.id = p.transfer
               LEFT JOIN payments y ON y.transfer = t.id
               WHERE u.owner = ?1 AND u.kind IN ('wallet', 'escrow') AND u.currency = ?2
               GROUP BY t.id HAVING sum(p.amount) <> 0
               ORDER BY t.at DESC, max(p.id) DESC LIMIT ?3 OFFSET ?4";
    all(db, sql, params![owner, currency.code(), limit, offset], |row| {
        let gross: Option<i64> = row.get(7)?;
        let paid = match gross {
            Some(gross) => Some((gross, row.get(8)?, row.get(9)?)),
            None => None,
        };
        Ok(Change {
            id: row.get(0)?,
            kind: row.get(1)?,
            amount: row.get(2)?,
            about: About { quest: row.get(3)?, item: row.get(4)?, entry: row.get(5)? },
            at: Timestamp::from_millis(row.get(6)?),
            paid,
        })
    })
}

/// What all postings add up to, and by how much balances differ from them: both are zero unless the books are wrong.
pub(crate) fn proof(db: &Connection) -> rusqlite::Result<(i64, i64)> {
    let sum = one(db, "SELECT ifnull(sum(amount), 0) FROM postings", [], |row| row.get(0))?;
    let sql = "SELECT ifnull(sum(abs(balance - (SELECT ifnull(sum(amount), 0) FROM postings WHERE purse = purses.id))), 0)
               FROM purses";
    let difference = one(db, sql, [], |row| row.get(0))?;
    Ok((sum.unwrap_or_default(), difference.unwrap_or_default()))
}
