//! Trying again by itself what has failed, when the cause of that has gone.
//!
//! No refusal of the hub depends on another entity having arrived, but that of an item that was changed together with a
//! refused one. What could not be applied here is tried again by `pull::kept`, after every page.

use protocol::retry_rule::{UNIT_REJECTED, newer_hub_may_accept};
use protocol::wire::EntityRef;
use rusqlite::Transaction;
use sqlite::{Fault, ReadRow};

use crate::push::requeue::requeue;

/// The hub says which version it is: opens what an older one has refused. It says so with every answer and page, and each
/// version of the hub is asked once.
///
/// # Errors
/// What SQLite said.
pub fn hub_is(tx: &Transaction<'_>, told: Option<&str>) -> Result<(), Fault> {
    let Some(told) = told else { return Ok(()) };
    let (known, failed): (Option<String>, i64) = tx
        .prepare_cached("select hub_version, failed from sync_chain, sync_context")?
        .query_row([], |row| Ok((row.read(0)?, row.read(1)?)))?;
    if failed > 0 {
        for (of, code, refused_by_version) in refused(tx)? {
            if newer_hub_may_accept(&code, refused_by_version.as_deref().or(known.as_deref()), told) {
                tracing::info!(
                    ?of,
                    code,
                    told,
                    "head office has a newer version than the one that refused it; it is tried again"
                );
                requeue(tx, &of, false)?;
            }
        }
    }
    if known.as_deref() != Some(told) {
        ask_of_unnamed(tx)?;
        tx.prepare_cached("update sync_chain set hub_version = ?1 where id = 1")?.execute([told])?;
    }
    Ok(())
}

/// A hub of which nothing is heard but that it has applied something does not know its type, and only keeps it. Another
/// version may: what it has of that is compared once.
fn ask_of_unnamed(tx: &Transaction<'_>) -> Result<(), Fault> {
    // From the few bases, not through all that was ever sent.
    let sql = "update sync_state set cloud_version = 0 where cloud_version is null and (entity_type, entity_id) in (
        select entity_type, entity_id from sync_bases where awaits_stream = 1)";
    tx.prepare_cached(sql)?.execute([])?;
    Ok(())
}

fn refused(tx: &Transaction<'_>) -> Result<Vec<(EntityRef, String, Option<String>)>, Fault> {
    let mut statement = tx.prepare_cached(
        "select entity_type, entity_id, coalesce(error_code, ''), refused_by_version from sync_state
         where status = 'failed' order by seq",
    )?;
    let rows = statement.query_map([], |row| Ok((of(row)?, row.read(2)?, row.read(3)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Opens what was refused only because it was changed together with an item that waits again by now.
///
/// # Errors
/// What SQLite said.
pub fn with_its_unit(tx: &Transaction<'_>) -> Result<(), Fault> {
    for of in refused_with_others(tx)? {
        requeue(tx, &of, false)?;
    }
    Ok(())
}

/// Whether [`with_its_unit`] has anything to do.
///
/// # Errors
/// What SQLite said.
pub fn refused_with_others(tx: &Transaction<'_>) -> Result<Vec<EntityRef>, Fault> {
    let mut statement = tx.prepare_cached(WITH_OTHERS)?;
    let rows = statement.query_map([UNIT_REJECTED], of)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

const WITH_OTHERS: &str = "
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
