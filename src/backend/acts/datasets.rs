//! Datasets: laying them down with their columns, taking rows in (contract, 3.7).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Map, Value, json};

use super::Act;
use super::assets::{self as asset_acts, Draft};
use crate::backend::error::Refusal;
use crate::backend::fields::Fields;
use crate::backend::ids::Id;
use crate::backend::shapes::asset::parsed;
use crate::backend::store::assets::{self, Asset};
use crate::backend::store::content;
use crate::backend::table::{self, Column, MOST_COLUMNS};

/// Rows that a preview shows.
const PREVIEW_ROWS: i64 = 12;

/// Rows that a warning names.
const NAMED_ROWS: usize = 10;

/// What became of the rows that were sent.
#[derive(Debug, Default)]
pub(crate) struct Ingest {
    inserted: usize,
    updated: usize,
    skipped: Vec<usize>,
    ignored: BTreeMap<String, usize>,
}

impl Ingest {
    /// Counts, in the wire's shape.
    pub(crate) fn counts(&self, mode: &str) -> Value {
        json!({"inserted": self.inserted, "updated": self.updated, "skipped": self.skipped.len(), "mode": mode})
    }

    /// What the sender should know, if anything.
    pub(crate) fn warning(&self) -> Option<Value> {
        let ignored: Vec<Value> =
            self.ignored.iter().map(|(column, count)| json!({"column": column, "count": count})).collect();
        let mut words = Vec::new();
        if !self.skipped.is_empty() {
            words.push(format!("{} rows were skipped.", self.skipped.len()));
        }
        if !ignored.is_empty() {
            words.push("Columns that the dataset does not have were ignored.".to_owned());
        }
        let rows: Vec<usize> = self.skipped.iter().copied().take(NAMED_ROWS).collect();
        (!words.is_empty())
            .then(|| json!({"message": words.join(" "), "rows": rows, "ignored_columns": ignored}))
    }
}

/// How rows are taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Behind those that are there.
    Append,
    /// In their place.
    Overwrite,
    /// Those with a known key in place of the ones that have it, the others behind.
    Upsert,
    /// Those with a known key change what they name, the others are skipped.
    Update,
}

impl Mode {
    /// From the wire's word.
    pub(crate) fn from_word(word: &str) -> Result<Self, Refusal> {
        match word {
            "append" => Ok(Self::Append),
            "overwrite" => Ok(Self::Overwrite),
            "upsert" => Ok(Self::Upsert),
            "update" => Ok(Self::Update),
            _ => Err(Refusal::field("mode", "must be append, overwrite, upsert or update")),
        }
    }
}

/// Lays a dataset down with its rows.
pub(crate) fn create(
    act: &Act<'_>,
    context: Option<Id>,
    fields: &Fields<'_>,
) -> Result<(Asset, Option<Ingest>), Refusal> {
    let id = act.new_id();
    let given = fields.list("rows")?;
    let mut metadata = Value::Object(fields.object("metadata")?.cloned().unwrap_or_default());
    let columns = match fields.text("schema")? {
        Some(statement) => table::columns_of(statement)
            .ok_or_else(|| fields.wrong("schema", "must be a CREATE TABLE statement"))?,
        None => table::columns_in(&objects(given.map_or(&[], Vec::as_slice))?),
    };
    check_columns(&columns)?;
    table::write(&columns, &mut metadata);
    metadata["table_name"] = json!(format!("dataset_{}", id.to_string().replace('-', "_")));
    metadata["schema"] = json!("datasets");
    promote(fields, &mut metadata)?;
    let draft = Draft { id: Some(id), metadata: Some(metadata), ..Draft::of("dataset") };
    let mut dataset = asset_acts::create(act, context, fields, draft)?;
    dataset.preview = fields.value("preview").filter(|preview| preview.is_array()).map(Value::to_string);
    for index in fields.list("indexes")?.into_iter().flatten() {
        super::columns::add_index(act, &mut dataset, index)?;
    }
    let ingest = given.map(|rows| take_rows(act, &mut dataset, rows, Mode::Append)).transpose()?;
    assets::update(act.db, &dataset)?;
    Ok((dataset, ingest))
}

