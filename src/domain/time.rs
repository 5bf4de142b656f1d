//! Points in time and ages. Nothing here reads a clock.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A point in time: milliseconds since 1970, UTC.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From milliseconds since 1970 (UTC).
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since 1970 (UTC).
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Reads ISO 8601; a time without an offset is UTC, as Ouro means it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Ok(time) = text.parse::<jiff::Timestamp>() {
            return Some(Self(time.as_millisecond()));
        }
        let civil = text.parse::<jiff::civil::DateTime>().ok()?;
        let zoned = civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
        Some(Self(zoned.timestamp().as_millisecond()))
    }

    /// The time from `earlier` to this, zero if it lies ahead.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

impl std::ops::Add<Duration> for Timestamp {
    type Output = Self;
    fn add(self, after: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(after.as_millis()).unwrap_or(i64::MAX)))
    }
}

impl std::ops::Sub<Duration> for Timestamp {
    type Output = Self;
    fn sub(self, before: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(before.as_millis()).unwrap_or(i64::MAX)))
    }
}

/// ISO 8601 in UTC with milliseconds: `2026-11-20T08:14:02.123Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(time) => write!(f, "{time:.3}"),
            Err(_) => write!(f, "{} ms", self.0),
        }
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// An age in at most four characters: `now`, `12s`, `5m`, `3h`, `12d`, `2y`.
///
/// Below ten seconds it says `now`, so that a fresh row does not change its text every second.
#[must_use]
pub fn age_text(age: Duration) -> String {
    let seconds = age.as_secs();
    match seconds {
        0..10 => "now".to_owned(),
        10..60 => format!("{}s", seconds / 10 * 10),
        60..3_600 => format!("{}m", seconds / 60),
        3_600..172_800 => format!("{}h", seconds / 3_600),
        172_800..86_400_000 => format!("{}d", seconds / 86_400),
        _ => format!("{}y", seconds / 31_536_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_every_form_that_occurs() {
        let z = Timestamp::parse("2026-11-20T08:14:02.123Z").unwrap();
        assert_eq!(Timestamp::parse("2026-11-20T08:14:02.123456+00:00"), Some(z));
        assert_eq!(Timestamp::parse("2026-11-20T09:14:02.123+01:00"), Some(z));
        assert_eq!(Timestamp::parse("2026-11-20T08:14:02.123"), Some(z));
        assert_eq!(Timestamp::parse("yesterday"), None);
        assert_eq!(z.to_string(), "2026-11-20T08:14:02.123Z");
    }

    #[test]
    fn ages_keep_to_four_characters() {
        let days = |n: u64| Duration::from_secs(n * 86_400);
        for (age, text) in [
            (Duration::from_secs(3), "now"),
            (Duration::from_secs(59), "50s"),
            (Duration::from_secs(61), "1m"),
            (Duration::from_secs(7_300), "2h"),
            (days(2), "2d"),
            (days(999), "999d"),
            (days(2_000), "5y"),
        ] {
            assert_eq!(age_text(age), text);
        }
    }
}
