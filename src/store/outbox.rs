//! Decisions in the database: written as they are made, moved on by [`Decision::step`] and by nothing else.
//!
//! Every function works inside a transaction of the caller; none of them tells anybody anything.

use rusqlite::{Connection, OptionalExtension, params};

use super::cache;
use super::columns::{from_json, stage_name, subject_key, to_json};
use crate::domain::decision::{Clash, Decision, Event, NoStep, Settled, Stage, Subject};
use crate::domain::{DecisionId, SafeText, SessionId, Timestamp};

/// Why a decision was not written.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Turned {
    /// Another decision on the same subject is open.
    Open(Box<Decision>),
    /// Another decision has this id.
    IdTaken,
}

impl Turned {
    /// Why, and how to mend it.
    pub(super) fn words(&self) -> SafeText {
        match self {
            Self::Open(other) => SafeText::line(&format!(
                "a decision on it is still open ({}, {}): take that one back first, or wait until it is through",
                other.label,
                stage_name(&other.stage)
            )),
            Self::IdTaken => "another decision has the same id: press the key again".into(),
        }
    }
}

/// What came of an event.
pub(super) enum Stepped {
    /// The decision moved on and is now this.
    Moved(Box<Decision>),
    /// It stays as it is.
    Stays(NoStep),
    /// There is no such decision.
    Missing,
}

/// Writes a new decision as it is. The same one twice is written once.
pub(super) fn insert(
    db: &Connection,
    decision: &Decision,
    keeper: SessionId,
) -> rusqlite::Result<Result<(), Turned>> {
    if let Some(there) = load(db, decision.id)? {
        return Ok(if there == *decision { Ok(()) } else { Err(Turned::IdTaken) });
    }
    if let Some(open) = open_on(db, decision.act.subject())?.filter(|_| !decision.stage.is_over()) {
        return Ok(Err(Turned::Open(Box::new(open))));
    }
    db.prepare_cached(
        "INSERT INTO decisions (id, session, keeper, quest, subject, stage_name, over, made, changed, json)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )?
    .execute(params![
        decision.id.bytes(),
        decision.session.bytes(),
        keeper.bytes(),
        decision.quest.bytes(),
        subject_key(decision.act.subject()),
        stage_name(&decision.stage),
        decision.stage.is_over(),
        decision.made_at.millis(),
        decision.changed_at.millis(),
        to_json(decision)?,
    ])?;
    note_step(db, decision, "", &SafeText::default())?;
    Ok(Ok(()))
}

/// One decision.
pub(super) fn load(db: &Connection, id: DecisionId) -> rusqlite::Result<Option<Decision>> {
    db.prepare_cached("SELECT json FROM decisions WHERE id = ?")?
        .query_row([id.bytes()], |row| from_json(row, 0))
        .optional()
}

/// The open decision on a subject.
fn open_on(db: &Connection, subject: Subject) -> rusqlite::Result<Option<Decision>> {
    db.prepare_cached("SELECT json FROM decisions WHERE subject = ? AND over = 0")?
        .query_row([subject_key(subject)], |row| from_json(row, 0))
        .optional()
}

/// All decisions that are not over, with the session that keeps each, in the order they were made.
pub(super) fn open(db: &Connection) -> rusqlite::Result<Vec<(SessionId, Decision)>> {
    // By the index of the open ones: left to itself, SQLite walks over all there ever were, in order of time.
    db.prepare_cached(
        "SELECT keeper, json FROM decisions INDEXED BY one_open_decision WHERE over = 0 ORDER BY made, id",
    )?
    .query_map([], |row| Ok((SessionId::from_bytes(row.get(0)?), from_json(row, 1)?)))?
    .collect()
}

/// The other decisions to score items again that may cost something: those of the same act, and whatever is not over.
pub(super) fn other_rescores(db: &Connection, of: &Decision) -> rusqlite::Result<Vec<Decision>> {
    let found: Vec<Decision> = db
        .prepare_cached(
            "SELECT json FROM decisions
             WHERE id <> ?2 AND (session = ?1 OR over = 0) AND instr(json, '\"Rescore\"') > 0",
        )?
        .query_map(params![of.session.bytes(), of.id.bytes()], |row| from_json(row, 0))?
        .collect::<rusqlite::Result<_>>()?;
    let counts = |other: &Decision| {
        other.may_cost_more() && (!other.stage.is_over() || (of.batch.is_some() && other.batch == of.batch))
    };
    Ok(found.into_iter().filter(counts).collect())
}

/// The decisions that moved on after a step of this number and that another session moved last, as they are now.
pub(super) fn moved_elsewhere(
    db: &Connection,
    after: i64,
    ours: SessionId,
) -> rusqlite::Result<Vec<Decision>> {
    db.prepare_cached(
        "SELECT json FROM decisions WHERE keeper <> ?2
         AND id IN (SELECT decision FROM steps WHERE rowid > ?1) ORDER BY made, id",
    )?
    .query_map(params![after, ours.bytes()], |row| from_json(row, 0))?
    .collect()
}

/// What a session brought to an end by sending: confirmed, refused or in conflict.
pub(super) fn ended(db: &Connection, session: SessionId) -> rusqlite::Result<Vec<Decision>> {
    db.prepare_cached(
        "SELECT json FROM decisions WHERE session = ? AND stage_name IN ('confirmed', 'refused', 'conflict')
         ORDER BY made, id",
    )?
    .query_map([session.bytes()], |row| from_json(row, 0))?
    .collect()
}

/// Lets an event happen to a decision. What ended also changes what the cache says of its subject.
pub(super) fn step(
    db: &Connection,
    id: DecisionId,
    event: &Event,
    keeper: SessionId,
    now: Timestamp,
) -> rusqlite::Result<Stepped> {
    let Some(mut decision) = load(db, id)? else { return Ok(Stepped::Missing) };
    let from = stage_name(&decision.stage);
    if let Err(why) = decision.step(event, now) {
        return Ok(Stepped::Stays(why));
    }
    update(db, &decision, keeper)?;
    note_step(db, &decision, from, &words_of(&decision.stage))?;
    if decision.stage.is_over() {
        cache::learn(db, &decision)?;
    }
    Ok(Stepped::Moved(Box::new(decision)))
}

/// Makes this session the one that keeps a decision.
pub(super) fn keep(db: &Connection, id: DecisionId, keeper: SessionId) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE decisions SET keeper = ? WHERE id = ?")?
        .execute(params![keeper.bytes(), id.bytes()])?;
    Ok(())
}

