//! Entries (contract, 4.5).

use serde_json::value::RawValue;

use super::fields::as_text;
use super::{Fields, person, signals, time};
use crate::domain::{
    AssetId, AssetSlot, EntryBody, EntryRow, EntryStatus, EvalStatus, Person, QuestId, Review, SafeText,
    Timestamp, UserId, Version,
};
use crate::ouro::richtext::{self, Names};

/// At most so many submitted assets and eval categories are kept of an entry.
const MANY: usize = 200;

/// An entry, whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// What a list needs of it.
    pub row: EntryRow,
    /// What a reader needs of it.
    pub body: EntryBody,
    /// What became of it.
    pub status: EntryStatus,
    /// The contributor's profile, if the server sent it along.
    pub person: Option<Person>,
}

/// One entry. None without an id, or without a contributor: an entry of nobody cannot be paid.
///
/// `quest` is the one that was asked for, and stands in where the entry does not name its own; so does `author`.
pub(in crate::ouro) fn entry(raw: &RawValue, quest: QuestId, author: Option<UserId>) -> Option<Entry> {
    let fields = Fields::read(raw)?;
    let id = fields.id("id")?;
    let quest = fields.id("quest_id").unwrap_or(quest);
    let item = fields.id("item_id").or_else(|| fields.object("item")?.id("id"));
    let profile = fields.object("user").and_then(|user| person(&user, fields.id("user_id")));
    let contributor: UserId =
        fields.id("user_id").or_else(|| profile.as_ref().map(|who| who.id)).or(author)?;
    let version = Version { updated_at: time(&fields, &["updated_at", "last_updated", "created_at"]) };
    let status = EntryStatus::from_word(fields.word("status").as_deref());
    let names = richtext::names(&fields);
    let rich = |name: &str| fields.get(name).map(|raw| richtext::markdown(raw, &names)).unwrap_or_default();
    let row = EntryRow {
        id,
        quest,
        item,
        contributor,
        created_at: time(&fields, &["created_at", "updated_at"]),
        version,
        score: fields.number("eval_score"),
        eval: EvalStatus::from_word(fields.word("eval_status").as_deref()),
    };
    let review = (status != EntryStatus::Submitted).then(|| Review {
        status: status.clone(),
        reviewer: fields.id("reviewer_id"),
        at: fields.text("reviewed_at").and_then(|at| Timestamp::parse(&at)),
        note: rich("review"),
    });
    let body = EntryBody {
        id,
        quest,
        item,
        version,
        description: rich("description"),
        assets: slots(&fields, &names),
        categories: categories(&fields),
        signals: fields.get("judge_signals").map(signals::flattened).unwrap_or_default(),
        eval_action: fields.id("eval_action_id"),
        review,
        embeds: names.embeds(),
    };
    // A profile of somebody else is not the contributor's.
    let person = profile.filter(|who| who.id == contributor);
    Some(Entry { row, body, status, person })
}

/// The submitted assets by key. An array means none; then the primary asset of an older entry is the only one.
fn slots(fields: &Fields<'_>, names: &Names) -> Vec<AssetSlot> {
    let made = |key: &str, raw: &RawValue| {
        let own = Fields::read(raw).unwrap_or_default();
        let asset: AssetId =
            own.id("asset_id").or_else(|| own.id("id")).or_else(|| as_text(raw)?.parse().ok())?;
        let known = names.get(asset);
        let asset_type = own.text("asset_type").or_else(|| known.map(|known| known.kind.clone()));
        let name = own.filled("name").or_else(|| known.map(|known| known.name.clone()));
        Some(AssetSlot {
            key: SafeText::line(key),
            asset,
            asset_type: SafeText::line(&asset_type.unwrap_or_default()),
            name: name.filter(|name| !name.is_empty()).map(|name| SafeText::line(&name)),
        })
    };
    let given = fields.object("assets").unwrap_or_default();
    let slots: Vec<AssetSlot> = given.iter().filter_map(|(key, raw)| made(key, raw)).take(MANY).collect();
    if !slots.is_empty() {
        return slots;
    }
    // It may come along whole, with or without being named beside.
    let embedded = || fields.object("asset")?.id("id");
    let Some(asset) = fields.id("asset_id").or_else(embedded) else { return slots };
    let known = names.get(asset);
    let kind = fields.filled("asset_type").or_else(|| known.map(|known| known.kind.clone()));
    let asset_type = SafeText::line(&kind.unwrap_or_default());
    let name = known.map(|known| SafeText::line(&known.name)).filter(|name| !name.is_empty());
    vec![AssetSlot { key: asset_type.clone(), asset, asset_type, name }]
}

/// Categories of the evaluation; values are shown as they are.
fn categories(fields: &Fields<'_>) -> Vec<(SafeText, SafeText)> {
    let given = fields.object("eval_category_scores").unwrap_or_default();
    let text = |raw: &RawValue| SafeText::line(&as_text(raw).unwrap_or_else(|| signals::excerpt(raw.get())));
    given.iter().map(|(name, raw)| (SafeText::line(name), text(raw))).take(MANY).collect()
}
