//! The hub: the production commands on a real database, and a record of accepted batches.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use anyhow::{Result, anyhow};
use hub::audit::{self, AuditRefused};
use hub::ingest::{self, Admission, Overloaded, Packing, WorkPermit};
use hub::outlets::{self, EnrollRefused, KeyRefused};
use hub::quarantine::{self, Action, OutletQuarantine};
use hub::streams::{self, EpochRefused, PageRequest};
use hub::{catalog, conflicts};
use jiff::{SignedDuration, Timestamp};
use protocol::audit::{Receipt, Report};
use protocol::chain::ChainCheck;
use protocol::entity::ENTITIES;
use protocol::updates::Update;
use protocol::wire::EntityRef;
use serde_json::{Map, Value};
use store::Tx;
use web::ApiError;

use crate::file::File;
use crate::garbage::rogue::Rogue;
use crate::message::{Delivery, Message, Reply, Request};

/// Entries in a block of the chain's stream; small, so that worlds delete some.
const BLOCK: i64 = 4;

/// An accepted batch.
#[derive(Debug, Clone)]
pub struct AcceptedBatch {
    /// The outlet's id.
    pub outlet_id: String,
    /// Its epoch.
    pub epoch_id: String,
    /// Its number in the epoch.
    pub batch_no: i64,
    /// Its id.
    pub batch_id: String,
    /// Its predecessor.
    pub previous: Option<String>,
}

/// A backup of the hub.
#[derive(Debug, Clone)]
pub struct Backup {
    /// When it was made.
    pub t: u64,
    /// The rogue outlet's state at that time.
    pub rogue: Option<Rogue>,
    bytes: Vec<u8>,
    accepted_batches: Vec<AcceptedBatch>,
}

/// The hub.
#[derive(Debug)]
pub struct Hub {
    /// Its database.
    pub file: File,
    /// Every batch accepted by this database.
    pub accepted_batches: Vec<AcceptedBatch>,
    /// Entities that make it answer 500.
    pub poison: BTreeSet<String>,
    /// It answers only pings.
    pub broken: bool,
    /// Entries per page.
    pub page: usize,
    /// Admission control with one permit; concurrent batches are rejected.
    pub admission: Arc<Admission>,
    /// Whether its disk is full.
    pub full: bool,
    /// Error of its clock.
    pub clock_off: SignedDuration,
}

impl Hub {
    /// Creates a hub without outlets.
    ///
    /// # Errors
    /// I/O or SQLite.
    pub fn new(path: PathBuf, empty: &[u8], page: usize) -> Result<Self> {
        let file = File::make(path, empty)?;
        Ok(Self {
            file,
            accepted_batches: Vec::new(),
            poison: BTreeSet::new(),
            broken: false,
            page,
            admission: Arc::new(Admission::of(1, 0)),
            full: false,
            clock_off: SignedDuration::ZERO,
        })
    }

    /// A backup, with the rogue outlet's state.
    ///
    /// # Errors
    /// I/O.
    pub fn backup(&self, t: u64, rogue: Option<&Rogue>) -> Result<Backup> {
        Ok(Backup {
            t,
            rogue: rogue.cloned(),
            bytes: self.file.copy()?,
            accepted_batches: self.accepted_batches.clone(),
        })
    }

    /// Restores a backup.
    ///
    /// # Errors
    /// I/O or SQLite.
    pub fn restore(&mut self, backup: &Backup) -> Result<()> {
        self.file.put_back(&backup.bytes)?;
        self.accepted_batches.clone_from(&backup.accepted_batches);
        Ok(())
    }

    /// Starts on another database, without changing the record of accepted batches.
    ///
    /// # Errors
    /// I/O or SQLite.
    pub fn switch_database(&mut self, empty: &[u8]) -> Result<()> {
        self.file.put_back(empty)
    }

    /// Adds an outlet. Returns its id and enrollment code.
    ///
    /// # Errors
    /// The command.
    pub fn add(&self, code: &str, now: Timestamp) -> Result<(String, String)> {
        let added = self.file.tx(|tx| outlets::add(&mut Tx::Sqlite(tx), code, code, now))?;
        Ok((added.outlet_id, added.enroll_code))
    }

