//! A desk to try keys on: no terminal, no clock, no network. For tests only.

use std::time::Duration;

use uuid::Uuid;

use super::key::Key;
use super::keymap::Keymap;
use super::state::{Settings, State};
use super::{Effect, Message, update};
use crate::config::{Config, ConfirmPaid};
use crate::domain::decision::{Act, Bound, Decision, Stage, Verdict};
use crate::domain::{
    Cost, DecisionId, EntryBody, EntryId, EntryRow, EvalStatus, FeeRate, Item, ItemId, ItemStatus, Money,
    Person, Progress, Quest, QuestId, QuestKind, QuestStatus, Reviewing, Reward, SafeText, SessionId,
    Timestamp, UserId, Version,
};
use crate::{store, sync};

/// The time at which every test begins.
pub(crate) const START: Timestamp = Timestamp::from_millis(1_795_000_000_000);

pub(crate) fn quest_id(n: u32) -> QuestId {
    QuestId::new(Uuid::from_u128(0x1_0000 + u128::from(n)))
}

pub(crate) fn item_id(n: u32) -> ItemId {
    ItemId::new(Uuid::from_u128(0x2_0000 + u128::from(n)))
}

pub(crate) fn entry_id(n: u32) -> EntryId {
    EntryId::new(Uuid::from_u128(0x3_0000 + u128::from(n)))
}

pub(crate) fn user_id(n: u32) -> UserId {
    UserId::new(Uuid::from_u128(0x4_0000 + u128::from(n)))
}

pub(crate) fn settings() -> Settings {
    Settings {
        confirm_paid: ConfirmPaid::Never,
        entry_cap_sats: None,
        entry_cap_cents: None,
        reasons: vec!["units".into(), "no data".into()],
        views: Vec::new(),
        fee: FeeRate::from_basis_points(1_000),
        place: "acme #materials".into(),
        ..Settings::of(&Config::default(), SessionId::new(Uuid::from_u128(7)))
    }
}

pub(crate) fn quest(n: u32, name: &'static str) -> Quest {
    Quest {
        id: quest_id(n),
        name: name.into(),
        team: None,
        team_name: "materials".into(),
        owner: user_id(0),
        kind: QuestKind::Closable,
        status: QuestStatus::Open,
        progress: Progress { total: 2, resolved: 0 },
        max_xp_per_contributor: None,
        reviewing: Reviewing::Allowed,
        updated_at: START,
        url: Some(SafeText::line(&format!("https://ouro.example/quests/{n}"))),
    }
}

