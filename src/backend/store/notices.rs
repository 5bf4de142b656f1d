//! Notifications.

use rusqlite::{Connection, Row, params};
use serde_json::Value;

use super::accounts::time;
use super::{all, one, run};
use crate::backend::ids::Id;
use crate::domain::Timestamp;

/// A notification.
#[derive(Debug, Clone)]
pub(crate) struct Notice {
    pub(crate) id: Id,
    pub(crate) to: Id,
    pub(crate) kind: String,
    pub(crate) viewed: bool,
    pub(crate) source: Option<Id>,
    pub(crate) asset: Option<Id>,
    pub(crate) org: Option<Id>,
    pub(crate) content: Value,
    pub(crate) created_at: Timestamp,
}

const COLUMNS: &str = "id, user_id, type, viewed, source_user_id, asset_id, org_id, content, created_at";

fn notice(row: &Row<'_>) -> rusqlite::Result<Notice> {
    Ok(Notice {
        id: row.get(0)?,
        to: row.get(1)?,
        kind: row.get(2)?,
        viewed: row.get(3)?,
        source: row.get(4)?,
        asset: row.get(5)?,
        org: row.get(6)?,
        content: serde_json::from_str(&row.get::<_, String>(7)?).unwrap_or_default(),
        created_at: time(row, 8)?,
    })
}

/// Lays a notification down.
pub(crate) fn insert(db: &Connection, notice: &Notice) -> rusqlite::Result<()> {
    let sql = "INSERT INTO notices (id, user_id, type, viewed, source_user_id, asset_id, org_id, content, created_at)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    let values = params![
        notice.id,
        notice.to,
        notice.kind,
        notice.viewed,
        notice.source,
        notice.asset,
        notice.org,
        notice.content.to_string(),
        notice.created_at.millis(),
    ];
    run(db, sql, values).map(|_| ())
}

/// Which notifications are asked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wanted {
    pub(crate) org: Option<Id>,
    pub(crate) unread_only: bool,
    /// These types only; none: all.
    pub(crate) kinds: Option<Vec<&'static str>>,
    pub(crate) limit: i64,
    pub(crate) offset: i64,
}

/// A page of somebody's notifications, newest first.
pub(crate) fn page(db: &Connection, user: Id, wanted: &Wanted) -> rusqlite::Result<Vec<Notice>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM notices
         WHERE user_id = ?1 AND (?2 IS NULL OR org_id = ?2) AND (NOT ?3 OR viewed = 0)
         AND (?4 IS NULL OR type IN (SELECT value FROM json_each(?4)))
         ORDER BY created_at DESC, id DESC LIMIT ?5 OFFSET ?6"
    );
    let kinds = wanted.kinds.as_ref().map(|kinds| serde_json::json!(kinds).to_string());
    let values = params![user, wanted.org, wanted.unread_only, kinds, wanted.limit, wanted.offset];
    all(db, &sql, values, notice)
}

/// How many somebody has not seen.
pub(crate) fn unread(db: &Connection, user: Id, org: Option<Id>) -> rusqlite::Result<i64> {
    let sql =
        "SELECT COUNT(*) FROM notices WHERE user_id = ?1 AND viewed = 0 AND (?2 IS NULL OR org_id = ?2)";
    one(db, sql, params![user, org], |row| row.get(0)).map(Option::unwrap_or_default)
}

/// Marks one of somebody's own as seen; false if it is not theirs or unknown.
pub(crate) fn mark_read(db: &Connection, user: Id, id: Id) -> rusqlite::Result<bool> {
    let sql = "UPDATE notices SET viewed = 1 WHERE id = ?1 AND user_id = ?2";
    run(db, sql, params![id, user]).map(|changed| changed > 0)
}

/// The notification with that id, if it is theirs.
pub(crate) fn get(db: &Connection, user: Id, id: Id) -> rusqlite::Result<Option<Notice>> {
    let sql = format!("SELECT {COLUMNS} FROM notices WHERE id = ?1 AND user_id = ?2");
    one(db, &sql, params![id, user], notice)
}
