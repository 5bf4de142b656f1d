//! The pile: what leaves the queue and what brings it back.

use proptest::prelude::*;

use super::*;
use crate::app::rig::{Rig, entry_id, quest_id, row};
use crate::app::{Message, queue::Scope};
use crate::domain::Version;
use crate::{store, sync};

fn upsert(rig: &mut Rig, rows: Vec<EntryRow>) {
    rig.sync(sync::News::Entries { quest: quest_id(), upserts: rows, gone: Vec::new() });
}

fn newer(rig: &Rig, n: u8, item: u8) -> EntryRow {
    EntryRow { version: Version { updated_at: rig.now }, ..row(n, item) }
}

fn kept(rig: &Rig) -> Vec<EntryId> {
    let mut kept = Vec::new();
    for effect in &rig.effects {
        match effect {
            Effect::PutAside(asides) => kept.extend(asides.iter().map(|aside| aside.entry)),
            Effect::DropAside(entries) => kept.retain(|entry| !entries.contains(entry)),
            _ => {}
        }
    }
    kept
}

#[test]
fn an_entry_that_is_put_aside_leaves_the_queue_and_the_cursor_goes_on() {
    let mut rig = Rig::new();
    rig.keys("b");
    assert_eq!(rig.state.desk.queue.cursor(), Some(entry_id(2)));
    assert_eq!((rig.state.desk.pending(), rig.state.desk.queue.aside_len()), (11, 1));
    assert_eq!(rig.state.desk.queue.count_item(crate::app::rig::item_id(1)), 3, "it counts nowhere");
    assert_eq!(kept(&rig), [entry_id(1)]);
    assert!(rig.said().contains("aside: #1 Item 1 · bot-7"), "{}", rig.said());
    assert!(rig.recorded().is_empty(), "it is no decision");
}

#[test]
fn the_pile_has_its_own_view_and_b_brings_back() {
    let mut rig = Rig::new();
    rig.keys("b j b F b g");
    let queue = &rig.state.desk.queue;
    assert_eq!((queue.visible_len(), queue.cursor()), (2, Some(entry_id(1))));
    rig.keys("b");
    assert_eq!(kept(&rig), [entry_id(3)]);
    assert_eq!(rig.state.desk.queue.visible_len(), 1);
    rig.keys("Esc");
    assert_eq!(rig.state.desk.queue.visible_len(), 11);
    assert!(rig.state.desk.queue.set_cursor(entry_id(1)), "it is in the queue again");
}

#[test]
fn undo_brings_back_what_was_put_aside_last() {
    let mut rig = Rig::new();
    rig.keys("b u");
    assert!(kept(&rig).is_empty());
    assert_eq!(rig.state.desk.queue.cursor(), Some(entry_id(1)));
    rig.keys("b");
    rig.pass(1);
    rig.keys("r 1 u");
    assert_eq!(kept(&rig), [entry_id(1)], "the rejection is younger");
    rig.keys("u");
    assert!(kept(&rig).is_empty(), "then the aside");
}

#[test]
fn a_restart_finds_the_pile_as_it_was() {
    let mut rig = Rig::new();
    rig.keys("b");
    let put = |effect: &Effect| match effect {
        Effect::PutAside(asides) => Some(asides.clone()),
        _ => None,
    };
    let asides = rig.effects.iter().find_map(put).unwrap();
    let mut again = Rig::new();
    again.take(Message::Store(store::News::Asides(asides)));
    assert_eq!((again.state.desk.pending(), again.state.desk.queue.aside_len()), (11, 1));
    // Not written after all: the store says what it has.
    again.take(Message::Store(store::News::Asides(Vec::new())));
    assert_eq!((again.state.desk.pending(), again.state.desk.queue.aside_len()), (12, 0));
}

