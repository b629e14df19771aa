//! An outlet's database changed by random SQL, its queue, and an unreliable connection to a hub.

use std::collections::BTreeMap;

use protocol::capture::{captured, document_query};
use protocol::chain::ChainCheck;
use protocol::entity::{Entity, Owner};
use protocol::wire::{ChainRow, EntityRef, Position};
use replica::batches::{StoredBatch, in_flight, unpack};
use replica::chain::chain;
use replica::error::QueueError;
use replica::push::abandon::{AfterAbandon, abandon, suspect_hub};
use replica::push::adopt::{Adopted, adopt_hub_position};
use replica::push::compose::{Composed, Plan, compose};
use replica::push::has_work;
use replica::push::requeue::requeue;
use replica::push::store::store;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use serde_json::{Map, Value};
use sim::dice::Dice;
use web::messages::ReasonCode;
use web::time;

use crate::hub::{Hub, Key, without_nulls};
use crate::statement::{one, statement};

const INIT: &str = include_str!("../../../../sql/schema/001_init.sql");
const SYNC: &str = include_str!("../../../../sql/schema/002_sync_system.sql");
const SHOP: &str = include_str!("../../../../tests/fixtures/shop.sql");

/// Whether a world has faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Luck {
    /// Every batch is answered.
    Kind,
    /// Answers are lost, batches arrive late or are abandoned, items are isolated and rejected, the hub is restored.
    Unkind,
}

/// An outlet's database, its hub, and the connection.
pub struct World {
    pub db: Connection,
    pub hub: Hub,
    pub dice: Dice,
    luck: Luck,
    ahead: Option<Composed>,
    abandoned: Vec<StoredBatch>,
    late: bool,
    backup: Option<Hub>,
    batches: u64,
    log: Vec<String>,
}

impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.log.join("\n"));
        }
    }
}

impl World {
    pub fn new(seed: u64, luck: Luck) -> Self {
        let mut dice = Dice::new(seed);
        let db = Connection::open_in_memory().unwrap();
        let (foreign_keys, recursive) = (dice.one_in(2), dice.one_in(2));
        let pragmas = format!("pragma foreign_keys = {foreign_keys}; pragma recursive_triggers = {recursive}");
        for sql in [&pragmas, INIT, SYNC, SHOP] {
            db.execute_batch(sql).unwrap();
        }
        let ours = in_tx(&db, |tx| Ok(chain(tx)?));
        let hub = Hub {
            chain: ChainRow { epoch: ours.epoch, position: Position::default(), results: Vec::new() },
            owned: BTreeMap::new(),
            shared: BTreeMap::new(),
        };
        Self {
            db,
            hub,
            dice,
            luck,
            ahead: None,
            abandoned: Vec::new(),
            late: false,
            backup: None,
            batches: 0,
            log: Vec::new(),
        }
    }

    pub fn note(&mut self, what: impl Into<String>) {
        self.log.push(what.into());
    }

    /// A transaction of several statements; failing ones change nothing.
    pub fn change(&mut self) {
        self.run("begin");
        for _ in 0..=self.dice.below(4) {
            let sql = statement(&mut self.dice);
            self.run(&sql);
        }
        let end = if self.dice.one_in(8) { "rollback" } else { "commit" };
        if !self.run(end) {
            self.run("rollback");
        }
    }

    pub fn run(&mut self, sql: &str) -> bool {
        let done = self.db.execute_batch(sql);
        self.note(format!("{sql};{}", done.as_ref().err().map_or(String::new(), |error| format!(" -- {error}"))));
        done.is_ok()
    }

    /// Composes a batch as the worker does: the next one, or the one after the batch in flight.
    pub fn read(&mut self, limit: usize, only: Option<EntityRef>) -> Option<Composed> {
        self.batches += 1;
        let batch_id = format!("b{}", self.batches);
        in_tx(&self.db, |tx| {
            let chain = chain(tx)?;
            let after = in_flight(tx)?.map_or(chain.position, |stored| Position {
                batch_no: stored.batch_no,
                batch_id: Some(stored.batch_id),
            });
            compose(tx, &Plan { epoch: chain.epoch, after, limit, only, batch_id })
        })
    }

