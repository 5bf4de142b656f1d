//! SQL over one dataset's rows, read only (contract, 3.7). The rows are laid into a database of their own that
//! nothing else is in, so a hostile query finds nothing, changes nothing, and ends in time.
//!
//! The platform speaks `PostgreSQL`, this server SQLite's dialect: what both understand runs alike.

use std::time::Duration;

use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::limits::Limit;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode};
use serde_json::{Map, Number, Value, json};

use super::error::Refusal;

/// How long a query may run.
const RUN_WITHIN: Duration = Duration::from_secs(10);

/// Rows of an answer that asks for no limit.
const MOST_ROWS: i64 = 10_000;

/// Longest text or blob that a query may make, in bytes.
const LONGEST_VALUE: i32 = 8 * 1024 * 1024;

/// Bytes of an answer.
const LARGEST_ANSWER: usize = 16 * 1024 * 1024;

/// Instructions of SQLite's machine between two looks at the clock.
const LOOK_EVERY: i32 = 10_000;

/// What clients write for the table's name.
const PLACEHOLDER: &str = "{{table}}";

/// What a query gave.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) rows: Vec<Value>,
    /// Rows without a limit.
    pub(crate) total: i64,
    pub(crate) more: bool,
}

/// Runs a query over rows, each an object as JSON text, with these columns. A limit applies on top of the query's.
pub(crate) fn query(
    columns: &[String],
    rows: &[String],
    sql: &str,
    window: Option<(i64, i64)>,
) -> Result<Found, Refusal> {
    query_within(RUN_WITHIN, columns, rows, sql, window)
}

fn query_within(
    within: Duration,
    columns: &[String],
    rows: &[String],
    sql: &str,
    window: Option<(i64, i64)>,
) -> Result<Found, Refusal> {
    let mut db = fill(columns, rows)?;
    lock(&mut db, within)?;
    let sql = sql.trim().trim_end_matches(';').trim_end().replace(PLACEHOLDER, "\"dataset\"");
    let (limit, offset) = window.unwrap_or((MOST_ROWS, 0));
    // One statement that is a query: whatever is not fails to be one inside another.
    let wrapped = format!("SELECT * FROM (\n{sql}\n) LIMIT {} OFFSET {offset}", limit.saturating_add(1));
    let mut statement = db.prepare(&wrapped).map_err(|error| refused(&error))?;
    let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let mut found = Vec::new();
    let mut size = 0;
    let mut cursor = statement.query([]).map_err(|error| refused(&error))?;
    while let Some(row) = cursor.next().map_err(|error| refused(&error))? {
        let mut shape = Map::new();
        for (at, name) in names.iter().enumerate() {
            let value = row.get_ref(at).map_err(|error| refused(&error))?;
            size += name.len() + weight(value);
            shape.insert(name.clone(), json_of(value));
        }
        if size > LARGEST_ANSWER {
            return Err(Refusal::sql(
                "54000",
                "The answer is larger than 16 MB",
                Some("Ask for less: use LIMIT"),
            ));
        }
        found.push(Value::Object(shape));
    }
    let more = i64::try_from(found.len()).unwrap_or(i64::MAX) > limit;
    found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let total = format!("SELECT COUNT(*) FROM (\n{sql}\n)");
    let total = db.query_row(&total, [], |row| row.get(0)).map_err(|error| refused(&error))?;
    Ok(Found { rows: found, total, more })
}

/// A database that holds the rows and nothing else.
fn fill(columns: &[String], rows: &[String]) -> Result<Connection, Refusal> {
    let db = Connection::open_in_memory()?;
    let quoted: Vec<String> =
        columns.iter().map(|name| format!("\"{}\"", name.replace('"', "\"\""))).collect();
    let quoted = if quoted.is_empty() { vec!["\"nothing\"".to_owned()] } else { quoted };
    db.execute_batch(&format!("CREATE TABLE dataset ({}); BEGIN", quoted.join(", ")))?;
    let marks = vec!["?"; quoted.len()].join(", ");
    let mut insert = db.prepare(&format!("INSERT INTO dataset VALUES ({marks})"))?;
    for row in rows {
        let row: Value = serde_json::from_str(row)?;
        for at in 0..quoted.len() {
            let value = columns.get(at).and_then(|name| row.get(name)).unwrap_or(&Value::Null);
            bind(&mut insert, at + 1, value)?;
        }
        insert.raw_execute()?;
    }
    drop(insert);
    db.execute_batch("COMMIT")?;
    Ok(db)
}

fn bind(statement: &mut rusqlite::Statement<'_>, at: usize, value: &Value) -> rusqlite::Result<()> {
    match value {
        Value::Null => statement.raw_bind_parameter(at, rusqlite::types::Null),
        Value::Bool(is) => statement.raw_bind_parameter(at, is),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => statement.raw_bind_parameter(at, whole),
            None => statement.raw_bind_parameter(at, number.as_f64()),
        },
        Value::String(text) => statement.raw_bind_parameter(at, text),
        other => statement.raw_bind_parameter(at, other.to_string()),
    }
}

