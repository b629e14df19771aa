//! Applies one step of a snapshot in one small transaction, so that a till never waits for longer than one step.

use std::collections::{BTreeSet, HashSet};

use jiff::Timestamp;
use protocol::entity::{Owner, find};
use protocol::snapshot::Head;
use protocol::updates::Update;
use protocol::wire::EntityRef;
use rusqlite::{Transaction, params};
use sqlite::ReadRow;

use crate::entities::base::{awaits_stream, base};
use crate::error::QueueError;
use crate::progress::cursor::put_cursor;
use crate::progress::expected_heads;
use crate::progress::range::{Scope, end, next};
use crate::progress::snapshot::{SnapshotState, clear, cursor_of, owned_applies, refuse, running_snapshot};
use crate::pull::apply_update::{apply_update, requeue_lost};
use crate::reconcile::rejoin;
use crate::reconcile::shared::absent_at_hub;
use crate::snapshot::read::{Part, Segment, Step, after_all};
use crate::unapplied::UpdateSource;

/// Result of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepResult {
    /// It is applied, now or before.
    Applied,
    /// It was the last one.
    Finished,
    /// Another file, or none, is being applied.
    Replaced,
}

/// Applies a step of the file with this content, if it is the next one.
///
/// # Errors
/// [`QueueError`]; then nothing of the step is stored.
pub fn apply(
    tx: &Transaction<'_>,
    head: &Head,
    content: &str,
    step: &Step,
    now: Timestamp,
) -> Result<StepResult, QueueError> {
    let Some(SnapshotState::Applying(at)) = running_snapshot(tx)?.filter(|found| has_content(found, content)) else {
        return Ok(StepResult::Replaced);
    };
    if at.lines != step.at {
        return Ok(if at.lines > step.at { StepResult::Applied } else { StepResult::Replaced });
    }
    match &step.part {
        Part::Shared(segment) if at.shared => shared(tx, segment, now)?,
        Part::Owned(segment) if owned_applies(tx, head)? => {
            rejoin::compare(tx, &segment.after, Some(&segment.to), &segment.entities, now)?;
        }
        Part::Shared(_) | Part::Owned(_) => {}
        Part::End { shared, owned } => {
            finish(tx, head, at.shared, shared, owned, now)?;
            return Ok(StepResult::Finished);
        }
    }
    tx.execute("update sync_snapshot set lines = ?1", params![step.at + step.lines])?;
    Ok(StepResult::Applied)
}

fn has_content(found: &SnapshotState, content: &str) -> bool {
    matches!(found, SnapshotState::Applying(at) if at.content == content)
}

/// Like a range of the comparison, except that a base that a reply has raised since the file was made stays: the stream
/// shows it, or it is compared at the head.
fn shared(tx: &Transaction<'_>, segment: &Segment<Update>, now: Timestamp) -> Result<(), QueueError> {
    for update in &segment.entities {
        if !overtaken(tx, update)? {
            apply_update(tx, update, UpdateSource::Comparison, now)?;
        }
    }
    let listed = segment.entities.iter().map(|update| &update.of).collect();
    requeue_absent(tx, &segment.after, &segment.to, &listed)
}

fn overtaken(tx: &Transaction<'_>, update: &Update) -> Result<bool, QueueError> {
    let of = &update.of;
    let newer = base(tx, &of.entity_type, &of.entity_id)?.is_some_and(|base| base.token.n > update.token.n);
    Ok(newer && awaits_stream(tx, of)?)
}

fn requeue_absent(
    tx: &Transaction<'_>,
    after: &EntityRef,
    to: &EntityRef,
    listed: &HashSet<&EntityRef>,
) -> Result<(), QueueError> {
    for of in absent_at_hub(tx, after, Some(to), listed)? {
        if !awaits_stream(tx, &of)? {
            requeue_lost(tx, &of)?;
        }
    }
    Ok(())
}

/// Handles the types of which the hub has no entities, then sets the cursor.
fn finish(
    tx: &Transaction<'_>,
    head: &Head,
    with_shared: bool,
    shared: &BTreeSet<String>,
    owned: &BTreeSet<String>,
    now: Timestamp,
) -> Result<(), QueueError> {
    let none_listed = HashSet::new();
    let from = |entity_type: &str| EntityRef { entity_type: entity_type.to_owned(), entity_id: String::new() };
    if with_shared {
        for entity_type in
            types(tx, "(select entity_type from sync_bases union select entity_type from sync_unapplied_updates)")?
                .iter()
                .filter(|name| !shared.contains(*name))
        {
            requeue_absent(tx, &from(entity_type), &after_all(entity_type), &none_listed)?;
        }
        put_cursor(tx, &cursor_of(head)?)?;
        expected_heads::clear(tx)?;
        end(tx, Scope::Shared)?;
    }
    if owned_applies(tx, head)? {
        let is_owned = |name: &str| find(name).is_some_and(|entity| entity.owner == Owner::Outlet);
        for entity_type in types(tx, "sync_state")?.iter().filter(|name| is_owned(name) && !owned.contains(*name)) {
            rejoin::compare(tx, &from(entity_type), Some(&after_all(entity_type)), &[], now)?;
        }
        rejoin::finish(tx)?;
    }
    // Compare the rest by ranges; another file of the same kind would not help.
    if next(tx)?.is_some() { refuse(tx) } else { clear(tx) }
}

fn types(tx: &Transaction<'_>, table: &str) -> Result<Vec<String>, QueueError> {
    let sql = format!("select distinct entity_type from {table} order by entity_type");
    let mut statement = tx.prepare_cached(&sql)?;
    let rows = statement.query_map([], |row| row.read(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
