//! How a bulk that was let go is getting on: done, refused, how fast, how long it takes.

use crate::domain::decision::{Decision, Stage};

use super::super::State;

/// A bulk under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Running {
    /// How many there are, without those that were taken back.
    pub all: usize,
    /// Done, or found done.
    pub done: usize,
    /// Refused, or in conflict: marked again.
    pub refused: usize,
    /// Somebody paused it.
    pub paused: bool,
    /// How many are done in a minute; 0: none of late.
    pub per_minute: u32,
}

impl Running {
    /// How long the rest takes at this rate, in seconds.
    #[must_use]
    pub fn seconds_left(&self) -> Option<u64> {
        let left = (self.all - self.done - self.refused) as u64;
        (self.per_minute > 0 && !self.paused).then(|| (left * 60).div_ceil(self.per_minute.into()))
    }
}

/// The newest bulk of which something is queued, on its way or unknown.
#[must_use]
pub fn running(state: &State) -> Option<Running> {
    let bulk = state.decisions.bulk_under_way()?;
    let count = |which: fn(&Stage) -> bool| bulk.iter().filter(|decision| which(&decision.stage)).count();
    Some(Running {
        all: bulk.len(),
        done: count(|stage| matches!(stage, Stage::Confirmed(_))),
        refused: count(|stage| matches!(stage, Stage::Refused { .. } | Stage::Conflict(_))),
        paused: state.shell.sending.paused,
        per_minute: state.shell.sending.per_minute,
    })
}

/// Whether a decision of a bulk was let go and has not come to its end.
pub(in crate::app) const fn is_under_way(decision: &Decision) -> bool {
    matches!(decision.stage, Stage::Queued | Stage::Sending | Stage::Unknown { .. })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_follows_from_the_rate() {
        let running = Running { all: 136, done: 90, refused: 1, paused: false, per_minute: 600 };
        assert_eq!(running.seconds_left(), Some(5));
        assert_eq!(Running { per_minute: 0, ..running }.seconds_left(), None);
        assert_eq!(Running { paused: true, ..running }.seconds_left(), None);
    }
}
