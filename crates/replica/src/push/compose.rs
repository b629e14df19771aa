//! Reads a batch from the queue: the oldest changes first, each entity as it is now, with the entities between which
//! child rows moved.
//!
//! Only reads, from one snapshot of the database, so that it runs beside the writer. [`crate::push::store`] stores the
//! batch if none of its rows has changed.

use std::collections::{BTreeSet, HashSet};
use std::fmt::Write;

use protocol::PROTOCOL;
use protocol::entity::{Entity, Owner, Scope, find};
use protocol::merge::DELETED;
use protocol::rule::{Rule, disabled};
use protocol::validate::{self, Invalid};
use protocol::wire::{Args, ChangedFields, EntityRef, Epoch, Operation, Position, Quarantined, Unapplied};
use rusqlite::{OptionalExtension, Transaction, params};
use serde_json::Value;
use sqlite::text::raw;
use sqlite::{Fault, ReadRow};
use web::messages::{MAX_TEXT_CHARS, Reason, ReasonCode};

use crate::chain::chain;
use crate::entities::base::{Base, base, differences, local_fields, raw_document};
use crate::error::QueueError;
use crate::push::unsendable::Unsendable;
use crate::unreadable::{self, Unreadable};

/// Maximum characters of a time on the wire: the shell can store any text.
const MAX_TIME_CHARS: usize = 30;
/// Uncompressed bytes in a batch; a single larger item is sent alone.
const MAX_BYTES: usize = protocol::limits::BATCH_BYTES;
/// Level 1 saves about 9 µs per order and makes it a sixth larger (decision 0018).
const ZSTD_LEVEL: i32 = 5;

/// The position and the size of a new batch.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The current epoch.
    pub epoch: Epoch,
    /// The batch before it.
    pub after: Position,
    /// Maximum number of items, with a unit counted as one.
    pub limit: usize,
    /// Individual push: this entity and the rest of its unit.
    pub only: Option<EntityRef>,
    /// UUIDv7.
    pub batch_id: String,
}

/// A batch before it is stored.
#[derive(Debug)]
pub struct Composed {
    /// UUIDv7.
    pub batch_id: String,
    /// Its number in the batch chain.
    pub batch_no: i64,
    /// The batch before it in the same epoch.
    pub previous_batch_id: Option<String>,
    /// The rows in it.
    pub rows: Vec<QueuedRow>,
    /// Rows that cannot be sent. With any of these, nothing else is in the batch: they are marked as failed first.
    pub unsendable: Vec<Unsendable>,
    /// Shared entities that equal the hub's version again: nothing to send.
    pub unchanged: Vec<QueuedRow>,
    /// Compressed JSON, as sent.
    pub body: Vec<u8>,
    /// The queue has more than fits.
    pub full: bool,
}

/// A queue row at the time it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuedRow {
    /// Type of the entity.
    pub entity_type: String,
    /// Id of the entity.
    pub entity_id: String,
    /// Its version.
    pub version: i64,
    /// A row that was deleted and created again starts its versions at 1 again, but never has an old seq.
    pub seq: i64,
    /// The fields of a shared entity were calculated against this version.
    pub acked_version: i64,
}

#[derive(Debug, Clone)]
struct Row {
    entity_type: String,
    entity_id: String,
    version: i64,
    acked_version: i64,
    seq: i64,
    changed_at: String,
}

impl Row {
    fn queued(&self) -> QueuedRow {
        QueuedRow {
            entity_type: self.entity_type.clone(),
            entity_id: self.entity_id.clone(),
            version: self.version,
            seq: self.seq,
            acked_version: self.acked_version,
        }
    }
}

