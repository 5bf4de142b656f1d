//! The journal as it is read: a page of decisions, newest first, and the trail of one.

use rusqlite::{Connection, params};

use super::columns::{from_json, text};
use crate::domain::decision::Decision;
use crate::domain::journal::{Before, Conditions, Page, Step};
use crate::domain::{DecisionId, Timestamp};

/// Decisions that are looked at for one page at the most: whoever waits to have a decision written waits no longer.
const LOOKED_AT: u32 = 2_000;

/// Reads the newest decisions before a place that the conditions admit, up to `limit`. There may be fewer of them
/// though older ones follow: `older` says where.
pub(super) fn page(
    db: &Connection,
    question: u64,
    conditions: &Conditions,
    before: Before,
    limit: usize,
) -> rusqlite::Result<Page> {
    let (made, id) = before.map_or((i64::MAX, [0xff; 16]), |(made, id)| (made.millis(), *id.bytes()));
    let mut statement = db.prepare_cached(
        "SELECT made, id, json FROM decisions WHERE made <= ?1 AND (made < ?1 OR id < ?2)
         ORDER BY made DESC, id DESC LIMIT ?3",
    )?;
    let mut rows = statement.query(params![made, id, LOOKED_AT + 1])?;
    let (mut decisions, mut older, mut last, mut looked_at) = (Vec::new(), None, None, 0_u32);
    while let Some(row) = rows.next()? {
        if looked_at == LOOKED_AT || decisions.len() == limit {
            older = last;
            break;
        }
        looked_at += 1;
        last = Some((Timestamp::from_millis(row.get(0)?), DecisionId::from_bytes(row.get(1)?)));
        let decision: Decision = from_json(row, 2)?;
        if conditions.admit(&decision) {
            decisions.push(decision);
        }
    }
    // Decisions are never deleted, so that the number of the last one is how many there are.
    let total: i64 = db
        .prepare_cached("SELECT coalesce(max(rowid), 0) FROM decisions")?
        .query_row([], |row| row.get(0))?;
    Ok(Page { question, decisions, older, total: total.unsigned_abs() })
}

/// What happened to a decision, in order.
pub(super) fn trail(db: &Connection, id: DecisionId) -> rusqlite::Result<Vec<Step>> {
    db.prepare_cached(r#"SELECT at, "from", "to", words FROM steps WHERE decision = ? ORDER BY rowid"#)?
        .query_map([id.bytes()], |row| {
            Ok(Step {
                at: Timestamp::from_millis(row.get(0)?),
                from: text(row, 1)?,
                to: text(row, 2)?,
                words: text(row, 3)?,
            })
        })?
        .collect()
}
