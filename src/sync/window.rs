//! How many decisions may be at the server at once.
//!
//! Pure. As many as it bears, found out the way TCP does it: one more with each answer until the first sign of too
//! much, from then on one more with each full round; half as many after a 429 or a request that timed out. What was
//! under way when that happened belongs to the same sign and halves nothing more.

use super::backoff::Failure;
use super::budget::Moment;
use crate::ouro::{ErrorKind, OuroError};

/// At the start.
const FIRST: usize = 4;

/// The most. Sixteen at 300 ms each are more than three thousand decisions a minute.
const MOST: usize = 16;

/// The window.
#[derive(Debug, Clone)]
pub(super) struct Window {
    width: usize,
    /// From here on it grows slowly.
    slow_from: usize,
    /// Answers since it grew last, while it grows slowly.
    answers: usize,
    narrowed_at: Option<Moment>,
}

impl Default for Window {
    fn default() -> Self {
        Self { width: FIRST, slow_from: MOST, answers: 0, narrowed_at: None }
    }
}

impl Window {
    /// How many there may be.
    pub(super) const fn size(&self) -> usize {
        self.width
    }

    /// A decision was answered while so many were under way, it among them. A window that is not filled says nothing
    /// about what the server bears.
    pub(super) fn answered(&mut self, under_way: usize) {
        if under_way < self.width {
            return;
        }
        self.answers += 1;
        if self.width < self.slow_from || self.answers >= self.width {
            self.width = (self.width + 1).min(MOST);
            self.answers = 0;
        }
    }

    /// A decision that was sent at `begun` failed: if the server has too much to do, it gets less.
    pub(super) fn failed(&mut self, error: &OuroError, begun: Moment, now: Moment) {
        let too_much = matches!(Failure::of(error), Failure::RateLimited(_))
            || matches!(error.kind, ErrorKind::TimedOut);
        let same_sign = self.narrowed_at.is_some_and(|at| begun < at);
        if too_much && !same_sign {
            self.width = (self.width / 2).max(1);
            self.answers = 0;
            self.slow_from = self.width;
            self.narrowed_at = Some(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn too_many() -> OuroError {
        OuroError::new(ErrorKind::RateLimited { retry_after: None }, "slow down")
    }

    const fn ms(millis: u64) -> Moment {
        Moment::from_millis(millis)
    }

    #[test]
    fn it_grows_with_each_answer_and_slowly_after_the_first_sign_of_too_much() {
        let mut window = Window::default();
        for _ in 0..4 {
            window.answered(window.size());
        }
        assert_eq!(window.size(), 8);
        window.failed(&too_many(), ms(10), ms(20));
        assert_eq!(window.size(), 4);
        for _ in 0..3 {
            window.answered(window.size());
        }
        assert_eq!(window.size(), 4, "not yet a full round");
        window.answered(window.size());
        assert_eq!(window.size(), 5);
    }

    #[test]
    fn one_pause_of_the_server_halves_it_once() {
        let mut window = Window::default();
        for _ in 0..20 {
            window.answered(window.size());
        }
        assert_eq!(window.size(), 16);
        for sent in 0..16 {
            window.failed(&too_many(), ms(sent), ms(100 + sent));
        }
        assert_eq!(window.size(), 8);
        window.failed(&OuroError::new(ErrorKind::TimedOut, "late"), ms(200), ms(300));
        assert_eq!(window.size(), 4);
    }

    #[test]
    fn what_says_nothing_about_too_much_leaves_it_as_it_is() {
        let mut window = Window::default();
        for kind in [ErrorKind::Conflict, ErrorKind::Server, ErrorKind::Payment, ErrorKind::Garbled] {
            window.failed(&OuroError::new(kind, "no"), ms(1), ms(2));
        }
        window.answered(1);
        assert_eq!(window.size(), 4, "a window that is not filled does not grow either");
    }

    proptest! {
        #[test]
        fn it_is_never_closed_never_too_wide_and_opens_again(
            events in proptest::collection::vec((any::<bool>(), 0u64..50), 0..300),
        ) {
            let (mut window, mut now) = (Window::default(), 0);
            for (good, millis) in events {
                now += millis;
                let before = window.size();
                if good {
                    window.answered(before);
                    prop_assert!(window.size() >= before && window.size() <= before + 1);
                } else {
                    window.failed(&too_many(), ms(now), ms(now + 5));
                    prop_assert!(window.size() <= before && window.size() >= before / 2);
                }
                prop_assert!((1..=16).contains(&window.size()));
            }
            for _ in 0..200 {
                window.answered(window.size());
            }
            prop_assert_eq!(window.size(), 16);
        }
    }
}
