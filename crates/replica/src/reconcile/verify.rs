//! Verifies that outlet and hub have the same data, without changing anything: ranges by count and hash, and single
//! entities only in ranges that differ.
//!
//! Compares only acknowledged entities, with pages read at the outlet's position: pending ones may differ. A difference
//! counts if it remains after another round.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use jiff::Timestamp;
use protocol::entity::{ENTITIES, Entity, Owner, find, is_executed};
use protocol::fingerprint::{
    Fingerprint, Ownership, Range, RangeDigest, VerifyRequest, owned_content, shared_content, version_text,
};
use protocol::merge::DELETED;
use protocol::wire::EntityRef;
use rusqlite::{Row, Transaction, params};
use serde::Serialize;
use serde_json::{Map, Value};
use sqlite::text::raw;
use sqlite::{Db, ReadRow};
use utoipa::ToSchema;

use crate::capture::schema;
use crate::chain::chain;
use crate::client::hub::Client;
use crate::client::pull::PullError;
use crate::entities::base::{base, document, local_fields};
use crate::entities::fields::defaults;
use crate::error::QueueError;
use crate::progress::cursor::cursor;
use crate::progress::range::{self, Scope, ends_a_range};
use crate::requests;
use crate::settings::hub_link::Address;

/// Entities in a range; a differing range is read whole.
const RANGE_SIZE: i64 = 500;
/// Attempts to read a page at the outlet's position.
const TRIES: usize = 20;
const BETWEEN_TRIES: Duration = Duration::from_millis(200);
/// Maximum wait for a round before the second comparison.
const ROUND_TIMEOUT: Duration = Duration::from_secs(10);

/// Result of a verification.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct VerifyReport {
    /// Number of compared entities.
    pub compared: i64,
    /// Entities that differ, by type and id.
    pub differences: Vec<Difference>,
    /// Ranges that could not be compared because the outlet was selling all the time; try again.
    pub unsettled_ranges: usize,
    /// Whether the differences are being repaired in the background.
    pub repairing: bool,
}

/// An entity that differs between outlet and hub.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Difference {
    /// Type of the entity.
    pub entity_type: String,
    /// Id of the entity.
    pub entity_id: String,
    /// How it differs.
    pub kind: DifferenceKind,
}

/// How an entity differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DifferenceKind {
    /// Only head office has it.
    MissingAtOutlet,
    /// Only the outlet has it.
    MissingAtHub,
    /// Both have it with different content.
    Content,
}

/// An entity on one side.
#[derive(Debug, Clone, PartialEq, Eq)]
struct EntityState {
    version_text: String,
    content: String,
    exists: bool,
}

/// The outlet's entities in a range; `None`: pending, or not comparable.
type LocalEntities = BTreeMap<EntityRef, Option<EntityState>>;

/// Verifies everything; changes nothing. `on_progress` gets the number of compared entities.
///
/// # Errors
/// [`PullError`].
pub async fn verify(
    db: &Db,
    client: &Client,
    address: &Address,
    on_progress: &(dyn Fn(i64) + Sync),
) -> Result<VerifyReport, PullError> {
    let verifier = Verifier { db, client, address, on_progress, defaults: db.read(defaults).await? };
    let mut verified = VerifyReport::default();
    for ownership in [Ownership::Owned, Ownership::Shared] {
        let mut suspects = Vec::new();
        for range in verifier.differing(ownership, &mut verified.compared).await? {
            if !verifier.differences(ownership, &range).await?.is_some_and(|found| found.is_empty()) {
                suspects.push(range);
            }
        }
        if !suspects.is_empty() {
            verifier.wait_for_a_round().await?;
        }
        for range in suspects {
            match verifier.differences(ownership, &range).await? {
                Some(found) => verified.differences.extend(found),
                None => verified.unsettled_ranges += 1,
            }
        }
    }
    Ok(verified)
}

/// About how many entities [`verify`] compares.
///
/// # Errors
/// [`QueueError`].
pub fn count(tx: &Transaction<'_>) -> Result<i64, QueueError> {
    Ok(count_owned(tx)? + count_shared(tx)?)
}

/// About how many outlet-owned entities a comparison has.
pub(crate) fn count_owned(tx: &Transaction<'_>) -> Result<i64, QueueError> {
    let mut count =
        tx.prepare_cached("select count(*) from sync_state where entity_type = ?1 and acked_version > 0")?;
    let owned = ENTITIES.iter().filter(|entity| entity.owner == Owner::Outlet);
    Ok(owned.map(|entity| count.query_row([entity.name], |row| row.read::<i64>(0))).sum::<Result<_, _>>()?)
}

/// About how many shared entities a comparison has.
pub(crate) fn count_shared(tx: &Transaction<'_>) -> Result<i64, QueueError> {
    Ok(tx.prepare_cached("select count(*) from sync_bases")?.query_row([], |row| row.read(0))?)
}