    /// A new enrollment code for an outlet whose machine was restored, cloned or replaced.
    ///
    /// # Errors
    /// The command.
    pub fn code(&self, outlet_id: &str, now: Timestamp) -> Result<String> {
        Ok(self.file.tx(|tx| outlets::enroll_code(&mut Tx::Sqlite(tx), outlet_id, now))?.enroll_code)
    }

    /// Answers a request.
    ///
    /// # Errors
    /// A command failed unexpectedly.
    pub fn answer(&mut self, message: &Message, now: Timestamp) -> Result<Reply> {
        if let Request::EnrollRequest(request) = &message.request {
            let done = self.file.tx(|tx| outlets::enroll(&mut Tx::Sqlite(tx), request, now));
            return or_refused::<_, EnrollRefused>(done, Reply::EnrollResponse);
        }
        let key = web::secret::key_hash(&message.key);
        let opened = self.file.tx(|tx| outlets::authenticate(&mut Tx::Sqlite(tx), &message.outlet_id, &key, now));
        if let refused @ Reply::Refused(_) = or_refused::<_, KeyRefused>(opened, |_| Reply::One(None))? {
            return Ok(refused);
        }
        let outlet_id = &message.outlet_id;
        match &message.request {
            Request::Batch(stored) => {
                let admission = Arc::clone(&self.admission);
                let _permit = match enter(&admission, outlet_id) {
                    Ok(permit) => permit,
                    Err(overloaded) => return Ok(overloaded.answer(u32::try_from(message.ticket).unwrap_or(0)).into()),
                };
                self.batch(outlet_id, stored.body.clone(), message.delivery, now)
            }
            Request::UpdatePage(request) => {
                let page_request = PageRequest {
                    cursor: request.cursor.clone(),
                    limit: self.page,
                    epoch_id: Some(request.epoch_id.clone()),
                    at: request.at.clone(),
                };
                self.read(|tx| {
                    let page = streams::page(tx, outlet_id, &page_request)?;
                    if !page.stream_reset {
                        streams::note(tx, outlet_id, &request.cursor, now)?;
                    }
                    Ok(Reply::UpdatePage(page))
                })
            }
            Request::Owned(request, epoch_id) => {
                let after = (request.after.entity_type.as_str(), request.after.entity_id.as_str());
                let limit = self.page;
                self.read(|tx| {
                    let page = streams::documents(tx, outlet_id, Some(epoch_id), after, limit)?;
                    // As serialized.
                    let json = serde_json::to_string(&page).unwrap_or_default();
                    Ok(serde_json::from_str(&json).map_or_else(|_| ApiError::internal().into(), Reply::Owned))
                })
            }
            Request::Shared(request, position) => {
                let after = (request.after.entity_type.as_str(), request.after.entity_id.as_str());
                let limit = self.page;
                self.read(|tx| {
                    Ok(Reply::Shared(streams::entities(tx, outlet_id, Some(&position.epoch_id), after, limit)?))
                })
            }
            Request::One(of, _) => self.read(|tx| Ok(Reply::One(streams::entity(tx, outlet_id, of)?))),
            Request::EnrollRequest(_) => Ok(ApiError::internal().into()),
        }
    }

