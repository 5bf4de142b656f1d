//! For tests: a desk without a terminal, with a store in memory that steps decisions as the real one does.

use std::collections::HashMap;
use std::time::Duration;

use crate::config::ConfirmPaid;
use crate::domain::decision::{Act, Answer, Check, Decision, Event, Stage, Verdict};
use crate::domain::{
    Account, AssetId, Cost, DecisionId, EntryId, EntryRow, EvalRule, EvalTrigger, Item, ItemId, Money,
    PassBand, Person, Progress, Quest, QuestId, QuestKind, Reward, RunPrice, SafeText, Timestamp, journal,
};
use crate::{store, sync};

use super::key::Key;
use super::keymap::Keymap;
use super::testing::{self, START};
use super::{Effect, Message, Settings, State, update};

pub(crate) fn quest_id() -> QuestId {
    testing::quest_id(1)
}

pub(crate) fn item_id(n: u8) -> ItemId {
    testing::item_id(10 + u32::from(n))
}

pub(crate) fn entry_id(n: u8) -> EntryId {
    testing::entry_id(n.into())
}

/// The route of item `n`'s evaluation.
pub(crate) fn route_id(n: u8) -> AssetId {
    AssetId::from_bytes([0xE0 + n; 16])
}

/// A desk under test.
pub(crate) struct Rig {
    pub(crate) state: State,
    pub(crate) now: Timestamp,
    /// Everything the desk wanted, in order.
    pub(crate) effects: Vec<Effect>,
    /// The store's decisions.
    pub(crate) stored: Vec<Decision>,
    /// The store does not answer: what is recorded stays *recording*, and nothing moves on.
    pub(crate) store_is_slow: bool,
    /// What the server says a run of an evaluation costs; `None`: it does not answer.
    pub(crate) run_price: Option<Money>,
    /// What it says of single routes.
    pub(crate) run_prices: HashMap<AssetId, RunPrice>,
    /// What it said last.
    pub(crate) told_prices: HashMap<AssetId, RunPrice>,
}

/// Settings under which paying asks.
pub(crate) fn settings() -> Settings {
    Settings {
        confirm_paid: ConfirmPaid::Envelope,
        entry_cap_sats: Some(20_000),
        entry_cap_cents: Some(2_000),
        reasons: vec!["name the unit".into(), "add the source".into()],
        ..testing::settings()
    }
}

pub(crate) fn quest(kind: QuestKind) -> Quest {
    Quest { kind, progress: Progress { total: 3, resolved: 0 }, ..testing::quest(1, "Curie sweep") }
}

pub(crate) fn item(n: u8, reward: Reward) -> Item {
    let title = SafeText::line(&format!("Item {n}"));
    Item { title, reward, quest: quest_id(), ..testing::item(10 + u32::from(n), "", None) }
}

/// Entry `n` on item `item`, older the smaller `n` is.
pub(crate) fn row(n: u8, item: u8) -> EntryRow {
    EntryRow { quest: quest_id(), ..testing::entry(n.into(), 10 + u32::from(item), 1) }
}

impl Rig {
    /// A desk of ana's with one quest: item 1 pays 500 sat, item 2 pays 10 XP, item 3 pays $5.00. Entries 1–4 lie on
    /// item 1, 5–8 on item 2, 9–12 on item 3.
    pub(crate) fn new() -> Self {
        Self::with(settings(), QuestKind::Continuous)
    }

    pub(crate) fn with(settings: Settings, kind: QuestKind) -> Self {
        let now = START;
        let keymap = Keymap::new(&[]).unwrap();
        let state = State::new(settings, keymap, 120, 40, now);
        let mut rig = Self {
            state,
            now,
            effects: Vec::new(),
            stored: Vec::new(),
            store_is_slow: false,
            run_price: Some(Money::sats(0)),
            run_prices: HashMap::new(),
            told_prices: HashMap::new(),
        };
        let pays = |money| Reward { xp: 0, money: Some(money) };
        let items = vec![
            item(1, pays(Money::sats(500))),
            item(2, Reward { xp: 10, money: None }),
            item(3, pays(Money::cents(500))),
        ];
        let people = ["ana", "bot-7"].iter().zip(0..).map(|(name, n)| Person {
            id: testing::user_id(n),
            username: SafeText::line(name),
            is_agent: n == 1,
        });
        rig.sync(sync::News::SignedIn(Account { id: testing::user_id(0), username: "ana".into() }));
        rig.sync(sync::News::People(people.collect()));
        rig.sync(sync::News::Quests(vec![quest(kind)]));
        rig.sync(sync::News::Items { quest: quest_id(), items });
        let rows = (1..=12).map(|n| row(n, (n - 1) / 4 + 1)).collect();
        rig.sync(sync::News::Entries { quest: quest_id(), upserts: rows, gone: Vec::new() });
        rig.look();
        rig
    }

    /// Item `n` gets an evaluation.
    pub(crate) fn evaluates(&mut self, n: u8) {
        let rule = EvalRule {
            band: PassBand { min: Some(0.8), max: None },
            trigger: EvalTrigger::Owner,
            route: Some(route_id(n)),
        };
        let with = |item: &Item| Item {
            eval: if item.id == item_id(n) { Some(rule) } else { item.eval },
            ..item.clone()
        };
        let items =
            self.state.desk.items.of(quest_id()).iter().filter_map(|item| self.state.desk.item(*item));
        let items = items.map(with).collect();
        self.sync(sync::News::Items { quest: quest_id(), items });
    }

