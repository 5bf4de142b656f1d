//! Comments (contract, 3.10 and 4.10).

use serde_json::value::RawValue;

use super::fields::as_list;
use super::{Fields, person, time};
use crate::domain::{AssetId, Comment, Person, SafeText, UserId};
use crate::ouro::richtext;

/// One comment, and its author's profile if it came along. None without an id or an author. `parent` stands in where
/// the comment does not name its own.
pub(in crate::ouro) fn comment(raw: &RawValue, parent: AssetId) -> Option<(Comment, Option<Person>)> {
    let fields = Fields::read(raw)?;
    if fields.text("asset_type").is_some_and(|kind| kind != "comment") {
        return None;
    }
    let names = richtext::names(&fields);
    let rich = |name: &str| fields.get(name).map(|raw| richtext::as_written(raw, &names));
    let text =
        rich("content").filter(|text| !text.is_empty()).or_else(|| rich("description")).unwrap_or_default();
    let profile = fields.object("user").and_then(|user| person(&user, fields.id("user_id")));
    let author: UserId = fields.id("user_id").or_else(|| profile.as_ref().map(|who| who.id))?;
    // A count or a list; our own kind of server calls the count `comments`.
    let replies = fields.get("replies").or_else(|| fields.get("comments"));
    let replies = replies.map_or(0, |raw| match as_list(raw) {
        Some(list) => i64::try_from(list.len()).unwrap_or(i64::MAX),
        None => fields.int("replies").or_else(|| fields.int("comments")).unwrap_or(0),
    });
    let comment = Comment {
        id: fields.id("id")?,
        parent: fields.id("parent_id").unwrap_or(parent),
        author,
        created_at: time(&fields, &["created_at", "last_updated"]),
        text: SafeText::block(text.as_str().trim_end()),
        replies: u32::try_from(replies).unwrap_or(0),
        answers: Vec::new(),
    };
    let profile = profile.filter(|who| who.id == author);
    Some((comment, profile))
}