/// Reads the next batch; `None` if there is nothing to send, no isolated item to test and nothing to report.
///
/// # Errors
/// [`QueueError`].
pub fn compose(tx: &Transaction<'_>, plan: &Plan) -> Result<Option<Composed>, QueueError> {
    let (quarantined, unapplied) = (quarantined(tx)?, unapplied(tx)?);
    // A batch composed ahead leaves the report to the batch in flight.
    let has_unreported = plan.after == chain(tx)?.position && digest(&quarantined, &unapplied) != reported_digest(tx)?;
    let mut items = Items::new(tx, plan)?;
    let full = items.add_rows()?;
    let has_isolated = tx
        .prepare_cached("select exists (select 1 from sync_state where isolated = 1)")?
        .query_row([], |row| row.read::<bool>(0))?;
    let may_be_empty = (has_isolated || has_unreported) && plan.only.is_none() && !disabled(Rule::EmptyBatch);
    if !items.unsendable.is_empty() {
        return Ok(Some(items.unsendable_first(plan)));
    }
    if items.rows.is_empty() && items.unchanged.is_empty() && !may_be_empty {
        return Ok(None);
    }
    let complete_through = complete_through(tx, &items)?.min(quarantined_through(tx)?);
    let mut json = head(plan, complete_through, &quarantined, &unapplied)?;
    json.push_str(&items.json);
    json.push_str("]}");
    Ok(Some(Composed {
        batch_id: plan.batch_id.clone(),
        batch_no: plan.after.batch_no + 1,
        previous_batch_id: plan.after.batch_id.clone(),
        rows: items.rows,
        unsendable: Vec::new(),
        unchanged: items.unchanged,
        body: zstd::bulk::compress(json.as_bytes(), ZSTD_LEVEL)?,
        full,
    }))
}

