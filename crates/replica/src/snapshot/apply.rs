//! One step of a snapshot, in one small transaction: the till never waits for more than that.

use std::collections::{BTreeSet, HashSet};

use jiff::Timestamp;
use protocol::entity::{Owner, find};
use protocol::snapshot::Head;
use protocol::updates::Update;
use protocol::wire::EntityRef;
use rusqlite::{Transaction, params};
use sqlite::ReadRow;

use crate::entities::base::{base, is_ahead};
use crate::error::QueueError;
use crate::progress::cursor::put_cursor;
use crate::progress::expected_heads;
use crate::progress::range::{Scope, end, next};
use crate::progress::snapshot::{UnderWay, cursor_of, forget, own_applies, refuse, under_way};
use crate::pull::apply_update::{lost, take};
use crate::reconcile::rejoin;
use crate::reconcile::shared::unknown_there;
use crate::snapshot::read::{Part, Step, Stretch, behind_all};
use crate::unapplied::UpdateSource;

/// What became of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// It is applied, or was before.
    Applied,
    /// It was the last one.
    Finished,
    /// This file is not being applied any more.
    Over,
}

/// Applies a step of the file with this content, if it is the next one.
///
/// # Errors
/// [`QueueError`]; nothing of the step is kept then.
pub fn apply(
    tx: &Transaction<'_>,
    head: &Head,
    content: &str,
    step: &Step,
    now: Timestamp,
) -> Result<Done, QueueError> {
    let Some(UnderWay::Applying(at)) = under_way(tx)?.filter(|found| is_of(found, content)) else {
        return Ok(Done::Over);
    };
    if at.lines != step.at {
        return Ok(if at.lines > step.at { Done::Applied } else { Done::Over });
    }
    match &step.part {
        Part::Shared(stretch) if at.shared => shared(tx, stretch, now)?,
        Part::Own(stretch) if own_applies(tx, head)? => {
            rejoin::compare(tx, &stretch.after, Some(&stretch.to), &stretch.entities, now)?;
        }
        Part::Shared(_) | Part::Own(_) => {}
        Part::End { shared, owned } => {
            finish(tx, head, at.shared, shared, owned, now)?;
            return Ok(Done::Finished);
        }
    }
    tx.execute("update sync_snapshot set lines = ?1", params![step.at + step.lines])?;
    Ok(Done::Applied)
}

fn is_of(found: &UnderWay, content: &str) -> bool {
    matches!(found, UnderWay::Applying(at) if at.content == content)
}

/// As a range of the comparison, but that a base which an answer has raised since the file was made is left alone: the
/// streams show it, or it is compared at their head.
fn shared(tx: &Transaction<'_>, stretch: &Stretch<Update>, now: Timestamp) -> Result<(), QueueError> {
    for update in &stretch.entities {
        if !overtaken(tx, update)? {
            take(tx, update, UpdateSource::ByComparison, now)?;
        }
    }
    let listed = stretch.entities.iter().map(|update| &update.of).collect();
    lose(tx, &stretch.after, &stretch.to, &listed)
}

fn overtaken(tx: &Transaction<'_>, update: &Update) -> Result<bool, QueueError> {
    let of = &update.of;
    let newer = base(tx, &of.entity_type, &of.entity_id)?.is_some_and(|base| base.token.n > update.token.n);
    Ok(newer && is_ahead(tx, of)?)
}

fn lose(
    tx: &Transaction<'_>,
    after: &EntityRef,
    to: &EntityRef,
    listed: &HashSet<&EntityRef>,
) -> Result<(), QueueError> {
    for of in unknown_there(tx, after, Some(to), listed)? {
        if !is_ahead(tx, &of)? {
            lost(tx, &of)?;
        }
    }
    Ok(())
}

/// What the hub has none of at all; then where the streams go on.
fn finish(
    tx: &Transaction<'_>,
    head: &Head,
    with_shared: bool,
    shared: &BTreeSet<String>,
    owned: &BTreeSet<String>,
    now: Timestamp,
) -> Result<(), QueueError> {
    let none = HashSet::new();
    let from = |entity_type: &str| EntityRef { entity_type: entity_type.to_owned(), entity_id: String::new() };
    if with_shared {
        for entity_type in
            types(tx, "(select entity_type from sync_bases union select entity_type from sync_unapplied_updates)")?
                .iter()
                .filter(|name| !shared.contains(*name))
        {
            lose(tx, &from(entity_type), &behind_all(entity_type), &none)?;
        }
        put_cursor(tx, &cursor_of(head)?)?;
        expected_heads::forget(tx)?;
        end(tx, Scope::Shared)?;
    }
    if own_applies(tx, head)? {
        let is_own = |name: &str| find(name).is_some_and(|entity| entity.owner == Owner::Outlet);
        for entity_type in types(tx, "sync_state")?.iter().filter(|name| is_own(name) && !owned.contains(*name)) {
            rejoin::compare(tx, &from(entity_type), Some(&behind_all(entity_type)), &[], now)?;
        }
        rejoin::finish(tx)?;
    }
    // What this file could not settle goes by ranges, not by another file of the same kind.
    if next(tx)?.is_some() { refuse(tx) } else { forget(tx) }
}

fn types(tx: &Transaction<'_>, table: &str) -> Result<Vec<String>, QueueError> {
    let sql = format!("select distinct entity_type from {table} order by entity_type");
    let mut statement = tx.prepare_cached(&sql)?;
    let rows = statement.query_map([], |row| row.read(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
