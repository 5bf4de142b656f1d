//! Telling people what happened to their quests and entries (contract, 4.13).

use serde_json::{Value, json};

use super::Act;
use crate::backend::error::Refusal;
use crate::backend::ids::Id;
use crate::backend::signals::{self, public_name};
use crate::backend::store::accounts::{user_by_id, user_by_name};
use crate::backend::store::assets;
use crate::backend::store::entries::Entry;
use crate::backend::store::notices::{self, Notice};
use crate::backend::store::quests::Quest;

/// Mentions of one text that are told.
const MOST_MENTIONS: usize = 20;

/// Tells the quest's owner of a new entry.
pub(crate) fn new_entry(act: &Act<'_>, quest: &Quest, entry: &Entry) -> Result<(), Refusal> {
    let text = format!("{} submitted to {}", name_of(act, entry.user)?, quest.name);
    let content = content(act, quest, entry, &text)?;
    send(act, quest.owner, Some(entry.user), "quest-entry", quest, content)
}

/// Tells the contributor of an acceptance. There is no notification of rejections (4.13).
pub(crate) fn accepted(act: &Act<'_>, quest: &Quest, entry: &Entry, by: Option<Id>) -> Result<(), Refusal> {
    let text = format!("Your entry to {} was accepted", quest.name);
    let mut content = content(act, quest, entry, &text)?;
    content["source"] = json!(if by.is_some() { "review" } else { "eval" });
    content["reviewer"] = match by {
        Some(by) => json!({"id": by, "username": name_of(act, by)?}),
        None => Value::Null,
    };
    send(act, entry.user, by, "quest-entry-accepted", quest, content)
}

/// Tells the contributor that an evaluation failed.
pub(crate) fn evaluation_failed(act: &Act<'_>, quest: &Quest, entry: &Entry) -> Result<(), Refusal> {
    let text = format!("The evaluation of your entry to {} failed", quest.name);
    let mut content = content(act, quest, entry, &text)?;
    content["eval_status"] = json!(entry.eval_status);
    content["eval_score"] = json!(entry.eval_score);
    send(act, entry.user, None, "quest-entry-eval-failed", quest, content)
}

/// Tells an asset's owner of a comment on it.
pub(crate) fn comment(act: &Act<'_>, on: &assets::Asset, comment: Id, text: &str) -> Result<(), Refusal> {
    if on.owner == act.who {
        return Ok(());
    }
    let kind = if on.asset_type == "comment" { "reply" } else { "comment" };
    let content = json!({"text": text, "asset": {"id": comment}, "parent": {"id": on.id, "name": on.name}});
    about(act, on.owner, kind, on, content)
}

/// Tells those whom a text mentions and who can see what it stands on; nobody else hears of it (3.10).
pub(crate) fn mentions(
    act: &Act<'_>,
    by: &assets::Asset,
    on: &assets::Asset,
    text: &Value,
) -> Result<(), Refusal> {
    for name in signals::mentioned(text).iter().take(MOST_MENTIONS) {
        let Some(user) = user_by_name(act.db, name)? else { continue };
        if user.id == act.who || assets::visible(act.db, user.id, on.id)?.is_none() {
            continue;
        }
        let line = format!("{} mentioned you", name_of(act, act.who)?);
        let content = json!({"text": line, "asset": {"id": by.id}, "parent": {"id": on.id, "name": on.name}});
        about(act, user.id, "mention", on, content)?;
    }
    Ok(())
}

/// Tells somebody that they may now open an asset.
pub(crate) fn shared(act: &Act<'_>, asset: &assets::Asset, with: Id, role: &str) -> Result<(), Refusal> {
    if with == act.who {
        return Ok(());
    }
    let line =
        format!("{} shared {} with you", name_of(act, act.who)?, asset.name.as_deref().unwrap_or("work"));
    let content = json!({"text": line, "asset": {"id": asset.id, "name": asset.name}, "role": role});
    about(act, with, "share", asset, content)
}

fn about(act: &Act<'_>, to: Id, kind: &str, asset: &assets::Asset, content: Value) -> Result<(), Refusal> {
    let notice = Notice {
        id: act.new_id(),
        to,
        kind: kind.to_owned(),
        viewed: false,
        source: Some(act.who),
        asset: Some(asset.id),
        org: Some(asset.org),
        content,
        created_at: act.now,
    };
    Ok(notices::insert(act.db, &notice)?)
}

fn send(
    act: &Act<'_>,
    to: Id,
    from: Option<Id>,
    kind: &str,
    quest: &Quest,
    content: Value,
) -> Result<(), Refusal> {
    if from == Some(to) {
        return Ok(());
    }
    let notice = Notice {
        id: act.new_id(),
        to,
        kind: kind.to_owned(),
        viewed: false,
        source: from,
        asset: Some(quest.id),
        org: Some(quest.org),
        content,
        created_at: act.now,
    };
    Ok(notices::insert(act.db, &notice)?)
}

fn content(act: &Act<'_>, quest: &Quest, entry: &Entry, text: &str) -> Result<Value, Refusal> {
    let asset_name = match entry.asset {
        Some(asset) => assets::get(act.db, asset)?.and_then(|asset| public_name(&asset).map(str::to_owned)),
        None => None,
    };
    Ok(json!({
        "text": text,
        "quest": {"id": quest.id, "name": quest.name},
        "entry": {
            "id": entry.id, "asset_id": entry.asset, "asset_type": entry.asset_type, "asset_name": asset_name,
        },
    }))
}

fn name_of(act: &Act<'_>, user: Id) -> Result<String, Refusal> {
    Ok(user_by_id(act.db, user)?.map_or_else(|| "somebody".to_owned(), |user| user.username))
}
