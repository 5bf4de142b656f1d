//! Quests: what they have beyond being assets, and how far they are.

use rusqlite::{Connection, params};

use super::{all, one, run};
use crate::backend::ids::Id;
use crate::backend::rules::life::kind_word;
use crate::domain::{ItemStatus, QuestKind, QuestStatus, Timestamp};

/// What a quest has beyond being an asset.
#[derive(Debug, Clone)]
pub(crate) struct Quest {
    pub(crate) id: Id,
    pub(crate) kind: QuestKind,
    pub(crate) status: QuestStatus,
    pub(crate) max_xp: Option<i64>,
    pub(crate) closed_at: Option<Timestamp>,
    /// The owner of the asset: rewards come from their purse.
    pub(crate) owner: Id,
    pub(crate) team: Id,
    pub(crate) org: Id,
    pub(crate) name: String,
}

/// One item as a segment of the progress bar.
#[derive(Debug, Clone)]
pub(crate) struct Segment {
    pub(crate) id: Id,
    pub(crate) status: ItemStatus,
    pub(crate) waiting_on: Option<String>,
    pub(crate) waiting_until: Option<String>,
    pub(crate) waiting_check_every: Option<String>,
}

/// The quest with that id, whoever asks.
pub(crate) fn get(db: &Connection, id: Id) -> rusqlite::Result<Option<Quest>> {
    let sql = "SELECT q.id, q.kind, q.status, q.max_xp, q.closed_at, a.owner, a.team_id, a.org_id, ifnull(a.name, '')
               FROM quests q JOIN assets a ON a.id = q.id WHERE q.id = ?1";
    one(db, sql, [id], |row| {
        Ok(Quest {
            id: row.get(0)?,
            kind: QuestKind::from_word(Some(&row.get::<_, String>(1)?)),
            status: QuestStatus::from_word(Some(&row.get::<_, String>(2)?)),
            max_xp: row.get(3)?,
            closed_at: row.get::<_, Option<i64>>(4)?.map(Timestamp::from_millis),
            owner: row.get(5)?,
            team: row.get(6)?,
            org: row.get(7)?,
            name: row.get(8)?,
        })
    })
}

/// Writes a quest's own part, new or changed.
pub(crate) fn put(db: &Connection, quest: &Quest) -> rusqlite::Result<()> {
    let sql = "INSERT INTO quests (id, kind, status, max_xp, closed_at) VALUES (?1, ?2, ?3, ?4, ?5)
               ON CONFLICT (id) DO UPDATE SET kind = ?2, status = ?3, max_xp = ?4, closed_at = ?5";
    let closed_at = quest.closed_at.map(Timestamp::millis);
    let values = params![quest.id, kind_word(&quest.kind), quest.status.word(), quest.max_xp, closed_at];
    run(db, sql, values).map(|_| ())
}

/// The quest's items as segments, in order.
pub(crate) fn segments(db: &Connection, quest: Id) -> rusqlite::Result<Vec<Segment>> {
    let sql = "SELECT id, status, waiting_on, waiting_until, waiting_check_every FROM items
               WHERE quest_id = ?1 ORDER BY sort_order, id";
    all(db, sql, [quest], |row| {
        Ok(Segment {
            id: row.get(0)?,
            status: ItemStatus::from_word(Some(&row.get::<_, String>(1)?)),
            waiting_on: row.get(2)?,
            waiting_until: row.get(3)?,
            waiting_check_every: row.get(4)?,
        })
    })
}

/// Removes a quest with its items, entries and what they left. Money that moved stays in the books.
pub(crate) fn delete(db: &Connection, quest: Id) -> rusqlite::Result<()> {
    for sql in [
        "DELETE FROM entry_assets WHERE quest_id = ?1",
        "DELETE FROM entries WHERE quest_id = ?1",
        "DELETE FROM items WHERE quest_id = ?1",
        "DELETE FROM quests WHERE id = ?1",
    ] {
        run(db, sql, [quest])?;
    }
    super::assets::delete(db, quest)
}

/// How much experience somebody has from a quest.
pub(crate) fn xp_so_far(db: &Connection, quest: Id, user: Id) -> rusqlite::Result<i64> {
    let sql = "SELECT ifnull(sum(amount), 0) FROM xp WHERE quest_id = ?1 AND user_id = ?2";
    one(db, sql, params![quest, user], |row| row.get(0)).map(Option::unwrap_or_default)
}

/// How much experience somebody has in all.
pub(crate) fn xp_of(db: &Connection, user: Id) -> rusqlite::Result<i64> {
    let sql = "SELECT ifnull(sum(amount), 0) FROM xp WHERE user_id = ?1";
    one(db, sql, params![user], |row| row.get(0)).map(Option::unwrap_or_default)
}

/// Awards experience for an entry; a second award of the same entry is an error of ours.
pub(crate) fn award_xp(
    db: &Connection,
    entry: Id,
    quest: Id,
    user: Id,
    amount: i64,
    at: Timestamp,
) -> rusqlite::Result<()> {
    let sql = "INSERT INTO xp (entry_id, quest_id, user_id, amount, at) VALUES (?1, ?2, ?3, ?4, ?5)";
    run(db, sql, params![entry, quest, user, amount, at.millis()]).map(|_| ())
}
