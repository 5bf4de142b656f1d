//! What stands behind an entry, from what the cache knows: a handful of reads by index, each with a limit, however
//! many entries a quest has.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, params};

use super::{cache, drafts, traits};
use crate::domain::background::{Alike, Background, Behind, Likeness, Past, Place, Previous, Record};
use crate::domain::decision::Subject;
use crate::domain::likeness::ALIKE;
use crate::domain::{EntryId, EntryStatus, ItemId, LeaderboardOrder, QuestId, Timestamp, UserId, Version};

/// The contributor's decided entries that are listed.
const LAST: u32 = 8;

/// Entries that are looked at for one kind of likeness.
const CANDIDATES: u32 = 200;

/// Entries that are listed as alike.
const LISTED: usize = 50;

/// An entry's columns.
struct Known {
    quest: QuestId,
    item: Option<ItemId>,
    contributor: UserId,
    created: Timestamp,
    updated: Timestamp,
    score: Option<f64>,
    status: EntryStatus,
}

/// Everything that stands behind an entry.
pub(super) fn read(db: &Connection, entry: EntryId) -> rusqlite::Result<Behind> {
    let Some(own) = known(db, entry)? else {
        return Ok(Behind { entry, version: None, background: Background::default() });
    };
    let (alike, more_alike) = alike(db, entry, &own)?;
    let background = Background {
        record: record(db, entry, &own)?,
        alike,
        more_alike,
        previous: previous(db, entry, &own)?,
        place: place(db, entry, &own)?,
        whole: whole(db, own.quest)?,
        draft: drafts::load(db, Subject::Comment(entry))?,
    };
    Ok(Behind { entry, version: Some(Version { updated_at: own.updated }), background })
}

fn known(db: &Connection, entry: EntryId) -> rusqlite::Result<Option<Known>> {
    db.prepare_cached(
        "SELECT quest, item, contributor, created, updated, score, status FROM entries WHERE id = ?",
    )?
    .query_row([entry.bytes()], |row| {
        Ok(Known {
            quest: QuestId::from_bytes(row.get(0)?),
            item: row.get::<_, Option<[u8; 16]>>(1)?.map(ItemId::from_bytes),
            contributor: UserId::from_bytes(row.get(2)?),
            created: Timestamp::from_millis(row.get(3)?),
            updated: Timestamp::from_millis(row.get(4)?),
            score: row.get(5)?,
            status: EntryStatus::from_word(Some(row.get_ref(6)?.as_str()?)),
        })
    })
    .optional()
}

/// An entry's decision as it is shown beside another entry.
fn past(db: &Connection, entry: EntryId, known: &Known) -> rusqlite::Result<Past> {
    let kept = traits::review(db, entry)?;
    let is_decided = matches!(known.status, EntryStatus::Accepted | EntryStatus::Rejected);
    Ok(Past {
        entry,
        item: known.item,
        status: known.status.clone(),
        // A decision is the last change of most entries.
        at: kept.at.or(is_decided.then_some(known.updated)),
        reviewer: kept.reviewer,
        note: kept.note,
    })
}

fn record(db: &Connection, entry: EntryId, own: &Known) -> rusqlite::Result<Record> {
    let mut record = Record::default();
    let mut counts = db.prepare_cached(
        "SELECT status, count(*) FROM entries WHERE contributor = ? AND quest = ? AND id <> ? GROUP BY status",
    )?;
    let mut rows = counts.query(params![own.contributor.bytes(), own.quest.bytes(), entry.bytes()])?;
    while let Some(row) = rows.next()? {
        let count = row.get(1)?;
        match EntryStatus::from_word(Some(row.get_ref(0)?.as_str()?)) {
            EntryStatus::Accepted => record.accepted = count,
            EntryStatus::Rejected => record.rejected = count,
            EntryStatus::Submitted => record.pending = count,
            EntryStatus::Other(_) => {}
        }
    }
    for status in [EntryStatus::Accepted, EntryStatus::Rejected] {
        for other in decided_by(db, own, &status, LAST + 1)? {
            if other != entry
                && let Some(known) = known(db, other)?
            {
                record.last.push(past(db, other, &known)?);
            }
        }
    }
    record.last.sort_by_key(|past| Reverse((past.at, past.entry)));
    record.last.truncate(LAST as usize);
    Ok(record)
}

/// A contributor's last entries in a quest with this decision.
fn decided_by(
    db: &Connection,
    own: &Known,
    status: &EntryStatus,
    limit: u32,
) -> rusqlite::Result<Vec<EntryId>> {
    db.prepare_cached(
        "SELECT id FROM entries WHERE contributor = ? AND quest = ? AND status = ? ORDER BY updated DESC LIMIT ?",
    )?
    .query_map(params![own.contributor.bytes(), own.quest.bytes(), status.word(), limit], |row| {
        Ok(EntryId::from_bytes(row.get(0)?))
    })?
    .collect()
}

