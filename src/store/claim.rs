//! The last look before a decision is sent: is its subject still what the reviewer saw?
//!
//! Only reads, inside the transaction that then moves the decision on.

use std::collections::HashMap;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, params};

use super::{cache, outbox};
use crate::domain::decision::{Act, Bound, Check, Clash, Decision, Settled, Stage, Verdict};
use crate::domain::{
    Cost, Currency, EntryId, EntryStatus, ItemId, Money, Review, SafeText, Timestamp, Version,
};

/// Compares a decision with the cache.
pub(super) fn check(db: &Connection, decision: &Decision) -> rusqlite::Result<Check> {
    match &decision.act {
        Act::Review { entry, item, verdict, .. } => {
            let seen = entry_check(db, *entry, &decision.bound)?;
            if seen != Check::Same || *verdict != Verdict::Accept {
                return Ok(seen);
            }
            reward_check(db, *item, &decision.cost)
        }
        Act::Evaluate { entry, .. } => entry_check(db, *entry, &decision.bound),
        // It is said whatever becomes of the entry.
        Act::Comment { .. } => Ok(Check::Same),
        Act::SetItem { item, .. } | Act::Complete { item, .. } | Act::Rescore { item, .. } => {
            item_check(db, *item, &decision.bound)
        }
    }
}

/// How long what was read of a quest's entries is good enough to be decided on (contract, U5: read an entry right
/// before sending if its copy is old).
pub const COPY_KEEPS: Duration = Duration::from_secs(60);

/// Pending entries of a quest that are looked through for one decision: there is no call for a single entry, and a look
/// at a long queue would take longer than the copy keeps.
const LOOKED_THROUGH: u32 = 400;

/// Whether the entry that a decision is on was last read so long ago that somebody may have decided it meanwhile.
/// `read`: when its queue was read, if that is newer than what is written of it.
pub(super) fn is_of_an_old_copy(
    db: &Connection,
    decision: &Decision,
    read: Option<Timestamp>,
    now: Timestamp,
) -> rusqlite::Result<bool> {
    if !matches!(decision.act, Act::Review { .. } | Act::Evaluate { .. }) {
        return Ok(false);
    }
    let written: Option<i64> = db
        .prepare_cached("SELECT fresh FROM quests WHERE id = ?")?
        .query_row([decision.quest.bytes()], |row| row.get(0))
        .optional()?
        .flatten();
    // One that was never read whole is being read now.
    let read = read.or(written.map(Timestamp::from_millis));
    if read.is_none_or(|read| now.since(read) <= COPY_KEEPS) {
        return Ok(false);
    }
    let pending: u32 = db
        .prepare_cached(
            "SELECT count(*) FROM (SELECT 1 FROM entries WHERE quest = ? AND status = 'submitted' LIMIT ?)",
        )?
        .query_row(params![decision.quest.bytes(), LOOKED_THROUGH + 1], |row| row.get(0))?;
    Ok(pending <= LOOKED_THROUGH)
}

/// Whether it is a decision's turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// It is.
    Now,
    /// Another one has to be counted first.
    Waits,
    /// Those before it came to so much that it would go beyond what was shown.
    Beyond,
}

/// Items that are scored again at a price go out one after the other, each once the runs of the one before are counted:
/// the server chooses how many it begins, and a run that was begun can't be taken back.
pub(super) fn turn(db: &Connection, decision: &Decision) -> rusqlite::Result<Turn> {
    if !decision.may_cost_more() {
        return Ok(Turn::Now);
    }
    let others = outbox::other_rescores(db, decision)?;
    if others.iter().any(|other| matches!(other.stage, Stage::Sending | Stage::Unknown { .. })) {
        return Ok(Turn::Waits);
    }
    let together = |other: &&Decision| decision.batch.is_some() && other.batch == decision.batch;
    let (mut shown, mut comes_to) = (Tab::of_shown(decision), Tab::of_shown(decision));
    for other in others.iter().filter(together) {
        match other.stage {
            Stage::Confirmed(Settled::Ours) => {
                shown.add(&Tab::of_shown(other));
                comes_to.add(&Tab::of_begun(other));
            }
            Stage::Refused { .. } if other.may_have_spent() => {
                shown.add(&Tab::of_shown(other));
                comes_to.add(&Tab::of_begun(other));
            }
            // What the server did not do was agreed to all the same; what was taken back is not.
            Stage::Undone => {}
            _ => shown.add(&Tab::of_shown(other)),
        }
    }
    Ok(if comes_to.is_within(&shown) { Turn::Now } else { Turn::Beyond })
}

