//! Who is in a team, who asked to be, and who must not.

use rusqlite::{Connection, Row, params};

use super::accounts::{Team, time};
use super::{all, one, run};
use crate::backend::ids::Id;
use crate::domain::Timestamp;

/// Somebody's wish to join a team.
#[derive(Debug, Clone)]
pub(crate) struct JoinRequest {
    pub(crate) id: Id,
    pub(crate) team: Id,
    pub(crate) user: Id,
    /// `pending`, `approved` or `rejected`.
    pub(crate) status: String,
    pub(crate) created_at: Timestamp,
    pub(crate) reviewed_at: Option<Timestamp>,
}

/// Somebody kept out of a team.
#[derive(Debug, Clone)]
pub(crate) struct Ban {
    pub(crate) id: Id,
    pub(crate) team: Id,
    pub(crate) user: Id,
    pub(crate) reason: Option<String>,
    pub(crate) created_at: Timestamp,
}

const REQUEST: &str = "id, team_id, user_id, status, created_at, reviewed_at";
const BAN: &str = "id, team_id, user_id, reason, created_at";

fn request(row: &Row<'_>) -> rusqlite::Result<JoinRequest> {
    Ok(JoinRequest {
        id: row.get(0)?,
        team: row.get(1)?,
        user: row.get(2)?,
        status: row.get(3)?,
        created_at: time(row, 4)?,
        reviewed_at: row.get::<_, Option<i64>>(5)?.map(Timestamp::from_millis),
    })
}

fn read_ban(row: &Row<'_>) -> rusqlite::Result<Ban> {
    Ok(Ban {
        id: row.get(0)?,
        team: row.get(1)?,
        user: row.get(2)?,
        reason: row.get(3)?,
        created_at: time(row, 4)?,
    })
}

/// Lays a team down, or writes it anew.
pub(crate) fn put_team(db: &Connection, team: &Team) -> rusqlite::Result<()> {
    let sql = "INSERT OR REPLACE INTO teams (id, org_id, name, visibility, description, default_role, join_policy,
               source_policy, actor_type_policy, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
    let values = params![
        team.id,
        team.org,
        team.name,
        team.visibility,
        team.description,
        team.default_role,
        team.policies.join,
        team.policies.source,
        team.policies.actor_type,
        team.created_at.millis(),
    ];
    run(db, sql, values).map(|_| ())
}

/// Whether an organization has another team of that name.
pub(crate) fn name_taken(db: &Connection, org: Id, name: &str, but: Id) -> rusqlite::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM teams WHERE org_id = ?1 AND name = ?2 AND id <> ?3)";
    one(db, sql, params![org, name, but], |row| row.get(0)).map(Option::unwrap_or_default)
}

/// Removes a team with its memberships, bans and requests; its assets move to another one.
pub(crate) fn delete_team(db: &Connection, team: Id, heir: Id) -> rusqlite::Result<()> {
    run(db, "UPDATE assets SET team_id = ?2 WHERE team_id = ?1", params![team, heir])?;
    for table in
        ["team_members WHERE team_id", "join_requests WHERE team_id", "bans WHERE team_id", "teams WHERE id"]
    {
        run(db, &format!("DELETE FROM {table} = ?1"), [team])?;
    }
    Ok(())
}

/// Makes somebody a member; who is one keeps their role.
pub(crate) fn add(db: &Connection, team: Id, user: Id, role: &str, at: Timestamp) -> rusqlite::Result<()> {
    let sql = "INSERT OR IGNORE INTO team_members (team_id, user_id, role, added_at) VALUES (?1, ?2, ?3, ?4)";
    run(db, sql, params![team, user, role, at.millis()]).map(|_| ())
}

/// Takes somebody out; whether they were in.
pub(crate) fn remove(db: &Connection, team: Id, user: Id) -> rusqlite::Result<bool> {
    let sql = "DELETE FROM team_members WHERE team_id = ?1 AND user_id = ?2";
    run(db, sql, params![team, user]).map(|gone| gone > 0)
}

