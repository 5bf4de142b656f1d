//! Entries of quests.

use std::sync::LazyLock;

use rusqlite::{Connection, Row, params};

use super::accounts::time;
use super::{all, one, run};
use crate::backend::ids::Id;
use crate::domain::{EntryStatus, Timestamp};

/// An entry as it is kept. Texts that hold JSON: `assets`, `embeds`, `mentions`, `description`, `review`, `categories`, `signals`.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) id: Id,
    pub(crate) quest: Id,
    /// None on legacy entries (5.2.4).
    pub(crate) item: Option<Id>,
    pub(crate) user: Id,
    pub(crate) status: EntryStatus,
    /// The main asset.
    pub(crate) asset: Option<Id>,
    pub(crate) asset_type: Option<String>,
    pub(crate) assets: Option<String>,
    /// Ids of assets that the description embeds or links: a list of texts.
    pub(crate) embeds: Option<String>,
    /// Whom the description mentions, by id or user name: a list of texts.
    pub(crate) mentions: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) review: Option<String>,
    pub(crate) reviewer: Option<Id>,
    pub(crate) reviewed_at: Option<Timestamp>,
    pub(crate) eval_action: Option<Id>,
    pub(crate) eval_score: Option<f64>,
    pub(crate) categories: Option<String>,
    pub(crate) eval_status: Option<String>,
    pub(crate) signals: Option<String>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

/// The contributor of an entry, read along with it.
#[derive(Debug, Clone)]
pub(crate) struct Contributor {
    pub(crate) username: String,
    pub(crate) name: String,
    pub(crate) actor_type: String,
}

const COLUMNS: &str = "e.id, e.quest_id, e.item_id, e.user_id, e.status, e.asset_id, e.asset_type, e.assets, e.embeds, \
    e.description, e.review, e.reviewer_id, e.reviewed_at, e.eval_action_id, e.eval_score, e.eval_category_scores, \
    e.eval_status, e.judge_signals, e.created_at, e.updated_at, e.mentions";

fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    Ok(Entry {
        id: row.get(0)?,
        quest: row.get(1)?,
        item: row.get(2)?,
        user: row.get(3)?,
        status: status(row.get_ref(4)?.as_str().unwrap_or_default()),
        asset: row.get(5)?,
        asset_type: row.get(6)?,
        assets: row.get(7)?,
        embeds: row.get(8)?,
        description: row.get(9)?,
        review: row.get(10)?,
        reviewer: row.get(11)?,
        reviewed_at: row.get::<_, Option<i64>>(12)?.map(Timestamp::from_millis),
        eval_action: row.get(13)?,
        eval_score: row.get(14)?,
        categories: row.get(15)?,
        eval_status: row.get(16)?,
        signals: row.get(17)?,
        created_at: time(row, 18)?,
        updated_at: time(row, 19)?,
        mentions: row.get(20)?,
    })
}

fn status(word: &str) -> EntryStatus {
    EntryStatus::from_word(Some(word))
}

fn with_contributor(row: &Row<'_>) -> rusqlite::Result<(Entry, Contributor)> {
    let contributor = Contributor { username: row.get(21)?, name: row.get(22)?, actor_type: row.get(23)? };
    Ok((entry(row)?, contributor))
}

/// The entry with that id.
pub(crate) fn get(db: &Connection, id: Id) -> rusqlite::Result<Option<Entry>> {
    static SQL: LazyLock<String> =
        LazyLock::new(|| format!("SELECT {COLUMNS} FROM entries e WHERE e.id = ?1"));
    one(db, &SQL, [id], entry)
}

/// The entry with that id and who submitted it.
pub(crate) fn get_with_contributor(
    db: &Connection,
    id: Id,
) -> rusqlite::Result<Option<(Entry, Contributor)>> {
    static SQL: LazyLock<String> = LazyLock::new(|| {
        format!(
            "SELECT {COLUMNS}, u.username, u.name, u.actor_type FROM entries e JOIN users u ON u.id = e.user_id
             WHERE e.id = ?1"
        )
    });
    one(db, &SQL, [id], with_contributor)
}

/// A page of a quest's entries, all or of one status: by time of submission, then id (our choice).
pub(crate) fn page(
    db: &Connection,
    quest: Id,
    status: Option<&str>,
    limit: i64,
    offset: i64,
) -> rusqlite::Result<Vec<(Entry, Contributor)>> {
    // The inner query walks an index only; rows are read for the page alone, however far it lies.
    let filter = if status.is_some() { "AND status = ?2" } else { "AND ?2 IS NULL" };
    let sql = format!(
        "SELECT {COLUMNS}, u.username, u.name, u.actor_type FROM entries e JOIN users u ON u.id = e.user_id
         WHERE e.rowid IN (SELECT rowid FROM entries WHERE quest_id = ?1 {filter}
                           ORDER BY created_at, id LIMIT ?3 OFFSET ?4)
         ORDER BY e.created_at, e.id"
    );
    all(db, &sql, params![quest, status, limit, offset], with_contributor)
}

/// How many entries a quest has, all or of one status.
pub(crate) fn count(db: &Connection, quest: Id, status: Option<&str>) -> rusqlite::Result<i64> {
    let filter = if status.is_some() { "AND status = ?2" } else { "AND ?2 IS NULL" };
    let sql = format!("SELECT COUNT(*) FROM entries WHERE quest_id = ?1 {filter}");
    one(db, &sql, params![quest, status], |row| row.get(0)).map(Option::unwrap_or_default)
}

