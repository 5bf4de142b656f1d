//! How long to wait after a failure.
//!
//! Pure: the same failure, attempt and seed give the same wait. Waits double up to a cap and never shrink on the way;
//! the seed differs from desk to desk, so that a hundred of them do not come back in the same instant.

use std::time::Duration;

use crate::ouro::{ErrorKind, OuroError, Why};

/// The longest that a `Retry-After` is believed.
pub(super) const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(15 * 60);

/// What a failure means for trying again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    /// No connection: looked for often, so that its return is noticed.
    Offline,
    /// The server is there, but slow or failing: not to be made worse.
    Failing,
    /// The server asks for a pause, of a length that it may name.
    RateLimited(Option<Duration>),
    /// The key was refused: nothing helps but somebody who mends it.
    SignedOut,
    /// This one thing was refused; everything else works.
    Denied,
}

impl Failure {
    /// What this error means for trying again.
    pub(super) const fn of(error: &OuroError) -> Self {
        match error.kind {
            ErrorKind::KeyRefused | ErrorKind::Unauthorized => Self::SignedOut,
            ErrorKind::RateLimited { retry_after } => Self::RateLimited(retry_after),
            ErrorKind::Unreachable(Why::Dns | Why::Connect | Why::Tls | Why::Other) => Self::Offline,
            ErrorKind::TimedOut | ErrorKind::Server | ErrorKind::Garbled => Self::Failing,
            ErrorKind::Forbidden
            | ErrorKind::NotFound
            | ErrorKind::Conflict
            | ErrorKind::Refused
            | ErrorKind::Payment
            | ErrorKind::TooLarge => Self::Denied,
        }
    }

    /// First wait and longest wait.
    const fn range(self) -> (Duration, Duration) {
        match self {
            Self::Offline => (Duration::from_millis(500), Duration::from_secs(8)),
            Self::Failing => (Duration::from_secs(2), Duration::from_secs(60)),
            Self::RateLimited(_) => (Duration::from_secs(5), Duration::from_secs(60)),
            Self::SignedOut | Self::Denied => (Duration::from_secs(60), Duration::from_secs(60)),
        }
    }
}

/// How long to wait after the `attempt`-th failure in a row (from 0). `None`: until somebody asks.
pub(super) fn wait(failure: Failure, attempt: u32, seed: u64) -> Option<Duration> {
    match failure {
        Failure::SignedOut => None,
        Failure::RateLimited(Some(asked)) if !asked.is_zero() => {
            // Never earlier than asked; up to a tenth later, and never more than a minute later.
            let late = asked.min(LONGEST_RETRY_AFTER).mul_f64(0.1 * unit(seed)).min(Duration::from_secs(60));
            Some((asked + late).min(LONGEST_RETRY_AFTER))
        }
        _ => {
            let (first, longest) = failure.range();
            let doubled = first.saturating_mul(1 << attempt.min(16)).min(longest);
            // One factor for all attempts: what doubles stays in order.
            Some(doubled.mul_f64(0.75 + 0.25 * unit(seed)))
        }
    }
}

/// A number in 0..1 made from a seed (the finalizer of `SplitMix64`).
fn unit(seed: u64) -> f64 {
    let mut mixed = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^= mixed >> 31;
    (mixed >> 11) as f64 / (1u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_failure() -> impl Strategy<Value = Failure> {
        prop_oneof![
            Just(Failure::Offline),
            Just(Failure::Failing),
            Just(Failure::RateLimited(None)),
            Just(Failure::Denied),
        ]
    }

    #[test]
    fn a_refused_key_waits_for_somebody() {
        assert_eq!(wait(Failure::SignedOut, 0, 1), None);
    }

    #[test]
    fn offline_is_looked_at_more_often_than_a_failing_server() {
        for attempt in 0..20 {
            assert!(wait(Failure::Offline, attempt, 7) < wait(Failure::Failing, attempt, 7), "{attempt}");
        }
        // The way back is noticed within ten seconds however long it took.
        assert!(wait(Failure::Offline, u32::MAX, 7) <= Some(Duration::from_secs(10)));
    }

    #[test]
    fn a_pause_that_the_server_names_with_zero_is_none_it_can_mean() {
        assert!(wait(Failure::RateLimited(Some(Duration::ZERO)), 0, 1) > Some(Duration::from_secs(3)));
    }

    proptest! {
        #[test]
        fn waits_grow_to_the_cap_and_stay_there(failure in any_failure(), seed in any::<u64>()) {
            let mut last = Duration::ZERO;
            for attempt in 0..40 {
                let next = wait(failure, attempt, seed).unwrap();
                prop_assert!(next >= last, "{:?} after {:?}", next, last);
                prop_assert!(next <= Duration::from_secs(60));
                prop_assert!(next >= Duration::from_millis(375));
                last = next;
            }
            prop_assert_eq!(wait(failure, 40, seed), wait(failure, 40_000, seed));
        }

        #[test]
        fn a_retry_after_is_kept_and_bounded(millis in 1u64..10_000_000, attempt in 0u32..50, seed in any::<u64>()) {
            let asked = Duration::from_millis(millis);
            let next = wait(Failure::RateLimited(Some(asked)), attempt, seed).unwrap();
            prop_assert!(next >= asked.min(LONGEST_RETRY_AFTER));
            prop_assert!(next <= LONGEST_RETRY_AFTER);
        }

        #[test]
        fn seeds_spread(a in any::<u64>(), b in any::<u64>()) {
            prop_assume!(a != b);
            prop_assert_ne!(wait(Failure::Failing, 3, a), wait(Failure::Failing, 3, b));
        }
    }
}
