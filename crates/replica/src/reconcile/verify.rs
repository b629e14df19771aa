//! Whether outlet and hub have the same, without changing anything: ranges by count and hash, and entity by entity only
//! where these differ.
//!
//! Only what is settled counts, and only by a page that was read where the outlet stands: what waits differs rightly. A
//! difference is told if it is still there after another round.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use jiff::Timestamp;
use protocol::entity::{Entity, Owner, find, is_executed};
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

/// Entities in a range: what differs in one is read whole.
const IN_RANGE: i64 = 500;
/// How often a page is asked for that was read elsewhere than the outlet stands.
const TRIES: usize = 20;
const BETWEEN_TRIES: Duration = Duration::from_millis(200);
/// How long the second look waits for a round to end.
const A_ROUND: Duration = Duration::from_secs(10);

/// What the comparison found.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct Verified {
    /// Entities that were compared.
    pub compared: i64,
    /// Entities that are not the same on both sides, by type and id.
    pub differences: Vec<Difference>,
    /// Ranges that could not be compared, because the outlet was selling all the time; ask again.
    pub unsettled_ranges: usize,
    /// The differences are being put right in the background.
    pub repairing: bool,
}

/// An entity that is not the same on both sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Difference {
    /// Which entity.
    pub entity_type: String,
    /// Which entity.
    pub entity_id: String,
    /// How it differs.
    pub kind: Kind,
}

/// How an entity differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Only head office has it.
    MissingHere,
    /// Only the outlet has it.
    MissingThere,
    /// Both have it, not the same of it.
    Content,
}

/// An entity as one side has it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    version_text: String,
    content: String,
    exists: bool,
}

/// What the outlet has in a range; none: it waits, or cannot be compared.
type Here = BTreeMap<EntityRef, Option<Seen>>;

/// Compares everything; changes nothing.
///
/// # Errors
/// [`PullError`].
pub async fn verify(db: &Db, client: &Client, address: &Address) -> Result<Verified, PullError> {
    let look = Look { db, client, address, defaults: db.read(defaults).await? };
    let mut verified = Verified::default();
    for ownership in [Ownership::Owned, Ownership::Shared] {
        let mut suspects = Vec::new();
        for range in look.differing(ownership, &mut verified.compared).await? {
            if !look.differences(ownership, &range).await?.is_some_and(|found| found.is_empty()) {
                suspects.push(range);
            }
        }
        if !suspects.is_empty() {
            look.wait_for_a_round().await?;
        }
        for range in suspects {
            match look.differences(ownership, &range).await? {
                Some(found) => verified.differences.extend(found),
                None => verified.unsettled_ranges += 1,
            }
        }
    }
    Ok(verified)
}

/// Begins to put differences right over the usual link.
///
/// # Errors
/// [`QueueError`].
pub fn repair(tx: &Transaction<'_>, differences: &[Difference], now: Timestamp) -> Result<(), QueueError> {
    let (own, shared): (Vec<_>, Vec<_>) = differences
        .iter()
        .map(|difference| EntityRef {
            entity_type: difference.entity_type.clone(),
            entity_id: difference.entity_id.clone(),
        })
        .partition(|of| find(&of.entity_type).is_some_and(|entity| entity.owner == Owner::Outlet));
    if let (Some(first), Some(last)) = (own.iter().min(), own.iter().max()) {
        schema::queue_unqueued(tx)?;
        range::begin_settled_between(tx, first, last, now)?;
    }
    if !shared.is_empty() {
        range::begin(tx, Scope::Shared, now)?;
    }
    requests::trigger(tx)?;
    Ok(())
}

struct Look<'a> {
    db: &'a Db,
    client: &'a Client,
    address: &'a Address,
    /// A field that head office has not heard of has these at the outlet; that is no difference.
    defaults: HashMap<&'static str, Map<String, Value>>,
}

