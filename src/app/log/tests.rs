//! The Log: what is listed, what can be done from it, and the digit that shows it.

use super::*;
use crate::app::rig::{Rig, entry_id, review_of};
use crate::domain::EntryId;
use crate::domain::decision::Answer;

/// A desk that rejected entries 5 and 6 of the item that pays only XP.
fn rig() -> Rig {
    let mut rig = Rig::new();
    rig.keys("4 j");
    rig.look();
    rig.keys("r 1");
    rig.pass(10);
    rig.keys("r 2");
    rig.pass(500);
    rig
}

fn show(rig: &mut Rig) {
    rig.keys("3");
    rig.pass(400);
    assert_eq!(rig.state.view, View::Log);
}

/// What was said last, whatever else is still shown.
fn said_last(rig: &Rig) -> String {
    rig.state.notices.history().next_back().map(|notice| notice.words.to_string()).unwrap_or_default()
}

fn listed(rig: &Rig) -> Vec<EntryId> {
    rig.state.log.rows().iter().map(|decision| review_of(decision).0).collect()
}

#[test]
fn a_digit_alone_shows_its_view_and_with_a_motion_it_is_a_count() {
    let mut rig = Rig::new();
    rig.keys("3");
    rig.pass(399);
    assert_eq!(rig.state.view, View::Desk, "it may become a count yet");
    rig.pass(1);
    assert_eq!((rig.state.view, rig.state.count), (View::Log, None));
    rig.keys("1");
    rig.pass(400);
    assert_eq!(rig.state.view, View::Desk);
    rig.keys("3 j");
    rig.pass(1_000);
    assert_eq!((rig.state.view, rig.state.desk.queue.cursor()), (View::Desk, Some(entry_id(4))));
    rig.keys("3 0");
    rig.pass(1_000);
    assert_eq!((rig.state.view, rig.state.count), (View::Desk, Some(30)), "no view has this number");
    rig.keys("Esc 3 Esc");
    rig.pass(1_000);
    assert_eq!(rig.state.view, View::Desk, "taken back in time");
}

#[test]
fn every_decision_is_listed_newest_first_and_changes_in_place() {
    let mut rig = rig();
    show(&mut rig);
    assert_eq!(listed(&rig), [entry_id(6), entry_id(5)]);
    rig.keys("j");
    rig.pass(6_000);
    let id = rig.stored[1].id;
    rig.send(id, Answer::Refused { words: "no more".into(), look: false });
    assert_eq!(rig.state.log.rows()[0].stage, Stage::Refused { words: "no more".into() });
    assert_eq!(rig.state.log.cursor(), 1, "the cursor stays");
    assert!(!rig.state.log.trail(rig.state.log.under_cursor().unwrap().id).is_empty());
}

#[test]
fn the_detail_follows_the_cursor_once_it_rests() {
    let mut rig = rig();
    show(&mut rig);
    let shown = |rig: &Rig| rig.state.log.shown().map(|row| row.id);
    let under = |rig: &Rig| rig.state.log.under_cursor().map(|row| row.id);
    let first = shown(&rig);
    assert_eq!(first, under(&rig), "what the view opens on is shown at once");
    rig.keys("j");
    assert!(under(&rig) != first && shown(&rig) == first, "walking redraws nothing beside the list");
    rig.pass(60);
    assert_eq!(shown(&rig), under(&rig));
    assert!(!rig.state.log.trail(under(&rig).unwrap()).is_empty(), "with its trail");
    rig.keys("k l");
    assert_eq!(shown(&rig), under(&rig), "who goes to the detail sees the decision under the cursor");
}

#[test]
fn a_window_that_the_cursor_walked_out_of_goes_on_by_two_thirds() {
    let rig = rig();
    let row =
        |nth: u8| Decision { id: crate::domain::DecisionId::from_bytes([nth; 16]), ..rig.stored[0].clone() };
    let mut log = Log { rows: (0..50).map(row).collect(), ..Log::default() };
    let mut top_at = |cursor| {
        log.cursor = cursor;
        log.fit(12);
        log.top
    };
    assert_eq!([0, 11, 12, 19, 20, 8, 7, 0, 49].map(&mut top_at), [0, 0, 8, 8, 16, 8, 0, 0, 38]);
}

#[test]
fn a_decision_that_is_made_while_the_log_is_known_comes_above() {
    let mut rig = rig();
    show(&mut rig);
    rig.keys("j 1");
    rig.pass(400);
    rig.keys("r 1");
    assert_eq!(listed(&rig), [entry_id(7), entry_id(6), entry_id(5)]);
    assert_eq!(rig.state.log.under_cursor().map(|row| review_of(row).0), Some(entry_id(5)));
}

