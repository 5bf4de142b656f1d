//! The living demo: contributors submit, another reviewer decides some, at a rate, through the same acts as clients.
//!
//! What happens is drawn from the seed; when, by a clock. It keeps the queue near the size it had at the start, so
//! that it lasts for hours and grows without bound in none of them. Nothing to do is no fault, a refusal neither.

use std::time::Duration;

use rand::rngs::SmallRng;
use rand::{Rng as _, SeedableRng as _};
use rusqlite::Connection;
use tokio::sync::watch;

use super::acts::{Act, review, submit};
use super::app::App;
use super::error::Refusal;
use super::fixture::prose;
use super::fixture::{Sample, Wanted};
use super::ids::Id;
use super::markdown::from_markdown;
use super::store::accounts::{User, members, user_by_name};
use super::store::items::{self, Item};
use super::store::ledger::{self, Purse};
use super::store::{all, entries, one, quests};
use crate::domain::{EntryStatus, QuestKind};

/// The other reviewer.
const REVIEWER: &str = "ravi";

/// The queue is kept between half and five quarters of what it was, and of this at least.
const SMALL_QUEUE: i64 = 40;

/// The other reviewer chooses among so many of a quest's oldest entries.
const OLDEST: i64 = 50;

/// Quests and items that are tried before a turn is let go.
const TRIES: usize = 8;

/// Acts until told to stop.
pub(crate) async fn run(app: App, per_minute: f64, seed: u64, mut stop: watch::Receiver<bool>) {
    let mut rng = SmallRng::seed_from_u64(seed ^ 0x11fe);
    let usual = app.read(pending).await.unwrap_or(SMALL_QUEUE).max(SMALL_QUEUE);
    let pause = 60.0 / per_minute.clamp(0.001, 60_000.0);
    loop {
        let pause = Duration::from_secs_f64(pause * rng.random_range(0.5..1.5));
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        let turn = SmallRng::seed_from_u64(rng.random());
        if let Err(refusal) = take_turn(&app, turn, usual).await {
            tracing::debug!(message = refusal.message(), "a turn of the living demo came to nothing");
        }
    }
}

async fn take_turn(app: &App, mut rng: SmallRng, usual: i64) -> Result<(), Refusal> {
    let Some(reviewer) = app.read(|db| Ok(user_by_name(db, REVIEWER)?)).await? else { return Ok(()) };
    let now = app.read(pending).await?;
    let submits = if now < usual / 2 {
        true
    } else if now > usual * 5 / 4 {
        false
    } else {
        rng.random_bool(0.6)
    };
    if submits {
        let chosen = app.read(move |db| contribution(db, &reviewer, rng)).await?;
        let Some((who, quest, item, mut rng)) = chosen else { return Ok(()) };
        let run = app.act(who.id, move |act| contribute(act, &who, quest, &item, &mut rng)).await?;
        if let Some(run) = run {
            super::runs::start(app, run);
        }
        return Ok(());
    }
    app.act(reviewer.id, move |act| decide_one(act, &mut rng)).await
}

fn pending(db: &Connection) -> Result<i64, Refusal> {
    let sql = "SELECT COUNT(*) FROM entries WHERE status = 'submitted'";
    Ok(one(db, sql, [], |row| row.get(0))?.unwrap_or_default())
}

fn pick<'a, T>(rng: &mut SmallRng, list: &'a [T]) -> Option<&'a T> {
    if list.is_empty() { None } else { list.get(rng.random_range(0..list.len())) }
}