/// Begins to repair differences through the usual sync.
///
/// # Errors
/// [`QueueError`].
pub fn repair(tx: &Transaction<'_>, differences: &[Difference], now: Timestamp) -> Result<(), QueueError> {
    let (owned, shared): (Vec<_>, Vec<_>) = differences
        .iter()
        .map(|difference| EntityRef {
            entity_type: difference.entity_type.clone(),
            entity_id: difference.entity_id.clone(),
        })
        .partition(|of| find(&of.entity_type).is_some_and(|entity| entity.owner == Owner::Outlet));
    if let (Some(first), Some(last)) = (owned.iter().min(), owned.iter().max()) {
        schema::queue_unqueued(tx)?;
        range::begin_owned_between(tx, first, last, now)?;
    }
    if !shared.is_empty() {
        range::begin(tx, Scope::Shared, now)?;
    }
    requests::trigger(tx)?;
    Ok(())
}

struct Verifier<'a> {
    db: &'a Db,
    client: &'a Client,
    address: &'a Address,
    on_progress: &'a (dyn Fn(i64) + Sync),
    /// Values of fields that head office does not know; they do not count as differences.
    defaults: HashMap<&'static str, Map<String, Value>>,
}

impl Verifier<'_> {
    /// The ranges whose digests differ.
    async fn differing(&self, ownership: Ownership, compared: &mut i64) -> Result<Vec<Range>, PullError> {
        let mut differing = Vec::new();
        let mut from = None;
        loop {
            let start = from.clone();
            let (range, ours, epoch) = self.db.read(move |tx| next_range(tx, ownership, start)).await?;
            let request = VerifyRequest { ownership, epoch: Some(epoch), ranges: vec![range.clone()] };
            let theirs = self.client.verify(self.address, &request).await?;
            *compared += ours.count;
            (self.on_progress)(*compared);
            from.clone_from(&range.to);
            if theirs.ranges.first() != Some(&ours) {
                differing.push(range);
            }
            if from.is_none() {
                return Ok(differing);
            }
        }
    }

    /// Compares a range entity by entity; `None`: no page was read at the outlet's position.
    async fn differences(&self, ownership: Ownership, range: &Range) -> Result<Option<Vec<Difference>>, PullError> {
        let mut found = Vec::new();
        let mut after =
            range.from.clone().unwrap_or_else(|| EntityRef { entity_type: String::new(), entity_id: String::new() });
        'pages: loop {
            for _ in 0..TRIES {
                let (hub, next, position) = self.page(ownership, &after).await?;
                let next = next.filter(|next| range.to.as_ref().is_none_or(|to| next < to));
                let to = next.clone().or_else(|| range.to.clone());
                let start = after.clone();
                let compared = self.db.read(move |tx| {
                    if !position.is_local(tx)? {
                        return Ok::<_, QueueError>(None);
                    }
                    let local = local_entities(tx, ownership, &start, to.as_ref())?;
                    Ok(Some(compare(&local, &hub, to.as_ref())))
                });
                let Some(differences) = compared.await? else {
                    tokio::time::sleep(BETWEEN_TRIES).await;
                    continue;
                };
                found.extend(differences);
                match next {
                    Some(next) => after = next,
                    None => return Ok(Some(found)),
                }
                continue 'pages;
            }
            return Ok(None);
        }
    }

    /// The hub's entities after `after`, the end of the page, and the position where it was read.
    async fn page(
        &self,
        ownership: Ownership,
        after: &EntityRef,
    ) -> Result<(BTreeMap<EntityRef, EntityState>, Option<EntityRef>, ReadPosition), PullError> {
        let epoch = self.db.read(|tx| Ok::<_, QueueError>(chain(tx)?.epoch)).await?;
        if ownership == Ownership::Owned {
            let page = self.client.documents(self.address, after, &epoch.id).await?;
            let entities = page.documents.into_iter().map(|document| {
                let content = owned_content(document.document.as_ref());
                let exists = document.document.is_some();
                (document.of, EntityState { version_text: document.version.to_string(), content, exists })
            });
            return Ok((entities.collect(), page.next, ReadPosition::AtBatch(page.chain.position)));
        }
        let page = self.client.entities(self.address, after, &epoch.id).await?;
        // The outlet executes these and does not store them.
        let stored = page.entities.into_iter().filter(|update| !is_executed(&update.of.entity_type));
        let entities = stored.map(|mut update| {
            for (name, value) in self.defaults.get(update.of.entity_type.as_str()).into_iter().flatten() {
                update.document.entry(name).or_insert_with(|| value.clone());
            }
            let content = shared_content(update.document, update.deleted);
            (update.of, EntityState { version_text: version_text(&update.token), content, exists: !update.deleted })
        });
        Ok((entities.collect(), page.next, ReadPosition::AtCursor(page.cursor)))
    }

    /// Waits for a round, so that changes in flight at the first comparison have arrived at the second.
    async fn wait_for_a_round(&self) -> Result<(), PullError> {
        let request = self.db.write(|tx| Ok::<_, QueueError>(requests::trigger(tx)?)).await?;
        let wait = async {
            while self.db.read(move |tx| Ok::<_, QueueError>(requests::is_open(tx, request)?)).await? {
                tokio::time::sleep(BETWEEN_TRIES).await;
            }
            Ok::<_, QueueError>(())
        };
        tokio::time::timeout(ROUND_TIMEOUT, wait).await.unwrap_or(Ok(()))?;
        Ok(())
    }
}

