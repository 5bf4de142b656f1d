//! What the desk shows before the network has said anything: the cached snapshot, the pending rows in batches, and
//! single bodies and briefs.

use std::collections::HashSet;

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::Snapshot;
use super::columns::{from_json, text};
use crate::domain::{EntryId, EntryRow, EvalStatus, ItemId, QuestId, SafeText, Timestamp, UserId, Version};

/// Everything but the rows.
pub(super) fn snapshot(db: &Connection) -> rusqlite::Result<Snapshot> {
    let mut snapshot = Snapshot::default();
    let mut quests = db.prepare("SELECT id, fresh, json FROM quests WHERE gone = 0 ORDER BY id")?;
    let mut rows = quests.query([])?;
    while let Some(row) = rows.next()? {
        let id = QuestId::from_bytes(row.get(0)?);
        if let Some(at) = row.get::<_, Option<i64>>(1)? {
            snapshot.fresh.push((id, Timestamp::from_millis(at)));
        }
        snapshot.quests.push(from_json(row, 2)?);
    }
    let live = "quest NOT IN (SELECT id FROM quests WHERE gone = 1)";
    snapshot.items = db
        .prepare(&format!("SELECT json FROM items WHERE {live} ORDER BY quest, number"))?
        .query_map([], |row| from_json(row, 0))?
        .collect::<Result<_, _>>()?;
    snapshot.people = db
        .prepare("SELECT json FROM people")?
        .query_map([], |row| from_json(row, 0))?
        .collect::<Result<_, _>>()?;
    snapshot.pending = db
        .prepare(&format!(
            "SELECT quest, count(*) FROM entries WHERE status = 'submitted' AND {live} GROUP BY quest"
        ))?
        .query_map([], |row| Ok((QuestId::from_bytes(row.get(0)?), row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    snapshot.accepted = db
        .prepare(&format!("SELECT item, count FROM accepted WHERE {live}"))?
        .query_map([], |row| Ok((ItemId::from_bytes(row.get(0)?), row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    Ok(snapshot)
}

/// Reads the pending rows of all quests, oldest first, a batch at a time.
pub(super) struct Stream {
    after: (i64, [u8; 16]),
    cleared: HashSet<QuestId>,
}

impl Stream {
    /// From the oldest on. Quests that are being cleared away are left out.
    pub(super) fn new(db: &Connection) -> rusqlite::Result<Self> {
        let cleared = db
            .prepare("SELECT id FROM quests WHERE gone = 1")?
            .query_map([], |row| Ok(QuestId::from_bytes(row.get(0)?)))?
            .collect::<Result<_, _>>()?;
        Ok(Self { after: (i64::MIN, [0; 16]), cleared })
    }

    /// The next rows, and whether others may follow.
    pub(super) fn next(&mut self, db: &Connection, limit: u32) -> rusqlite::Result<(Vec<EntryRow>, bool)> {
        let mut statement = db.prepare_cached(
            "SELECT created, id, quest, item, contributor, updated, score, eval FROM entries
             WHERE status = 'submitted' AND (created, id) > (?, ?) ORDER BY created, id LIMIT ?",
        )?;
        let mut found = statement.query(params![self.after.0, self.after.1, limit])?;
        let mut rows = Vec::with_capacity(limit as usize);
        let mut read = 0;
        while let Some(found) = found.next()? {
            let row = entry_row(found)?;
            self.after = (row.created_at.millis(), *row.id.bytes());
            read += 1;
            if !self.cleared.contains(&row.quest) {
                rows.push(row);
            }
        }
        Ok((rows, read == limit))
    }
}

fn entry_row(row: &Row<'_>) -> rusqlite::Result<EntryRow> {
    Ok(EntryRow {
        created_at: Timestamp::from_millis(row.get(0)?),
        id: EntryId::from_bytes(row.get(1)?),
        quest: QuestId::from_bytes(row.get(2)?),
        item: row.get::<_, Option<[u8; 16]>>(3)?.map(ItemId::from_bytes),
        contributor: UserId::from_bytes(row.get(4)?),
        version: Version { updated_at: Timestamp::from_millis(row.get(5)?) },
        score: row.get(6)?,
        eval: EvalStatus::from_word(Some(row.get_ref(7)?.as_str()?)),
    })
}

/// The versions of a quest's pending entries.
pub(super) fn pending(db: &Connection, quest: QuestId) -> rusqlite::Result<Vec<(EntryId, Version)>> {
    db.prepare_cached("SELECT id, updated FROM entries WHERE quest = ? AND status = 'submitted'")?
        .query_map([quest.bytes()], |row| {
            let updated_at = Timestamp::from_millis(row.get(1)?);
            Ok((EntryId::from_bytes(row.get(0)?), Version { updated_at }))
        })?
        .collect()
}

/// An item's brief; empty if there is none.
pub(super) fn brief(db: &Connection, item: ItemId) -> rusqlite::Result<SafeText> {
    let brief = db
        .prepare_cached("SELECT brief FROM items WHERE id = ?")?
        .query_row([item.bytes()], |row| text(row, 0))
        .optional()?;
    Ok(brief.unwrap_or_default())
}
