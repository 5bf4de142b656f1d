//! Keys and news to state and effects, without a terminal.

mod filters;
mod random;

use std::sync::Arc;
use std::time::Duration;

use super::desk::Pane;
use super::overlay::Overlay;
use super::queue::Scope;
use super::reader::Body;
use super::testing::*;
use super::{Effect, Message, context, help, next, next_wake};
use crate::domain::decision::{Decision, Stage};
use crate::domain::{EntryRow, SafeText, Timestamp, Version};
use crate::sync::{Gone, Link, Order};
use crate::{store, sync};

const REST: Duration = Duration::from_millis(60);

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
fn the_reader_follows_the_cursor_once_it_rests_and_asks_for_each_body_once() {
    let mut desk = TestDesk::new();
    assert_eq!(desk.state.desk.reader.entry, Some(entry_id(1)), "at once when nothing is shown");
    assert_eq!(desk.state.desk.reader.body, Body::Loading);
    let loads = |effects: Vec<Effect>| -> Vec<Effect> {
        effects.into_iter().filter(|effect| matches!(effect, Effect::LoadBody(_))).collect()
    };
    assert_eq!(loads(desk.keys("jjj")), [], "skimming fetches nothing");
    assert_eq!(desk.state.desk.reader.entry, Some(entry_id(1)));
    assert_eq!(next_wake(&desk.state), Some(desk.now + REST));
    assert_eq!(loads(desk.wait(REST)), [Effect::LoadBody(entry_id(4))]);
    assert_eq!(desk.state.desk.reader.entry, Some(entry_id(4)));
    assert_eq!(loads(desk.wait(Duration::from_secs(5))), []);
    assert_eq!(loads(desk.keys("<Enter>k")), [], "it is open already, and k scrolls");
    assert_eq!(loads(desk.keys("J")), [Effect::LoadBody(entry_id(5))], "in the reader at once");
}

fn show_body(desk: &mut TestDesk, row: &EntryRow, text: &str) -> Vec<Effect> {
    let body = Some(Arc::new(body(row, text)));
    desk.store(store::News::Body { entry: row.id, body, draft: None })
}

#[test]
fn a_page_scrolls_to_its_end_and_no_further_and_each_entry_keeps_its_place() {
    let mut desk = TestDesk::new();
    show_body(&mut desk, &entry(1, 11, 1), &"line\n\n".repeat(500));
    desk.keys("<Enter><Space>j");
    let place = desk.state.desk.reader.scroll();
    assert!(place > 10, "{place}");
    desk.keys("J");
    assert_eq!((desk.at(), desk.state.desk.reader.scroll()), (2, 0));
    desk.keys("K");
    show_body(&mut desk, &entry(1, 11, 1), &"line\n\n".repeat(500));
    assert_eq!((desk.at(), desk.state.desk.reader.scroll()), (1, place));
    desk.keys("G");
    let end = desk.state.desk.reader.scroll();
    desk.keys("<PgDn>");
    assert_eq!(desk.state.desk.reader.scroll(), end);
    desk.keys("g");
    assert_eq!(desk.state.desk.reader.scroll(), 0);
    desk.keys("J");
    show_body(&mut desk, &entry(2, 12, 2), "short");
    desk.keys("<Space>");
    assert_eq!((desk.at(), desk.state.desk.reader.scroll()), (2, 0), "Space scrolls, nothing else");
}

#[test]
fn an_entry_that_changed_while_it_is_read_is_fetched_again_once_and_marked() {
    let mut desk = TestDesk::new();
    show_body(&mut desk, &entry(1, 11, 1), "before");
    assert!(!desk.state.desk.reader.changed);
    let newer = EntryRow { version: Version { updated_at: START }, ..entry(1, 11, 1) };
    let news = sync::News::Entries { quest: newer.quest, upserts: vec![newer.clone()], gone: Vec::new() };
    let effects = desk.sync(news);
    assert!(effects.contains(&Effect::LoadBody(entry_id(1))), "{effects:?}");
    // The cache may still have the old one: it is not asked for in a circle.
    assert_eq!(show_body(&mut desk, &entry(1, 11, 1), "before"), []);
    show_body(&mut desk, &newer, "after");
    assert!(desk.state.desk.reader.changed);
    desk.keys("j");
    desk.wait(REST);
    assert!(!desk.state.desk.reader.changed);
}

#[test]
fn a_body_that_was_missing_is_asked_for_again_once_the_connection_is_back() {
    let mut desk = TestDesk::new();
    desk.sync(sync::News::Link(link(3)));
    desk.store(store::News::Body { entry: entry_id(1), body: None, draft: Some("draft".into()) });
    assert_eq!(desk.state.desk.reader.body, Body::Missing);
    assert_eq!(desk.state.desk.reader.draft, Some("draft".into()));
    assert_eq!(desk.wait(Duration::from_secs(9)), []);
    assert_eq!(desk.sync(sync::News::Link(Link::Live)), [Effect::LoadBody(entry_id(1))]);
}

