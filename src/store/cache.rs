//! The cache of what the server said: quests, items, people, entries. It can always be fetched again.
//!
//! Every function works inside a transaction of the caller and may be done twice without harm. What we decided
//! ourselves is learned here too, so that a restart before the next fetch does not offer it again.

use rusqlite::{Connection, OptionalExtension, params};

use super::columns::{from_json, to_json};
use super::{CachedEntry, traits};
use crate::domain::decision::{Act, Clash, Decision, Stage};
use crate::domain::{
    EntryBody, EntryId, EntryStatus, Item, ItemId, ItemStatus, Person, Quest, QuestId, Review, SafeText,
    Timestamp,
};
use crate::sync::Gone;

/// Replaces the set of quests. Those that vanished are only marked: [`clear_away`] removes them bit by bit.
pub(super) fn put_quests(db: &Connection, quests: &[Quest]) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE quests SET gone = 1")?.execute([])?;
    let mut put = db.prepare_cached(
        "INSERT INTO quests (id, json) VALUES (?, ?)
         ON CONFLICT (id) DO UPDATE SET gone = 0, json = excluded.json",
    )?;
    for quest in quests {
        put.execute(params![quest.id.bytes(), to_json(quest)?])?;
    }
    Ok(())
}

/// Removes up to `limit` entries of one quest that vanished, or the quest itself once none is left. Says whether
/// there may be more to do.
pub(super) fn clear_away(db: &Connection, limit: u32) -> rusqlite::Result<bool> {
    let gone: Option<[u8; 16]> = db
        .prepare_cached("SELECT id FROM quests WHERE gone = 1 LIMIT 1")?
        .query_row([], |row| row.get(0))
        .optional()?;
    let Some(quest) = gone else { return Ok(false) };
    let removed = db
        .prepare_cached("DELETE FROM entries WHERE id IN (SELECT id FROM entries WHERE quest = ? LIMIT ?)")?
        .execute(params![quest, limit])?;
    if removed == 0 {
        db.prepare_cached("DELETE FROM items WHERE quest = ?")?.execute([quest])?;
        db.prepare_cached("DELETE FROM accepted WHERE quest = ?")?.execute([quest])?;
        db.prepare_cached("DELETE FROM quests WHERE id = ?")?.execute([quest])?;
    }
    Ok(true)
}

/// Replaces a quest's items, each with its brief.
pub(super) fn put_items(db: &Connection, quest: QuestId, items: &[(Item, SafeText)]) -> rusqlite::Result<()> {
    db.prepare_cached("DELETE FROM items WHERE quest = ?")?.execute([quest.bytes()])?;
    let mut put = db.prepare_cached(
        "INSERT OR REPLACE INTO items (id, quest, number, json, brief) VALUES (?, ?, ?, ?, ?)",
    )?;
    for (item, brief) in items {
        put.execute(params![item.id.bytes(), quest.bytes(), item.number, to_json(item)?, brief.as_str()])?;
    }
    Ok(())
}

/// Adds or renews a person.
pub(super) fn put_person(db: &Connection, person: &Person) -> rusqlite::Result<()> {
    db.prepare_cached("INSERT OR REPLACE INTO people (id, json) VALUES (?, ?)")?
        .execute(params![person.id.bytes(), to_json(person)?])?;
    Ok(())
}

/// An entry that is ready to be written: what takes a while is done before the transaction begins, which keeps
/// others on the database waiting.
pub(super) struct Prepared<'e> {
    entry: &'e CachedEntry,
    json: String,
    print: Option<traits::Columns>,
}

impl<'e> Prepared<'e> {
    pub(super) fn of(entry: &'e CachedEntry) -> rusqlite::Result<Self> {
        Ok(Self { entry, json: to_json(&entry.body)?, print: traits::Columns::of_body(&entry.body) })
    }
}

/// Adds or renews an entry and its body. A decided entry is not opened again by a page that was read before it was
/// decided: that takes a newer version.
pub(super) fn put_entry(db: &Connection, prepared: &Prepared<'_>) -> rusqlite::Result<()> {
    let Prepared { entry, json, print } = prepared;
    let row = &entry.row;
    let changed = db
        .prepare_cached(
            "INSERT INTO entries (id, quest, item, contributor, created, updated, score, eval, status)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (id) DO UPDATE SET quest = excluded.quest, item = excluded.item,
               contributor = excluded.contributor, created = excluded.created, updated = excluded.updated,
               score = excluded.score, eval = excluded.eval, status = excluded.status
             WHERE entries.status = 'submitted' OR excluded.status <> 'submitted'
               OR excluded.updated > entries.updated",
        )?
        .execute(params![
            row.id.bytes(),
            row.quest.bytes(),
            row.item.as_ref().map(ItemId::bytes),
            row.contributor.bytes(),
            row.created_at.millis(),
            row.version.updated_at.millis(),
            row.score.filter(|score| !score.is_nan()),
            row.eval.word(),
            entry.status.word(),
        ])?;
    if changed > 0 { put_body(db, &entry.body, json, print.as_ref()) } else { Ok(()) }
}

