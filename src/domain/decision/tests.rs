//! The table of transitions, and what holds for every sequence of events.

mod world;

use proptest::prelude::*;

use super::*;
use crate::domain::{AssetId, EntryId, EntryStatus, ItemId, Money, UserId};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds * 1_000)
}

fn id<T>(make: fn([u8; 16]) -> T, n: u8) -> T {
    make([n; 16])
}

fn accept(stage: Stage) -> Decision {
    Decision {
        id: id(DecisionId::from_bytes, 1),
        session: id(SessionId::from_bytes, 2),
        batch: None,
        quest: id(QuestId::from_bytes, 3),
        act: Act::Review {
            entry: id(EntryId::from_bytes, 4),
            item: Some(id(ItemId::from_bytes, 5)),
            verdict: Verdict::Accept,
            note: None,
        },
        bound: Bound::Entry(Version { updated_at: at(0) }),
        cost: Cost { gross: Some(Money::sats(500)), fee: None, xp: 0 },
        label: "#3 Curie temps · bot-7".into(),
        made_at: at(0),
        changed_at: at(0),
        attempts: 0,
        began: None,
        stage,
    }
}

fn review(status: EntryStatus) -> Review {
    Review { status, reviewer: Some(id(UserId::from_bytes, 9)), at: None, note: SafeText::default() }
}

fn moved(stage: Stage, attempts: u32, event: &Event) -> Result<Stage, NoStep> {
    let mut decision = accept(stage);
    decision.attempts = attempts;
    decision.step(event, at(100))?;
    Ok(decision.stage)
}

fn unknown() -> Stage {
    Stage::Unknown { why: "timed out".into(), refusal: None, since: at(50) }
}

#[test]
fn the_way_of_a_decision_that_goes_well() {
    let mut decision = accept(Stage::Held { until: Some(at(5)) });
    assert_eq!(decision.stage.want(), Want::WakeAt(at(5)));
    assert_eq!(decision.step(&Event::Due, at(4)), Err(NoStep::NotYet));
    decision.step(&Event::Due, at(5)).unwrap();
    assert_eq!(decision.stage.want(), Want::Send);
    decision.step(&Event::Claim(Check::Same), at(6)).unwrap();
    assert_eq!((decision.stage.clone(), decision.attempts), (Stage::Sending, 1));
    decision.step(&Event::Answer(Answer::Done), at(7)).unwrap();
    assert_eq!(decision.stage, Stage::Confirmed(Settled::Ours));
    assert_eq!(decision.changed_at, at(7));
}

#[test]
fn undo_works_until_it_is_on_its_way() {
    assert_eq!(moved(Stage::Held { until: None }, 0, &Event::Undo), Ok(Stage::Undone));
    assert_eq!(moved(Stage::Queued, 0, &Event::Undo), Ok(Stage::Undone));
    assert_eq!(moved(Stage::Sending, 1, &Event::Undo), Err(NoStep::TooLate));
    assert_eq!(moved(unknown(), 1, &Event::Undo), Err(NoStep::TooLate));
    assert_eq!(moved(Stage::Undone, 0, &Event::Undo), Err(NoStep::Over));
}

#[test]
fn what_a_dead_session_left_waits_for_a_word() {
    let waits = Ok(Stage::Held { until: None });
    assert_eq!(moved(Stage::Held { until: Some(at(1)) }, 0, &Event::SessionDied), waits);
    assert_eq!(moved(Stage::Queued, 0, &Event::SessionDied), waits);
    assert_eq!(moved(Stage::Held { until: None }, 0, &Event::Due), Err(NoStep::NotYet));
    assert_eq!(moved(Stage::Held { until: None }, 0, &Event::GoOn), Ok(Stage::Queued));
    assert!(matches!(moved(Stage::Sending, 1, &Event::SessionDied), Ok(Stage::Unknown { .. })));
}

#[test]
fn a_clock_that_was_set_back_begins_the_window_anew_and_never_shortens_it() {
    let mut decision = Decision {
        stage: Stage::Held { until: Some(at(3_605)) },
        changed_at: at(3_600),
        ..accept(Stage::Queued)
    };
    decision.step(&Event::Due, at(2)).unwrap();
    assert_eq!(decision.stage, Stage::Held { until: Some(at(7)) });
    assert_eq!(decision.step(&Event::Due, at(6)), Err(NoStep::NotYet));
    decision.step(&Event::Due, at(7)).unwrap();
    assert_eq!(decision.stage, Stage::Queued);
}

