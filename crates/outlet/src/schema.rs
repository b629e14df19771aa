//! The outlet's schema, and the check that its triggers are what they should be.

use rusqlite::{Connection, Transaction};
use sqlite::{Fault, Migration, Schema};

const INIT: &str = include_str!("../../../sql/schema/001_init.sql");
const SYNC: &str = include_str!("../../../sql/schema/002_sync_system.sql");

/// Every step, in order.
pub const SCHEMA: Schema = Schema {
    migrations: &[
        Migration { version: 1, name: "001_init", sql: INIT },
        Migration { version: 2, name: "002_sync_system", sql: SYNC },
    ],
    marker: "outlet_config",
};

/// A trigger or view of the sync system that is not as this version makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deviation {
    /// `trigger` or `view`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// How it should read; none when it should not be there.
    pub wanted: Option<String>,
}

/// Compares the triggers and views of a database with those of this version.
///
/// # Errors
/// What SQLite said.
pub fn deviations(connection: &Connection) -> Result<Vec<Deviation>, Fault> {
    let ours = Connection::open_in_memory()?;
    ours.execute_batch(INIT)?;
    ours.execute_batch(SYNC)?;
    let (wanted, found) = (parts(&ours)?, parts(connection)?);
    let mut deviations: Vec<_> = wanted
        .iter()
        .filter(|part| !found.contains(part))
        .map(|(kind, name, sql)| Deviation { kind: kind.clone(), name: name.clone(), wanted: Some(sql.clone()) })
        .collect();
    for (kind, name, _) in &found {
        if !wanted.iter().any(|(_, n, _)| n == name) {
            deviations.push(Deviation { kind: kind.clone(), name: name.clone(), wanted: None });
        }
    }
    Ok(deviations)
}

fn parts(connection: &Connection) -> Result<Vec<(String, String, String)>, Fault> {
    let sql = "select type, name, sql from sqlite_master
        where type in ('trigger', 'view') and (name like 'sync\\_%' escape '\\' or name = 'entity_versions') order by name";
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Puts deviating triggers and views right, queues what was missed meanwhile, and clears a guard that was left set.
/// Returns what deviated.
///
/// # Errors
/// What SQLite said.
pub fn repair(tx: &Transaction<'_>) -> Result<Vec<Deviation>, Fault> {
    let deviations = deviations(tx)?;
    for Deviation { kind, name, .. } in &deviations {
        tx.execute_batch(&format!("drop {kind} if exists {name}"))?;
    }
    if !deviations.is_empty() {
        tx.execute_batch(SYNC)?;
    }
    // Settings are changed by `update … where id = 1`, which must always find its row.
    tx.execute("insert or ignore into outlet_config (id) values (1)", [])?;
    tx.execute(
        "update sync_ctx set applying_type = null, applying_id = null, seal = null where applying_type is not null",
        [],
    )?;
    Ok(deviations)
}