/// What runs come to: money where their price is known, else their number.
#[derive(Debug, Default)]
struct Tab(HashMap<Option<Currency>, i64>);

impl Tab {
    fn of(gross: Option<Money>, runs: u32) -> Self {
        Self(HashMap::from([match gross {
            Some(gross) => (Some(gross.currency), gross.amount),
            None => (None, i64::from(runs)),
        }]))
    }

    fn of_shown(decision: &Decision) -> Self {
        Self::of(decision.cost.gross, decision.act.runs())
    }

    fn of_begun(decision: &Decision) -> Self {
        Self::of(decision.spends(), decision.began.unwrap_or(decision.act.runs()))
    }

    fn add(&mut self, other: &Self) {
        for (of, amount) in &other.0 {
            let sum = self.0.entry(*of).or_default();
            *sum = sum.saturating_add(*amount);
        }
    }

    fn is_within(&self, other: &Self) -> bool {
        self.0.iter().all(|(of, amount)| *amount <= other.0.get(of).copied().unwrap_or(0))
    }
}

fn entry_check(db: &Connection, entry: EntryId, bound: &Bound) -> rusqlite::Result<Check> {
    let known = db
        .prepare_cached(
            "SELECT status, updated FROM entries
             WHERE id = ? AND quest NOT IN (SELECT id FROM quests WHERE gone = 1)",
        )?
        .query_row([entry.bytes()], |row| {
            let status = EntryStatus::from_word(Some(row.get_ref(0)?.as_str()?));
            Ok((status, Version { updated_at: Timestamp::from_millis(row.get(1)?) }))
        })
        .optional()?;
    Ok(match known {
        Some((EntryStatus::Rejected, _)) if matches!(bound, Bound::Rejected(_)) => Check::Same,
        Some((EntryStatus::Submitted, version)) if *bound == Bound::Entry(version) => Check::Same,
        Some((EntryStatus::Submitted, _)) => Check::Clashes(Clash::Changed),
        Some((status @ (EntryStatus::Accepted | EntryStatus::Rejected), _)) => {
            Check::Clashes(Clash::Decided(review_of(db, entry, status)?))
        }
        // A word we do not know, or nothing at all: the server is to be asked.
        Some((EntryStatus::Other(_), _)) | None => Check::Vanished,
    })
}

/// The decision on an entry as far as it is known.
fn review_of(db: &Connection, entry: EntryId, status: EntryStatus) -> rusqlite::Result<Review> {
    let seen = cache::body(db, entry)?.and_then(|body| body.review).filter(|review| review.status == status);
    Ok(seen.unwrap_or(Review { status, reviewer: None, at: None, note: SafeText::default() }))
}

/// Accepting must cost what was shown: not another sum, and not money where none was shown.
fn reward_check(db: &Connection, item: Option<ItemId>, shown: &Cost) -> rusqlite::Result<Check> {
    let Some(item) = item else { return Ok(Check::Same) };
    let same = match cache::item(db, item)? {
        Some(item) => Cost::of_accepting(item.reward, None).gross == shown.gross,
        None => shown.gross.is_none(),
    };
    Ok(if same { Check::Same } else { Check::Clashes(Clash::RewardChanged) })
}

fn item_check(db: &Connection, item: ItemId, bound: &Bound) -> rusqlite::Result<Check> {
    Ok(match cache::item(db, item)? {
        Some(item) if *bound == Bound::Item(item.status.clone()) => Check::Same,
        Some(item) => Check::Clashes(Clash::ItemIs(item.status)),
        None => Check::Vanished,
    })
}