    /// Stores a composed batch; it may be stale.
    pub fn make(&mut self, composed: &Composed) {
        let stored = attempt(&self.db, |tx| store(tx, composed, time::now()));
        let result = match stored {
            Ok(Some(stored)) => content(&stored.body),
            Ok(None) => "nothing to send".to_owned(),
            Err(QueueError::Stale) => "stale".to_owned(),
            Err(error) => panic!("{error}"),
        };
        self.note(format!("-- make {}: {result}", composed.batch_id));
    }

    pub fn waiting(&self) -> Option<StoredBatch> {
        in_tx(&self.db, |tx| Ok(in_flight(tx)?))
    }

    /// Delivers a batch to the hub. Returns whether it was accepted.
    pub fn deliver(&mut self, batch: &StoredBatch) -> bool {
        let (dice, refusing) = (&mut self.dice, self.luck == Luck::Unkind);
        let check = self.hub.receive(&batch.body, || refusing && dice.one_in(40));
        self.note(format!("-- {} reaches the hub: {check:?}, {:?}", batch.batch_id, self.hub.chain));
        check == ChainCheck::Next
    }

    /// Delivers the hub's reply to the outlet.
    pub fn answered(&mut self) {
        self.late = false;
        let row = self.hub.chain.clone();
        let adopted = in_tx(&self.db, |tx| adopt_hub_position(tx, &row, time::now()));
        assert_ne!(adopted, Adopted::Fork);
        if !matches!(&adopted, Adopted::Acknowledged(counts) if counts.rejected == 0) {
            self.ahead = None;
        }
        self.note(format!("-- answered: {adopted:?}"));
    }

    pub fn step(&mut self) {
        match self.dice.below(20) {
            0..=9 => self.change(),
            10..=11 => {
                let limit = 1 + usize::try_from(self.dice.below(4)).unwrap();
                let ours = one(&mut self.dice, &[("order", "o1"), ("order", "o2"), ("product", "a")]);
                let only = self.dice.one_in(5).then(|| EntityRef::new(ours.0, ours.1));
                self.ahead = self.read(limit, only);
                let read = self.ahead.as_ref().map_or("nothing".to_owned(), |read| content(&read.body));
                self.note(format!("-- read {read}"));
            }
            12..=14 => match (self.waiting(), self.ahead.take()) {
                (None, Some(read)) => self.make(&read),
                (None, None) => drop(self.read(3, None).inspect(|read| self.make(read))),
                (Some(_), ahead) => self.ahead = ahead,
            },
            15..=17 => {
                if let Some(batch) = self.waiting() {
                    self.deliver(&batch);
                    if self.luck == Luck::Kind || !self.dice.one_in(3) {
                        self.answered();
                    }
                }
            }
            _ if self.luck == Luck::Kind => self.change(),
            18 => self.abandon(),
            _ => match self.dice.below(6) {
                0 => self.backup = Some(self.hub.clone()),
                1 => {
                    if let Some(backup) = self.backup.clone() {
                        self.hub = backup;
                        self.note(format!("-- the hub is restored: {:?}", self.hub.chain));
                    }
                }
                // Two late batches at a restored hub, both unknown to the outlet, would need `reconcile`.
                _ if !self.abandoned.is_empty() && !self.late => {
                    let late = one(&mut self.dice, &self.abandoned);
                    self.note("-- late:");
                    self.late = self.deliver(&late);
                }
                _ => {}
            },
        }
    }

    /// A batch fails although the hub answers pings.
    pub fn abandon(&mut self) {
        let Some(batch) = self.waiting() else { return };
        if self.dice.one_in(2) {
            // A lost answer.
            self.deliver(&batch);
        }
        self.ahead = None;
        let failed = ReasonCode::Timeout.with("url", "http://hub/v1").into();
        let fate = if batch.units().unwrap() == 1 { AfterAbandon::Isolate(&failed) } else { AfterAbandon::Requeue };
        in_tx(&self.db, |tx| {
            suspect_hub(tx)?;
            abandon(tx, &batch, fate, time::now())
        });
        self.note(format!("-- {} is abandoned, {fate:?}", batch.batch_id));
        self.abandoned.push(batch);
    }

