//! Keys and news to state and effects, without a terminal.

mod arriving;
mod filters;
mod moving;
mod random;
mod reading;

use std::time::Duration;

use super::overlay::Overlay;
use super::testing::*;
use super::{Effect, Message, context, help, hints, next_wake};
use crate::domain::{SafeText, Timestamp};
use crate::sync;
use crate::sync::{Link, Order};

const REST: Duration = Duration::from_millis(60);

#[test]
fn a_key_that_does_not_apply_says_why_and_does_nothing() {
    let mut desk = TestDesk::new();
    for (keys, words) in [
        ("d", "done: acts in Items"),
        ("J", "next entry: acts in Full-screen reader"),
        (".", "nothing has been decided yet that could be done again"),
        ("x", "discard: acts in Log"),
    ] {
        assert!(!desk.keys(keys).iter().any(|effect| matches!(effect, Effect::Record(_))));
        assert_eq!(desk.said(), words, "{keys}");
    }
    let mut reading = TestDesk::empty(super::state::Settings { read_only: true, ..settings() });
    reading.fill();
    reading.keys("a");
    assert_eq!(reading.said(), "read-only: nothing is changed from here");
    let mut nothing = TestDesk::empty(settings());
    nothing.keys("a");
    assert_eq!(nothing.said(), "there is no entry under the cursor");
}

#[test]
fn the_seconds_of_an_undo_window_are_woken_for_one_by_one() {
    let mut desk = TestDesk::new();
    desk.wait(Duration::from_secs(6));
    desk.hold(2);
    let mut woken = Vec::new();
    let end = desk.now + Duration::from_secs(5);
    while let Some(at) = next_wake(&desk.state).filter(|at| *at < end) {
        woken.push(end.since(at).as_secs());
        desk.now = at;
        desk.state.now = at;
    }
    woken.dedup();
    assert_eq!(woken, [4, 3, 2, 1]);
    // Late, and nobody has taken it yet: soon, but not in the past.
    desk.state.now = end + Duration::from_secs(1);
    assert!(next_wake(&desk.state).is_some_and(|at| at > desk.state.now));
}

#[test]
fn pasted_text_never_runs_as_keys() {
    let mut desk = TestDesk::new();
    let effects = desk.send(Message::Paste { text: "aaaa\n.q".into(), cut: false });
    assert_eq!(effects, []);
    desk.keys("ax");
    assert!(desk.said().contains("never run as keys"));
    desk.keys("f");
    let Some(Overlay::Filter(line)) = &desk.state.overlay else { panic!("taken as a filter") };
    assert_eq!(line.text(), "aaaa .q");
    desk.send(Message::Paste { text: "+\u{1b}[A".into(), cut: false });
    let Some(Overlay::Filter(line)) = &desk.state.overlay else { panic!("still open") };
    assert_eq!(line.text(), "aaaa .q+\u{FFFD}[A", "made safe");
    desk.keys("<Esc>");
    assert!(desk.state.overlay.is_none() && desk.state.desk.filter().is_none());
}

#[test]
fn help_and_messages_scroll_and_close() {
    let mut desk = TestDesk::new();
    desk.keys("x ?");
    assert!(help::lines(&desk.state).len() > 20);
    desk.keys("jjG");
    assert!(matches!(desk.state.overlay, Some(Overlay::Help(_))));
    desk.keys("<Esc>M");
    assert!(matches!(desk.state.overlay, Some(Overlay::Messages(_))));
    desk.keys("q");
    assert!(desk.state.overlay.is_none());
    assert_eq!(desk.at(), 1, "the list below did not move");
}

#[test]
fn hints_and_dispatch_agree() {
    let mut desk = TestDesk::new();
    for pane in ["", "<Enter>", "<Esc><Tab>", "<Tab>", "<Tab>"] {
        desk.keys(pane);
        let hints = hints::hints(&desk.state);
        assert!(hints.len() > 3, "{:?}", desk.state.desk.focus);
        for hint in hints {
            let key = hint.keys.as_str().parse().unwrap();
            let command = desk.state.keymap.find(context::places(&desk.state), key).unwrap();
            assert_eq!(context::applies(&desk.state, command), Ok(()), "{hint:?}");
        }
    }
    let text = |desk: &TestDesk| hints::hints(&desk.state).remove(0).keys;
    assert_eq!(text(&TestDesk::new()), "a".into());
}

#[test]
fn an_error_is_not_wiped_away_by_keys_typed_ahead() {
    let mut desk = TestDesk::new();
    desk.sync(sync::News::Trouble { what: "reading Curie sweep".into(), words: "500".into() });
    desk.keys("jjx");
    assert_eq!(desk.said(), "reading Curie sweep: 500");
    desk.wait(Duration::from_secs(1));
    desk.keys("j");
    assert_eq!(desk.said(), "", "all of it has been there long enough to be read");
}

#[test]
fn an_idle_desk_sleeps() {
    let mut desk = TestDesk::new();
    for quest in [1, 2] {
        desk.sync(sync::News::Fresh { quest: quest_id(quest), at: START, whole: true });
    }
    let mut wakes = 0;
    let end = desk.now + Duration::from_secs(60);
    while let Some(at) = next_wake(&desk.state).filter(|at| *at < end) {
        desk.now = at;
        desk.send(Message::Wake);
        wakes += 1;
    }
    assert!(wakes <= 12, "{wakes} wake-ups in a minute");
}

#[test]
fn small_wishes_become_effects() {
    let mut desk = TestDesk::new();
    let url: SafeText = "https://ouro.example/quests/1".into();
    assert_eq!(desk.keys("y"), [Effect::Copy(url.clone())]);
    assert_eq!(desk.keys("o"), [Effect::Browse(url)]);
    assert_eq!(desk.keys("R"), [Effect::Order(Order::Refresh)]);
    assert_eq!(desk.keys("<Ctrl-l>"), [Effect::Repaint]);
    assert_eq!(desk.keys("<Ctrl-z>"), [Effect::Suspend]);
    assert_eq!(desk.send(Message::Terminate), [Effect::Quit(Duration::from_secs(2))]);
}

fn link(n: u8) -> Link {
    let later = START + Duration::from_secs(30);
    match n {
        0 => Link::Connecting,
        1 => Link::Live,
        2 => Link::Slow { until: later, why: "429".into() },
        3 => Link::Offline { since: START, retry_at: later, why: "no route".into() },
        _ => Link::SignedOut { why: "the key was refused".into() },
    }
}

/// The clock of the tests is their own.
#[test]
fn time_comes_with_messages() {
    let mut desk = TestDesk::new();
    desk.now = Timestamp::from_millis(5);
    desk.send(Message::Wake);
    assert_eq!(desk.state.now, Timestamp::from_millis(5));
}