/// Lays an entry down, with the assets it submits.
pub(crate) fn insert(db: &Connection, entry: &Entry, assets: &[Id]) -> rusqlite::Result<()> {
    let sql = "INSERT INTO entries (id, quest_id, item_id, user_id, status, asset_id, asset_type, assets, embeds,
        description, review, reviewer_id, reviewed_at, eval_action_id, eval_score, eval_category_scores, eval_status,
        judge_signals, created_at, updated_at, mentions)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)";
    let values = params![
        entry.id,
        entry.quest,
        entry.item,
        entry.user,
        entry.status.word(),
        entry.asset,
        entry.asset_type,
        entry.assets,
        entry.embeds,
        entry.description,
        entry.review,
        entry.reviewer,
        entry.reviewed_at.map(Timestamp::millis),
        entry.eval_action,
        entry.eval_score,
        entry.categories,
        entry.eval_status,
        entry.signals,
        entry.created_at.millis(),
        entry.updated_at.millis(),
        entry.mentions,
    ];
    run(db, sql, values)?;
    for asset in assets {
        let sql = "INSERT OR IGNORE INTO entry_assets (quest_id, asset_id, entry_id) VALUES (?1, ?2, ?3)";
        run(db, sql, params![entry.quest, asset, entry.id])?;
    }
    Ok(())
}

/// Writes what a decision or an evaluation changes.
pub(crate) fn update(db: &Connection, entry: &Entry) -> rusqlite::Result<()> {
    let sql = "UPDATE entries SET status = ?2, review = ?3, reviewer_id = ?4, reviewed_at = ?5, eval_action_id = ?6,
        eval_score = ?7, eval_category_scores = ?8, eval_status = ?9, updated_at = ?10 WHERE id = ?1";
    let values = params![
        entry.id,
        entry.status.word(),
        entry.review,
        entry.reviewer,
        entry.reviewed_at.map(Timestamp::millis),
        entry.eval_action,
        entry.eval_score,
        entry.categories,
        entry.eval_status,
        entry.updated_at.millis(),
    ];
    run(db, sql, values).map(|_| ())
}

/// How many active entries a contributor has on an item.
pub(crate) fn active_on_item(db: &Connection, item: Id, user: Id) -> rusqlite::Result<u32> {
    let sql = "SELECT COUNT(*) FROM entries WHERE item_id = ?1 AND user_id = ?2 AND status IN ('submitted', 'accepted')";
    one(db, sql, params![item, user], |row| row.get(0)).map(Option::unwrap_or_default)
}

/// Whether somebody has more than one active entry on an item of the quest: then it can't be closable (5.2.1).
pub(crate) fn any_twice(db: &Connection, quest: Id) -> rusqlite::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM entries WHERE quest_id = ?1 AND item_id IS NOT NULL
               AND status IN ('submitted', 'accepted') GROUP BY item_id, user_id HAVING COUNT(*) > 1)";
    one(db, sql, [quest], |row| row.get(0)).map(Option::unwrap_or_default)
}

/// The items on whose active entries of this quest an asset already is.
pub(crate) fn items_using(db: &Connection, quest: Id, asset: Id) -> rusqlite::Result<Vec<Option<Id>>> {
    let sql = "SELECT e.item_id FROM entry_assets x JOIN entries e ON e.id = x.entry_id
               WHERE x.quest_id = ?1 AND x.asset_id = ?2 AND e.status IN ('submitted', 'accepted')";
    all(db, sql, params![quest, asset], |row| row.get(0))
}

/// The assets that an entry submits.
pub(crate) fn assets_of(db: &Connection, entry: &Entry) -> rusqlite::Result<Vec<Id>> {
    let sql = "SELECT asset_id FROM entry_assets WHERE quest_id = ?1 AND entry_id = ?2";
    all(db, sql, params![entry.quest, entry.id], |row| row.get(0))
}

/// The ids of an item's entries that can be scored: all but the rejected, oldest first.
pub(crate) fn scorable(db: &Connection, item: Id) -> rusqlite::Result<Vec<Id>> {
    let sql = "SELECT id FROM entries WHERE item_id = ?1 AND status <> 'rejected' ORDER BY created_at, id";
    all(db, sql, [item], |row| row.get(0))
}

/// A page of an item's leaderboard: scored entries that are not rejected; score, then earliest, then id (4.7).
pub(crate) fn leaderboard(
    db: &Connection,
    item: Id,
    ascending: bool,
    limit: i64,
    offset: i64,
) -> rusqlite::Result<Vec<(Entry, Contributor)>> {
    let direction = if ascending { "ASC" } else { "DESC" };
    let sql = format!(
        "SELECT {COLUMNS}, u.username, u.name, u.actor_type FROM entries e JOIN users u ON u.id = e.user_id
         WHERE e.item_id = ?1 AND e.eval_score IS NOT NULL AND e.status <> 'rejected'
         ORDER BY e.eval_score {direction}, e.created_at, e.id LIMIT ?2 OFFSET ?3"
    );
    all(db, &sql, params![item, limit, offset], with_contributor)
}

/// The quests that an asset was submitted to.
pub(crate) fn quests_using(db: &Connection, asset: Id) -> rusqlite::Result<Vec<Id>> {
    let sql = "SELECT DISTINCT quest_id FROM entry_assets WHERE asset_id = ?1 ORDER BY quest_id";
    all(db, sql, [asset], |row| row.get(0))
}
