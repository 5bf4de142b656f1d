//! Somebody else is faster: told in place, never overridden, and no key lands on what slid under the cursor.

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::app::overlay::Overlay;
use crate::app::rig::{Rig, entry_id, quest_id, row};
use crate::app::{Effect, State, testing};
use crate::domain::decision::{Act, Answer, Check, Clash, Event, Stage, Subject};
use crate::domain::{EntryStatus, Timestamp, Version};
use crate::sync;

fn review(status: EntryStatus, at: Timestamp) -> Review {
    // ana herself: her other desk.
    Review { status, reviewer: Some(testing::user_id(1)), at: Some(at), note: "fits".into() }
}

fn gone(rig: &mut Rig, n: u8, review: Option<Review>) {
    let gone = vec![Gone { entry: entry_id(n), review }];
    rig.sync(sync::News::Entries { quest: quest_id(), upserts: Vec::new(), gone });
}

/// A desk whose cursor was taken, on entry 5 of the item that pays only XP.
fn reading() -> Rig {
    let mut rig = Rig::new();
    rig.keys("4 j");
    rig.look();
    rig
}

fn conflict(rig: &Rig) -> &crate::app::overlay::conflict::Conflict {
    match &rig.state.overlay {
        Some(Overlay::Conflict(conflict)) => conflict,
        other => panic!("{other:?}, {}", rig.said()),
    }
}

#[test]
fn an_entry_decided_elsewhere_stays_in_place_and_says_so() {
    let mut rig = reading();
    let (review, page) = (review(EntryStatus::Accepted, rig.now), rig.state.desk.reader.entry);
    gone(&mut rig, 5, Some(review));
    assert_eq!(rig.state.desk.queue.cursor(), Some(entry_id(5)), "nothing moved");
    assert_eq!(rig.state.desk.reader.entry, page);
    assert_eq!(
        rig.state.elsewhere_words(entry_id(5)).unwrap().as_str(),
        "bot-7 accepted it just now: “fits”"
    );
    rig.keys("j");
    assert!(!rig.state.desk.queue.contains(entry_id(5)), "left behind, it is gone");
    assert_eq!(rig.state.elsewhere_words(entry_id(5)), None);
}

#[test]
fn a_decision_key_shows_both_sides_and_sends_nothing() {
    let mut rig = reading();
    let review = review(EntryStatus::Accepted, rig.now);
    gone(&mut rig, 5, Some(review));
    rig.keys("r");
    let sheet = conflict(&rig);
    assert_eq!((sheet.theirs.as_str(), sheet.yours.as_str()), ("bot-7 accepted it just now", "reject"));
    assert_eq!(sheet.their_note.as_ref().unwrap().as_str(), "fits");
    rig.keys("Enter");
    assert!(rig.state.overlay.is_some(), "not answered before it was read");
    rig.pass(250);
    rig.keys("Enter");
    assert!(rig.recorded().is_empty());
    assert_eq!(rig.state.desk.queue.cursor(), Some(entry_id(6)), "theirs stays, and the desk goes on");
}

#[test]
fn the_same_verdict_is_agreement() {
    let mut rig = reading();
    let review = review(EntryStatus::Accepted, rig.now);
    gone(&mut rig, 5, Some(review));
    rig.keys("a");
    assert!(rig.recorded().is_empty() && rig.state.overlay.is_none());
    assert!(rig.said().starts_with("agreed: bot-7 accepted it"), "{}", rig.said());
}

#[test]
fn a_note_in_the_middle_of_writing_is_not_lost() {
    let mut rig = reading();
    rig.keys("r n o");
    let review = review(EntryStatus::Accepted, rig.now);
    gone(&mut rig, 5, Some(review));
    rig.keys("Ctrl-s");
    assert_eq!(conflict(&rig).your_note.as_ref().unwrap().as_str(), "no");
    rig.pass(250);
    rig.keys("d");
    let kept = Effect::SaveDraft(Subject::Entry(entry_id(5)), "no".into());
    assert!(rig.effects.contains(&kept));
    assert!(rig.recorded().is_empty());
}