#[test]
fn a_lost_answer_is_read_back_before_anything_else() {
    let lost = Event::Answer(Answer::Lost { why: "timed out".into() });
    let stage = moved(Stage::Sending, 1, &lost).unwrap();
    assert_eq!(stage.want(), Want::ReadBackAt(at(100) + READ_BACK_AFTER));
    assert_eq!(moved(unknown(), 1, &Event::Claim(Check::Same)), Err(NoStep::NotApplicable));
    assert_eq!(moved(unknown(), 1, &Event::ReadBack(Found::Open)), Ok(Stage::Queued));
    assert_eq!(moved(unknown(), 1, &Event::ReadBack(Found::Gone)), Ok(Stage::Conflict(Clash::Gone)));
}

#[test]
fn a_read_back_tells_ours_from_theirs() {
    let found = |status, ours| Event::ReadBack(Found::Decided { review: review(status), ours });
    let with = Some(id(UserId::from_bytes, 9));
    assert_eq!(moved(unknown(), 1, &found(EntryStatus::Accepted, true)), Ok(Stage::Confirmed(Settled::Ours)));
    let agreed = Ok(Stage::Confirmed(Settled::Agreed { with }));
    assert_eq!(moved(unknown(), 1, &found(EntryStatus::Accepted, false)), agreed);
    assert_eq!(moved(unknown(), 0, &found(EntryStatus::Accepted, true)), agreed, "never sent, so not ours");
    let theirs = Clash::Decided(review(EntryStatus::Rejected));
    assert_eq!(moved(unknown(), 1, &found(EntryStatus::Rejected, true)), Ok(Stage::Conflict(theirs)));
}

#[test]
fn a_refusal_that_may_be_a_conflict_is_looked_into_and_its_words_kept() {
    let no = Answer::Refused { words: "already reviewed".into(), look: true };
    let stage = moved(Stage::Sending, 1, &Event::Answer(no)).unwrap();
    let believed = moved(stage, 1, &Event::ReadBack(Found::Open));
    assert_eq!(believed, Ok(Stage::Refused { words: "already reviewed".into() }));
    let flat = Answer::Refused { words: "not yours".into(), look: false };
    assert_eq!(
        moved(Stage::Sending, 1, &Event::Answer(flat)),
        Ok(Stage::Refused { words: "not yours".into() })
    );
}

#[test]
fn accepting_what_was_rejected_is_told_from_the_rejection_it_replaces() {
    let again = |stage, attempts, event: &Event| {
        let mut decision = Decision { attempts, ..accept(stage) };
        decision.bound = Bound::Rejected(Version { updated_at: at(0) });
        decision.step(event, at(100)).map(|()| decision.stage)
    };
    let found = |status| Event::ReadBack(Found::Decided { review: review(status), ours: true });
    assert_eq!(again(unknown(), 1, &found(EntryStatus::Rejected)), Ok(Stage::Queued), "it was not done");
    let words: SafeText = "reviewed already".into();
    let refused = Stage::Unknown { why: words.clone(), refusal: Some(words.clone()), since: at(50) };
    assert_eq!(again(refused, 1, &found(EntryStatus::Rejected)), Ok(Stage::Refused { words }));
    assert_eq!(again(unknown(), 1, &found(EntryStatus::Accepted)), Ok(Stage::Confirmed(Settled::Ours)));
    let with = Some(id(UserId::from_bytes, 9));
    let agreed = Ok(Stage::Confirmed(Settled::Agreed { with }));
    assert_eq!(again(unknown(), 0, &found(EntryStatus::Accepted)), agreed, "never sent: not ours");
    assert_eq!(again(unknown(), 1, &Event::ReadBack(Found::Open)), Ok(Stage::Conflict(Clash::Changed)));
}

#[test]
fn scoring_an_item_again_is_never_repeated_by_itself() {
    let mut decision = accept(unknown());
    decision.act = Act::Rescore { item: id(ItemId::from_bytes, 5), runs: 3, free: false };
    decision.bound = Bound::Item(ItemStatus::Pending);
    decision.attempts = 1;
    let (mut begun, mut not_begun) = (decision.clone(), decision.clone());
    decision.step(&Event::ReadBack(Found::Item(ItemStatus::Pending)), at(100)).unwrap();
    assert!(matches!(&decision.stage, Stage::Refused { words } if words.as_str().contains("may have begun")));
    assert!(decision.may_have_spent());
    begun.step(&Event::ReadBack(Found::Runs(2)), at(100)).unwrap();
    assert_eq!(begun.stage, Stage::Confirmed(Settled::Ours));
    not_begun.step(&Event::ReadBack(Found::Runs(0)), at(100)).unwrap();
    assert!(matches!(&not_begun.stage, Stage::Refused { words } if words.as_str().contains("was not done")));
    assert!(!not_begun.may_have_spent());
}

