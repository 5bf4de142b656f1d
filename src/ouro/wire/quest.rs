//! Quests (contract, 4.1 to 4.3).

use serde_json::value::RawValue;

use super::{Fields, ItemDetail, Known, time};
use crate::domain::{
    OrgId, Progress, Quest, QuestKind, QuestStatus, Reviewing, SafeText, TeamId, TextLimit, UserId,
};

/// Web addresses may be long.
const ADDRESS: TextLimit = TextLimit(2_048);

/// A quest with its items.
#[derive(Debug, Clone, PartialEq)]
pub struct QuestDetail {
    /// The quest.
    pub quest: Quest,
    /// Its items in their order. Items that could not be read are left out, and logged.
    pub items: Vec<ItemDetail>,
}

/// A quest, from a search hit or by itself. None if it has no id or owner, or is an asset of another type.
///
/// A hit without its `quest` part does not tell kind and status: they are `Other("unknown")` until it is read.
pub(in crate::ouro) fn quest(raw: &RawValue, known: &Known) -> Option<Quest> {
    let fields = Fields::read(raw)?;
    if fields.text("asset_type").is_some_and(|kind| kind != "quest") {
        return None;
    }
    let owner: UserId = fields.id("user_id").or_else(|| fields.object("user")?.id("user_id"))?;
    let team_part = fields.object("team").unwrap_or_default();
    let team = fields.id("team_id").or_else(|| team_part.id("id"));
    let org = fields.id("org_id").or_else(|| fields.object("organization")?.id("id"));
    let details = fields.object("quest");
    let word = |name| match &details {
        Some(details) => details.word(name),
        None => Some("unknown".to_owned()),
    };
    let (kind, status) = (word("type"), word("status"));
    let url = fields.filled("url").or_else(|| fields.filled("slug"));
    Some(Quest {
        id: fields.id("id")?,
        name: SafeText::line(&fields.filled("name").unwrap_or_else(|| "(no name)".to_owned())),
        team,
        team_name: SafeText::line(&team_part.filled("name").unwrap_or_default()),
        owner,
        kind: QuestKind::from_word(kind.as_deref()),
        status: QuestStatus::from_word(status.as_deref()),
        progress: progress(&fields),
        max_xp_per_contributor: details.as_ref().and_then(|details| details.int("max_xp_per_contributor")),
        reviewing: reviewing(owner, team, org, known),
        updated_at: time(&fields, &["last_updated", "updated_at", "created_at"]),
        url: url.map(|url| SafeText::line_within(&url, ADDRESS)),
    })
}

/// `progress`; where it is missing, the items themselves are counted.
fn progress(fields: &Fields<'_>) -> Progress {
    let count = |number: Option<i64>| u32::try_from(number.unwrap_or(0)).unwrap_or(0);
    if let Some(given) = fields.object("progress") {
        let total = count(given.int("total"));
        // It was called `done` once.
        let resolved = given.int("resolved").or_else(|| given.int("done"));
        return Progress { total, resolved: count(resolved).min(total) };
    }
    let items = fields.list("items").unwrap_or_default();
    let terminal = items.iter().filter(|raw| {
        let status = Fields::read(raw).and_then(|item| item.word("status"));
        matches!(status.as_deref(), Some("done" | "skipped"))
    });
    Progress {
        resolved: count(i64::try_from(terminal.count()).ok()),
        total: count(i64::try_from(items.len()).ok()),
    }
}

/// Whether we may review, as far as can be known (contract, U10).
fn reviewing(owner: UserId, team: Option<TeamId>, org: Option<OrgId>, known: &Known) -> Reviewing {
    let admin = known.me == Some(owner)
        || team.is_some_and(|team| known.admin_teams.contains(&team))
        || org.is_some_and(|org| known.admin_orgs.contains(&org));
    if admin { Reviewing::Allowed } else { Reviewing::Untried }
}
