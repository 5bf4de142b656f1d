//! Balances and what changed them (contract, 3.15). Sats on the wallet's side, cents on the card's.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::backend::app::{Answer, App, Caller, Params, data, page};
use crate::backend::error::Refusal;
use crate::backend::ids::Id;
use crate::backend::store::ledger::{self, Change, Purse};
use crate::domain::Currency;

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/wallet/balance", get(sats))
        .route("/wallet/transactions", get(sat_changes))
        .route("/stripe/wallet/balance", get(cents))
        .route("/stripe/wallet/transactions", get(cent_changes))
        .route("/stripe/wallet/pending-earnings", get(pending))
        .route("/stripe/usage/history", get(usage))
}

/// What can be spent, and what escrow holds.
fn balances(db: &Connection, owner: Id, currency: Currency) -> Result<(i64, i64), Refusal> {
    Ok((
        ledger::balance(db, Purse::Wallet(owner), currency)?,
        ledger::balance(db, Purse::Escrow(owner), currency)?,
    ))
}

/// `platform_fee_basis_points` is an extra of this server: it charges a fee, so it says which.
async fn sats(State(app): State<App>, caller: Caller) -> Answer {
    let fee = app.world.fee.basis_points();
    app.read(move |db| {
        let (available, escrowed) = balances(db, caller.id, Currency::Btc)?;
        data(&json!({
            "balance": available + escrowed, "available": available, "escrowed": escrowed,
            "platform_fee_basis_points": fee,
        }))
    })
    .await
}

async fn cents(State(app): State<App>, caller: Caller) -> Answer {
    let fee = app.world.fee.basis_points();
    app.read(move |db| {
        let (available, escrowed) = balances(db, caller.id, Currency::Usd)?;
        data(&json!({
            "balance_cents": available + escrowed, "available_cents": available, "pending_cents": 0,
            "escrowed_cents": escrowed, "credits_cents": 0, "earnings_cents": 0, "withdrawable_cents": 0,
            "currency": "usd", "onboarded": true, "transfers_enabled": true, "payouts_enabled": false,
            "payouts_available_soon": false, "requirements": [], "platform_fee_basis_points": fee,
        }))
    })
    .await
}

fn row(change: &Change) -> Value {
    let paid = change.paid.map(|(gross, fee, payee)| json!({"gross": gross, "fee": fee, "payee": payee}));
    json!({
        "id": change.id, "type": change.kind, "status": "completed", "asset_id": change.about.quest,
        "action_id": null, "is_external": change.kind == "deposit",
        "metadata": {
            "quest_id": change.about.quest, "item_id": change.about.item, "entry_id": change.about.entry,
            "reward": paid,
        },
        "created_at": change.at.to_string(),
    })
}

/// The full list: this one is not paged (3.15).
async fn sat_changes(State(app): State<App>, caller: Caller) -> Answer {
    app.read(move |db| {
        let mut rows = Vec::new();
        for change in ledger::changes(db, caller.id, Currency::Btc, i64::MAX, 0)? {
            let mut shape = row(&change);
            shape["value"] = json!(change.amount);
            rows.push(shape);
        }
        data(&rows)
    })
    .await
}

async fn cent_changes(State(app): State<App>, caller: Caller, params: Params) -> Answer {
    let window = params.window(50, 200)?;
    let kind = params.text("type").map(str::to_owned);
    app.read(move |db| {
        let mut found = ledger::changes(db, caller.id, Currency::Usd, i64::MAX, 0)?;
        found.retain(|change| kind.as_ref().is_none_or(|kind| *kind == change.kind));
        let total = i64::try_from(found.len()).ok();
        let offset = usize::try_from(window.offset).unwrap_or(usize::MAX);
        let mut found: Vec<Change> = found.into_iter().skip(offset).collect();
        let more = window.cut(&mut found);
        let rows = found.iter().map(|change| {
            let mut shape = row(change);
            shape["amount_cents"] = json!(change.amount);
            shape["currency"] = json!("usd");
            shape["recipient_user_id"] = json!(change.paid.map(|(_, _, payee)| payee));
            shape
        });
        page(&rows.collect::<Vec<_>>(), window, more, total)
    })
    .await
}

/// Rewards are paid at once: nothing is pending.
async fn pending(State(app): State<App>, _: Caller) -> Answer {
    let percent = f64::from(app.world.fee.basis_points()) / 100.0;
    data(&json!({
        "total_pending_cents": 0, "in_progress_cents": 0, "total_paid_out_cents": 0,
        "total_gross_earnings_cents": 0, "platform_fee_percent": percent, "assets": [],
    }))
}

/// Runs of routes cost nothing here, so nothing was metered.
async fn usage(_: Caller, params: Params) -> Answer {
    let window = params.window(50, 200)?;
    let history = json!({"records": [], "summary": {"record_count": 0, "total_cents": 0}});
    let pagination = json!({"hasMore": false, "limit": window.limit, "offset": window.offset, "total": 0});
    Ok(data(&history)?.with("pagination", &pagination))
}
