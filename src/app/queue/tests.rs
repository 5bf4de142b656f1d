//! The queue against a naive model of it, its size, and its cost.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::domain::{EvalStatus, UserId, Version};

const QUESTS: u8 = 3;
const ITEMS: u8 = 4;

fn entry(n: u32) -> EntryId {
    EntryId::new(Uuid::from_u128(n.into()))
}

fn quest(n: u8) -> QuestId {
    QuestId::new(Uuid::from_u128(0x1000 + u128::from(n)))
}

fn item(n: u8) -> ItemId {
    ItemId::new(Uuid::from_u128(0x2000 + u128::from(n)))
}

/// An entry whose quest, item and age follow from its number, as they never change on the server.
fn row(n: u32, version: i64) -> EntryRow {
    let mixed = n.wrapping_mul(2_654_435_761);
    let of_quest = (mixed >> 8) as u8 % QUESTS;
    let of_item = (mixed >> 16) as u8 % (ITEMS + 1);
    EntryRow {
        id: entry(n),
        quest: quest(of_quest),
        item: (of_item < ITEMS).then(|| item(of_quest * ITEMS + of_item)),
        contributor: UserId::new(Uuid::from_u128(u128::from(mixed % 7))),
        created_at: Timestamp::from_millis(i64::from(mixed % 50)),
        version: Version { updated_at: Timestamp::from_millis(version) },
        score: mixed.is_multiple_of(2).then_some(f64::from(mixed % 100) / 100.0),
        eval: if version % 2 == 0 { EvalStatus::Passed } else { EvalStatus::Failed },
    }
}

/// The simplest thing that could be right: a sorted list, sorted again after every change.
#[derive(Debug, Default)]
struct Model {
    rows: Vec<EntryRow>,
    scope: Scope,
    filtered: bool,
    aside: HashSet<EntryId>,
    shows_aside: bool,
}

impl Model {
    fn upsert(&mut self, rows: &[EntryRow]) {
        for row in rows {
            self.rows.retain(|other| other.id != row.id);
            self.rows.push(row.clone());
        }
        self.rows.sort_by_key(|row| (row.created_at, row.id));
    }

    fn remove(&mut self, entries: &[EntryId]) {
        self.rows.retain(|row| !entries.contains(&row.id));
    }

    fn visible(&self) -> Vec<EntryRow> {
        let in_scope = |row: &&EntryRow| match self.scope {
            Scope::All => true,
            Scope::Quest(quest) => row.quest == quest,
            Scope::Item(item) => row.item == Some(item),
        };
        let in_pile = |row: &&EntryRow| self.aside.contains(&row.id) == self.shows_aside;
        let rows = self.rows.iter().filter(in_scope).filter(in_pile);
        rows.filter(|row| !self.filtered || admits(row)).cloned().collect()
    }
}

fn admits(row: &EntryRow) -> bool {
    row.eval == EvalStatus::Passed
}

