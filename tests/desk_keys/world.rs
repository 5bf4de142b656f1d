//! A desk with believable data on it, and a store and a server that answer at once.

use std::sync::Arc;
use std::time::Duration;

use questdesk::app::key::Key;
use questdesk::app::keymap::Keymap;
use questdesk::app::reasons::Template;
use questdesk::app::{Effect, Message, Settings, State, update};
use questdesk::config::Config;
use questdesk::domain::decision::{Decision, Event};
use questdesk::domain::{
    Access, Account, Asset, AssetId, AssetSlot, AssetView, Column, DecisionId, EntryBody, EntryId, EntryRow,
    EntryStatus, EvalRule, EvalStatus, EvalTrigger, FeeRate, Inside, Item, ItemId, ItemStatus, Money,
    Numbers, PassBand, Person, Preview, Progress, Quest, QuestId, QuestKind, QuestStatus, Review, Reviewing,
    Reward, SafeText, SessionId, Shown, SubmissionKey, Table, Timestamp, UserId, Version, Waiting, journal,
};
use questdesk::sync::{Balance, Link};
use questdesk::ui::Look;
use questdesk::{store, sync};
use uuid::Uuid;

/// A table in a file, as it was looked into.
fn csv(asset: AssetId) -> AssetView {
    let column = |name: &'static str, min, max, mean| Column {
        name: name.into(),
        kind: "numbers".into(),
        empty: 0,
        distinct: 88,
        distinct_more: false,
        numbers: Some(Numbers { min, max, mean }),
    };
    let row = |n: u32| {
        let cell = |value: f64| Some(SafeText::line(&format!("{value:.1}")));
        vec![cell(f64::from(n) * 0.5 - 15.0), cell(f64::from(n).mul_add(1.3, -56.2)), cell(300.0)]
    };
    let table = Table {
        columns: vec![
            column("field_koe", -15.0, 28.5, 6.75),
            column("moment_emu", -56.2, 56.9, 0.4),
            column("temperature_k", 300.0, 300.0, 300.0),
        ],
        rows: (0..88).map(row).collect(),
        total: Some(88),
        estimated: false,
        read: 88,
        more_columns: 0,
        deep: false,
    };
    let file = Asset {
        id: asset,
        kind: "file".into(),
        name: "run7.csv".into(),
        owner: Some("bot-7".into()),
        access: Access::Organization,
        size: Some(1_843),
        mime: Some("text/csv".into()),
        extension: Some("csv".into()),
        category: None,
        unfinished: false,
        changed_at: START,
    };
    let preview = Preview { inside: Inside::Table(table), remarks: Vec::new() };
    AssetView { id: asset, asset: Some(file), shown: Shown::Preview(preview), old: false }
}

/// The time at which every test begins.
pub(crate) const START: Timestamp = Timestamp::from_millis(1_795_000_000_000);

fn id(kind: u128, number: u32) -> Uuid {
    Uuid::from_u128((kind << 64) | u128::from(number))
}

pub(crate) fn quest_id(number: u32) -> QuestId {
    QuestId::new(id(1, number))
}

pub(crate) fn item_id(number: u32) -> ItemId {
    ItemId::new(id(2, number))
}

pub(crate) fn entry_id(number: u32) -> EntryId {
    EntryId::new(id(3, number))
}

pub(crate) fn user_id(number: u32) -> UserId {
    UserId::new(id(4, number))
}

/// Settings as the configuration has them by default, but for a cap and reasons of its own.
pub(crate) fn settings() -> Settings {
    Settings {
        entry_cap_sats: Some(10_000),
        entry_cap_cents: Some(10_000),
        reasons: [
            "Units are missing: give every number its unit.",
            "The raw data is not attached.",
            "Not reproducible from what is described: say how the samples were heated, how the temperature was measured and how often.",
            "Copied from the literature.",
        ]
        .into_iter()
        .map(Template::from)
        .collect(),
        fee: FeeRate::from_basis_points(1_000),
        place: "acme #materials".into(),
        ..Settings::of(&Config::default(), SessionId::new(id(9, 1)))
    }
}

/// People: number, name, whether it is a program.
const PEOPLE: &[(u32, &str, bool)] = &[
    (0, "ana", false),
    (1, "maria", false),
    (2, "bot-7", true),
    (3, "li", false),
    (4, "omar", false),
    (5, "katarzyna-wojciechowska-nowak", false),
    (6, "spectra-agent-with-a-long-name", true),
    (7, "田中さくら", false),
];