/// The position at which a page was read.
enum ReadPosition {
    AtBatch(protocol::wire::Position),
    AtCursor(String),
}

impl ReadPosition {
    /// Whether the outlet is at this position.
    fn is_local(&self, tx: &Transaction<'_>) -> Result<bool, QueueError> {
        Ok(match self {
            Self::AtBatch(position) => chain(tx)?.position == *position,
            Self::AtCursor(head) => cursor(tx)?.to_string() == *head,
        })
    }
}

fn compare(local: &LocalEntities, hub: &BTreeMap<EntityRef, EntityState>, to: Option<&EntityRef>) -> Vec<Difference> {
    let mut found = BTreeMap::new();
    for (of, theirs) in hub.iter().filter(|(of, _)| to.is_none_or(|to| *of <= to)) {
        let kind = match local.get(of) {
            Some(None) => continue,
            Some(Some(ours)) if ours == theirs => continue,
            // Deleted on both sides; an outlet that was restored without it never learned of it.
            None if !theirs.exists => continue,
            Some(Some(ours)) if ours.exists == theirs.exists => DifferenceKind::Content,
            Some(Some(ours)) if ours.exists => DifferenceKind::MissingAtHub,
            _ => DifferenceKind::MissingAtOutlet,
        };
        found.insert(of.clone(), kind);
    }
    for of in local.iter().filter(|(of, state)| state.is_some() && !hub.contains_key(of)).map(|(of, _)| of) {
        found.insert(of.clone(), DifferenceKind::MissingAtHub);
    }
    let difference = |(of, kind): (EntityRef, DifferenceKind)| Difference {
        entity_type: of.entity_type,
        entity_id: of.entity_id,
        kind,
    };
    found.into_iter().map(difference).collect()
}

/// The next range, its digest here, and the current epoch.
fn next_range(
    tx: &Transaction<'_>,
    ownership: Ownership,
    from: Option<EntityRef>,
) -> Result<(Range, RangeDigest, String), QueueError> {
    let after = from.clone().unwrap_or_else(|| EntityRef { entity_type: String::new(), entity_id: String::new() });
    let to = end(tx, ownership, &after)?;
    let mut fingerprint = Fingerprint::default();
    for (of, state) in local_entities(tx, ownership, &after, to.as_ref())? {
        if let Some(EntityState { version_text, content, .. }) = state {
            fingerprint.add(&of, &version_text, &content);
        }
    }
    Ok((Range { from, to }, fingerprint.digest(), chain(tx)?.epoch.id))
}

/// The entity that ends the range after `after`; `None`: the range has no end.
fn end(tx: &Transaction<'_>, ownership: Ownership, after: &EntityRef) -> Result<Option<EntityRef>, QueueError> {
    let sql = match ownership {
        Ownership::Owned => {
            "select entity_type, entity_id from sync_state where (entity_type, entity_id) > (?1, ?2)
             order by entity_type, entity_id limit -1 offset ?3"
        }
        Ownership::Shared => {
            "select entity_type, entity_id from sync_bases where (entity_type, entity_id) > (?1, ?2)
             order by entity_type, entity_id limit -1 offset ?3"
        }
    };
    let mut statement = tx.prepare_cached(sql)?;
    let mut rows = statement.query_map(params![after.entity_type, after.entity_id, RANGE_SIZE - 1], of)?;
    Ok(rows.find(ends_a_range).transpose()?)
}

fn of(row: &Row<'_>) -> rusqlite::Result<EntityRef> {
    Ok(EntityRef { entity_type: row.read(0)?, entity_id: row.id(1)? })
}

