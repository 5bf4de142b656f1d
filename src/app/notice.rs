//! What has been said to the reviewer: one line that fades, and a history that can be read again.

use std::collections::VecDeque;
use std::time::Duration;

use crate::domain::{SafeText, Timestamp};

/// How long a notice stays.
const SHOWN: Duration = Duration::from_secs(5);

/// How long an error stays, if no key is pressed before.
const ERROR_SHOWN: Duration = Duration::from_secs(10);

/// How long anything stays whatever is typed: keys typed ahead must not wipe it away unread. A key after that has the
/// line for its hints again.
const AT_LEAST: Duration = Duration::from_secs(1);

/// How many are kept to be read again.
const HISTORY: usize = 500;

/// How much it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gravity {
    /// Worth knowing.
    Info,
    /// Something did not go as meant.
    Warning,
    /// Something failed.
    Error,
}

/// Something that was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The words: what, where, and how to mend it.
    pub words: SafeText,
    /// When.
    pub at: Timestamp,
    /// How much it matters.
    pub gravity: Gravity,
    /// How often the same was said in a row.
    pub times: u32,
    /// A key was pressed after it had been there for a while.
    seen: bool,
}

impl Notice {
    /// When it fades.
    fn until(&self) -> Timestamp {
        self.at + if self.gravity == Gravity::Error { ERROR_SHOWN } else { SHOWN }
    }
}

/// All that has been said.
#[derive(Debug, Default)]
pub struct Notices {
    /// Newest last.
    history: VecDeque<Notice>,
}

impl Notices {
    /// Says something.
    pub fn tell(&mut self, words: SafeText, now: Timestamp) {
        self.say(words, Gravity::Info, now);
    }

    /// Says that something did not go as meant.
    pub fn warn(&mut self, words: SafeText, now: Timestamp) {
        self.say(words, Gravity::Warning, now);
    }

    /// Says that something failed.
    pub fn fail(&mut self, words: SafeText, now: Timestamp) {
        self.say(words, Gravity::Error, now);
    }

    fn say(&mut self, words: SafeText, gravity: Gravity, now: Timestamp) {
        if let Some(last) = self.history.back_mut()
            && last.words == words
            && last.gravity == gravity
        {
            last.at = now;
            last.seen = false;
            last.times = last.times.saturating_add(1);
            return;
        }
        if self.history.len() == HISTORY {
            self.history.pop_front();
        }
        self.history.push_back(Notice { words, at: now, gravity, times: 1, seen: false });
    }

    /// What is shown now: the newest, but an error until it is seen.
    #[must_use]
    pub fn current(&self, now: Timestamp) -> Option<&Notice> {
        let young = self.history.iter().rev().take_while(|notice| now < notice.at + ERROR_SHOWN);
        let mut shown = young.filter(|notice| !notice.seen && now < notice.until());
        let newest = shown.next()?;
        let error = |notice: &&Notice| notice.gravity == Gravity::Error;
        if error(&newest) { Some(newest) } else { shown.find(error).or(Some(newest)) }
    }

    /// When what is shown fades.
    #[must_use]
    pub fn fades_at(&self, now: Timestamp) -> Option<Timestamp> {
        self.current(now).map(Notice::until)
    }

    /// A key was pressed: what was there for a while has been seen.
    pub fn key_pressed(&mut self, now: Timestamp) {
        for notice in self.history.iter_mut().rev().take_while(|notice| now < notice.at + ERROR_SHOWN) {
            notice.seen |= now >= notice.at + AT_LEAST;
        }
    }

    /// Everything that is kept, newest last.
    #[must_use]
    pub fn history(&self) -> impl DoubleEndedIterator<Item = &Notice> + ExactSizeIterator {
        self.history.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    #[test]
    fn a_notice_fades_after_5_seconds_an_error_after_10_and_both_at_a_key() {
        let mut notices = Notices::default();
        notices.tell("copied".into(), at(0));
        assert_eq!(notices.fades_at(at(4)), Some(at(5)));
        assert_eq!(notices.current(at(5)), None);
        notices.fail("the disk is full".into(), at(6));
        assert!(notices.current(at(15)).is_some());
        notices.tell("moved on".into(), at(6));
        assert_eq!(
            notices.current(at(6)).unwrap().gravity,
            Gravity::Error,
            "not hidden by what matters less"
        );
        notices.key_pressed(at(6));
        assert_eq!(
            notices.current(at(6)).unwrap().gravity,
            Gravity::Error,
            "a key typed ahead has not read it"
        );
        notices.key_pressed(at(7));
        assert_eq!(notices.current(at(7)), None, "a key after a second has");
        assert_eq!(notices.history().len(), 3);
    }

    #[test]
    fn the_same_said_again_is_counted_and_the_history_is_bounded() {
        let mut notices = Notices::default();
        notices.tell("nothing to undo".into(), at(0));
        notices.tell("nothing to undo".into(), at(1));
        assert_eq!(notices.current(at(5)).unwrap().times, 2);
        for number in 0..600 {
            notices.tell(SafeText::line(&number.to_string()), at(2));
        }
        assert_eq!(notices.history().len(), 500);
    }
}
