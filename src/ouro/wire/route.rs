//! Routes, as far as an item's evaluation is concerned: what they take (contract, 3.7).

use serde_json::value::RawValue;

use super::item::extensions;
use super::{Fields, as_list, as_text};
use crate::domain::{SafeText, SubmissionKey};

/// At most so many inputs are read.
const INPUTS: usize = 64;

/// The inputs of a route, in its order; nothing if it is no route.
pub(in crate::ouro) fn route_inputs(raw: &RawValue) -> Option<Vec<SubmissionKey>> {
    let asset = Fields::read(raw)?;
    let route = asset.object("route").or_else(|| Fields::read(raw))?;
    let inputs = route.object("input_assets").unwrap_or_default();
    let listed: Vec<SubmissionKey> =
        inputs.iter().filter_map(|(key, raw)| Some(input(key, &Fields::read(raw)?))).take(INPUTS).collect();
    if !listed.is_empty() {
        return Some(listed);
    }
    // Older routes have one, named after its type.
    Some(route.filled("input_type").map(|kind| input(&kind, &route)).into_iter().collect())
}

fn input(key: &str, fields: &Fields<'_>) -> SubmissionKey {
    let first = || fields.get("asset_types").and_then(as_list)?.first().and_then(|raw| as_text(raw));
    let kind = fields.filled("asset_type").or_else(first).or_else(|| fields.filled("input_type"));
    let endings = ["file_extensions", "input_file_extensions"].map(|name| extensions(fields, name));
    let one = fields
        .filled("input_file_extension")
        .map(|ending| SafeText::line(&ending.trim().trim_start_matches('.').to_lowercase()));
    SubmissionKey {
        key: SafeText::line(key),
        label: None,
        required: true,
        asset_type: SafeText::line(&kind.unwrap_or_default()),
        extensions: endings
            .into_iter()
            .find(|found| !found.is_empty())
            .unwrap_or_else(|| one.into_iter().collect()),
        contains: extensions(fields, "contains_file_extensions"),
        category: fields.filled("input_filter").map(|category| SafeText::line(category.trim())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Vec<String> {
        let raw: &RawValue = serde_json::from_str(json).unwrap();
        let keys = route_inputs(raw).unwrap();
        keys.iter().map(|key| format!("{}: {}", key.key, key.asks())).collect()
    }

    #[test]
    fn the_inputs_of_new_and_old_routes_are_read() {
        let new = r#"{"id": "x", "asset_type": "route", "route": {"input_assets": {
            "run": {"asset_type": "file", "input_filter": "image", "file_extensions": [".PNG"]},
            "text": {"asset_types": ["post", "file"]}}}}"#;
        assert_eq!(read(new), ["run: file, .png, image", "text: post"]);
        let old = r#"{"route": {"input_type": "file", "input_file_extension": ".CIF"}}"#;
        assert_eq!(read(old), ["file: file, .cif"]);
        assert_eq!(read(r#"{"route": {}}"#), Vec::<String>::new());
    }
}