/// The contributor's last entry on the item that was rejected before this one came.
fn previous(db: &Connection, entry: EntryId, own: &Known) -> rusqlite::Result<Option<Previous>> {
    let found: Option<[u8; 16]> = db
        .prepare_cached(
            "SELECT id FROM entries WHERE contributor = ? AND quest = ? AND status = 'rejected' AND item IS ?
               AND (created, id) < (?, ?) ORDER BY updated DESC LIMIT 1",
        )?
        .query_row(
            params![
                own.contributor.bytes(),
                own.quest.bytes(),
                own.item.as_ref().map(ItemId::bytes),
                own.created.millis(),
                entry.bytes(),
            ],
            |row| row.get(0),
        )
        .optional()?;
    let Some(other) = found.map(EntryId::from_bytes) else { return Ok(None) };
    let (Some(known), Some(body)) = (known(db, other)?, cache::body(db, other)?) else { return Ok(None) };
    let past = past(db, other, &known)?;
    Ok(Some(Previous { past, created_at: known.created, body: Arc::new(body) }))
}

fn alike(db: &Connection, entry: EntryId, own: &Known) -> rusqlite::Result<(Vec<Alike>, bool)> {
    let mut how: HashMap<EntryId, Likeness> = HashMap::new();
    let mut add = |other: EntryId, likeness: Likeness| {
        let known = how.entry(other).or_insert(likeness);
        if likeness.strength() > known.strength() {
            *known = likeness;
        }
    };
    let same = traits::same_asset(db, entry, CANDIDATES)?;
    let mut more = same.len() == CANDIDATES as usize;
    for other in same {
        add(other, Likeness::Asset);
    }
    if let Some(print) = traits::print(db, entry)? {
        let same = traits::same_words(db, print.words, CANDIDATES)?;
        more |= same.len() == CANDIDATES as usize;
        for other in same {
            add(other, Likeness::Text);
        }
        let (near, cut) = traits::neighbours(db, &print, CANDIDATES)?;
        more |= cut;
        for (other, shape) in near {
            let overlap = shape.overlap(&print.shape);
            if overlap >= ALIKE {
                add(other, Likeness::Overlap(overlap));
            }
        }
    }
    how.remove(&entry);
    let mut found = Vec::with_capacity(how.len());
    for (other, how) in how {
        if let Some(known) = known(db, other)?.filter(|known| known.quest == own.quest) {
            found.push((
                known.item != own.item,
                Reverse(how.strength()),
                Reverse(known.updated),
                other,
                how,
                known,
            ));
        }
    }
    found.sort_by_key(|one| (one.0, one.1, one.2, one.3));
    more |= found.len() > LISTED;
    found.truncate(LISTED);
    let mut listed = Vec::with_capacity(found.len());
    for (_, _, _, other, how, known) in found {
        let past = past(db, other, &known)?;
        listed.push(Alike { how, contributor: known.contributor, created_at: known.created, past });
    }
    Ok((listed, more))
}

/// Where the score stands among those of its item: entries that are rejected don't count, and equal scores stand in
/// the order in which they were submitted (the contract, 4.7).
fn place(db: &Connection, entry: EntryId, own: &Known) -> rusqlite::Result<Option<Place>> {
    let (Some(item), Some(score)) = (own.item, own.score) else { return Ok(None) };
    let Some(order) = cache::item(db, item)?.and_then(|item| item.leaderboard) else { return Ok(None) };
    let others = "SELECT count(*), coalesce(sum(status = 'accepted'), 0) FROM entries
         WHERE item = ?1 AND score IS NOT NULL AND status <> 'rejected' AND id <> ?2";
    let of: u32 =
        db.prepare_cached(others)?.query_row(params![item.bytes(), entry.bytes()], |row| row.get(0))?;
    let better = match order {
        LeaderboardOrder::HighestFirst => "score > ?3",
        LeaderboardOrder::LowestFirst => "score < ?3",
    };
    let (above, accepted_above): (u32, u32) = db
        .prepare_cached(&format!("{others} AND ({better} OR (score = ?3 AND (created, id) < (?4, ?2)))"))?
        .query_row(params![item.bytes(), entry.bytes(), score, own.created.millis()], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    Ok(Some(Place { rank: above + 1, of: of + 1, accepted_above, order }))
}

/// Whether the lists of a quest's decided entries were read to their end.
fn whole(db: &Connection, quest: QuestId) -> rusqlite::Result<bool> {
    let read = db
        .prepare_cached(
            "SELECT accepted_read IS NOT NULL AND rejected_read IS NOT NULL AND fresh IS NOT NULL
             FROM quests WHERE id = ?",
        )?
        .query_row([quest.bytes()], |row| row.get(0))
        .optional()?;
    Ok(read.unwrap_or(false))
}
