//! Any sequence of acts keeps the rules: whatever is allowed or refused, money only moves, escrow holds what the items
//! say it holds, nothing is paid twice, no cap and no limit is passed, what ended stays ended, scoring again decides
//! nothing, and progress is what the items say.

use proptest::prelude::*;
use rusqlite::Connection;
use serde_json::json;

use super::{
    Act, World, assets as asset_acts, evaluate, items as item_acts, quests as quest_acts, review, submit,
};
use crate::backend::error::Refusal;
use crate::backend::fields::Fields;
use crate::backend::fixture;
use crate::backend::ids::{Id, Mint};
use crate::backend::options::{Fixture, Options};
use crate::backend::shapes::quest as quest_shape;
use crate::backend::store::{Store, accounts, all, assets, items, ledger, one};
use crate::domain::{EntryStatus, FeeRate, Timestamp};

/// Something somebody tries; numbers choose among what there is.
#[derive(Debug, Clone)]
enum Step {
    Quest { continuous: bool, cap: Option<i64> },
    Item { quest: usize, amount: i64, usd: bool, xp: i64, scored: Option<bool>, asks: bool },
    Submit { who: usize, item: usize, asset: Option<usize> },
    Evaluate { who: usize, entry: usize },
    Rescore { item: usize },
    Change { quest: usize, to: Change },
    Place { item: usize, place: i64 },
    Child { item: usize, quest: usize },
    Decide { who: usize, entry: usize, accept: bool },
    Complete { item: usize },
    Status { item: usize, word: usize },
    Reward { item: usize, amount: i64, usd: bool },
    Delete { item: usize },
    End { quest: usize, cancel: bool },
    DeleteQuest { quest: usize, children: bool },
}

/// A change of a quest.
#[derive(Debug, Clone, Copy)]
enum Change {
    Cap(Option<i64>),
    Kind(bool),
    Draft,
    Open,
}

fn step() -> impl Strategy<Value = Step> {
    let amount = prop_oneof![Just(0), 1i64..2_000, 200_000i64..600_000];
    prop_oneof![
        1 => (any::<bool>(), prop::option::of(0i64..60)).prop_map(|(continuous, cap)| Step::Quest { continuous, cap }),
        3 => (0..8usize, amount.clone(), any::<bool>(), 0i64..30, prop::option::weighted(0.4, any::<bool>()), any::<bool>())
            .prop_map(|(quest, amount, usd, xp, scored, asks)| Step::Item { quest, amount, usd, xp, scored, asks }),
        9 => (0..3usize, 0..20usize, prop::option::of(0..ASSETS))
            .prop_map(|(who, item, asset)| Step::Submit { who, item, asset }),
        2 => (0..5usize, 0..40usize).prop_map(|(who, entry)| Step::Evaluate { who, entry }),
        2 => (0..20usize).prop_map(|item| Step::Rescore { item }),
        2 => (0..8usize, change()).prop_map(|(quest, to)| Step::Change { quest, to }),
        1 => (0..20usize, 0i64..9).prop_map(|(item, place)| Step::Place { item, place }),
        1 => (0..20usize, 0..8usize).prop_map(|(item, quest)| Step::Child { item, quest }),
        8 => (0..5usize, 0..40usize, prop::bool::weighted(0.7))
            .prop_map(|(who, entry, accept)| Step::Decide { who, entry, accept }),
        1 => (0..20usize).prop_map(|item| Step::Complete { item }),
        2 => (0..20usize, 0..4usize).prop_map(|(item, word)| Step::Status { item, word }),
        2 => (0..20usize, amount, any::<bool>()).prop_map(|(item, amount, usd)| Step::Reward { item, amount, usd }),
        1 => (0..20usize).prop_map(|item| Step::Delete { item }),
        1 => (0..8usize, any::<bool>()).prop_map(|(quest, cancel)| Step::End { quest, cancel }),
        1 => (0..8usize, any::<bool>()).prop_map(|(quest, children)| Step::DeleteQuest { quest, children }),
    ]
}

/// Posts that everybody sees and may submit.
const ASSETS: usize = 4;

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        prop::option::of(0i64..60).prop_map(Change::Cap),
        any::<bool>().prop_map(Change::Kind),
        Just(Change::Draft),
        Just(Change::Open),
    ]
}

impl Change {
    fn fields(self) -> serde_json::Value {
        match self {
            Self::Cap(cap) => json!({"max_xp_per_contributor": cap}),
            Self::Kind(continuous) => json!({"type": if continuous { "continuous" } else { "closable" }}),
            Self::Draft => json!({"status": "draft"}),
            Self::Open => json!({"status": "open"}),
        }
    }
}

struct Lab {
    store: Store,
    world: World,
    people: Vec<Id>,
    assets: Vec<Id>,
    route: Id,
    clock: i64,
}

