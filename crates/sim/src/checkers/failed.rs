//! No item fails without a cause: an item that keeps failing has failed while the hub accepted other batches, and a
//! rejected item broke a rule or had two epochs.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use protocol::acknowledged::ACKNOWLEDGED_SALE;
use protocol::retry_rule::UNIT_REJECTED;

use crate::faults::Faults;
use crate::file::File;

/// The isolated entities of an outlet with their counted failures.
pub(crate) fn isolated(file: &File) -> Result<BTreeMap<String, i64>> {
    let mut statement =
        file.db()?.prepare_cached("select entity_id, retry_count from sync_state where isolated = 1")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// `suspected_with_hub`: entities that were isolated when another batch failed too; `before`: isolated entities before
/// this reply.
pub(super) fn counted(
    suspected_with_hub: &BTreeSet<String>,
    before: &BTreeMap<String, i64>,
    file: &File,
) -> Result<Vec<String>> {
    let mut tries = file.db()?.prepare_cached("select max(retry_count) from sync_state where entity_id = ?1")?;
    let mut all = Vec::new();
    for (id, count_before) in before.iter().filter(|(id, _)| suspected_with_hub.contains(*id)) {
        let count: Option<i64> = tries.query_row([id], |row| row.get(0))?;
        if count > Some(*count_before) {
            all.push(format!("a failure of {id} counts, although others failed too"));
        }
    }
    Ok(all)
}

/// `suspects`: entities of batches that failed or timed out while the hub was healthy; `bad`: damaged items.
pub(super) fn check(
    faults: Faults,
    suspects: &BTreeSet<String>,
    bad: &BTreeSet<String>,
    file: &File,
) -> Result<Vec<String>> {
    // During an outage many items are isolated for a while without a cause of their own.
    let and_isolated = if faults.poison {
        ""
    } else {
        " union all select 'isolated ' || entity_id from sync_state where isolated = 1"
    };
    let failed = file.texts(&format!(
        "select error_code || ' ' || entity_id from sync_state where status = 'failed'{and_isolated}"
    ))?;
    let unfounded = failed.into_iter().filter(|failed| match failed.split_once(' ') {
        Some((_, id)) if bad.contains(id) => false,
        Some(("keeps_failing" | "isolated", id)) => !suspects.contains(id),
        Some(("not_newer", _)) => faults.only_one_epoch(),
        // A line that moves between a changed sale and a good order puts both into one unit. They are rejected
        // together, and once head office keeps its version of the sale, the good order lacks that line or has it twice
        // until a person corrects it.
        Some((ACKNOWLEDGED_SALE | UNIT_REJECTED | "totals_do_not_add_up", _)) if faults.sales => false,
        _ => !faults.poison && !faults.slips && faults.only_one_epoch(),
    });
    Ok(unfounded.collect())
}