#[test]
fn a_new_version_says_so_and_an_answer_brings_the_entry_back() {
    let mut rig = Rig::new();
    rig.keys("b");
    rig.pass(1_000);
    let changed = newer(&rig, 1, 1);
    upsert(&mut rig, vec![changed.clone()]);
    assert!(rig.state.asides.has_changed(&changed));
    assert!(rig.said().starts_with("changed while it is aside"), "{}", rig.said());
    assert_eq!(rig.state.desk.queue.aside_len(), 1, "it stays");

    let why = AsideWhy::Answer { newer_than: rig.now };
    let mut effects = Vec::new();
    rig.state.put_aside(&[entry_id(2), entry_id(3)], why, rig.now, &mut effects);
    rig.state.answer_came(entry_id(2), rig.now, rig.now, &mut effects);
    assert_eq!(rig.state.desk.queue.aside_len(), 3, "our own question is no answer");
    rig.pass(1_000);
    rig.state.answer_came(entry_id(2), rig.now, rig.now, &mut effects);
    assert_eq!(rig.state.desk.queue.aside_len(), 2);
    let answer = newer(&rig, 3, 1);
    upsert(&mut rig, vec![answer]);
    assert_eq!(rig.state.desk.queue.aside_len(), 1, "a new version is an answer too");
}

#[test]
fn what_was_decided_or_went_away_is_no_longer_kept_aside() {
    let mut rig = Rig::new();
    rig.keys("b b F b g r 1");
    assert_eq!(kept(&rig).len(), 2, "the decision is held: it may be taken back");
    rig.pass(6_000);
    let id = rig.stored[0].id;
    rig.send(id, crate::domain::decision::Answer::Done);
    assert_eq!(kept(&rig), [entry_id(2)]);
    let gone = vec![sync::Gone { entry: entry_id(2), review: None }];
    rig.sync(sync::News::Entries { quest: quest_id(), upserts: Vec::new(), gone });
    assert_eq!(kept(&rig), [entry_id(2)], "it is read: it stays until it is left");
    rig.keys("Esc");
    assert!(kept(&rig).is_empty());
}

#[test]
fn an_entry_with_an_open_decision_is_not_put_aside() {
    let mut rig = Rig::new();
    rig.keys("r 1 k b");
    assert!(kept(&rig).is_empty());
    assert!(rig.said().contains("under way"), "{}", rig.said());
}

#[test]
fn many_at_once_go_and_come_back() {
    let mut rig = Rig::new();
    let all: Vec<EntryId> = (1..=12).map(entry_id).collect();
    let mut effects = Vec::new();
    rig.state.toggle_aside(&all, rig.now, &mut effects);
    assert_eq!((rig.state.desk.pending(), rig.state.desk.queue.len_of(Scope::All)), (0, 0));
    rig.state.toggle_aside(&all, rig.now, &mut effects);
    assert_eq!((rig.state.desk.pending(), rig.state.desk.queue.aside_len()), (12, 0));
}

#[test]
fn the_pile_goes_by_its_filter_in_both_directions() {
    let mut rig = Rig::new();
    rig.keys("b b");
    let filtered = |rig: &mut Rig, text: &str| {
        rig.state.desk.set_filter(Filter::parse(text).unwrap(), rig.now);
        rig.state.desk.queue.visible_len()
    };
    assert_eq!(filtered(&mut rig, FILTER), 2);
    assert_eq!(filtered(&mut rig, "is:aside item:2"), 0);
    assert_eq!(filtered(&mut rig, "-is:aside"), 10);
    assert_eq!(filtered(&mut rig, "item:1"), 2);
    assert_eq!(filtered(&mut rig, "is:aside -is:aside"), 0);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    /// Whatever is pressed: each entry is in exactly one place, and what the store was told is what the desk shows.
    #[test]
    fn nothing_is_in_two_piles(keys in prop::collection::vec(
        prop::sample::select(vec!["b", "j", "k", "u", "F b", "F 0", "r 1", "Esc", "G", "g"]), 0..40,
    )) {
        let mut rig = Rig::new();
        for key in keys {
            rig.keys(key);
            let queue = &rig.state.desk.queue;
            prop_assert_eq!(queue.len_of(Scope::All) + queue.aside_len(), 12);
            let mut kept = kept(&rig);
            kept.sort_unstable();
            let shown: Vec<EntryId> = (1..=12).map(entry_id).filter(|entry| queue.is_put_aside(*entry)).collect();
            prop_assert_eq!(&kept, &shown);
            prop_assert_eq!(kept.len(), rig.state.asides.len());
        }
    }
}
