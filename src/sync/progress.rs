//! What is told of the sender's work, and how often.
//!
//! Pure. It is told when work begins and ends and when it is paused or goes on, and in between once a second: a bulk
//! of a thousand must not write a thousand lines to a terminal. An idle sender is told nothing of.

use std::collections::VecDeque;
use std::time::Duration;

use super::budget::Moment;

/// How often a sender at work is told of.
const EVERY: Duration = Duration::from_secs(1);

/// What the rate is counted over.
const RATE_OVER: Duration = Duration::from_secs(20);

/// How the sender is getting on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Somebody paused it: what was under way ends, nothing new begins.
    pub paused: bool,
    /// Decisions whose request is under way.
    pub in_flight: u32,
    /// Decisions that wait for their turn.
    pub waiting: u32,
    /// Decisions that came to their end since the desk was opened, however they ended.
    pub done: u64,
    /// How many came to their end in a minute of late; 0 when nothing did.
    pub per_minute: u32,
    /// The most requests at once, as the server bears it.
    pub at_once: u32,
}

impl Progress {
    const fn is_working(&self) -> bool {
        self.in_flight > 0 || self.waiting > 0
    }
}

/// Decides what is told when.
#[derive(Debug, Default)]
pub(super) struct Teller {
    told: Progress,
    told_at: Moment,
    done: u64,
    /// When the work that is going on began.
    began: Option<Moment>,
    /// When decisions ended, as far back as the rate is counted.
    ends: VecDeque<Moment>,
}

impl Teller {
    /// A decision came to its end.
    pub(super) fn ended(&mut self, now: Moment) {
        self.done += 1;
        self.ends.push_back(now);
    }

    /// Takes how it is now (`done` and `per_minute` are counted here); returns what is to be told.
    pub(super) fn take(&mut self, now: Moment, mut progress: Progress) -> Option<Progress> {
        if progress.is_working() {
            self.began.get_or_insert(now);
        } else {
            self.began = None;
        }
        progress.done = self.done;
        progress.per_minute = self.per_minute(now);
        let turned = progress.is_working() != self.told.is_working() || progress.paused != self.told.paused;
        let tell = turned || (progress != self.told && progress.is_working() && now >= self.next_at());
        if tell {
            (self.told, self.told_at) = (progress, now);
        }
        tell.then_some(progress)
    }

    /// When to look again, while something is going on.
    pub(super) fn wake(&self) -> Option<Moment> {
        self.told.is_working().then(|| self.next_at())
    }

    fn next_at(&self) -> Moment {
        self.told_at + EVERY
    }

    fn per_minute(&mut self, now: Moment) -> u32 {
        while self.ends.front().is_some_and(|at| *at + RATE_OVER < now) {
            self.ends.pop_front();
        }
        let Some(began) = self.began else { return 0 };
        let since = now.saturating_sub(began).min(RATE_OVER).max(EVERY);
        let ended = self.ends.len() - self.ends.partition_point(|at| *at < began);
        let per_minute = ended as u128 * 60_000 / since.as_millis().max(1);
        u32::try_from(per_minute).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(millis: u64) -> Moment {
        Moment::from_millis(millis)
    }

    const fn working(in_flight: u32, waiting: u32) -> Progress {
        Progress { paused: false, in_flight, waiting, done: 0, per_minute: 0, at_once: 4 }
    }

    #[test]
    fn a_sender_at_work_is_told_of_once_a_second_and_when_it_rests() {
        let mut teller = Teller::default();
        assert_eq!(teller.take(ms(0), Progress { at_once: 4, ..Progress::default() }), None, "idle");
        assert_eq!(teller.wake(), None);
        assert!(teller.take(ms(5), working(1, 99)).is_some());
        let mut told = 0;
        for tick in 1..=100_u64 {
            teller.ended(ms(5 + tick * 100));
            let left = u32::try_from(100 - tick).unwrap();
            told += u32::from(teller.take(ms(5 + tick * 100), working(u32::from(left > 0), left)).is_some());
        }
        assert_eq!(told, 10);
        assert_eq!(teller.take(ms(20_000), working(0, 0)), None, "told already");
        assert_eq!(teller.wake(), None);
    }

    #[test]
    fn the_rate_is_that_of_the_work_going_on() {
        let mut teller = Teller::default();
        teller.take(ms(0), working(1, 200));
        for tick in 1..=50_u64 {
            teller.ended(ms(tick * 100));
        }
        let told = teller.take(ms(5_000), working(1, 150)).unwrap();
        assert_eq!((told.done, told.per_minute), (50, 600));
        teller.take(ms(6_000), working(0, 0));
        let again = teller.take(ms(60_000), working(1, 1)).unwrap();
        assert_eq!((again.done, again.per_minute), (50, 0));
    }

    #[test]
    fn a_pause_is_told_at_once() {
        let mut teller = Teller::default();
        teller.take(ms(0), working(4, 9));
        let paused = Progress { paused: true, ..working(4, 9) };
        assert!(teller.take(ms(1), paused).is_some());
        assert!(teller.take(ms(2), working(4, 9)).is_some());
    }
}
