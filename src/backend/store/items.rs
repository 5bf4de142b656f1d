//! Items of quests.

use std::sync::LazyLock;

use rusqlite::{Connection, Row, named_params, params};
use serde_json::Value;

use super::accounts::time;
use super::{all, one, run};
use crate::backend::ids::Id;
use crate::backend::rules::submission::{Key, contributor_keys};
use crate::domain::{Currency, ItemStatus, Money, PassBand, Timestamp};

/// An item as it is kept. `description` is rich text as JSON text.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub(crate) id: Id,
    pub(crate) quest: Id,
    pub(crate) description: String,
    pub(crate) status: ItemStatus,
    pub(crate) auto_skipped: bool,
    pub(crate) status_before_auto_skip: Option<String>,
    pub(crate) sort_order: i64,
    pub(crate) kind: String,
    pub(crate) created_by: Id,
    pub(crate) assignee: Option<Id>,
    pub(crate) expected_asset_type: Option<String>,
    pub(crate) reward_xp: i64,
    pub(crate) reward_currency: Currency,
    /// Minor units (sats, cents) for each accepted entry.
    pub(crate) reward_amount: i64,
    /// What escrow holds for it now, in the reward's currency.
    pub(crate) escrow: i64,
    pub(crate) child_quest: Option<Id>,
    pub(crate) completed_by: Option<Id>,
    pub(crate) eval_route: Option<Id>,
    pub(crate) eval_score_path: Option<String>,
    pub(crate) eval_categories_path: Option<String>,
    pub(crate) band: PassBand,
    /// `submit` or `owner`; none is submit.
    pub(crate) eval_trigger: Option<String>,
    pub(crate) leaderboard_enabled: bool,
    /// `desc` or `asc`.
    pub(crate) leaderboard_order: String,
    /// The author's own declarations.
    pub(crate) submission_assets: Option<Value>,
    pub(crate) eval_static_inputs: Option<Value>,
    pub(crate) notes: Option<String>,
    pub(crate) waiting_on: Option<String>,
    pub(crate) waiting_until: Option<String>,
    pub(crate) waiting_check_every: Option<String>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    /// What the eval route says of itself, read along; not written.
    pub(crate) route: Option<Value>,
}

impl Item {
    /// An item as it starts.
    pub(crate) fn new(id: Id, quest: Id, by: Id, description: String, at: Timestamp) -> Self {
        Self {
            id,
            quest,
            description,
            status: ItemStatus::Pending,
            auto_skipped: false,
            status_before_auto_skip: None,
            sort_order: 0,
            kind: "task".to_owned(),
            created_by: by,
            assignee: None,
            expected_asset_type: None,
            reward_xp: 0,
            reward_currency: Currency::Btc,
            reward_amount: 0,
            escrow: 0,
            child_quest: None,
            completed_by: None,
            eval_route: None,
            eval_score_path: None,
            eval_categories_path: None,
            band: PassBand::default(),
            eval_trigger: None,
            leaderboard_enabled: false,
            leaderboard_order: "desc".to_owned(),
            submission_assets: None,
            eval_static_inputs: None,
            notes: None,
            waiting_on: None,
            waiting_until: None,
            waiting_check_every: None,
            created_at: at,
            updated_at: at,
            route: None,
        }
    }

    /// What it asks of a contributor.
    pub(crate) fn keys(&self) -> Vec<Key> {
        let inputs = self.route.as_ref().and_then(|route| route.get("input_assets"));
        let inputs = inputs.filter(|_| self.eval_route.is_some());
        contributor_keys(self.submission_assets.as_ref(), inputs, self.eval_static_inputs.as_ref())
    }

    /// The reward in money, if it pays any.
    pub(crate) fn reward(&self) -> Option<Money> {
        (self.reward_amount > 0)
            .then_some(Money { currency: self.reward_currency, amount: self.reward_amount })
    }
}

