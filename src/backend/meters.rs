//! Built-in eval routes that measure what was submitted: rows of a table, words of a text, documents that follow a
//! JSON schema. They need no service, and their scores can be checked by hand.

use rusqlite::Connection;
use serde_json::{Value, json};

use super::acts::evaluate::Input;
use super::error::Refusal;
use super::ids::Id;
use super::markdown::text_of;
use super::store::{assets, content};

/// A built-in route that measures.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Meter {
    /// Its name, in `Ready::routes` too.
    pub(crate) name: &'static str,
    /// What it says of itself.
    pub(crate) about: &'static str,
}

/// All of them.
pub(crate) const METERS: &[Meter] = &[
    Meter { name: "row-count", about: "Counts the rows of a dataset, or of a CSV, JSON or JSON Lines file." },
    Meter { name: "word-count", about: "Counts the words of a post or a text file." },
    Meter {
        name: "json-schema",
        about: "The share of documents that follow a JSON schema: of a JSON or JSON Lines file, or a dataset's rows. Pin the schema as a static input.",
    },
];

/// Largest file that is measured: it is read while other acts wait.
const LARGEST: usize = 4 * 1024 * 1024;

/// Documents that are held against a schema.
const MOST_DOCUMENTS: usize = 10_000;

/// Whether there is a meter of that name.
pub(crate) fn is_meter(name: &str) -> bool {
    METERS.iter().any(|meter| meter.name == name)
}

/// What a meter asks for, as a route's `input_assets` (contract, 3.7).
pub(crate) fn inputs_of(name: &str) -> Value {
    match name {
        "row-count" => json!({"table": {"asset_type": "dataset", "asset_types": ["dataset", "file"],
            "file_extensions": ["csv", "tsv", "json", "jsonl"], "primary": true}}),
        "word-count" => json!({"text": {"asset_type": "post", "asset_types": ["post", "file"],
            "file_extensions": ["md", "txt"], "primary": true}}),
        _ => json!({
            "document": {"asset_type": "file", "asset_types": ["file", "dataset"],
                         "file_extensions": ["json", "jsonl"], "primary": true},
            "schema": {"asset_type": "file", "file_extensions": ["json"]},
        }),
    }
}

/// The answer of a meter to a submission, as a route would give it: `{"score", …}`, or `{"error"}`.
pub(crate) fn answer(db: &Connection, name: &str, inputs: &[Input]) -> Result<Value, Refusal> {
    let input = |key: &str| inputs.iter().find(|(name, ..)| name == key);
    let measured = match name {
        "row-count" => input("table").map(|input| rows(db, input)),
        "word-count" => input("text").map(|input| words(db, input)),
        _ => {
            input("document").zip(input("schema")).map(|(document, schema)| conforming(db, document, schema))
        }
    };
    match measured {
        Some(answer) => answer.map(|answer| answer.unwrap_or_else(|message| said(&message))),
        None => Ok(said("An input of this route was not given")),
    }
}

fn said(message: &str) -> Value {
    json!({"error": {"message": message}})
}

/// An answer, or why there is none; the database's own trouble is outside.
type Measured = Result<Result<Value, String>, Refusal>;

fn rows(db: &Connection, (_, id, kind): &Input) -> Measured {
    if kind == "dataset" {
        return Ok(Ok(json!({"score": content::row_count(db, *id)?})));
    }
    let (extension, text) = match text_of_file(db, *id)? {
        Ok(file) => file,
        Err(message) => return Ok(Err(message)),
    };
    Ok(match extension.as_str() {
        "json" | "jsonl" => documents(&extension, &text).map(|found| json!({"score": found.len()})),
        // The first record holds the names.
        _ => Ok(json!({"score": records(&text).saturating_sub(1)})),
    })
}

/// Records of a CSV text: line breaks within quotes do not end one, blank lines are none.
fn records(text: &str) -> usize {
    let (mut count, mut is_blank, mut is_quoted) = (0, true, false);
    for letter in text.chars() {
        match letter {
            '"' => (is_quoted, is_blank) = (!is_quoted, false),
            '\n' if !is_quoted => {
                count += usize::from(!is_blank);
                is_blank = true;
            }
            letter => is_blank &= letter.is_whitespace(),
        }
    }
    count + usize::from(!is_blank)
}

fn words(db: &Connection, (_, id, kind): &Input) -> Measured {
    let text = if kind == "post" {
        let Some(post) = assets::get(db, *id)? else { return Ok(Err(gone())) };
        let content: Value =
            post.content.as_deref().map(serde_json::from_str).transpose()?.unwrap_or_default();
        text_of(&content).to_owned()
    } else {
        match text_of_file(db, *id)? {
            Ok((_, text)) => text,
            Err(message) => return Ok(Err(message)),
        }
    };
    Ok(Ok(json!({"score": text.split_whitespace().count()})))
}