fn put_body(
    db: &Connection,
    body: &EntryBody,
    json: &str,
    print: Option<&traits::Columns>,
) -> rusqlite::Result<()> {
    db.prepare_cached("INSERT OR REPLACE INTO bodies (entry, json) VALUES (?, ?)")?
        .execute(params![body.id.bytes(), json])?;
    traits::put(db, body, print)
}

/// An entry is pending no more: it stays as decided if its decision was seen, else it is forgotten.
pub(super) fn remove_pending(db: &Connection, gone: &Gone) -> rusqlite::Result<()> {
    match &gone.review {
        Some(review) => put_review(db, gone.entry, review),
        None => forget(db, gone.entry),
    }
}

fn put_review(db: &Connection, entry: EntryId, review: &Review) -> rusqlite::Result<()> {
    set_status(db, entry, &review.status)?;
    if let Some(mut body) = body(db, entry)? {
        body.review = Some(review.clone());
        put_body(db, &body, &to_json(&body)?, traits::Columns::of_body(&body).as_ref())?;
    }
    Ok(())
}

fn set_status(db: &Connection, entry: EntryId, status: &EntryStatus) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE entries SET status = ? WHERE id = ?")?
        .execute(params![status.word(), entry.bytes()])?;
    Ok(())
}

fn forget(db: &Connection, entry: EntryId) -> rusqlite::Result<()> {
    db.prepare_cached("DELETE FROM entries WHERE id = ? AND status = 'submitted'")?
        .execute([entry.bytes()])?;
    Ok(())
}

/// The whole of an entry.
pub(super) fn body(db: &Connection, entry: EntryId) -> rusqlite::Result<Option<EntryBody>> {
    db.prepare_cached("SELECT json FROM bodies WHERE entry = ?")?
        .query_row([entry.bytes()], |row| from_json(row, 0))
        .optional()
}

/// An item.
pub(super) fn item(db: &Connection, item: ItemId) -> rusqlite::Result<Option<Item>> {
    db.prepare_cached(
        "SELECT json FROM items WHERE id = ? AND quest NOT IN (SELECT id FROM quests WHERE gone = 1)",
    )?
    .query_row([item.bytes()], |row| from_json(row, 0))
    .optional()
}

/// A quest's queue was read whole.
pub(super) fn mark_fresh(db: &Connection, quest: QuestId, at: Timestamp) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE quests SET fresh = ? WHERE id = ?")?
        .execute(params![at.millis(), quest.bytes()])?;
    Ok(())
}

/// A list of a quest's decided entries was read to its end.
pub(super) fn mark_decided(
    db: &Connection,
    quest: QuestId,
    status: &EntryStatus,
    at: Timestamp,
) -> rusqlite::Result<()> {
    let sql = match status {
        EntryStatus::Accepted => "UPDATE quests SET accepted_read = ? WHERE id = ?",
        EntryStatus::Rejected => "UPDATE quests SET rejected_read = ? WHERE id = ?",
        EntryStatus::Submitted | EntryStatus::Other(_) => return Ok(()),
    };
    db.prepare_cached(sql)?.execute(params![at.millis(), quest.bytes()])?;
    Ok(())
}

/// Replaces a quest's counts of accepted entries.
pub(super) fn put_accepted(
    db: &Connection,
    quest: QuestId,
    counts: &[(ItemId, u32)],
) -> rusqlite::Result<()> {
    db.prepare_cached("DELETE FROM accepted WHERE quest = ?")?.execute([quest.bytes()])?;
    let mut put =
        db.prepare_cached("INSERT OR REPLACE INTO accepted (quest, item, count) VALUES (?, ?, ?)")?;
    for (item, count) in counts {
        put.execute(params![quest.bytes(), item.bytes(), count])?;
    }
    Ok(())
}

/// Brings the cache in line with how a decision ended.
pub(super) fn learn(db: &Connection, decision: &Decision) -> rusqlite::Result<()> {
    match (&decision.stage, &decision.act) {
        (Stage::Confirmed(_), Act::Review { entry, verdict, .. }) => {
            set_status(db, *entry, &verdict.status())
        }
        (Stage::Conflict(Clash::Decided(review)), Act::Review { entry, .. }) => {
            put_review(db, *entry, review)
        }
        (Stage::Conflict(Clash::Gone), Act::Review { entry, .. }) => forget(db, *entry),
        (Stage::Confirmed(_), Act::SetItem { item, status }) => set_item(db, *item, status),
        (Stage::Confirmed(_), Act::Complete { item, .. }) => set_item(db, *item, &ItemStatus::Done),
        (Stage::Conflict(Clash::ItemIs(status)), Act::SetItem { item, .. } | Act::Complete { item, .. }) => {
            set_item(db, *item, status)
        }
        _ => Ok(()),
    }
}

fn set_item(db: &Connection, id: ItemId, status: &ItemStatus) -> rusqlite::Result<()> {
    let Some(mut known) = item(db, id)? else { return Ok(()) };
    known.status = status.clone();
    db.prepare_cached("UPDATE items SET json = ? WHERE id = ?")?
        .execute(params![to_json(&known)?, id.bytes()])?;
    Ok(())
}
