//! What tells entries that are alike, kept beside their bodies so that no body has to be read for it: prints of
//! their descriptions, the assets they submitted, the reviews they got.

use rusqlite::{Connection, OptionalExtension, params};

use super::columns::text;
use crate::domain::likeness::{BANDS, Print, Shape};
use crate::domain::{EntryBody, EntryId, QuestId, SafeText, TextLimit, Timestamp, UserId};

/// How much of a review is kept here: what is shown of it beside other entries.
const NOTE: TextLimit = TextLimit(2_048);

/// A print with the quest in it, as the columns keep it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Columns {
    /// Equal for entries of one quest with the same words.
    pub(super) words: i64,
    /// One of them is equal for entries of one quest that are much alike.
    pub(super) bands: [i64; BANDS],
    /// How much two of them are alike.
    pub(super) shape: Shape,
}

impl Columns {
    /// Of what an entry says; none if that is too little.
    pub(super) fn of_body(body: &EntryBody) -> Option<Self> {
        Print::of(body.description.as_str()).map(|print| Self::of(body.quest, &print))
    }

    fn of(quest: QuestId, print: &Print) -> Self {
        let (high, low) = quest.uuid().as_u64_pair();
        // The database's numbers are signed.
        let column = |part: u64| (part ^ high ^ low.rotate_left(17)).cast_signed();
        Self { words: column(print.words), bands: print.bands.map(column), shape: print.shape }
    }
}

/// Keeps what tells an entry, if it is not what is kept.
pub(super) fn put(db: &Connection, body: &EntryBody, print: Option<&Columns>) -> rusqlite::Result<()> {
    let [b0, b1, b2, b3, b4, b5] = print.map_or([None; BANDS], |print| print.bands.map(Some));
    let review = body.review.as_ref();
    let note = review.map(|review| SafeText::line_within(review.note.as_str(), NOTE));
    // What changes nothing writes nothing: a page is read again and again.
    db.prepare_cached(
        "INSERT INTO traits (entry, words, b0, b1, b2, b3, b4, b5, shape, reviewer, decided, note)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (entry) DO UPDATE SET words = excluded.words, b0 = excluded.b0, b1 = excluded.b1,
           b2 = excluded.b2, b3 = excluded.b3, b4 = excluded.b4, b5 = excluded.b5, shape = excluded.shape,
           reviewer = excluded.reviewer, decided = excluded.decided, note = excluded.note
         WHERE words IS NOT excluded.words OR shape IS NOT excluded.shape OR reviewer IS NOT excluded.reviewer
           OR decided IS NOT excluded.decided OR note IS NOT excluded.note",
    )?
    .execute(params![
        body.id.bytes(),
        print.map(|print| print.words),
        b0,
        b1,
        b2,
        b3,
        b4,
        b5,
        print.as_ref().map(|print| print.shape.0.as_slice()),
        review.and_then(|review| review.reviewer).as_ref().map(UserId::bytes),
        review.and_then(|review| review.at).map(Timestamp::millis),
        note.as_ref().map(SafeText::as_str),
    ])?;
    put_assets(db, body)
}

fn put_assets(db: &Connection, body: &EntryBody) -> rusqlite::Result<()> {
    let mut known: Vec<[u8; 16]> = db
        .prepare_cached("SELECT asset FROM submitted WHERE entry = ? ORDER BY asset")?
        .query_map([body.id.bytes()], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let mut now: Vec<[u8; 16]> = body.assets.iter().map(|slot| *slot.asset.bytes()).collect();
    now.sort_unstable();
    now.dedup();
    known.sort_unstable();
    if known == now {
        return Ok(());
    }
    db.prepare_cached("DELETE FROM submitted WHERE entry = ?")?.execute([body.id.bytes()])?;
    let mut put = db.prepare_cached("INSERT OR IGNORE INTO submitted (asset, entry) VALUES (?, ?)")?;
    for asset in now {
        put.execute(params![asset, body.id.bytes()])?;
    }
    Ok(())
}

/// The print of an entry that is kept.
pub(super) fn print(db: &Connection, entry: EntryId) -> rusqlite::Result<Option<Columns>> {
    let found = db
        .prepare_cached(
            "SELECT words, b0, b1, b2, b3, b4, b5, shape FROM traits WHERE entry = ? AND words IS NOT NULL",
        )?
        .query_row([entry.bytes()], |row| {
            let mut bands = [0; BANDS];
            for (column, band) in (1..).zip(&mut bands) {
                *band = row.get(column)?;
            }
            Ok((row.get(0)?, bands, row.get_ref(7)?.as_blob()?.to_vec()))
        })
        .optional()?;
    Ok(found
        .and_then(|(words, bands, shape)| Some(Columns { words, bands, shape: Shape::from_bytes(&shape)? })))
}

/// Entries with the same words, `limit` at the most.
pub(super) fn same_words(db: &Connection, words: i64, limit: u32) -> rusqlite::Result<Vec<EntryId>> {
    db.prepare_cached("SELECT entry FROM traits WHERE words = ? LIMIT ?")?
        .query_map(params![words, limit], |row| Ok(EntryId::from_bytes(row.get(0)?)))?
        .collect()
}

/// Entries that share a band with a print, with their shapes; of each band `limit` at the most, and whether there
/// may be more.
pub(super) fn neighbours(
    db: &Connection,
    print: &Columns,
    limit: u32,
) -> rusqlite::Result<(Vec<(EntryId, Shape)>, bool)> {
    let (mut found, mut more) = (Vec::new(), false);
    for (number, band) in print.bands.iter().enumerate() {
        let sql = format!("SELECT entry, shape FROM traits WHERE b{number} = ? LIMIT ?");
        let mut statement = db.prepare_cached(&sql)?;
        let mut rows = statement.query(params![band, limit])?;
        let mut read = 0;
        while let Some(row) = rows.next()? {
            read += 1;
            if let Some(shape) = Shape::from_bytes(row.get_ref(1)?.as_blob()?) {
                found.push((EntryId::from_bytes(row.get(0)?), shape));
            }
        }
        more |= read == limit;
    }
    Ok((found, more))
}

/// Other entries that submitted one of the assets of this one, `limit` at the most.
pub(super) fn same_asset(db: &Connection, entry: EntryId, limit: u32) -> rusqlite::Result<Vec<EntryId>> {
    db.prepare_cached(
        "SELECT DISTINCT other.entry FROM submitted AS own JOIN submitted AS other ON other.asset = own.asset
         WHERE own.entry = ?1 AND other.entry <> ?1 LIMIT ?2",
    )?
    .query_map(params![entry.bytes(), limit], |row| Ok(EntryId::from_bytes(row.get(0)?)))?
    .collect()
}

/// The review an entry got, as far as it is kept: by whom, when, in what words.
pub(super) struct Kept {
    pub(super) reviewer: Option<UserId>,
    pub(super) at: Option<Timestamp>,
    pub(super) note: SafeText,
}

/// The review of an entry.
pub(super) fn review(db: &Connection, entry: EntryId) -> rusqlite::Result<Kept> {
    let found = db
        .prepare_cached("SELECT reviewer, decided, coalesce(note, '') FROM traits WHERE entry = ?")?
        .query_row([entry.bytes()], |row| {
            Ok(Kept {
                reviewer: row.get::<_, Option<[u8; 16]>>(0)?.map(UserId::from_bytes),
                at: row.get::<_, Option<i64>>(1)?.map(Timestamp::from_millis),
                note: text(row, 2)?,
            })
        })
        .optional()?;
    Ok(found.unwrap_or(Kept { reviewer: None, at: None, note: SafeText::default() }))
}