/// The outlet's entities after `after` up to `to`.
fn local_entities(
    tx: &Transaction<'_>,
    ownership: Ownership,
    after: &EntityRef,
    to: Option<&EntityRef>,
) -> Result<LocalEntities, QueueError> {
    let mut local = LocalEntities::new();
    let in_scope = |of: &EntityRef| {
        let is_owned = find(&of.entity_type).is_some_and(|entity| entity.owner == Owner::Outlet);
        is_owned == (ownership == Ownership::Owned)
    };
    if ownership == Ownership::Shared {
        for of in list(tx, BASES, after, to)? {
            let state = shared_state(tx, &of)?;
            local.insert(of, state);
        }
        // Unapplied updates are retried and reported elsewhere. Discarded ones differ for good.
        local.extend(list(tx, UNAPPLIED, after, to)?.into_iter().map(|of| (of, None)));
    } else {
        for of in list(tx, ACKNOWLEDGED, after, to)?.into_iter().filter(in_scope) {
            let state = owned_state(tx, &of)?;
            local.insert(of, state);
        }
        // Rows created while a trigger was missing: head office cannot have them.
        for of in schema::unqueued(tx, after, to)? {
            let state = unqueued_state(tx, &of)?;
            local.insert(of, state);
        }
    }
    local.extend(list(tx, PENDING, after, to)?.into_iter().filter(in_scope).map(|of| (of, None)));
    Ok(local)
}

/// Discarded items will not be sent, so they differ for good. An item that head office had acknowledged and now
/// rejects, such as the deletion of a paid order, differs until a person decides.
const ACKNOWLEDGED: &str = "select entity_type, entity_id from sync_state where (entity_type, entity_id) > (?1, ?2)
    and (?3 is null or (entity_type, entity_id) <= (?3, ?4))
    and (version <= acked_version or status = 'discarded' or (status = 'failed' and acked_version > 0))
    order by 1, 2";
const PENDING: &str = "select entity_type, entity_id from sync_state where (entity_type, entity_id) > (?1, ?2)
    and (?3 is null or (entity_type, entity_id) <= (?3, ?4))
    and version > acked_version and status <> 'discarded' and not (status = 'failed' and acked_version > 0)
    order by 1, 2";
const BASES: &str = "select entity_type, entity_id from sync_bases where (entity_type, entity_id) > (?1, ?2)
    and (?3 is null or (entity_type, entity_id) <= (?3, ?4)) order by 1, 2";
const UNAPPLIED: &str =
    "select entity_type, entity_id from sync_unapplied_updates where (entity_type, entity_id) > (?1, ?2)
    and (?3 is null or (entity_type, entity_id) <= (?3, ?4)) and state = 'retrying' order by 1, 2";

fn list(
    tx: &Transaction<'_>,
    sql: &str,
    after: &EntityRef,
    to: Option<&EntityRef>,
) -> Result<Vec<EntityRef>, QueueError> {
    let (to_type, to_id) = to.map(|to| (&to.entity_type, &to.entity_id)).unzip();
    let mut statement = tx.prepare_cached(sql)?;
    let rows = statement.query_map(params![after.entity_type, after.entity_id, to_type, to_id], of)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn unqueued_state(tx: &Transaction<'_>, of: &EntityRef) -> Result<Option<EntityState>, QueueError> {
    let Some(entity) = find(&of.entity_type) else { return Ok(None) };
    Ok(Some(entity_state(tx, entity, of, String::new())?))
}

fn owned_state(tx: &Transaction<'_>, of: &EntityRef) -> Result<Option<EntityState>, QueueError> {
    let Some(entity) = find(&of.entity_type) else { return Ok(None) };
    let version: i64 = tx
        .prepare_cached("select version from sync_state where entity_type = ?1 and entity_id = ?2")?
        .query_row(params![of.entity_type, raw(&of.entity_id)], |row| row.read(0))?;
    Ok(Some(entity_state(tx, entity, of, version.to_string())?))
}

fn entity_state(
    tx: &Transaction<'_>,
    entity: &Entity,
    of: &EntityRef,
    version_text: String,
) -> Result<EntityState, QueueError> {
    // An unreadable row exists, but is no document that head office can have.
    let document = document(tx, entity, &of.entity_id)?;
    let document: Option<Map<String, Value>> = document.map(|json| serde_json::from_str(&json).unwrap_or_default());
    Ok(EntityState { version_text, content: owned_content(document.as_ref()), exists: document.is_some() })
}

/// The base overlaid with the current row, so that a row that changed without a trigger differs.
fn shared_state(tx: &Transaction<'_>, of: &EntityRef) -> Result<Option<EntityState>, QueueError> {
    let (Some(entity), Some(base)) = (find(&of.entity_type), base(tx, &of.entity_type, &of.entity_id)?) else {
        return Ok(None);
    };
    let mut fields = base.fields;
    fields.extend(local_fields(document(tx, entity, &of.entity_id)?.as_deref())?);
    let deleted = fields.get(DELETED) == Some(&Value::Bool(true));
    let content = shared_content(fields, deleted);
    Ok(Some(EntityState { version_text: version_text(&base.token), content, exists: !deleted }))
}
