//! Finds values that cannot be read as declared: text that is not UTF-8, ids that no other program can write, and
//! invalid lists. The sqlite3 shell can write them, and no CHECK can require UTF-8.
//!
//! Such a row blocks nothing: `sqlite::text` reads it anyway, and `push::unsendable` keeps it out of batches. This
//! module names table, row, column, and the statement that corrects it.

use protocol::entity::{Child, Encoding, Entity};
use rusqlite::types::ValueRef;
use rusqlite::{OptionalExtension, Transaction};
use serde_json::Value;
use sqlite::text::{escape, is_escaped, is_readable, raw};
use sqlite::{Fault, ReadRow};
use web::Notice;
use web::messages::{Arg, Message, Reason, ReasonCode};

/// Small tables of the shop, cheap enough for every status check.
const CATALOG: [&str; 14] = [
    "announcements",
    "categories",
    "charges",
    "menus",
    "outlet_charges",
    "outlet_config",
    "outlet_menus",
    "outlet_prices",
    "outlet_products",
    "prices",
    "products",
    "settings",
    "tables",
    "tenders",
];

/// A value that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// Name of the table.
    pub table: String,
    /// Condition that selects the row: `rowid = 7`, or `id = 'x'` in a table without a rowid.
    pub row: String,
    /// Name of the column.
    pub column: String,
    /// The `reason` argument of the message.
    pub why: &'static str,
}

impl Unreadable {
    /// What is wrong, and the statement that corrects it.
    #[must_use]
    pub fn to_message(&self) -> Message {
        let Self { table, row, column, why } = self;
        // Our only column name that is an SQL keyword.
        let name = if column == "update" { "\"update\"" } else { column };
        let message = Notice::UnreadableValue.with("table", table.as_str()).with("row", row.as_str());
        message.with("column", column.as_str()).with("name", name).with("reason", *why)
    }
}

/// Values named in one reason.
const MAX_NAMED: usize = 3;

/// Why a row with these values is not synced.
#[must_use]
pub fn reason(found: &[Unreadable]) -> Reason {
    let values = Arg::list(found.iter().map(Unreadable::to_message), MAX_NAMED);
    ReasonCode::UnreadableRow.with("reason", "values").with("values", values).into()
}

const NOT_TEXT: &str = "text";
const NOT_AN_ID: &str = "id";
const NOT_A_LIST: &str = "list";

/// Unreadable values of an entity: in its own row, then in its child rows.
///
/// # Errors
/// The database failed.
pub fn in_entity(tx: &Transaction<'_>, entity: &Entity, id: &str) -> Result<Vec<Unreadable>, Fault> {
    let mut found = Vec::new();
    let column = |name: &'static str, list: bool| Column { name: name.to_owned(), id: name == "id", list };
    let fields = |fields: &'static [protocol::entity::Field]| {
        let declared = fields.iter().map(|field| column(field.name, field.encoding == Encoding::List));
        std::iter::once(column("id", false)).chain(declared).collect::<Vec<_>>()
    };
    in_rows(tx, entity.table, &fields(entity.fields), Some(("id", id)), usize::MAX, &mut found)?;
    for Child { table, parent, fields: declared, .. } in entity.children {
        in_rows(tx, table, &fields(declared), Some((parent, id)), usize::MAX, &mut found)?;
    }
    Ok(found)
}

/// Unreadable values in all tables, at most `limit`. Reads the whole database.
///
/// # Errors
/// The database failed.
pub fn in_database(tx: &Transaction<'_>, limit: usize) -> Result<Vec<Unreadable>, Fault> {
    // The queue and the catalog's changes copy the ids of other tables byte for byte.
    let sql = "select name from pragma_table_list where schema = 'main' and type = 'table'
        and substr(name, 1, 7) <> 'sqlite_' and name not in ('sync_state', 'sync_links', 'catalog_changes') order by name";
    let tables = tx.prepare(sql)?.query_map([], |row| row.read(0))?.collect::<Result<Vec<String>, _>>()?;
    in_tables(tx, tables.iter().map(String::as_str), limit)
}

/// Unreadable values in the small tables of the shop, at most `limit`.
///
/// # Errors
/// The database failed.
pub fn in_catalog(tx: &Transaction<'_>, limit: usize) -> Result<Vec<Unreadable>, Fault> {
    in_tables(tx, CATALOG.into_iter().chain(["users"]), limit)
}

fn in_tables<'n>(
    tx: &Transaction<'_>,
    tables: impl Iterator<Item = &'n str>,
    limit: usize,
) -> Result<Vec<Unreadable>, Fault> {
    let mut found = Vec::new();
    for table in tables {
        let sql = "select name from pragma_table_info(?1) where type = 'TEXT' order by cid";
        let mut statement = tx.prepare_cached(sql)?;
        let columns = statement.query_map([table], |row| {
            let name: String = row.read(0)?;
            // Only columns named `id`, as in all of our tables, are checked as ids.
            Ok(Column { id: name == "id", list: false, name })
        })?;
        let columns = columns.collect::<Result<Vec<_>, _>>()?;
        if !columns.is_empty() && found.len() < limit {
            in_rows(tx, table, &columns, None, limit, &mut found)?;
        }
    }
    Ok(found)
}

