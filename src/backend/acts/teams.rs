//! Teams: making, changing and dissolving them, coming in and going, keeping people out (contract, 3.13).

use super::Act;
use super::quests::rich_field;
use crate::backend::error::Refusal;
use crate::backend::fields::Fields;
use crate::backend::ids::Id;
use crate::backend::rules::permissions::Role;
use crate::backend::rules::policies::{self, Joining, effective, is_slug};
use crate::backend::store::accounts::{self, Policies, Team};
use crate::backend::store::membership::{self, Ban, JoinRequest};

/// The team, if somebody can see it: public ones, their organizations', and those they are in.
pub(crate) fn seen(db: &rusqlite::Connection, who: Id, id: Id) -> Result<Team, Refusal> {
    let team = accounts::team_by_id(db, id)?.ok_or_else(|| Refusal::not_found("Team"))?;
    let sees = team.visibility == "public"
        || accounts::org_role(db, team.org, who)?.is_some()
        || accounts::team_role(db, id, who)? > Role::None;
    if sees { Ok(team) } else { Err(Refusal::not_found("Team")) }
}

/// Whether somebody runs a team: its admins and its organization's.
pub(crate) fn runs(db: &rusqlite::Connection, who: Id, team: &Team) -> Result<bool, Refusal> {
    let org_role = accounts::org_role(db, team.org, who)?;
    Ok(accounts::team_role(db, team.id, who)? == Role::Admin || org_role.as_deref() == Some("admin"))
}

/// The team, if somebody runs it.
fn run_by(act: &Act<'_>, id: Id) -> Result<Team, Refusal> {
    let team = seen(act.db, act.who, id)?;
    if runs(act.db, act.who, &team)? {
        Ok(team)
    } else {
        Err(Refusal::forbidden("Only the team's and its organization's admins may do that"))
    }
}

/// Makes a team; who makes it is its admin.
pub(crate) fn create(act: &Act<'_>, context: Option<Id>, fields: &Fields<'_>) -> Result<Team, Refusal> {
    let org = fields.id("org_id")?.or(context);
    let org = org.ok_or_else(|| fields.wrong("org_id", "is required"))?;
    let role = accounts::org_role(act.db, org, act.who)?.ok_or_else(|| Refusal::not_found("Organization"))?;
    if Role::from_word(Some(&role)) < Role::Write {
        return Err(Refusal::forbidden("You may not make teams in this organization"));
    }
    let mut team = Team {
        id: act.new_id(),
        org,
        name: String::new(),
        visibility: if org == Id::GLOBAL { "public" } else { "organization" }.to_owned(),
        description: None,
        default_role: "write".to_owned(),
        policies: Policies::default(),
        created_at: act.now,
    };
    fields.needed_text("name")?;
    change(act, &mut team, fields)?;
    membership::add(act.db, team.id, act.who, "admin", act.now)?;
    Ok(team)
}

/// Changes what was sent of a team.
pub(crate) fn update(act: &Act<'_>, id: Id, fields: &Fields<'_>) -> Result<Team, Refusal> {
    let mut team = run_by(act, id)?;
    change(act, &mut team, fields)?;
    Ok(team)
}

fn change(act: &Act<'_>, team: &mut Team, fields: &Fields<'_>) -> Result<(), Refusal> {
    if fields.value("name").is_some() {
        let name = fields.needed_text("name")?;
        if !is_slug(name) {
            return Err(Refusal::bad_request(
                "A team's name is a slug: lower-case letters, digits and single dashes, at most 64",
            ));
        }
        if membership::name_taken(act.db, team.org, name, team.id)? {
            return Err(Refusal::conflict("team_name_taken", "The organization has a team of that name"));
        }
        name.clone_into(&mut team.name);
    }
    if let Some(visibility) = fields.word("visibility", &["public", "organization"])? {
        visibility.clone_into(&mut team.visibility);
    }
    if let Some(role) = fields.word("default_role", &["read", "write", "admin"])? {
        role.clone_into(&mut team.default_role);
    }
    if fields.has("description") {
        team.description = rich_field(fields, "description")?.map(|rich| rich.to_string());
    }
    let own = &mut team.policies;
    for (field, words, policy) in [
        ("join_policy", policies::JOIN, &mut own.join),
        ("source_policy", policies::SOURCE, &mut own.source),
        ("actor_type_policy", policies::ACTOR_TYPE, &mut own.actor_type),
    ] {
        if fields.has(field) {
            *policy = fields.word(field, words)?.map(str::to_owned);
        }
    }
    Ok(membership::put_team(act.db, team)?)
}

