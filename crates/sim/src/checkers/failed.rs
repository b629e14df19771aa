//! Nothing fails without a cause: what keeps failing has failed while the hub took other batches, and what was refused
//! broke a rule or had two lives.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use protocol::acknowledged::ACKNOWLEDGED_SALE;
use protocol::retry_rule::UNIT_REJECTED;

use crate::faults::Faults;
use crate::file::File;

/// What an outlet has set aside, and how many tries of it count.
pub(crate) fn isolated(file: &File) -> Result<BTreeMap<String, i64>> {
    let mut statement =
        file.db()?.prepare_cached("select entity_id, retry_count from sync_state where isolated = 1")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// `doubted`: what was set aside when another batch failed too; `before`: what was set aside before this batch was taken in.
pub(super) fn counted(doubted: &BTreeSet<String>, before: &BTreeMap<String, i64>, file: &File) -> Result<Vec<String>> {
    let mut tries = file.db()?.prepare_cached("select max(retry_count) from sync_state where entity_id = ?1")?;
    let mut all = Vec::new();
    for (id, had) in before.iter().filter(|(id, _)| doubted.contains(*id)) {
        let has: Option<i64> = tries.query_row([id], |row| row.get(0))?;
        if has > Some(*had) {
            all.push(format!("a try of {id} counts, although others failed too"));
        }
    }
    Ok(all)
}

/// `to_blame`: what was in a batch that failed or stayed away while the hub was well; `bad`: what was spoiled.
pub(super) fn check(
    faults: Faults,
    to_blame: &BTreeSet<String>,
    bad: &BTreeSet<String>,
    file: &File,
) -> Result<Vec<String>> {
    // In an outage nobody is to blame, and much is set aside for a while.
    let aside = if faults.poison {
        ""
    } else {
        " union all select 'isolated ' || entity_id from sync_state where isolated = 1"
    };
    let failed =
        file.texts(&format!("select error_code || ' ' || entity_id from sync_state where status = 'failed'{aside}"))?;
    let unfounded = failed.into_iter().filter(|failed| match failed.split_once(' ') {
        Some((_, id)) if bad.contains(id) => false,
        Some(("keeps_failing" | "isolated", id)) => !to_blame.contains(id),
        Some(("not_newer", _)) => faults.only_one_epoch(),
        // A line that moves between a sale that the shell has changed and a good order makes one unit of both. They are
        // refused together, and once head office keeps its version of the sale, the good order lacks that line or has it
        // twice until a person corrects it.
        Some((ACKNOWLEDGED_SALE | UNIT_REJECTED | "totals_do_not_add_up", _)) if faults.sales => false,
        _ => !faults.poison && !faults.slips && faults.only_one_epoch(),
    });
    Ok(unfounded.collect())
}
