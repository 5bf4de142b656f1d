//! Judge signals: facts of a submission that help to decide without opening it (contract, 4.5; their shape is our
//! choice), and the assets that a text embeds.

use rusqlite::Connection;
use serde_json::{Value, json};

use super::error::Refusal;
use super::ids::Id;
use super::markdown::text_of;
use super::store::assets::{self, Asset};

/// Rows that are read to count missing cells.
const SAMPLED_ROWS: i64 = 1_000;

/// The facts of one submitted asset.
pub(crate) fn of_asset(db: &Connection, asset: &Asset) -> Result<Value, Refusal> {
    let metadata: Value = parsed(asset.metadata.as_deref());
    let mut facts = json!({"asset_type": asset.asset_type, "name": asset.name});
    match asset.asset_type.as_str() {
        "file" => {
            facts["size_bytes"] = metadata.get("size").cloned().unwrap_or_default();
            facts["extension"] = metadata.get("extension").cloned().unwrap_or_default();
            facts["mime_type"] = metadata.get("type").cloned().unwrap_or_default();
        }
        "dataset" => {
            let rows = assets::rows(db, asset.id, SAMPLED_ROWS, 0)?;
            let missing = rows.iter().map(|row| row.matches(":null").count()).sum::<usize>();
            facts["row_count"] = json!(assets::row_count(db, asset.id)?);
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
    let embedded = (node.get("type").and_then(Value::as_str) == Some("assetComponent"))
        .then(|| node.get("attrs")?.get("id")?.as_str())
        .flatten();
    let linked = link_of(node).and_then(|href| {
        let (kind, id) = href.split_once(':')?;
        ["post", "file", "dataset", "route", "service", "quest", "asset"].contains(&kind).then_some(id)
    });
    for id in [embedded, linked].into_iter().flatten().filter_map(Id::find) {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    for child in children(node) {
        gather(child, ids);
    }
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
        assert_eq!(of_description(Some(&rich)), json!({"words": 10, "links": 2}));
    }
}
