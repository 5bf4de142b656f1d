//! Saved views of datasets: a query and how its chart is drawn.

use rusqlite::{Connection, Row, params};

use super::accounts::time;
use super::{all, one, run};
use crate::backend::ids::Id;
use crate::domain::Timestamp;

/// A saved view.
#[derive(Debug, Clone)]
pub(crate) struct View {
    pub(crate) id: Id,
    pub(crate) dataset: Id,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) sql: Option<String>,
    /// How the chart is drawn, as JSON.
    pub(crate) config: Option<String>,
    pub(crate) created_by: Id,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

const COLUMNS: &str = "id, dataset, name, description, sql_query, config, created_by, created_at, updated_at";

fn view(row: &Row<'_>) -> rusqlite::Result<View> {
    Ok(View {
        id: row.get(0)?,
        dataset: row.get(1)?,
        name: row.get(2)?,
        description: row.get(3)?,
        sql: row.get(4)?,
        config: row.get(5)?,
        created_by: row.get(6)?,
        created_at: time(row, 7)?,
        updated_at: time(row, 8)?,
    })
}

/// Writes a view, new or changed.
pub(crate) fn put(db: &Connection, view: &View) -> rusqlite::Result<()> {
    let sql =
        "INSERT OR REPLACE INTO dataset_views (id, dataset, name, description, sql_query, config, created_by,
               created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    let values = params![
        view.id,
        view.dataset,
        view.name,
        view.description,
        view.sql,
        view.config,
        view.created_by,
        view.created_at.millis(),
        view.updated_at.millis(),
    ];
    run(db, sql, values).map(|_| ())
}

/// The views of a dataset, oldest first.
pub(crate) fn of(db: &Connection, dataset: Id) -> rusqlite::Result<Vec<View>> {
    let sql = format!("SELECT {COLUMNS} FROM dataset_views WHERE dataset = ?1 ORDER BY created_at, id");
    all(db, &sql, [dataset], view)
}

/// One view of a dataset.
pub(crate) fn get(db: &Connection, dataset: Id, id: Id) -> rusqlite::Result<Option<View>> {
    let sql = format!("SELECT {COLUMNS} FROM dataset_views WHERE dataset = ?1 AND id = ?2");
    one(db, &sql, params![dataset, id], view)
}

/// Removes a view; whether there was one.
pub(crate) fn delete(db: &Connection, dataset: Id, id: Id) -> rusqlite::Result<bool> {
    let sql = "DELETE FROM dataset_views WHERE dataset = ?1 AND id = ?2";
    run(db, sql, params![dataset, id]).map(|gone| gone > 0)
}
