//! What comes from the hub is not captured: each change of a row that waits for nothing is one version of it. Left out is
//! what the streams have not shown yet: they may go past an own change that the hub has lost, which is an edit again then.

use std::collections::BTreeMap;

use anyhow::Result;

use crate::file::File;
use crate::message::Reply;

/// Type and id.
type Of = (String, String);

/// The versions of what waits for nothing.
pub(crate) fn settled(file: &File) -> Result<BTreeMap<Of, i64>> {
    let sql = "select entity_type, entity_id, version from sync_state s where version = acked_version and not exists (
        select 1 from sync_bases b
        where b.entity_type = s.entity_type and b.entity_id = s.entity_id and b.awaits_stream = 1)";
    let mut statement = file.db()?.prepare_cached(sql)?;
    let rows = statement.query_map([], |row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// `before`: what waited for nothing when the page came; and it still waits for nothing.
pub(super) fn check(before: &BTreeMap<Of, i64>, file: &File, reply: &Reply) -> Result<Vec<String>> {
    let Reply::UpdatePage(page) = reply else { return Ok(Vec::new()) };
    let mut changes: BTreeMap<Of, i64> = BTreeMap::new();
    for change in &page.changes {
        let of = &change.update.of;
        *changes.entry((of.entity_type.clone(), of.entity_id.clone())).or_default() += 1;
    }
    let after = settled(file)?;
    let more = changes.iter().filter_map(|(of, changes)| {
        let versions = after.get(of)? - before.get(of)?;
        (versions > *changes).then(|| format!("{changes} changes of {} made {versions} versions", of.1))
    });
    Ok(more.collect())
}