#[test]
fn a_note_can_be_posted_as_a_comment_or_dropped() {
    for (key, posts) in [("c", true), ("x", false)] {
        let mut rig = reading();
        rig.keys("r n o Ctrl-s u r n o");
        let review = review(EntryStatus::Accepted, rig.now);
        gone(&mut rig, 5, Some(review));
        rig.keys("Ctrl-s");
        rig.pass(250);
        rig.keys(key);
        if posts {
            assert!(matches!(rig.state.overlay, Some(Overlay::Note(_))), "to be read before it is sent");
            rig.keys("j Ctrl-s");
            let comment = rig.stored.iter().find(|decision| matches!(decision.act, Act::Comment { .. }));
            let text = comment.and_then(|comment| comment.act.note()).unwrap();
            assert_eq!(text.as_str(), "`{@bot-7}` about #2 Item 2: noj");
        } else {
            let dropped = Effect::DropDraft(Subject::Entry(entry_id(5)));
            assert!(rig.effects.iter().rposition(|effect| *effect == dropped).is_some());
            assert!(rig.state.overlay.is_none());
        }
    }
}

#[test]
fn what_they_rejected_can_be_accepted_and_what_they_accepted_stays() {
    let mut rig = reading();
    let theirs = review(EntryStatus::Rejected, rig.now);
    gone(&mut rig, 5, Some(theirs));
    rig.keys("a");
    assert!(conflict(&rig).can_override);
    rig.pass(250);
    rig.keys("o");
    let Some(Overlay::Confirm(confirm)) = &rig.state.overlay else { panic!("{}", rig.said()) };
    assert_eq!(confirm.asks[0].as_str(), "bot-7 rejected it just now");
    rig.pass(250);
    rig.keys("Enter");
    let bound = crate::domain::decision::Bound::Rejected(row(5, 2).version);
    assert_eq!(rig.recorded()[0].bound, bound);
    let mut rig = reading();
    let theirs = review(EntryStatus::Accepted, rig.now);
    gone(&mut rig, 5, Some(theirs));
    rig.keys("r");
    rig.pass(250);
    rig.keys("o");
    assert!(rig.said().contains("an acceptance stays") && rig.recorded().is_empty(), "{}", rig.said());
}

#[test]
fn what_is_gone_without_a_decision_is_told_too() {
    for lost in [false, true] {
        let mut rig = reading();
        if lost {
            rig.sync(sync::News::Quests(vec![testing::quest(9, "another")]));
        } else {
            gone(&mut rig, 5, None);
        }
        assert!(rig.state.elsewhere_words(entry_id(5)).unwrap().as_str().starts_with("gone"));
        rig.keys("a");
        assert!(conflict(&rig).theirs.as_str().starts_with("gone"), "{lost}");
        assert!(rig.recorded().is_empty());
    }
}

#[test]
fn an_entry_that_is_pending_after_all_can_be_decided() {
    let mut rig = reading();
    gone(&mut rig, 5, None);
    let again = EntryRow { version: Version { updated_at: rig.now }, ..row(5, 2) };
    rig.sync(sync::News::Entries { quest: quest_id(), upserts: vec![again], gone: Vec::new() });
    rig.look();
    rig.keys("a");
    assert_eq!(rig.recorded().len(), 1, "{}", rig.said());
}

#[test]
fn a_conflict_found_at_sending_keeps_the_note_and_names_its_cause_first() {
    let mut rig = reading();
    rig.keys("r 1");
    rig.pass(5_000);
    let id = rig.stored[0].id;
    let theirs = Review { reviewer: Some(testing::user_id(0)), ..review(EntryStatus::Accepted, rig.now) };
    rig.step(id, &Event::Claim(Check::Clashes(Clash::Decided(theirs))));
    assert!(matches!(rig.stage(0), Stage::Conflict(_)));
    assert!(rig.said().starts_with("ana accepted it first: “fits”"), "{}", rig.said());
    let sheet =
        crate::app::overlay::conflict::Conflict::of_decision(&rig.state, &rig.stored[0], rig.now).unwrap();
    assert_eq!((sheet.theirs.as_str(), sheet.yours.as_str()), ("ana accepted it just now", "reject"));
    let kept = Effect::SaveDraft(Subject::Entry(entry_id(5)), "name the unit".into());
    assert!(rig.effects.contains(&kept));
}