/// What a step is compared with: facts that only some steps may change.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Before {
    /// Quests that are over, and how.
    over: Vec<(Id, String)>,
    /// Entries that are decided, and how.
    decided: Vec<(Id, String)>,
    transfers: i64,
    /// Experience by quest and person.
    xp: Vec<(Id, Id, i64)>,
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
        let mut lab =
            Self { store, world, people, assets: Vec::new(), route: Id::GLOBAL, clock: 1_800_000_000_000 };
        lab.route = lab.ids("SELECT id FROM assets WHERE asset_type = 'route' AND name = 'auto-grader'")[0];
        let make = |number: usize| {
            lab.store.write_now(|db| {
                let team = accounts::org_by_name(db, "acme-lab")?.and_then(|org| org.default_team);
                let body = json!({"post": {"name": format!("Post {number}"), "team_id": team}});
                let fields = Fields::wrapped(&body, "post")?;
                let (who, now) = (lab.people[0], Timestamp::from_millis(lab.clock));
                let act = Act { db, world: &lab.world, who, now };
                Ok(asset_acts::create(&act, None, &fields, asset_acts::Draft::of("post"))?.id)
            })
        };
        let posts = (0..ASSETS).map(|number| make(number).unwrap()).collect();
        lab.assets = posts;
        lab
    }

    fn before(&self) -> Before {
        let words = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
        let read = |db: &Connection| {
            Ok(Before {
                over: all(
                    db,
                    "SELECT id, status FROM quests WHERE status IN ('closed', 'cancelled') ORDER BY id",
                    [],
                    words,
                )?,
                decided: all(
                    db,
                    "SELECT id, status FROM entries WHERE status <> 'submitted' ORDER BY id",
                    [],
                    words,
                )?,
                transfers: one(db, "SELECT COUNT(*) FROM transfers", [], |row| row.get(0))?
                    .unwrap_or_default(),
                xp: all(
                    db,
                    "SELECT quest_id, user_id, sum(amount) FROM xp GROUP BY 1, 2 ORDER BY 1, 2",
                    [],
                    |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
                )?,
            })
        };
        self.store.read_now(read).unwrap()
    }

    /// What a step changed that it must not.
    fn changed(&self, step: &Step, before: &Before) -> Vec<String> {
        let after = self.before();
        let mut found = Vec::new();
        let stays = |old: &[(Id, String)], new: &[(Id, String)], table: &str| {
            // Deleted ones are gone; those that are still there are as they were.
            old.iter().any(|one| {
                let sql = format!("SELECT id FROM {table}");
                !new.contains(one) && self.ids(&sql).contains(&one.0)
            })
        };
        if stays(&before.over, &after.over, "quests") {
            found.push("a quest that was over is no more".to_owned());
        }
        if stays(&before.decided, &after.decided, "entries") {
            found.push("a decision was undone".to_owned());
        }
        if matches!(step, Step::Rescore { .. })
            && (before.decided != after.decided || before.transfers != after.transfers)
        {
            found.push("scoring again decided or paid".to_owned());
        }
        for (quest, who, sum) in &after.xp {
            let was =
                before.xp.iter().find(|(of, whose, _)| of == quest && whose == who).map_or(0, |xp| xp.2);
            let cap = self.store.read_now(|db| {
                let sql = "SELECT max_xp FROM quests WHERE id = ?1";
                Ok(one(db, sql, [quest], |row| row.get::<_, Option<i64>>(0))?.flatten())
            });
            if *sum > was && cap.unwrap().is_some_and(|cap| *sum > cap) {
                found.push("a cap was passed".to_owned());
            }
        }
        found
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
            Step::Decide { who, .. } | Step::Evaluate { who, .. } => self.people[*who % self.people.len()],
            _ => self.people[0],
        };
        let (now, world) = (Timestamp::from_millis(self.clock), &self.world);
        let (route, posts) = (self.route, self.assets.clone());
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
                Step::Item { quest, amount, usd, xp, scored, asks } => {
                    let mut item = json!({"description": "I", "reward_amount": amount, "reward_xp": xp,
                                          "reward_currency": if *usd { "usd" } else { "btc" }});
                    if *asks {
                        item["submission_assets"] = json!({"post": {"asset_type": "post", "required": false}});
                    }
                    if let Some(by_owner) = scored {
                        item["eval_route_id"] = json!(route);
                        item["eval_pass_min"] = json!(0.6);
                        item["eval_trigger"] = json!(if *by_owner { "owner" } else { "submit" });
                    }
                    item_acts::create(&act, chosen(&quests, *quest)?, &[item]).map(|_| ())
                }
                Step::Submit { item, asset, .. } => {
                    let item = chosen(&items, *item)?;
                    let given: Vec<_> = asset.iter().map(|place| ("post".to_owned(), posts[*place])).collect();
                    submit::submit(&act, quest_of(item)?, item, &given, None).map(|_| ())
                }
                Step::Evaluate { entry, .. } => {
                    let entry = chosen(&entries, *entry)?;
                    let quest = one(db, "SELECT quest_id FROM entries WHERE id = ?1", [entry], |row| row.get(0))?;
                    evaluate::evaluate(&act, quest.ok_or_else(missing)?, entry).map(|_| ())
                }
                Step::Rescore { item } => {
                    let item = chosen(&items, *item)?;
                    evaluate::rescore(&act, quest_of(item)?, item).map(|_| ())
                }
                Step::Change { quest, to } => {
                    let body = json!({"quest": to.fields()});
                    quest_acts::update(&act, chosen(&quests, *quest)?, &Fields::wrapped(&body, "quest")?)
                }
                Step::Place { item, place } => change(chosen(&items, *item)?, json!({"sort_order": place})),
                Step::Child { item, quest } => {
                    change(chosen(&items, *item)?, json!({"child_quest_id": chosen(&quests, *quest)?}))
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
                    let status = ["pending", "in_progress", "done", "skipped"][*word];
                    change(chosen(&items, *item)?, json!({"status": status}))
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
                Step::DeleteQuest { quest, children } => {
                    quest_acts::delete(&act, chosen(&quests, *quest)?, *children, false).map(|_| ())
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
            "an accepted entry of somebody else was not paid what its item pays",
            "SELECT COUNT(*) FROM payments p JOIN transfers t ON t.id = p.transfer
             WHERE p.gross <> (SELECT -sum(amount) FROM postings x JOIN purses u ON u.id = x.purse
                               WHERE x.transfer = t.id AND u.kind = 'escrow')",
        ),
        (
            "a transfer does not add up",
            "SELECT COUNT(*) FROM (SELECT 1 FROM postings GROUP BY transfer HAVING sum(amount) <> 0)",
        ),
        (
            "an asset is on two active entries of a quest",
            "SELECT COUNT(*) FROM (SELECT 1 FROM entry_assets x JOIN entries e ON e.id = x.entry_id
             WHERE e.status <> 'rejected' GROUP BY x.quest_id, x.asset_id HAVING COUNT(*) > 1)",
        ),
        (
            "a quest is over without a time, or has a time and is not over",
            "SELECT COUNT(*) FROM quests WHERE (status IN ('closed', 'cancelled')) <> (closed_at IS NOT NULL)",
        ),
        (
            "an item was skipped with its quest and does not say from what, or says so and was not",
            "SELECT COUNT(*) FROM items WHERE auto_skipped <> (status_before_auto_skip IS NOT NULL)
             OR (auto_skipped AND status <> 'skipped')",
        ),
        (
            "an evaluation of a built-in route is still running",
            "SELECT COUNT(*) FROM actions WHERE finished_at IS NULL",
        ),
        (
            "an item leads to a quest that is gone",
            "SELECT COUNT(*) FROM items WHERE child_quest_id NOT IN (SELECT id FROM quests)",
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
    for quest in all(db, "SELECT id FROM quests", [], |row| row.get::<_, Id>(0))? {
        let asset = assets::get(db, quest)?.ok_or_else(|| Refusal::not_found("Quest"))?;
        let progress = quest_shape::hit(db, &asset)?["progress"].clone();
        let count = |sql: &str| one(db, sql, [quest], |row| row.get::<_, i64>(0));
        let total = count("SELECT COUNT(*) FROM items WHERE quest_id = ?1")?;
        let resolved =
            count("SELECT COUNT(*) FROM items WHERE quest_id = ?1 AND status IN ('done', 'skipped')")?;
        if progress["total"].as_i64() != total || progress["resolved"].as_i64() != resolved {
            found.push(format!("progress is not what the items say: {progress}"));
        }
    }
    Ok(found)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn no_sequence_of_acts_breaks_a_rule(steps in prop::collection::vec(step(), 1..120)) {
        let mut lab = Lab::new();
        let start = [Step::Quest { continuous: true, cap: Some(40) }, Step::Quest { continuous: false, cap: None }];
        for step in start.iter().chain(&steps) {
            // Refusals are fine: what they leave behind is what is looked at.
            let before = lab.before();
            let outcome = lab.take(step);
            let internal = outcome.as_ref().is_err_and(|refusal| refusal.status() >= 500);
            prop_assert!(!internal, "{step:?}: {outcome:?}");
            let broken = lab.store.read_now(broken).unwrap();
            prop_assert!(broken.is_empty(), "{step:?}: {broken:?}");
            let changed = lab.changed(step, &before);
            prop_assert!(changed.is_empty(), "{step:?}: {changed:?}");
        }
    }
}