    /// Sends everything, and corrects what was rejected.
    pub fn drain(&mut self) {
        self.note("-- drain");
        self.luck = Luck::Kind;
        self.ahead = None;
        for _ in 0..200 {
            self.send_all();
            if !self.retry() {
                return;
            }
        }
        panic!("it does not come to rest");
    }

    /// Sends everything that can be sent.
    pub fn send_all(&mut self) {
        for _ in 0..200 {
            if let Some(batch) = self.waiting() {
                self.deliver(&batch);
                self.answered();
            } else if let Some(read) = self.read(2, None) {
                self.make(&read);
            } else {
                return;
            }
        }
        panic!("it does not come to rest");
    }

    /// Retries failed items, as people do. Returns whether there were any.
    pub fn retry(&mut self) -> bool {
        let failed = rows(&self.db, "select entity_type || ' ' || entity_id from sync_state where status = 'failed'");
        for key in &failed {
            let (entity_type, entity_id) = key.split_once(' ').unwrap();
            in_tx(&self.db, |tx| Ok(requeue(tx, &EntityRef::new(entity_type, entity_id), false)?));
            self.note(format!("-- retry {key}"));
        }
        !failed.is_empty()
    }

    pub fn documents(&self) -> BTreeMap<Key, Value> {
        let of = |entity: &'static Entity| {
            let ids = rows(&self.db, &format!("select id from {}", entity.table));
            ids.into_iter().map(move |id| {
                let document: String = self.db.query_row(&document_query(entity), [&id], |row| row.get(0)).unwrap();
                let document: Map<String, Value> = serde_json::from_str(&document).unwrap();
                let document = if entity.owner == Owner::Both { without_nulls(document) } else { document };
                ((entity.name.to_owned(), id), Value::Object(document))
            })
        };
        captured().flat_map(of).collect()
    }

    /// Changes a row, so that the outlet learns the hub's current position.
    pub fn meets_the_hub(&mut self) {
        // The first reply of a restored hub reveals the restore.
        self.run("update tables set seats = coalesce(seats, 0) + 1");
        self.drain();
    }

    pub fn assert_at_rest(&mut self) {
        assert_eq!(self.hub.documents(), self.documents(), "the hub's documents differ from the outlet's");
        let remaining = rows(&self.db, "select * from sync_state where status <> 'success' or version > acked_version");
        assert_eq!(remaining, [""; 0]);
        assert_eq!(rows(&self.db, "select pending, failed from sync_context"), ["0|0"]);
        assert_eq!(rows(&self.db, "select * from sync_links"), [""; 0]);
        assert!(!in_tx(&self.db, |tx| Ok(has_work(tx)?)));
        assert!(self.read(10, None).is_none(), "another round changes something");
    }
}

pub fn content(body: &[u8]) -> String {
    String::from_utf8(unpack(body).unwrap()).unwrap()
}

pub fn attempt<T>(
    db: &Connection,
    work: impl FnOnce(&Transaction<'_>) -> Result<T, QueueError>,
) -> Result<T, QueueError> {
    let tx = Transaction::new_unchecked(db, TransactionBehavior::Immediate)?;
    let done = work(&tx)?;
    tx.commit()?;
    Ok(done)
}

pub fn in_tx<T>(db: &Connection, work: impl FnOnce(&Transaction<'_>) -> Result<T, QueueError>) -> T {
    attempt(db, work).unwrap()
}

/// The rows of a query, each as its columns joined by a bar.
pub fn rows(connection: &Connection, sql: &str) -> Vec<String> {
    let mut statement = connection.prepare(sql).unwrap();
    let width = statement.column_count();
    let row = |row: &rusqlite::Row<'_>| {
        let cell = |n| match row.get_ref_unwrap(n) {
            ValueRef::Null => String::new(),
            ValueRef::Integer(n) => n.to_string(),
            ValueRef::Text(text) | ValueRef::Blob(text) => String::from_utf8_lossy(text).into_owned(),
            ValueRef::Real(real) => real.to_string(),
        };
        Ok((0..width).map(cell).collect::<Vec<_>>().join("|"))
    };
    statement.query_map([], row).unwrap().map(Result::unwrap).collect()
}
