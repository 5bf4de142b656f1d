//! The columns of a dataset: read out of the `CREATE TABLE` that clients send, kept in the dataset's metadata.

use serde_json::{Map, Value, json};

/// Most columns of a dataset.
pub(crate) const MOST_COLUMNS: usize = 500;

/// One column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    /// Lower case, words joined by underscores (contract, 3.7).
    pub(crate) name: String,
    /// Its SQL type, lower case.
    pub(crate) kind: String,
    pub(crate) is_key: bool,
    pub(crate) is_nullable: bool,
}

/// A name as tables have it: lower case, words joined by underscores.
pub(crate) fn column_name(given: &str) -> String {
    let mut name = String::new();
    for c in given.trim().chars() {
        if c.is_alphanumeric() {
            name.extend(c.to_lowercase());
        } else if !name.is_empty() && !name.ends_with('_') {
            name.push('_');
        }
    }
    while name.ends_with('_') {
        name.pop();
    }
    if name.is_empty() { "column".to_owned() } else { name }
}

/// The columns of a `CREATE TABLE` statement; none if it is not one.
pub(crate) fn columns_of(statement: &str) -> Option<Vec<Column>> {
    let inside = statement.get(statement.find('(')? + 1..statement.rfind(')')?)?;
    let mut columns: Vec<Column> = Vec::new();
    for part in parts(inside) {
        let (name, rest) = first_word(part.trim())?;
        let words = rest.to_uppercase();
        if part.trim_start().to_uppercase().starts_with("PRIMARY KEY")
            || part.trim_start().to_uppercase().starts_with("CONSTRAINT")
        {
            let keys = part.get(part.find('(')? + 1..part.rfind(')')?)?;
            let keys: Vec<String> =
                keys.split(',').map(|key| column_name(key.trim().trim_matches('"'))).collect();
            columns
                .iter_mut()
                .filter(|column| keys.contains(&column.name))
                .for_each(|column| column.is_key = true);
            continue;
        }
        let is_key = words.contains("PRIMARY KEY");
        let end = ["NOT NULL", "PRIMARY KEY", "DEFAULT", "UNIQUE", "CHECK", "REFERENCES"];
        let end = end.iter().filter_map(|word| words.find(word)).min().unwrap_or(rest.len());
        let kind = rest.get(..end).unwrap_or(rest).trim().to_lowercase();
        columns.push(Column {
            name: column_name(name),
            kind: if kind.is_empty() { "text".to_owned() } else { kind },
            is_key,
            is_nullable: !is_key && !words.contains("NOT NULL"),
        });
    }
    (!columns.is_empty()).then_some(columns)
}

/// The parts between commas that are in no parentheses and no quotes.
fn parts(text: &str) -> Vec<&str> {
    let (mut depth, mut quoted, mut start) = (0_i32, false, 0);
    let mut found = Vec::new();
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth -= 1,
            ',' if !quoted && depth == 0 => {
                found.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    found.push(&text[start..]);
    found
}

/// A name, quoted or not, and what follows.
fn first_word(text: &str) -> Option<(&str, &str)> {
    if let Some(rest) = text.strip_prefix('"') {
        return rest.split_once('"');
    }
    (!text.is_empty()).then(|| text.split_once(char::is_whitespace).unwrap_or((text, "")))
}

/// Columns as rows show them, for datasets that bring no statement.
pub(crate) fn columns_in(rows: &[Map<String, Value>]) -> Vec<Column> {
    let mut columns: Vec<Column> = Vec::new();
    for (name, value) in rows.iter().take(100).flatten() {
        let name = column_name(name);
        match columns.iter_mut().find(|column| column.name == name) {
            Some(column) if column.kind.is_empty() => kind_of(value).clone_into(&mut column.kind),
            Some(_) => {}
            None => columns.push(Column {
                name,
                kind: kind_of(value).to_owned(),
                is_key: false,
                is_nullable: true,
            }),
        }
    }
    for column in &mut columns {
        if column.kind.is_empty() {
            "text".clone_into(&mut column.kind);
        }
    }
    columns
}

/// The SQL type of a value; nothing for null.
pub(crate) fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "double precision",
        Value::Number(_) => "bigint",
        Value::Array(_) | Value::Object(_) => "jsonb",
        Value::String(_) => "text",
    }
}

/// Writes columns into a dataset's metadata.
pub(crate) fn write(columns: &[Column], metadata: &mut Value) {
    metadata["columns"] = json!(columns.iter().map(|column| &column.name).collect::<Vec<_>>());
    let kinds: Map<String, Value> =
        columns.iter().map(|column| (column.name.clone(), json!(column.kind))).collect();
    metadata["column_types"] = Value::Object(kinds);
    let named = |wanted: fn(&Column) -> bool| -> Vec<&String> {
        columns.iter().filter(|column| wanted(column)).map(|column| &column.name).collect()
    };
    metadata["primary_key"] = json!(named(|column| column.is_key));
    metadata["not_null"] = json!(named(|column| !column.is_nullable));
}

/// The columns that a dataset's metadata tells.
pub(crate) fn read(metadata: &Value) -> Vec<Column> {
    let names = |field: &str| -> Vec<&str> {
        metadata
            .get(field)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect()
    };
    let (keys, not_null) = (names("primary_key"), names("not_null"));
    let kind =
        |name: &str| metadata.get("column_types").and_then(|kinds| kinds.get(name)).and_then(Value::as_str);
    let columns = names("columns").into_iter().map(|name| Column {
        name: name.to_owned(),
        kind: kind(name).unwrap_or_default().to_owned(),
        is_key: keys.contains(&name),
        is_nullable: !not_null.contains(&name),
    });
    columns.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_tells_its_columns() {
        let sql = "CREATE TABLE IF NOT EXISTS \"datasets\".\"t\" (\n\"Sample ID\" BIGINT PRIMARY KEY,\n  \"T, K\" DOUBLE PRECISION NOT NULL,\n  price NUMERIC(10, 2),\n \"note\" TEXT\n)";
        let columns = columns_of(sql).unwrap();
        let told: Vec<_> =
            columns.iter().map(|c| (c.name.as_str(), c.kind.as_str(), c.is_key, c.is_nullable)).collect();
        assert_eq!(
            told,
            [
                ("sample_id", "bigint", true, false),
                ("t_k", "double precision", false, false),
                ("price", "numeric(10, 2)", false, true),
                ("note", "text", false, true),
            ]
        );
        let own_line = columns_of("CREATE TABLE t (a TEXT, b TEXT, PRIMARY KEY (a, b))").unwrap();
        assert!(own_line.iter().all(|column| column.is_key) && own_line.len() == 2);
        for bad in ["", "DROP TABLE t", "CREATE TABLE t ()", "CREATE TABLE )(", "("] {
            assert_eq!(columns_of(bad), None, "{bad}");
        }
    }

    #[test]
    fn names_and_metadata() {
        assert_eq!(column_name("  MAE (eV) "), "mae_ev");
        assert_eq!(column_name("---"), "column");
        let mut metadata = json!({});
        let columns = columns_of("CREATE TABLE t (a TEXT NOT NULL, b BIGINT PRIMARY KEY)").unwrap();
        write(&columns, &mut metadata);
        assert_eq!(read(&metadata), columns);
    }
}
