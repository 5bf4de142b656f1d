//! How long a frame takes with 100,000 pending entries: drawing as it is, a `j` from the key to the bytes, and the sheet
//! for many marks from the key to the bytes.
//! Prints medians: `cargo bench --bench draw`.

use std::io::Write;
use std::time::Duration;

use questdesk::app::key::Key;
use questdesk::app::keymap::Keymap;
use questdesk::app::{Message, Settings, State, update};
use questdesk::clock;
use questdesk::config::Config;
use questdesk::domain::{
    EntryId, EntryRow, EvalStatus, FeeRate, Item, ItemId, ItemStatus, Money, Person, Progress, Quest,
    QuestId, QuestKind, QuestStatus, Reviewing, Reward, SessionId, Timestamp, UserId, Version,
};
use questdesk::sync::{Link, News};
use questdesk::term::Abilities;
use questdesk::term::screen::Screen;
use questdesk::ui::{self, Look};
use uuid::Uuid;

type Failure = Box<dyn std::error::Error>;

const ENTRIES: u32 = 100_000;
const ROUNDS: usize = 500;
/// Rounds of what takes longer.
const FEW_ROUNDS: usize = 50;
const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 60)];
const START: Timestamp = Timestamp::from_millis(1_795_000_000_000);

fn id(kind: u128, number: u32) -> Uuid {
    Uuid::from_u128((kind << 64) | u128::from(number))
}

fn main() -> Result<(), Failure> {
    let mut state = desk()?;
    let mut out = std::io::stdout();
    writeln!(out, "{ENTRIES} pending entries, medians of {ROUNDS} rounds")?;
    for (width, height) in SIZES {
        send(&mut state, Message::Resize { width, height });
        let (draw, _) = median(&mut state, ROUNDS, |_| {});
        writeln!(out, "{width}x{height}  drawing                {draw:>8.0?}")?;
        let mut keys = "jk".chars().cycle();
        let within = |state: &mut State| press(state, keys.next());
        for (what, (time, bytes)) in [
            ("j within the window", median(&mut state, ROUNDS, within)),
            ("j that scrolls", median(&mut state, ROUNDS, |state| press(state, Some('j')))),
        ] {
            writeln!(out, "{width}x{height}  {what:<20} {time:>10.0?}  {bytes:>4} bytes")?;
        }
    }
    send(&mut state, Message::Resize { width: 120, height: 40 });
    for marks in [1_000, 10_000] {
        mark(&mut state, marks);
        let (time, _) = median(&mut state, FEW_ROUNDS, |state| {
            state.overlay = None;
            press(state, Some('a'));
        });
        writeln!(out, "120x40  sheet for {marks} marks     {time:>10.0?}")?;
        state.overlay = None;
    }
    Ok(())
}

/// Marks so many entries, and no others.
fn mark(state: &mut State, count: u32) {
    for key in "-gV".chars() {
        press(state, Some(key));
    }
    for digit in (count - 1).to_string().chars() {
        press(state, Some(digit));
    }
    for key in "jV".chars() {
        press(state, Some(key));
    }
}

/// A change, the drawing of it, and its bytes; as medians.
fn median(state: &mut State, rounds: usize, mut change: impl FnMut(&mut State)) -> (Duration, usize) {
    let mut screen = Screen::new(state.width, state.height, Abilities::COMMON);
    let (mut times, mut sizes) = (Vec::with_capacity(rounds), Vec::with_capacity(rounds));
    for _ in 0..rounds {
        let begun = clock::monotonic();
        change(state);
        let bytes = screen.draw(|frame| ui::draw(state, &Look::default(), frame));
        times.push(begun.elapsed());
        sizes.push(bytes.map_or(0, |bytes| bytes.len()));
    }
    times.sort_unstable();
    sizes.sort_unstable();
    (times[rounds / 2], sizes[rounds / 2])
}

fn press(state: &mut State, key: Option<char>) {
    if let Some(key) = key {
        send(state, Message::Key(Key::char(key)));
    }
}

fn send(state: &mut State, message: Message) {
    update(state, message, START);
}

fn desk() -> Result<State, Failure> {
    let keymap = Keymap::new(&[]).map_err(|errors| format!("{errors:?}"))?;
    let settings = Settings {
        fee: FeeRate::from_basis_points(1_000),
        ..Settings::of(&Config::default(), SessionId::new(id(9, 1)))
    };
    let mut state = State::new(settings, keymap, 120, 40, START);
    let names = ["maria", "bot-7", "li", "omar", "kim", "anders", "xi", "lena"];
    let person = |(number, name): (u32, &'static str)| Person {
        id: UserId::new(id(4, number)),
        username: name.into(),
        is_agent: name.starts_with("bot"),
    };
    send(&mut state, Message::Sync(News::Link(Link::Live)));
    send(&mut state, Message::Sync(News::People((0..).zip(names).map(person).collect())));
    send(&mut state, Message::Sync(News::Quests((0..20).map(quest).collect())));
    for number in 0..20 {
        let (quest, items) = (QuestId::new(id(1, number)), (0..5).map(|nth| item(number, nth)).collect());
        send(&mut state, Message::Sync(News::Items { quest, items }));
        let upserts = (0..ENTRIES).filter(|entry| entry % 20 == number).map(row).collect();
        send(&mut state, Message::Sync(News::Entries { quest, upserts, gone: Vec::new() }));
    }
    Ok(state)
}

fn quest(number: u32) -> Quest {
    Quest {
        id: QuestId::new(id(1, number)),
        name: "Curie sweep".into(),
        team: None,
        team_name: "materials".into(),
        owner: UserId::new(id(4, 0)),
        kind: QuestKind::Closable,
        status: QuestStatus::Open,
        progress: Progress { total: 5, resolved: 2 },
        max_xp_per_contributor: None,
        reviewing: Reviewing::Allowed,
        updated_at: START,
        url: None,
    }
}

fn item(quest: u32, nth: u32) -> Item {
    Item {
        id: ItemId::new(id(2, quest * 10 + nth)),
        quest: QuestId::new(id(1, quest)),
        number: nth + 1,
        title: "Measure Curie temperatures".into(),
        status: ItemStatus::Pending,
        auto_skipped: false,
        reward: Reward { xp: 0, money: Some(Money::sats(500)) },
        eval: None,
        leaderboard: None,
        waiting: None,
        keys: Vec::new(),
        assignee: None,
        completed_by: None,
        inputs: None,
        updated_at: START,
    }
}

fn row(number: u32) -> EntryRow {
    let created_at = START - Duration::from_secs((ENTRIES - number).into());
    let quest = number % 20;
    EntryRow {
        id: EntryId::new(id(3, number)),
        quest: QuestId::new(id(1, quest)),
        item: Some(ItemId::new(id(2, quest * 10 + number / 20 % 5))),
        contributor: UserId::new(id(4, number % 8)),
        created_at,
        version: Version { updated_at: created_at },
        score: Some(0.42),
        eval: EvalStatus::Failed,
    }
}