#[test]
fn a_clash_before_sending_never_sends() {
    let changed = Event::Claim(Check::Clashes(Clash::RewardChanged));
    assert_eq!(moved(Stage::Queued, 0, &changed), Ok(Stage::Conflict(Clash::RewardChanged)));
    let same = Event::Claim(Check::Clashes(Clash::Decided(review(EntryStatus::Accepted))));
    assert!(matches!(moved(Stage::Queued, 0, &same), Ok(Stage::Confirmed(Settled::Agreed { .. }))));
    assert!(matches!(moved(Stage::Queued, 0, &Event::Claim(Check::Vanished)), Ok(Stage::Unknown { .. })));
}

#[test]
fn completing_an_item_is_never_repeated_by_itself() {
    let mut decision = accept(unknown());
    decision.act = Act::Complete { item: id(ItemId::from_bytes, 5), note: None };
    decision.bound = Bound::Item(ItemStatus::Pending);
    decision.attempts = 1;
    let mut done = decision.clone();
    decision.step(&Event::ReadBack(Found::Item(ItemStatus::Pending)), at(9)).unwrap();
    assert!(matches!(decision.stage, Stage::Refused { .. }), "{:?}", decision.stage);
    done.step(&Event::ReadBack(Found::Item(ItemStatus::Done)), at(9)).unwrap();
    assert_eq!(done.stage, Stage::Confirmed(Settled::Ours));
}

fn evaluation(stage: Stage, attempts: u32) -> Decision {
    let act = Act::Evaluate { entry: id(EntryId::from_bytes, 4), before: EvalStatus::Pending };
    Decision { act, attempts, cost: Cost::default(), ..accept(stage) }
}

#[test]
fn an_evaluation_is_never_run_twice_by_itself() {
    let found = |eval, seconds| {
        let version = Version { updated_at: at(seconds) };
        let mut decision = evaluation(unknown(), 1);
        decision.step(&Event::ReadBack(Found::Evaluation { eval, version }), at(99)).unwrap();
        decision.stage
    };
    assert_eq!(found(EvalStatus::Running, 1), Stage::Confirmed(Settled::Ours));
    assert!(
        matches!(found(EvalStatus::Pending, 0), Stage::Refused { words } if words.as_str().contains("not done"))
    );
    assert!(
        matches!(found(EvalStatus::Pending, 7), Stage::Refused { words } if words.as_str().contains("look"))
    );
    // A result that decided the entry names nobody; what a person decided is theirs.
    let mut decided = evaluation(unknown(), 1);
    let by_nobody = Review { reviewer: None, ..review(EntryStatus::Rejected) };
    decided.step(&Event::ReadBack(Found::Decided { review: by_nobody, ours: true }), at(9)).unwrap();
    assert_eq!(decided.stage, Stage::Confirmed(Settled::Ours));
    let mut theirs = evaluation(unknown(), 1);
    let by_ravi = review(EntryStatus::Rejected);
    theirs.step(&Event::ReadBack(Found::Decided { review: by_ravi, ours: false }), at(9)).unwrap();
    assert!(matches!(theirs.stage, Stage::Conflict(Clash::Decided(_))));
}

#[test]
fn what_older_versions_wrote_belongs_to_no_bulk_and_reads_the_same() {
    let decision = accept(Stage::Queued);
    let text = serde_json::to_string(&decision).unwrap();
    assert!(!text.contains("batch"), "{text}");
    assert_eq!(serde_json::from_str::<Decision>(&text).unwrap(), decision);
    let of_a_bulk = Decision { batch: Some(id(BatchId::from_bytes, 8)), ..decision };
    let text = serde_json::to_string(&of_a_bulk).unwrap();
    assert_eq!(serde_json::from_str::<Decision>(&text).unwrap(), of_a_bulk);
}

