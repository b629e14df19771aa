//! Pending and failed changes, conflicts, and differences from head office.

use protocol::capture::captured;
use protocol::entity::{Entity, Owner, find};
use replica::pull::bootstrap;
use sqlite::{Fault, ReadRow};
use web::messages::Arg;

use crate::health::checks::{Look, Verdict};

/// A change that is pending for longer is reported.
const LATE_SECONDS: i64 = 24 * 3_600;
/// A time further ahead comes from a wrong clock, so the age is unknown.
const AHEAD: jiff::SignedDuration = jiff::SignedDuration::from_mins(5);

fn is_by_a_wrong_clock(look: &Look<'_>, since: &str) -> bool {
    since.parse::<jiff::Timestamp>().is_ok_and(|at| at.duration_since(look.now) > AHEAD)
}

pub(crate) fn sales_overdue(look: &Look<'_>) -> Result<Verdict, Fault> {
    let seconds = look.figures.oldest_unsent_sale_seconds;
    if seconds > LATE_SECONDS {
        return Ok(Verdict::degraded("late").with("hours", seconds / 3_600));
    }
    let Some(since) = look.figures.oldest_unsent_sale_at.as_deref() else { return Ok(Verdict::ok()) };
    let verdict =
        if is_by_a_wrong_clock(look, since) { Verdict::degraded("wrong_clock") } else { Verdict::well("pending") };
    Ok(verdict.with("since", since))
}

/// Any change that is pending for more than a day.
pub(crate) fn changes_overdue(look: &Look<'_>) -> Result<Verdict, Fault> {
    let (waiting, oldest) = look.tx.query_row(
        "select (select pending from sync_context), changed_at
         from (select min(seq) as seq from sync_state where status = 'pending') first
         left join sync_state s on s.status = 'pending' and s.seq = first.seq",
        [],
        |row| Ok((row.read::<i64>(0)?, row.read::<Option<String>>(1)?)),
    )?;
    if waiting == 0 {
        return Ok(Verdict::ok());
    }
    let since = oldest.unwrap_or_default();
    let age = since.parse::<jiff::Timestamp>().map_or(0, |since| look.now.duration_since(since).as_secs());
    let verdict = match age {
        _ if is_by_a_wrong_clock(look, &since) => Verdict::degraded("wrong_clock"),
        _ if age > LATE_SECONDS => Verdict::degraded("late"),
        _ => Verdict::well("pending"),
    };
    Ok(verdict.with("count", waiting).with("since", since))
}

pub(crate) fn failed(look: &Look<'_>) -> Result<Verdict, Fault> {
    Ok(Verdict::counted(look.figures.failed_count, "failed"))
}

/// The hub keeps its version until head office decides.
pub(crate) fn changed_sales(look: &Look<'_>) -> Result<Verdict, Fault> {
    Ok(Verdict::counted(look.figures.changed_sale_count, "changed"))
}

pub(crate) fn isolated(look: &Look<'_>) -> Result<Verdict, Fault> {
    Ok(Verdict::counted(look.figures.isolated_count, "isolated"))
}

pub(crate) fn conflicts(look: &Look<'_>) -> Result<Verdict, Fault> {
    Ok(Verdict::counted(look.figures.open_conflict_count, "open"))
}

pub(crate) fn updates(look: &Look<'_>) -> Result<Verdict, Fault> {
    Ok(Verdict::counted(look.figures.unapplied_update_count, "unapplied"))
}

/// Entities that a new machine received from the hub and that head office did not write.
pub(crate) fn unreviewed(look: &Look<'_>) -> Result<Verdict, Fault> {
    let (users, others): (Vec<_>, Vec<_>) =
        bootstrap::list(look.tx)?.into_iter().partition(|received| received.entity_type == "user");
    let others = others.iter().filter(|received| find(&received.entity_type).is_some()).count();
    let verdict = match (users.is_empty(), others) {
        (true, 0) => return Ok(Verdict::ok()),
        (true, _) => Verdict::degraded("others"),
        (false, _) => Verdict::degraded("users"),
    };
    let users = users.into_iter().map(|user| match user.role {
        Some(role) => format!("{} ({role})", user.name),
        None => user.name,
    });
    Ok(verdict.with("users", Arg::list(users, usize::MAX)).with("others", others))
}

pub(crate) fn gap(look: &Look<'_>) -> Result<Verdict, Fault> {
    Ok(match &look.figures.stream_gap_at {
        Some(at) => Verdict::degraded("gap").with("at", at.as_str()),
        None => Verdict::ok(),
    })
}

pub(crate) fn days(look: &Look<'_>) -> Result<Verdict, Fault> {
    Ok(Verdict::named(look.figures.differing_days.clone(), "differs", "days", usize::MAX))
}

/// States that no trigger and no part of the program writes.
pub(crate) fn queue_inconsistent(look: &Look<'_>) -> Result<Verdict, Fault> {
    let sql = "select
          (select count(*) from sync_state where acked_version > version)
        + (select count(*) from sync_state where status = 'success' and version > acked_version)
        + (select count(*) from sync_state s where status = 'discarded' and not exists (
             select 1 from sync_discards d
             where d.kind = 'item' and d.entity_type = s.entity_type and d.entity_id = s.entity_id))";
    let wrong: i64 = look.tx.prepare_cached(sql)?.query_row([], |row| row.read(0))?;
    Ok(Verdict::counted(wrong, "inconsistent"))
}

/// Stored batches are sent again to a restored hub, so the last accepted one must exist.
pub(crate) fn batches_missing(look: &Look<'_>) -> Result<Verdict, Fault> {
    let sql = "select count(*) from sync_chain c where c.batch_id is not null and c.stopped_code is null
        and c.batch_id is not c.root_batch_id
        and not exists (select 1 from sync_batches b where b.batch_id = c.batch_id)";
    let missing: i64 = look.tx.prepare_cached(sql)?.query_row([], |row| row.read(0))?;
    Ok(if missing > 0 { Verdict::degraded("missing") } else { Verdict::ok() })
}

/// Verification and merges need the base revision of each shared entity.
pub(crate) fn bases_missing(look: &Look<'_>) -> Result<Verdict, Fault> {
    let mut missing = 0_i64;
    for Entity { name, table, .. } in captured().filter(|entity| entity.owner == Owner::Both) {
        let sql = format!(
            "select count(*) from {table} t join sync_state s on s.entity_type = '{name}' and s.entity_id = t.id
             where s.acked_version > 0 and s.acked_version = s.version and s.status = 'success' and not exists (
               select 1 from sync_bases b where b.entity_type = '{name}' and b.entity_id = t.id)"
        );
        missing += look.tx.prepare_cached(&sql)?.query_row([], |row| row.read::<i64>(0))?;
    }
    Ok(Verdict::counted(missing, "missing"))
}