#[test]
fn what_another_desk_decides_comes_into_the_open_log_at_once() {
    let mut rig = rig();
    show(&mut rig);
    rig.keys("j");
    let under = rig.state.log.under_cursor().map(|row| row.id);
    let mut theirs = rig.stored[0].clone();
    theirs.id = crate::domain::DecisionId::from_bytes([0xFE; 16]);
    theirs.made_at = rig.now;
    if let crate::domain::decision::Act::Review { entry, .. } = &mut theirs.act {
        *entry = entry_id(9);
    }
    let elsewhere = crate::store::News::Elsewhere(vec![theirs.clone()]);
    rig.take(crate::app::Message::Store(elsewhere));
    assert_eq!(rig.state.log.rows()[0].id, theirs.id, "newest first");
    assert_eq!(rig.state.log.under_cursor().map(|row| row.id), under, "the cursor stays on its decision");
    theirs.stage = crate::domain::decision::Stage::Queued;
    rig.take(crate::app::Message::Store(crate::store::News::Elsewhere(vec![theirs.clone()])));
    assert_eq!(rig.state.log.rows()[0].stage, theirs.stage, "and it changes in place");
}

#[test]
fn undo_and_discard_take_back_the_row_under_the_cursor() {
    for key in ["u", "x"] {
        let mut rig = rig();
        show(&mut rig);
        rig.keys("j");
        rig.keys(key);
        assert_eq!((rig.stage(0), rig.stage(1).can_undo()), (&Stage::Undone, true), "{key}");
    }
}

#[test]
fn what_was_refused_is_decided_anew_through_the_gates() {
    let mut rig = rig();
    rig.pass(6_000);
    for n in [0, 1] {
        let id = rig.stored[n].id;
        rig.send(id, if n == 0 { Answer::Refused { words: "no".into(), look: false } } else { Answer::Done });
    }
    show(&mut rig);
    rig.keys("t");
    assert!(matches!(rig.state.overlay, Some(Overlay::Confirm(_))), "a rejection that was sent: asks");
    rig.keys("n");
    rig.pass(300);
    rig.keys("n j t");
    assert_eq!(rig.state.view, View::Desk);
    assert_eq!(rig.stored.len(), 3);
    assert_eq!(review_of(&rig.stored[2]), (entry_id(5), Verdict::Reject, Some("name the unit")));
}

#[test]
fn a_paid_acceptance_is_not_made_again_unseen() {
    let mut rig = Rig::new();
    rig.state.decisions.envelope.agree(crate::domain::Money::sats(5_000));
    rig.keys("a");
    rig.pass(6_000);
    let id = rig.stored[0].id;
    rig.send(id, Answer::Refused { words: "no".into(), look: false });
    rig.keys("G");
    rig.look();
    // As after a restart: nothing has been seen yet.
    rig.state.decisions.seen = crate::app::seen::Seen::default();
    show(&mut rig);
    rig.keys("t");
    assert_eq!(rig.stored.len(), 1, "its header was not on the screen");
    assert!(said_last(&rig).contains("look, then press it again"), "{}", said_last(&rig));
    rig.look();
    rig.keys("a");
    assert_eq!(rig.stored.len(), 2);
}

#[test]
fn nothing_in_the_log_has_its_header_on_the_screen() {
    let mut rig = rig();
    assert!(rig.state.header().is_some());
    show(&mut rig);
    assert_eq!(rig.state.header(), None);
    rig.keys("a r .");
    assert_eq!(rig.stored.len(), 2, "deciding keys mean nothing here");
}

#[test]
fn the_note_of_a_held_decision_is_edited_by_deciding_anew() {
    let mut rig = rig();
    show(&mut rig);
    rig.keys("e");
    assert_eq!(rig.stage(1), &Stage::Undone);
    rig.keys("! Ctrl-s");
    assert_eq!(review_of(&rig.stored[2]), (entry_id(6), Verdict::Reject, Some("add the source!")));
}

#[test]
fn the_filter_asks_the_store_and_esc_takes_it_off() {
    let mut rig = rig();
    show(&mut rig);
    rig.keys("/ s o u r c e Enter");
    assert_eq!(listed(&rig), [entry_id(6)]);
    rig.keys("Esc");
    assert_eq!(listed(&rig).len(), 2);
    rig.keys("/ s t a t e : d o n e Enter");
    assert!(listed(&rig).is_empty());
    rig.keys("Esc Esc");
    assert_eq!(rig.state.view, View::Desk);
}

#[test]
fn enter_goes_to_the_entry_or_shows_what_is_kept_of_it() {
    let mut rig = rig();
    show(&mut rig);
    rig.keys("j Enter");
    assert_eq!((rig.state.view, rig.state.desk.queue.cursor()), (View::Desk, Some(entry_id(5))));
    rig.pass(6_000);
    for n in [0, 1] {
        let id = rig.stored[n].id;
        rig.send(id, Answer::Done);
    }
    show(&mut rig);
    rig.keys("Enter");
    assert_eq!(rig.state.view, View::Log);
    let Some(Overlay::Past(past)) = &rig.state.overlay else { panic!("{}", rig.said()) };
    let entry = past.known.entry;
    assert!(rig.effects.contains(&Effect::LoadBody(entry)));
}
