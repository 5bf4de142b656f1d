//! When a frame is made for what nobody asked for.
//!
//! Pure. What the person at the keys does is shown at once. What the engine and the store say is shown as soon as it
//! comes, too, but not more often than an eye can follow, and seldom while it comes without end: a terminal far away
//! has little room, and each frame that it still has to take in stands before the next key's.

use std::time::{Duration, Instant};

/// Between two frames.
const BRISK: Duration = Duration::from_millis(16);

/// So many frames may follow each other briskly.
const BRISKLY: u32 = 8;

/// Between two frames after that, until it has been quiet.
const STEADY: Duration = Duration::from_millis(100);

/// From here on it has been quiet.
const QUIET: Duration = Duration::from_millis(500);

/// When the next frame may be made.
#[derive(Debug, Default)]
pub(super) struct Pace {
    last: Option<Instant>,
    in_a_row: u32,
}

impl Pace {
    /// A frame was made.
    pub(super) fn drew(&mut self, now: Instant, asked_for: bool) {
        let was_quiet = self.last.is_none_or(|last| now.saturating_duration_since(last) >= QUIET);
        self.in_a_row = if asked_for || was_quiet { 0 } else { self.in_a_row.saturating_add(1) };
        self.last = Some(now);
    }

    /// From when on a frame may be made that nobody asked for; `None`: from ever.
    pub(super) fn next(&self) -> Option<Instant> {
        let wait = if self.in_a_row < BRISKLY { BRISK } else { STEADY };
        self.last.map(|last| last + wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    /// Frames in the second from `begin` on, if something changes all the time.
    fn frames(pace: &mut Pace, begin: Instant) -> u32 {
        let (mut now, mut frames) = (begin, 0);
        while now < begin + Duration::from_secs(1) {
            if pace.next().is_none_or(|next| next <= now) {
                pace.drew(now, false);
                frames += 1;
            }
            now += Duration::from_millis(1);
        }
        frames
    }

    #[test]
    fn news_are_shown_at_once_and_without_end_ten_times_a_second() {
        let (mut pace, begin) = (Pace::default(), clock::monotonic());
        assert_eq!(pace.next(), None);
        assert_eq!(frames(&mut pace, begin), 17);
        let later = begin + Duration::from_secs(1);
        assert_eq!(frames(&mut pace, later), 10);
        let quiet = later + Duration::from_secs(2);
        assert!(pace.next().is_some_and(|next| next <= quiet));
        assert_eq!(frames(&mut pace, quiet), 17, "after a pause it is brisk again");
    }

    #[test]
    fn a_key_makes_what_follows_brisk() {
        let (mut pace, begin) = (Pace::default(), clock::monotonic());
        frames(&mut pace, begin);
        let key = begin + Duration::from_secs(1);
        pace.drew(key, true);
        assert_eq!(pace.next(), Some(key + BRISK));
    }
}
