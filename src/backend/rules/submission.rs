//! What an item asks of a contributor, and whether a submission has it (4.4, 5.2.5).

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::backend::error::Refusal;

/// One input that an item asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key {
    /// The key in `assets`.
    pub(crate) name: String,
    /// The types it takes.
    pub(crate) asset_types: Vec<String>,
    /// Whether an entry must have it.
    pub(crate) required: bool,
    /// Whether it is the entry's main asset.
    pub(crate) primary: bool,
    /// What it is called, if the author gave it a label.
    pub(crate) label: Option<String>,
    /// Extensions a file must have one of; empty: any.
    pub(crate) extensions: Vec<String>,
    /// The category of file: `image`, `video`, …
    pub(crate) filter: Option<String>,
}

/// An asset as a submission's check sees it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Offered {
    /// Its type.
    pub(crate) asset_type: String,
    /// A file's extension, lower case, without the dot.
    pub(crate) extension: Option<String>,
    /// A file's category: the part of its MIME type before the slash.
    pub(crate) category: Option<String>,
}

/// The keys an item asks for: its own declarations, or, with an eval route, the route's inputs less those that the
/// author pinned, every one required (4.4).
pub(crate) fn contributor_keys(
    own: Option<&Value>,
    route_inputs: Option<&Value>,
    pinned: Option<&Value>,
) -> Vec<Key> {
    let Some(inputs) = route_inputs.and_then(Value::as_object) else {
        return own.and_then(Value::as_object).map(declared).unwrap_or_default();
    };
    let pinned = pinned.and_then(Value::as_object);
    let mut keys = declared(inputs);
    keys.retain(|key| !pinned.is_some_and(|pinned| pinned.contains_key(&key.name)));
    for key in &mut keys {
        key.required = true;
        key.label = label_of(own.and_then(|own| own.get(&key.name)));
    }
    keys
}

fn declared(declarations: &Map<String, Value>) -> Vec<Key> {
    let mut keys: Vec<Key> = declarations.iter().map(|(name, declaration)| key(name, declaration)).collect();
    if !keys.iter().any(|key| key.primary)
        && let Some(first) = keys.first_mut()
    {
        first.primary = true;
    }
    keys
}

fn key(name: &str, declaration: &Value) -> Key {
    let texts = |field: &str| -> Vec<String> {
        let list = declaration.get(field).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(Value::as_str).map(normal_extension).collect()
    };
    let mut asset_types = texts("asset_types");
    if asset_types.is_empty() {
        asset_types.extend(declaration.get("asset_type").and_then(Value::as_str).map(str::to_owned));
    }
    Key {
        name: name.to_owned(),
        asset_types,
        required: declaration.get("required").and_then(Value::as_bool).unwrap_or(true),
        primary: declaration.get("primary").and_then(Value::as_bool).unwrap_or(false),
        label: label_of(Some(declaration)),
        extensions: texts("file_extensions"),
        filter: declaration.get("input_filter").and_then(Value::as_str).map(str::to_owned),
    }
}

fn label_of(declaration: Option<&Value>) -> Option<String> {
    declaration.and_then(|declaration| declaration.get("label")).and_then(Value::as_str).map(str::to_owned)
}

fn normal_extension(text: &str) -> String {
    text.trim_start_matches('.').to_ascii_lowercase()
}

/// The keys as the wire shows them: `contributor_keys` of an item.
pub(crate) fn keys_on_the_wire(keys: &[Key]) -> Value {
    let keys = keys.iter().map(|key| {
        json!({
            "key": key.name, "required": key.required, "label": key.label,
            "filters": {
                "assetType": key.asset_types.first(), "fileType": key.filter, "extensions": key.extensions,
                "hasConstraints": key.filter.is_some() || !key.extensions.is_empty(),
            },
        })
    });
    Value::Array(keys.collect())
}

/// The declaration form of keys: the effective `submission_assets` of an item.
pub(crate) fn declarations_on_the_wire(keys: &[Key]) -> Value {
    let mut map = Map::new();
    for key in keys {
        let mut declaration = json!({
            "asset_type": key.asset_types.first(), "required": key.required, "primary": key.primary,
        });
        if let Some(label) = &key.label {
            declaration["label"] = json!(label);
        }
        if let Some(filter) = &key.filter {
            declaration["input_filter"] = json!(filter);
        }
        if !key.extensions.is_empty() {
            declaration["file_extensions"] = json!(key.extensions);
        }
        map.insert(key.name.clone(), declaration);
    }
    Value::Object(map)
}

