//! The one place that reads the time. The edges (`run`, `sync`, `store`, `term`, `backend`, `cli`) call it; `app`,
//! `ui` and `domain` must not: they get the time with each message.
//!
//! Undo windows, waits and *seen before spent* count time that passes. The time of day does not only pass, it is set: by
//! hand, by a network, by a machine that wakes. So it is read once, when it is first asked for, and goes on from there by
//! a clock that nobody can set and that counts sleep: within a program, time never leaps and never goes back.

use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rustix::time::{ClockId, clock_gettime};

use crate::domain::Timestamp;

/// A clock that counts on while the machine sleeps, and that nobody can set.
#[cfg(target_os = "linux")]
const COUNTED: ClockId = ClockId::Boottime;
#[cfg(not(target_os = "linux"))]
const COUNTED: ClockId = ClockId::Monotonic;

/// The time of day at one moment, and what was counted by then.
#[derive(Debug, Clone, Copy)]
struct Anchor {
    of_day: Timestamp,
    counted: Duration,
}

impl Anchor {
    /// The time at which so much is counted.
    fn at(self, counted: Duration) -> Timestamp {
        self.of_day + counted.saturating_sub(self.counted)
    }
}

/// The time in milliseconds since 1970 (UTC): the time of day at the program's start, moved on by what has passed since.
#[must_use]
pub fn now() -> Timestamp {
    static ANCHOR: OnceLock<Anchor> = OnceLock::new();
    ANCHOR.get_or_init(|| Anchor { of_day: of_day(), counted: counted() }).at(counted())
}

/// The time of day as the machine has it at this moment. It may leap either way: only for what programs on one machine
/// compare among each other.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the place the lint points to")]
pub fn of_day() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// A clock that never goes back, for measuring how long something took.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the place the lint points to")]
pub fn monotonic() -> Instant {
    Instant::now()
}

fn counted() -> Duration {
    let time = clock_gettime(COUNTED);
    let (seconds, nanos) = (u64::try_from(time.tv_sec), u32::try_from(time.tv_nsec));
    Duration::new(seconds.unwrap_or_default(), nanos.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_goes_on_by_what_passed_wherever_the_time_of_day_was_set_to() {
        let anchor = Anchor { of_day: Timestamp::from_millis(1_000_000), counted: Duration::from_secs(50) };
        assert_eq!(anchor.at(Duration::from_secs(50)), anchor.of_day);
        assert_eq!(anchor.at(Duration::from_millis(55_250)), Timestamp::from_millis(1_005_250));
        assert_eq!(anchor.at(Duration::from_secs(49)), anchor.of_day, "it never goes back");
    }

    #[test]
    fn it_begins_at_the_time_of_day_and_never_goes_back() {
        let (first, of_day) = (now(), of_day());
        // Only that far apart: nobody sets the clock of a machine that runs tests by a minute meanwhile.
        assert!(first.since(of_day).max(of_day.since(first)) < Duration::from_secs(60));
        let times: Vec<Timestamp> = (0..1_000).map(|_| now()).collect();
        assert!(times.is_sorted() && times[0] >= first);
    }
}
