//! Anything at all in any order: keys, news, sizes, answers of the store.

use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;

use super::link;
use crate::app::command::{Command, Risk, TABLE};
use crate::app::desk::size::sizes;
use crate::app::key::Key;
use crate::app::testing::*;
use crate::app::{Effect, Message, help, hints, next, next_wake};
use crate::domain::decision::Subject;
use crate::domain::{EntryRow, Version};
use crate::sync::Gone;
use crate::{store, sync};

/// Something that happens, as the property tests throw it.
#[derive(Debug, Clone)]
enum Happening {
    Key(usize),
    Typed(char),
    Paste(String),
    Resize(u16, u16),
    Rows(Vec<(u32, u32)>),
    Gone(Vec<u32>),
    Quests(Vec<u32>),
    Body(u32, bool),
    Link(u8),
    Wait(u64),
    Shown,
    /// The store answers everything it was asked to write or move.
    Answers,
}

fn happening() -> impl Strategy<Value = Happening> {
    let rows = proptest::collection::vec((0..30_u32, 0..3_u32), 0..8);
    prop_oneof![
        12 => any::<prop::sample::Index>().prop_map(|index| Happening::Key(index.index(1 << 16))),
        2 => proptest::char::range(' ', '~').prop_map(Happening::Typed),
        1 => "\\PC{0,12}".prop_map(Happening::Paste),
        1 => (0..200_u16, 0..60_u16).prop_map(|(width, height)| Happening::Resize(width, height)),
        2 => rows.prop_map(Happening::Rows),
        1 => proptest::collection::vec(0..30_u32, 0..20).prop_map(Happening::Gone),
        1 => proptest::collection::vec(1..4_u32, 0..3).prop_map(Happening::Quests),
        1 => (0..30_u32, any::<bool>()).prop_map(|(entry, there)| Happening::Body(entry, there)),
        1 => (0..5_u8).prop_map(Happening::Link),
        2 => (0..20_000_u64).prop_map(Happening::Wait),
        2 => Just(Happening::Shown),
        2 => Just(Happening::Answers),
    ]
}

fn all_keys() -> Vec<Key> {
    let table = TABLE.iter().flat_map(|row| row.keys).map(|key| key.parse().unwrap());
    table.chain(typed("123 xy <Enter> <Esc>")).collect()
}

/// Lets one thing happen; `asked` collects what the store was asked for.
fn happen(desk: &mut TestDesk, happening: &Happening, asked: &mut Vec<Effect>) {
    const ITEMS: [u32; 3] = [11, 12, 21];
    let effects = match happening {
        Happening::Key(n) => {
            let keys = all_keys();
            desk.send(Message::Key(keys[n % keys.len()]))
        }
        Happening::Typed(character) => desk.send(Message::Key(Key::char(*character))),
        Happening::Paste(text) => desk.send(Message::Paste { text: text.clone(), cut: false }),
        Happening::Resize(width, height) => desk.send(Message::Resize { width: *width, height: *height }),
        Happening::Rows(rows) => {
            let upserts = rows.iter().map(|&(n, version)| {
                let row = entry(n, ITEMS[n as usize % 3], n % 2 + 1);
                let updated_at = row.created_at + Duration::from_secs(version.into());
                EntryRow { version: Version { updated_at }, ..row }
            });
            let news =
                sync::News::Entries { quest: quest_id(1), upserts: upserts.collect(), gone: Vec::new() };
            desk.sync(news)
        }
        Happening::Gone(entries) => {
            let gone = entries.iter().map(|&n| Gone { entry: entry_id(n), review: None }).collect();
            desk.sync(sync::News::Entries { quest: quest_id(1), upserts: Vec::new(), gone })
        }
        Happening::Quests(quests) => {
            desk.sync(sync::News::Quests(quests.iter().map(|&n| quest(n, "Curie sweep")).collect()))
        }
        Happening::Body(n, there) => {
            let row = entry(*n, ITEMS[*n as usize % 3], 1);
            let body = there.then(|| Arc::new(body(&row, &"words\n".repeat(*n as usize))));
            desk.store(store::News::Body { entry: row.id, body, draft: None })
        }
        Happening::Link(n) => desk.sync(sync::News::Link(link(*n))),
        Happening::Wait(millis) => desk.wait(Duration::from_millis(*millis)),
        Happening::Shown => {
            let header = desk.state.header();
            desk.send(Message::Shown { header, at: desk.now })
        }
        Happening::Answers => answer(desk, std::mem::take(asked)),
    };
    asked.extend(effects);
}

