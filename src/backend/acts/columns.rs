//! Changing the columns of a dataset that has rows, and its indexes (contract, 3.7).

use serde_json::{Map, Value, json};

use super::Act;
use super::datasets::{check_columns, check_values, renew_preview};
use crate::backend::error::Refusal;
use crate::backend::fields::Fields;
use crate::backend::shapes::asset::parsed;
use crate::backend::store::assets::Asset;
use crate::backend::store::content;
use crate::backend::table::{self, Column};

/// Columns of one index, and indexes of one dataset.
const WIDEST_INDEX: usize = 4;
const MOST_INDEXES: usize = 16;

/// Adds a column; rows that are there have null in it.
pub(crate) fn add(act: &Act<'_>, dataset: &mut Asset, fields: &Fields<'_>) -> Result<(), Refusal> {
    let mut metadata = parsed(dataset.metadata.as_deref())?;
    let mut columns = table::read(&metadata);
    let name = table::column_name(fields.needed_text("name")?);
    if columns.iter().any(|column| column.name == name) {
        return Err(Refusal::conflict("42701", format!("column {name} exists")));
    }
    let is_nullable = fields.boolean("nullable")?.unwrap_or(true);
    if !is_nullable && content::row_count(act.db, dataset.id)? > 0 {
        return Err(Refusal::unprocessable(
            "23502",
            format!("column {name} would be null in the rows there are"),
        ));
    }
    let kind = kind(fields)?.unwrap_or("text");
    columns.push(Column { name: name.clone(), kind: kind.to_owned(), is_key: false, is_nullable });
    check_columns(&columns)?;
    table::write(&columns, &mut metadata);
    set_values(&mut metadata, &name, fields)?;
    rewrite(act, dataset, &metadata, |row| {
        row.insert(name.clone(), Value::Null);
    })
}

/// Renames a column, changes its type or its closed set of values.
pub(crate) fn change(
    act: &Act<'_>,
    dataset: &mut Asset,
    column: &str,
    fields: &Fields<'_>,
) -> Result<(), Refusal> {
    let mut metadata = parsed(dataset.metadata.as_deref())?;
    let mut columns = table::read(&metadata);
    let new_name = fields.text("newName")?.map_or_else(|| column.to_owned(), table::column_name);
    if new_name != column && columns.iter().any(|other| other.name == new_name) {
        return Err(Refusal::conflict("42701", format!("column {new_name} exists")));
    }
    let found = columns.iter_mut().find(|other| other.name == column).ok_or_else(|| no_column(column))?;
    found.name.clone_from(&new_name);
    if let Some(kind) = kind(fields)? {
        kind.clone_into(&mut found.kind);
    }
    table::write(&columns, &mut metadata);
    for declared in ["refs", "enum_columns"] {
        let map = metadata.get_mut(declared).and_then(Value::as_object_mut);
        if let Some((map, what)) = map.and_then(|map| map.remove(column).map(|what| (map, what))) {
            map.insert(new_name.clone(), what);
        }
    }
    set_values(&mut metadata, &new_name, fields)?;
    rewrite(act, dataset, &metadata, |row| {
        if let Some(value) = row.remove(column) {
            row.insert(new_name.clone(), value);
        }
    })
}

/// Takes a column out with what its rows held.
pub(crate) fn drop(act: &Act<'_>, dataset: &mut Asset, column: &str) -> Result<(), Refusal> {
    let mut metadata = parsed(dataset.metadata.as_deref())?;
    let mut columns = table::read(&metadata);
    let before = columns.len();
    columns.retain(|other| other.name != column);
    if columns.len() == before {
        return Err(no_column(column));
    }
    if columns.is_empty() {
        return Err(Refusal::conflict("last_column", "A dataset keeps at least one column"));
    }
    table::write(&columns, &mut metadata);
    for declared in ["refs", "enum_columns"] {
        metadata.get_mut(declared).and_then(Value::as_object_mut).map(|map| map.remove(column));
    }
    rewrite(act, dataset, &metadata, |row| {
        row.remove(column);
    })
}

fn no_column(name: &str) -> Refusal {
    Refusal::new(404, "42703", format!("column \"{name}\" does not exist"))
}

fn kind<'a>(fields: &Fields<'a>) -> Result<Option<&'a str>, Refusal> {
    let kind = fields.text("type")?.map(str::trim).filter(|kind| !kind.is_empty());
    match kind {
        Some(kind) if kind.len() > 64 => Err(fields.wrong("type", "is no type")),
        kind => Ok(kind.map(|kind| if kind == "enum" { "text" } else { kind })),
    }
}

