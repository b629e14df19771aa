//! Values that an enum column does not know: written past the schema's checks, or by another version.
//!
//! **The rule, for both servers**: an unknown value is never read as a known one. It is shown unchanged or as
//! `unknown`, grants no rights, blocks nothing else, and is reported here, and for the hub by `unknown_enum_values` of
//! its health.

use rusqlite::Transaction;
use sqlite::{Fault, ReadRow};
use web::Notice;
use web::messages::Arg;

use crate::health::checks::{Depth, Look, Verdict};

/// Maximum number of values named in a message.
const MAX_VALUES: usize = 20;
/// Tables that stay small: a monitor may read them every few seconds.
const SMALL: [&str; 6] = ["users", "products", "charges", "tenders", "settings", "sync_cursors"];

pub(crate) fn unknown(look: &Look<'_>) -> Result<Verdict, Fault> {
    let mut unknown_values = Vec::new();
    for WordColumn { table, column, words } in columns(look.tx)? {
        if look.depth == Depth::Quick && !SMALL.contains(&table.as_str()) {
            continue;
        }
        let sql = format!(
            "select {column}, count(*) from {table} where {column} not in ({words}) group by 1 order by 1 limit {}",
            MAX_VALUES + 1
        );
        let mut statement = look.tx.prepare(&sql)?;
        let found = statement.query_map([], |row| Ok((row.read::<String>(0)?, row.read::<i64>(1)?)))?;
        for found in found {
            let (word, rows) = found?;
            let word: String = word.chars().take(50).flat_map(char::escape_debug).collect();
            let value = Notice::UnknownValue.with("column", column.as_str()).with("table", table.as_str());
            let known = words.split(',').map(|word| word.trim().trim_matches('\'').into()).collect();
            unknown_values.push(value.with("value", word).with("rows", rows).with("known", Arg::List(known)));
        }
    }
    Ok(Verdict::named(unknown_values, "unknown", "values", MAX_VALUES))
}

struct WordColumn {
    table: String,
    column: String,
    /// As SQL: `'open', 'paid'`.
    words: String,
}

/// Columns with a check of the form `check (column in ('one', 'other'))`.
fn columns(tx: &Transaction<'_>) -> Result<Vec<WordColumn>, Fault> {
    let mut statement = tx.prepare_cached("select name, sql from sqlite_master where type = 'table' order by name")?;
    let tables = statement.query_map([], |row| Ok((row.read::<String>(0)?, row.read::<String>(1)?)))?;
    let mut found = Vec::new();
    for table in tables {
        let (table, sql) = table?;
        let checks = sql.split("check (").skip(1).filter_map(|check| {
            let (column, rest) = check.split_once(" in (")?;
            let words = rest.split_once("))")?.0;
            let is_name = column.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
            (is_name && words.starts_with('\'')).then(|| (column.to_owned(), words.to_owned()))
        });
        found.extend(checks.map(|(column, words)| WordColumn { table: table.clone(), column, words }));
    }
    Ok(found)
}
