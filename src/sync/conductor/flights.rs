//! What is under way, and whom an answer goes to.

use std::path::PathBuf;

use tokio::task::{Id, JoinError};

use crate::sync::save::NotSaved;

use super::{
    AssetSlot, Checked, Conductor, Decision, DecisionId, Entry, Errand, Moment, NoStep, OuroError, Peeked,
    QuestId, Read, ReadBack, Reply, SafeText, Step, StoreError, Timestamp, Wish, errands,
};

/// A task under way, and what it is for.
#[derive(Debug)]
pub(super) enum Flight {
    Read { step: Step, offset: u32, begun: Moment },
    Open,
    Claims(Vec<DecisionId>),
    Send { decision: Box<Decision>, begun: Moment },
    Records(Vec<(Decision, Option<Box<Entry>>)>),
    ReadBack { quest: QuestId, ids: Vec<DecisionId>, begun: Moment },
    Check { quest: QuestId, ids: Vec<DecisionId>, begun: Moment },
    Errand { errand: Errand, begun: Moment },
    Kept { ahead: bool },
    Ahead,
    Look { begun: Moment },
    Save(PathBuf),
}

impl Flight {
    /// Decisions of whose way it is a part.
    pub(super) const fn lives(&self) -> usize {
        match self {
            Self::Claims(ids) => ids.len(),
            Self::Send { .. } => 1,
            Self::Records(decisions) => decisions.len(),
            _ => 0,
        }
    }
}

/// What a task came back with.
#[derive(Debug)]
pub(super) enum Landed {
    Read(Read),
    Open(Result<Vec<Decision>, StoreError>),
    Claimed(Vec<Result<Decision, StoreError>>),
    Delivered(Result<Reply, OuroError>),
    Recorded(Vec<Result<Result<Decision, NoStep>, StoreError>>),
    ReadBack(Box<ReadBack>),
    Checked(Box<Checked>),
    Errand(Box<errands::Done>),
    Kept(Vec<(Wish, Option<Timestamp>)>),
    Ahead(Result<Vec<AssetSlot>, StoreError>),
    Peeked(Peeked),
    Saved(Result<SafeText, NotSaved>),
}

impl Conductor {
    pub(super) fn fly(&mut self, flight: Flight, task: impl Future<Output = Landed> + Send + 'static) {
        let id = self.tasks.spawn(task).id();
        self.flights.insert(id, flight);
    }

    pub(super) fn count(&self, which: impl Fn(&Flight) -> bool) -> usize {
        self.flights.values().filter(|flight| which(flight)).count()
    }

    /// Whether any request is under way.
    pub(super) fn is_asking(&self) -> bool {
        self.count(|flight| {
            matches!(
                flight,
                Flight::Read { .. }
                    | Flight::Send { .. }
                    | Flight::ReadBack { .. }
                    | Flight::Check { .. }
                    | Flight::Errand { .. }
            )
        }) > 0
    }

    /// A task ended.
    pub(super) fn land(&mut self, done: Result<(Id, Landed), JoinError>) {
        let (id, landed) = match done {
            Ok(done) => done,
            Err(error) if error.is_cancelled() => {
                self.flights.remove(&error.id());
                return;
            }
            Err(error) => {
                // The panic hook has ended the program by now, unless there is none.
                tracing::error!(%error, "a task of the engine ended without an answer");
                self.flights.remove(&error.id());
                return;
            }
        };
        let now = self.now();
        match (self.flights.remove(&id), landed) {
            (Some(Flight::Read { step, offset, begun }), Landed::Read(read)) => {
                self.read_landed(step, offset, begun, read);
            }
            (Some(Flight::Open), Landed::Open(open)) => self.learned(open, now),
            (Some(Flight::Claims(ids)), Landed::Claimed(claims)) => {
                for (id, claimed) in ids.into_iter().zip(claims) {
                    self.claimed(id, claimed);
                }
            }
            (Some(Flight::Send { decision, begun }), Landed::Delivered(delivered)) => {
                self.delivered(*decision, begun, delivered);
            }
            (Some(Flight::Records(decisions)), Landed::Recorded(steps)) => {
                for ((decision, entry), after) in decisions.into_iter().zip(steps) {
                    self.recorded(&decision, entry, after);
                }
            }
            (Some(Flight::ReadBack { quest, ids, begun }), Landed::ReadBack(back)) => {
                self.was_read_back((quest, ids), begun, *back);
            }
            (Some(Flight::Check { quest, ids, begun }), Landed::Checked(checked)) => {
                self.was_checked((quest, ids), begun, *checked);
            }
            (Some(Flight::Errand { errand, begun }), Landed::Errand(done)) => {
                self.errand_done(errand, begun, *done);
            }
            (Some(Flight::Kept { ahead }), Landed::Kept(kept)) => self.was_kept(kept, ahead),
            (Some(Flight::Ahead), Landed::Ahead(slots)) => self.learned_ahead(slots),
            (Some(Flight::Look { begun }), Landed::Peeked(peeked)) => self.peeked(&peeked, begun),
            (Some(Flight::Save(to)), Landed::Saved(saved)) => self.saved(to, saved),
            (flight, _) => tracing::debug!(?flight, "an answer to nobody"),
        }
    }
}
