//! The truth about the connection, and when to try again.
//!
//! Pure. One hold for everything that goes out: while it lasts nothing is sent, and when it ends one request goes
//! first and the others follow only after its answer. A failure that concerns one thing alone holds nothing.

use std::time::Duration;

use super::Link;
use super::backoff::{self, Failure};
use super::budget::Moment;
use crate::domain::{SafeText, Timestamp};

/// Failures of the server in a row, without any answer in between, from which on it counts as slow.
const SLOW_FROM: u32 = 2;

/// A shorter loss of the connection makes nothing old.
const SHORT: Duration = Duration::from_secs(10);

/// What may be sent now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum May {
    /// Anything.
    Send,
    /// One request, to see whether it works again.
    Probe,
    /// Nothing before this time.
    WaitUntil(Moment),
    /// Nothing until somebody asks.
    Never,
}

/// The connection as the last answers showed it.
#[derive(Debug)]
pub(super) struct Connection {
    link: Link,
    seed: u64,
    /// Failures in a row.
    streak: u32,
    /// When the last failure was heard of: requests begun before it belong to the same incident.
    failed_at: Option<Moment>,
    /// When the first request began that failed since the last answer.
    failing_since: Option<Moment>,
    hold: Hold,
    /// The server asked for the hold: it is not for us to cut short.
    asked_for: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hold {
    None,
    Until(Moment),
    Forever,
}

impl Connection {
    pub(super) const fn new(seed: u64) -> Self {
        Self {
            link: Link::Connecting,
            seed,
            streak: 0,
            failed_at: None,
            failing_since: None,
            hold: Hold::None,
            asked_for: false,
        }
    }

    /// How it stands.
    pub(super) const fn link(&self) -> &Link {
        &self.link
    }

    /// What may be sent now.
    pub(super) fn may(&self, now: Moment) -> May {
        match self.hold {
            Hold::None => May::Send,
            Hold::Until(until) if now < until => May::WaitUntil(until),
            Hold::Until(_) => May::Probe,
            Hold::Forever => May::Never,
        }
    }

    /// Whether the server has been out of reach, or failing, for so long that what is known of it is old.
    pub(super) fn is_lost(&self, now: Moment) -> bool {
        matches!(self.link, Link::Connecting)
            || self.failing_since.is_some_and(|since| now.saturating_sub(since) >= SHORT)
    }

    /// A request that began at `begun` was answered, be it with a refusal.
    pub(super) fn answered(&mut self, begun: Moment) {
        // An answer that was under way when something failed does not end a pause that the server asked for.
        let older = self.failed_at.is_some_and(|failed| begun < failed);
        if older && self.hold != Hold::None {
            return;
        }
        self.streak = 0;
        self.failing_since = None;
        self.hold = Hold::None;
        self.link = Link::Live;
    }

    /// A request that began at `begun` failed. `now` and `clock` are the same moment on both clocks.
    pub(super) fn failed(
        &mut self,
        failure: Failure,
        why: &SafeText,
        begun: Moment,
        now: Moment,
        clock: Timestamp,
    ) {
        if failure == Failure::Denied {
            return self.answered(begun);
        }
        let same_incident = self.failed_at.is_some_and(|failed| begun < failed);
        if !same_incident {
            self.streak = self.streak.saturating_add(1);
        }
        self.failed_at = Some(now);
        self.failing_since.get_or_insert(begun);
        if self.hold == Hold::Forever {
            return;
        }
        if failure == Failure::Failing && self.streak < SLOW_FROM {
            return;
        }
        if let (Hold::Until(until), true) = (self.hold, same_incident) {
            // Several requests of one incident: the longest wait that any of them was told counts.
            let wait = backoff::wait(failure, self.streak.saturating_sub(1), self.seed).unwrap_or_default();
            if now + wait <= until {
                return;
            }
        }
        self.hold_for(failure, why, now, clock);
    }

    fn hold_for(&mut self, failure: Failure, why: &SafeText, now: Moment, clock: Timestamp) {
        let attempt = match failure {
            Failure::Failing => self.streak.saturating_sub(SLOW_FROM),
            _ => self.streak.saturating_sub(1),
        };
        let Some(wait) = backoff::wait(failure, attempt, self.seed) else {
            self.hold = Hold::Forever;
            self.link = Link::SignedOut { why: why.clone() };
            return;
        };
        self.hold = Hold::Until(now + wait);
        self.asked_for = matches!(failure, Failure::RateLimited(_));
        self.link = match (failure, &self.link) {
            (Failure::Offline, Link::Offline { since, .. }) => {
                Link::Offline { since: *since, retry_at: clock + wait, why: why.clone() }
            }
            (Failure::Offline, _) => Link::Offline { since: clock, retry_at: clock + wait, why: why.clone() },
            _ => Link::Slow { until: clock + wait, why: why.clone() },
        };
    }

