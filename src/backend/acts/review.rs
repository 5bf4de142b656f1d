//! Deciding on entries: by people, by evaluations, and by completing an item oneself.

use serde_json::Value;

use super::money::{self, Funding};
use super::{Act, notify, standing, submit, visible_quest};
use crate::backend::error::Refusal;
use crate::backend::ids::Id;
use crate::backend::rules::life::{after_acceptance, closes_itself, takes_entries};
use crate::backend::rules::limits::{Decided, may_decide};
use crate::backend::rules::payment::experience;
use crate::backend::store::assets;
use crate::backend::store::entries::{self, Entry};
use crate::backend::store::items::{self, Item};
use crate::backend::store::quests::{self, Quest};
use crate::domain::{EntryStatus, ItemStatus, QuestStatus};

/// A person's decision on an entry, with a note as rich text.
pub(crate) fn review(
    act: &Act<'_>,
    quest: Id,
    entry: Id,
    wanted: &EntryStatus,
    note: Option<&Value>,
) -> Result<(), Refusal> {
    let quest = visible_quest(act.db, act.who, quest)?;
    let entry = entry_of(act, &quest, entry)?;
    standing(act.db, act.who, &quest)?.may_review()?;
    match may_decide(&entry.status, wanted)? {
        Decided::AlreadySo => Ok(()),
        Decided::Now => decide(act, &quest, entry, wanted, note, Some(act.who)),
    }
}

/// The entry, if it belongs to the quest.
pub(crate) fn entry_of(act: &Act<'_>, quest: &Quest, entry: Id) -> Result<Entry, Refusal> {
    entries::get(act.db, entry)?
        .filter(|entry| entry.quest == quest.id)
        .ok_or_else(|| Refusal::not_found("Entry"))
}

/// Carries a decision out: writes it, and if it accepts, pays, awards, resolves the item and perhaps the quest.
pub(crate) fn decide(
    act: &Act<'_>,
    quest: &Quest,
    mut entry: Entry,
    status: &EntryStatus,
    note: Option<&Value>,
    by: Option<Id>,
) -> Result<(), Refusal> {
    entry.status = status.clone();
    // Whoever decides makes an evaluation that waits for the owner needless; it can still be called for.
    if entry.eval_status.as_deref() == Some("pending") {
        entry.eval_status = Some("skipped".to_owned());
    }
    entry.review = note.map(Value::to_string).or(entry.review);
    entry.reviewer = by;
    entry.reviewed_at = Some(act.now);
    entry.updated_at = act.now;
    entries::update(act.db, &entry)?;
    if *status == EntryStatus::Accepted {
        accept(act, quest, &entry)?;
        notify::accepted(act, quest, &entry, by)?;
    }
    Ok(assets::touch(act.db, quest.id, act.now)?)
}

/// The author may now read what was private until the acceptance (5.3.6).
fn open_assets(act: &Act<'_>, quest: &Quest, entry: &Entry) -> Result<(), Refusal> {
    if entry.user != quest.owner {
        for asset in entries::assets_of(act.db, entry)? {
            assets::grant(act.db, asset, quest.owner, "read")?;
        }
    }
    Ok(())
}

fn accept(act: &Act<'_>, quest: &Quest, entry: &Entry) -> Result<(), Refusal> {
    open_assets(act, quest, entry)?;
    // Legacy entries have no item, so no reward (5.2.4).
    let Some(item) = entry.item else { return Ok(()) };
    let mut item = items::get(act.db, item)?.ok_or_else(|| Refusal::not_found("Item"))?;
    money::pay(act, quest, &mut item, entry)?;
    award(act, quest, &item, entry)?;
    item.status = after_acceptance(&quest.kind, &item.status);
    if item.status == ItemStatus::Done {
        // What was skipped with its quest, and is now done after all, is back from it.
        item.auto_skipped = false;
        item.status_before_auto_skip = None;
        item.completed_by = item.completed_by.or(Some(entry.id));
    }
    finish_item(act, quest, item)
}

fn award(act: &Act<'_>, quest: &Quest, item: &Item, entry: &Entry) -> Result<(), Refusal> {
    // Without a cap it does not matter, and adding it up costs more with every entry.
    let so_far = match quest.max_xp {
        Some(_) => quests::xp_so_far(act.db, quest.id, entry.user)?,
        None => 0,
    };
    let amount = experience(item.reward_xp, quest.max_xp, so_far);
    if amount > 0 {
        quests::award_xp(act.db, entry.id, quest.id, entry.user, amount, act.now)?;
    }
    Ok(())
}

/// Writes an item whose state may have changed, settles its escrow, and closes the quest if nothing is left to do.
pub(crate) fn finish_item(act: &Act<'_>, quest: &Quest, mut item: Item) -> Result<(), Refusal> {
    if item.status.is_terminal() {
        // What is finished waits for nothing (5.7).
        item.waiting_on = None;
        item.waiting_until = None;
        item.waiting_check_every = None;
    }
    money::settle(act, quest, &mut item, Funding::IfPossible)?;
    item.updated_at = act.now;
    items::put(act.db, &item)?;
    close_if_done(act, quest)
}

/// Closes a closable quest whose items are all done or skipped.
pub(crate) fn close_if_done(act: &Act<'_>, quest: &Quest) -> Result<(), Refusal> {
    let states: Vec<ItemStatus> =
        quests::segments(act.db, quest.id)?.into_iter().map(|segment| segment.status).collect();
    if closes_itself(&quest.kind, &quest.status, &states) {
        let closed = Quest { status: QuestStatus::Closed, closed_at: Some(act.now), ..quest.clone() };
        quests::put(act.db, &closed)?;
        money::settle_all(act, &closed)?;
    }
    Ok(())
}

/// The owner's side completes an item itself: an entry that is accepted at once, and the item is done. It pays
/// nothing, since it would pay the owner's side (our choice); what escrow held goes back.
pub(crate) fn complete(
    act: &Act<'_>,
    quest: Id,
    item: Id,
    assets: &[(String, Id)],
    description: Option<&Value>,
) -> Result<Id, Refusal> {
    let quest = visible_quest(act.db, act.who, quest)?;
    let mut item = super::items::item_of(act.db, &quest, item)?;
    standing(act.db, act.who, &quest)?.may_change()?;
    takes_entries(&quest.status)?;
    if item.status == ItemStatus::Done {
        return Err(Refusal::conflict(
            "item_already_done",
            "This item is done: there is nothing to complete",
        ));
    }
    let mut entry = submit::prepare(act, &quest, &item, assets, description)?;
    entry.status = EntryStatus::Accepted;
    entry.reviewer = Some(act.who);
    entry.reviewed_at = Some(act.now);
    entry.eval_status = item.eval_route.map(|_| "skipped".to_owned());
    let submitted: Vec<Id> = assets.iter().map(|(_, asset)| *asset).collect();
    entries::insert(act.db, &entry, &submitted)?;
    open_assets(act, &quest, &entry)?;
    item.status = ItemStatus::Done;
    item.completed_by = Some(entry.id);
    finish_item(act, &quest, item)?;
    assets::touch(act.db, quest.id, act.now)?;
    Ok(entry.id)
}
