//! Any sequence of acts keeps the books right: whatever is allowed or refused, money only moves, escrow holds what
//! the items say it holds, nothing is paid twice, and no cap is passed.

use proptest::prelude::*;
use rusqlite::Connection;
use serde_json::json;

use super::{Act, World, items as item_acts, quests as quest_acts, review, submit};
use crate::backend::error::Refusal;
use crate::backend::fields::Fields;
use crate::backend::fixture;
use crate::backend::ids::{Id, Mint};
use crate::backend::options::{Fixture, Options};
use crate::backend::store::{Store, accounts, all, items, ledger, one};
use crate::domain::{EntryStatus, FeeRate, Timestamp};

/// Something somebody tries; numbers choose among what there is.
#[derive(Debug, Clone)]
enum Step {
    Quest { continuous: bool, cap: Option<i64> },
    Item { quest: usize, amount: i64, usd: bool, xp: i64 },
    Submit { who: usize, item: usize },
    Decide { who: usize, entry: usize, accept: bool },
    Complete { item: usize },
    Status { item: usize, word: usize },
    Reward { item: usize, amount: i64, usd: bool },
    Delete { item: usize },
    End { quest: usize, cancel: bool },
    DeleteQuest { quest: usize },
}

fn step() -> impl Strategy<Value = Step> {
    let amount = prop_oneof![Just(0), 1i64..2_000, 200_000i64..600_000];
    prop_oneof![
        1 => (any::<bool>(), prop::option::of(0i64..60)).prop_map(|(continuous, cap)| Step::Quest { continuous, cap }),
        3 => (0..8usize, amount.clone(), any::<bool>(), 0i64..30)
            .prop_map(|(quest, amount, usd, xp)| Step::Item { quest, amount, usd, xp }),
        8 => (0..3usize, 0..20usize).prop_map(|(who, item)| Step::Submit { who, item }),
        8 => (0..5usize, 0..40usize, prop::bool::weighted(0.7))
            .prop_map(|(who, entry, accept)| Step::Decide { who, entry, accept }),
        1 => (0..20usize).prop_map(|item| Step::Complete { item }),
        2 => (0..20usize, 0..4usize).prop_map(|(item, word)| Step::Status { item, word }),
        2 => (0..20usize, amount, any::<bool>()).prop_map(|(item, amount, usd)| Step::Reward { item, amount, usd }),
        1 => (0..20usize).prop_map(|item| Step::Delete { item }),
        1 => (0..8usize, any::<bool>()).prop_map(|(quest, cancel)| Step::End { quest, cancel }),
        1 => (0..8usize).prop_map(|quest| Step::DeleteQuest { quest }),
    ]
}

struct Lab {
    store: Store,
    world: World,
    people: Vec<Id>,
    clock: i64,
}

impl Lab {
    fn new() -> Self {
        let store = Store::open(None).unwrap();
        let world = World { mint: Mint::new(1), fee: FeeRate::from_basis_points(1_000).unwrap() };
        let options = Options { fixture: Fixture::Empty, ..Options::default() };
        store.write_now(|db| fixture::lay(db, &options, &world, String::new()).map(|_| ())).unwrap();
        let find =
            |name: &str| store.read_now(|db| Ok(accounts::user_by_name(db, name)?)).unwrap().unwrap().id;
        let people = ["ana", "maria", "bot-7", "ravi", "olga"].map(find).to_vec();
        Self { store, world, people, clock: 1_800_000_000_000 }
    }

    fn ids(&self, sql: &str) -> Vec<Id> {
        self.store.read_now(|db| Ok(all(db, sql, [], |row| row.get(0))?)).unwrap()
    }