fn set_values(metadata: &mut Value, name: &str, fields: &Fields<'_>) -> Result<(), Refusal> {
    let Some(values) = fields.list("enumValues")? else { return Ok(()) };
    if values.is_empty() || !values.iter().all(Value::is_string) {
        return Err(fields.wrong("enumValues", "must be a list of texts"));
    }
    if !metadata.get("enum_columns").is_some_and(Value::is_object) {
        metadata["enum_columns"] = json!({});
    }
    metadata["enum_columns"][name] = json!({"values": values});
    Ok(())
}

/// Changes every row and keeps the metadata, if the rows hold what it says.
fn rewrite(
    act: &Act<'_>,
    dataset: &mut Asset,
    metadata: &Value,
    change: impl Fn(&mut Map<String, Value>),
) -> Result<(), Refusal> {
    for (place, text) in (0..).zip(content::rows(act.db, dataset.id, i64::MAX, 0)?) {
        let mut row: Map<String, Value> = serde_json::from_str(&text)?;
        change(&mut row);
        check_values(metadata, &row)?;
        content::replace_row(act.db, dataset.id, place, &Value::Object(row).to_string())?;
    }
    dataset.metadata = Some(metadata.to_string());
    renew_preview(act, dataset)
}

/// The indexes of a dataset, its primary key's first.
pub(crate) fn indexes(metadata: &Value) -> Vec<Value> {
    let keys: Vec<String> =
        table::read(metadata).into_iter().filter(|column| column.is_key).map(|column| column.name).collect();
    let mut found = Vec::new();
    if !keys.is_empty() {
        found.push(json!({
            "name": "primary_key", "columns": keys, "is_unique": true, "is_primary": true, "is_constraint": true,
        }));
    }
    found.extend(metadata.get("indexes").and_then(Value::as_array).into_iter().flatten().cloned());
    found
}

/// Adds an index, or finds the one of the same columns. They are kept in name: rows are few here.
pub(crate) fn add_index(act: &Act<'_>, dataset: &mut Asset, given: &Value) -> Result<Value, Refusal> {
    let fields = Fields::bare(given, "index");
    let names = fields.list("columns")?.ok_or_else(|| fields.wrong("columns", "is required"))?;
    let names: Vec<String> = names.iter().filter_map(Value::as_str).map(table::column_name).collect();
    let unique = fields.boolean("unique")?.unwrap_or(false);
    let mut metadata = parsed(dataset.metadata.as_deref())?;
    let columns = table::read(&metadata);
    if names.is_empty() || names.len() > WIDEST_INDEX {
        return Err(fields.wrong("columns", "must name one to four columns"));
    }
    if let Some(name) = names.iter().find(|name| !columns.iter().any(|column| column.name == **name)) {
        return Err(no_column(name));
    }
    let there = indexes(&metadata);
    if let Some(same) = there.iter().find(|index| index["columns"] == json!(names)) {
        return Ok(same.clone());
    }
    if there.len() >= MOST_INDEXES {
        return Err(Refusal::conflict("too_many_indexes", "A dataset has at most 16 indexes"));
    }
    if unique {
        check_unique(act, dataset, &names)?;
    }
    let index = json!({
        "name": format!("{}_idx", names.join("_")), "columns": names, "is_unique": unique, "is_primary": false,
        "is_constraint": false,
    });
    if !metadata.get("indexes").is_some_and(Value::is_array) {
        metadata["indexes"] = json!([]);
    }
    metadata["indexes"].as_array_mut().into_iter().for_each(|list| list.push(index.clone()));
    dataset.metadata = Some(metadata.to_string());
    crate::backend::store::assets::update(act.db, dataset)?;
    Ok(index)
}

fn check_unique(act: &Act<'_>, dataset: &Asset, names: &[String]) -> Result<(), Refusal> {
    let mut seen = std::collections::HashSet::new();
    for text in content::rows(act.db, dataset.id, i64::MAX, 0)? {
        let row: Value = serde_json::from_str(&text)?;
        let key = json!(names.iter().map(|name| row.get(name)).collect::<Vec<_>>()).to_string();
        if !seen.insert(key) {
            return Err(Refusal::conflict("23505", "Rows have the same values in these columns"));
        }
    }
    Ok(())
}

/// Takes an index out. The primary key's stays.
pub(crate) fn drop_index(act: &Act<'_>, dataset: &mut Asset, name: &str) -> Result<(), Refusal> {
    if name == "primary_key" {
        return Err(Refusal::conflict("primary_key", "The primary key's index cannot be dropped"));
    }
    let mut metadata = parsed(dataset.metadata.as_deref())?;
    let list = metadata.get_mut("indexes").and_then(Value::as_array_mut);
    let before = list.as_ref().map_or(0, |list| list.len());
    let after = list.map_or(0, |list| {
        list.retain(|index| index["name"] != name);
        list.len()
    });
    if after == before {
        return Err(Refusal::not_found("Index"));
    }
    dataset.metadata = Some(metadata.to_string());
    Ok(crate::backend::store::assets::update(act.db, dataset)?)
}
