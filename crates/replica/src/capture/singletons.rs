//! Rows of which there is exactly one, and without which the shop or its sync goes by something else: a trigger of the
//! schema puts each back as it was when somebody deletes it. Where the triggers were missing too, the row is made again
//! here, at the start and by the running worker, from what else the database knows; a notice stays for people.

use protocol::capture::captured;
use rusqlite::{OptionalExtension, Transaction, params};
use serde_json::{Map, Value};
use sqlite::{Fault, ReadRow};

use crate::batches;
use crate::capture::schema;
use crate::error::QueueError;

/// Each row: its table, and a query that finds it.
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
/// What SQLite said.
pub fn missing(tx: &Transaction<'_>) -> Result<Vec<&'static str>, Fault> {
    let mut missing = Vec::new();
    for (table, sql) in ROWS {
        if !tx.prepare_cached(sql)?.exists([])? {
            missing.push(*table);
        }
    }
    Ok(missing)
}

/// Makes missing rows again; says which. Selling never stops for it. The chain's row is taken from the batches that were
/// sent, so that the chain rule decides with the hub's next answer; an outlet that was enrolled since is told by the hub to
/// enroll again.
///
/// # Errors
/// What SQLite said.
pub fn put_back(tx: &Transaction<'_>) -> Result<Vec<&'static str>, Fault> {
    let missing = missing(tx)?;
    if missing.is_empty() {
        return Ok(missing);
    }
    // Makes the rows of sync with their defaults, counts again, and queues what was not marked meanwhile.
    tx.execute_batch(schema::SYNC)?;
    tx.execute("insert or ignore into number_series (id) values (1)", [])?;
    tx.execute("insert or ignore into settings (id) values ('outlet')", [])?;
    if missing.contains(&"sync_context") {
        // Without it nothing was queued.
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

/// The newest batch that was accepted says in which epoch and where; none was ever sent: the fresh epoch is as good.
fn chain_from_batches(tx: &Transaction<'_>) -> Result<(), Fault> {
    let sql = "select body, batch_no, batch_id from sync_batches where state = 'accepted' order by id desc limit 1";
    let stood = tx
        .query_row(sql, [], |row| Ok((row.read::<Vec<u8>>(0)?, row.read::<i64>(1)?, row.read::<String>(2)?)))
        .optional()?;
    let Some((body, batch_no, batch_id)) = stood else { return Ok(()) };
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

/// What this shop and head office last agreed on; without that the settings are those of a fresh shop.
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
        // A value that the table refuses leaves the default.
        let _ = tx.execute(&format!("update or ignore settings set {name} = ?1 where id = 'outlet'"), [value])?;
    }
    Ok(())
}

/// Hours of running for which people are told.
const SHOWN_FOR_HOURS: i64 = 7 * 24;

/// Tables whose row was deleted or lost within the last week that the server ran, and when by the clock of then: for people,
/// for no clock decides how long they are told.
///
/// # Errors
/// What SQLite said.
pub fn noticed(tx: &Transaction<'_>) -> Result<Vec<(String, String)>, Fault> {
    let mut statement = tx.prepare_cached(
        "select table_name, min(noticed_at) from sync_notices
         where id > coalesce((select max(last_notice) from sync_hours
             where hour <= (select max(hour) from sync_hours) - ?1), 0)
         group by table_name order by table_name limit 20",
    )?;
    let rows = statement.query_map([SHOWN_FOR_HOURS], |row| Ok((row.read(0)?, row.read(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