/// Checks a submission's keys against what the item asks for (5.2.5).
pub(crate) fn check_keys<'a>(keys: &[Key], given: impl Iterator<Item = &'a str>) -> Result<(), Refusal> {
    let given: BTreeSet<&str> = given.collect();
    if let Some(unknown) = given.iter().find(|name| !keys.iter().any(|key| key.name == **name)) {
        let asked: Vec<&str> = keys.iter().map(|key| key.name.as_str()).collect();
        let asked = if asked.is_empty() { "none".to_owned() } else { asked.join(", ") };
        return Err(Refusal::unprocessable(
            "unknown_submission_key",
            format!("This item asks for no input '{unknown}'; its inputs: {asked}"),
        ));
    }
    if let Some(missing) = keys.iter().find(|key| key.required && !given.contains(key.name.as_str())) {
        return Err(Refusal::unprocessable(
            "missing_submission_asset",
            format!("Required input '{}' was not given", missing.name),
        ));
    }
    Ok(())
}

/// Checks one asset against the key it is submitted under.
pub(crate) fn check_asset(key: &Key, offered: &Offered) -> Result<(), Refusal> {
    let wrong = |wanted: String| {
        Err(Refusal::unprocessable("wrong_asset_type", format!("Input '{}' takes {wanted}", key.name)))
    };
    if !key.asset_types.is_empty() && !key.asset_types.contains(&offered.asset_type) {
        return wrong(format!("a {}, not a {}", key.asset_types.join(" or a "), offered.asset_type));
    }
    if offered.asset_type != "file" {
        return Ok(());
    }
    let extension = offered.extension.as_deref().unwrap_or_default();
    if !key.extensions.is_empty() && !key.extensions.iter().any(|wanted| wanted == extension) {
        return wrong(format!("files ending in {}", key.extensions.join(", ")));
    }
    match &key.filter {
        // Structures have no MIME type of their own: only their extension tells.
        Some(filter) if filter == "atomic structure" || filter == "3d model" => Ok(()),
        Some(filter) if filter == "pdf" && extension == "pdf" => Ok(()),
        Some(filter) if offered.category.as_deref() != Some(filter) => wrong(format!("{filter} files")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> Vec<Key> {
        let own = json!({
            "note": {"asset_type": "post", "required": false},
            "structure": {"asset_type": "file", "primary": true, "file_extensions": [".CIF"], "label": "Structure"},
        });
        contributor_keys(Some(&own), None, None)
    }

    #[test]
    fn keys_must_match_and_required_ones_be_there() {
        let keys = keys();
        assert!(check_keys(&keys, ["structure"].into_iter()).is_ok());
        assert!(check_keys(&keys, ["structure", "note"].into_iter()).is_ok());
        assert_eq!(check_keys(&keys, ["note"].into_iter()).unwrap_err().code(), "missing_submission_asset");
        let unknown = check_keys(&keys, ["structure", "x"].into_iter()).unwrap_err();
        assert_eq!((unknown.status(), unknown.code()), (422, "unknown_submission_key"));
        assert!(check_keys(&[], std::iter::empty()).is_ok());
    }

    #[test]
    fn types_extensions_and_categories_are_checked() {
        let keys = keys();
        let structure = keys.iter().find(|key| key.name == "structure").unwrap();
        let file = |extension: &str| Offered {
            asset_type: "file".to_owned(),
            extension: Some(extension.to_owned()),
            category: Some("chemical".to_owned()),
        };
        assert!(check_asset(structure, &file("cif")).is_ok());
        assert_eq!(check_asset(structure, &file("csv")).unwrap_err().code(), "wrong_asset_type");
        let post = Offered { asset_type: "post".to_owned(), ..Offered::default() };
        assert!(check_asset(structure, &post).is_err());
        let image = key("picture", &json!({"asset_type": "file", "input_filter": "image"}));
        assert!(check_asset(&image, &file("cif")).is_err());
    }

    #[test]
    fn an_eval_route_overrides_the_authors_keys_but_not_the_labels() {
        let route = json!({"structure": {"asset_type": "file", "required": false}, "reference": {"asset_type": "dataset"}});
        let own = json!({"other": {"asset_type": "post"}, "structure": {"label": "Measured"}});
        let keys = contributor_keys(Some(&own), Some(&route), Some(&json!({"reference": {}})));
        assert_eq!(keys.len(), 1);
        assert_eq!((keys[0].name.as_str(), keys[0].required, keys[0].primary), ("structure", true, true));
        assert_eq!(keys[0].label.as_deref(), Some("Measured"));
    }
}
