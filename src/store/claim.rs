//! The last look before a decision is sent: is its subject still what the reviewer saw?
//!
//! Only reads, inside the transaction that then moves the decision on.

use rusqlite::{Connection, OptionalExtension};

use super::cache;
use crate::domain::decision::{Act, Bound, Check, Clash, Decision, Verdict};
use crate::domain::{Cost, EntryId, EntryStatus, ItemId, Review, SafeText, Timestamp, Version};

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