fn conforming(db: &Connection, (_, id, kind): &Input, (_, schema, _): &Input) -> Measured {
    let schema = match text_of_file(db, *schema)? {
        Ok((_, text)) => text,
        Err(message) => return Ok(Err(format!("The schema: {message}"))),
    };
    let found = if kind == "dataset" {
        let limit = i64::try_from(MOST_DOCUMENTS).unwrap_or(i64::MAX);
        let rows: Result<Vec<Value>, _> =
            content::rows(db, *id, limit, 0)?.iter().map(|row| serde_json::from_str(row)).collect();
        rows?
    } else {
        match text_of_file(db, *id)? {
            Ok((extension, text)) => match documents(&extension, &text) {
                Ok(found) => found,
                Err(message) => return Ok(Err(message)),
            },
            Err(message) => return Ok(Err(message)),
        }
    };
    Ok(share(&schema, &found))
}

/// The share of documents that follow the schema.
fn share(schema: &str, documents: &[Value]) -> Result<Value, String> {
    let schema: Value =
        serde_json::from_str(schema).map_err(|error| format!("The schema is not JSON: {error}"))?;
    // A schema that leads back to itself without end could not be held against anything: references stay out, as
    // do addresses, which would be requests.
    if has_references(&schema) {
        return Err("The schema has references ($ref), which this route does not follow".to_owned());
    }
    let validator = jsonschema::options()
        .with_pattern_options(jsonschema::PatternOptions::regex())
        .build(&schema)
        .map_err(|error| format!("The schema is not a JSON schema: {error}"))?;
    if documents.is_empty() {
        return Err("There is no document in it".to_owned());
    }
    let valid = documents.iter().filter(|document| validator.is_valid(document)).count();
    let score = valid as f64 / documents.len() as f64;
    let mut answer = json!({"score": score, "documents": documents.len(), "valid": valid});
    let first = documents.iter().enumerate().find_map(|(place, document)| {
        let error = validator.iter_errors(document).next()?;
        Some(format!("document {}: {error} at {}", place + 1, error.instance_path()))
    });
    if let Some(first) = first {
        answer["first_problem"] = json!(first.chars().take(500).collect::<String>());
    }
    Ok(answer)
}

fn has_references(schema: &Value) -> bool {
    match schema {
        Value::Object(map) => {
            map.keys().any(|key| matches!(key.as_str(), "$ref" | "$dynamicRef" | "$recursiveRef"))
                || map.values().any(has_references)
        }
        Value::Array(values) => values.iter().any(has_references),
        _ => false,
    }
}

/// The documents of a JSON Lines text, one a line; of a JSON text, the elements of its list, or itself.
fn documents(extension: &str, text: &str) -> Result<Vec<Value>, String> {
    let found = if extension == "jsonl" {
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        lines
            .map(|(place, line)| {
                serde_json::from_str(line).map_err(|error| format!("Line {} is not JSON: {error}", place + 1))
            })
            .collect::<Result<Vec<Value>, String>>()?
    } else {
        match serde_json::from_str(text).map_err(|error| format!("The file is not JSON: {error}"))? {
            Value::Array(values) => values,
            other => vec![other],
        }
    };
    if found.len() > MOST_DOCUMENTS {
        return Err(format!("More than {MOST_DOCUMENTS} documents"));
    }
    Ok(found)
}

/// A file's extension and text.
fn text_of_file(db: &Connection, id: Id) -> Result<Result<(String, String), String>, Refusal> {
    let Some(blob) = content::blob(db, id)? else { return Ok(Err(gone())) };
    if blob.bytes.len() > LARGEST {
        return Ok(Err("The file is larger than 4 MiB: too large for a built-in route".to_owned()));
    }
    let extension = blob.name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    let text = String::from_utf8(blob.bytes).map_err(|_| "The file is not text in UTF-8".to_owned());
    Ok(text.map(|text| (extension.unwrap_or_default(), text)))
}

fn gone() -> String {
    "The submitted asset was deleted".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_counted_as_a_spreadsheet_would() {
        assert_eq!(records("a,b\n1,2\n3,4\n"), 3);
        assert_eq!(records("a,b\n\"1\n2\",x\n\n  \n3,4"), 3);
        assert_eq!(records(""), 0);
    }

    #[test]
    fn documents_are_held_against_the_schema() {
        let schema = r#"{"type": "object", "required": ["t"], "properties": {"t": {"type": "number"}}}"#;
        let found = documents("jsonl", "{\"t\": 1}\n\n{\"t\": \"x\"}\n").unwrap();
        let answer = share(schema, &found).unwrap();
        assert_eq!(
            (&answer["score"], &answer["documents"], &answer["valid"]),
            (&json!(0.5), &json!(2), &json!(1))
        );
        assert!(answer["first_problem"].as_str().unwrap().starts_with("document 2"));
        assert_eq!(documents("json", "[1, 2]").unwrap().len(), 2);
        assert!(documents("jsonl", "{}\n{").unwrap_err().starts_with("Line 2"));
        for (schema, part) in [
            ("{", "not JSON"),
            (r#"{"type": "nonsense"}"#, "not a JSON schema"),
            (r##"{"allOf": [{"$ref": "#"}]}"##, "references"),
            (r#"{"pattern": "(?<=a)b"}"#, "not a JSON schema"),
        ] {
            assert!(share(schema, &found).unwrap_err().contains(part), "{schema}");
        }
    }
}