pub(super) fn check_columns(columns: &[Column]) -> Result<(), Refusal> {
    if columns.len() > MOST_COLUMNS {
        return Err(Refusal::field("schema", "has more than 500 columns"));
    }
    let names: BTreeSet<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    if names.len() < columns.len() {
        return Err(Refusal::field("schema", "names a column twice"));
    }
    Ok(())
}

/// Declares columns as references or as closed sets of words: `refs` and `enum_columns`, plain or in the metadata.
pub(crate) fn promote(fields: &Fields<'_>, metadata: &mut Value) -> Result<(), Refusal> {
    let own = fields.object("metadata")?;
    let columns = table::read(metadata);
    for field in ["refs", "enum_columns"] {
        let given =
            fields.object(field)?.or_else(|| own.and_then(|own| own.get(field)).and_then(Value::as_object));
        let Some(given) = given else { continue };
        let mut declared = metadata.get(field).and_then(Value::as_object).cloned().unwrap_or_default();
        for (name, what) in given {
            let name = table::column_name(name);
            if !columns.iter().any(|column| column.name == name) {
                return Err(fields.wrong(field, &format!("there is no column {name}")));
            }
            if field == "enum_columns" && !what.get("values").is_some_and(Value::is_array) {
                return Err(fields.wrong(field, &format!("{name} needs a list of values")));
            }
            declared.insert(name, what.clone());
        }
        metadata[field] = Value::Object(declared);
    }
    Ok(())
}

fn objects(rows: &[Value]) -> Result<Vec<Map<String, Value>>, Refusal> {
    rows.iter()
        .map(|row| row.as_object().cloned().ok_or_else(|| Refusal::field("rows", "must be objects")))
        .collect()
}

/// Takes rows in and renews the preview.
pub(crate) fn take_rows(
    act: &Act<'_>,
    dataset: &mut Asset,
    rows: &[Value],
    mode: Mode,
) -> Result<Ingest, Refusal> {
    let metadata = parsed(dataset.metadata.as_deref())?;
    let columns = table::read(&metadata);
    let keys: Vec<&str> =
        columns.iter().filter(|column| column.is_key).map(|column| column.name.as_str()).collect();
    if keys.is_empty() && matches!(mode, Mode::Upsert | Mode::Update) {
        return Err(Refusal::conflict("no_primary_key", "This dataset has no primary key to find rows by"));
    }
    if mode == Mode::Overwrite {
        content::clear_rows(act.db, dataset.id)?;
    }
    let mut ingest = Ingest::default();
    let mut places = if keys.is_empty() { HashMap::new() } else { places(act, dataset.id, &keys)? };
    let mut new = Vec::new();
    let first = content::row_count(act.db, dataset.id)?;
    for (at, row) in objects(rows)?.into_iter().enumerate() {
        let row = fitted(&columns, row, mode, &mut ingest);
        check_values(&metadata, &row)?;
        if !refs_exist(act, &metadata, &row)? {
            ingest.skipped.push(at);
            continue;
        }
        let key = key_of(&row, &keys);
        match (places.get(&key).filter(|_| !keys.is_empty()).copied(), mode) {
            (Some(_), Mode::Append | Mode::Overwrite) => {
                return Err(Refusal::conflict(
                    "23505",
                    format!("Row {at} has a primary key that another row has"),
                ));
            }
            (Some(place), Mode::Upsert | Mode::Update) => {
                put_over(act, dataset.id, place, row, mode, (first, &mut new))?;
                ingest.updated += 1;
            }
            (None, Mode::Update) => ingest.skipped.push(at),
            (None, _) => {
                check_not_null(&columns, &row)?;
                places.insert(key, first + i64::try_from(new.len()).unwrap_or(0));
                new.push(Value::Object(row).to_string());
                ingest.inserted += 1;
            }
        }
    }
    content::append_rows(act.db, dataset.id, &new)?;
    renew_preview(act, dataset)?;
    Ok(ingest)
}

/// Writes the beginning of the rows as the preview.
pub(super) fn renew_preview(act: &Act<'_>, dataset: &mut Asset) -> Result<(), Refusal> {
    let first = content::rows(act.db, dataset.id, PREVIEW_ROWS, 0)?;
    dataset.preview = Some(format!("[{}]", first.join(",")));
    dataset.updated_at = act.now;
    Ok(assets::update(act.db, dataset)?)
}

