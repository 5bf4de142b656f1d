//! The tables. Ids are 16 bytes, times milliseconds since 1970, money minor units (sats, cents), JSON is text.

use rusqlite::Connection;

/// Raised when the tables change: an older file is refused rather than misread.
const VERSION: i64 = 3;

const TABLES: &str = "
CREATE TABLE users (
    id BLOB PRIMARY KEY, username TEXT NOT NULL UNIQUE COLLATE NOCASE, name TEXT NOT NULL, email TEXT NOT NULL,
    bio TEXT, actor_type TEXT NOT NULL, created_at INTEGER NOT NULL
) WITHOUT ROWID;
-- A key may be bound to one organization; then it acts nowhere else.
CREATE TABLE api_keys (
    api_key TEXT PRIMARY KEY, user_id BLOB NOT NULL, name TEXT NOT NULL, org_id BLOB
) WITHOUT ROWID;
CREATE TABLE orgs (
    id BLOB PRIMARY KEY, name TEXT NOT NULL UNIQUE, display_name TEXT NOT NULL, mission TEXT,
    default_team BLOB, visibility TEXT NOT NULL DEFAULT 'public', join_policy TEXT NOT NULL DEFAULT 'invite_only',
    source_policy TEXT NOT NULL DEFAULT 'any', actor_type_policy TEXT NOT NULL DEFAULT 'any',
    created_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE org_members (
    org_id BLOB NOT NULL, user_id BLOB NOT NULL, role TEXT NOT NULL, PRIMARY KEY (org_id, user_id)
) WITHOUT ROWID;
CREATE TABLE teams (
    id BLOB PRIMARY KEY, org_id BLOB NOT NULL, name TEXT NOT NULL, visibility TEXT NOT NULL, description TEXT,
    default_role TEXT NOT NULL DEFAULT 'write',
    -- Null: as the organization has it.
    source_policy TEXT, actor_type_policy TEXT, join_policy TEXT,
    created_at INTEGER NOT NULL, UNIQUE (org_id, name)
) WITHOUT ROWID;
CREATE TABLE team_members (
    team_id BLOB NOT NULL, user_id BLOB NOT NULL, role TEXT NOT NULL, added_at INTEGER NOT NULL,
    PRIMARY KEY (team_id, user_id)
) WITHOUT ROWID;
CREATE INDEX team_members_by_user ON team_members (user_id);
CREATE TABLE join_requests (
    id BLOB PRIMARY KEY, team_id BLOB NOT NULL, user_id BLOB NOT NULL, status TEXT NOT NULL,
    created_at INTEGER NOT NULL, reviewed_at INTEGER
) WITHOUT ROWID;
CREATE INDEX join_requests_by_team ON join_requests (team_id, user_id);
CREATE TABLE bans (
    team_id BLOB NOT NULL, user_id BLOB NOT NULL, id BLOB NOT NULL, reason TEXT, created_at INTEGER NOT NULL,
    PRIMARY KEY (team_id, user_id)
) WITHOUT ROWID;

CREATE TABLE assets (
    id BLOB NOT NULL UNIQUE, asset_type TEXT NOT NULL, owner BLOB NOT NULL, org_id BLOB NOT NULL,
    team_id BLOB NOT NULL, parent_id BLOB, visibility TEXT NOT NULL, name TEXT, description TEXT,
    state TEXT NOT NULL DEFAULT 'success', source TEXT NOT NULL DEFAULT 'web', license_id TEXT, attribution TEXT,
    metadata TEXT, preview TEXT, content TEXT, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL
);
CREATE INDEX assets_by_change ON assets (asset_type, updated_at DESC, id);
CREATE INDEX assets_by_parent ON assets (parent_id, created_at, id) WHERE parent_id IS NOT NULL;
CREATE TABLE grants (
    asset_id BLOB NOT NULL, user_id BLOB NOT NULL, role TEXT NOT NULL, PRIMARY KEY (asset_id, user_id)
) WITHOUT ROWID;
-- Who opened or downloaded what, and how often.
CREATE TABLE uses (
    asset_id BLOB NOT NULL, user_id BLOB NOT NULL, views INTEGER NOT NULL DEFAULT 0,
    downloads INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (asset_id, user_id)
) WITHOUT ROWID;
-- What an asset's texts embed or link.
CREATE TABLE links (
    source_id BLOB NOT NULL, target_id BLOB NOT NULL, type TEXT NOT NULL, id BLOB NOT NULL, created_at INTEGER NOT NULL,
    PRIMARY KEY (source_id, target_id, type)
) WITHOUT ROWID;
CREATE INDEX links_by_target ON links (target_id);
-- Places reserved for bytes that are still to come.
CREATE TABLE uploads (
    id BLOB PRIMARY KEY, owner BLOB NOT NULL, name TEXT NOT NULL, mime TEXT NOT NULL, visibility TEXT
) WITHOUT ROWID;
CREATE TABLE dataset_views (
    id BLOB PRIMARY KEY, dataset BLOB NOT NULL, name TEXT NOT NULL, description TEXT, sql_query TEXT, config TEXT,
    created_by BLOB NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX dataset_views_by_dataset ON dataset_views (dataset, created_at);
CREATE TABLE blobs (id BLOB PRIMARY KEY, name TEXT NOT NULL, mime TEXT NOT NULL, owner BLOB NOT NULL, bytes BLOB NOT NULL);
CREATE TABLE dataset_rows (
    dataset BLOB NOT NULL, position INTEGER NOT NULL, row TEXT NOT NULL, PRIMARY KEY (dataset, position)
) WITHOUT ROWID;

CREATE TABLE quests (
    id BLOB PRIMARY KEY, kind TEXT NOT NULL, status TEXT NOT NULL, max_xp INTEGER, closed_at INTEGER
) WITHOUT ROWID;
CREATE TABLE items (
    id BLOB NOT NULL UNIQUE, quest_id BLOB NOT NULL, description TEXT NOT NULL, status TEXT NOT NULL,
    auto_skipped INTEGER NOT NULL DEFAULT 0, status_before_auto_skip TEXT, sort_order INTEGER NOT NULL,
    type TEXT NOT NULL DEFAULT 'task', created_by BLOB NOT NULL, assignee_id BLOB, expected_asset_type TEXT,
    reward_xp INTEGER NOT NULL DEFAULT 0, reward_currency TEXT NOT NULL DEFAULT 'btc',
    reward_amount INTEGER NOT NULL DEFAULT 0, escrow INTEGER NOT NULL DEFAULT 0,
    child_quest_id BLOB, completed_entry_id BLOB, eval_route_id BLOB, eval_score_path TEXT,
    eval_categories_path TEXT, eval_pass_min REAL, eval_pass_max REAL, eval_trigger TEXT,
    leaderboard_enabled INTEGER NOT NULL DEFAULT 0, leaderboard_order TEXT NOT NULL DEFAULT 'desc',
    submission_assets TEXT, eval_static_inputs TEXT, notes TEXT, waiting_on TEXT, waiting_until TEXT,
    waiting_check_every TEXT, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
    CHECK (escrow >= 0)
);
CREATE INDEX items_by_quest ON items (quest_id, sort_order, id);
CREATE INDEX items_by_assignee ON items (assignee_id) WHERE assignee_id IS NOT NULL;

CREATE TABLE entries (
    id BLOB NOT NULL UNIQUE, quest_id BLOB NOT NULL, item_id BLOB, user_id BLOB NOT NULL, status TEXT NOT NULL,
    asset_id BLOB, asset_type TEXT, assets TEXT, embeds TEXT, mentions TEXT, description TEXT, review TEXT, reviewer_id BLOB,
    reviewed_at INTEGER, eval_action_id BLOB, eval_score REAL, eval_category_scores TEXT, eval_status TEXT,
    judge_signals TEXT, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL
);
CREATE INDEX entries_in_order ON entries (quest_id, created_at, id);
CREATE INDEX entries_by_status ON entries (quest_id, status, created_at, id);
CREATE INDEX entries_by_item ON entries (item_id, user_id, status);
CREATE INDEX entries_by_score ON entries (item_id, eval_score) WHERE eval_score IS NOT NULL;
CREATE TABLE entry_assets (
    quest_id BLOB NOT NULL, asset_id BLOB NOT NULL, entry_id BLOB NOT NULL,
    PRIMARY KEY (quest_id, asset_id, entry_id)
) WITHOUT ROWID;
CREATE TABLE actions (
    id BLOB PRIMARY KEY, route_id BLOB NOT NULL, user_id BLOB NOT NULL, entry_id BLOB NOT NULL, status TEXT NOT NULL,
    response TEXT, upstream_status INTEGER, created_at INTEGER NOT NULL, finished_at INTEGER
) WITHOUT ROWID;
CREATE INDEX actions_by_user ON actions (user_id, created_at, id);
CREATE INDEX actions_under_way ON actions (id) WHERE finished_at IS NULL;
CREATE TABLE action_logs (
    number INTEGER PRIMARY KEY, id BLOB NOT NULL, action_id BLOB NOT NULL, user_id BLOB NOT NULL, level TEXT NOT NULL,
    message TEXT NOT NULL, at INTEGER NOT NULL
);
CREATE INDEX action_logs_by_action ON action_logs (action_id, number);

-- Double entry: the postings of a transfer add up to zero, an account's balance is the sum of its postings.
CREATE TABLE purses (
    id INTEGER PRIMARY KEY, kind TEXT NOT NULL, owner BLOB NOT NULL, currency TEXT NOT NULL,
    balance INTEGER NOT NULL DEFAULT 0, UNIQUE (kind, owner, currency),
    CHECK (balance >= 0 OR kind = 'world')
);
CREATE TABLE transfers (
    id BLOB PRIMARY KEY, kind TEXT NOT NULL, currency TEXT NOT NULL, quest_id BLOB, item_id BLOB, entry_id BLOB,
    at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE postings (
    id INTEGER PRIMARY KEY, transfer BLOB NOT NULL, purse INTEGER NOT NULL REFERENCES purses (id),
    amount INTEGER NOT NULL
);
CREATE INDEX postings_by_purse ON postings (purse, id);
CREATE INDEX postings_by_transfer ON postings (transfer);
-- The keys guard the promise that an entry pays, and awards experience points, at most once.
CREATE TABLE payments (
    entry_id BLOB PRIMARY KEY, transfer BLOB NOT NULL, payee BLOB NOT NULL, currency TEXT NOT NULL,
    gross INTEGER NOT NULL, fee INTEGER NOT NULL, at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE xp (
    entry_id BLOB PRIMARY KEY, quest_id BLOB NOT NULL, user_id BLOB NOT NULL, amount INTEGER NOT NULL, at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX xp_by_contributor ON xp (quest_id, user_id, amount);

CREATE TABLE notices (
    id BLOB NOT NULL UNIQUE, user_id BLOB NOT NULL, type TEXT NOT NULL, viewed INTEGER NOT NULL DEFAULT 0,
    source_user_id BLOB, asset_id BLOB, org_id BLOB, content TEXT NOT NULL, created_at INTEGER NOT NULL
);
CREATE INDEX notices_by_user ON notices (user_id, created_at, id);
CREATE INDEX notices_unread ON notices (user_id) WHERE viewed = 0;

CREATE TABLE fault_log (
    id INTEGER PRIMARY KEY, at INTEGER NOT NULL, fault TEXT NOT NULL, method TEXT NOT NULL, path TEXT NOT NULL,
    committed INTEGER NOT NULL
);
";

/// Lays the tables into an empty database; a database of another version is an error.
pub(crate) fn bring_up(db: &Connection) -> Result<(), String> {
    let text = |error: rusqlite::Error| error.to_string();
    let version: i64 = db.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(text)?;
    if version == VERSION {
        return Ok(());
    }
    let tables: i64 =
        db.query_row("SELECT COUNT(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(text)?;
    if tables > 0 {
        return Err(format!("version {version} of something, not version {VERSION} of a questdesk backend"));
    }
    db.execute_batch(&format!("BEGIN; {TABLES} PRAGMA user_version = {VERSION}; COMMIT;")).map_err(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_file_is_refused_not_changed() {
        let db = Connection::open_in_memory().unwrap();
        db.execute_batch("CREATE TABLE somebody_elses (x)").unwrap();
        assert!(bring_up(&db).is_err());
        let db = Connection::open_in_memory().unwrap();
        bring_up(&db).unwrap();
        bring_up(&db).unwrap();
    }
}