#[derive(Debug, Clone)]
enum Step {
    Upsert(Vec<(u32, i64)>),
    Remove(u32),
    RemoveAll(Vec<u32>),
    Scope(Scope),
    Filter(bool),
    FilterAside,
    SetAside(Vec<u32>, bool),
    Move(i64),
    First,
    Last,
    To(u32),
    Advance(Vec<u32>),
    Fit(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let scope = prop_oneof![
        Just(Scope::All),
        (0..QUESTS).prop_map(|n| Scope::Quest(quest(n))),
        (0..QUESTS * ITEMS).prop_map(|n| Scope::Item(item(n))),
    ];
    prop_oneof![
        4 => proptest::collection::vec((0..60_u32, 0..4_i64), 0..20).prop_map(Step::Upsert),
        2 => (0..60_u32).prop_map(Step::Remove),
        1 => proptest::collection::vec(0..60_u32, 0..30).prop_map(Step::RemoveAll),
        1 => scope.prop_map(Step::Scope),
        1 => any::<bool>().prop_map(Step::Filter),
        1 => Just(Step::FilterAside),
        2 => (proptest::collection::vec(0..60_u32, 0..20), any::<bool>())
            .prop_map(|(many, aside)| Step::SetAside(many, aside)),
        2 => (-70..70_i64).prop_map(Step::Move),
        1 => Just(Step::First),
        1 => Just(Step::Last),
        1 => (0..60_u32).prop_map(Step::To),
        1 => proptest::collection::vec(0..60_u32, 0..10).prop_map(Step::Advance),
        2 => (0..12_usize).prop_map(Step::Fit),
    ]
}

fn apply(queue: &mut Queue, model: &mut Model, step: &Step) {
    match step {
        Step::Upsert(rows) => {
            let rows: Vec<_> = rows.iter().map(|&(n, version)| row(n, version)).collect();
            model.upsert(&rows);
            queue.upsert(rows);
            queue.pick(admits);
        }
        Step::Remove(n) => {
            model.remove(&[entry(*n)]);
            queue.remove(entry(*n));
        }
        Step::RemoveAll(many) => {
            let many: Vec<_> = many.iter().map(|&n| entry(n)).collect();
            model.remove(&many);
            queue.remove_all(&many);
        }
        Step::Scope(scope) => {
            (model.scope, model.filtered, model.shows_aside) = (*scope, false, false);
            queue.set_scope(*scope);
        }
        Step::Filter(on) => {
            (model.filtered, model.shows_aside) = (*on, false);
            if *on { queue.filter_by(admits) } else { queue.clear_filter() }
        }
        Step::FilterAside => {
            (model.filtered, model.shows_aside) = (true, true);
            queue.filter_aside_by(admits);
        }
        Step::SetAside(many, aside) => {
            let many: Vec<_> = many.iter().map(|&n| entry(n)).collect();
            for entry in &many {
                if *aside {
                    model.aside.insert(*entry)
                } else {
                    model.aside.remove(entry)
                };
            }
            queue.set_aside(&many, *aside);
            queue.pick(admits);
        }
        Step::Move(by) => queue.move_by(*by),
        Step::First => queue.first(),
        Step::Last => queue.last(),
        Step::To(n) => {
            queue.set_cursor(entry(*n));
        }
        Step::Advance(decided) => queue.advance(|at| decided.iter().any(|&n| entry(n) == at)),
        Step::Fit(height) => queue.fit(*height),
    }
}

proptest! {
    #[test]
    fn it_is_always_what_the_naive_model_is(steps in proptest::collection::vec(step(), 1..40)) {
        let (mut queue, mut model) = (Queue::default(), Model::default());
        for step in &steps {
            apply(&mut queue, &mut model, step);
            let visible = model.visible();
            prop_assert_eq!(queue.visible_len(), visible.len());
            prop_assert_eq!(queue.window(0, usize::MAX), visible.clone());
            let waiting = || model.rows.iter().filter(|row| !model.aside.contains(&row.id));
            prop_assert_eq!(queue.len_of(Scope::All), waiting().count());
            prop_assert_eq!(queue.aside_len(), model.rows.len() - waiting().count());
            for n in 0..QUESTS {
                let of = || waiting().filter(|row| row.quest == quest(n));
                prop_assert_eq!(queue.count_quest(quest(n)) as usize, of().count());
                prop_assert_eq!(queue.oldest_of(quest(n)), of().map(|row| row.created_at).min());
            }
            for n in 0..QUESTS * ITEMS {
                let of = waiting().filter(|row| row.item == Some(item(n)));
                prop_assert_eq!(queue.count_item(item(n)) as usize, of.count());
            }
            match queue.position() {
                Some(position) => prop_assert_eq!(Some(visible[position].id), queue.cursor()),
                None => prop_assert!(visible.is_empty() && queue.cursor().is_none()),
            }
        }
    }

    /// News never move the cursor while its entry is listed; when that vanishes, the next neighbour takes its place.
    #[test]
    fn the_cursor_belongs_to_an_entry(
        before in proptest::collection::vec((0..60_u32, 0..4_i64), 1..40),
        start in 0..60_i64,
        news in proptest::collection::vec(step(), 1..10),
    ) {
        let (mut queue, mut model) = (Queue::default(), Model::default());
        apply(&mut queue, &mut model, &Step::Upsert(before));
        queue.move_by(start);
        for step in news.iter().filter(|s| matches!(s, Step::Upsert(_) | Step::Remove(_) | Step::RemoveAll(_))) {
            let (old, cursor) = (model.visible(), queue.cursor());
            apply(&mut queue, &mut model, step);
            let new = model.visible();
            let listed = |id| new.iter().any(|row| row.id == id);
            let Some(cursor) = cursor else { continue };
            if listed(cursor) {
                prop_assert_eq!(queue.cursor(), Some(cursor));
            } else {
                let place = old.iter().position(|row| row.id == cursor).unwrap();
                let heir = old[place..].iter().chain(old[..place].iter().rev()).find(|row| listed(row.id));
                prop_assert_eq!(queue.cursor(), heir.map(|row| row.id));
            }
        }
    }

    /// Until someone takes it, the cursor stands on the oldest entry, and the window on the top.
    #[test]
    fn a_cursor_that_nobody_took_stands_on_the_first_row(
        news in proptest::collection::vec(step(), 1..10),
        height in 1..6_usize,
        arrivals in proptest::collection::vec((0..60_u32, 0..4_i64), 1..40),
    ) {
        let (mut queue, mut model) = (Queue::default(), Model::default());
        for step in news.iter().filter(|s| matches!(s, Step::Upsert(_) | Step::Remove(_) | Step::RemoveAll(_))) {
            apply(&mut queue, &mut model, step);
            queue.fit(height);
            prop_assert_eq!(queue.cursor(), model.visible().first().map(|row| row.id));
            prop_assert_eq!(queue.top(), 0);
        }
        queue.take();
        let cursor = queue.cursor();
        apply(&mut queue, &mut model, &Step::Upsert(arrivals));
        prop_assert!(cursor.is_none() || queue.cursor() == cursor, "taken: it stays with its entry");
    }

    /// What arrives does not move the lines on the screen.
    #[test]
    fn the_window_belongs_to_entries(
        before in proptest::collection::vec((0..60_u32, 0..4_i64), 20..40),
        start in 0..60_i64,
        height in 1..6_usize,
        arrivals in proptest::collection::vec((60..120_u32, 0..4_i64), 0..40),
    ) {
        let (mut queue, mut model) = (Queue::default(), Model::default());
        apply(&mut queue, &mut model, &Step::Upsert(before));
        queue.move_by(start);
        queue.fit(height);
        let first = queue.window(queue.top(), 1);
        let cursor_line = queue.position().unwrap() - queue.top();
        apply(&mut queue, &mut model, &Step::Upsert(arrivals));
        prop_assert_eq!(queue.window(queue.top(), 1), first, "the first line is the same");
        queue.fit(height);
        let line = queue.position().unwrap() - queue.top();
        prop_assert!(line < height);
        // Only what arrives between the two can move the cursor's line, and only down.
        prop_assert!(line >= cursor_line);
    }
}

#[test]
fn advancing_goes_to_the_next_undecided_then_to_the_one_before_then_stays() {
    let mut queue = Queue::default();
    let old = |n: u32| EntryRow { created_at: Timestamp::from_millis(n.into()), ..row(n, 0) };
    queue.upsert((0..5).map(old).collect());
    queue.move_by(2);
    queue.advance(|at| at == entry(2) || at == entry(3));
    assert_eq!(queue.cursor(), Some(entry(4)));
    queue.advance(|at| at != entry(1));
    assert_eq!(queue.cursor(), Some(entry(1)));
    queue.advance(|_| true);
    assert_eq!(queue.cursor(), Some(entry(1)));
    assert_eq!(queue.neighbour(entry(1), 2), Some(entry(3)));
    assert_eq!(queue.neighbour(entry(1), -2), None);
}

#[test]
fn a_row_that_comes_back_with_another_quest_is_counted_once() {
    let mut queue = Queue::default();
    let first = row(1, 0);
    let moved = EntryRow { quest: quest(7), created_at: Timestamp::from_millis(99), ..row(1, 1) };
    queue.upsert(vec![first.clone(), row(2, 0)]);
    queue.upsert(vec![moved.clone(), row(3, 0), moved.clone()]);
    assert_eq!(queue.len_of(Scope::All), 3);
    assert_eq!(queue.count_quest(quest(7)), 1);
    assert_eq!(queue.row(entry(1)), Some(moved.clone()));
    // Twice new in one batch, in two forms.
    let mut queue = Queue::default();
    queue.upsert(vec![first, moved.clone()]);
    assert_eq!(queue.window(0, 9), [moved]);
}

#[test]
fn a_window_leaps_for_a_cursor_that_walks_and_creeps_for_one_that_is_pushed() {
    let mut queue = Queue::default();
    let old = |n: u32| EntryRow { created_at: Timestamp::from_millis(i64::from(n) * 10), ..row(n, 0) };
    queue.upsert((1..100).map(old).collect());
    let walk = |queue: &mut Queue, by| {
        queue.move_by(by);
        queue.fit(9);
        (queue.top(), queue.position().unwrap())
    };
    assert_eq!(walk(&mut queue, 8), (0, 8));
    assert_eq!(walk(&mut queue, 1), (6, 9), "six rows on, three stay");
    assert_eq!(walk(&mut queue, 20), (21, 29), "further than a leap: as little as needed");
    assert_eq!(walk(&mut queue, -8), (21, 21));
    assert_eq!(walk(&mut queue, -1), (15, 20));
    assert_eq!(walk(&mut queue, 1_000), (90, 98));
    assert_eq!(walk(&mut queue, -1_000), (0, 0));
    assert_eq!(walk(&mut queue, 8), (0, 8));
    // One that arrives inside pushes the cursor out; nobody walked.
    queue.upsert(vec![EntryRow { created_at: Timestamp::from_millis(15), ..row(200, 0) }]);
    assert_eq!(walk(&mut queue, 0), (1, 9));
    queue.fit(5);
    assert_eq!((queue.top(), queue.position()), (5, Some(9)), "a smaller window");
}

fn many(count: u32) -> impl Iterator<Item = EntryRow> {
    // Ids spread like real ones: the version of the bench must not be kinder than life.
    (0..count).map(|n| EntryRow {
        id: EntryId::new(Uuid::from_u128(
            u128::from(n).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c834),
        )),
        created_at: Timestamp::from_millis(i64::from(n / 3)),
        ..row(n % 5_000, 0)
    })
}

#[test]
fn a_hundred_thousand_rows_take_less_than_24_mib() {
    let mut queue = Queue::default();
    let rows: Vec<_> = many(100_000).collect();
    for batch in rows.chunks(1_000) {
        queue.upsert(batch.to_vec());
    }
    let orders = queue.all.bytes() + queue.by_quest.iter().map(Order::bytes).sum::<usize>();
    let bytes = queue.rows.bytes() + orders;
    assert!(bytes < 24 << 20, "{bytes} bytes");
    assert_eq!(queue.visible_len(), 100_000);
}
