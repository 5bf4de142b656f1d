//! Moving through panes, quests, items and filters.

use crate::app::desk::Pane;
use crate::app::overlay::Overlay;
use crate::app::queue::Scope;
use crate::app::testing::*;
use crate::sync;

use super::REST;

#[test]
fn the_desk_opens_on_the_oldest_pending_entry_of_all_quests() {
    let desk = TestDesk::new();
    assert_eq!(desk.state.desk.focus, Pane::Pending);
    assert_eq!((desk.at(), desk.state.desk.queue.scope()), (1, Scope::All));
    assert_eq!(desk.state.desk.pending(), 6);
}

#[test]
fn keys_move_and_counts_repeat_them() {
    let mut desk = TestDesk::new();
    desk.keys("jj");
    assert_eq!(desk.at(), 3);
    desk.keys("2k");
    assert_eq!(desk.at(), 1);
    desk.keys("10j");
    assert_eq!(desk.at(), 6, "no further than the last");
    desk.keys("g");
    assert_eq!(desk.at(), 1);
    desk.keys("G");
    assert_eq!(desk.at(), 6);
    desk.keys("3");
    assert_eq!(desk.state.count, Some(3));
    desk.keys("<Esc>k");
    assert_eq!((desk.at(), desk.said().as_str()), (5, ""), "Esc takes the count back, and nothing else");
}

#[test]
fn panes_are_gone_through_with_tab_and_sideways() {
    let mut desk = TestDesk::new();
    let mut order = vec![desk.state.desk.focus];
    for _ in 0..4 {
        desk.keys("<Tab>");
        order.push(desk.state.desk.focus);
    }
    assert_eq!(order, [Pane::Pending, Pane::Entry, Pane::Quests, Pane::Items, Pane::Pending]);
    desk.keys("h");
    assert_eq!(desk.state.desk.focus, Pane::Items, "the pane on the left that had the focus last");
    desk.keys("h");
    assert_eq!(desk.said(), "there is no pane on the left");
    desk.keys("ll");
    assert_eq!(desk.state.desk.focus, Pane::Entry);
    desk.keys("<Shift-Tab>");
    assert_eq!(desk.state.desk.focus, Pane::Pending);
}

#[test]
fn opening_a_quest_and_an_item_narrows_the_list_and_back_widens_it_again() {
    let mut desk = TestDesk::new();
    desk.keys("hj");
    assert_eq!(desk.state.desk.quests.cursor, Some(quest_id(1)), "the one with the most entries is first");
    assert_eq!(desk.state.desk.queue.scope(), Scope::All, "moving narrows nothing");
    desk.keys("<Enter>");
    assert_eq!(desk.state.desk.queue.scope(), Scope::Quest(quest_id(1)));
    assert_eq!((desk.state.desk.focus, desk.state.desk.queue.visible_len()), (Pane::Pending, 5));
    desk.keys("<Shift-Tab>");
    assert_eq!(desk.state.desk.item_cursor(), Some(item_id(11)), "on the item of the entry under the cursor");
    desk.keys("j<Enter>");
    assert_eq!(desk.state.desk.queue.scope(), Scope::Item(item_id(12)));
    assert_eq!((desk.at(), desk.state.desk.queue.visible_len()), (2, 2));
    desk.keys("<Esc>");
    assert_eq!(desk.state.desk.queue.scope(), Scope::Quest(quest_id(1)));
    assert_eq!(desk.at(), 2, "the cursor stays on its entry");
    desk.keys("<Esc>");
    assert_eq!(desk.state.desk.queue.scope(), Scope::All);
    desk.keys("<Esc>");
    assert_eq!(desk.said(), "nothing is open, and there is no filter to clear");
}

#[test]
fn under_all_quests_the_items_pane_follows_the_entry_under_the_cursor() {
    let mut desk = TestDesk::new();
    assert_eq!(desk.state.desk.items_shown(), [item_id(11), item_id(12)]);
    assert_eq!(desk.state.desk.item_cursor(), Some(item_id(11)));
    desk.keys("j");
    assert_eq!(desk.state.desk.item_cursor(), Some(item_id(11)), "skimming redraws nothing beside the list");
    desk.wait(REST);
    assert_eq!(desk.state.desk.item_cursor(), Some(item_id(12)));
    desk.keys("jh");
    assert_eq!(desk.state.desk.item_cursor(), Some(item_id(11)), "at once when the list is left");
    desk.keys("lG");
    assert_eq!(desk.state.desk.items_quest(), Some(quest_id(2)));
    assert_eq!(desk.state.desk.item_cursor(), Some(item_id(21)));
}

#[test]
fn a_filter_is_typed_applied_corrected_and_cleared() {
    let mut desk = TestDesk::new();
    desk.keys("/by:bto-7<Enter>");
    assert_eq!(desk.state.desk.queue.visible_len(), 0);
    desk.keys("/<Ctrl-w>is:agnet<Enter>");
    let Some(Overlay::Filter(line)) = &desk.state.overlay else { panic!("it is open until it is right") };
    assert_eq!(
        line.error().unwrap().to_string(),
        "character 4: there is no `is:agnet`; did you mean `is:agent`?"
    );
    assert_eq!(line.cursor(), 3);
    desk.keys("<End><Ctrl-u>is:agent<Enter>");
    assert!(desk.state.overlay.is_none());
    assert_eq!((desk.state.desk.queue.visible_len(), desk.at()), (2, 2), "to the next that is listed");
    assert_eq!(desk.said(), "2 of 6 match; Esc takes the filter off");
    // What arrives is filtered too.
    let rows = vec![entry(7, 12, 2), entry(8, 12, 1)];
    desk.sync(sync::News::Entries { quest: quest_id(1), upserts: rows, gone: Vec::new() });
    assert_eq!(desk.state.desk.queue.visible_len(), 3);
    desk.keys("<Esc>");
    assert_eq!((desk.state.desk.queue.visible_len(), desk.at()), (8, 2));
}

#[test]
fn filters_find_what_they_name() {
    let mut desk = TestDesk::new();
    for (filter, count) in [
        ("maria", 4),
        ("-maria", 2),
        ("cif", 3),
        ("curie -is:paid", 2),
        ("is:paid by:maria", 3),
        ("item:1", 4),
        ("quest:gaps", 1),
        ("by:mar*", 4),
        ("by:mar", 0),
        ("eval:none", 6),
        ("eval:passed", 0),
        ("\"band gaps\"", 1),
        ("-by:bot-7 -by:maria", 0),
    ] {
        desk.keys(&format!("/<Ctrl-u>{}<Enter>", filter.replace(' ', "<Space>")));
        assert_eq!(desk.state.desk.queue.visible_len(), count, "{filter}");
    }
}
