//! People, and where we belong (contract, 1.5, 4.11, 4.12).

use std::collections::HashSet;

use serde_json::value::RawValue;

use super::Fields;
use super::page::rows;
use crate::domain::{Account, OrgId, Person, SafeText, TeamId, UserId};
use crate::ouro::answer::Envelope;
use crate::ouro::{ErrorKind, OuroError};

/// A team we belong to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamRole {
    /// Its id.
    pub id: TeamId,
    /// The organization it belongs to.
    pub org: Option<OrgId>,
    /// Its name.
    pub name: SafeText,
    /// Whether we are admin there.
    pub admin: bool,
}

/// An organization we belong to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrgRole {
    /// Its id.
    pub id: OrgId,
    /// Its name.
    pub name: SafeText,
    /// Whether we are admin there.
    pub admin: bool,
}

/// Where we belong.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Memberships {
    /// Teams that we joined.
    pub teams: Vec<TeamRole>,
    /// Organizations.
    pub orgs: Vec<OrgRole>,
}

/// What a client learnt about its own account: decides whether a quest says that we may review it.
#[derive(Debug, Clone, Default)]
pub(in crate::ouro) struct Known {
    pub(in crate::ouro) me: Option<UserId>,
    pub(in crate::ouro) admin_teams: HashSet<TeamId>,
    pub(in crate::ouro) admin_orgs: HashSet<OrgId>,
}

impl Known {
    pub(in crate::ouro) fn learn_teams(&mut self, teams: &[TeamRole]) {
        self.admin_teams = teams.iter().filter(|team| team.admin).map(|team| team.id).collect();
    }

    pub(in crate::ouro) fn learn_orgs(&mut self, orgs: &[OrgRole]) {
        let orgs = orgs.iter().filter(|org| org.admin);
        // Everybody is in the global organization; being called its admin would mean nothing.
        self.admin_orgs = orgs.map(|org| org.id).filter(|id| !id.uuid().is_nil()).collect();
    }
}

/// `GET /user`. Empty data means that nobody is signed in.
pub(in crate::ouro) fn account(envelope: &Envelope<'_>) -> Result<Account, OuroError> {
    let nobody = || OuroError::new(ErrorKind::Unauthorized, "the server does not know whose key this is");
    let fields = Fields::read(envelope.data().map_err(|_| nobody())?).ok_or_else(nobody)?;
    let id: UserId = fields.id("id").or_else(|| fields.id("user_id")).ok_or_else(nobody)?;
    let name = fields.filled("username").or_else(|| fields.filled("email"));
    Ok(Account { id, username: SafeText::line(&name.unwrap_or_else(|| id.to_string())) })
}

/// A profile, embedded or by itself. The id may be missing where the call named it.
pub(in crate::ouro) fn person(fields: &Fields<'_>, asked: Option<UserId>) -> Option<Person> {
    let id: UserId = fields.id("user_id").or_else(|| fields.id("id")).or(asked)?;
    let name = fields.filled("username").or_else(|| fields.filled("name"));
    Some(Person {
        id,
        username: SafeText::line(&name.unwrap_or_else(|| id.to_string())),
        is_agent: fields.text("actor_type").as_deref() == Some("agent"),
    })
}

/// `GET /teams?joined=true`.
pub(in crate::ouro) fn team_roles(envelope: &Envelope<'_>) -> Result<Vec<TeamRole>, OuroError> {
    rows(envelope, team_role).map(|(rows, _)| rows)
}

fn team_role(raw: &RawValue) -> Option<TeamRole> {
    let fields = Fields::read(raw)?;
    let role = fields.object("userMembership").and_then(|membership| membership.text("role"));
    Some(TeamRole {
        id: fields.id("id")?,
        org: fields.id("org_id"),
        name: SafeText::line(&fields.filled("name").or_else(|| fields.filled("slug")).unwrap_or_default()),
        admin: role.as_deref() == Some("admin"),
    })
}

/// `GET /organizations/user`.
pub(in crate::ouro) fn org_roles(envelope: &Envelope<'_>) -> Result<Vec<OrgRole>, OuroError> {
    rows(envelope, org_role).map(|(rows, _)| rows)
}

fn org_role(raw: &RawValue) -> Option<OrgRole> {
    let fields = Fields::read(raw)?;
    let membership = fields.object("membership").and_then(|membership| membership.text("role"));
    let role = membership.or_else(|| fields.text("userRole"));
    Some(OrgRole {
        id: fields.id("id")?,
        name: SafeText::line(&fields.filled("name").unwrap_or_default()),
        admin: role.as_deref() == Some("admin"),
    })
}
