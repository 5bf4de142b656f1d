//! The one place that reads the time. The edges (`run`, `sync`, `store`, `term`, `backend`, `cli`) call it; `app`,
//! `ui` and `domain` must not: they get the time with each message.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crate::domain::Timestamp;

/// The wall clock, in milliseconds since 1970 (UTC).
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the place the lint points to")]
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// A clock that never goes back, for measuring how long something took.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the place the lint points to")]
pub fn monotonic() -> Instant {
    Instant::now()
}
