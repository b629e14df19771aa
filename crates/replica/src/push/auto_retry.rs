//! Retries failed items without a person when the cause of the failure is gone.
//!
//! No rejection depends on another entity having arrived, except that of an item that changed together with a rejected
//! one. `pull::retry` retries unapplied updates after every page.

use protocol::retry_rule::{UNIT_REJECTED, newer_hub_may_accept};
use protocol::wire::EntityRef;
use rusqlite::Transaction;
use sqlite::{Fault, ReadRow};

use crate::push::requeue::requeue;

/// Stores the version of the hub, which comes with every answer and page, and requeues the items that an older version
/// rejected. Each version is tried once.
///
/// # Errors
/// The database failed.
pub fn note_hub_version(tx: &Transaction<'_>, hub_version: Option<&str>) -> Result<(), Fault> {
    let Some(hub_version) = hub_version else { return Ok(()) };
    let (previous, failed): (Option<String>, i64) = tx
        .prepare_cached("select hub_version, failed from sync_chain, sync_context")?
        .query_row([], |row| Ok((row.read(0)?, row.read(1)?)))?;
    if failed > 0 {
        for (of, code, refused_by_version) in rejected(tx)? {
            if newer_hub_may_accept(&code, refused_by_version.as_deref().or(previous.as_deref()), hub_version) {
                tracing::info!(
                    ?of,
                    code,
                    hub_version,
                    "the hub is newer than the version that rejected this item; retrying it"
                );
                requeue(tx, &of, false)?;
            }
        }
    }
    if previous.as_deref() != Some(hub_version) {
        compare_unknown_types_again(tx)?;
        tx.prepare_cached("update sync_chain set hub_version = ?1 where id = 1")?.execute([hub_version])?;
    }
    Ok(())
}

/// A hub that has only ever answered `applied` may not know the type and have stored a dead letter. A new version may
/// know it: compare these entities once.
fn compare_unknown_types_again(tx: &Transaction<'_>) -> Result<(), Fault> {
    // Starts at the few bases: `sync_state` has a row for everything ever sent.
    let sql = "update sync_state set cloud_version = 0 where cloud_version is null and (entity_type, entity_id) in (
        select entity_type, entity_id from sync_bases where awaits_stream = 1)";
    tx.prepare_cached(sql)?.execute([])?;
    Ok(())
}

fn rejected(tx: &Transaction<'_>) -> Result<Vec<(EntityRef, String, Option<String>)>, Fault> {
    let mut statement = tx.prepare_cached(
        "select entity_type, entity_id, coalesce(error_code, ''), refused_by_version from sync_state
         where status = 'failed' order by seq",
    )?;
    let rows = statement.query_map([], |row| Ok((of(row)?, row.read(2)?, row.read(3)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Requeues items that were rejected only because of another item of their unit, if that item is pending again.
///
/// # Errors
/// The database failed.
pub fn requeue_rejected_with_unit(tx: &Transaction<'_>) -> Result<(), Fault> {
    for of in rejected_with_unit(tx)? {
        requeue(tx, &of, false)?;
    }
    Ok(())
}

/// The items that [`requeue_rejected_with_unit`] requeues.
///
/// # Errors
/// The database failed.
pub fn rejected_with_unit(tx: &Transaction<'_>) -> Result<Vec<EntityRef>, Fault> {
    let mut statement = tx.prepare_cached(REJECTED_WITH_UNIT)?;
    let rows = statement.query_map([UNIT_REJECTED], of)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

const REJECTED_WITH_UNIT: &str = "
    select f.entity_type, f.entity_id from sync_state f
    where f.status = 'failed' and f.error_code = ?1 and exists (
      select 1 from (
        select to_type as entity_type, to_id as entity_id from sync_links
          where from_type = f.entity_type and from_id = f.entity_id
        union all select from_type, from_id from sync_links where to_type = f.entity_type and to_id = f.entity_id
      ) l cross join sync_state w on w.entity_type = l.entity_type and w.entity_id = l.entity_id
      where +w.status = 'pending' and w.batch_no is null and w.isolated = 0)
    order by f.seq";

fn of(row: &rusqlite::Row<'_>) -> rusqlite::Result<EntityRef> {
    Ok(EntityRef { entity_type: row.read(0)?, entity_id: row.id(1)? })
}
