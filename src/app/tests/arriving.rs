//! What the engine and the cache tell: entries come and go, and nothing comes back that was decided.

use std::time::Duration;

use crate::app::state::Settings;
use crate::app::testing::*;
use crate::app::{Effect, next};
use crate::domain::decision::{Decision, Stage};
use crate::domain::{EntryRow, Version};
use crate::sync::{Gone, Link, Order};
use crate::{store, sync};

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
    let mut one = TestDesk::empty(Settings { quests: vec![quest_id(2)], ..settings() });
    one.fill();
    assert_eq!((one.state.desk.pending(), one.state.desk.quests.order().len()), (1, 1));
    let mut seen = 0;
    for lane in 1..=3 {
        let mut desk = TestDesk::empty(Settings { lane: Some((lane, 3)), ..settings() });
        desk.fill();
        seen += desk.state.desk.pending();
    }
    assert_eq!(seen, 6, "every entry is in one lane");
}
