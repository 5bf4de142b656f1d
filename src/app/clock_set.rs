//! A clock that goes back. `crate::clock` never does; should time come in that does all the same, nothing is held for as
//! long as it went back, no question stays deaf, and nothing counts as seen that was not.

use crate::domain::Timestamp;

use super::State;

impl State {
    /// The time that comes with messages is earlier than before: what runs now is begun anew.
    pub(super) fn clock_was_set_back(&mut self, now: Timestamp) {
        self.decisions.clock_was_set_back(now);
        self.decisions.seen.clock_was_set_back(now);
        self.desk.slid_at = self.desk.slid_at.map(|_| now);
        if let Some(overlay) = &mut self.overlay {
            overlay.asks_anew(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::app::overlay::Overlay;
    use crate::app::rig::Rig;
    use crate::domain::decision::Stage;
    use crate::domain::{Currency, Money};

    const HOUR: u64 = 3_600_000;

    /// Sets the clock: messages come with this other time from now on.
    fn set(rig: &mut Rig, back: bool, millis: u64) {
        let by = Duration::from_millis(millis);
        rig.now = if back { rig.now - by } else { rig.now + by };
        rig.pass(0);
    }

    fn rig() -> Rig {
        let mut rig = Rig::new();
        rig.state.decisions.envelope.agree(Money::sats(100_000));
        rig.look();
        rig
    }

    #[test]
    fn what_is_held_when_the_clock_goes_back_is_held_for_one_more_window_at_the_most() {
        for millis in [2_000, HOUR, 10_000 * HOUR] {
            let mut rig = rig();
            rig.keys("a");
            rig.pass(3_000);
            set(&mut rig, true, millis);
            assert!(matches!(rig.stage(0), Stage::Held { .. }));
            rig.pass(1_900);
            assert!(matches!(rig.stage(0), Stage::Held { .. }), "never shorter than it was: {millis}");
            rig.pass(5_000);
            assert_eq!(*rig.stage(0), Stage::Queued, "{millis}");
            assert_eq!(rig.state.decisions.committed(Currency::Btc), Money::sats(500));
        }
    }

    #[test]
    fn what_is_held_can_still_be_taken_back_after_the_clock_was_set() {
        let mut rig = rig();
        rig.keys("a");
        set(&mut rig, true, HOUR);
        rig.keys("u");
        assert_eq!(*rig.stage(0), Stage::Undone);
    }

    #[test]
    fn a_question_hears_its_answer_and_nothing_counts_as_seen_that_was_not() {
        let mut rig = Rig::new();
        rig.keys("a");
        assert!(matches!(rig.state.overlay, Some(Overlay::Envelope(_))));
        rig.pass(300);
        set(&mut rig, true, HOUR);
        rig.keys("5 0 0 Enter");
        assert!(rig.stored.is_empty(), "it stands anew");
        rig.pass(300);
        rig.keys("5 0 0 Enter");
        assert_eq!(rig.stored.len(), 1, "{}", rig.said());
        rig.pass(10_000);
        let mut rig = self::rig();
        set(&mut rig, true, HOUR);
        rig.keys("a");
        assert!(rig.stored.is_empty(), "it is looked at again first: {}", rig.said());
        rig.pass(300);
        rig.keys("a");
        assert_eq!(rig.stored.len(), 1, "{}", rig.said());
    }

    #[test]
    fn a_clock_that_leaps_ahead_loses_nothing_and_doubles_nothing() {
        let mut rig = rig();
        rig.keys("a");
        set(&mut rig, false, 10_000 * HOUR);
        assert_eq!(*rig.stage(0), Stage::Queued);
        set(&mut rig, true, 10_000 * HOUR);
        rig.pass(10_000);
        assert_eq!((rig.stored.len(), rig.stage(0)), (1, &Stage::Queued));
        assert_eq!(rig.state.decisions.committed(Currency::Btc), Money::sats(500));
    }
}
