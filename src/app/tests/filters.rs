//! Filters that compare, and saved views.

use std::time::Duration;

use crate::app::Message;
use crate::app::key::Key;
use crate::app::overlay::Overlay;
use crate::app::queue::filter::Filter;
use crate::app::state::Settings;
use crate::app::testing::{TestDesk, entry, quest_id, settings};
use crate::config::SavedView;
use crate::sync;

/// Types a filter, `<` and all, and puts it on.
fn filter(desk: &mut TestDesk, text: &str) {
    desk.keys("/<Ctrl-u>");
    for character in text.chars() {
        desk.send(Message::Key(Key::char(character)));
    }
    desk.keys("<Enter>");
}

#[test]
fn a_filter_compares_ages_scores_and_rewards() {
    let mut desk = TestDesk::new();
    // Entry n was submitted n seconds less than a day ago; the CIF files pay 500 sat, the rest nothing.
    let mut scored = entry(3, 11, 1);
    scored.score = Some(0.42);
    desk.sync(sync::News::Entries { quest: quest_id(1), upserts: vec![scored], gone: Vec::new() });
    for (text, matches) in [
        ("reward>0", 3),
        ("reward>499.99 reward<500.01", 3),
        ("reward>500", 0),
        ("reward<1", 3),
        ("score<0.5", 1),
        ("score>0.42", 0),
        ("-score>0.4", 5),
        ("age>23h", 6),
        ("age>1d", 0),
    ] {
        filter(&mut desk, text);
        assert_eq!(desk.state.desk.queue.visible_len(), matches, "{text}");
    }
}

#[test]
fn ages_count_from_when_the_filter_was_put_on() {
    let mut desk = TestDesk::new();
    filter(&mut desk, "age<1d");
    assert_eq!(desk.state.desk.queue.visible_len(), 6);
    desk.wait(Duration::from_secs(3_600));
    desk.sync(sync::News::Entries { quest: quest_id(2), upserts: vec![entry(7, 21, 1)], gone: Vec::new() });
    assert_eq!(desk.state.desk.queue.visible_len(), 7, "the list stands still while it is worked on");
    desk.keys("/<Enter>");
    assert_eq!(desk.state.desk.queue.visible_len(), 0, "put on again, it counts anew");
}

#[test]
fn a_saved_view_puts_its_filter_on_and_zero_takes_it_off() {
    let view = |name: &'static str, filter| SavedView {
        name: name.into(),
        filter: Filter::parse(filter).unwrap().unwrap(),
    };
    let views = vec![view("paid", "reward>0"), view("agents", "by:bot-7")];
    let mut desk = TestDesk::empty(Settings { views, ..settings() });
    desk.fill();
    let on = |desk: &TestDesk| desk.state.desk.filter().map(|filter| filter.text().to_string());
    desk.keys("F2");
    assert_eq!((on(&desk).as_deref(), desk.state.desk.queue.visible_len()), (Some("by:bot-7"), 2));
    assert_eq!(desk.said(), "2 of 6 match; Esc takes the filter off");
    desk.keys("F<Esc>");
    assert_eq!(on(&desk).as_deref(), Some("by:bot-7"), "going back changes nothing");
    desk.keys("Fk<Enter>");
    assert_eq!(on(&desk).as_deref(), Some("reward>0"), "the cursor was on the view that is on");
    desk.keys("F7");
    assert_eq!((on(&desk).as_deref(), desk.said().as_str()), (Some("reward>0"), "there is no view 7"));
    assert!(matches!(desk.state.overlay, Some(Overlay::Views(_))), "it stays open");
    desk.keys("-");
    assert!(on(&desk).is_none() && desk.state.overlay.is_none());
}