#[test]
fn what_is_gone_while_our_decision_is_open_stays_listed_until_that_is_over() {
    let mut desk = TestDesk::new();
    let held = desk.hold(3);
    let gone = [3, 4].map(|n| Gone { entry: entry_id(n), review: None }).to_vec();
    desk.sync(sync::News::Entries { quest: quest_id(1), upserts: Vec::new(), gone });
    let listed = |desk: &TestDesk, n| desk.state.desk.queue.contains(entry_id(n));
    assert!(listed(&desk, 3) && !listed(&desk, 4));
    desk.store(store::News::Moved(Decision { stage: Stage::Sending, ..held.clone() }));
    assert!(listed(&desk, 3));
    desk.store(store::News::Moved(Decision { stage: Stage::Refused { words: "no".into() }, ..held }));
    assert!(!listed(&desk, 3));
}

#[test]
fn what_was_decided_does_not_come_back_by_a_late_answer_but_by_a_new_version() {
    let mut desk = TestDesk::new();
    let late = entry(3, 11, 1);
    desk.state.desk.decided(late.id, late.version);
    let upsert = |row: &EntryRow| sync::News::Entries {
        quest: quest_id(1),
        upserts: vec![row.clone()],
        gone: Vec::new(),
    };
    desk.sync(upsert(&late));
    assert!(!desk.state.desk.queue.contains(late.id));
    desk.sync(upsert(&EntryRow { version: Version { updated_at: START }, ..late.clone() }));
    assert!(desk.state.desk.queue.contains(late.id));
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
fn the_list_has_not_scrolled_when_the_reader_is_closed_again() {
    let mut desk = TestDesk::new();
    desk.send(Message::Resize { width: 120, height: 10 });
    let rows = (10..60).map(|n| entry(n, 11, 1)).collect();
    desk.sync(sync::News::Entries { quest: quest_id(1), upserts: rows, gone: Vec::new() });
    desk.keys("20j2k");
    let top = desk.state.desk.queue.top();
    assert!(top > 5 && top < desk.state.desk.queue.position().unwrap());
    desk.keys("<Enter><Esc>");
    assert_eq!(desk.state.desk.queue.top(), top);
    desk.keys("<Enter>JJJJJJJJJ<Esc>");
    let queue = &desk.state.desk.queue;
    assert!(queue.position().unwrap() < queue.top() + 8, "the cursor is in the window again");
}

#[test]
fn the_brief_is_fetched_when_it_is_wanted_and_once() {
    let mut desk = TestDesk::new();
    assert_eq!(desk.keys("t"), [Effect::LoadBrief(item_id(11))]);
    assert_eq!(desk.keys("tt"), []);
    desk.store(store::News::Brief { item: item_id(11), text: "measure it".into() });
    assert_eq!(desk.state.desk.reader.brief_of(item_id(11)), Some(&"measure it".into()));
}

#[test]
fn a_header_counts_as_shown_only_where_it_is_drawn() {
    let mut desk = TestDesk::new();
    assert_eq!(desk.state.header(), Some((entry_id(1), entry(1, 11, 1).version)));
    desk.keys("j");
    assert_eq!(desk.state.header().map(|(entry, _)| entry), Some(entry_id(1)), "until the cursor rests");
    desk.wait(REST);
    assert_eq!(desk.state.header().map(|(entry, _)| entry), Some(entry_id(2)));
    desk.keys("?");
    assert_eq!(desk.state.header(), None, "an overlay covers it");
    desk.keys("q");
    desk.send(Message::Resize { width: 30, height: 8 });
    assert_eq!(desk.state.header(), None, "too small");
    desk.keys("a");
    assert_eq!(desk.said(), "the window is too small to see what would be decided");
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
        let hints = context::hints(&desk.state);
        assert!(hints.len() > 3, "{:?}", desk.state.desk.focus);
        for hint in hints {
            let key = hint.keys.as_str().parse().unwrap();
            let command = desk.state.keymap.find(context::places(&desk.state), key).unwrap();
            assert_eq!(context::applies(&desk.state, command), Ok(()), "{hint:?}");
        }
    }
    let text = |desk: &TestDesk| context::hints(&desk.state).remove(0).keys;
    assert_eq!(text(&TestDesk::new()), "a".into());
}

#[test]
fn what_is_gone_leaves_the_list_and_what_is_read_stays_until_it_is_left() {
    let mut desk = TestDesk::new();
    desk.keys("j");
    let gone = [1, 2].map(|n| Gone { entry: entry_id(n), review: None }).to_vec();
    desk.sync(sync::News::Entries { quest: quest_id(1), upserts: Vec::new(), gone });
    assert_eq!((desk.at(), desk.state.desk.pending_of(quest_id(1))), (2, 4));
    desk.keys("j");
    assert_eq!((desk.at(), desk.state.desk.pending_of(quest_id(1))), (3, 3));
}

