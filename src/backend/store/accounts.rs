//! People, organizations and teams.

use rusqlite::{Connection, Row, params};

use super::{all, one};
use crate::backend::error::Refusal;
use crate::backend::ids::Id;
use crate::backend::rules::permissions::Role;
use crate::domain::Timestamp;

/// A person or an agent.
#[derive(Debug, Clone)]
pub(crate) struct User {
    pub(crate) id: Id,
    pub(crate) username: String,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) bio: Option<String>,
    /// `base`, `verified` or `agent`.
    pub(crate) actor_type: String,
}

/// An organization.
#[derive(Debug, Clone)]
pub(crate) struct Org {
    pub(crate) id: Id,
    pub(crate) name: String,
    pub(crate) display_name: String,
    pub(crate) mission: Option<String>,
    pub(crate) default_team: Option<Id>,
    pub(crate) policies: Policies,
    pub(crate) created_at: Timestamp,
}

/// Who may come in and create; nothing in a team means: as its organization has it (contract, 3.13).
#[derive(Debug, Clone, Default)]
pub(crate) struct Policies {
    /// `open`, `request` or `invite_only`.
    pub(crate) join: Option<String>,
    /// `any`, `web_only` or `api_only`.
    pub(crate) source: Option<String>,
    /// `any`, `verified_only` or `agents_only`.
    pub(crate) actor_type: Option<String>,
}

/// A team of an organization.
#[derive(Debug, Clone)]
pub(crate) struct Team {
    pub(crate) id: Id,
    pub(crate) org: Id,
    pub(crate) name: String,
    /// `public` or `organization`.
    pub(crate) visibility: String,
    pub(crate) description: Option<String>,
    /// What who joins becomes: `read`, `write` or `admin`.
    pub(crate) default_role: String,
    pub(crate) policies: Policies,
    pub(crate) created_at: Timestamp,
}

/// What a key opens.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    pub(crate) user: Id,
    pub(crate) name: String,
    /// The only organization it acts in, if it is bound to one.
    pub(crate) org: Option<Id>,
}

const USER: &str = "u.id, u.username, u.name, u.email, u.bio, u.actor_type";
const ORG: &str = "o.id, o.name, o.display_name, o.mission, o.default_team, o.join_policy, o.source_policy, \
    o.actor_type_policy, o.created_at";
const TEAM: &str = "id, org_id, name, visibility, description, default_role, join_policy, source_policy, \
    actor_type_policy, created_at";

/// A time out of a column of milliseconds.
pub(crate) fn time(row: &Row<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    row.get(column).map(Timestamp::from_millis)
}

fn user(row: &Row<'_>) -> rusqlite::Result<User> {
    Ok(User {
        id: row.get(0)?,
        username: row.get(1)?,
        name: row.get(2)?,
        email: row.get(3)?,
        bio: row.get(4)?,
        actor_type: row.get(5)?,
    })
}

fn org(row: &Row<'_>) -> rusqlite::Result<Org> {
    Ok(Org {
        id: row.get(0)?,
        name: row.get(1)?,
        display_name: row.get(2)?,
        mission: row.get(3)?,
        default_team: row.get(4)?,
        policies: Policies { join: row.get(5)?, source: row.get(6)?, actor_type: row.get(7)? },
        created_at: time(row, 8)?,
    })
}

fn team(row: &Row<'_>) -> rusqlite::Result<Team> {
    Ok(Team {
        id: row.get(0)?,
        org: row.get(1)?,
        name: row.get(2)?,
        visibility: row.get(3)?,
        description: row.get(4)?,
        default_role: row.get(5)?,
        policies: Policies { join: row.get(6)?, source: row.get(7)?, actor_type: row.get(8)? },
        created_at: time(row, 9)?,
    })
}

/// The user with that id.
pub(crate) fn user_by_id(db: &Connection, id: Id) -> rusqlite::Result<Option<User>> {
    one(db, &format!("SELECT {USER} FROM users u WHERE u.id = ?1"), [id], user)
}

/// The user with that name, upper or lower case.
pub(crate) fn user_by_name(db: &Connection, name: &str) -> rusqlite::Result<Option<User>> {
    one(db, &format!("SELECT {USER} FROM users u WHERE u.username = ?1"), [name], user)
}

/// What an API key opens, if it is one.
pub(crate) fn key(db: &Connection, key: &str) -> rusqlite::Result<Option<Key>> {
    one(db, "SELECT user_id, name, org_id FROM api_keys WHERE api_key = ?1", [key], |row| {
        Ok(Key { user: row.get(0)?, name: row.get(1)?, org: row.get(2)? })
    })
}

/// Users whose name contains the text.
pub(crate) fn search_users(db: &Connection, text: &str) -> rusqlite::Result<Vec<User>> {
    let sql = format!(
        "SELECT {USER} FROM users u WHERE instr(lower(u.username), lower(?1)) OR instr(lower(u.name), lower(?1))
         ORDER BY u.username LIMIT 50"
    );
    all(db, &sql, [text], user)
}