/// Quests: number, name, items in all and resolved.
const QUESTS: &[(u32, &str, u32, u32)] = &[
    (1, "Curie sweep", 5, 2),
    (2, "Band gaps", 8, 3),
    (3, "A literature survey of magnetocaloric materials near room temperature", 4, 0),
    (4, "Microscopy", 3, 2),
    (5, "Glossary", 12, 12),
];

/// A desk, and the time at it.
pub(crate) struct World {
    pub(crate) state: State,
    pub(crate) now: Timestamp,
    pub(crate) look: Look,
    /// What the store has, in the order it was recorded.
    pub(crate) recorded: Vec<Decision>,
    /// Whether the store answers.
    pub(crate) store_answers: bool,
}

impl World {
    /// Nothing has arrived yet.
    pub(crate) fn empty(settings: Settings, look: Look) -> Self {
        let keymap = Keymap::new(&[]).expect("the table is a keymap");
        let mut state = State::new(settings, keymap, 120, 40, START);
        state.look = look;
        Self { state, now: START, look, recorded: Vec::new(), store_answers: true }
    }

    /// A reviewer's afternoon: five quests, some three hundred entries, signed in and live.
    pub(crate) fn desk() -> Self {
        Self::with(settings(), Look::default())
    }

    pub(crate) fn with(settings: Settings, look: Look) -> Self {
        let mut world = Self::empty(settings, look);
        world.sign_in();
        world.fill(301);
        world
    }

    pub(crate) fn sign_in(&mut self) {
        self.sync(sync::News::SignedIn(Account { id: user_id(0), username: "ana".into() }));
        self.sync(sync::News::Link(Link::Live));
        self.sync(sync::News::Budget { used: 42, limit: 60 });
        let balance = |available, escrowed| Balance { available, escrowed };
        self.sync(sync::News::Wallet {
            balances: vec![
                balance(Money::sats(842_000), Money::sats(107_000)),
                balance(Money::cents(96_500), Money::cents(1_500)),
            ],
            fee: FeeRate::from_basis_points(1_000),
        });
    }

    pub(crate) fn fill(&mut self, entries: u32) {
        let person = |&(n, name, is_agent): &(u32, &str, bool)| Person {
            id: user_id(n),
            username: SafeText::line(name),
            is_agent,
        };
        self.sync(sync::News::Quests(QUESTS.iter().map(quest).collect()));
        self.sync(sync::News::People(PEOPLE.iter().map(person).collect()));
        for &(number, ..) in QUESTS {
            self.sync(sync::News::Items { quest: quest_id(number), items: items(number) });
        }
        self.sync(sync::News::Accepted {
            quest: quest_id(1),
            counts: vec![(item_id(11), 12), (item_id(12), 3)],
        });
        for &(number, ..) in QUESTS {
            let upserts = (1..=entries).map(row).filter(|row| row.quest == quest_id(number)).collect();
            self.sync(sync::News::Entries { quest: quest_id(number), upserts, gone: Vec::new() });
            self.sync(sync::News::Fresh { quest: quest_id(number), at: self.now, whole: true });
        }
        self.wait(Duration::from_millis(300));
    }

    pub(crate) fn resize(&mut self, (width, height): (u16, u16)) {
        self.send(Message::Resize { width, height });
    }

    /// Sends a message, and answers what it asks of the store as that would.
    pub(crate) fn send(&mut self, message: Message) {
        let mut messages = vec![message];
        while let Some(message) = messages.pop() {
            for effect in update(&mut self.state, message, self.now) {
                messages.extend(self.answer(effect));
            }
        }
        let header = self.state.header();
        update(&mut self.state, Message::Shown { header, at: self.now }, self.now);
    }