fn update(db: &Connection, decision: &Decision, keeper: SessionId) -> rusqlite::Result<()> {
    db.prepare_cached(
        "UPDATE decisions SET keeper = ?, stage_name = ?, over = ?, changed = ?, json = ? WHERE id = ?",
    )?
    .execute(params![
        keeper.bytes(),
        stage_name(&decision.stage),
        decision.stage.is_over(),
        decision.changed_at.millis(),
        to_json(decision)?,
        decision.id.bytes(),
    ])?;
    Ok(())
}

fn note_step(db: &Connection, decision: &Decision, from: &str, words: &SafeText) -> rusqlite::Result<()> {
    db.prepare_cached(r#"INSERT INTO steps (decision, at, "from", "to", words) VALUES (?, ?, ?, ?, ?)"#)?
        .execute(params![
            decision.id.bytes(),
            decision.changed_at.millis(),
            from,
            stage_name(&decision.stage),
            words.as_str(),
        ])?;
    Ok(())
}

/// The words that come with a stage, for the trail.
fn words_of(stage: &Stage) -> SafeText {
    match stage {
        Stage::Unknown { why, .. } => why.clone(),
        Stage::Refused { words } => words.clone(),
        Stage::Conflict(clash) => clash_words(clash),
        Stage::Confirmed(Settled::Agreed { .. }) => "somebody else had decided the same".into(),
        Stage::Confirmed(Settled::Ours)
        | Stage::Held { .. }
        | Stage::Queued
        | Stage::Sending
        | Stage::Undone => SafeText::default(),
    }
}

fn clash_words(clash: &Clash) -> SafeText {
    match clash {
        Clash::Decided(review) => {
            SafeText::line(&format!("somebody else had decided otherwise: {}", review.status.word()))
        }
        Clash::Changed => "the entry had changed after it was read".into(),
        Clash::RewardChanged => "the reward was no longer what was shown".into(),
        Clash::MoreRuns => "more runs had been begun than were shown".into(),
        Clash::ItemIs(status) => SafeText::line(&format!("the item was {} by then", status.word())),
        Clash::Gone => "it was gone".into(),
    }
}