/// Accounts that one can sign in with: the user, the key, the organization it is bound to.
pub(crate) fn with_keys(db: &Connection) -> rusqlite::Result<Vec<(User, String, Option<Id>)>> {
    let sql = format!(
        "SELECT {USER}, k.api_key, k.org_id FROM users u JOIN api_keys k ON k.user_id = u.id
         ORDER BY u.created_at, u.id, k.api_key"
    );
    all(db, &sql, [], |row| Ok((user(row)?, row.get(6)?, row.get(7)?)))
}

/// How many assets and datasets somebody has, and how many bytes of files.
pub(crate) fn usage(db: &Connection, owner: Id) -> rusqlite::Result<(i64, i64, i64)> {
    let sql = "SELECT (SELECT COUNT(*) FROM assets WHERE owner = ?1 AND asset_type <> 'comment'),
               (SELECT COUNT(*) FROM assets WHERE owner = ?1 AND asset_type = 'dataset'),
               (SELECT ifnull(sum(length(bytes)), 0) FROM blobs WHERE owner = ?1)";
    let used = one(db, sql, [owner], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(used.unwrap_or_default())
}

/// The organization with that id.
pub(crate) fn org_by_id(db: &Connection, id: Id) -> rusqlite::Result<Option<Org>> {
    one(db, &format!("SELECT {ORG} FROM orgs o WHERE o.id = ?1"), [id], org)
}

/// The organization with that name.
pub(crate) fn org_by_name(db: &Connection, name: &str) -> rusqlite::Result<Option<Org>> {
    one(db, &format!("SELECT {ORG} FROM orgs o WHERE o.name = ?1"), [name], org)
}

/// The organizations somebody is in, with their role.
pub(crate) fn orgs_of(db: &Connection, member: Id) -> rusqlite::Result<Vec<(Org, String)>> {
    let sql = format!(
        "SELECT {ORG}, m.role FROM org_members m JOIN orgs o ON o.id = m.org_id WHERE m.user_id = ?1
         ORDER BY o.created_at, o.id"
    );
    all(db, &sql, [member], |row| Ok((org(row)?, row.get(9)?)))
}

/// The organizations that anybody may join or ask to.
pub(crate) fn discoverable(db: &Connection) -> rusqlite::Result<Vec<Org>> {
    let sql = format!(
        "SELECT {ORG} FROM orgs o WHERE o.join_policy IN ('open', 'request') AND o.id <> ?1
         ORDER BY o.created_at, o.id"
    );
    all(db, &sql, [Id::GLOBAL], org)
}

/// Somebody's role in an organization; everybody is in the global one (1.6).
pub(crate) fn org_role(db: &Connection, org: Id, member: Id) -> rusqlite::Result<Option<String>> {
    if org == Id::GLOBAL {
        return Ok(Some("write".to_owned()));
    }
    let sql = "SELECT role FROM org_members WHERE org_id = ?1 AND user_id = ?2";
    one(db, sql, params![org, member], |row| row.get(0))
}

/// Refuses a context that somebody is not in (1.6).
pub(crate) fn in_org(db: &Connection, org: Id, member: Id) -> Result<(), Refusal> {
    org_role(db, org, member)?.map(|_| ()).ok_or_else(|| {
        Refusal::new(403, "org_context_forbidden", "You are not a member of this organization")
    })
}

/// The team with that id.
pub(crate) fn team_by_id(db: &Connection, id: Id) -> rusqlite::Result<Option<Team>> {
    one(db, &format!("SELECT {TEAM} FROM teams WHERE id = ?1"), [id], team)
}

/// Teams, of one organization or all that the reader can see.
pub(crate) fn teams(db: &Connection, org_id: Option<Id>, reader: Id) -> rusqlite::Result<Vec<Team>> {
    let sql = format!(
        "SELECT {TEAM} FROM teams WHERE (?1 IS NULL OR org_id = ?1)
         AND (visibility = 'public' OR org_id IN (SELECT org_id FROM org_members WHERE user_id = ?2))
         ORDER BY created_at, id"
    );
    all(db, &sql, params![org_id, reader], team)
}

/// A team's members with their roles.
pub(crate) fn members(db: &Connection, team_id: Id) -> rusqlite::Result<Vec<(User, String, Timestamp)>> {
    let sql = "SELECT u.id, u.username, u.name, u.email, u.bio, u.actor_type, m.role, m.added_at
               FROM team_members m JOIN users u ON u.id = m.user_id WHERE m.team_id = ?1 ORDER BY m.added_at, u.id";
    all(db, sql, [team_id], |row| Ok((user(row)?, row.get(6)?, time(row, 7)?)))
}

/// Somebody's role in a team; the global team lets everybody contribute (1.6).
pub(crate) fn team_role(db: &Connection, team_id: Id, member: Id) -> rusqlite::Result<Role> {
    if team_id == Id::GLOBAL {
        return Ok(Role::Write);
    }
    let sql = "SELECT role FROM team_members WHERE team_id = ?1 AND user_id = ?2";
    let word: Option<String> = one(db, sql, params![team_id, member], |row| row.get(0))?;
    Ok(Role::from_word(word.as_deref()))
}