    fn answer(&mut self, effect: Effect) -> Vec<Message> {
        match effect {
            Effect::LoadBody(entry) if self.store_answers => {
                let body = self.state.desk.queue.row(entry).map(|row| Arc::new(body(&row)));
                vec![Message::Store(store::News::Body { entry, body, draft: None })]
            }
            Effect::LoadBrief(item) => {
                vec![Message::Store(store::News::Brief { item, text: SafeText::block(BRIEF) })]
            }
            Effect::Order(sync::Order::Look { wishes, .. }) => {
                let views = wishes.iter().map(|wish| Arc::new(csv(wish.asset)));
                views.map(|view| Message::Sync(sync::News::Asset(view))).collect()
            }
            Effect::Record(decision) if self.store_answers => {
                self.recorded.push(*decision.clone());
                vec![Message::Store(store::News::Recorded(*decision))]
            }
            Effect::RecordMany(decisions) if self.store_answers => {
                self.recorded.extend(decisions.iter().cloned());
                vec![Message::Store(store::News::RecordedMany { kept: decisions, turned: Vec::new() })]
            }
            Effect::ReadLog { question, conditions, before, limit } => {
                let page = journal::page_of(&self.recorded, question, &conditions, before, limit);
                vec![Message::Store(store::News::Journal(page))]
            }
            Effect::ReadTrail(id) => {
                let decision = self.recorded.iter().find(|decision| decision.id == id);
                let step = |at, to: &'static str| journal::Step {
                    at,
                    from: "".into(),
                    to: to.into(),
                    words: "".into(),
                };
                let steps = decision.map(|decision| vec![step(decision.made_at, "held")]).unwrap_or_default();
                vec![Message::Store(store::News::Trail { id, steps })]
            }
            Effect::Step(ids, event) => ids.into_iter().filter_map(|id| self.step(id, &event)).collect(),
            _ => Vec::new(),
        }
    }

    fn step(&mut self, id: DecisionId, event: &Event) -> Option<Message> {
        let decision = self.recorded.iter_mut().find(|decision| decision.id == id)?;
        Some(Message::Store(match decision.step(event, self.now) {
            Ok(()) => store::News::Moved(decision.clone()),
            Err(why) => store::News::NotMoved { id, why },
        }))
    }

    pub(crate) fn sync(&mut self, news: sync::News) {
        self.send(Message::Sync(news));
    }

    pub(crate) fn store(&mut self, news: store::News) {
        self.send(Message::Store(news));
    }

    /// Somebody else rejects the entry under the cursor, with these words, two minutes ago.
    pub(crate) fn decided_under_the_cursor(&mut self, note: &str) {
        let row = self.state.desk.entry().expect("the cursor is on an entry");
        let at = Some(self.now - Duration::from_secs(120));
        let review = Review {
            status: EntryStatus::Rejected,
            reviewer: Some(user_id(PEOPLE[0].0)),
            at,
            note: SafeText::block(note),
        };
        let gone = vec![sync::Gone { entry: row.id, review: Some(review) }];
        self.sync(sync::News::Entries { quest: row.quest, upserts: Vec::new(), gone });
    }

    /// What was recorded last goes through these events.
    pub(crate) fn happens(&mut self, events: &[Event]) {
        let last = self.recorded.len().checked_sub(1).expect("something was decided");
        self.happens_to(last, events);
    }

    /// What was recorded n-th goes through these events.
    pub(crate) fn happens_to(&mut self, n: usize, events: &[Event]) {
        let id = self.recorded[n].id;
        for event in events {
            let message = self.step(id, event).expect("it was recorded");
            self.send(message);
        }
    }

    /// Types: each character is a key, names stand in angle brackets: `jj<Enter>a`.
    pub(crate) fn keys(&mut self, keys: &str) {
        let mut rest = keys;
        while let Some(first) = rest.chars().next() {
            let named = rest.strip_prefix('<').and_then(|after| after.split_once('>'));
            let (key, after) = match named {
                Some((name, after)) => (name.parse().expect("a key has this name"), after),
                None => (Key::char(first), &rest[first.len_utf8()..]),
            };
            rest = after;
            self.send(Message::Key(key));
            // The reader follows after 60 ms, and its header must stand for 250 before it may be paid for.
            self.wait(Duration::from_millis(400));
        }
    }

    /// Lets time pass as the loop does: it wakes at every deadline.
    pub(crate) fn wait(&mut self, time: Duration) {
        let until = self.now + time;
        while let Some(at) = questdesk::app::next_wake(&self.state).filter(|at| *at <= until) {
            self.now = at;
            self.send(Message::Wake);
        }
        self.now = until;
        self.send(Message::Wake);
    }
}

fn quest(&(number, name, total, resolved): &(u32, &str, u32, u32)) -> Quest {
    Quest {
        id: quest_id(number),
        name: SafeText::line(name),
        team: None,
        team_name: "materials".into(),
        owner: user_id(0),
        kind: QuestKind::Closable,
        status: QuestStatus::Open,
        progress: Progress { total, resolved },
        max_xp_per_contributor: None,
        reviewing: if number == 4 { Reviewing::Refused("not a reviewer".into()) } else { Reviewing::Allowed },
        updated_at: START,
        url: Some(SafeText::line(&format!("https://ouro.example/quests/{number}"))),
    }
}

