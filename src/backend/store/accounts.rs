//! People, organizations and teams.

use rusqlite::{Connection, Row, params};

use super::{all, one};
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
    pub(crate) created_at: Timestamp,
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
    pub(crate) created_at: Timestamp,
}

const USER: &str = "id, username, name, email, bio, actor_type";
const ORG: &str = "id, name, display_name, mission, default_team, created_at";
const TEAM: &str = "id, org_id, name, visibility, description, created_at";

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
        created_at: time(row, 5)?,
    })
}

fn team(row: &Row<'_>) -> rusqlite::Result<Team> {
    Ok(Team {
        id: row.get(0)?,
        org: row.get(1)?,
        name: row.get(2)?,
        visibility: row.get(3)?,
        description: row.get(4)?,
        created_at: time(row, 5)?,
    })
}

/// The user with that id.
pub(crate) fn user_by_id(db: &Connection, id: Id) -> rusqlite::Result<Option<User>> {
    one(db, &format!("SELECT {USER} FROM users WHERE id = ?1"), [id], user)
}

/// The user with that name, upper or lower case.
pub(crate) fn user_by_name(db: &Connection, name: &str) -> rusqlite::Result<Option<User>> {
    one(db, &format!("SELECT {USER} FROM users WHERE username = ?1"), [name], user)
}

/// The user whose API key it is.
pub(crate) fn user_by_key(db: &Connection, key: &str) -> rusqlite::Result<Option<User>> {
    one(db, &format!("SELECT {USER} FROM users WHERE api_key = ?1"), [key], user)
}

/// Users whose name contains the text.
pub(crate) fn search_users(db: &Connection, text: &str) -> rusqlite::Result<Vec<User>> {
    let sql = format!(
        "SELECT {USER} FROM users WHERE instr(lower(username), lower(?1)) OR instr(lower(name), lower(?1))
         ORDER BY username LIMIT 50"
    );
    all(db, &sql, [text], user)
}

/// Accounts that one can sign in with: the user, the key, whether it owns a funded purse's quests.
pub(crate) fn with_keys(db: &Connection) -> rusqlite::Result<Vec<(User, String)>> {
    let sql = format!("SELECT {USER}, api_key FROM users WHERE api_key IS NOT NULL ORDER BY created_at, id");
    all(db, &sql, [], |row| Ok((user(row)?, row.get(6)?)))
}

/// The organization with that id.
pub(crate) fn org_by_id(db: &Connection, id: Id) -> rusqlite::Result<Option<Org>> {
    one(db, &format!("SELECT {ORG} FROM orgs WHERE id = ?1"), [id], org)
}

/// The organization with that name.
pub(crate) fn org_by_name(db: &Connection, name: &str) -> rusqlite::Result<Option<Org>> {
    one(db, &format!("SELECT {ORG} FROM orgs WHERE name = ?1"), [name], org)
}

/// The organizations somebody is in, with their role.
pub(crate) fn orgs_of(db: &Connection, member: Id) -> rusqlite::Result<Vec<(Org, String)>> {
    let sql = "SELECT o.id, o.name, o.display_name, o.mission, o.default_team, o.created_at, m.role
               FROM org_members m JOIN orgs o ON o.id = m.org_id WHERE m.user_id = ?1 ORDER BY o.created_at, o.id";
    all(db, sql, [member], |row| Ok((org(row)?, row.get(6)?)))
}

/// Somebody's role in an organization; everybody is in the global one (1.6).
pub(crate) fn org_role(db: &Connection, org: Id, member: Id) -> rusqlite::Result<Option<String>> {
    if org == Id::GLOBAL {
        return Ok(Some("write".to_owned()));
    }
    let sql = "SELECT role FROM org_members WHERE org_id = ?1 AND user_id = ?2";
    one(db, sql, params![org, member], |row| row.get(0))
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