impl Look<'_> {
    /// The ranges that do not come to the same.
    async fn differing(&self, ownership: Ownership, compared: &mut i64) -> Result<Vec<Range>, PullError> {
        let mut differing = Vec::new();
        let mut from = None;
        loop {
            let begins = from.clone();
            let (range, ours, epoch) = self.db.read(move |tx| print(tx, ownership, begins)).await?;
            let asked = VerifyRequest { ownership, epoch: Some(epoch), ranges: vec![range.clone()] };
            let theirs = self.client.verify(self.address, &asked).await?;
            *compared += ours.count;
            from.clone_from(&range.to);
            if theirs.ranges.first() != Some(&ours) {
                differing.push(range);
            }
            if from.is_none() {
                return Ok(differing);
            }
        }
    }

    /// A range entity by entity; none: every page came from elsewhere than the outlet stood.
    async fn differences(&self, ownership: Ownership, range: &Range) -> Result<Option<Vec<Difference>>, PullError> {
        let mut found = Vec::new();
        let mut after =
            range.from.clone().unwrap_or_else(|| EntityRef { entity_type: String::new(), entity_id: String::new() });
        'pages: loop {
            for _ in 0..TRIES {
                let (there, next, stands) = self.page(ownership, &after).await?;
                let next = next.filter(|next| range.to.as_ref().is_none_or(|to| next < to));
                let to = next.clone().or_else(|| range.to.clone());
                let begins = after.clone();
                let compared = self.db.read(move |tx| {
                    if !stands.here(tx)? {
                        return Ok::<_, QueueError>(None);
                    }
                    let here = seen(tx, ownership, &begins, to.as_ref())?;
                    Ok(Some(compare(&here, &there, to.as_ref())))
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

    /// What the hub has behind an entity, how far the page reaches, and where it was read.
    async fn page(
        &self,
        ownership: Ownership,
        after: &EntityRef,
    ) -> Result<(BTreeMap<EntityRef, Seen>, Option<EntityRef>, Stands), PullError> {
        let epoch = self.db.read(|tx| Ok::<_, QueueError>(chain(tx)?.epoch)).await?;
        if ownership == Ownership::Owned {
            let page = self.client.documents(self.address, after, &epoch.id).await?;
            let seen = page.documents.into_iter().map(|document| {
                let content = owned_content(document.document.as_ref());
                let exists = document.document.is_some();
                (document.of, Seen { version_text: document.version.to_string(), content, exists })
            });
            return Ok((seen.collect(), page.next, Stands::AtBatch(page.chain.position)));
        }
        let page = self.client.entities(self.address, after, &epoch.id).await?;
        // Head office's word on a conflict, or on what is held back here, is carried out and not kept.
        let kept = page.entities.into_iter().filter(|update| !is_executed(&update.of.entity_type));
        let seen = kept.map(|mut update| {
            for (name, value) in self.defaults.get(update.of.entity_type.as_str()).into_iter().flatten() {
                update.document.entry(name).or_insert_with(|| value.clone());
            }
            let content = shared_content(update.document, update.deleted);
            (update.of, Seen { version_text: version_text(&update.token), content, exists: !update.deleted })
        });
        Ok((seen.collect(), page.next, Stands::AtCursor(page.cursor)))
    }

    /// What was on its way at the first look has arrived at the second.
    async fn wait_for_a_round(&self) -> Result<(), PullError> {
        let request = self.db.write(|tx| Ok::<_, QueueError>(requests::trigger(tx)?)).await?;
        let served = async {
            while self.db.read(move |tx| Ok::<_, QueueError>(requests::is_open(tx, request)?)).await? {
                tokio::time::sleep(BETWEEN_TRIES).await;
            }
            Ok::<_, QueueError>(())
        };
        tokio::time::timeout(A_ROUND, served).await.unwrap_or(Ok(()))?;
        Ok(())
    }
}

/// Where a page was read.
enum Stands {
    AtBatch(protocol::wire::Position),
    AtCursor(String),
}

impl Stands {
    /// Whether the outlet stands there too.
    fn here(&self, tx: &Transaction<'_>) -> Result<bool, QueueError> {
        Ok(match self {
            Self::AtBatch(position) => chain(tx)?.position == *position,
            Self::AtCursor(head) => cursor(tx)?.to_string() == *head,
        })
    }
}

fn compare(here: &Here, there: &BTreeMap<EntityRef, Seen>, to: Option<&EntityRef>) -> Vec<Difference> {
    let mut found = BTreeMap::new();
    for (of, theirs) in there.iter().filter(|(of, _)| to.is_none_or(|to| *of <= to)) {
        let kind = match here.get(of) {
            Some(None) => continue,
            Some(Some(ours)) if ours == theirs => continue,
            // Deleted on both sides, and the outlet that came back without it never had to know.
            None if !theirs.exists => continue,
            Some(Some(ours)) if ours.exists == theirs.exists => Kind::Content,
            Some(Some(ours)) if ours.exists => Kind::MissingThere,
            _ => Kind::MissingHere,
        };
        found.insert(of.clone(), kind);
    }
    for of in here.iter().filter(|(of, seen)| seen.is_some() && !there.contains_key(of)).map(|(of, _)| of) {
        found.insert(of.clone(), Kind::MissingThere);
    }
    let difference =
        |(of, kind): (EntityRef, Kind)| Difference { entity_type: of.entity_type, entity_id: of.entity_id, kind };
    found.into_iter().map(difference).collect()
}

/// The next range and what it comes to here, and the life that this is.
fn print(
    tx: &Transaction<'_>,
    ownership: Ownership,
    from: Option<EntityRef>,
) -> Result<(Range, RangeDigest, String), QueueError> {
    let after = from.clone().unwrap_or_else(|| EntityRef { entity_type: String::new(), entity_id: String::new() });
    let to = end(tx, ownership, &after)?;
    let mut fingerprint = Fingerprint::default();
    for (of, seen) in seen(tx, ownership, &after, to.as_ref())? {
        if let Some(Seen { version_text, content, .. }) = seen {
            fingerprint.add(&of, &version_text, &content);
        }
    }
    Ok((Range { from, to }, fingerprint.digest(), chain(tx)?.epoch.id))
}

/// The entity that ends the range behind `after`; none: it reaches to the end.
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
    let mut rows = statement.query_map(params![after.entity_type, after.entity_id, IN_RANGE - 1], of)?;
    Ok(rows.find(ends_a_range).transpose()?)
}

fn of(row: &Row<'_>) -> rusqlite::Result<EntityRef> {
    Ok(EntityRef { entity_type: row.read(0)?, entity_id: row.id(1)? })
}

/// What the outlet has behind `after` up to `to`.
fn seen(
    tx: &Transaction<'_>,
    ownership: Ownership,
    after: &EntityRef,
    to: Option<&EntityRef>,
) -> Result<Here, QueueError> {
    let mut here = Here::new();
    let wanted = |of: &EntityRef| {
        let own = find(&of.entity_type).is_some_and(|entity| entity.owner == Owner::Outlet);
        own == (ownership == Ownership::Owned)
    };
    if ownership == Ownership::Shared {
        for of in list(tx, BASES, after, to)? {
            let seen = shared(tx, &of)?;
            here.insert(of, seen);
        }
        // UpdateSource, could not be applied, and is tried again: told elsewhere. What was discarded differs for good.
        here.extend(list(tx, KEPT, after, to)?.into_iter().map(|of| (of, None)));
    } else {
        for of in list(tx, SETTLED, after, to)?.into_iter().filter(wanted) {
            let seen = own(tx, &of)?;
            here.insert(of, seen);
        }
        // Made while a trigger was missing: head office cannot have it.
        for of in schema::unqueued(tx, after, to)? {
            let seen = unqueued(tx, &of)?;
            here.insert(of, seen);
        }
    }
    here.extend(list(tx, WAITS, after, to)?.into_iter().filter(wanted).map(|of| (of, None)));
    Ok(here)
}

/// What was discarded will not be sent, so that it differs for good. What head office had acknowledged and now refuses, as a
/// paid order that was deleted here, differs until a person decides.
const SETTLED: &str = "select entity_type, entity_id from sync_state where (entity_type, entity_id) > (?1, ?2)
    and (?3 is null or (entity_type, entity_id) <= (?3, ?4))
    and (version <= acked_version or status = 'discarded' or (status = 'failed' and acked_version > 0))
    order by 1, 2";
const WAITS: &str = "select entity_type, entity_id from sync_state where (entity_type, entity_id) > (?1, ?2)
    and (?3 is null or (entity_type, entity_id) <= (?3, ?4))
    and version > acked_version and status <> 'discarded' and not (status = 'failed' and acked_version > 0)
    order by 1, 2";
const BASES: &str = "select entity_type, entity_id from sync_bases where (entity_type, entity_id) > (?1, ?2)
    and (?3 is null or (entity_type, entity_id) <= (?3, ?4)) order by 1, 2";
const KEPT: &str = "select entity_type, entity_id from sync_unapplied_updates where (entity_type, entity_id) > (?1, ?2)
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

fn unqueued(tx: &Transaction<'_>, of: &EntityRef) -> Result<Option<Seen>, QueueError> {
    let Some(entity) = find(&of.entity_type) else { return Ok(None) };
    Ok(Some(seen_as(tx, entity, of, String::new())?))
}

fn own(tx: &Transaction<'_>, of: &EntityRef) -> Result<Option<Seen>, QueueError> {
    let Some(entity) = find(&of.entity_type) else { return Ok(None) };
    let version: i64 = tx
        .prepare_cached("select version from sync_state where entity_type = ?1 and entity_id = ?2")?
        .query_row(params![of.entity_type, raw(&of.entity_id)], |row| row.read(0))?;
    Ok(Some(seen_as(tx, entity, of, version.to_string())?))
}

fn seen_as(tx: &Transaction<'_>, entity: &Entity, of: &EntityRef, version_text: String) -> Result<Seen, QueueError> {
    // A row that cannot be read is there, and no document that head office can have.
    let document = document(tx, entity, &of.entity_id)?;
    let document: Option<Map<String, Value>> = document.map(|json| serde_json::from_str(&json).unwrap_or_default());
    Ok(Seen { version_text, content: owned_content(document.as_ref()), exists: document.is_some() })
}

/// The base, with the row as it is now in its known fields: a row that was changed behind the triggers' back differs.
fn shared(tx: &Transaction<'_>, of: &EntityRef) -> Result<Option<Seen>, QueueError> {
    let (Some(entity), Some(base)) = (find(&of.entity_type), base(tx, &of.entity_type, &of.entity_id)?) else {
        return Ok(None);
    };
    let mut fields = base.fields;
    fields.extend(local_fields(document(tx, entity, &of.entity_id)?.as_deref())?);
    let deleted = fields.get(DELETED) == Some(&Value::Bool(true));
    let content = shared_content(fields, deleted);
    Ok(Some(Seen { version_text: version_text(&base.token), content, exists: !deleted }))
}
