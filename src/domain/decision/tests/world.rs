//! A decision in a world: a server that pays each time it is asked, a network that loses what it likes, sessions that
//! die at any moment. It must pay at most once, and in the end the desk must know whether it did.

use super::*;

/// What happens next, if it can.
#[derive(Debug, Clone, Copy)]
enum Turn {
    /// The reviewer takes it back, or lets it go.
    Undo,
    GoOn,
    /// Time passes.
    Wait(i64),
    /// The session dies, and another one takes over.
    Die,
    /// The sender takes it and sends it: it arrives or not.
    Send {
        arrives: bool,
    },
    /// The answer comes, or is lost on its way.
    Answer {
        comes: bool,
    },
    /// The server is asked how things stand.
    Look,
    /// Somebody else decides, this way.
    Other {
        accepts: bool,
    },
    /// An answer to an earlier request comes late.
    Late,
}

fn turn() -> impl Strategy<Value = Turn> {
    prop_oneof![
        1 => Just(Turn::Undo),
        1 => Just(Turn::GoOn),
        3 => (0i64..8).prop_map(Turn::Wait),
        2 => Just(Turn::Die),
        5 => any::<bool>().prop_map(|arrives| Turn::Send { arrives }),
        5 => any::<bool>().prop_map(|comes| Turn::Answer { comes }),
        4 => Just(Turn::Look),
        1 => any::<bool>().prop_map(|accepts| Turn::Other { accepts }),
        1 => Just(Turn::Late),
    ]
}

/// The server, and the request that is under way.
#[derive(Debug, Default)]
struct World {
    /// How often it paid for us. It would do it each time.
    paid: u32,
    /// What somebody else decided.
    other: Option<EntryStatus>,
    /// Whether the request under way arrived.
    arrived: Option<bool>,
    now: i64,
}

impl World {
    fn step(&self, decision: &mut Decision, event: &Event) {
        // What does not apply changes nothing, which another property holds it to.
        let _ = decision.step(event, at(self.now));
    }

    /// What a look at the server shows.
    fn found(&self) -> Found {
        match &self.other {
            Some(status) => Found::Decided { review: review(status.clone()), ours: false },
            None if self.paid > 0 => Found::Decided { review: review(EntryStatus::Accepted), ours: true },
            None => Found::Open,
        }
    }

    fn send(&mut self, decision: &mut Decision, arrives: bool) {
        self.step(decision, &Event::Claim(Check::Same));
        if decision.stage != Stage::Sending || self.arrived.is_some() {
            return;
        }
        self.arrived = Some(arrives);
        if arrives && self.other.is_none() {
            self.paid += 1;
        }
    }

    fn answer(&mut self, decision: &mut Decision, comes: bool) {
        let Some(arrived) = self.arrived.take() else { return };
        let answer = match (arrived, comes, &self.other) {
            (false, true, _) => Answer::NotSent,
            (_, false, _) => Answer::Lost { why: "lost".into() },
            (true, true, Some(_)) => Answer::Refused { words: "already reviewed".into(), look: true },
            (true, true, None) => Answer::Done,
        };
        self.step(decision, &Event::Answer(answer));
    }

    fn take(&mut self, decision: &mut Decision, turn: Turn) {
        match turn {
            Turn::Undo => self.step(decision, &Event::Undo),
            Turn::GoOn => self.step(decision, &Event::GoOn),
            Turn::Wait(seconds) => {
                self.now += seconds;
                self.step(decision, &Event::Due);
            }
            Turn::Die => {
                self.arrived = None;
                self.step(decision, &Event::SessionDied);
            }
            Turn::Send { arrives } => self.send(decision, arrives),
            Turn::Answer { comes } => self.answer(decision, comes),
            Turn::Look => self.step(decision, &Event::ReadBack(self.found())),
            Turn::Other { accepts } if self.paid == 0 && self.other.is_none() => {
                self.other = Some(if accepts { EntryStatus::Accepted } else { EntryStatus::Rejected });
            }
            Turn::Late if self.paid > 0 => self.step(decision, &Event::Answer(Answer::Done)),
            Turn::Other { .. } | Turn::Late => {}
        }
    }

    /// Everything goes well from now on.
    fn settle(&mut self, decision: &mut Decision) {
        for _ in 0..8 {
            self.take(decision, Turn::GoOn);
            self.take(decision, Turn::Send { arrives: true });
            self.take(decision, Turn::Answer { comes: true });
            self.take(decision, Turn::Look);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]
    #[test]
    fn whatever_happens_it_pays_at_most_once_and_the_desk_knows(turns in proptest::collection::vec(turn(), 0..40)) {
        let mut decision = accept(Stage::Held { until: Some(at(5)) });
        let mut world = World::default();
        for turn in turns {
            world.take(&mut decision, turn);
            prop_assert!(world.paid <= 1, "paid twice: {:?}", world);
            let undone = decision.stage == Stage::Undone;
            prop_assert!(!undone || world.paid == 0, "taken back, and paid");
        }
        world.settle(&mut decision);
        prop_assert!(world.paid <= 1, "paid twice: {:?}", world);
        prop_assert!(decision.stage.is_over(), "it never ends: {:?}", decision.stage);
        let ours = decision.stage == Stage::Confirmed(Settled::Ours);
        prop_assert_eq!(ours, world.paid == 1, "{:?} in {:?}", decision.stage, world);
    }
}
