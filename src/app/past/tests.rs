//! What was sent is never called undone: a rejection may be decided again through every gate, an acceptance stays.

use crate::app::overlay::Overlay;
use crate::app::rig::{Rig, entry_id, review_of};
use crate::domain::decision::{Answer, Bound, Event, Found, Settled, Stage, Verdict};
use crate::domain::{Currency, EntryStatus, Money, Review, SafeText};

/// A desk that rejected its first entry, which pays 500 sat, and sent that.
fn rejected() -> Rig {
    let mut rig = Rig::new();
    rig.keys("r 1");
    rig.pass(5_100);
    let id = rig.stored[0].id;
    rig.send(id, Answer::Done);
    rig
}

/// What is asked, on the sheet with the sum or on one of its own.
fn asks(rig: &Rig) -> &[SafeText] {
    match &rig.state.overlay {
        Some(Overlay::Confirm(confirm)) => &confirm.asks,
        Some(Overlay::Envelope(ask)) => &ask.asks,
        other => panic!("{other:?}, {}", rig.said()),
    }
}

#[test]
fn a_rejection_that_was_sent_is_accepted_instead_like_any_paid_acceptance() {
    let mut rig = rejected();
    rig.keys("u");
    assert!(matches!(rig.state.overlay, Some(Overlay::Walk(_))), "what can be done is said first");
    let id = rig.stored[0].id;
    let words = crate::app::decide::what_is_possible(&rig.state, id);
    assert!(
        words.as_str().contains("u accepts it instead for 500 sat, if the server allows that"),
        "{words}"
    );
    rig.keys("u");
    assert_eq!(asks(&rig)[0].as_str(), "you rejected it just now");
    assert!(matches!(rig.state.overlay, Some(Overlay::Envelope(_))), "one sheet for both questions");
    rig.pass(300);
    rig.keys("1 0 0 0 Enter");
    let again = rig.recorded()[1];
    assert_eq!(review_of(again), (entry_id(1), Verdict::Accept, None));
    assert!(matches!(again.bound, Bound::Rejected(_)));
    assert_eq!(rig.state.decisions.committed(Currency::Btc), Money::sats(500));
    let again = again.id;
    rig.keys("u");
    assert_eq!(*rig.stage(1), Stage::Undone, "it has its window");
    rig.keys("U");
    assert_eq!(asks(&rig)[0].as_str(), "you rejected it just now");
    rig.pass(300);
    rig.keys("Esc");
    rig.keys("[ [ u");
    rig.pass(300);
    rig.keys("Enter");
    assert_eq!(rig.recorded().len(), 3, "inside the sum: {}", rig.said());
    assert_ne!(rig.stored[2].id, again);
}

#[test]
fn a_server_that_does_not_allow_it_is_believed() {
    let mut rig = rejected();
    rig.keys("u u");
    rig.pass(300);
    rig.keys("1 0 0 0 Enter");
    rig.pass(5_100);
    let id = rig.stored[1].id;
    let words: SafeText = "this entry has been reviewed already".into();
    rig.send(id, Answer::Refused { words: words.clone(), look: true });
    let review =
        Review { status: EntryStatus::Rejected, reviewer: None, at: None, note: SafeText::default() };
    rig.step(id, &Event::ReadBack(Found::Decided { review, ours: true }));
    assert_eq!(*rig.stage(1), Stage::Refused { words });
    assert_eq!(rig.state.decisions.committed(Currency::Btc), Money::sats(0));
    assert!(rig.said().contains("reviewed already"), "{}", rig.said());
    rig.keys("3");
    rig.pass(500);
    rig.keys("t");
    assert_eq!(asks(&rig)[0].as_str(), "it was rejected", "asked again if somebody wants to");
}

#[test]
fn what_was_rejected_unseen_is_looked_at_before_it_is_paid_for() {
    let mut rig = Rig::new();
    rig.keys("j Space Space r 1");
    rig.pass(300);
    rig.keys("Enter");
    rig.pass(31_000);
    for n in 0..2 {
        let id = rig.stored[n].id;
        rig.send(id, Answer::Done);
    }
    rig.keys("u");
    rig.keys("u");
    let Some(Overlay::Past(_)) = &rig.state.overlay else { panic!("{}", rig.said()) };
    rig.keys("a");
    assert!(matches!(rig.state.overlay, Some(Overlay::Past(_))), "not looked at long enough");
    rig.look();
    rig.keys("a");
    assert_eq!(asks(&rig).len(), 2);
}

#[test]
fn an_acceptance_stays_and_the_desk_says_so() {
    let mut rig = Rig::new();
    rig.keys("a");
    rig.pass(300);
    rig.keys("5 0 0 Enter");
    rig.pass(5_100);
    let id = rig.stored[0].id;
    rig.send(id, Answer::Done);
    rig.keys("u u");
    assert!(rig.said().contains("paid: that can't be taken back"), "{}", rig.said());
    assert_eq!(*rig.stage(0), Stage::Confirmed(Settled::Ours));
    assert_eq!(rig.recorded().len(), 1);
}

#[test]
fn the_log_opens_what_left_the_queue_and_decides_it_again() {
    let mut rig = rejected();
    rig.keys("3");
    rig.pass(500);
    rig.keys("Enter");
    let Some(Overlay::Past(past)) = &rig.state.overlay else { panic!("{}", rig.said()) };
    assert_eq!(past.known.contributor(), "bot-7");
    let words = rig.state.instead_words(past).unwrap();
    assert_eq!(
        words.as_str(),
        "a accepts it instead, if the server allows that: pays 500 sat (450 net, fee 50) to bot-7"
    );
    rig.pass(300);
    rig.keys("Esc t");
    assert_eq!(asks(&rig).len(), 2);
}
