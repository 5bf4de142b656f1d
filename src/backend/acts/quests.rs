//! Quests: creating, changing, ending, deleting (5.1).

use serde_json::Value;

use super::assets::{self as asset_acts, Draft};
use super::{Act, items as item_acts, money, standing, visible_quest};
use crate::backend::error::Refusal;
use crate::backend::fields::Fields;
use crate::backend::ids::Id;
use crate::backend::markdown;
use crate::backend::rules::life::{is_over, kind_of, may_become, quest_status_of};
use crate::backend::store::quests::{self, Quest};
use crate::backend::store::{assets, entries, items};
use crate::domain::{ItemStatus, QuestKind, QuestStatus};

/// Highest cap of experience points.
const MOST_XP: i64 = 1_000_000_000_000;

/// Creates a quest with its items.
pub(crate) fn create(act: &Act<'_>, context: Option<Id>, fields: &Fields<'_>) -> Result<Id, Refusal> {
    let kind = fields.text("type")?.map_or(Ok(QuestKind::Closable), kind_of)?;
    let status = fields.text("status")?.map_or(Ok(QuestStatus::Open), quest_status_of)?;
    let max_xp = fields.count("max_xp_per_contributor", MOST_XP)?;
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
        let kind = kind_of(word)?;
        if kind != quest.kind && kind == QuestKind::Closable && entries::any_twice(act.db, quest.id)? {
            return Err(Refusal::conflict(
                "entry_limit_reached",
                "Somebody has several active entries on an item, and a closable quest takes one: decide on them first",
            ));
        }
        quest.kind = kind;
    }
    if fields.has("max_xp_per_contributor") {
        quest.max_xp = fields.count("max_xp_per_contributor", MOST_XP)?;
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

/// Deletes a quest, or says what would go with it. What escrow held goes back. Children are comments, which always go,
/// and whatever else was created under it, which goes only when asked for: quests among them need the same rights.
pub(crate) fn delete(act: &Act<'_>, id: Id, with_children: bool, dry_run: bool) -> Result<Value, Refusal> {
    let quest = visible_quest(act.db, act.who, id)?;
    standing(act.db, act.who, &quest)?.may_change()?;
    let mut doomed = vec![quest];
    // The list grows while it is walked: grandchildren follow.
    let mut place = 0;
    while let Some(above) = doomed.get(place).map(|quest| quest.id).filter(|_| with_children) {
        for child in assets::children(act.db, above, Some("quest"), i64::MAX, 0)? {
            let child = quests::get(act.db, child.id)?.ok_or_else(|| Refusal::not_found("Quest"))?;
            standing(act.db, act.who, &child)?.may_change()?;
            doomed.push(child);
        }
        place += 1;
    }
    let mut report = asset_acts::delete_report(act, id, with_children, dry_run)?;
    for below in doomed.iter().skip(1) {
        let more = asset_acts::delete_report(act, below.id, with_children, dry_run)?;
        if let (Some(all), Some(more)) =
            (report["deleted_children"].as_array_mut(), more["deleted_children"].as_array())
        {
            all.extend(more.iter().cloned());
        }
    }
    for quest in doomed.iter().filter(|_| !dry_run) {
        for mut item in items::of_quest(act.db, quest.id)? {
            money::release(act, quest, &mut item)?;
        }
        asset_acts::delete_children(act, quest.id, with_children)?;
        quests::delete(act.db, quest.id)?;
        items::forget_child(act.db, quest.id)?;
    }
    Ok(report)
}

/// Reads a rich text field, if it was sent.
pub(crate) fn rich_field(fields: &Fields<'_>, field: &str) -> Result<Option<Value>, Refusal> {
    let Some(given) = fields.value(field) else { return Ok(None) };
    // The refusal names the field that was sent.
    markdown::rich(given).map_err(|refusal| match refusal.message().split_once(": ") {
        Some((_, problem)) => fields.wrong(field, problem),
        None => refusal,
    })
}
