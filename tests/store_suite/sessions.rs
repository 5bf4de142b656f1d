//! What a dead session left, and what a living one keeps.

use questdesk::domain::decision::{Answer, Event, Settled, Stage};
use questdesk::store::{News, Store};

use super::support::*;

/// Ends a store as a kill does: its thread is gone, nothing is said or brought to an end.
fn die(desk: Desk) {
    let store: Store = desk.store.clone();
    drop(desk);
    store.close();
}

#[test]
fn what_a_dead_session_left_is_told_and_waits() {
    let dir = tempfile::tempdir().unwrap();
    let desk = Desk::open(dir.path(), 1);
    fill(&desk, 1..6);
    for n in 1..6 {
        desk.record(&accept(n, 1));
    }
    for n in [2, 3, 4] {
        desk.moved(decision_id(n), Event::GoOn);
    }
    for n in [3, 4] {
        desk.claim(decision_id(n)).unwrap();
    }
    desk.moved(decision_id(4), Event::Answer(Answer::Done));
    desk.moved(decision_id(5), Event::Undo);
    die(desk);

    let desk = Desk::open(dir.path(), 2);
    let mut left: Vec<_> = desk.left.iter().map(|decision| (decision.id, decision.stage.clone())).collect();
    left.sort_by_key(|(id, _)| *id);
    let stages: Vec<_> = left.iter().map(|(_, stage)| stage.clone()).collect();
    assert_eq!(stages[..2], [Stage::Held { until: None }, Stage::Held { until: None }]);
    assert!(matches!(&stages[2], Stage::Unknown { why, .. } if why.as_str().contains("session ended")));
    assert_eq!(
        stages[3..],
        [Stage::Confirmed(Settled::Ours)],
        "what it paid is told too, what it undid is not"
    );
    assert_eq!(desk.open_stages().len(), 3, "they are ours to care for now");
    let claim = wait(desk.store.claim(decision_id(2)));
    assert!(claim.is_err(), "nothing is sent before a word: {claim:?}");
}

#[test]
fn they_are_told_again_until_somebody_decides() {
    let dir = tempfile::tempdir().unwrap();
    let desk = Desk::open(dir.path(), 1);
    desk.record(&accept(1, 1));
    die(desk);
    die(Desk::open(dir.path(), 2));
    let desk = Desk::open(dir.path(), 3);
    assert_eq!(desk.left.len(), 1);
    assert_eq!(
        super::survival::trail(dir.path(), decision_id(1)),
        ["held", "held"],
        "no step for mere waiting"
    );
    desk.moved(decision_id(1), Event::Undo);
    die(desk);
    assert_eq!(Desk::open(dir.path(), 4).left, vec![], "nothing waits, so nothing is told");
}

#[test]
fn the_decisions_of_a_living_session_are_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let first = Desk::open(dir.path(), 1);
    fill(&first, 1..4);
    for n in 1..4 {
        first.record(&accept(n, 1));
    }
    first.moved(decision_id(2), Event::GoOn);
    first.moved(decision_id(3), Event::GoOn);
    first.claim(decision_id(3)).unwrap();

    let second = Desk::open(dir.path(), 2);
    assert_eq!(second.left, vec![]);
    assert_eq!(second.open_stages(), vec![]);
    let theirs: Vec<_> = first.open_stages().into_iter().map(|(_, stage)| stage).collect();
    assert_eq!(theirs, [Stage::Held { until: Some(at(6)) }, Stage::Queued, Stage::Sending]);

    // One open decision on an entry, whoever made it.
    let mut same = accept(1, 2);
    same.id = decision_id(9);
    second.store.record(same);
    assert!(matches!(second.next(), News::NotRecorded { .. }));

    die(first);
    let third = Desk::open(dir.path(), 3);
    assert_eq!(third.left.len(), 3);
    assert_eq!(second.rows.len(), 3, "both see the same cache");
}

#[test]
fn what_was_taken_over_belongs_to_who_took_it() {
    let dir = tempfile::tempdir().unwrap();
    let first = Desk::open(dir.path(), 1);
    fill(&first, [1]);
    first.record(&accept(1, 1));
    die(first);
    let second = Desk::open(dir.path(), 2);
    second.moved(decision_id(1), Event::GoOn);
    second.claim(decision_id(1)).unwrap();
    // A third desk must not take the one that the second is sending for lost, though its maker is dead.
    let third = Desk::open(dir.path(), 3);
    assert_eq!((third.left.len(), third.open_stages().len()), (0, 0));
    assert_eq!(second.open_stages(), vec![(decision_id(1), Stage::Sending)]);
}

#[test]
fn one_session_is_not_opened_twice() {
    let dir = tempfile::tempdir().unwrap();
    let _first = Desk::open(dir.path(), 1);
    let error = Desk::try_open(dir.path(), 1).err().unwrap().to_string();
    assert!(error.contains("this very session is running already"), "{error}");
}

#[test]
fn two_desks_that_want_the_same_entry_get_one_decision() {
    let dir = tempfile::tempdir().unwrap();
    let desks = [Desk::open(dir.path(), 1), Desk::open(dir.path(), 2)];
    for n in 0..50 {
        for (session, desk) in (1..).zip(&desks) {
            let mut decision = accept(n, session);
            decision.id = decision_id(n * 2 + u32::from(session));
            desk.store.record(decision);
        }
    }
    let mut held = 0;
    for desk in &desks {
        for _ in 0..50 {
            match desk.next() {
                News::Recorded(_) => held += 1,
                News::NotRecorded { .. } => {}
                other => panic!("{other:?}"),
            }
        }
    }
    assert_eq!(held, 50);
}