/// How many admins a team has.
pub(crate) fn admins(db: &Connection, team: Id) -> rusqlite::Result<i64> {
    let sql = "SELECT COUNT(*) FROM team_members WHERE team_id = ?1 AND role = 'admin'";
    one(db, sql, [team], |row| row.get(0)).map(Option::unwrap_or_default)
}

/// Writes a wish to join.
pub(crate) fn put_request(db: &Connection, wish: &JoinRequest) -> rusqlite::Result<()> {
    let sql = "INSERT OR REPLACE INTO join_requests (id, team_id, user_id, status, created_at, reviewed_at)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let reviewed = wish.reviewed_at.map(Timestamp::millis);
    run(db, sql, params![wish.id, wish.team, wish.user, wish.status, wish.created_at.millis(), reviewed])
        .map(|_| ())
}

/// The wishes that wait, of everybody or of one, oldest first.
pub(crate) fn pending(db: &Connection, team: Id, of: Option<Id>) -> rusqlite::Result<Vec<JoinRequest>> {
    let sql = format!(
        "SELECT {REQUEST} FROM join_requests WHERE team_id = ?1 AND status = 'pending'
         AND (?2 IS NULL OR user_id = ?2) ORDER BY created_at, id"
    );
    all(db, &sql, params![team, of], request)
}

/// One wish.
pub(crate) fn join_request(db: &Connection, team: Id, id: Id) -> rusqlite::Result<Option<JoinRequest>> {
    let sql = format!("SELECT {REQUEST} FROM join_requests WHERE team_id = ?1 AND id = ?2");
    one(db, &sql, params![team, id], request)
}

/// Keeps somebody out; a ban that is there is written anew.
pub(crate) fn put_ban(db: &Connection, ban: &Ban) -> rusqlite::Result<()> {
    let sql =
        "INSERT OR REPLACE INTO bans (id, team_id, user_id, reason, created_at) VALUES (?1, ?2, ?3, ?4, ?5)";
    run(db, sql, params![ban.id, ban.team, ban.user, ban.reason, ban.created_at.millis()]).map(|_| ())
}

/// Lets somebody in again; whether they were kept out.
pub(crate) fn lift_ban(db: &Connection, team: Id, user: Id) -> rusqlite::Result<bool> {
    run(db, "DELETE FROM bans WHERE team_id = ?1 AND user_id = ?2", params![team, user]).map(|gone| gone > 0)
}

/// Those kept out of a team, oldest ban first.
pub(crate) fn bans(db: &Connection, team: Id) -> rusqlite::Result<Vec<Ban>> {
    all(db, &format!("SELECT {BAN} FROM bans WHERE team_id = ?1 ORDER BY created_at, id"), [team], read_ban)
}

/// Whether somebody is kept out.
pub(crate) fn is_banned(db: &Connection, team: Id, user: Id) -> rusqlite::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM bans WHERE team_id = ?1 AND user_id = ?2)";
    one(db, sql, params![team, user], |row| row.get(0)).map(Option::unwrap_or_default)
}

/// Takes somebody's contributions out of a team: their assets move, their entries on its quests go. What was paid
/// stays paid.
pub(crate) fn remove_contributions(db: &Connection, team: Id, user: Id, heir: Id) -> rusqlite::Result<()> {
    const THEIRS: &str = "SELECT id FROM entries WHERE user_id = ?1
        AND quest_id IN (SELECT id FROM assets WHERE asset_type = 'quest' AND team_id = ?2)";
    let theirs = params![user, team];
    run(db, &format!("DELETE FROM entry_assets WHERE entry_id IN ({THEIRS})"), theirs)?;
    let sql = format!("UPDATE items SET completed_entry_id = NULL WHERE completed_entry_id IN ({THEIRS})");
    run(db, &sql, theirs)?;
    run(db, &format!("DELETE FROM entries WHERE id IN ({THEIRS})"), theirs)?;
    let sql = "UPDATE assets SET team_id = ?3 WHERE owner = ?1 AND team_id = ?2";
    run(db, sql, params![user, team, heir]).map(|_| ())
}