#[test]
fn one_s_own_name_is_known_before_the_people_are() {
    let mut rig = Rig::new();
    let me = testing::user_id(77);
    rig.sync(sync::News::SignedIn(crate::domain::Account { id: me, username: "ana-2".into() }));
    assert_eq!(rig.state.name_of(me).as_str(), "ana-2");
}

/// What may happen while keys are pressed.
#[derive(Debug, Clone)]
enum Happens {
    Keys(&'static str),
    Pass(u64),
    Gone(u8, bool),
    Newer(u8),
    /// Our decision on the entry under the cursor, if there is one, comes true.
    Confirmed,
    Lost,
}

fn happens() -> impl Strategy<Value = Happens> {
    prop_oneof![
        4 => prop::sample::select(vec!["a", "r 1", "r 2", ".", "j", "k", "b", "u", "Enter", "Esc", "F 1", "G"])
            .prop_map(Happens::Keys),
        3 => prop::sample::select(vec![0_u64, 20, 120, 240, 260, 5_100]).prop_map(Happens::Pass),
        3 => (5..=8_u8, any::<bool>()).prop_map(|(n, decided)| Happens::Gone(n, decided)),
        1 => (5..=8_u8).prop_map(Happens::Newer),
        2 => Just(Happens::Confirmed),
        1 => Just(Happens::Lost),
    ]
}

fn under(state: &State) -> Option<EntryId> {
    state.desk.queue.cursor()
}

fn news(rig: &mut Rig, happens: &Happens) {
    match happens {
        Happens::Gone(n, decided) => {
            let review = decided.then(|| review(EntryStatus::Rejected, rig.now));
            gone(rig, *n, review);
        }
        Happens::Newer(n) => {
            let newer = EntryRow { version: Version { updated_at: rig.now }, ..row(*n, 2) };
            rig.sync(sync::News::Entries { quest: quest_id(), upserts: vec![newer], gone: Vec::new() });
        }
        Happens::Confirmed => {
            let queued = rig.stored.iter().find(|decision| decision.stage == Stage::Queued);
            if let Some(id) = queued.map(|decision| decision.id) {
                rig.send(id, Answer::Done);
            }
        }
        Happens::Lost => rig.sync(sync::News::Quests(vec![testing::quest(9, "another")])),
        Happens::Keys(_) | Happens::Pass(_) => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]
    /// A decision is on the entry that was under the cursor when its first key was pressed, that entry had not come
    /// there by itself within the last 250 ms, and it was neither decided nor gone.
    #[test]
    fn no_key_lands_on_an_entry_that_slid_under_the_cursor(steps in prop::collection::vec(happens(), 1..60)) {
        let mut rig = reading();
        let mut slid: Option<Timestamp> = None;
        let mut over = std::collections::HashSet::new();
        for step in &steps {
            let (before, made) = (under(&rig.state), rig.recorded().len());
            match step {
                Happens::Keys(keys) => {
                    let fresh = rig.state.overlay.is_none();
                    rig.keys(keys);
                    for decision in rig.recorded().into_iter().skip(made) {
                        let Act::Review { entry, .. } = decision.act else { continue };
                        prop_assert!(!fresh || Some(entry) == before, "{:?} was under the cursor", before);
                        let slid_now = slid.is_some_and(|at| rig.now.since(at) < Duration::from_millis(250));
                        prop_assert!(!fresh || !slid_now, "it had slid there");
                        prop_assert!(!over.contains(&entry), "it was over");
                    }
                }
                Happens::Pass(millis) => rig.pass(*millis),
                other => {
                    news(&mut rig, other);
                    if before.is_some() && under(&rig.state) != before {
                        slid = Some(rig.now);
                    }
                    match other {
                        Happens::Gone(n, _) => { over.insert(entry_id(*n)); }
                        Happens::Newer(n) => { over.remove(&entry_id(*n)); }
                        _ => {}
                    }
                }
            }
        }
    }
}
