//! Changes from the hub are not captured: each change of a clean row makes exactly one version of it. Rows that the
//! streams have not shown yet are not checked: the stream may skip a local change that the hub lost, which then becomes
//! an edit again.

use std::collections::BTreeMap;

use anyhow::Result;

use crate::file::File;
use crate::message::Reply;

/// Type and id.
type Of = (String, String);

/// The versions of clean rows that the streams have shown.
pub(crate) fn clean(file: &File) -> Result<BTreeMap<Of, i64>> {
    let sql = "select entity_type, entity_id, version from sync_state s where version = acked_version and not exists (
        select 1 from sync_bases b
        where b.entity_type = s.entity_type and b.entity_id = s.entity_id and b.awaits_stream = 1)";
    let mut statement = file.db()?.prepare_cached(sql)?;
    let rows = statement.query_map([], |row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// `before`: the clean rows before the page was applied; only rows that are still clean are compared.
pub(super) fn check(before: &BTreeMap<Of, i64>, file: &File, reply: &Reply) -> Result<Vec<String>> {
    let Reply::UpdatePage(page) = reply else { return Ok(Vec::new()) };
    let mut changes: BTreeMap<Of, i64> = BTreeMap::new();
    for change in &page.changes {
        let of = &change.update.of;
        *changes.entry((of.entity_type.clone(), of.entity_id.clone())).or_default() += 1;
    }
    let after = clean(file)?;
    let more = changes.iter().filter_map(|(of, changes)| {
        let versions = after.get(of)? - before.get(of)?;
        (versions > *changes).then(|| format!("{changes} changes of {} made {versions} versions", of.1))
    });
    Ok(more.collect())
}