fn head(
    plan: &Plan,
    complete_through: i64,
    quarantined: &[Quarantined],
    unapplied: &[Unapplied],
) -> Result<String, QueueError> {
    let mut json = format!(
        r#"{{"protocol":{PROTOCOL},"epoch":{},"batch_no":{},"batch_id":{},"previous_batch_id":{},"complete_through":{complete_through},"#,
        serde_json::to_string(&plan.epoch)?,
        plan.after.batch_no + 1,
        serde_json::to_string(&plan.batch_id)?,
        serde_json::to_string(&plan.after.batch_id)?,
    );
    if !quarantined.is_empty() && !disabled(Rule::Quarantined) {
        let _ = write!(json, r#""quarantined":{},"#, serde_json::to_string(quarantined)?);
    }
    if !unapplied.is_empty() {
        let _ = write!(json, r#""unapplied":{},"#, serde_json::to_string(unapplied)?);
    }
    json.push_str(r#""items":["#);
    Ok(json)
}

/// Whether the quarantine or the unapplied updates differ from the last report to the hub.
///
/// # Errors
/// The database failed.
pub fn has_unreported(tx: &Transaction<'_>) -> Result<bool, Fault> {
    Ok(digest(&quarantined(tx)?, &unapplied(tx)?) != reported_digest(tx)?)
}

fn reported_digest(tx: &Transaction<'_>) -> Result<String, Fault> {
    Ok(tx.prepare_cached("select reported_digest from sync_chain where id = 1")?.query_row([], |row| row.read(0))?)
}

/// Digest of a batch's report; empty if there is nothing to report.
pub(crate) fn digest(quarantined: &[Quarantined], unapplied: &[Unapplied]) -> String {
    if quarantined.is_empty() && unapplied.is_empty() {
        return String::new();
    }
    web::secret::digest(&[&serde_json::to_vec(&(quarantined, unapplied)).unwrap_or_default()])
}

/// The failed, isolated and discarded items, which `complete_through` leaves out. Ordered by seq, as the three partial
/// indexes are; ordered by name it would read every row ever sent.
fn quarantined(tx: &Transaction<'_>) -> Result<Vec<Quarantined>, Fault> {
    let mut statement = tx.prepare_cached(QUARANTINED)?;
    let rows = statement.query_map([MAX_QUARANTINED], |row| {
        let (code, args, message) = reported(Reason::read(row, 4)?);
        Ok(Quarantined {
            of: EntityRef { entity_type: row.read(1)?, entity_id: row.id(2)? },
            seq: row.read(0)?,
            state: row.read(3)?,
            code,
            args,
            message,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

const QUARANTINED: &str = "
    select seq, entity_type, entity_id, 'isolated', error_code, error_args, error_message
      from sync_state where isolated = 1
    union all select seq, entity_type, entity_id, 'failed', error_code, error_args, error_message
      from sync_state where status = 'failed'
    union all select seq, entity_type, entity_id, 'discarded', error_code, error_args, error_message
      from sync_state where status = 'discarded'
    order by seq limit ?1";
/// Quarantined items in one report.
const MAX_QUARANTINED: i64 = 1_000;

/// A reason within the limits of a report; a shell may have written a longer one.
fn reported(reason: Option<Reason>) -> (Option<String>, Args, Option<String>) {
    let Some(reason) = reason else { return (None, Args::new(), None) };
    let text = reason.text().chars().take(MAX_TEXT_CHARS).collect();
    (Some(reason.code().to_owned()).filter(|code| !code.is_empty()), reason.wire_args(), Some(text))
}

/// Limits `complete_through` if there are more quarantined items than a report lists: it ends before the first unlisted
/// one.
fn quarantined_through(tx: &Transaction<'_>) -> Result<i64, Fault> {
    let sql = "select seq from (
          select seq from sync_state where isolated = 1
          union all select seq from sync_state where status = 'failed'
          union all select seq from sync_state where status = 'discarded')
        order by seq limit 1 offset ?1";
    let first: Option<i64> = tx.prepare_cached(sql)?.query_row([MAX_QUARANTINED], |row| row.read(0)).optional()?;
    Ok(first.map_or(i64::MAX, |seq| seq - 1))
}

fn unapplied(tx: &Transaction<'_>) -> Result<Vec<Unapplied>, Fault> {
    let mut statement = tx.prepare_cached(
        "select entity_type, entity_id, seq, state, code, args, message from sync_unapplied_updates
         order by entity_type, entity_id limit 1000",
    )?;
    let rows = statement.query_map([], |row| {
        let (code, args, message) = reported(Reason::read(row, 4)?);
        Ok(Unapplied {
            of: EntityRef { entity_type: row.read(0)?, entity_id: row.id(1)? },
            seq: row.read(2)?,
            state: row.read(3)?,
            code,
            args,
            message: message.unwrap_or_default(),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Every change up to this seq is in this or an earlier batch, or quarantined: the seq before the first pending one.
fn complete_through(tx: &Transaction<'_>, items: &Items<'_>) -> Result<i64, QueueError> {
    let mut statement = tx.prepare_cached(
        "select seq from sync_state where status = 'pending' and batch_no is null and isolated = 0 order by seq",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let seq: i64 = row.read(0)?;
        if !items.visited.contains(&seq) {
            return Ok(seq - 1);
        }
    }
    Ok(crate::push::last_seq(tx)?)
}

struct Items<'t> {
    tx: &'t Transaction<'t>,
    plan: &'t Plan,
    links: Vec<(EntityRef, EntityRef)>,
    /// Seqs that were visited, sent or not.
    visited: HashSet<i64>,
    rows: Vec<QueuedRow>,
    unsendable: Vec<Unsendable>,
    unchanged: Vec<QueuedRow>,
    units: u32,
    json: String,
}

impl<'t> Items<'t> {
    fn new(tx: &'t Transaction<'t>, plan: &'t Plan) -> Result<Self, QueueError> {
        Ok(Self {
            tx,
            plan,
            links: if disabled(Rule::Unit) { Vec::new() } else { links(tx)? },
            visited: HashSet::new(),
            rows: Vec::new(),
            unsendable: Vec::new(),
            unchanged: Vec::new(),
            units: 0,
            json: String::new(),
        })
    }

    /// Contains only the rows that have to be marked as failed before a batch can claim to be complete without them.
    fn unsendable_first(self, plan: &Plan) -> Composed {
        Composed {
            batch_id: plan.batch_id.clone(),
            batch_no: plan.after.batch_no + 1,
            previous_batch_id: plan.after.batch_id.clone(),
            rows: Vec::new(),
            unsendable: self.unsendable,
            unchanged: Vec::new(),
            body: Vec::new(),
            full: true,
        }
    }

    /// Adds rows in the order of the queue until the batch is full; returns whether it is.
    fn add_rows(&mut self) -> Result<bool, QueueError> {
        let tx = self.tx;
        if let Some(only) = &self.plan.only {
            if let Some(row) = row(tx, only)? {
                self.add_unit(row)?;
            }
            return Ok(false);
        }
        let mut statement = tx.prepare_cached(
            "select entity_type, entity_id, version, acked_version, seq, changed_at from sync_state
             where status = 'pending' and batch_no is null and isolated = 0 and conflict_base is null order by seq",
        )?;
        let mut rows = statement.query([])?;
        while let Some(found) = rows.next()? {
            if self.units as usize >= self.plan.limit || self.json.len() >= MAX_BYTES {
                return Ok(true);
            }
            let row = read_row(found)?;
            if self.links.is_empty() {
                self.visited.insert(row.seq);
                self.push(&row, None)?;
                self.units += 1;
            } else if !self.visited.contains(&row.seq) {
                self.add_unit(row)?;
            }
        }
        Ok(false)
    }

    /// Adds an entity with all entities that share moved children with it; none of them while one is in flight,
    /// isolated or failed.
    fn add_unit(&mut self, first: Row) -> Result<(), QueueError> {
        let mut members = BTreeSet::from([EntityRef::new(&first.entity_type, &first.entity_id)]);
        loop {
            let linked: Vec<_> = self
                .links
                .iter()
                .filter(|(a, b)| members.contains(a) != members.contains(b))
                .flat_map(|(a, b)| [a.clone(), b.clone()])
                .collect();
            if linked.is_empty() {
                break;
            }
            members.extend(linked);
        }
        let mut rows = Vec::with_capacity(members.len());
        for member in &members {
            match state(self.tx, member)? {
                QueueState::Pending(row) => rows.push(row),
                QueueState::Done => {}
                QueueState::Quarantined => return Ok(()),
            }
        }
        rows.sort_by_key(|row| row.seq);
        let unit = (rows.len() > 1).then_some(self.units);
        for row in &rows {
            self.visited.insert(row.seq);
            self.push(row, unit)?;
        }
        self.units += 1;
        Ok(())
    }

    fn push(&mut self, row: &Row, unit: Option<u32>) -> Result<(), QueueError> {
        let (declared, document) = match sendable(self.tx, row)? {
            Ok(sendable) => sendable,
            Err(reason) => {
                self.unsendable.push(Unsendable { row: row.queued(), reason });
                return Ok(());
            }
        };
        if let Some(invalid) = invalid(self.tx, declared, row, document.as_deref())? {
            let reason = Reason::invalid(declared.name, &row.entity_id, &invalid);
            self.unsendable.push(Unsendable { row: row.queued(), reason });
            return Ok(());
        }
        let content = match declared.owner {
            Owner::Outlet => owned_content(document.as_deref()),
            // The triggers do not capture these.
            Owner::Hub => {
                self.unchanged.push(row.queued());
                return Ok(());
            }
            Owner::Both => match shared_content(self.tx, declared, row, document.as_deref())? {
                Some(content) => content,
                None => {
                    self.unchanged.push(row.queued());
                    return Ok(());
                }
            },
        };
        let operation = match (&document, row.acked_version) {
            (None, _) => Operation::Delete,
            (Some(_), 0) => Operation::Create,
            (Some(_), _) => Operation::Update,
        };
        if !self.json.is_empty() {
            self.json.push(',');
        }
        let _ = write!(
            self.json,
            r#"{{"entity_type":"{}","entity_id":{},"operation":"{}","version":{},"seq":{},"occurred_at":{}"#,
            declared.name,
            serde_json::to_string(&row.entity_id)?,
            operation.as_str(),
            row.version,
            row.seq,
            serde_json::to_string(&row.changed_at.chars().take(MAX_TIME_CHARS).collect::<String>())?,
        );
        if let Some(unit) = unit {
            let _ = write!(self.json, r#","unit":{unit}"#);
        }
        self.json.push_str(&content);
        self.json.push('}');
        self.rows.push(row.queued());
        Ok(())
    }
}

/// Why the hub would reject a row: outlet and hub check the same rules. Deletions are always sent; of a shared entity
/// only changed fields are checked.
fn invalid(
    tx: &Transaction<'_>,
    declared: &Entity,
    row: &Row,
    document: Option<&str>,
) -> Result<Option<Invalid>, QueueError> {
    let Some(text) = document.filter(|_| !disabled(Rule::QuarantinedItem)) else { return Ok(None) };
    let found = match declared.owner {
        Owner::Hub => return Ok(None),
        Owner::Outlet => {
            validate::read(text).and_then(|document| validate::complete_document(declared, &row.entity_id, &document))
        }
        Owner::Both => match validate::read_stored(text) {
            Err(invalid) => Err(invalid),
            Ok(document) => {
                let base = base(tx, &row.entity_type, &row.entity_id)?;
                let changed = changed(declared, base.as_ref(), Some(text))?;
                let new = changed.iter().map(|(name, (_, new))| (name.clone(), new.clone())).collect();
                validate::fields(declared, &new)
                    .and_then(|()| validate::complete(declared.fields, &document))
                    .and_then(|()| validate::rules(declared, &document, |name| new.contains_key(name)))
            }
        },
    };
    Ok(found.err())
}

/// The item to send, or why it cannot be sent.
type Sendable = Result<(&'static Entity, Option<String>), Reason>;

fn sendable(tx: &Transaction<'_>, row: &Row) -> Result<Sendable, QueueError> {
    let Row { entity_type, entity_id, .. } = row;
    // No trigger of this version captures an unknown type.
    let Some(declared) = find(entity_type) else {
        let unreadable = ReasonCode::UnreadableRow.with("reason", "type").with("entity", entity_type);
        return Ok(Err(unreadable.into()));
    };
    if row.version < 1 {
        let unreadable = ReasonCode::UnreadableRow.with("reason", "version").with("version", row.version);
        return Ok(Err(unreadable.into()));
    }
    let known = validate::id_of(declared, entity_id).is_ok();
    match raw_document(tx, declared, entity_id)? {
        Some(document) if (!known || !document.exact) && !disabled(Rule::QuarantinedItem) => {
            let found = unreadable::in_entity(tx, declared, entity_id)?;
            match found.iter().find(|unreadable| !may_be_replaced(declared, unreadable)) {
                Some(unreadable) => Ok(Err(unreadable::reason(std::slice::from_ref(unreadable)))),
                None if known => Ok(Ok((declared, Some(document.json)))),
                None => Ok(Err(Reason::invalid(declared.name, entity_id, &Invalid::Id))),
            }
        }
        None if !known => Ok(Err(Reason::invalid(declared.name, entity_id, &Invalid::Id))),
        document => Ok(Ok((declared, document.map(|document| document.json)))),
    }
}

/// A sale must reach the hub even with unreadable text, so descriptive columns of an order or refund are sent with U+FFFD.
/// For other entities the hub would treat that as a new name.
fn may_be_replaced(entity: &Entity, unreadable: &Unreadable) -> bool {
    let descriptive = match entity.name {
        "order" => &["table_number", "customer_name", "void_reason", "name", "variant_name", "note"][..],
        "refund" => &["reason", "name"],
        _ => &[],
    };
    descriptive.contains(&unreadable.column.as_str())
}

/// Outlet-owned: the whole document.
fn owned_content(document: Option<&str>) -> String {
    document.map_or_else(String::new, |document| format!(r#","data":{document}"#))
}

/// Shared: the base's token and the changed fields; `None` if there are none.
fn shared_content(
    tx: &Transaction<'_>,
    declared: &Entity,
    row: &Row,
    document: Option<&str>,
) -> Result<Option<String>, QueueError> {
    let base = base(tx, &row.entity_type, &row.entity_id)?;
    let fields = changed(declared, base.as_ref(), document)?;
    if fields.is_empty() {
        return Ok(None);
    }
    let mut content = String::new();
    if let Some(Base { token, .. }) = &base {
        let _ = write!(content, r#","base":{}"#, serde_json::to_string(token)?);
    }
    let _ = write!(content, r#","fields":{}"#, serde_json::to_string(&fields)?);
    Ok(Some(content))
}

/// Old and new value of each field that differs from the base.
///
/// When this outlet restores a deleted chain-wide entity, all required fields are sent too, changed or not: the hub's
/// tombstone may lack them, if the hub was restored and received only the deletion.
fn changed(declared: &Entity, base: Option<&Base>, document: Option<&str>) -> Result<ChangedFields, QueueError> {
    let local = local_fields(document)?;
    let mut fields = differences(base, &local);
    if document.is_some() && fields.contains_key(DELETED) && declared.scope == Scope::Chain {
        for field in declared.fields.iter().filter(|field| field.is_required()) {
            let value = local.get(field.name).unwrap_or(&Value::Null);
            fields.entry(field.name.to_owned()).or_insert_with(|| (value.clone(), value.clone()));
        }
    }
    Ok(fields)
}

fn links(tx: &Transaction<'_>) -> Result<Vec<(EntityRef, EntityRef)>, Fault> {
    let mut statement =
        tx.prepare_cached("select from_type, from_id, to_type, to_id from sync_links order by 1, 2, 3, 4")?;
    let rows = statement.query_map([], |row| {
        Ok((
            EntityRef { entity_type: row.read(0)?, entity_id: row.id(1)? },
            EntityRef { entity_type: row.read(2)?, entity_id: row.id(3)? },
        ))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn read_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    Ok(Row {
        entity_type: row.read(0)?,
        entity_id: row.id(1)?,
        version: row.read(2)?,
        acked_version: row.read(3)?,
        seq: row.read(4)?,
        changed_at: row.read(5)?,
    })
}

enum QueueState {
    Pending(Row),
    Done,
    Quarantined,
}

fn row(tx: &Transaction<'_>, of: &EntityRef) -> Result<Option<Row>, Fault> {
    Ok(match state(tx, of)? {
        QueueState::Pending(row) => Some(row),
        QueueState::Done | QueueState::Quarantined => None,
    })
}

fn state(tx: &Transaction<'_>, of: &EntityRef) -> Result<QueueState, Fault> {
    let found = tx
        .prepare_cached(
            "select entity_type, entity_id, version, acked_version, seq, changed_at, status,
               batch_no is null and isolated = 0 and conflict_base is null
             from sync_state where entity_type = ?1 and entity_id = ?2",
        )?
        .query_row(params![of.entity_type, raw(&of.entity_id)], |row| {
            Ok((read_row(row)?, row.read::<String>(6)?, row.read::<bool>(7)?))
        })
        .optional()?;
    Ok(match found {
        Some((row, status, true)) if status == "pending" => QueueState::Pending(row),
        // A discarded item does not block the rest of its unit.
        Some((_, status, _)) if status == "success" || status == "discarded" => QueueState::Done,
        Some(_) => QueueState::Quarantined,
        None => QueueState::Done,
    })
}