    /// Somebody asks to try again at once. A pause that the server asked for is kept.
    pub(super) fn try_again(&mut self, now: Moment) {
        match (self.hold, &self.link) {
            (Hold::Forever, _) => {
                self.hold = Hold::None;
                self.streak = 0;
                self.link = Link::Connecting;
            }
            (Hold::Until(until), _) if !self.asked_for => self.hold = Hold::Until(until.min(now)),
            (Hold::Until(_) | Hold::None, _) => {}
        }
    }
}

/// How long one thing that failed by itself is left alone.
pub(super) fn left_alone(failure: Failure, failures: u32, seed: u64) -> Duration {
    match failure {
        // The hold of the connection is wait enough.
        Failure::Offline | Failure::RateLimited(_) | Failure::SignedOut => Duration::ZERO,
        Failure::Failing => backoff::wait(failure, failures, seed).unwrap_or_default(),
        // Not visible or not allowed: perhaps later.
        Failure::Denied => Duration::from_secs(600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Moment {
        Moment::from_secs(seconds)
    }

    fn failed(connection: &mut Connection, failure: Failure, begun: u64, now: u64) {
        let clock = Timestamp::from_millis(1_000_000 + i64::try_from(now).unwrap() * 1_000);
        connection.failed(failure, &"why".into(), s(begun), s(now), clock);
    }

    #[test]
    fn offline_is_told_at_once_with_when_it_began_and_the_next_try() {
        let mut connection = Connection::new(1);
        failed(&mut connection, Failure::Offline, 0, 1);
        let Link::Offline { since, retry_at, .. } = connection.link().clone() else {
            panic!("{connection:?}")
        };
        assert!(retry_at > since);
        assert!(matches!(connection.may(s(1)), May::WaitUntil(at) if at < s(2)));
        assert_eq!(connection.may(s(2)), May::Probe);
        failed(&mut connection, Failure::Offline, 2, 3);
        assert!(matches!(connection.link(), Link::Offline { since: still, .. } if *still == since));
        connection.answered(s(9));
        assert_eq!((connection.link(), connection.may(s(9))), (&Link::Live, May::Send));
    }

    #[test]
    fn four_lost_requests_are_one_failure() {
        let (mut one, mut four) = (Connection::new(1), Connection::new(1));
        failed(&mut one, Failure::Offline, 0, 5);
        for _ in 0..4 {
            failed(&mut four, Failure::Offline, 0, 5);
        }
        assert_eq!(one.may(s(5)), four.may(s(5)));
    }

    #[test]
    fn an_answer_from_before_does_not_end_the_pause_that_the_server_asked_for() {
        let mut connection = Connection::new(1);
        failed(&mut connection, Failure::RateLimited(Some(s(30))), 0, 5);
        connection.answered(s(4));
        assert!(matches!(connection.may(s(34)), May::WaitUntil(_)));
        assert!(matches!(connection.link(), Link::Slow { .. }));
        connection.try_again(s(6));
        assert!(matches!(connection.may(s(34)), May::WaitUntil(_)), "not by a key either");
    }

    #[test]
    fn one_failing_answer_is_no_slow_server() {
        let mut connection = Connection::new(1);
        connection.answered(s(0));
        failed(&mut connection, Failure::Failing, 1, 2);
        assert_eq!((connection.link(), connection.may(s(2))), (&Link::Live, May::Send));
        failed(&mut connection, Failure::Failing, 3, 4);
        assert!(matches!(connection.link(), Link::Slow { .. }));
    }

    #[test]
    fn a_pause_of_our_own_ends_when_somebody_asks() {
        let mut connection = Connection::new(1);
        for second in 0..12 {
            failed(&mut connection, Failure::Failing, 2 * second, 2 * second + 1);
        }
        assert!(matches!(connection.may(s(24)), May::WaitUntil(_)));
        connection.try_again(s(24));
        assert_eq!(connection.may(s(24)), May::Probe);
    }

    #[test]
    fn a_refused_key_waits_for_somebody() {
        let mut connection = Connection::new(1);
        failed(&mut connection, Failure::SignedOut, 0, 1);
        assert_eq!(connection.may(s(100_000)), May::Never);
        failed(&mut connection, Failure::Offline, 2, 3);
        assert!(matches!(connection.link(), Link::SignedOut { .. }));
        connection.try_again(s(4));
        assert_eq!((connection.link(), connection.may(s(4))), (&Link::Connecting, May::Send));
    }

    #[test]
    fn what_is_known_is_old_after_a_while_without_an_answer_whatever_failed() {
        for failure in [Failure::Offline, Failure::Failing, Failure::RateLimited(Some(s(30)))] {
            let mut connection = Connection::new(1);
            assert!(connection.is_lost(s(0)), "nothing is known yet");
            connection.answered(s(0));
            failed(&mut connection, failure, 5, 6);
            failed(&mut connection, failure, 12, 14);
            assert!(!connection.is_lost(s(14)) && connection.is_lost(s(15)), "{failure:?}");
            connection.answered(s(40));
            assert!(!connection.is_lost(s(100)), "{failure:?}: a silence of our own is no loss");
        }
    }

    #[test]
    fn a_refusal_is_an_answer() {
        let mut connection = Connection::new(1);
        failed(&mut connection, Failure::Denied, 0, 1);
        assert_eq!(connection.link(), &Link::Live);
    }
}