/// Dissolves a team: its assets move to the organization's default team, which cannot be dissolved itself.
pub(crate) fn delete(act: &Act<'_>, id: Id) -> Result<(), Refusal> {
    let team = run_by(act, id)?;
    let heir = default_team(act, &team)?;
    if heir == id {
        return Err(Refusal::conflict("default_team", "An organization's default team cannot be deleted"));
    }
    Ok(membership::delete_team(act.db, id, heir)?)
}

fn default_team(act: &Act<'_>, team: &Team) -> Result<Id, Refusal> {
    let org = accounts::org_by_id(act.db, team.org)?;
    Ok(org.and_then(|org| org.default_team).unwrap_or(Id::GLOBAL))
}

/// Joins a team, or asks to. Joining again changes nothing.
pub(crate) fn join(act: &Act<'_>, id: Id) -> Result<(Team, Joining), Refusal> {
    let team = seen(act.db, act.who, id)?;
    if accounts::team_role(act.db, id, act.who)? > Role::None {
        return Ok((team, Joining::In));
    }
    if membership::is_banned(act.db, id, act.who)? {
        return Err(Refusal::new(403, "banned", "You were banned from this team"));
    }
    let org = accounts::org_by_id(act.db, team.org)?;
    let of_org = org.as_ref().and_then(|org| org.policies.join.as_deref());
    let joining = policies::joining(effective(team.policies.join.as_deref(), of_org, "open"))?;
    match joining {
        Joining::In => membership::add(act.db, id, act.who, &team.default_role, act.now)?,
        Joining::Asked if membership::pending(act.db, id, Some(act.who))?.is_empty() => {
            let wish = JoinRequest {
                id: act.new_id(),
                team: id,
                user: act.who,
                status: "pending".to_owned(),
                created_at: act.now,
                reviewed_at: None,
            };
            membership::put_request(act.db, &wish)?;
        }
        Joining::Asked => {}
    }
    Ok((team, joining))
}

/// Lets somebody in who asked, or not.
pub(crate) fn answer_request(act: &Act<'_>, id: Id, request: Id, approve: bool) -> Result<(), Refusal> {
    let team = run_by(act, id)?;
    let mut wish =
        membership::join_request(act.db, id, request)?.ok_or_else(|| Refusal::not_found("Join request"))?;
    if wish.status != "pending" {
        return Err(Refusal::conflict("already_answered", format!("This request was {}", wish.status)));
    }
    if approve {
        membership::add(act.db, id, wish.user, &team.default_role, act.now)?;
    }
    if approve { "approved" } else { "rejected" }.clone_into(&mut wish.status);
    wish.reviewed_at = Some(act.now);
    Ok(membership::put_request(act.db, &wish)?)
}

/// Leaves a team. The last admin stays, or nobody could run it.
pub(crate) fn leave(act: &Act<'_>, id: Id) -> Result<(), Refusal> {
    seen(act.db, act.who, id)?;
    if accounts::team_role(act.db, id, act.who)? == Role::Admin && membership::admins(act.db, id)? == 1 {
        return Err(Refusal::conflict("last_admin", "You are the team's only admin: name another first"));
    }
    if membership::remove(act.db, id, act.who)? {
        Ok(())
    } else {
        Err(Refusal::conflict("not_a_member", "You are not a member of this team"))
    }
}

/// Takes somebody out for good; with their contributions, if asked for.
pub(crate) fn ban(
    act: &Act<'_>,
    id: Id,
    user: Id,
    reason: Option<&str>,
    with_contributions: bool,
) -> Result<(), Refusal> {
    let team = run_by(act, id)?;
    accounts::user_by_id(act.db, user)?.ok_or_else(|| Refusal::not_found("User"))?;
    if user == act.who {
        return Err(Refusal::conflict("own_ban", "You cannot ban yourself"));
    }
    membership::remove(act.db, id, user)?;
    for mut wish in membership::pending(act.db, id, Some(user))? {
        "rejected".clone_into(&mut wish.status);
        wish.reviewed_at = Some(act.now);
        membership::put_request(act.db, &wish)?;
    }
    let ban =
        Ban { id: act.new_id(), team: id, user, reason: reason.map(str::to_owned), created_at: act.now };
    membership::put_ban(act.db, &ban)?;
    if with_contributions {
        membership::remove_contributions(act.db, id, user, default_team(act, &team)?)?;
    }
    Ok(())
}

/// Lets somebody come back; they are not in again by that.
pub(crate) fn unban(act: &Act<'_>, id: Id, user: Id) -> Result<(), Refusal> {
    run_by(act, id)?;
    if membership::lift_ban(act.db, id, user)? { Ok(()) } else { Err(Refusal::not_found("Ban")) }
}
