//! The rows of orders: read from the database that created them, and written directly into another one.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

/// Children first, as the outlet writes them.
const TABLES: [(&str, &str); 5] = [
    ("order_lines", "order_id"),
    ("order_charges", "order_id"),
    ("payments", "order_id"),
    ("orders", "id"),
    ("idempotency_keys", "key"),
];

/// For each order, its rows in the order of writing.
pub struct Rows {
    inserts: Vec<String>,
    orders: Vec<Vec<(usize, Vec<Value>)>>,
}

impl Rows {
    /// The last `count` orders of a database.
    pub fn read(path: &Path, count: usize) -> Result<Self> {
        let connection = Connection::open(path)?;
        let mut inserts = Vec::new();
        let mut orders: BTreeMap<String, Vec<(usize, Vec<Value>)>> = BTreeMap::new();
        for (index, (table, key)) in TABLES.iter().enumerate() {
            let mut statement = connection.prepare(&format!(
                "select * from {table} where {key} in (select id from orders order by id desc limit {count}) order by {key}"
            ))?;
            let names: Vec<String> = statement.column_names().iter().map(|n| (*n).to_owned()).collect();
            let key_index = names.iter().position(|name| name == key).context("a table without its key")?;
            let marks = vec!["?"; names.len()].join(", ");
            inserts.push(format!("insert into {table} ({}) values ({marks})", names.join(", ")));
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let values = (0..names.len()).map(|i| row.get(i)).collect::<Result<Vec<Value>, _>>()?;
                let id = row.get::<_, String>(key_index)?;
                orders.entry(id).or_default().push((index, values));
            }
        }
        Ok(Self { inserts, orders: orders.into_values().collect() })
    }

    pub fn len(&self) -> usize {
        self.orders.len()
    }

    /// Writes orders `from..to` in groups of `group`, one commit each, as the outlet groups them.
    pub fn write(&self, connection: &Connection, from: usize, to: usize, group: usize) -> Result<()> {
        let mut inserts = self.inserts.iter().map(|sql| connection.prepare(sql)).collect::<Result<Vec<_>, _>>()?;
        let mut number = connection.prepare(
            "insert into order_numbers (business_date, next) values ('2026-11-22', 2)
             on conflict (business_date) do update set next = next + 1",
        )?;
        for orders in self.orders[from..to].chunks(group) {
            connection.execute_batch("begin immediate")?;
            for rows in orders {
                number.execute([])?;
                for (table, values) in rows {
                    inserts[*table].execute(params_from_iter(values))?;
                }
            }
            connection.execute_batch("commit")?;
        }
        Ok(())
    }
}

/// A new outlet's database in `dir`; with `captured` false, without triggers.
pub fn fresh(dir: &Path, name: &str, captured: bool) -> Result<Connection> {
    let connection = sqlite::open(&dir.join(name), &replica::capture::schema::SCHEMA)?;
    if !captured {
        let triggers: Vec<String> = connection
            .prepare("select name from sqlite_master where type = 'trigger'")?
            .query_map([], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        for trigger in triggers {
            connection.execute_batch(&format!("drop trigger {trigger}"))?;
        }
    }
    Ok(connection)
}
