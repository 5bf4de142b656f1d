//! Reserving, releasing and paying rewards.

use super::Act;
use crate::backend::error::Refusal;
use crate::backend::rules::life::is_over;
use crate::backend::rules::payment::{split, wanted_in_escrow};
use crate::backend::store::entries::Entry;
use crate::backend::store::items::{self, Item};
use crate::backend::store::ledger::{self, About, Payment, Purse, Transfer};
use crate::backend::store::quests::Quest;
use crate::domain::{Currency, Money};

/// Whether a reservation must succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Funding {
    /// Too little money refuses the act (402).
    Required,
    /// Too little money leaves escrow as it is: the next acceptance is refused instead.
    IfPossible,
}

/// Puts money from outside into a wallet.
pub(crate) fn deposit(act: &Act<'_>, owner: crate::backend::ids::Id, money: Money) -> Result<(), Refusal> {
    ledger::post(
        act.db,
        &Transfer {
            id: act.new_id(),
            kind: "deposit",
            currency: money.currency,
            about: About::default(),
            at: act.now,
            postings: &[(Purse::World, -money.amount), (Purse::Wallet(owner), money.amount)],
        },
    )?;
    Ok(())
}

/// Brings what escrow holds for an item to what it should hold (5.4.1), and keeps the item's own note of it. The
/// caller writes the item.
pub(crate) fn settle(act: &Act<'_>, quest: &Quest, item: &mut Item, funding: Funding) -> Result<(), Refusal> {
    let wanted = wanted_in_escrow(item.reward_amount, item.status.is_terminal(), is_over(&quest.status));
    hold(act, quest, item, wanted, funding)
}

fn hold(act: &Act<'_>, quest: &Quest, item: &mut Item, wanted: i64, funding: Funding) -> Result<(), Refusal> {
    let missing = wanted - item.escrow;
    if missing == 0 {
        return Ok(());
    }
    let currency = item.reward_currency;
    if missing > 0 {
        let available = ledger::balance(act.db, Purse::Wallet(quest.owner), currency)?;
        if available < missing {
            return match funding {
                Funding::Required => Err(Refusal::insufficient_funds(missing - available, &currency.code())),
                Funding::IfPossible => Ok(()),
            };
        }
    }
    ledger::post(
        act.db,
        &Transfer {
            id: act.new_id(),
            kind: if missing > 0 { "escrow-reserve" } else { "escrow-release" },
            currency,
            about: About { quest: Some(quest.id), item: Some(item.id), entry: None },
            at: act.now,
            postings: &[(Purse::Wallet(quest.owner), -missing), (Purse::Escrow(quest.owner), missing)],
        },
    )?;
    item.escrow = wanted;
    Ok(())
}

/// Gives back all that escrow holds for an item: before its currency changes or it is deleted.
pub(crate) fn release(act: &Act<'_>, quest: &Quest, item: &mut Item) -> Result<(), Refusal> {
    hold(act, quest, item, 0, Funding::Required)
}

/// Whether accepting an entry of this item could be paid now.
pub(crate) fn can_pay(act: &Act<'_>, quest: &Quest, item: &Item) -> Result<bool, Refusal> {
    let missing = item.reward_amount - item.escrow;
    Ok(missing <= 0 || ledger::balance(act.db, Purse::Wallet(quest.owner), item.reward_currency)? >= missing)
}

/// Pays an accepted entry out of escrow: the contributor's share and the platform's. What escrow lacks comes from
/// the owner's wallet first; too little there refuses the acceptance (402).
pub(crate) fn pay(act: &Act<'_>, quest: &Quest, item: &mut Item, entry: &Entry) -> Result<(), Refusal> {
    let Some(reward) = item.reward() else { return Ok(()) };
    if item.escrow < reward.amount {
        hold(act, quest, item, reward.amount, Funding::Required)?;
    }
    let parts = split(reward, act.world.fee);
    let transfer = act.new_id();
    ledger::post(
        act.db,
        &Transfer {
            id: transfer,
            kind: "quest-reward",
            currency: reward.currency,
            about: About { quest: Some(quest.id), item: Some(item.id), entry: Some(entry.id) },
            at: act.now,
            postings: &[
                (Purse::Escrow(quest.owner), -parts.gross.amount),
                (Purse::Wallet(entry.user), parts.net.amount),
                (Purse::Platform, parts.fee.amount),
            ],
        },
    )?;
    item.escrow -= reward.amount;
    ledger::record_payment(
        act.db,
        &Payment {
            entry: entry.id,
            transfer,
            payee: entry.user,
            gross: reward,
            fee: parts.fee.amount,
            at: act.now,
        },
    )?;
    Ok(())
}

/// Settles every item of a quest, and writes those that changed: when the quest is over.
pub(crate) fn settle_all(act: &Act<'_>, quest: &Quest) -> Result<(), Refusal> {
    for mut item in items::of_quest(act.db, quest.id)? {
        let before = item.escrow;
        settle(act, quest, &mut item, Funding::IfPossible)?;
        if item.escrow != before {
            items::put(act.db, &item)?;
        }
    }
    Ok(())
}

/// A currency that rewards can be paid in.
pub(crate) fn currency_of(word: &str) -> Result<Currency, Refusal> {
    match Currency::from_code(word) {
        Currency::Other(_) => Err(Refusal::field("item.reward_currency", "must be btc or usd")),
        known => Ok(known),
    }
}
