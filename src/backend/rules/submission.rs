//! What an item asks of a contributor, and whether a submission has it (4.4, 5.2.5).

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::backend::error::Refusal;
use crate::backend::fields::Fields;

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
    /// Extensions of which an archive must hold a file; for contributors to read, archives are not opened here.
    pub(crate) within: Vec<String>,
    /// The category of file: `image`, `video`, …
    pub(crate) filter: Option<String>,
}

/// Types of assets that an item may ask for (contract, 4.4).
const ASKED_TYPES: &[&str] = &["file", "dataset", "post", "route"];

/// Categories of files (contract, 4.4).
const CATEGORIES: &[&str] = &["audio", "video", "image", "pdf", "3d model", "atomic structure"];

/// Extensions of the two categories that no MIME type tells.
const STRUCTURES: &[&str] =
    &["cif", "xyz", "extxyz", "pdb", "mol", "mol2", "sdf", "poscar", "vasp", "res", "cell", "xsf"];
const MODELS: &[&str] = &["stl", "obj", "glb", "gltf", "ply", "3mf", "fbx", "step", "stp"];

/// Checks an author's declarations; the refusal names the field of the key.
pub(crate) fn check_declarations(declared: &Map<String, Value>) -> Result<(), Refusal> {
    let mut primaries = 0;
    for (name, declaration) in declared {
        let at = format!("item.submission_assets.{name}");
        if name.trim().is_empty() || name.len() > 100 {
            return Err(Refusal::field(&at, "a key is a name of up to 100 characters"));
        }
        let Some(map) = declaration.as_object() else {
            return Err(Refusal::field(&at, "must be an object like {\"asset_type\": \"file\"}"));
        };
        let fields = Fields::new(map, &at);
        if fields.word("asset_type", ASKED_TYPES)?.is_none() {
            return Err(fields.wrong("asset_type", "must be one of file, dataset, post, route"));
        }
        fields.boolean("required")?;
        primaries += usize::from(fields.boolean("primary")? == Some(true));
        fields.text("label")?;
        fields.word("input_filter", CATEGORIES)?;
        for list in ["file_extensions", "contains_file_extensions"] {
            for extension in fields.list(list)?.into_iter().flatten() {
                if extension.as_str().map(normal_extension).is_none_or(|text| !is_extension(&text)) {
                    return Err(fields.wrong(list, "must hold extensions like csv"));
                }
            }
        }
    }
    if primaries > 1 {
        return Err(Refusal::field("item.submission_assets", "only one input can be primary"));
    }
    Ok(())
}

/// Letters and digits, not digits alone, at most twelve (contract, 4.4).
fn is_extension(text: &str) -> bool {
    (1..=12).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && !text.bytes().all(|byte| byte.is_ascii_digit())
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
        return with_primary(own.and_then(Value::as_object).map(declared).unwrap_or_default());
    };
    let pinned = pinned.and_then(Value::as_object);
    let mut keys = declared(inputs);
    keys.retain(|key| !pinned.is_some_and(|pinned| pinned.contains_key(&key.name)));
    for key in &mut keys {
        key.required = true;
        key.label = label_of(own.and_then(|own| own.get(&key.name)));
    }
    with_primary(keys)
}

fn declared(declarations: &Map<String, Value>) -> Vec<Key> {
    declarations.iter().map(|(name, declaration)| key(name, declaration)).collect()
}

/// The main input is the one that says so, else the first.
fn with_primary(mut keys: Vec<Key>) -> Vec<Key> {
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
        within: texts("contains_file_extensions"),
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
        if key.asset_types.len() > 1 {
            declaration["asset_types"] = json!(key.asset_types);
        }
        for (field, extensions) in
            [("file_extensions", &key.extensions), ("contains_file_extensions", &key.within)]
        {
            if !extensions.is_empty() {
                declaration[field] = json!(extensions);
            }
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
        Some(filter) if offered.category.as_deref() == Some(filter) => Ok(()),
        // These have no MIME type of their own: only their extension tells.
        Some(filter) if filter == "pdf" && extension == "pdf" => Ok(()),
        Some(filter) if filter == "atomic structure" && STRUCTURES.contains(&extension) => Ok(()),
        Some(filter) if filter == "3d model" && MODELS.contains(&extension) => Ok(()),
        Some(filter) => wrong(format!("{filter} files")),
        None => Ok(()),
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
    fn declarations_are_checked_and_the_first_is_primary() {
        let check = |declared: Value| check_declarations(declared.as_object().unwrap());
        for (declared, part) in [
            (json!({"a": "file"}), "a: must be an object"),
            (json!({"a": {}}), "a.asset_type"),
            (json!({"a": {"asset_type": "film"}}), "a.asset_type: must be one of file"),
            (json!({"a": {"asset_type": "file", "required": "yes"}}), "a.required"),
            (json!({"a": {"asset_type": "file", "input_filter": "big"}}), "a.input_filter"),
            (json!({"a": {"asset_type": "file", "file_extensions": ["c v"]}}), "a.file_extensions"),
            (json!({"a": {"asset_type": "file", "file_extensions": "csv"}}), "a.file_extensions"),
            (
                json!({"a": {"asset_type": "file", "primary": true}, "b": {"asset_type": "file", "primary": true}}),
                "only one",
            ),
        ] {
            let refusal = check(declared).unwrap_err();
            assert!(refusal.status() == 422 && refusal.message().contains(part), "{refusal:?}");
        }
        let own =
            json!({"z": {"asset_type": "file", "file_extensions": [".CSV"]}, "a": {"asset_type": "post"}});
        assert!(check(own.clone()).is_ok());
        let keys = contributor_keys(Some(&own), None, None);
        assert!(keys[0].name == "z" && keys[0].primary && !keys[1].primary);
    }

    #[test]
    fn structures_are_told_by_their_extension() {
        let wanted = key("s", &json!({"asset_type": "file", "input_filter": "atomic structure"}));
        let file = |extension: &str| Offered {
            asset_type: "file".to_owned(),
            extension: Some(extension.to_owned()),
            category: Some("text".to_owned()),
        };
        assert!(check_asset(&wanted, &file("cif")).is_ok());
        assert_eq!(check_asset(&wanted, &file("csv")).unwrap_err().code(), "wrong_asset_type");
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