const COLUMNS: &str = "i.id, i.quest_id, i.description, i.status, i.auto_skipped, i.status_before_auto_skip, i.sort_order, \
    i.type, i.created_by, i.assignee_id, i.expected_asset_type, i.reward_xp, i.reward_currency, i.reward_amount, i.escrow, \
    i.child_quest_id, i.completed_entry_id, i.eval_route_id, i.eval_score_path, i.eval_categories_path, i.eval_pass_min, \
    i.eval_pass_max, i.eval_trigger, i.leaderboard_enabled, i.leaderboard_order, i.submission_assets, \
    i.eval_static_inputs, i.notes, i.waiting_on, i.waiting_until, i.waiting_check_every, i.created_at, i.updated_at, \
    r.content";

const FROM: &str = "FROM items i LEFT JOIN assets r ON r.id = i.eval_route_id";

fn json(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Value>> {
    let text: Option<String> = row.get(column)?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

fn item(row: &Row<'_>) -> rusqlite::Result<Item> {
    Ok(Item {
        id: row.get(0)?,
        quest: row.get(1)?,
        description: row.get(2)?,
        status: ItemStatus::from_word(Some(&row.get::<_, String>(3)?)),
        auto_skipped: row.get(4)?,
        status_before_auto_skip: row.get(5)?,
        sort_order: row.get(6)?,
        kind: row.get(7)?,
        created_by: row.get(8)?,
        assignee: row.get(9)?,
        expected_asset_type: row.get(10)?,
        reward_xp: row.get(11)?,
        reward_currency: Currency::from_code(&row.get::<_, String>(12)?),
        reward_amount: row.get(13)?,
        escrow: row.get(14)?,
        child_quest: row.get(15)?,
        completed_by: row.get(16)?,
        eval_route: row.get(17)?,
        eval_score_path: row.get(18)?,
        eval_categories_path: row.get(19)?,
        band: PassBand { min: row.get(20)?, max: row.get(21)? },
        eval_trigger: row.get(22)?,
        leaderboard_enabled: row.get(23)?,
        leaderboard_order: row.get(24)?,
        submission_assets: json(row, 25)?,
        eval_static_inputs: json(row, 26)?,
        notes: row.get(27)?,
        waiting_on: row.get(28)?,
        waiting_until: row.get(29)?,
        waiting_check_every: row.get(30)?,
        created_at: time(row, 31)?,
        updated_at: time(row, 32)?,
        route: json(row, 33)?,
    })
}

/// The item with that id.
pub(crate) fn get(db: &Connection, id: Id) -> rusqlite::Result<Option<Item>> {
    static SQL: LazyLock<String> = LazyLock::new(|| format!("SELECT {COLUMNS} {FROM} WHERE i.id = ?1"));
    one(db, &SQL, [id], item)
}

/// The items of a quest, in order.
pub(crate) fn of_quest(db: &Connection, quest: Id) -> rusqlite::Result<Vec<Item>> {
    let sql = format!("SELECT {COLUMNS} {FROM} WHERE i.quest_id = ?1 ORDER BY i.sort_order, i.id");
    all(db, &sql, [quest], item)
}

/// Items assigned to somebody over all quests: those in one of the states (empty: any), newest change first.
pub(crate) fn assigned(db: &Connection, assignee: Id, states: &[&str]) -> rusqlite::Result<Vec<Item>> {
    let sql = format!(
        "SELECT {COLUMNS} {FROM} WHERE i.assignee_id = ?1
         AND (?2 = '[]' OR i.status IN (SELECT value FROM json_each(?2))) ORDER BY i.updated_at DESC, i.id"
    );
    let states = serde_json::to_string(states).unwrap_or_else(|_| "[]".to_owned());
    all(db, &sql, params![assignee, states], item)
}

/// Writes an item, new or changed.
pub(crate) fn put(db: &Connection, item: &Item) -> rusqlite::Result<()> {
    let sql = "INSERT OR REPLACE INTO items (rowid, id, quest_id, description, status, auto_skipped,
        status_before_auto_skip, sort_order, type, created_by, assignee_id, expected_asset_type, reward_xp,
        reward_currency, reward_amount, escrow, child_quest_id, completed_entry_id, eval_route_id, eval_score_path,
        eval_categories_path, eval_pass_min, eval_pass_max, eval_trigger, leaderboard_enabled, leaderboard_order,
        submission_assets, eval_static_inputs, notes, waiting_on, waiting_until, waiting_check_every, created_at,
        updated_at)
        VALUES ((SELECT rowid FROM items WHERE id = :id), :id, :quest, :description, :status, :auto_skipped, :before,
        :sort_order, :type, :created_by, :assignee, :expected, :xp, :currency, :amount, :escrow, :child, :completed,
        :route, :score_path, :categories_path, :min, :max, :trigger, :leaderboard, :order, :assets, :inputs, :notes,
        :waiting_on, :waiting_until, :check_every, :created_at, :updated_at)";
    let values = named_params! {
        ":id": item.id, ":quest": item.quest, ":description": item.description, ":status": item.status.word(),
        ":auto_skipped": item.auto_skipped, ":before": item.status_before_auto_skip, ":sort_order": item.sort_order,
        ":type": item.kind, ":created_by": item.created_by, ":assignee": item.assignee,
        ":expected": item.expected_asset_type, ":xp": item.reward_xp, ":currency": item.reward_currency.code(),
        ":amount": item.reward_amount, ":escrow": item.escrow, ":child": item.child_quest,
        ":completed": item.completed_by, ":route": item.eval_route, ":score_path": item.eval_score_path,
        ":categories_path": item.eval_categories_path, ":min": item.band.min, ":max": item.band.max,
        ":trigger": item.eval_trigger, ":leaderboard": item.leaderboard_enabled, ":order": item.leaderboard_order,
        ":assets": item.submission_assets.as_ref().map(Value::to_string),
        ":inputs": item.eval_static_inputs.as_ref().map(Value::to_string), ":notes": item.notes,
        ":waiting_on": item.waiting_on, ":waiting_until": item.waiting_until,
        ":check_every": item.waiting_check_every, ":created_at": item.created_at.millis(),
        ":updated_at": item.updated_at.millis(),
    };
    run(db, sql, values).map(|_| ())
}

/// Removes an item.
pub(crate) fn delete(db: &Connection, id: Id) -> rusqlite::Result<()> {
    run(db, "DELETE FROM items WHERE id = ?1", [id]).map(|_| ())
}

/// Whether any entry, of any status, belongs to the item.
pub(crate) fn has_entries(db: &Connection, id: Id) -> rusqlite::Result<bool> {
    one(db, "SELECT EXISTS (SELECT 1 FROM entries WHERE item_id = ?1)", [id], |row| row.get(0))
        .map(Option::unwrap_or_default)
}

/// The quests that items of a quest lead to.
pub(crate) fn child_quests(db: &Connection, quest: Id) -> rusqlite::Result<Vec<Id>> {
    let sql = "SELECT DISTINCT child_quest_id FROM items WHERE quest_id = ?1 AND child_quest_id IS NOT NULL";
    all(db, sql, [quest], |row| row.get(0))
}

/// Forgets a quest that is gone wherever an item led to it.
pub(crate) fn forget_child(db: &Connection, quest: Id) -> rusqlite::Result<()> {
    run(db, "UPDATE items SET child_quest_id = NULL WHERE child_quest_id = ?1", [quest]).map(|_| ())
}

/// Makes room at a place that another item has: that one and those behind it move one on.
pub(crate) fn make_room(db: &Connection, item: &Item) -> rusqlite::Result<()> {
    let sql = "SELECT EXISTS (SELECT 1 FROM items WHERE quest_id = ?1 AND sort_order = ?2 AND id <> ?3)";
    let values = params![item.quest, item.sort_order, item.id];
    if one(db, sql, values, |row| row.get(0))? == Some(true) {
        let sql = "UPDATE items SET sort_order = sort_order + 1 WHERE quest_id = ?1 AND sort_order >= ?2 AND id <> ?3";
        run(db, sql, values)?;
    }
    Ok(())
}