/// From here on only reading is allowed, for so long, with values so large.
fn lock(db: &mut Connection, within: Duration) -> Result<(), Refusal> {
    db.set_limit(Limit::SQLITE_LIMIT_LENGTH, LONGEST_VALUE)?;
    db.set_limit(Limit::SQLITE_LIMIT_SQL_LENGTH, 100_000)?;
    db.set_limit(Limit::SQLITE_LIMIT_EXPR_DEPTH, 200)?;
    db.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
    db.authorizer(Some(|context: AuthContext<'_>| match context.action {
        AuthAction::Select | AuthAction::Recursive => Authorization::Allow,
        AuthAction::Read { table_name, .. } if !table_name.starts_with("sqlite_") => Authorization::Allow,
        AuthAction::Function { function_name } if function_name != "load_extension" => Authorization::Allow,
        _ => Authorization::Deny,
    }))?;
    let end = crate::clock::monotonic() + within;
    db.progress_handler(LOOK_EVERY, Some(move || crate::clock::monotonic() >= end))?;
    Ok(())
}

fn weight(value: ValueRef<'_>) -> usize {
    match value {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.len(),
        _ => 8,
    }
}

fn json_of(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(whole) => json!(whole),
        ValueRef::Real(real) => Number::from_f64(real).map_or(Value::Null, Value::Number),
        ValueRef::Text(text) => json!(String::from_utf8_lossy(text)),
        ValueRef::Blob(blob) => json!(format!("<{} bytes>", blob.len())),
    }
}

/// What SQLite says of a query, with the code that `PostgreSQL` has for it.
fn refused(error: &rusqlite::Error) -> Refusal {
    let code = error.sqlite_error_code();
    let words = match error {
        rusqlite::Error::SqliteFailure(_, Some(words))
        | rusqlite::Error::SqlInputError { msg: words, .. } => words.clone(),
        other => other.to_string(),
    };
    if code == Some(ErrorCode::OperationInterrupted) {
        return Refusal::sql(
            "57014",
            "The query ran longer than 10 seconds",
            Some("Filter earlier, or add a LIMIT"),
        );
    }
    if code == Some(ErrorCode::AuthorizationForStatementDenied) {
        return Refusal::sql("25006", "Only reading queries over {{table}} are allowed", None);
    }
    if let Some(column) = words.strip_prefix("no such column: ") {
        let hint = Some("Columns are lower case, words joined by underscores: see the dataset's schema");
        return Refusal::sql("42703", &format!("column \"{column}\" does not exist"), hint);
    }
    if let Some(table) = words.strip_prefix("no such table: ") {
        return Refusal::sql(
            "42P01",
            &format!("relation \"{table}\" does not exist"),
            Some("The table is {{table}}"),
        );
    }
    let hint = words
        .contains("syntax error")
        .then_some("One SELECT over {{table}}; this server speaks SQLite's dialect");
    Refusal::sql("42601", &words, hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(sql: &str) -> Result<Found, Refusal> {
        let columns = ["name".to_owned(), "tc".to_owned()];
        let rows: Vec<String> =
            (0..50).map(|n| json!({"name": format!("s{n}"), "tc": f64::from(n) * 1.5}).to_string()).collect();
        query(&columns, &rows, sql, None)
    }

    #[test]
    fn queries_read_the_rows() {
        let found = ask("SELECT count(*) AS n, max(tc) AS top FROM {{table}} WHERE name <> 's1';").unwrap();
        assert_eq!(found.rows, [json!({"n": 49, "top": 73.5})]);
        let columns = ["tc".to_owned()];
        let rows: Vec<String> = (0..50).map(|n| json!({"tc": n}).to_string()).collect();
        let page = query(&columns, &rows, "SELECT tc FROM {{table}} ORDER BY tc", Some((10, 40))).unwrap();
        assert_eq!(
            (page.rows.len(), page.total, page.more, &page.rows[0]["tc"]),
            (10, 50, false, &json!(40))
        );
        let page = query(&columns, &rows, "SELECT tc FROM {{table}}", Some((10, 0))).unwrap();
        assert!(page.more);
    }

    #[test]
    fn hostile_queries_are_refused() {
        for sql in [
            "DROP TABLE dataset",
            "DELETE FROM {{table}}",
            "SELECT 1; DROP TABLE dataset",
            "SELECT 1) ; DELETE FROM dataset; --",
            "ATTACH DATABASE '/tmp/x' AS y",
            "SELECT * FROM sqlite_master",
            "SELECT load_extension('x')",
            "SELECT writefile('/tmp/x', 'y')",
            "SELECT readfile('/etc/passwd')",
            "PRAGMA journal_mode",
            "SELECT * FROM pragma_database_list",
            "WITH x AS (SELECT 1) DELETE FROM dataset",
            "VACUUM INTO '/tmp/x'",
            "SELECT zeroblob(1000000000)",
            "SELECT nothing FROM {{table}}",
            "SELECT * FROM users",
            "SELECT * FROM",
            "",
            "--",
            "\u{0}",
        ] {
            let refusal = ask(sql).map(|found| found.rows).unwrap_err();
            assert_eq!(refusal.status(), 400, "{sql}: {}", refusal.message());
        }
        let deep = format!("SELECT {}1{}", "(".repeat(5_000), ")".repeat(5_000));
        assert_eq!(ask(&deep).unwrap_err().status(), 400);
    }

    #[test]
    fn a_query_without_end_is_stopped() {
        let sql = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
        let stopped = query_within(Duration::from_millis(20), &[], &[], sql, None).unwrap_err();
        assert_eq!((stopped.status(), stopped.code()), (400, "57014"));
    }

    #[test]
    fn an_answer_without_end_is_cut() {
        let sql = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT printf('%1000000d', i) AS x FROM n";
        assert_eq!(ask(sql).unwrap_err().code(), "54000");
    }
}
