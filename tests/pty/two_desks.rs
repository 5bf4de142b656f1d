//! Two desks on one profile: one sends for both, the other takes over at its death, and nothing is done twice.

use questdesk::backend::Fault;
use questdesk::domain::EntryStatus;

use crate::harness::look;
use crate::trouble::{Place, leave};

#[test]
fn two_desks_on_one_profile_both_work_and_nothing_is_done_twice() {
    let place = Place::new();
    let mut one = place.open("undo_seconds = 0\nseen_ms = 0");
    let mut two = place.open("undo_seconds = 0\nseen_ms = 0");
    one.type_keys("r 1");
    place.server.wait_entry(0, &EntryStatus::Rejected);
    two.type_keys("R");
    two.wait_for("4 pending");
    two.type_keys("a");
    place.server.wait_entry(1, &EntryStatus::Accepted);
    one.press_until("R", "the other's decision", |screen| screen.contains("3 pending"));
    // Both on the same entry, in the same moment.
    one.wait_for("Third try");
    two.wait_for("Third try");
    one.type_keys("a");
    two.type_keys("a");
    let entry = place.server.wait_entry(2, &EntryStatus::Accepted);
    assert_eq!(entry.xp, 10);
    one.press_until("R", "the third", |screen| screen.contains("2 pending"));
    two.press_until("R", "the third", |screen| screen.contains("2 pending"));
    leave(one);
    leave(two);
}

/// The first desk has a payment under way when it is killed.
#[test]
fn a_desk_that_is_killed_is_followed_by_the_other_which_pays_nothing_twice() {
    let place = Place::new();
    let decide = "undo_seconds = 0\nseen_ms = 0\nconfirm_paid = \"never\"";
    let mut one = place.open(decide);
    let mut two = place.open(decide);
    two.wait_for("another desk sends");
    // What the second decides, the first sends; both know.
    two.type_keys("a");
    place.server.wait_entry(0, &EntryStatus::Accepted);
    two.wait_for("4 pending");
    one.wait_for("4 pending");

    // The first pays: it is done, but its answer does not come. Then it dies.
    place.server.next_fault("/review", Fault::HoldAfter);
    one.type_keys("j j");
    one.wait_for("Run 7");
    one.type_keys("a");
    place.server.wait_entry(3, &EntryStatus::Accepted);
    two.wait_for("sending");
    one.kill();
    place.server.backend().release_holds();
    // The second takes over by itself: it says what was left, reads back what may have been done, and sends.
    two.wait_for("Left by another desk");
    two.wait_gone("another desk sends");
    two.wait_for("1 found done");
    look();
    two.type_keys("Enter");
    two.wait_gone("Left by another desk");
    two.wait_for("3 pending");
    two.wait_for("Second try");
    look();
    two.type_keys("r");
    two.wait_for("why?");
    two.type_keys("1");
    two.wait_for("2 pending");
    place.server.wait_entry(1, &EntryStatus::Rejected);
    assert_eq!(place.server.payments(3), 1);
    leave(two);
}

/// One that is stopped (`kill -STOP`) holds its turn for a few seconds only.
#[test]
fn a_desk_that_stands_still_loses_its_turn_and_learns_it() {
    use rustix::process::Signal;
    let place = Place::new();
    let decide = "undo_seconds = 0\nseen_ms = 0\nconfirm_paid = \"never\"";
    let mut one = place.open(decide);
    let mut two = place.open(decide);
    two.wait_for("another desk sends");
    one.signal(Signal::STOP);
    two.wait_gone("another desk sends");
    two.type_keys("a");
    place.server.wait_entry(0, &EntryStatus::Accepted);
    one.signal(Signal::CONT);
    one.wait_for("another desk sends");
    one.wait_for("4 pending");
    one.wait_for("Second try");
    one.type_keys("a");
    place.server.wait_entry(1, &EntryStatus::Accepted);
    one.wait_for("3 pending");
    leave(two);
    one.wait_gone("another desk sends");
    leave(one);
}
