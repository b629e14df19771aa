//! Single rows that the shop and its sync require. A trigger of the schema restores a deleted one. If the trigger was
//! missing too, this module recreates the row from the rest of the database, at the start and in the running worker.
//! Both store a notice for people.

use protocol::capture::captured;
use rusqlite::{OptionalExtension, Transaction, params};
use serde_json::{Map, Value};
use sqlite::{Fault, ReadRow};

use crate::batches;
use crate::capture::schema;
use crate::error::QueueError;

/// Tables, each with a query that finds its row.
const ROWS: &[(&str, &str)] = &[
    ("outlet_config", "select 1 from outlet_config where id = 1"),
    ("settings", "select 1 from settings where id = 'outlet'"),
    ("sync_chain", "select 1 from sync_chain where id = 1"),
    ("sync_context", "select 1 from sync_context where id = 1"),
    ("sync_cursors", "select 1 from (select count(*) as streams from sync_cursors) where streams = 2"),
    ("number_series", "select 1 from number_series where id = 1"),
];

/// Tables that lack their row.
///
/// # Errors
/// The database failed.
pub fn missing(tx: &Transaction<'_>) -> Result<Vec<&'static str>, Fault> {
    let mut missing = Vec::new();
    for (table, sql) in ROWS {
        if !tx.prepare_cached(sql)?.exists([])? {
            missing.push(*table);
        }
    }
    Ok(missing)
}

/// Restores missing rows and returns their tables; selling never stops for it. The chain row is derived from the sent
/// batches, and the chain rule decides with the hub's next answer; if the outlet had enrolled after the last of them,
/// the hub asks it to enroll again.
///
/// # Errors
/// The database failed.
pub fn restore(tx: &Transaction<'_>) -> Result<Vec<&'static str>, Fault> {
    let missing = missing(tx)?;
    if missing.is_empty() {
        return Ok(missing);
    }
    // Creates the rows of sync with defaults, corrects the counters, and queues rows that were not captured.
    tx.execute_batch(schema::SYNC)?;
    tx.execute("insert or ignore into number_series (id) values (1)", [])?;
    tx.execute("insert or ignore into settings (id) values ('outlet')", [])?;
    if missing.contains(&"sync_context") {
        // Without `sync_context` nothing was captured.
        captured().try_for_each(|entity| schema::capture_all(tx, entity))?;
    }
    if missing.contains(&"sync_chain") {
        chain_from_batches(tx)?;
        tx.execute("update sync_chain set bootstrapped = exists (select 1 from sync_bases)", [])?;
    }
    if missing.contains(&"settings") {
        settings_from_base(tx)?;
    }
    for table in &missing {
        tx.execute(
            "insert into sync_notices (code, table_name, noticed_at) values ('row_lost', ?1, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))",
            [table],
        )?;
    }
    Ok(missing)
}

/// Sets epoch and position to those of the newest accepted batch. Without one, the fresh epoch remains.
fn chain_from_batches(tx: &Transaction<'_>) -> Result<(), Fault> {
    let sql = "select body, batch_no, batch_id from sync_batches where state = 'accepted' order by id desc limit 1";
    let last_accepted = tx
        .query_row(sql, [], |row| Ok((row.read::<Vec<u8>>(0)?, row.read::<i64>(1)?, row.read::<String>(2)?)))
        .optional()?;
    let Some((body, batch_no, batch_id)) = last_accepted else { return Ok(()) };
    let epoch = batches::unpack(&body).and_then(|json| Ok(batches::parse(&json)?.epoch));
    let epoch = match epoch {
        Ok(epoch) => epoch,
        Err(QueueError::Fault(fault)) => return Err(fault),
        Err(error) => {
            tracing::error!(%error, "the last batch cannot be read; head office will ask to enroll this outlet again");
            return Ok(());
        }
    };
    tx.execute(
        "update sync_chain set epoch_number = ?1, epoch_id = ?2, batch_no = ?3, batch_id = ?4 where id = 1",
        params![epoch.number, epoch.id, batch_no, batch_id],
    )?;
    Ok(())
}

/// Restores the settings from their base revision; without one, the defaults remain.
fn settings_from_base(tx: &Transaction<'_>) -> Result<(), Fault> {
    let sql = "select document from sync_bases where entity_type = 'setting' and entity_id = 'outlet'";
    let base: Option<String> = tx.query_row(sql, [], |row| row.read(0)).optional()?;
    let fields: Map<String, Value> = base.and_then(|base| serde_json::from_str(&base).ok()).unwrap_or_default();
    for field in protocol::entity::find("setting").map_or(&[][..], |entity| entity.fields) {
        let name = field.name;
        let value = match fields.get(name) {
            Some(Value::String(text)) => rusqlite::types::Value::Text(text.clone()),
            Some(Value::Number(number)) => number.as_i64().map_or(rusqlite::types::Value::Null, Into::into),
            _ => continue,
        };
        // If the table rejects a value, the default remains.
        let _ = tx.execute(&format!("update or ignore settings set {name} = ?1 where id = 'outlet'"), [value])?;
    }
    Ok(())
}

/// Hours of running during which a notice is shown.
const SHOWN_FOR_HOURS: i64 = 7 * 24;

/// Tables whose row was deleted or lost during the last week of running, and the time of the first notice. The week
/// does not depend on the clock.
///
/// # Errors
/// The database failed.
pub fn notices(tx: &Transaction<'_>) -> Result<Vec<(String, String)>, Fault> {
    let mut statement = tx.prepare_cached(
        "select table_name, min(noticed_at) from sync_notices
         where id > coalesce((select max(last_notice) from sync_hours
             where hour <= (select max(hour) from sync_hours) - ?1), 0)
         group by table_name order by table_name limit 20",
    )?;
    let rows = statement.query_map([SHOWN_FOR_HOURS], |row| Ok((row.read(0)?, row.read(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
