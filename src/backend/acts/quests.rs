//! Quests: creating, changing, ending, deleting (5.1).

use serde_json::Value;

use super::assets::{self as asset_acts, Draft};
use super::{Act, items as item_acts, money, standing, visible_quest};
use crate::backend::error::Refusal;
use crate::backend::fields::Fields;
use crate::backend::ids::Id;
use crate::backend::markdown;
use crate::backend::rules::life::{is_over, kind_of, may_become, quest_status_of};
use crate::backend::store::assets;
use crate::backend::store::items;
use crate::backend::store::quests::{self, Quest};
use crate::domain::{ItemStatus, QuestKind, QuestStatus};

/// Creates a quest with its items.
pub(crate) fn create(act: &Act<'_>, context: Option<Id>, fields: &Fields<'_>) -> Result<Id, Refusal> {
    let kind = fields.text("type")?.map_or(Ok(QuestKind::Closable), kind_of)?;
    let status = fields.text("status")?.map_or(Ok(QuestStatus::Open), quest_status_of)?;
    let max_xp = fields.count("max_xp_per_contributor")?;
    let asset = asset_acts::create(act, context, fields, Draft::of("quest"))?;
    let mut quest = Quest {
        id: asset.id,
        kind,
        status,
        max_xp,
        closed_at: None,
        owner: asset.owner,
        team: asset.team,
        org: asset.org,
        name: asset.name.unwrap_or_default(),
    };
    quest.closed_at = is_over(&quest.status).then_some(act.now);
    quests::put(act.db, &quest)?;
    if let Some(items) = fields.list("items")? {
        item_acts::add(act, &quest, items)?;
    }
    if is_over(&quest.status) {
        skip_what_is_left(act, &quest)?;
    }
    Ok(quest.id)
}

/// Changes a quest; only what was sent changes.
pub(crate) fn update(act: &Act<'_>, id: Id, fields: &Fields<'_>) -> Result<(), Refusal> {
    let mut quest = visible_quest(act.db, act.who, id)?;
    standing(act.db, act.who, &quest)?.may_change()?;
    if let Some(word) = fields.text("type")? {
        quest.kind = kind_of(word)?;
    }
    if fields.has("max_xp_per_contributor") {
        quest.max_xp = fields.count("max_xp_per_contributor")?;
    }
    let before = quest.status.clone();
    if let Some(word) = fields.text("status")? {
        let status = quest_status_of(word)?;
        may_become(&quest.status, &status)?;
        quest.status = status;
    }
    let mut asset = assets::get(act.db, id)?.ok_or_else(|| Refusal::not_found("Quest"))?;
    asset_acts::apply(act, &mut asset, fields)?;
    asset.updated_at = act.now;
    assets::update(act.db, &asset)?;
    asset_acts::relink(act, &asset)?;
    let ends = is_over(&quest.status) && quest.status != before;
    if ends {
        quest.closed_at = Some(act.now);
    }
    quests::put(act.db, &quest)?;
    if ends {
        skip_what_is_left(act, &quest)?;
    } else {
        // Publishing a draft whose items are all done already, or making a quest closable, may end it.
        super::review::close_if_done(act, &quest)?;
    }
    Ok(())
}

/// When a quest ends, what was not done is skipped, remembering its state (9), and escrow goes back.
fn skip_what_is_left(act: &Act<'_>, quest: &Quest) -> Result<(), Refusal> {
    for mut item in items::of_quest(act.db, quest.id)? {
        if !item.status.is_terminal() {
            item.status_before_auto_skip = Some(item.status.word().to_owned());
            item.status = ItemStatus::Skipped;
            item.auto_skipped = true;
            item.updated_at = act.now;
            items::put(act.db, &item)?;
        }
    }
    money::settle_all(act, quest)
}

/// Deletes a quest, or says what would go with it. What escrow held goes back. Children are comments and whatever
/// else hangs under it; comments always go, the others only when asked for.
pub(crate) fn delete(act: &Act<'_>, id: Id, with_children: bool, dry_run: bool) -> Result<Value, Refusal> {
    let quest = visible_quest(act.db, act.who, id)?;
    standing(act.db, act.who, &quest)?.may_change()?;
    let report = asset_acts::delete_report(act, id, with_children, dry_run)?;
    if !dry_run {
        for mut item in items::of_quest(act.db, id)? {
            money::release(act, &quest, &mut item)?;
        }
        asset_acts::delete_children(act, id, with_children)?;
        quests::delete(act.db, id)?;
    }
    Ok(report)
}

/// Reads a rich text field, if it was sent.
pub(crate) fn rich_field(fields: &Fields<'_>, field: &str) -> Result<Option<Value>, Refusal> {
    fields.value(field).map(markdown::rich).transpose().map(Option::flatten)
}
