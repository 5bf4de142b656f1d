//! Users, organizations and teams on the wire (contract, 4.11 and 4.12).

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::backend::error::Refusal;
use crate::backend::ids::Id;
use crate::backend::rules::permissions::Role;
use crate::backend::store::accounts::{self, Org, Team, User};
use crate::backend::store::quests::xp_of;

/// A user's full profile.
pub(crate) fn user(db: &Connection, user: &User, reader: Id) -> Result<Value, Refusal> {
    let xp = xp_of(db, user.id)?;
    Ok(json!({
        "id": user.id, "user_id": user.id, "username": user.username, "name": user.name, "avatar_path": null,
        "bio": user.bio, "actor_type": user.actor_type, "plan_type": "free", "level": 1 + xp / 100, "totalXp": xp,
        "followers": 0, "following": 0, "isSelf": user.id == reader, "isFollowing": false, "isFollowed": false,
        "badges": [], "urls": [],
    }))
}

/// An organization, with the reader's membership and the team that new work goes to.
pub(crate) fn org(db: &Connection, org: &Org, reader: Id) -> Result<Value, Refusal> {
    let role = accounts::org_role(db, org.id, reader)?;
    let team = org.default_team.map(|id| accounts::team_by_id(db, id)).transpose()?.flatten();
    Ok(json!({
        "id": org.id, "name": org.name, "display_name": org.display_name, "mission": org.mission,
        "avatar_path": null, "visibility": "public", "join_policy": "invite_only", "source_policy": "any",
        "actor_type_policy": "any",
        "membership": role.as_ref().map(|role| json!({"role": role, "membership_type": "internal"})),
        "userRole": role, "membershipType": role.as_ref().map(|_| "internal"),
        "default_team": team.map(|team| json!({"id": team.id, "org_id": team.org, "name": team.name})),
        "created_at": org.created_at.to_string(), "last_updated": org.created_at.to_string(),
    }))
}

/// A team, with the reader's role in it and, if asked for, its members.
pub(crate) fn team(db: &Connection, team: &Team, reader: Id, with_members: bool) -> Result<Value, Refusal> {
    let members = accounts::members(db, team.id)?;
    let own = members.iter().find(|(user, ..)| user.id == reader).map(|(_, role, _)| role.clone());
    let org = accounts::org_by_id(db, team.org)?;
    let description: Value =
        team.description.as_deref().map(serde_json::from_str).transpose()?.unwrap_or_default();
    let mut shape = json!({
        "id": team.id, "name": team.name, "slug": team.name, "org_id": team.org, "visibility": team.visibility,
        "default_role": "write", "source_policy": "any", "actor_type_policy": "any", "join_policy": "invite_only",
        "description": description, "memberCount": members.len(),
        "organization": org.map(|org| json!({"id": org.id, "name": org.name})),
        "userMembership": own.as_ref().map(|role| json!({"user_id": reader, "role": role})),
        "canModerate": accounts::team_role(db, team.id, reader)? == Role::Admin,
        "agent_can_create": true, "created_at": team.created_at.to_string(),
    });
    if with_members {
        let rows = members.iter().map(|(user, role, added_at)| {
            json!({
                "user_id": user.id, "role": role, "membership_type": "internal",
                "added_at": added_at.to_string(),
                "user": {"user_id": user.id, "username": user.username, "name": user.name,
                         "actor_type": user.actor_type},
            })
        });
        shape["members"] = Value::Array(rows.collect());
    }
    Ok(shape)
}
