//! Reading a batch from the queue: what has waited longest, each entity as it is now, moved children together.
//!
//! Reads only, from one snapshot, so that it runs beside the writer; [`crate::push::store`] keeps what was read if nothing
//! of it has changed since.

use std::collections::{BTreeSet, HashSet};
use std::fmt::Write;

use protocol::PROTOCOL;
use protocol::entity::{Entity, Owner, Scope, find};
use protocol::merge::DELETED;
use protocol::rule::{Rule, disabled};
use protocol::validate::{self, Invalid};
use protocol::wire::{ChangedFields, EntityRef, Epoch, Operation, Position, Quarantined, Unapplied};
use rusqlite::{OptionalExtension, Transaction, params};
use serde_json::Value;
use sqlite::text::raw;
use sqlite::{Fault, ReadRow};
use web::api_error::sentence;

use crate::chain::chain;
use crate::entities::base::{Base, base, differences, document_as_it_is, local_fields};
use crate::error::QueueError;
use crate::push::unsendable::Unsendable;
use crate::unreadable::{self, Unreadable};

/// Letters of a time that is sent; one that somebody has edited may be anything.
const MAX_TIME: usize = 30;
/// Raw bytes in one batch at the most; a single larger item still goes alone.
const MAX_BYTES: usize = protocol::limits::BATCH_BYTES;
/// Level 1 needs about 9 µs less for an order and makes it a sixth larger (decision 0018).
const ZSTD_LEVEL: i32 = 5;

/// Where the new batch goes and how large it may be.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The sender's life.
    pub epoch: Epoch,
    /// The batch that it follows.
    pub after: Position,
    /// Items at the most, a unit counting as one.
    pub limit: usize,
    /// Only this entity (and what it must travel with): an individual push.
    pub only: Option<EntityRef>,
    /// UUIDv7.
    pub batch_id: String,
}

/// A batch that was read, not yet stored.
#[derive(Debug)]
pub struct Composed {
    /// Its id.
    pub batch_id: String,
    /// Its place in the chain.
    pub batch_no: i64,
    /// The batch before it.
    pub previous_batch_id: Option<String>,
    /// What it carries.
    pub carried: Vec<Carried>,
    /// Rows that cannot be sent: nothing is, until they are held back.
    pub unsendable: Vec<Unsendable>,
    /// Shared entities that were edited back to what the hub has: nothing to send.
    pub unchanged: Vec<Carried>,
    /// The bytes that are sent.
    pub body: Vec<u8>,
    /// The queue holds more than fits.
    pub full: bool,
}

/// A row as it was when it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    /// Which entity.
    pub entity_type: String,
    /// Which entity.
    pub entity_id: String,
    /// Its version then.
    pub version: i64,
    /// Its place in the queue then: a row that was deleted and made again counts its versions anew, never its places.
    pub seq: i64,
    /// What the hub had acknowledged then: the fields that a shared entity sends are worked out against that.
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
    fn carried(&self) -> Carried {
        Carried {
            entity_type: self.entity_type.clone(),
            entity_id: self.entity_id.clone(),
            version: self.version,
            seq: self.seq,
            acked_version: self.acked_version,
        }
    }
}

