//! Runs of eval routes, and what they said on the way.

use rusqlite::{Connection, Row, params};

use super::accounts::time;
use super::{all, one, run};
use crate::backend::ids::Id;
use crate::domain::Timestamp;

/// A run of an eval route.
#[derive(Debug, Clone)]
pub(crate) struct Action {
    pub(crate) id: Id,
    pub(crate) route: Id,
    /// Who started it.
    pub(crate) user: Id,
    pub(crate) entry: Id,
    /// `queued`, `in-progress`, `success`, `error` or `timed-out`.
    pub(crate) status: String,
    /// The route's answer, as JSON text.
    pub(crate) response: Option<String>,
    /// The HTTP status of the route, if it answered over HTTP.
    pub(crate) upstream_status: Option<u16>,
    pub(crate) created_at: Timestamp,
    pub(crate) finished_at: Option<Timestamp>,
}

const COLUMNS: &str =
    "id, route_id, user_id, entry_id, status, response, upstream_status, created_at, finished_at";

fn action(row: &Row<'_>) -> rusqlite::Result<Action> {
    Ok(Action {
        id: row.get(0)?,
        route: row.get(1)?,
        user: row.get(2)?,
        entry: row.get(3)?,
        status: row.get(4)?,
        response: row.get(5)?,
        upstream_status: row.get(6)?,
        created_at: time(row, 7)?,
        finished_at: row.get::<_, Option<i64>>(8)?.map(Timestamp::from_millis),
    })
}

/// Writes a run, new or changed.
pub(crate) fn put(db: &Connection, action: &Action) -> rusqlite::Result<()> {
    let sql = "INSERT OR REPLACE INTO actions
        (id, route_id, user_id, entry_id, status, response, upstream_status, created_at, finished_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    let values = params![
        action.id,
        action.route,
        action.user,
        action.entry,
        action.status,
        action.response,
        action.upstream_status,
        action.created_at.millis(),
        action.finished_at.map(Timestamp::millis),
    ];
    run(db, sql, values).map(|_| ())
}

/// The run with that id.
pub(crate) fn get(db: &Connection, id: Id) -> rusqlite::Result<Option<Action>> {
    one(db, &format!("SELECT {COLUMNS} FROM actions WHERE id = ?1"), [id], action)
}

/// Which runs are asked for.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Runs<'a> {
    pub(crate) user: Option<Id>,
    pub(crate) but_user: Option<Id>,
    pub(crate) route: Option<Id>,
    /// Those of entries with this asset.
    pub(crate) input: Option<Id>,
    /// A comma list of states; empty: all.
    pub(crate) states: &'a str,
    pub(crate) since: Option<Timestamp>,
    pub(crate) limit: i64,
    pub(crate) offset: i64,
}

/// Runs, newest first.
pub(crate) fn page(db: &Connection, wanted: Runs<'_>) -> rusqlite::Result<Vec<Action>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM actions WHERE (?1 IS NULL OR user_id = ?1) AND (?2 IS NULL OR user_id <> ?2)
        AND (?3 IS NULL OR route_id = ?3)
        AND (?4 IS NULL OR entry_id IN (SELECT entry_id FROM entry_assets WHERE asset_id = ?4))
        AND (?5 = '' OR instr(',' || ?5 || ',', ',' || status || ',')) AND (?6 IS NULL OR created_at >= ?6)
        ORDER BY created_at DESC, id DESC LIMIT ?7 OFFSET ?8"
    );
    let since = wanted.since.map(Timestamp::millis);
    let values = params![
        wanted.user,
        wanted.but_user,
        wanted.route,
        wanted.input,
        wanted.states,
        since,
        wanted.limit,
        wanted.offset
    ];
    all(db, &sql, values, action)
}

/// Runs that have not ended.
pub(crate) fn under_way(db: &Connection) -> rusqlite::Result<Vec<Action>> {
    all(db, &format!("SELECT {COLUMNS} FROM actions WHERE finished_at IS NULL ORDER BY id"), [], action)
}

/// A line of a run's log.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) id: Id,
    pub(crate) action: Id,
    /// Who wrote it: whoever started the run, or called the endpoint.
    pub(crate) user: Id,
    /// `debug`, `info`, `warning` or `error`.
    pub(crate) level: String,
    pub(crate) message: String,
    pub(crate) at: Timestamp,
}

/// Adds a line.
pub(crate) fn log(db: &Connection, line: &Line) -> rusqlite::Result<()> {
    let sql = "INSERT INTO action_logs (id, action_id, user_id, level, message, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let Line { id, action, user, level, message, at } = line;
    run(db, sql, params![id, action, user, level, message, at.millis()]).map(|_| ())
}

/// A page of a run's log, of one level or any.
pub(crate) fn lines(
    db: &Connection,
    action: Id,
    level: Option<&str>,
    oldest_first: bool,
    limit: i64,
    offset: i64,
) -> rusqlite::Result<Vec<Line>> {
    let order = if oldest_first { "ASC" } else { "DESC" };
    let sql = format!(
        "SELECT id, action_id, user_id, level, message, at FROM action_logs WHERE action_id = ?1
         AND (?2 IS NULL OR level = ?2) ORDER BY number {order} LIMIT ?3 OFFSET ?4"
    );
    all(db, &sql, params![action, level, limit, offset], |row| {
        Ok(Line {
            id: row.get(0)?,
            action: row.get(1)?,
            user: row.get(2)?,
            level: row.get(3)?,
            message: row.get(4)?,
            at: time(row, 5)?,
        })
    })
}