    /// Answers a report of an audit log; `None`: with an error.
    ///
    /// # Errors
    /// A command failed unexpectedly.
    pub fn audit(&self, outlet_id: &str, key: &str, report: &Report, now: Timestamp) -> Result<Option<Receipt>> {
        if self.broken || self.full {
            return Ok(None);
        }
        let key = web::secret::key_hash(key);
        if self.file.tx(|tx| outlets::authenticate(&mut Tx::Sqlite(tx), outlet_id, &key, now)).is_err() {
            return Ok(None);
        }
        let accepted = self.file.tx(|tx| audit::accept(&mut Tx::Sqlite(tx), outlet_id, report, now));
        match accepted {
            Ok(receipt) => Ok(Some(receipt)),
            Err(error) if error.downcast_ref::<AuditRefused>().is_some() => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn read(&self, work: impl FnOnce(&mut Tx<'_>) -> Result<Reply, EpochRefused>) -> Result<Reply> {
        or_refused::<_, EpochRefused>(self.file.tx(|tx| work(&mut Tx::Sqlite(tx))), |reply| reply)
    }

    /// Does what the batch route does after admission.
    pub(crate) fn batch(
        &mut self,
        outlet_id: &str,
        body: Vec<u8>,
        delivery: Delivery,
        now: Timestamp,
    ) -> Result<Reply> {
        let text = match ingest::text(Packing::Zstd, &delivery.of(body).unwrap_or_default()) {
            Ok(text) => text,
            Err(refused) => return Ok(refused.into()),
        };
        let batch = match ingest::read(&text) {
            Ok(batch) => batch,
            Err(refused) => return Ok(refused.into()),
        };
        if self.full {
            return Ok(ApiError::from(sqlite::Fault::Full).into());
        }
        if self.broken || batch.items.iter().any(|item| self.poison.contains(item.entity_id.as_ref())) {
            return Ok(ApiError::internal().into());
        }
        let accepted = self.file.tx(|tx| ingest::accept(&mut Tx::Sqlite(tx), outlet_id, &batch, now));
        or_refused::<_, ingest::Refused>(accepted, |accepted| {
            match accepted.check {
                ChainCheck::WrongEpoch => return ApiError::from(EpochRefused::Mismatch).into(),
                ChainCheck::Next => self.accepted_batches.push(AcceptedBatch {
                    outlet_id: outlet_id.to_owned(),
                    epoch_id: batch.epoch.id.clone(),
                    batch_no: batch.batch_no,
                    batch_id: batch.batch_id.clone(),
                    previous: batch.previous_batch_id.clone(),
                }),
                ChainCheck::Duplicate | ChainCheck::Mismatch => {}
            }
            Reply::Answer(accepted.answer)
        })
    }

    /// Does the hourly cleanup: deletes stream entries that all outlets have read.
    ///
    /// # Errors
    /// The command.
    pub fn hour_passes(&self) -> Result<usize> {
        self.file.tx(|tx| {
            let tx = &mut Tx::Sqlite(tx);
            let seen = hub::hours::current(tx)?;
            hub::hours::passed(tx, Some(seen))?;
            streams::retain_in(tx, BLOCK)
        })
    }

    /// All shared entities that an outlet may see, and the cursor of the streams' heads.
    ///
    /// # Errors
    /// The database.
    pub fn everything_for(&self, outlet_id: &str) -> Result<(Vec<Update>, String)> {
        self.file.tx::<_, anyhow::Error>(|tx| {
            let (mut all, mut cursor, mut after) = (Vec::new(), None, (String::new(), String::new()));
            loop {
                let page = streams::entities(&mut Tx::Sqlite(tx), outlet_id, None, (&after.0, &after.1), self.page)?;
                cursor.get_or_insert(page.cursor);
                all.extend(page.entities);
                let Some(next) = page.next else { return Ok((all, cursor.unwrap_or_default())) };
                after = (next.entity_type, next.entity_id);
            }
        })
    }

    /// Reprocesses dead letters of types that this version knows, as a newer version does at its start.
    ///
    /// # Errors
    /// The command.
    pub fn reprocess(&self, now: Timestamp) -> Result<usize> {
        let mut items = 0;
        for entity in ENTITIES {
            while let Some((count, _)) =
                self.file.tx(|tx| ingest::reprocess_next(&mut Tx::Sqlite(tx), entity.name, now))?
            {
                items += count;
            }
        }
        Ok(items)
    }

    /// What outlets reported as quarantined.
    ///
    /// # Errors
    /// The database.
    pub fn quarantined(&self) -> Result<Vec<OutletQuarantine>> {
        self.file.tx(|tx| quarantine::list(&mut Tx::Sqlite(tx), "", 100))
    }

    /// Reversals of acknowledged sales without a decision.
    ///
    /// # Errors
    /// SQLite.
    pub fn changed_sales(&self) -> Result<Vec<ChangedSale>> {
        let sql = "select outlet_id, batch_id, item_no, entity_id, stored_document, item ->> '$.data' from dead_letters
            where code = 'acknowledged_sale' and discarded_at is null and resolved_at is null order by batch_id, item_no";
        let mut statement = self.file.db()?.prepare_cached(sql)?;
        let rows = statement.query_map([], |row| {
            let (outlet_id, batch_id, item_no) = (row.get(0)?, row.get(1)?, row.get(2)?);
            Ok(ChangedSale {
                outlet_id,
                batch_id,
                item_no,
                entity_id: row.get(3)?,
                stored_document: row.get(4)?,
                data: row.get(5)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Decides about a reversal. Returns whether that was possible.
    ///
    /// # Errors
    /// The database.
    pub fn decide_sale(&self, sale: &ChangedSale, accepts: bool, now: Timestamp) -> Result<bool> {
        self.file.tx(|tx| {
            let mut by = catalog::By::new("rina", now);
            let key = (sale.outlet_id.as_str(), sale.batch_id.as_str(), sale.item_no);
            refusable(quarantine::decide_sale(&mut Tx::Sqlite(tx), key, accepts, "We called.", &mut by))
        })
    }

    /// Decides about a quarantined item of an outlet. Returns whether that was possible.
    ///
    /// # Errors
    /// The database.
    pub fn decide_item(&self, of: (&str, &str, &str), action: Action, now: Timestamp) -> Result<bool> {
        self.file.tx(|tx| {
            let mut by = catalog::By::new("rina", now);
            refusable(quarantine::decide(&mut Tx::Sqlite(tx), of, action, "Not worth it.", &mut by).map(|_| ()))
        })
    }

    /// Decides about an unapplied update of an outlet. Returns whether that was possible.
    ///
    /// # Errors
    /// The database.
    pub fn decide_update(&self, of: (&str, &str, &str), action: Action, now: Timestamp) -> Result<bool> {
        self.file.tx(|tx| {
            let mut by = catalog::By::new("rina", now);
            refusable(quarantine::decide_update(&mut Tx::Sqlite(tx), of, action, "Not worth it.", &mut by).map(|_| ()))
        })
    }

    /// Changes fields of an entity, or deletes it; `outlet` is the outlet's id for an entity of one outlet. Returns
    /// whether the rules allowed it.
    ///
    /// # Errors
    /// The database.
    pub fn edit(
        &self,
        of: &EntityRef,
        outlet: &str,
        fields: Option<Map<String, Value>>,
        now: Timestamp,
    ) -> Result<bool> {
        let Some(kind) = catalog::kind(&of.entity_type) else { return Ok(false) };
        self.file.tx(|tx| {
            let tx = &mut Tx::Sqlite(tx);
            let mut by = catalog::By::new("rina", now);
            let at = catalog::At::find_to_change(tx, kind, outlet)?;
            let done = match fields {
                Some(fields) => catalog::put(tx, &at, &of.entity_id, fields, None, &mut by),
                None => catalog::delete(tx, &at, &of.entity_id, None, &mut by),
            };
            refusable(done.map(|_| ()))
        })
    }

    /// Decides an open conflict of an outlet. Returns whether that was possible.
    ///
    /// # Errors
    /// The database.
    pub fn decide(&self, record: &str, outlet_id: &str, local: bool, now: Timestamp) -> Result<bool> {
        let strategy = if local { conflicts::Strategy::LocalWins } else { conflicts::Strategy::CloudWins };
        self.file.tx(|tx| {
            let mut by = catalog::By::new("rina", now);
            refusable(conflicts::resolve(&mut Tx::Sqlite(tx), record, Some(outlet_id), strategy, &mut by).map(|_| ()))
        })
    }

    /// All shared entities, including tombstones.
    ///
    /// # Errors
    /// SQLite.
    pub fn shared(&self) -> Result<Vec<Shared>> {
        let sql = "select scope, entity_type, entity_id, deleted, document from shared_entities
            order by scope, entity_type, entity_id";
        let mut statement = self.file.db()?.prepare_cached(sql)?;
        let rows = statement.query_map([], |row| {
            let of = EntityRef { entity_type: row.get(1)?, entity_id: row.get(2)? };
            let document = String::from_utf8_lossy(row.get_ref(4)?.as_bytes()?).into_owned();
            Ok((row.get::<_, String>(0)?, of, row.get::<_, bool>(3)?, document))
        })?;
        let mut found = Vec::new();
        for row in rows {
            let (scope, of, deleted, document) = row?;
            // An unreadable document counts as empty.
            found.push(Shared { scope, of, deleted, document: serde_json::from_str(&document).unwrap_or_default() });
        }
        Ok(found)
    }

    /// Readable documents of outlets that are not deleted.
    ///
    /// # Errors
    /// SQLite.
    pub fn documents(&self) -> Result<Vec<Owned>> {
        let sql = "select outlet_id, entity_type, entity_id, document from documents where deleted = 0
            order by outlet_id, entity_type, entity_id";
        let mut statement = self.file.db()?.prepare_cached(sql)?;
        let rows = statement.query_map([], |row| {
            let of = EntityRef { entity_type: row.get(1)?, entity_id: row.get(2)? };
            let document = String::from_utf8_lossy(row.get_ref(3)?.as_bytes()?).into_owned();
            Ok((row.get::<_, String>(0)?, of, document))
        })?;
        let mut found = Vec::new();
        for row in rows {
            let (outlet_id, of, document) = row?;
            // A document without an id is damaged.
            let document: Map<String, Value> = serde_json::from_str(&document).unwrap_or_default();
            if document.contains_key("id") {
                found.push((outlet_id, of, document));
            }
        }
        Ok(found)
    }
}

/// A reversal of an acknowledged sale.
#[derive(Debug, Clone)]
pub struct ChangedSale {
    /// The outlet's id.
    pub outlet_id: String,
    /// Its batch.
    pub batch_id: String,
    /// Its index in the batch.
    pub item_no: i64,
    /// The order's id.
    pub entity_id: String,
    /// The hub's document.
    pub stored_document: String,
    /// The outlet's document; `None` if it was deleted.
    pub data: Option<String>,
}

/// An outlet, one of its entities, and the hub's document of it.
pub type Owned = (String, EntityRef, Map<String, Value>);

/// A shared entity at the hub.
#[derive(Debug, Clone)]
pub struct Shared {
    /// Empty for the chain, otherwise the outlet's id.
    pub scope: String,
    /// Which.
    pub of: EntityRef,
    /// Whether it is a tombstone.
    pub deleted: bool,
    /// Its document, or the last one.
    pub document: Map<String, Value>,
}

fn refusable(done: Result<(), catalog::Refused>) -> Result<bool, catalog::Refused> {
    match done {
        Ok(()) => Ok(true),
        Err(catalog::Refused::Fault(fault)) => Err(fault.into()),
        Err(_) => Ok(false),
    }
}

/// The reply of a command, or its refusal as an answer.
fn or_refused<T, E>(done: Result<T>, reply: impl FnOnce(T) -> Reply) -> Result<Reply>
where
    E: std::error::Error + Send + Sync + 'static,
    ApiError: From<E>,
{
    match done {
        Ok(done) => Ok(reply(done)),
        Err(error) => {
            let refused = error.downcast::<E>()?;
            let words = refused.to_string();
            let answer = ApiError::from(refused);
            if answer.status().is_server_error() { Err(anyhow!(words)) } else { Ok(answer.into()) }
        }
    }
}

/// Enters admission control without waiting.
///
/// # Errors
/// No permit is free.
pub fn enter(admission: &Arc<Admission>, outlet_id: &str) -> Result<WorkPermit, Overloaded> {
    let queued = admission.enter(outlet_id, 0)?;
    match pin!(queued.turn()).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(entered) => entered,
        Poll::Pending => Err(Overloaded::Full),
    }
}