/// Answers as the store would: writes what is to be recorded, steps what is to be moved.
fn answer(desk: &mut TestDesk, asked: Vec<Effect>) -> Vec<Effect> {
    let mut effects = Vec::new();
    for effect in asked {
        match effect {
            Effect::Record(decision) => effects.extend(desk.store(store::News::Recorded(*decision))),
            Effect::Step(ids, event) => {
                for id in ids {
                    let Some(mut decision) = desk.state.decisions.get(id).cloned() else { continue };
                    let news = match decision.step(&event, desk.now) {
                        Ok(()) => store::News::Moved(decision),
                        Err(why) => store::News::NotMoved { id, why },
                    };
                    effects.extend(desk.store(news));
                }
            }
            _ => {}
        }
    }
    effects
}

fn check(desk: &TestDesk) -> Result<(), TestCaseError> {
    let queue = &desk.state.desk.queue;
    prop_assert_eq!(queue.cursor().is_some(), queue.position().is_some(), "the cursor is on a listed entry");
    prop_assert_eq!(queue.cursor().is_none(), queue.visible_len() == 0);
    for decision in desk.state.decisions.all().filter(|decision| !decision.stage.is_over()) {
        if let Subject::Entry(entry) = decision.act.subject() {
            prop_assert!(queue.contains(entry), "an open decision's entry is listed: {decision:?}");
        }
    }
    let rows = sizes(&desk.state).pending;
    if let (Some(position), 1..) = (queue.position(), rows) {
        prop_assert!((queue.top()..queue.top() + rows).contains(&position), "the cursor is in the window");
    }
    if let Some(at) = next_wake(&desk.state) {
        prop_assert!(at > desk.now, "a deadline that is over makes the loop spin");
    }
    let quests = &desk.state.desk.quests;
    prop_assert!(quests.position() < quests.len());
    for hint in hints::hints(&desk.state) {
        prop_assert!(!hint.text.is_empty() && !hint.keys.is_empty());
    }
    prop_assert!(!help::lines(&desk.state).is_empty());
    prop_assert!(!next::freshness(&desk.state).words.is_empty());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn whatever_happens_the_cursor_is_on_a_listed_entry(happenings in proptest::collection::vec(happening(), 1..80)) {
        let mut desk = TestDesk::new();
        let mut asked = Vec::new();
        for happening in &happenings {
            happen(&mut desk, happening, &mut asked);
            check(&desk)?;
        }
    }

    /// Moving, scrolling, filtering, opening: none of it ever decides.
    #[test]
    fn no_sequence_of_keys_that_only_look_records_anything(
        happenings in proptest::collection::vec(happening(), 1..60),
    ) {
        let harmless: Vec<_> = TABLE
            .iter()
            .filter(|row| !row.mutates && row.risk != Risk::Asks && row.command != Command::Quit)
            .flat_map(|row| row.keys)
            .map(|key| key.parse().unwrap())
            .collect();
        let mut desk = TestDesk::new();
        for happening in &happenings {
            let mut effects = Vec::new();
            match happening {
                Happening::Key(n) => effects = desk.send(Message::Key(harmless[n % harmless.len()])),
                Happening::Typed(_) | Happening::Answers => {}
                other => happen(&mut desk, other, &mut effects),
            }
            let decides = |effect: &Effect| matches!(effect, Effect::Record(_) | Effect::Step(..) | Effect::Quit(_));
            prop_assert!(!effects.iter().any(decides), "{effects:?}");
            check(&desk)?;
        }
    }
}
