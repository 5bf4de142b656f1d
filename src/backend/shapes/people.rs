//! Users, organizations and teams on the wire (contract, 4.11 and 4.12).

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::backend::acts::{profile, teams};
use crate::backend::error::Refusal;
use crate::backend::ids::Id;
use crate::backend::rules::policies::effective;
use crate::backend::shapes::asset::parsed;
use crate::backend::store::accounts::{self, Org, Team, User};
use crate::backend::store::membership::{self, Ban, JoinRequest};
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
        "avatar_path": null, "visibility": "public", "join_policy": org.policies.join,
        "source_policy": org.policies.source, "actor_type_policy": org.policies.actor_type,
        "membership": role.as_ref().map(|role| json!({"role": role, "membership_type": "internal"})),
        "userRole": role, "membershipType": role.as_ref().map(|_| "internal"),
        "default_team": team.map(|team| json!({"id": team.id, "org_id": team.org, "name": team.name})),
        "created_at": org.created_at.to_string(), "last_updated": org.created_at.to_string(),
    }))
}

/// A team, with the reader's place in it and, if asked for, its members. `agent_can_create` is computed: agents come
/// through the API (3.13).
pub(crate) fn team(db: &Connection, team: &Team, reader: Id, with_members: bool) -> Result<Value, Refusal> {
    let members = accounts::members(db, team.id)?;
    let own = members.iter().find(|(user, ..)| user.id == reader).map(|(_, role, _)| role.clone());
    let org = accounts::org_by_id(db, team.org)?;
    let wish = membership::pending(db, team.id, Some(reader))?.into_iter().next();
    let own_policies = &team.policies;
    let of_org = org.as_ref().map(|org| org.policies.clone()).unwrap_or_default();
    let sources = effective(own_policies.source.as_deref(), of_org.source.as_deref(), "any");
    let mut shape = json!({
        "id": team.id, "name": team.name, "slug": team.name, "org_id": team.org, "visibility": team.visibility,
        "default_role": team.default_role, "source_policy": own_policies.source,
        "actor_type_policy": own_policies.actor_type, "join_policy": own_policies.join,
        "description": parsed(team.description.as_deref())?, "memberCount": members.len(),
        "organization": org.as_ref().map(|org| self::org(db, org, reader)).transpose()?,
        "userMembership": own.as_ref().map(|role| json!({"user_id": reader, "role": role})),
        "joinStatus": if own.is_some() { "joined" } else if wish.is_some() { "requested" } else { "none" },
        "join_request_pending": wish.is_some(),
        "userJoinRequest": wish.map(|wish| join_request(db, &wish)).transpose()?,
        "canModerate": teams::runs(db, reader, team)?, "metrics": {"members": members.len()},
        "agent_can_create": sources != "web_only", "created_at": team.created_at.to_string(),
        "last_updated": team.created_at.to_string(),
    });
    if with_members {
        let mut rows = Vec::with_capacity(members.len());
        for (user, role, added_at) in &members {
            let of_org = accounts::org_role(db, team.org, user.id)?.is_some();
            rows.push(json!({
                "user_id": user.id, "role": role, "membership_type": if of_org { "internal" } else { "external" },
                "added_at": added_at.to_string(),
                "user": {"user_id": user.id, "username": user.username, "name": user.name,
                         "actor_type": user.actor_type},
            }));
        }
        shape["members"] = Value::Array(rows);
    }
    Ok(shape)
}

/// A wish to join.
pub(crate) fn join_request(db: &Connection, wish: &JoinRequest) -> Result<Value, Refusal> {
    Ok(json!({
        "id": wish.id, "team_id": wish.team, "user_id": wish.user, "user": profile(db, wish.user)?,
        "status": wish.status, "message": null, "created_at": wish.created_at.to_string(),
        "reviewed_at": wish.reviewed_at.map(|at| at.to_string()),
    }))
}

/// A ban.
pub(crate) fn ban(db: &Connection, ban: &Ban) -> Result<Value, Refusal> {
    Ok(json!({
        "id": ban.id, "team_id": ban.team, "user_id": ban.user, "user": profile(db, ban.user)?,
        "reason": ban.reason, "created_at": ban.created_at.to_string(),
    }))
}
