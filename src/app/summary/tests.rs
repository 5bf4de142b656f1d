use crate::app::rig::{Rig, quest_id, row};
use crate::domain::decision::Answer;
use crate::domain::{EntryRow, EvalStatus};
use crate::sync;

use super::*;

fn summary(rig: &Rig) -> Vec<String> {
    rig.state.summary().iter().map(ToString::to_string).collect()
}

/// The held window ends, and the server says yes to everything.
fn send_all(rig: &mut Rig) {
    rig.pass(31_000);
    let queued: Vec<_> = rig
        .stored
        .iter()
        .filter(|decision| decision.stage == Stage::Queued)
        .map(|decision| decision.id)
        .collect();
    for id in queued {
        rig.send(id, Answer::Done);
    }
}

/// Accepts the first one, which pays, and agrees on a sum for the session.
fn pay(rig: &mut Rig) {
    rig.keys("a");
    rig.pass(300);
    rig.keys("2 0 0 0 Enter");
    rig.look();
}

#[test]
fn a_session_without_decisions_says_nothing() {
    assert_eq!(summary(&Rig::new()), Vec::<String>::new());
}

#[test]
fn it_counts_what_stands_what_was_paid_and_to_how_many() {
    let mut rig = Rig::new();
    pay(&mut rig);
    rig.keys("r 1");
    rig.look();
    rig.keys("a");
    rig.look();
    rig.keys("b");
    send_all(&mut rig);
    assert_eq!(
        summary(&rig),
        ["3 decided: 2 accepted, 1 rejected · 1 put aside", "paid 1,000 sat to 1 person"]
    );
}

#[test]
fn what_is_not_confirmed_is_not_paid_and_what_was_taken_back_does_not_count() {
    let mut rig = Rig::new();
    pay(&mut rig);
    rig.keys("r 1");
    rig.keys("u");
    assert_eq!(
        summary(&rig),
        ["1 decided: 1 accepted, 0 rejected", "kept for next time: 1 not confirmed yet"]
    );
    send_all(&mut rig);
    assert_eq!(summary(&rig), ["1 decided: 1 accepted, 0 rejected", "paid 500 sat to 1 person"]);
}

#[test]
fn the_pace_is_the_middle_one_and_pauses_and_bulks_do_not_count() {
    let mut rig = Rig::new();
    rig.keys("j j j j");
    rig.look();
    for wait in [2_000, 5_000, 9_000, 700_000, 3_000, 4_000] {
        rig.keys("r 1");
        rig.pass(wait);
    }
    send_all(&mut rig);
    assert_eq!(summary(&rig), ["6 decided: 0 accepted, 6 rejected · 5.0 s from one to the next"]);
    let bulk = summary_after_bulk();
    assert_eq!(bulk, ["12 decided: 0 accepted, 12 rejected"], "one act, however many");
}

fn summary_after_bulk() -> Vec<String> {
    let mut rig = Rig::new();
    rig.keys("* r 1");
    rig.pass(300);
    rig.keys("Enter");
    send_all(&mut rig);
    summary(&rig)
}

#[test]
fn agreement_is_counted_over_what_had_a_result_at_the_key() {
    let mut rig = Rig::new();
    let with = |n, eval| EntryRow { eval, ..row(n, 2) };
    let rows = vec![
        with(5, EvalStatus::Passed),
        with(6, EvalStatus::Passed),
        with(7, EvalStatus::Failed),
        with(8, EvalStatus::Pending),
    ];
    rig.sync(sync::News::Entries { quest: quest_id(), upserts: rows, gone: Vec::new() });
    rig.keys("j j j j");
    for keys in ["a", "r 1", "r 1", "a"] {
        rig.look();
        rig.keys(keys);
    }
    send_all(&mut rig);
    assert_eq!(
        summary(&rig),
        [
            "4 decided: 2 accepted, 2 rejected",
            "awarded 20 xp",
            "66 % as the evaluation said (2 of 3 that have a result)"
        ]
    );
}