/// Items of every quest: title, status, reward, whether it is scored.
pub(crate) fn items(quest: u32) -> Vec<Item> {
    let scored = EvalRule {
        band: PassBand { min: Some(0.8), max: Some(1.0) },
        trigger: EvalTrigger::Submit,
        route: None,
    };
    let sats = |amount| Reward { xp: 0, money: Some(Money::sats(amount)) };
    let xp = |xp| Reward { xp, money: None };
    let kinds = [
        ("CIF files of all samples", ItemStatus::Done, xp(10), false),
        ("Write-up", ItemStatus::InProgress, Reward { xp: 20, money: Some(Money::cents(500)) }, false),
        ("Measure Curie temperatures", ItemStatus::Pending, sats(500), true),
        ("Review of the method by somebody who did not take part", ItemStatus::Skipped, xp(0), false),
        ("A replication in another laboratory", ItemStatus::Pending, sats(1_250_000), true),
    ];
    (1..)
        .zip(kinds)
        .map(|(number, (title, status, reward, is_scored))| Item {
            id: item_id(quest * 10 + number),
            quest: quest_id(quest),
            number,
            title: title.into(),
            status,
            auto_skipped: false,
            reward,
            eval: is_scored.then_some(scored),
            leaderboard: None,
            waiting: (number == 5).then(|| Waiting { on: "beam time".into(), until: None }),
            keys: vec![SubmissionKey {
                key: "data".into(),
                label: Some("Raw data, one file a run".into()),
                required: true,
                asset_type: "file".into(),
                ..SubmissionKey::default()
            }],
            assignee: None,
            completed_by: None,
            inputs: None,
            updated_at: START,
        })
        .collect()
}

/// Entry `number`, the older the smaller; two thirds of them on Curie temperatures of the Curie sweep.
pub(crate) fn row(number: u32) -> EntryRow {
    let (quest, item) = match number % 7 {
        0 => (2, Some(23)),
        1 | 2 | 4 => (1, Some(13)),
        3 => (1, Some(12)),
        5 => (3, Some(35)),
        _ => (1, None),
    };
    let scored = matches!(item, Some(13 | 23 | 35));
    let (score, eval) = match (scored, number % 5) {
        (true, 0 | 3) => (Some(0.42), EvalStatus::Failed),
        (true, 1) => (Some(0.91), EvalStatus::Passed),
        (true, 2) => (None, EvalStatus::Running),
        (true, _) => (None, EvalStatus::Errored),
        (false, _) => (None, EvalStatus::None),
    };
    let age = Duration::from_secs(3_600 * 200 / u64::from(number));
    let created_at = START - age;
    EntryRow {
        id: entry_id(number),
        quest: quest_id(quest),
        item: item.map(item_id),
        contributor: user_id(number % 7 + 1),
        created_at,
        version: Version { updated_at: created_at },
        score,
        eval,
    }
}

/// What is read of an entry.
pub(crate) fn body(row: &EntryRow) -> EntryBody {
    EntryBody {
        id: row.id,
        quest: row.quest,
        item: row.item,
        version: row.version,
        description: SafeText::block(DESCRIPTION),
        assets: vec![AssetSlot {
            key: "data".into(),
            asset: AssetId::new(id(5, 1)),
            asset_type: "file".into(),
            name: Some("run7.csv".into()),
        }],
        categories: vec![("accuracy".into(), "0.42".into()), ("completeness".into(), "0.90".into())],
        signals: vec![
            ("file".into(), "name".into(), "run7.csv".into()),
            ("file".into(), "size".into(), "1.2 MB".into()),
            ("file".into(), "rows".into(), "88".into()),
            ("text".into(), "words".into(), "212".into()),
        ],
        eval_action: None,
        review: None,
        embeds: Vec::new(),
    }
}

const BRIEF: &str = "Measure the **Curie temperature** of every sample, heating and cooling, at least twice.\n\n- Give units.\n- Attach the raw data.";

const DESCRIPTION: &str = "We measured **12** samples of Gd₅Si₂Ge₂ in a vibrating sample magnetometer, heating and cooling at 2 K/min.\n\n## Method\n\n1. Weigh each sample three times.\n2. Heat to 400 K, cool to 250 K, record the magnetisation every 0.5 K and keep the raw file.\n3. Take the inflection point.\n\n| sample | T_C heating | T_C cooling |\n|---|---|---|\n| A1 | 276.1 K | 274.8 K |\n| A2 | 275.9 K | 274.5 K |\n\n```python\ntc = temperature[np.argmin(np.gradient(m, temperature))]\n```\n\n> The instrument was calibrated the day before.\n\nRaw data: [run7.csv](https://ouro.example/files/run7).\n\n- [x] units\n- [ ] replication\n";
