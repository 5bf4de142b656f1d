//! What a dead session left, and what a living one keeps.

use questdesk::domain::decision::{Answer, Decision, Event, Settled, Stage};
use questdesk::store::{News, Store, StoreError};

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
    assert!(matches!(second.next_own(), News::NotRecorded { .. }));

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
            match desk.next_own() {
                News::Recorded(_) => held += 1,
                News::NotRecorded { .. } => {}
                other => panic!("{other:?}"),
            }
        }
    }
    assert_eq!(held, 50);
}

/// The next news that is not about the cache or the turn.
fn until(desk: &Desk, what: &str, is_it: impl Fn(&News) -> bool) -> News {
    for _ in 0..50 {
        let news = desk.next();
        if is_it(&news) {
            return news;
        }
    }
    panic!("{what} never came");
}

#[test]
fn one_of_two_desks_hands_out_what_both_queue_and_the_other_follows_it_at_its_death() {
    let dir = tempfile::tempdir().unwrap();
    let first = Desk::open(dir.path(), 1);
    fill(&first, 1..5);
    let second = Desk::open(dir.path(), 2);
    assert_eq!(second.next(), News::Turn { ours: false });
    // The first holds one, and has one on its way; the second queues one.
    for n in 1..4 {
        first.record(&accept(n, 1));
    }
    first.moved(decision_id(2), Event::GoOn);
    first.moved(decision_id(3), Event::GoOn);
    first.claim(decision_id(3)).unwrap();
    until(&second, "what the first does", |news| matches!(news, News::Elsewhere(all) if all.len() == 3));
    let mut fourth = accept(4, 2);
    fourth.stage = Stage::Queued;
    second.record(&fourth);
    assert_eq!(wait(second.store.claim(decision_id(4))), Err(StoreError::NotOurTurn));
    assert_eq!(second.open_stages(), vec![(decision_id(4), Stage::Queued)]);
    until(&first, "what the second queued", |news| *news == News::Elsewhere(vec![fourth.clone()]));
    assert!(first.open_stages().contains(&(decision_id(4), Stage::Queued)), "it is the first's to send");
    assert_eq!(first.claim(decision_id(4)).unwrap().stage, Stage::Sending);
    until(
        &second,
        "its decision on its way",
        |news| matches!(news, News::Elsewhere(all) if all[0].id == decision_id(4) && all[0].stage == Stage::Sending),
    );
    // Nothing of it was sent; it waits for its turn again, when the first dies.
    first.moved(decision_id(4), Event::Answer(Answer::NotSent));
    die(first);
    // The turn is given back before the end: either may be noticed first.
    let (mut left, mut has_the_turn) = (None, false);
    while left.is_none() || !has_the_turn {
        match second.next() {
            News::Left(decisions) => left = Some(decisions),
            News::Turn { ours: true } => has_the_turn = true,
            _ => {}
        }
    }
    let left = left.unwrap();
    let stages: Vec<_> = left.iter().map(|decision| &decision.stage).collect();
    assert_eq!(stages[..2], [&Stage::Held { until: None }, &Stage::Held { until: None }]);
    assert!(matches!(stages[2], Stage::Unknown { .. }), "{stages:?}");
    assert_eq!(*stages[3], Stage::Queued, "whoever decided it is still here");
    assert_eq!(second.claim(decision_id(4)).unwrap().attempts, 2);
}

#[test]
fn a_desk_that_may_not_send_never_has_the_turn() {
    let dir = tempfile::tempdir().unwrap();
    let (told, news) = std::sync::mpsc::channel();
    let options = questdesk::store::Options { dir: dir.path().into(), session: session(1), may_send: false };
    let sink = std::sync::Arc::new(move |news| drop(told.send(news)));
    let looks = questdesk::store::Store::open(options, sink).unwrap();
    looks.record(Decision { stage: Stage::Queued, ..accept(1, 1) });
    while !matches!(news.recv_timeout(std::time::Duration::from_secs(20)).unwrap(), News::Recorded(_)) {}
    assert_eq!(wait(looks.claim(decision_id(1))), Err(StoreError::NotOurTurn));
    let sends = Desk::open(dir.path(), 2);
    fill(&sends, [1]);
    assert_eq!(sends.open_stages(), vec![(decision_id(1), Stage::Queued)]);
    assert_eq!(sends.store_claim(decision_id(1)).unwrap().stage, Stage::Sending);
}
