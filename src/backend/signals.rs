//! Judge signals: facts of a submission that help to decide without opening it (contract, 4.5; their shape is our
//! choice), and the assets that a text embeds.

use rusqlite::Connection;
use serde_json::{Value, json};

use super::error::Refusal;
use super::ids::Id;
use super::markdown::text_of;
use super::store::assets::Asset;
use super::store::content;

/// Rows that are read to count missing cells.
const SAMPLED_ROWS: i64 = 1_000;

/// Mentions of one text that are resolved, and embedded assets.
const MOST_MENTIONS: usize = 50;
const MOST_EMBEDS: usize = 100;

/// The facts of one submitted asset.
pub(crate) fn of_asset(db: &Connection, asset: &Asset) -> Result<Value, Refusal> {
    let metadata: Value = parsed(asset.metadata.as_deref());
    let mut facts = json!({"asset_type": asset.asset_type});
    if let Some(name) = public_name(asset) {
        facts["name"] = json!(name);
    }
    match asset.asset_type.as_str() {
        "file" => {
            facts["size_bytes"] = metadata.get("size").cloned().unwrap_or_default();
            facts["extension"] = metadata.get("extension").cloned().unwrap_or_default();
            facts["mime_type"] = metadata.get("type").cloned().unwrap_or_default();
        }
        "dataset" => {
            let rows = content::rows(db, asset.id, SAMPLED_ROWS, 0)?;
            let missing = rows.iter().map(|row| row.matches(":null").count()).sum::<usize>();
            facts["row_count"] = json!(content::row_count(db, asset.id)?);
            facts["column_count"] =
                json!(metadata.get("columns").and_then(Value::as_array).map_or(0, Vec::len));
            facts["missing_cells"] = json!(missing);
        }
        "post" => {
            let content = parsed(asset.content.as_deref());
            let count = |kind: &str| count_nodes(content.get("json").unwrap_or(&Value::Null), kind);
            facts["words"] = json!(text_of(&content).split_whitespace().count());
            facts["headings"] = json!(count("heading"));
            facts["images"] = json!(count("image"));
            facts["links"] = json!(embedded_ids(&content).len());
        }
        _ => {}
    }
    Ok(facts)
}

/// An asset's name, unless it is private: what is closed until it is accepted does not tell its name either.
pub(crate) fn public_name(asset: &Asset) -> Option<&str> {
    asset.name.as_deref().filter(|_| asset.visibility != "private")
}

/// The facts of an entry's description.
pub(crate) fn of_description(description: Option<&Value>) -> Value {
    let words = description.map_or(0, |rich| text_of(rich).split_whitespace().count());
    let links = description.map_or(0, |rich| count_links(rich.get("json").unwrap_or(&Value::Null)));
    json!({"words": words, "links": links})
}

fn parsed(text: Option<&str>) -> Value {
    text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

fn children(node: &Value) -> impl Iterator<Item = &Value> {
    node.get("content").and_then(Value::as_array).into_iter().flatten()
}

fn count_nodes(node: &Value, kind: &str) -> usize {
    let own = usize::from(node.get("type").and_then(Value::as_str) == Some(kind));
    own + children(node).map(|child| count_nodes(child, kind)).sum::<usize>()
}

fn count_links(node: &Value) -> usize {
    usize::from(link_of(node).is_some()) + children(node).map(count_links).sum::<usize>()
}

fn link_of(node: &Value) -> Option<&str> {
    let marks = node.get("marks").and_then(Value::as_array)?;
    let link = marks.iter().find(|mark| mark.get("type").and_then(Value::as_str) == Some("link"))?;
    link.get("attrs")?.get("href")?.as_str()
}

/// The ids of assets that a rich text embeds or links, each once, as they occur.
pub(crate) fn embedded_ids(rich: &Value) -> Vec<Id> {
    let mut ids = Vec::new();
    gather(rich.get("json").unwrap_or(&Value::Null), &mut ids);
    ids
}

fn gather(node: &Value, ids: &mut Vec<Id>) {
    for id in [embedded_in(node), linked_in(node)].into_iter().flatten() {
        if !ids.contains(&id) && ids.len() < MOST_EMBEDS {
            ids.push(id);
        }
    }
    for child in children(node) {
        gather(child, ids);
    }
}

fn embedded_in(node: &Value) -> Option<Id> {
    let is_embed = node.get("type").and_then(Value::as_str) == Some("assetComponent");
    is_embed.then(|| node.get("attrs")?.get("id")?.as_str()).flatten().and_then(Id::find)
}

fn linked_in(node: &Value) -> Option<Id> {
    let (kind, id) = link_of(node)?.split_once(':')?;
    let known = ["post", "file", "dataset", "route", "service", "quest", "asset"].contains(&kind);
    known.then(|| Id::find(id)).flatten()
}

/// What a rich text points at, and how: `component` for what it embeds, `link` for what it links.
pub(crate) fn pointers(rich: &Value) -> Vec<(Id, &'static str)> {
    fn walk(node: &Value, found: &mut Vec<(Id, &'static str)>) {
        found.extend(embedded_in(node).map(|id| (id, "component")));
        found.extend(linked_in(node).map(|id| (id, "link")));
        children(node).for_each(|child| walk(child, found));
    }
    let mut found = Vec::new();
    walk(rich.get("json").unwrap_or(&Value::Null), &mut found);
    found
}

/// The names that a rich text mentions, each once.
pub(crate) fn mentioned(rich: &Value) -> Vec<String> {
    fn walk(node: &Value, names: &mut Vec<String>) {
        if node.get("type").and_then(Value::as_str) == Some("mention") {
            let attrs = node.get("attrs");
            let text = |field: &str| attrs.and_then(|attrs| attrs.get(field)).and_then(Value::as_str);
            let name = text("username").or_else(|| text("label")).or_else(|| text("id"));
            if let Some(name) = name.filter(|name| !names.iter().any(|known| known == name))
                && names.len() < MOST_MENTIONS
            {
                names.push(name.to_owned());
            }
        }
        children(node).for_each(|child| walk(child, names));
    }
    let mut names = Vec::new();
    walk(rich.get("json").unwrap_or(&Value::Null), &mut names);
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::markdown::from_markdown;

    #[test]
    fn embedded_and_linked_assets_are_found_once() {
        let id = "0193b2aa-8888-7000-8000-000000000002";
        let rich = from_markdown(&format!(
            "See [raw](dataset:{id}) and [site](https://example.org).\n\n```assetComponent\n{{\"id\": \"{id}\"}}\n```"
        ));
        assert_eq!(embedded_ids(&rich), vec![Id::find(id).unwrap()]);
        assert_eq!(of_description(Some(&rich)), json!({"words": 8, "links": 2}));
        let id = Id::find(id).unwrap();
        assert_eq!(pointers(&rich), [(id, "link"), (id, "component")]);
    }

    #[test]
    fn people_are_mentioned_once() {
        let rich = from_markdown("Ask {@omar}, `{@li}`, then {@omar}.");
        assert_eq!(mentioned(&rich), ["omar", "li"]);
    }
}