/// A row over one that is kept, or over one that came just before it.
fn put_over(
    act: &Act<'_>,
    dataset: Id,
    place: i64,
    row: Map<String, Value>,
    mode: Mode,
    (first, new): (i64, &mut [String]),
) -> Result<(), Refusal> {
    let fresh = usize::try_from(place - first).ok().filter(|at| *at < new.len());
    let before = match fresh.and_then(|at| new.get(at)) {
        Some(text) => text.clone(),
        None => content::rows(act.db, dataset, 1, place)?.into_iter().next().unwrap_or_default(),
    };
    let mut merged: Map<String, Value> = serde_json::from_str(&before)?;
    if mode == Mode::Upsert {
        merged.clear();
    }
    merged.extend(row);
    let text = Value::Object(merged).to_string();
    match fresh.and_then(|at| new.get_mut(at)) {
        Some(slot) => *slot = text,
        None => content::replace_row(act.db, dataset, place, &text)?,
    }
    Ok(())
}

/// A row under the dataset's own names; what it has no column for is ignored. Only an update may name a part.
fn fitted(
    columns: &[Column],
    row: Map<String, Value>,
    mode: Mode,
    ingest: &mut Ingest,
) -> Map<String, Value> {
    let mut fitted = Map::new();
    for (given, value) in row {
        let name = table::column_name(&given);
        if columns.iter().any(|column| column.name == name || column.name == given) {
            let known = columns.iter().any(|column| column.name == given);
            fitted.insert(if known { given } else { name }, value);
        } else {
            *ingest.ignored.entry(name).or_default() += 1;
        }
    }
    if mode != Mode::Update {
        for column in columns {
            fitted.entry(column.name.clone()).or_insert(Value::Null);
        }
    }
    fitted
}

fn check_not_null(columns: &[Column], row: &Map<String, Value>) -> Result<(), Refusal> {
    let is_null = |column: &&Column| row.get(&column.name).is_none_or(Value::is_null);
    match columns.iter().filter(|column| !column.is_nullable).find(is_null) {
        Some(column) => {
            Err(Refusal::unprocessable("23502", format!("column {} must not be null", column.name)))
        }
        None => Ok(()),
    }
}

/// Columns that are closed sets hold nothing else.
pub(crate) fn check_values(metadata: &Value, row: &Map<String, Value>) -> Result<(), Refusal> {
    for (name, declared) in metadata.get("enum_columns").and_then(Value::as_object).into_iter().flatten() {
        let value = row.get(name).unwrap_or(&Value::Null);
        let values = declared.get("values").and_then(Value::as_array);
        if !value.is_null() && !values.is_some_and(|values| values.contains(value)) {
            return Err(Refusal::unprocessable(
                "23514",
                format!("{value} is none of the values of column {name}"),
            ));
        }
    }
    Ok(())
}

/// Whether every reference of a row leads somewhere.
fn refs_exist(act: &Act<'_>, metadata: &Value, row: &Map<String, Value>) -> Result<bool, Refusal> {
    for (name, declared) in metadata.get("refs").and_then(Value::as_object).into_iter().flatten() {
        let value = row.get(name).unwrap_or(&Value::Null);
        if value.is_null() {
            continue;
        }
        let Some(id) = value.as_str().and_then(Id::find) else { return Ok(false) };
        let exists = if declared.get("kind").and_then(Value::as_str) == Some("action") {
            crate::backend::store::actions::get(act.db, id)?.is_some()
        } else {
            assets::get(act.db, id)?.is_some()
        };
        if !exists {
            return Ok(false);
        }
    }
    Ok(true)
}

fn key_of(row: &Map<String, Value>, keys: &[&str]) -> String {
    json!(keys.iter().map(|key| row.get(*key)).collect::<Vec<_>>()).to_string()
}

/// Where the row of each key is.
fn places(act: &Act<'_>, dataset: Id, keys: &[&str]) -> Result<HashMap<String, i64>, Refusal> {
    let mut places = HashMap::new();
    for (place, row) in (0..).zip(content::rows(act.db, dataset, i64::MAX, 0)?) {
        let row: Map<String, Value> = serde_json::from_str(&row)?;
        places.insert(key_of(&row, keys), place);
    }
    Ok(places)
}
