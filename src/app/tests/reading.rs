//! The reader follows the cursor, and keeps its place.

use std::sync::Arc;
use std::time::Duration;

use crate::app::reader::Body;
use crate::app::testing::*;
use crate::app::{Effect, Message, next_wake};
use crate::domain::{EntryRow, Version};
use crate::sync::Link;
use crate::{store, sync};

use super::{REST, link};

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
