//! One thing that is fetched again and again: when it is due, and how it stands.

use std::time::Duration;

use super::{Asked, Moment};

/// One thing that is fetched again and again.
#[derive(Debug, Default)]
pub(super) struct Duty {
    /// When it was last begun.
    begun: Option<Moment>,
    /// Whether it was ever fetched.
    read: bool,
    asked: Option<Asked>,
    /// Begun and not finished: requests that could begin now, and since when.
    wants: u32,
    progress: Moment,
    under_way: bool,
    failures: u32,
    not_before: Moment,
}

impl Duty {
    pub(super) const fn is_read(&self) -> bool {
        self.read
    }

    pub(super) const fn is_asked(&self) -> bool {
        self.asked.is_some()
    }

    pub(super) const fn failures(&self) -> u32 {
        self.failures
    }

    /// When its next request may begin. `None`: when something else happened.
    pub(super) fn due(&self, every: Duration) -> Option<Moment> {
        if self.under_way {
            return (self.wants > 0).then_some(self.progress.max(self.not_before));
        }
        let by_turn = match self.begun {
            // What failed at first has its own wait.
            None => Moment::ZERO,
            Some(_) if !self.read => Moment::ZERO,
            Some(begun) => begun + every,
        };
        let by_wish = match (self.asked, self.begun) {
            (None, _) => by_turn,
            (Some(Asked::Now), _) | (Some(Asked::Soon), None) => Moment::ZERO,
            (Some(Asked::Soon), Some(begun)) => begun + every / 4,
        };
        Some(by_turn.min(by_wish).max(self.not_before))
    }

    /// How long after it was due it goes before everything else. What was begun is not left lying half read.
    pub(super) fn patience(&self, every: Duration) -> Duration {
        if self.under_way { Duration::from_secs(60) } else { every * 2 + Duration::from_secs(30) }
    }

    pub(super) fn ask(&mut self, how: Asked) {
        self.asked = self.asked.max(Some(how));
    }

    /// What it was refused for may be mended: it is not left alone any longer.
    pub(super) fn forgive(&mut self) {
        self.not_before = Moment::ZERO;
    }

    pub(super) fn started(&mut self, now: Moment) {
        if !self.under_way {
            self.under_way = true;
            self.begun = Some(now);
            // A wish that comes while it is under way is a wish for the next time.
            self.asked = None;
        }
        self.wants = self.wants.saturating_sub(1);
    }

    pub(super) fn goes_on(&mut self, now: Moment, wants: u32) {
        self.wants = wants;
        self.progress = now;
        self.failures = 0;
    }

    pub(super) fn finished(&mut self) {
        self.read = true;
        self.failures = 0;
        self.not_before = Moment::ZERO;
        self.rest();
    }

    /// A request failed. What is under way goes on with `wants` more requests then; with none it is given up.
    pub(super) fn failed(&mut self, until: Moment, wants: u32) {
        self.failures = self.failures.saturating_add(1);
        self.not_before = until;
        if wants == 0 {
            self.rest();
        } else {
            self.wants = wants;
        }
    }

    fn rest(&mut self) {
        self.under_way = false;
        self.wants = 0;
    }
}