/// Item `n` of quest `n / 10`, number `n % 10`.
pub(crate) fn item(n: u32, title: &'static str, money: Option<Money>) -> Item {
    Item {
        id: item_id(n),
        quest: quest_id(n / 10),
        number: n % 10,
        title: title.into(),
        status: ItemStatus::Pending,
        auto_skipped: false,
        reward: Reward { xp: 10, money },
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

/// Entry `n` on item `item`, the older the smaller `n`.
pub(crate) fn entry(n: u32, item: u32, contributor: u32) -> EntryRow {
    let created_at = START - Duration::from_secs(86_400) + Duration::from_secs(n.into());
    EntryRow {
        id: entry_id(n),
        quest: quest_id(item / 10),
        item: Some(item_id(item)),
        contributor: user_id(contributor),
        created_at,
        version: Version { updated_at: created_at },
        score: None,
        eval: EvalStatus::None,
    }
}

pub(crate) fn body(row: &EntryRow, description: &str) -> EntryBody {
    EntryBody {
        id: row.id,
        quest: row.quest,
        item: row.item,
        version: row.version,
        description: SafeText::block(description),
        assets: Vec::new(),
        categories: Vec::new(),
        signals: Vec::new(),
        eval_action: None,
        review: None,
        embeds: Vec::new(),
    }
}

/// A desk with a clock that is moved by hand.
pub(crate) struct TestDesk {
    pub(crate) state: State,
    pub(crate) now: Timestamp,
}

impl TestDesk {
    /// An empty one, 120 × 40.
    pub(crate) fn empty(settings: Settings) -> Self {
        let keymap = Keymap::new(&[]).expect("the table is a keymap");
        Self { state: State::new(settings, keymap, 120, 40, START), now: START }
    }

    /// With two quests, three items, two people and six entries:
    /// Curie sweep: #1 (500 sat) entries 1, 3, 5 by maria; #2 (XP) entries 2, 4 by bot-7. Band gaps: #1 entry 6 by maria.
    pub(crate) fn new() -> Self {
        let mut desk = Self::empty(settings());
        desk.fill();
        desk
    }

    pub(crate) fn fill(&mut self) {
        let person =
            |n, name: &'static str, is_agent| Person { id: user_id(n), username: name.into(), is_agent };
        self.sync(sync::News::Link(sync::Link::Live));
        self.sync(sync::News::Quests(vec![quest(1, "Curie sweep"), quest(2, "Band gaps")]));
        self.sync(sync::News::People(vec![person(1, "maria", false), person(2, "bot-7", true)]));
        let curie = vec![item(11, "CIF files", Some(Money::sats(500))), item(12, "Write-up", None)];
        self.sync(sync::News::Items { quest: quest_id(1), items: curie });
        self.sync(sync::News::Items { quest: quest_id(2), items: vec![item(21, "Gap tables", None)] });
        let rows = vec![entry(1, 11, 1), entry(2, 12, 2), entry(3, 11, 1), entry(4, 12, 2), entry(5, 11, 1)];
        self.sync(sync::News::Entries { quest: quest_id(1), upserts: rows, gone: Vec::new() });
        let rows = vec![entry(6, 21, 1)];
        self.sync(sync::News::Entries { quest: quest_id(2), upserts: rows, gone: Vec::new() });
    }

    pub(crate) fn send(&mut self, message: Message) -> Vec<Effect> {
        update(&mut self.state, message, self.now)
    }

    pub(crate) fn sync(&mut self, news: sync::News) -> Vec<Effect> {
        self.send(Message::Sync(news))
    }

    pub(crate) fn store(&mut self, news: store::News) -> Vec<Effect> {
        self.send(Message::Store(news))
    }

    /// Types keys: each character is one, spaces only separate, names stand in angle brackets: `5j <Enter> a`.
    pub(crate) fn keys(&mut self, keys: &str) -> Vec<Effect> {
        typed(keys).into_iter().flat_map(|key| self.send(Message::Key(key))).collect()
    }

    /// Lets time pass as the loop would: it wakes at every deadline until then.
    pub(crate) fn wait(&mut self, time: Duration) -> Vec<Effect> {
        let until = self.now + time;
        let mut effects = Vec::new();
        while let Some(at) = super::next_wake(&self.state).filter(|at| *at <= until) {
            assert!(at > self.now, "a deadline that is over makes the loop spin: {at} at {}", self.now);
            self.now = at;
            effects.extend(self.send(Message::Wake));
        }
        self.now = until;
        effects.extend(self.send(Message::Wake));
        effects
    }

    /// A rejection of an entry, held for 5 s, as if the store had just written it.
    pub(crate) fn hold(&mut self, n: u32) -> Decision {
        let row = self.state.desk.queue.row(entry_id(n)).expect("it is pending");
        let decision = Decision {
            id: DecisionId::new(Uuid::from_u128(0x5_0000 + u128::from(n))),
            session: self.state.settings.session,
            batch: None,
            quest: row.quest,
            act: Act::Review {
                entry: row.id,
                item: row.item,
                verdict: Verdict::Reject,
                note: Some("units".into()),
            },
            bound: Bound::Entry(row.version),
            cost: Cost::default(),
            label: "an entry".into(),
            made_at: self.now,
            changed_at: self.now,
            attempts: 0,
            began: None,
            stage: Stage::Held { until: Some(self.now + Duration::from_secs(5)) },
        };
        self.state.decisions.recorded(decision.clone());
        decision
    }

    /// What is said now.
    pub(crate) fn said(&self) -> String {
        self.state.notices.current(self.now).map(|notice| notice.words.to_string()).unwrap_or_default()
    }

    /// The number of the entry under the cursor.
    pub(crate) fn at(&self) -> u128 {
        self.state.desk.queue.cursor().map_or(0, |entry| entry.uuid().as_u128() - 0x3_0000)
    }
}

/// See [`TestDesk::keys`].
pub(crate) fn typed(keys: &str) -> Vec<Key> {
    let mut typed = Vec::new();
    let mut rest = keys;
    while let Some(first) = rest.chars().next() {
        let named = rest.strip_prefix('<').and_then(|after| after.split_once('>'));
        if let Some((name, after)) = named {
            typed.push(name.parse().unwrap_or_else(|error| panic!("{error}")));
            rest = after;
        } else {
            if first != ' ' {
                typed.push(Key::char(first));
            }
            rest = &rest[first.len_utf8()..];
        }
    }
    typed
}