/// Somebody with something to submit to: an open item of the team, for which its limits leave room.
fn contribution(
    db: &Connection,
    reviewer: &User,
    mut rng: SmallRng,
) -> Result<Option<(User, Id, Item, SmallRng)>, Refusal> {
    let sql =
        "SELECT q.id FROM quests q JOIN assets a ON a.id = q.id JOIN team_members m ON m.team_id = a.team_id
               WHERE q.status = 'open' AND m.user_id = ?1 ORDER BY q.id";
    let open: Vec<Id> = all(db, sql, [reviewer.id], |row| row.get(0))?;
    for _ in 0..TRIES {
        let Some(quest) = pick(&mut rng, &open).map(|id| quests::get(db, *id)).transpose()?.flatten() else {
            return Ok(None);
        };
        let mut open_items = items::of_quest(db, quest.id)?;
        open_items.retain(|item| !item.status.is_terminal() && item.waiting_on.is_none());
        let people = members(db, quest.team)?;
        let people: Vec<&User> =
            people.iter().filter(|(_, role, _)| role == "write").map(|(user, ..)| user).collect();
        let (Some(item), Some(who)) = (pick(&mut rng, &open_items), pick(&mut rng, &people)) else {
            continue;
        };
        let taken = entries::active_on_item(db, item.id, who.id)? > 0;
        if quest.kind == QuestKind::Continuous || !taken {
            return Ok(Some(((*who).clone(), quest.id, item.clone(), rng)));
        }
    }
    Ok(None)
}

fn contribute(
    act: &Act<'_>,
    who: &User,
    quest: Id,
    item: &Item,
    rng: &mut SmallRng,
) -> Result<Option<super::acts::evaluate::Run>, Refusal> {
    let above = super::acts::visible_quest(act.db, who.id, quest)?;
    let sample = Sample { act: *act, org: above.org, team: above.team };
    let mut given = Vec::new();
    let mut first = None;
    for key in item.keys() {
        let wanted = Wanted::fitting(&key.asset_types, &key.extensions, key.filter.as_deref());
        match wanted {
            Some(wanted) if key.required || rng.random_bool(0.5) => {
                given.push((key.name, sample.make(rng, wanted)?.id));
                first = first.or(Some(wanted));
            }
            // An input that we cannot make: this item is left to people.
            None if key.required => return Ok(None),
            _ => {}
        }
    }
    let text = from_markdown(&prose::description(rng, who.actor_type == "agent", first));
    Ok(submit::submit(act, quest, item.id, &given, Some(&text))?.run)
}

/// The other reviewer decides on one of a quest's oldest entries. It is careful with the owners' money: most paid
/// entries are left to them, and none is accepted once a wallet runs low.
fn decide_one(act: &Act<'_>, rng: &mut SmallRng) -> Result<(), Refusal> {
    let sql =
        "SELECT q.id FROM quests q JOIN assets a ON a.id = q.id JOIN team_members m ON m.team_id = a.team_id
               WHERE q.status = 'open' AND m.user_id = ?1 AND m.role = 'admin' ORDER BY q.id";
    let mine: Vec<Id> = all(act.db, sql, [act.who], |row| row.get(0))?;
    for _ in 0..TRIES {
        let Some(quest) = pick(rng, &mine).map(|id| quests::get(act.db, *id)).transpose()?.flatten() else {
            return Ok(());
        };
        let oldest = entries::page(act.db, quest.id, Some("submitted"), OLDEST, 0)?;
        let Some((entry, _)) = pick(rng, &oldest) else { continue };
        let item = entry.item.map(|item| items::get(act.db, item)).transpose()?.flatten();
        let accepts = entry.eval_status.as_deref() != Some("failed") && rng.random_bool(0.7);
        if accepts && let Some(reward) = item.as_ref().and_then(Item::reward) {
            let left = ledger::balance(act.db, Purse::Wallet(quest.owner), reward.currency)?;
            if left < reward.amount.saturating_mul(20) || rng.random_bool(0.7) {
                continue;
            }
        }
        let (status, note) = if accepts {
            (EntryStatus::Accepted, prose::praise(rng))
        } else {
            (EntryStatus::Rejected, Some(prose::reason(rng)))
        };
        let note = note.map(from_markdown);
        return review::review(act, quest.id, entry.id, &status, note.as_ref());
    }
    Ok(())
}
