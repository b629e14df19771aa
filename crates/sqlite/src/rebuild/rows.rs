//! Copies and counts the rows of one table.

use std::path::Path;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, Row, params_from_iter};

use super::source::{MAX_VALUE, Source};
use super::{TableRows, shown};
use crate::{CopyError, OpenError, ReadRow};

/// Maximum number of rejected rows to report per table.
const MAX_ROWS: usize = 5;

/// Copies the rows of a table into our empty one with `columns`. A row that fails our checks is omitted, counted and
/// reported.
pub(super) fn copy(
    source: &Source,
    target: &Connection,
    to: &Path,
    table: &str,
    columns: Vec<String>,
) -> Result<TableRows, CopyError> {
    let write = |error: rusqlite::Error| OpenError::from_sqlite(to, &error);
    let read = |error: rusqlite::Error| source.failed(&error);
    let key = key(target, table).map_err(write)?;
    let mut columns: Vec<_> = columns.into_iter().map(|name| format!("\"{name}\"")).collect();
    // An unreadable row is identified by its rowid.
    let rowid_query = format!("select rowid from \"{table}\"");
    if target.prepare(&rowid_query).is_ok() && source.connection.prepare(&rowid_query).is_ok() {
        columns.push("rowid".to_owned());
    }
    let list = columns.join(", ");
    let values = (1..=columns.len()).map(|n| format!("?{n}")).collect::<Vec<_>>().join(", ");
    // Rows that a migration inserted.
    target.execute(&format!("delete from \"{table}\""), []).map_err(write)?;
    let mut insert = target.prepare(&format!("insert into \"{table}\" ({list}) values ({values})")).map_err(write)?;
    // `octet_length` does not read the value.
    let is_large = |column: &String| format!("coalesce(octet_length({column}), 0) > {MAX_VALUE}");
    let small = columns.iter().map(|column| format!("iif({}, null, {column})", is_large(column)));
    let (small, large) =
        (small.collect::<Vec<_>>().join(", "), columns.iter().map(is_large).collect::<Vec<_>>().join(" or "));
    let get = format!("select {small}, {large} from \"{table}\" not indexed");
    let mut get = source.connection.prepare(&get).map_err(read)?;
    let mut rows = get.query([]).map_err(read)?;
    let mut copied = TableRows { table: table.to_owned(), found: 0, taken: 0, refused: Vec::new() };
    while let Some(row) = rows.next().map_err(read)? {
        copied.found += 1;
        if row.get(columns.len()).map_err(read)? {
            if copied.refused.len() < MAX_ROWS {
                copied.refused.push(shown(&format!(
                    "{} (a value of more than {} MiB)",
                    key_text(row, &key),
                    MAX_VALUE >> 20
                )));
            }
            continue;
        }
        let values: Vec<ValueRef<'_>> =
            (0..columns.len()).map(|column| row.get_ref(column)).collect::<Result<_, _>>().map_err(read)?;
        match insert.execute(params_from_iter(values.into_iter().map(ToSqlOutput::Borrowed))) {
            Ok(_) => copied.taken += 1,
            Err(error) if is_constraint_violation(&error) => {
                if copied.refused.len() < MAX_ROWS {
                    copied.refused.push(shown(&format!("{} ({error})", key_text(row, &key))));
                }
            }
            Err(error) => return Err(write(error).into()),
        }
    }
    let copied_rows: i64 =
        target.query_row(&format!("select count(*) from \"{table}\""), [], |row| row.read(0)).map_err(write)?;
    if u64::try_from(copied_rows) != Ok(copied.taken) {
        return Err(source.tampered(format!("has rows in {table} that replace each other")).into());
    }
    Ok(copied)
}

fn is_constraint_violation(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch))
}

/// Indexes of the key columns, or of the first column if the table has no key.
fn key(target: &Connection, table: &str) -> rusqlite::Result<Vec<usize>> {
    let mut statement = target.prepare("select cid from pragma_table_info(?1) where pk > 0 order by pk")?;
    let key: Vec<usize> = statement.query_map([table], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(if key.is_empty() { vec![0] } else { key })
}

fn key_text(row: &Row<'_>, key: &[usize]) -> String {
    let value = |&column: &usize| match row.get_ref(column) {
        Ok(ValueRef::Integer(number)) => number.to_string(),
        Ok(ValueRef::Real(number)) => number.to_string(),
        Ok(ValueRef::Text(bytes)) => String::from_utf8_lossy(bytes).into_owned(),
        Ok(ValueRef::Blob(bytes)) => format!("{} bytes", bytes.len()),
        Ok(ValueRef::Null) | Err(_) => "null".to_owned(),
    };
    key.iter().map(value).collect::<Vec<_>>().join(", ")
}