    pub(crate) fn sync(&mut self, news: sync::News) {
        self.take(Message::Sync(news));
    }

    pub(crate) fn take(&mut self, message: Message) {
        let effects = update(&mut self.state, message, self.now);
        self.effects.extend(effects.iter().cloned());
        for effect in effects {
            self.perform(effect);
        }
    }

    /// The store, in memory.
    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Record(decision) if !self.store_is_slow => {
                self.stored.push((*decision).clone());
                self.take(Message::Store(store::News::Recorded(*decision)));
            }
            Effect::RecordMany(decisions) if !self.store_is_slow => {
                self.stored.extend(decisions.iter().cloned());
                let news = store::News::RecordedMany { kept: decisions, turned: Vec::new() };
                self.take(Message::Store(news));
            }
            Effect::ReadLog { question, conditions, before, limit } if !self.store_is_slow => {
                let page = journal::page_of(&self.stored, question, &conditions, before, limit);
                self.take(Message::Store(store::News::Journal(page)));
            }
            Effect::ReadTrail(id) if !self.store_is_slow => {
                let made =
                    journal::Step { at: self.now, from: "".into(), to: "held".into(), words: "".into() };
                self.take(Message::Store(store::News::Trail { id, steps: vec![made] }));
            }
            Effect::Order(sync::Order::RunPrices(asked)) => {
                for of in asked {
                    let own = self.run_prices.get(&of.route).cloned();
                    if let Some(price) = own.or_else(|| self.run_price.map(RunPrice::Costs)) {
                        self.told_prices.insert(of.route, price.clone());
                        self.sync(sync::News::RunPrice(of, price));
                    }
                }
            }
            Effect::Step(ids, event) if !self.store_is_slow => match ids.as_slice() {
                [id] => self.step(*id, &event),
                _ => self.step_many(&ids, &event),
            },
            _ => {}
        }
    }

    pub(crate) fn step(&mut self, id: DecisionId, event: &Event) {
        let now = self.now;
        let Some(decision) = self.stored.iter_mut().find(|decision| decision.id == id) else { return };
        let news = match decision.step(event, now) {
            Ok(()) => store::News::Moved(decision.clone()),
            Err(why) => store::News::NotMoved { id, why },
        };
        self.take(Message::Store(news));
    }

    fn step_many(&mut self, ids: &[DecisionId], event: &Event) {
        let (mut moved, mut stayed) = (Vec::new(), Vec::new());
        for decision in self.stored.iter_mut().filter(|decision| ids.contains(&decision.id)) {
            match decision.step(event, self.now) {
                Ok(()) => moved.push(decision.clone()),
                Err(why) => stayed.push((decision.id, why)),
            }
        }
        self.take(Message::Store(store::News::MovedMany { moved, stayed }));
    }

    /// The sender takes a queued decision, and this comes of it.
    pub(crate) fn send(&mut self, id: DecisionId, answer: Answer) {
        self.step(id, &Event::Claim(Check::Same));
        self.step(id, &Event::Answer(answer));
    }

    /// Types keys, as people write them: `"j j a"`.
    pub(crate) fn keys(&mut self, keys: &str) {
        for key in keys.split_whitespace() {
            self.take(Message::Key(key.parse::<Key>().unwrap()));
        }
    }

    /// Time passes; the desk wakes at its deadlines, and what it shows reaches the screen.
    pub(crate) fn pass(&mut self, millis: u64) {
        let end = self.now + Duration::from_millis(millis);
        while let Some(at) = super::next_wake(&self.state).filter(|at| *at <= end) {
            self.now = at.max(self.now + Duration::from_millis(1));
            self.take(Message::Wake);
            self.shown();
        }
        self.now = end;
        self.take(Message::Wake);
        self.shown();
    }

    fn shown(&mut self) {
        let (header, at) = (self.state.header(), self.now);
        self.take(Message::Shown { header, at });
    }

    /// Long enough for the reader to follow and for its header to have been seen.
    pub(crate) fn look(&mut self) {
        self.pass(100);
        self.pass(400);
    }

    /// What was recorded, in order.
    pub(crate) fn recorded<'a>(&'a self) -> Vec<&'a Decision> {
        let recorded = |effect: &'a Effect| match effect {
            Effect::Record(decision) => Some(&**decision),
            _ => None,
        };
        self.effects.iter().filter_map(recorded).collect()
    }

    /// What the notice line says.
    pub(crate) fn said(&self) -> String {
        self.state.notices.current(self.now).map(|notice| notice.words.to_string()).unwrap_or_default()
    }

    /// The stage of the decision recorded `n`-th.
    pub(crate) fn stage(&self, n: usize) -> &Stage {
        &self.stored[n].stage
    }
}

/// The verdict and note of a review.
pub(crate) fn review_of(decision: &Decision) -> (EntryId, Verdict, Option<&str>) {
    match &decision.act {
        Act::Review { entry, verdict, note, .. } => (*entry, *verdict, note.as_ref().map(SafeText::as_str)),
        other => panic!("not a review: {other:?}"),
    }
}

/// The cost of accepting one entry of item 1, at 10 % fee.
pub(crate) fn cost_500() -> Cost {
    Cost { gross: Some(Money::sats(500)), fee: Some(Money::sats(50)), xp: 0 }
}