/// Reads the next batch; none when there is nothing to send, nothing to try without and nothing to tell.
///
/// # Errors
/// [`QueueError`].
pub fn compose(tx: &Transaction<'_>, plan: &Plan) -> Result<Option<Composed>, QueueError> {
    let (quarantined, unapplied) = (quarantined(tx)?, unapplied(tx)?);
    // One that is read ahead leaves it to the batch on its way.
    let has_unreported = plan.after == chain(tx)?.position && digest(&quarantined, &unapplied) != reported_digest(tx)?;
    let mut items = Items::new(tx, plan)?;
    let full = items.take_rows()?;
    let anything_set_aside = tx
        .prepare_cached("select exists (select 1 from sync_state where isolated = 1)")?
        .query_row([], |row| row.read::<bool>(0))?;
    let without_items = (anything_set_aside || has_unreported) && plan.only.is_none() && !disabled(Rule::EmptyBatch);
    if !items.unsendable.is_empty() {
        return Ok(Some(items.unsendable_first(plan)));
    }
    if items.carried.is_empty() && items.unchanged.is_empty() && !without_items {
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
        carried: items.carried,
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

/// Whether the hub is to be told of other things that are held back or not applied than it knows.
///
/// # Errors
/// What SQLite said.
pub fn has_unreported(tx: &Transaction<'_>) -> Result<bool, Fault> {
    Ok(digest(&quarantined(tx)?, &unapplied(tx)?) != reported_digest(tx)?)
}

fn reported_digest(tx: &Transaction<'_>) -> Result<String, Fault> {
    Ok(tx.prepare_cached("select reported_digest from sync_chain where id = 1")?.query_row([], |row| row.read(0))?)
}

/// What a batch says of the outlet's troubles, in short; empty: there are none.
pub(crate) fn digest(quarantined: &[Quarantined], unapplied: &[Unapplied]) -> String {
    if quarantined.is_empty() && unapplied.is_empty() {
        return String::new();
    }
    web::secret::digest(&[&serde_json::to_vec(&(quarantined, unapplied)).unwrap_or_default()])
}

/// What was set aside, has failed or was discarded: the hub is told, so that "all up to here" stays true. In the order of
/// the queue, which is that of the three small indexes; by name it would read every row that was ever sent.
fn quarantined(tx: &Transaction<'_>) -> Result<Vec<Quarantined>, Fault> {
    let mut statement = tx.prepare_cached(HELD)?;
    let rows = statement.query_map([MAX_LETTERS, MAX_QUARANTINED], |row| {
        Ok(Quarantined {
            of: EntityRef { entity_type: row.read(1)?, entity_id: row.id(2)? },
            seq: row.read(0)?,
            state: row.read(3)?,
            code: row.read(4)?,
            message: row.read(5)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

const HELD: &str = "
    select seq, entity_type, entity_id, 'isolated', error_code, substr(error_message, 1, ?1)
      from sync_state where isolated = 1
    union all select seq, entity_type, entity_id, 'failed', error_code, substr(error_message, 1, ?1)
      from sync_state where status = 'failed'
    union all select seq, entity_type, entity_id, 'discarded', error_code, substr(error_message, 1, ?1)
      from sync_state where status = 'discarded'
    order by seq limit ?2";
/// Items that head office is told of at once.
const MAX_QUARANTINED: i64 = 1_000;
/// Letters of a reason that head office is told.
const MAX_LETTERS: i64 = 500;

/// Held items beyond those that a batch lists: "everything up to here" ends before the first of them.
fn quarantined_through(tx: &Transaction<'_>) -> Result<i64, Fault> {
    let sql = "select seq from (
          select seq from sync_state where isolated = 1
          union all select seq from sync_state where status = 'failed'
          union all select seq from sync_state where status = 'discarded')
        order by seq limit 1 offset ?1";
    let first: Option<i64> = tx.prepare_cached(sql)?.query_row([MAX_QUARANTINED], |row| row.read(0)).optional()?;
    Ok(first.map_or(i64::MAX, |seq| seq - 1))
}

/// What came from the hub and could not be applied here.
fn unapplied(tx: &Transaction<'_>) -> Result<Vec<Unapplied>, Fault> {
    let mut statement = tx.prepare_cached(
        "select entity_type, entity_id, seq, state, substr(reason, 1, ?1) from sync_unapplied_updates
         order by entity_type, entity_id limit 1000",
    )?;
    let rows = statement.query_map([MAX_LETTERS], |row| {
        Ok(Unapplied {
            of: EntityRef { entity_type: row.read(0)?, entity_id: row.id(1)? },
            seq: row.read(2)?,
            state: row.read(3)?,
            reason: row.read(4)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Every change up to this seq is in this or an earlier batch, or held: the seq before the first that still waits.
fn complete_through(tx: &Transaction<'_>, items: &Items<'_>) -> Result<i64, QueueError> {
    let mut statement = tx.prepare_cached(
        "select seq from sync_state where status = 'pending' and batch_no is null and isolated = 0 order by seq",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let seq: i64 = row.read(0)?;
        if !items.taken.contains(&seq) {
            return Ok(seq - 1);
        }
    }
    Ok(crate::push::last_seq(tx)?)
}

struct Items<'t> {
    tx: &'t Transaction<'t>,
    plan: &'t Plan,
    links: Vec<(EntityRef, EntityRef)>,
    /// Places in the queue of what was taken, sent or not.
    taken: HashSet<i64>,
    carried: Vec<Carried>,
    unsendable: Vec<Unsendable>,
    unchanged: Vec<Carried>,
    units: u32,
    json: String,
}

impl<'t> Items<'t> {
    fn new(tx: &'t Transaction<'t>, plan: &'t Plan) -> Result<Self, QueueError> {
        Ok(Self {
            tx,
            plan,
            links: if disabled(Rule::Unit) { Vec::new() } else { links(tx)? },
            taken: HashSet::new(),
            carried: Vec::new(),
            unsendable: Vec::new(),
            unchanged: Vec::new(),
            units: 0,
            json: String::new(),
        })
    }

    /// Nothing but the rows that are to be held back before a batch can say that it is complete without them.
    fn unsendable_first(self, plan: &Plan) -> Composed {
        Composed {
            batch_id: plan.batch_id.clone(),
            batch_no: plan.after.batch_no + 1,
            previous_batch_id: plan.after.batch_id.clone(),
            carried: Vec::new(),
            unsendable: self.unsendable,
            unchanged: Vec::new(),
            body: Vec::new(),
            full: true,
        }
    }

    /// Takes rows in the order of the queue until the batch is full; says whether it is.
    fn take_rows(&mut self) -> Result<bool, QueueError> {
        let tx = self.tx;
        if let Some(only) = &self.plan.only {
            if let Some(row) = row(tx, only)? {
                self.take_unit(row)?;
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
                self.taken.insert(row.seq);
                self.push(&row, None)?;
                self.units += 1;
            } else if !self.taken.contains(&row.seq) {
                self.take_unit(row)?;
            }
        }
        Ok(false)
    }

    /// An entity with all that children were moved to or from; nothing of it while a part is on its way, set aside or
    /// has failed.
    fn take_unit(&mut self, first: Row) -> Result<(), QueueError> {
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
                State::Waiting(row) => rows.push(row),
                State::Settled => {}
                State::Quarantined => return Ok(()),
            }
        }
        rows.sort_by_key(|row| row.seq);
        let unit = (rows.len() > 1).then_some(self.units);
        for row in &rows {
            self.taken.insert(row.seq);
            self.push(row, unit)?;
        }
        self.units += 1;
        Ok(())
    }

    fn push(&mut self, row: &Row, unit: Option<u32>) -> Result<(), QueueError> {
        let (declared, document) = match sendable(self.tx, row)? {
            Ok(sendable) => sendable,
            Err((code, reason)) => {
                self.unsendable.push(Unsendable { row: row.carried(), code, reason });
                return Ok(());
            }
        };
        if let Some(invalid) = invalid(self.tx, declared, row, document.as_deref())? {
            let reason = sentence(&format!("the {} is not sent: {invalid}", declared.name));
            self.unsendable.push(Unsendable { row: row.carried(), code: invalid.code(), reason });
            return Ok(());
        }
        let content = match declared.owner {
            Owner::Outlet => owned(document.as_deref()),
            // Not captured; nothing of it is ever sent.
            Owner::Hub => {
                self.unchanged.push(row.carried());
                return Ok(());
            }
            Owner::Both => match shared(self.tx, declared, row, document.as_deref())? {
                Some(content) => content,
                None => {
                    self.unchanged.push(row.carried());
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
            serde_json::to_string(&row.changed_at.chars().take(MAX_TIME).collect::<String>())?,
        );
        if let Some(unit) = unit {
            let _ = write!(self.json, r#","unit":{unit}"#);
        }
        self.json.push_str(&content);
        self.json.push('}');
        self.carried.push(row.carried());
        Ok(())
    }
}

/// Why the hub would not take a row: the rules are the same at this door. A deletion is always sent; of a shared entity only
/// what has changed counts.
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

/// What a row is sent as; or why it is not, a code and a sentence.
type Sendable = Result<(&'static Entity, Option<String>), (&'static str, String)>;

/// The declaration and the document of a row that can be sent.
fn sendable(tx: &Transaction<'_>, row: &Row) -> Result<Sendable, QueueError> {
    let Row { entity_type, entity_id, .. } = row;
    // A type that this version does not know cannot have been marked by its triggers.
    let Some(declared) = find(entity_type) else {
        let reason = format!("sync_state has a row of the type '{entity_type}', which this version does not know.");
        return Ok(Err((unreadable::CODE, reason)));
    };
    if row.version < 1 {
        let reason = format!("sync_state has a version of {}, below 1, of a row that waits.", row.version);
        return Ok(Err((unreadable::CODE, reason)));
    }
    let known = validate::id_of(declared, entity_id).is_ok();
    match document_as_it_is(tx, declared, entity_id)? {
        Some(document) if (!known || !document.exact) && !disabled(Rule::QuarantinedItem) => {
            let found = unreadable::in_entity(tx, declared, entity_id)?;
            match found.iter().find(|unreadable| !may_be_shown_otherwise(declared, unreadable)) {
                Some(unreadable) => Ok(Err((unreadable::CODE, unreadable.to_string()))),
                None if known => Ok(Ok((declared, Some(document.json)))),
                None => Ok(Err((unreadable::CODE, no_id(declared)))),
            }
        }
        None if !known => Ok(Err((unreadable::CODE, no_id(declared)))),
        document => Ok(Ok((declared, document.map(|document| document.json)))),
    }
}

fn no_id(entity: &Entity) -> String {
    format!("The id of a row of {} {}; give it another.", entity.table, domain::ids::ID_REQUIREMENT)
}

/// A sale's money must arrive: what only people read of it is sent with U+FFFD in place of what cannot be read. Of anything
/// else head office would take that for the new name.
fn may_be_shown_otherwise(entity: &Entity, unreadable: &Unreadable) -> bool {
    let words = ["table_number", "customer_name", "void_reason", "name", "variant_name", "note"];
    entity.name == "order" && words.contains(&unreadable.column.as_str())
}

/// Outlet-owned: the whole document.
fn owned(document: Option<&str>) -> String {
    document.map_or_else(String::new, |document| format!(r#","data":{document}"#))
}

/// Shared: what has changed, and the base's token. None when nothing has.
fn shared(
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
/// What the chain shares and this outlet brings back has its required fields too, changed or not: the hub's tombstone lacks
/// them where an outlet deleted what the hub, restored from a backup, did not have.
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

enum State {
    Waiting(Row),
    Settled,
    Quarantined,
}

fn row(tx: &Transaction<'_>, of: &EntityRef) -> Result<Option<Row>, Fault> {
    Ok(match state(tx, of)? {
        State::Waiting(row) => Some(row),
        State::Settled | State::Quarantined => None,
    })
}

fn state(tx: &Transaction<'_>, of: &EntityRef) -> Result<State, Fault> {
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
        Some((row, status, true)) if status == "pending" => State::Waiting(row),
        // What a person has taken out of the queue holds up nothing that was changed together with it.
        Some((_, status, _)) if status == "success" || status == "discarded" => State::Settled,
        Some(_) => State::Quarantined,
        None => State::Settled,
    })
}