#[test]
fn an_item_that_somebody_else_moved_is_a_conflict() {
    let mut decision = accept(unknown());
    decision.act = Act::SetItem { item: id(ItemId::from_bytes, 5), status: ItemStatus::Done };
    decision.bound = Bound::Item(ItemStatus::Pending);
    decision.step(&Event::ReadBack(Found::Item(ItemStatus::Skipped)), at(9)).unwrap();
    assert_eq!(decision.stage, Stage::Conflict(Clash::ItemIs(ItemStatus::Skipped)));
}

fn any_event() -> impl Strategy<Value = Event> {
    let decided = |status: EntryStatus| {
        any::<bool>().prop_map(move |ours| Found::Decided { review: review(status.clone()), ours })
    };
    prop_oneof![
        Just(Event::Undo),
        Just(Event::Due),
        Just(Event::GoOn),
        Just(Event::SessionDied),
        Just(Event::Claim(Check::Same)),
        Just(Event::Claim(Check::Vanished)),
        Just(Event::Claim(Check::Clashes(Clash::Changed))),
        Just(Event::Answer(Answer::Done)),
        Just(Event::Answer(Answer::NotSent)),
        Just(Event::Answer(Answer::Lost { why: "lost".into() })),
        any::<bool>().prop_map(|look| Event::Answer(Answer::Refused { words: "no".into(), look })),
        Just(Event::ReadBack(Found::Open)),
        (0_u32..3).prop_map(|begun| Event::ReadBack(Found::Runs(begun))),
        Just(Event::ReadBack(Found::Gone)),
        decided(EntryStatus::Accepted).prop_map(Event::ReadBack),
        decided(EntryStatus::Rejected).prop_map(Event::ReadBack),
    ]
}

proptest! {
    /// Lost, late, doubled, foreign events in any order: never two sends without proof in between that the first
    /// did not arrive, never a way out of an end, never an undo of something that may have arrived.
    #[test]
    fn no_sequence_of_events_sends_twice_blindly(events in proptest::collection::vec((any_event(), 0i64..4), 0..60)) {
        let mut decision = accept(Stage::Held { until: Some(at(5)) });
        let mut now = 0;
        let mut may_have_arrived = false;
        for (event, seconds) in events {
            now += seconds;
            let before = decision.clone();
            let moved = decision.step(&event, at(now));
            if moved.is_err() {
                prop_assert_eq!(&decision, &before, "an event that changes nothing changes nothing");
                continue;
            }
            prop_assert!(!before.stage.is_over(), "out of an end by {:?}", event);
            match event {
                Event::Answer(Answer::NotSent) | Event::ReadBack(Found::Open) => may_have_arrived = false,
                Event::Undo => prop_assert!(!may_have_arrived, "took back what may have arrived"),
                _ => {}
            }
            if decision.stage == Stage::Sending {
                prop_assert!(!may_have_arrived, "sent again without a read-back");
                prop_assert_eq!(decision.attempts, before.attempts + 1);
                may_have_arrived = true;
            }
            prop_assert_eq!(decision.changed_at, at(now));
        }
    }
}

#[test]
fn a_comment_is_never_written_twice_by_itself() {
    let comment = || Decision {
        act: Act::Comment {
            entry: id(EntryId::from_bytes, 4),
            about: id(AssetId::from_bytes, 5),
            text: "which units?".into(),
        },
        ..accept(Stage::Queued)
    };
    let lost = Event::Answer(Answer::Lost { why: "no answer".into() });
    let now = Timestamp::from_millis(1);
    let mut written = comment();
    for event in [Event::Claim(Check::Same), lost.clone(), Event::ReadBack(Found::Comment)] {
        written.step(&event, now).unwrap();
    }
    assert_eq!(written.stage, Stage::Confirmed(Settled::Ours));
    let mut missing = comment();
    for event in [Event::Claim(Check::Same), lost, Event::ReadBack(Found::Open)] {
        missing.step(&event, now).unwrap();
    }
    assert!(matches!(missing.stage, Stage::Refused { .. }), "{:?}", missing.stage);
    let mut not_sent = comment();
    for event in [Event::Claim(Check::Same), Event::Answer(Answer::NotSent)] {
        not_sent.step(&event, now).unwrap();
    }
    assert_eq!(not_sent.stage, Stage::Queued, "what did not arrive may be sent");
    assert_ne!(
        comment().act.subject(),
        accept(Stage::Queued).act.subject(),
        "a verdict goes its way beside it"
    );
}