    fn take(&mut self, step: &Step) -> Result<(), Refusal> {
        self.clock += 1_000;
        let quests = self.ids("SELECT id FROM quests ORDER BY id");
        let items = self.ids("SELECT id FROM items ORDER BY id");
        let entries = self.ids("SELECT id FROM entries ORDER BY id");
        let missing = || Refusal::not_found("It");
        let chosen = |list: &[Id], place: usize| list.get(place).copied().ok_or_else(missing);
        let who = match step {
            Step::Submit { who, .. } => self.people[1 + who % 3],
            Step::Decide { who, .. } => self.people[*who % self.people.len()],
            _ => self.people[0],
        };
        let (now, world) = (Timestamp::from_millis(self.clock), &self.world);
        self.store.write_now(|db| {
            let act = Act { db, world, who, now };
            let quest_of = |item: Id| items::get(db, item)?.map(|item| item.quest).ok_or_else(missing);
            let change = |item: Id, fields: serde_json::Value| {
                let body = json!({"item": fields});
                item_acts::update(&act, quest_of(item)?, item, &Fields::wrapped(&body, "item")?)
            };
            match step {
                Step::Quest { continuous, cap } => {
                    let team = accounts::org_by_name(db, "acme-lab")?.and_then(|org| org.default_team);
                    let kind = if *continuous { "continuous" } else { "closable" };
                    let body = json!({"quest": {"name": "Q", "type": kind, "team_id": team, "max_xp_per_contributor": cap}});
                    quest_acts::create(&act, None, &Fields::wrapped(&body, "quest")?).map(|_| ())
                }
                Step::Item { quest, amount, usd, xp } => {
                    let item = json!({"description": "I", "reward_amount": amount, "reward_xp": xp,
                                      "reward_currency": if *usd { "usd" } else { "btc" }});
                    item_acts::create(&act, chosen(&quests, *quest)?, &[item]).map(|_| ())
                }
                Step::Submit { item, .. } => {
                    let item = chosen(&items, *item)?;
                    submit::submit(&act, quest_of(item)?, item, &[], None).map(|_| ())
                }
                Step::Decide { entry, accept, .. } => {
                    let entry = chosen(&entries, *entry)?;
                    let quest = one(db, "SELECT quest_id FROM entries WHERE id = ?1", [entry], |row| row.get(0))?;
                    let status = if *accept { EntryStatus::Accepted } else { EntryStatus::Rejected };
                    review::review(&act, quest.ok_or_else(missing)?, entry, &status, None)
                }
                Step::Complete { item } => {
                    let item = chosen(&items, *item)?;
                    review::complete(&act, quest_of(item)?, item, &[], None).map(|_| ())
                }
                Step::Status { item, word } => {
                    let word = ["pending", "in_progress", "done", "skipped"][*word];
                    change(chosen(&items, *item)?, json!({"status": word}))
                }
                Step::Reward { item, amount, usd } => change(
                    chosen(&items, *item)?,
                    json!({"reward_amount": amount, "reward_currency": if *usd { "usd" } else { "btc" }}),
                ),
                Step::Delete { item } => {
                    let item = chosen(&items, *item)?;
                    item_acts::delete(&act, quest_of(item)?, item)
                }
                Step::End { quest, cancel } => {
                    let body = json!({"quest": {"status": if *cancel { "cancelled" } else { "closed" }}});
                    quest_acts::update(&act, chosen(&quests, *quest)?, &Fields::wrapped(&body, "quest")?)
                }
                Step::DeleteQuest { quest } => {
                    quest_acts::delete(&act, chosen(&quests, *quest)?, false, false).map(|_| ())
                }
            }
        })
    }
}

/// What must be true at any moment; each query finds what breaks it.
fn broken(db: &Connection) -> Result<Vec<String>, Refusal> {
    let mut found = Vec::new();
    if ledger::proof(db)? != (0, 0) {
        found.push("the books do not add up".to_owned());
    }
    for (what, sql) in [
        (
            "escrow is not what the items say",
            "SELECT COUNT(*) FROM (SELECT 'btc' AS c UNION SELECT 'usd') WHERE
             (SELECT ifnull(sum(balance), 0) FROM purses WHERE kind = 'escrow' AND currency = c)
             <> (SELECT ifnull(sum(escrow), 0) FROM items WHERE reward_currency = c)",
        ),
        (
            "escrow holds for what is over",
            "SELECT COUNT(*) FROM items i JOIN quests q ON q.id = i.quest_id
             WHERE i.escrow > 0 AND (q.status IN ('closed', 'cancelled') OR i.status IN ('done', 'skipped'))",
        ),
        (
            "an entry that was not accepted was paid",
            "SELECT COUNT(*) FROM payments p JOIN entries e ON e.id = p.entry_id WHERE e.status <> 'accepted'",
        ),
        (
            "an entry was paid twice",
            "SELECT COUNT(*) FROM (SELECT 1 FROM transfers WHERE kind = 'quest-reward' GROUP BY entry_id HAVING COUNT(*) > 1)",
        ),
        (
            "a cap was passed",
            "SELECT COUNT(*) FROM (SELECT 1 FROM xp x JOIN quests q ON q.id = x.quest_id
             GROUP BY x.quest_id, x.user_id HAVING sum(x.amount) > ifnull(q.max_xp, 1e9))",
        ),
        (
            "somebody has two active entries on an item of a closable quest",
            "SELECT COUNT(*) FROM (SELECT 1 FROM entries e JOIN quests q ON q.id = e.quest_id
             WHERE q.kind = 'closable' AND e.status <> 'rejected' AND e.reviewer_id IS NOT e.user_id
             GROUP BY e.item_id, e.user_id HAVING COUNT(*) > 1)",
        ),
        (
            "an open closable quest has nothing left to do",
            "SELECT COUNT(*) FROM quests q WHERE q.kind = 'closable' AND q.status = 'open'
             AND EXISTS (SELECT 1 FROM items WHERE quest_id = q.id)
             AND NOT EXISTS (SELECT 1 FROM items WHERE quest_id = q.id AND status IN ('pending', 'in_progress'))",
        ),
    ] {
        let count: Option<i64> = one(db, sql, [], |row| row.get(0))?;
        if count != Some(0) {
            found.push(what.to_owned());
        }
    }
    Ok(found)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn no_sequence_of_acts_breaks_the_books(steps in prop::collection::vec(step(), 1..120)) {
        let mut lab = Lab::new();
        let start = [Step::Quest { continuous: true, cap: Some(40) }, Step::Quest { continuous: false, cap: None }];
        for step in start.iter().chain(&steps) {
            // Refusals are fine: what they leave behind is what is looked at.
            let outcome = lab.take(step);
            let internal = outcome.as_ref().is_err_and(|refusal| refusal.status() >= 500);
            prop_assert!(!internal, "{step:?}: {outcome:?}");
            let broken = lab.store.read_now(broken).unwrap();
            prop_assert!(broken.is_empty(), "{step:?}: {broken:?}");
        }
    }
}
