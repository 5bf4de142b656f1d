//! What dead sessions left behind: taken over once, told once, and sent only after a word.

use std::collections::{BTreeMap, BTreeSet};

use super::db::{Db, Keep};
use super::outbox;
use crate::domain::decision::{Decision, Event, Stage};
use crate::domain::{SessionId, Timestamp};

/// Takes over the open decisions whose keeper is dead, each brought into the stage in which it waits, and returns
/// what there is to say: what waits or is unknown now, and with it what the same sessions had brought to an end.
pub(super) fn take_over(
    db: &mut Db,
    ours: SessionId,
    is_alive: impl Fn(SessionId) -> bool,
    now: Timestamp,
) -> rusqlite::Result<Vec<Decision>> {
    if adopt(db, ours, is_alive, now)?.is_empty() {
        return Ok(Vec::new());
    }
    let waiting: Vec<Decision> = outbox::open(db.reader())?
        .into_iter()
        .filter(|(keeper, decision)| *keeper == ours && waits(decision))
        .map(|(_, decision)| decision)
        .collect();
    let sessions: BTreeSet<SessionId> = waiting.iter().map(|decision| decision.session).collect();
    let mut left = Vec::new();
    for session in sessions {
        left.extend(outbox::ended(db.reader(), session)?);
    }
    left.extend(waiting);
    Ok(left)
}

/// Takes over the open decisions of a desk that has ended beside this one, each brought into the stage in which it
/// waits, and returns them. What this session made itself and had queued stays queued: whoever decided it is here.
pub(super) fn bury(
    db: &mut Db,
    ours: SessionId,
    is_alive: impl Fn(SessionId) -> bool,
    now: Timestamp,
) -> rusqlite::Result<Vec<Decision>> {
    let dead = adopt(db, ours, is_alive, now)?;
    let now_is = dead.into_iter().map(|decision| outbox::load(db.reader(), decision.id));
    Ok(now_is.collect::<rusqlite::Result<Vec<_>>>()?.into_iter().flatten().collect())
}

/// Makes this session the keeper of what nobody alive keeps; returns it as it was.
fn adopt(
    db: &mut Db,
    ours: SessionId,
    is_alive: impl Fn(SessionId) -> bool,
    now: Timestamp,
) -> rusqlite::Result<Vec<Decision>> {
    let dead = orphans(outbox::open(db.reader())?, ours, is_alive);
    if dead.is_empty() {
        return Ok(dead);
    }
    db.write(Keep::Synced, |db| {
        for decision in &dead {
            let stays = waits(decision) || (decision.session == ours && decision.stage == Stage::Queued);
            if !stays {
                outbox::step(db, decision.id, &Event::SessionDied, ours, now)?;
            }
            outbox::keep(db, decision.id, ours)?;
        }
        Ok(())
    })?;
    Ok(dead)
}

/// The open decisions that nobody alive keeps.
fn orphans(
    open: Vec<(SessionId, Decision)>,
    ours: SessionId,
    is_alive: impl Fn(SessionId) -> bool,
) -> Vec<Decision> {
    let mut known = BTreeMap::from([(ours, true)]);
    open.into_iter()
        .filter(|(keeper, _)| !*known.entry(*keeper).or_insert_with(|| is_alive(*keeper)))
        .map(|(_, decision)| decision)
        .collect()
}

/// Whether it is in a stage in which a dead session's decision stays.
const fn waits(decision: &Decision) -> bool {
    matches!(decision.stage, Stage::Held { until: None } | Stage::Unknown { .. })
}
