//! What runs of eval routes cost, and charging them: whoever calls for a run pays for it (5.6.6). Those that begin at
//! submission are nobody's call and cost nothing here.

use serde_json::Value;

use super::Act;
use crate::backend::error::Refusal;
use crate::backend::ids::Id;
use crate::backend::shapes::asset::parsed;
use crate::backend::store::assets::{self, Asset};
use crate::backend::store::entries::Entry;
use crate::backend::store::items::Item;
use crate::backend::store::ledger::{self, About, Purse, Transfer};
use crate::backend::store::quests::Quest;
use crate::domain::{Currency, Money};

/// What a run of a route costs, if it costs anything.
pub(crate) fn price_of(route: &Asset) -> Result<Option<Money>, Refusal> {
    let about = parsed(route.content.as_deref())?;
    let price = about.get("price");
    let currency = price.and_then(|price| price.get("currency")?.as_str()).map(Currency::from_code);
    let amount = price.and_then(|price| price.get("amount")?.as_i64());
    Ok(currency
        .zip(amount)
        .map(|(currency, amount)| Money { currency, amount })
        .filter(|price| price.amount > 0))
}

/// A price as prices of assets are written: sats, or dollars (4.1).
pub(crate) fn written(price: Money) -> Value {
    match price.currency {
        Currency::Usd => Value::from(price.amount as f64 / 100.0),
        Currency::Btc | Currency::Other(_) => Value::from(price.amount),
    }
}

/// Charges the caller for a run of an item's route on an entry; too little money refuses it (402).
pub(super) fn charge(act: &Act<'_>, quest: &Quest, item: &Item, entry: &Entry) -> Result<(), Refusal> {
    let route: Option<Asset> = match item.eval_route {
        Some(route) => assets::get(act.db, route)?,
        None => None,
    };
    let Some(price) = route.as_ref().map(price_of).transpose()?.flatten() else { return Ok(()) };
    let payer: Id = act.who;
    let has = ledger::balance(act.db, Purse::Wallet(payer), price.currency)?;
    if has < price.amount {
        return Err(Refusal::insufficient_funds_for(
            "pay for this run",
            price.amount - has,
            &price.currency.code(),
        ));
    }
    ledger::post(
        act.db,
        &Transfer {
            id: act.new_id(),
            kind: "route-run",
            currency: price.currency,
            about: About { quest: Some(quest.id), item: Some(item.id), entry: Some(entry.id) },
            at: act.now,
            postings: &[(Purse::Wallet(payer), -price.amount), (Purse::Service, price.amount)],
        },
    )?;
    Ok(())
}