#[test]
fn quests_are_sorted_by_what_is_pending_and_their_cursor_stays_on_its_quest() {
    let mut desk = TestDesk::new();
    desk.keys("hjj");
    assert_eq!(desk.state.desk.quests.cursor, Some(quest_id(2)));
    let rows = (10..20).map(|n| entry(n, 21, 1)).collect();
    desk.sync(sync::News::Entries { quest: quest_id(2), upserts: rows, gone: Vec::new() });
    assert_eq!(desk.state.desk.quests.order(), [quest_id(2), quest_id(1)]);
    assert_eq!(desk.state.desk.quests.position(), 1);
    desk.sync(sync::News::Quests(vec![quest(1, "Curie sweep")]));
    assert_eq!(desk.state.desk.quests.cursor, Some(quest_id(1)), "the row's next quest");
}

#[test]
fn the_cache_is_shown_first_with_its_counts_and_its_age() {
    let mut desk = TestDesk::empty(settings());
    let snapshot = store::Snapshot {
        quests: vec![quest(1, "Curie sweep")],
        items: vec![item(11, "CIF files", None)],
        pending: vec![(quest_id(1), 214)],
        fresh: vec![(quest_id(1), START - Duration::from_secs(7_200))],
        ..store::Snapshot::default()
    };
    desk.store(store::News::Snapshot(snapshot));
    assert_eq!((desk.state.desk.pending(), desk.state.desk.pending_of(quest_id(1))), (214, 214));
    let fresh = next::freshness(&desk.state);
    assert_eq!((fresh.live, fresh.words.as_str()), (false, "cached 2h ago"));
    assert_eq!(fresh.why, Some("connecting".into()));
    desk.store(store::News::Rows { rows: vec![entry(1, 11, 1)], more: false });
    assert_eq!(desk.state.desk.pending(), 1);
    desk.sync(sync::News::Link(Link::Live));
    desk.sync(sync::News::Fresh { quest: quest_id(1), at: START, whole: true });
    assert_eq!(next::freshness(&desk.state).words, "live".into());
}

/// The cache is read while the engine is already at work: its rows must not bring back what the engine knows better.
#[test]
fn rows_of_the_cache_never_go_before_what_the_engine_said() {
    let mut desk = TestDesk::new();
    let newer = EntryRow { version: Version { updated_at: START }, ..entry(3, 11, 1) };
    let gone = vec![Gone { entry: entry_id(1), review: None }, Gone { entry: entry_id(40), review: None }];
    desk.sync(sync::News::Entries { quest: quest_id(1), upserts: vec![newer.clone()], gone });
    let rows = vec![entry(1, 11, 1), entry(3, 11, 1), entry(40, 12, 2), entry(41, 12, 2), entry(42, 91, 2)];
    desk.store(store::News::Rows { rows, more: false });
    let queue = &desk.state.desk.queue;
    let there = |n| queue.contains(entry_id(n));
    assert_eq!(
        [1, 3, 40, 41, 42].map(there),
        [false, true, false, true, false],
        "42 is of a quest that is not there"
    );
    assert_eq!(queue.row(entry_id(3)), Some(newer));
}

#[test]
fn entries_of_a_quest_that_is_lost_go_with_it() {
    let mut desk = TestDesk::new();
    desk.sync(sync::News::Quests(vec![quest(2, "Band gaps")]));
    assert_eq!((desk.state.desk.pending(), desk.at()), (1, 6));
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
fn how_old_it_is_says_why() {
    let mut desk = TestDesk::new();
    for quest in [1, 2] {
        desk.sync(sync::News::Fresh { quest: quest_id(quest), at: START, whole: true });
    }
    let no_route =
        Link::Offline { since: START, retry_at: START + Duration::from_secs(45), why: "no route".into() };
    desk.sync(sync::News::Link(no_route));
    desk.wait(Duration::from_secs(31));
    let fresh = next::freshness(&desk.state);
    assert_eq!(fresh.words, "cached 30s ago".into());
    assert_eq!(fresh.why, Some("offline, next try within 20s: no route".into()));
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
fn the_engine_is_told_what_is_looked_at_when_that_changes() {
    let mut desk = TestDesk::empty(settings());
    desk.fill();
    let focus = |effects: Vec<Effect>| -> Vec<Effect> {
        effects.into_iter().filter(|effect| matches!(effect, Effect::Order(Order::Focus(_)))).collect()
    };
    assert_eq!(focus(desk.keys("jk")), []);
    assert_eq!(focus(desk.keys("hj")), [Effect::Order(Order::Focus(Some(quest_id(1))))]);
    assert_eq!(focus(desk.keys("<Enter>")), []);
    assert_eq!(focus(desk.keys("<Esc>")), [Effect::Order(Order::Focus(None))]);
}

#[test]
fn only_the_quests_and_the_lane_that_were_asked_for_are_shown() {
    let mut one = TestDesk::empty(super::state::Settings { quests: vec![quest_id(2)], ..settings() });
    one.fill();
    assert_eq!((one.state.desk.pending(), one.state.desk.quests.order().len()), (1, 1));
    let mut seen = 0;
    for lane in 1..=3 {
        let mut desk = TestDesk::empty(super::state::Settings { lane: Some((lane, 3)), ..settings() });
        desk.fill();
        seen += desk.state.desk.pending();
    }
    assert_eq!(seen, 6, "every entry is in one lane");
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
