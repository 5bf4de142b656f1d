//! What assets have to do with each other and with people: links and embeds, views, downloads.

use rusqlite::{Connection, Row, params};

use super::accounts::time;
use super::{all, one, run};
use crate::backend::ids::Id;
use crate::domain::Timestamp;

/// One asset pointing at another.
#[derive(Debug, Clone)]
pub(crate) struct Link {
    pub(crate) id: Id,
    pub(crate) source: Id,
    pub(crate) target: Id,
    /// `component` for what is embedded, `link` for what is linked, `comment` for what is commented.
    pub(crate) kind: String,
    pub(crate) created_at: Timestamp,
}

fn link(row: &Row<'_>) -> rusqlite::Result<Link> {
    Ok(Link {
        id: row.get(0)?,
        source: row.get(1)?,
        target: row.get(2)?,
        kind: row.get(3)?,
        created_at: time(row, 4)?,
    })
}

/// Writes what an asset points at, in place of what it pointed at.
pub(crate) fn replace(db: &Connection, source: Id, links: &[Link]) -> rusqlite::Result<()> {
    run(db, "DELETE FROM links WHERE source_id = ?1", [source])?;
    let sql = "INSERT OR IGNORE INTO links (id, source_id, target_id, type, created_at) VALUES (?1, ?2, ?3, ?4, ?5)";
    for link in links {
        run(db, sql, params![link.id, link.source, link.target, link.kind, link.created_at.millis()])?;
    }
    Ok(())
}

/// The links of an asset, from it (`Some(true)`), to it (`Some(false)`), or both ways.
pub(crate) fn of(db: &Connection, asset: Id, from_it: Option<bool>) -> rusqlite::Result<Vec<Link>> {
    let sql = "SELECT id, source_id, target_id, type, created_at FROM links
               WHERE (source_id = ?1 AND ?2) OR (target_id = ?1 AND ?3) ORDER BY created_at, id";
    all(db, sql, params![asset, from_it != Some(false), from_it != Some(true)], link)
}

/// Counts a view or a download.
pub(crate) fn count_use(db: &Connection, asset: Id, user: Id, downloads: bool) -> rusqlite::Result<()> {
    let sql = "INSERT INTO uses (asset_id, user_id, views, downloads) VALUES (?1, ?2, ?3, ?4)
               ON CONFLICT DO UPDATE SET views = views + ?3, downloads = downloads + ?4";
    let (views, downloads) = if downloads { (0, 1) } else { (1, 0) };
    run(db, sql, params![asset, user, views, downloads]).map(|_| ())
}

/// How often an asset was viewed, downloaded, and viewed or commented by others than its owner.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Uses {
    pub(crate) views: i64,
    pub(crate) downloads: i64,
    pub(crate) others_views: i64,
    pub(crate) comments: i64,
    pub(crate) others_comments: i64,
}

/// See [`Uses`].
pub(crate) fn uses(db: &Connection, asset: Id, owner: Id) -> rusqlite::Result<Uses> {
    let sql = "SELECT ifnull(sum(views), 0), ifnull(sum(downloads), 0), ifnull(sum(iif(user_id <> ?2, views, 0)), 0)
               FROM uses WHERE asset_id = ?1";
    let viewed = one(db, sql, params![asset, owner], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let sql = "SELECT COUNT(*), ifnull(sum(owner <> ?2), 0) FROM assets WHERE parent_id = ?1 AND asset_type = 'comment'";
    let commented = one(db, sql, params![asset, owner], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let (views, downloads, others_views) = viewed.unwrap_or_default();
    let (comments, others_comments) = commented.unwrap_or_default();
    Ok(Uses { views, downloads, others_views, comments, others_comments })
}