struct Column {
    name: String,
    /// Whether rows are looked up by it.
    id: bool,
    /// Whether it contains a list as JSON.
    list: bool,
}

impl Column {
    fn fault(&self, value: ValueRef<'_>) -> Option<&'static str> {
        match value {
            ValueRef::Text(bytes) if self.id && is_escaped(&escape(bytes)) => Some(NOT_AN_ID),
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) if !is_readable(bytes) => Some(NOT_TEXT),
            ValueRef::Text(bytes) if self.list && serde_json::from_slice::<Vec<Value>>(bytes).is_err() => {
                Some(NOT_A_LIST)
            }
            _ => None,
        }
    }
}

/// Checks the rows of a table, all or those with this key.
fn in_rows(
    tx: &Transaction<'_>,
    table: &str,
    columns: &[Column],
    key: Option<(&str, &str)>,
    limit: usize,
    found: &mut Vec<Unreadable>,
) -> Result<(), Fault> {
    let keys = keys(tx, table)?;
    let names: Vec<_> = keys.iter().chain(columns.iter().map(|column| &column.name)).map(|name| quoted(name)).collect();
    let only = key.map(|(column, _)| format!(" where {} = ?1", quoted(column))).unwrap_or_default();
    let mut statement = tx.prepare(&format!("select {} from {}{only}", names.join(", "), quoted(table)))?;
    let mut rows = match key {
        Some((_, id)) => statement.query([raw(id)])?,
        None => statement.query([])?,
    };
    while let Some(row) = rows.next()? {
        for (place, column) in columns.iter().enumerate() {
            let Some(why) = column.fault(row.get_ref(keys.len() + place)?) else { continue };
            let parts = keys.iter().enumerate().map(|(n, key)| Ok(format!("{key} = {}", literal(row.get_ref(n)?))));
            let condition = parts.collect::<rusqlite::Result<Vec<_>>>()?.join(" and ");
            found.push(Unreadable { table: table.to_owned(), row: condition, column: column.name.clone(), why });
            if found.len() >= limit {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Columns that select a row in the sqlite3 shell: the rowid, or the primary key of a table without one.
fn keys(tx: &Transaction<'_>, table: &str) -> Result<Vec<String>, Fault> {
    let sql = "select wr from pragma_table_list where schema = 'main' and name = ?1";
    let without_rowid: Option<bool> = tx.prepare_cached(sql)?.query_row([table], |row| row.read(0)).optional()?;
    if without_rowid != Some(true) {
        return Ok(vec!["rowid".to_owned()]);
    }
    let sql = "select name from pragma_table_info(?1) where pk > 0 order by pk";
    let mut statement = tx.prepare_cached(sql)?;
    let rows = statement.query_map([table], |row| row.read(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A value as an SQL literal.
fn literal(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Text(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) if !text.contains(char::is_control) => format!("'{}'", text.replace('\'', "''")),
            _ => {
                let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                format!("cast(x'{digits}' as text)")
            }
        },
        _ => "null".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;
    use crate::capture::schema::SCHEMA;

    fn database() -> Connection {
        let db = Connection::open_in_memory().unwrap();
        for migration in SCHEMA.migrations {
            db.execute_batch(migration.sql).unwrap();
        }
        db
    }

    #[test]
    fn the_condition_of_an_unreadable_value_selects_its_row() {
        let mut db = database();
        db.execute_batch(
            "insert into products (id, name, price) values ('p1', cast(x'436166e9' as text), 1);
             insert into sync_conflicts (id, entity_type, entity_id, field, rule, status, created_at)
               values ('c1', 'product', 'p1', 'name', 'manual', 'open', cast(x'ff' as text));
             insert into order_numbers (business_date, next) values (cast(x'ff00' as text), 2);",
        )
        .unwrap();
        let tx = db.transaction().unwrap();
        let found = in_database(&tx, 10).unwrap();
        let named: Vec<_> = found.iter().map(|u| (u.table.as_str(), u.row.as_str(), u.column.as_str())).collect();
        assert_eq!(
            named,
            [
                ("order_numbers", "business_date = cast(x'ff00' as text)", "business_date"),
                ("products", "rowid = 1", "name"),
                ("sync_conflicts", "rowid = 1", "created_at"),
            ]
        );
        for Unreadable { table, row, column, .. } in &found {
            assert_eq!(tx.execute(&format!("update {table} set {column} = '2026-01-01' where {row}"), []).unwrap(), 1);
        }
        assert_eq!(in_database(&tx, 10).unwrap(), []);
    }
}
