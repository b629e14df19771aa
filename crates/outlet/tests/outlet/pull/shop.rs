//! A shop on a real database, driven by the requests and answers of a hub, and that hub's updates, pages and documents.

use protocol::cursor::{CATALOG, Cursor, StreamPosition};
use protocol::updates::{EnrollResponse, EntityPage, OwnedDocument, OwnedPage, StreamUpdate, Update, UpdatePage};
use protocol::wire::{ChainRow, EntityRef, Epoch, ItemReply, Outcome, Position, Token};
use replica::batches::{parse, unpack};
use replica::chain::chain;
use replica::conflicts::{self, Conflict};
use replica::engine::enroll;
use replica::error::QueueError;
use replica::progress::cursor::{self, PullRequest};
use replica::progress::range::{Comparison, Scope, running_comparison};
use replica::pull::apply_update::{UpdateEffect, apply_update};
use replica::pull::page::{self, PageEffect};
use replica::push::adopt::adopt_hub_position;
use replica::push::compose::{Plan, compose};
use replica::push::store::store;
use replica::reconcile::shared;
use replica::unapplied::UpdateSource;
use rusqlite::{Connection, Transaction};
use serde_json::{Map, Value, json};
use web::time;

pub const KOPI: &str = "01a204c6-5d13-7016-be28-8f5dba915757";

pub struct Shop {
    pub db: Connection,
    _dir: testkit::Scratch,
}

pub fn document(fields: Value) -> Map<String, Value> {
    let Value::Object(fields) = fields else { panic!("no object") };
    fields
}

/// A customer of head office.
pub fn customer(n: i64, change_id: &str, phone: &str) -> Update {
    let fields = json!({"id": "c1", "name": "Budi", "phone": phone, "email": null, "note": null});
    update("customer", "c1", n, change_id, document(fields))
}

/// A product of head office.
pub fn product(n: i64, change_id: &str, fields: Value) -> Update {
    let mut whole =
        document(json!({"id": KOPI, "code": null, "barcode": null, "name": "Kopi Susu", "category_id": null,
        "price": 22_000, "tax_group": "pbjt", "station": "bar", "available": true}));
    whole.extend(document(fields));
    update("product", KOPI, n, change_id, whole)
}

pub fn update(entity_type: &str, id: &str, n: i64, change_id: &str, document: Map<String, Value>) -> Update {
    Update {
        of: EntityRef { entity_type: entity_type.into(), entity_id: id.into() },
        token: Token { n, change_id: change_id.into() },
        deleted: false,
        document,
        changed_by: "hq:rina".into(),
        changed_at: "2026-11-22T19:40:39.672Z".into(),
        by_outlet: None,
        unreadable: None,
    }
}

pub fn deleted(mut update: Update) -> Update {
    update.deleted = true;
    update
}

pub fn at(n: i64) -> StreamPosition {
    StreamPosition { n, row_id: format!("row{n}") }
}

pub fn in_catalog(n: i64, update: Update) -> StreamUpdate {
    StreamUpdate { stream: CATALOG.into(), position: at(n), update }
}

impl Shop {
    pub fn new() -> Self {
        let dir = testkit::Scratch::new();
        let db = Connection::open(dir.path().join("pos.db")).unwrap();
        db.pragma_update(None, "foreign_keys", true).unwrap();
        for sql in [
            include_str!("../../../../../sql/schema/001_init.sql"),
            include_str!("../../../../../sql/schema/002_sync_system.sql"),
        ] {
            db.execute_batch(sql).unwrap();
        }
        let shop = Self { db, _dir: dir };
        // The rows of a fresh shop are not the subject here.
        shop.run("update sync_state set status = 'success', acked_version = version");
        shop
    }

    pub fn tx<T>(&mut self, work: impl FnOnce(&Transaction<'_>) -> T) -> T {
        let tx = self.db.transaction().unwrap();
        let result = work(&tx);
        tx.commit().unwrap();
        result
    }

    pub fn run(&self, sql: &str) {
        self.db.execute_batch(sql).unwrap();
    }

    pub fn text(&self, sql: &str) -> Option<String> {
        self.db.query_row(&format!("select cast(({sql}) as text)"), [], |row| row.get(0)).unwrap()
    }

    pub fn apply(&mut self, update: &Update) -> UpdateEffect {
        self.tx(|tx| apply_update(tx, update, UpdateSource::Stream, time::now())).unwrap()
    }

    /// Applies an ordinary page.
    pub fn page(&mut self, changes: Vec<StreamUpdate>) -> PageEffect {
        let (request, chain) = self.request();
        let page = UpdatePage { chain, stream_reset: false, changes, more: false, hub_version: None };
        self.apply_page(&request, &page)
    }

    pub fn apply_page(&mut self, request: &PullRequest, page: &UpdatePage) -> PageEffect {
        self.tx(|tx| page::apply(tx, request, page, time::now())).unwrap()
    }

    pub fn request(&mut self) -> (PullRequest, ChainRow) {
        self.tx(|tx| {
            let ours = chain(tx)?;
            Ok::<_, QueueError>((
                cursor::pull_request(tx)?,
                ChainRow { epoch: ours.epoch, position: ours.position, results: vec![] },
            ))
        })
        .unwrap()
    }

    /// Applies a range from a hub at the shop's position.
    pub fn apply_range(&mut self, comparison: &Comparison, page: &EntityPage) -> Result<bool, QueueError> {
        let (request, chain) = self.request();
        let page = EntityPage { chain, ..page.clone() };
        self.tx(|tx| shared::range(tx, comparison, &request, &page, time::now()))
    }

    pub fn cursor(&mut self) -> Cursor {
        self.tx(cursor::cursor).unwrap()
    }

    /// Composes and stores a batch; returns its items.
    pub fn send(&mut self, batch_id: &str) -> Vec<Value> {
        let result = self.tx(|tx| {
            let chain = chain(tx)?;
            let plan = Plan {
                epoch: chain.epoch,
                after: chain.position,
                limit: 100,
                only: None,
                batch_id: batch_id.to_owned(),
            };
            let Some(composed) = compose(tx, &plan)? else { return Ok(None) };
            store(tx, &composed, time::now())
        });
        let Some(stored) = result.unwrap() else { return vec![] };
        let json = unpack(&stored.body).unwrap();
        parse(&json).unwrap().items.iter().map(|item| serde_json::to_value(item).unwrap()).collect()
    }

    /// Applies the hub's reply to the batch that was sent.
    pub fn reply(&mut self, batch_id: &str, results: Vec<ItemReply>) {
        self.tx(|tx| {
            let ours = chain(tx)?;
            let row = ChainRow {
                epoch: ours.epoch,
                position: Position { batch_no: ours.position.batch_no + 1, batch_id: Some(batch_id.to_owned()) },
                results,
            };
            adopt_hub_position(tx, &row, time::now())
        })
        .unwrap();
    }

    pub fn conflicts(&mut self) -> Vec<Conflict> {
        self.tx(|tx| conflicts::list(tx, None, None, 100)).unwrap()
    }

    /// Pending entities.
    pub fn dirty(&self) -> i64 {
        let sql = "select count(*) from sync_state where version > acked_version and entity_type <> 'conflict'";
        self.db.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    pub fn price(&self) -> Option<String> {
        self.text(&format!("select price from products where id = '{KOPI}'"))
    }
}

/// A range of shared entities.
pub fn entities(cursor: &str, entities: Vec<Update>, next: Option<EntityRef>) -> EntityPage {
    let chain =
        ChainRow { epoch: Epoch { number: 1, id: String::new() }, position: Position::default(), results: vec![] };
    EntityPage { chain, cursor: cursor.to_owned(), entities, next }
}

pub fn applied(item: usize, n: i64, change_id: &str) -> ItemReply {
    ItemReply {
        args: serde_json::Map::new(),
        item,
        outcome: Outcome::Applied,
        code: None,
        message: None,
        token: Some(Token { n, change_id: change_id.into() }),
        refused_by_version: None,
    }
}

/// An order with these lines and payments, by id.
pub fn order(id: &str, lines: &[&str], payments: &[&str], note: &str) -> Map<String, Value> {
    let line = |id: &&str| {
        json!({"id": id, "position": 1, "product_id": KOPI, "name": "Kopi", "price": 10, "qty": 1, "amount": 10,
               "tax_group": "pbjt", "station": "bar", "note": null})
    };
    let payment = |id: &&str| {
        json!({"id": id, "method": "cash", "amount": 10, "rounding": 0, "tendered": 10, "change": 0, "status": "confirmed",
               "cashier_id": null, "created_at": "2026-11-22T10:00:00.000Z"})
    };
    document(json!({
        "id": id, "order_number": "JKT-20261122-0041", "business_date": "2026-11-22", "status": "open",
        "order_type": "dine_in", "table_number": null, "customer_name": note, "pax": null, "cashier_id": null,
        "subtotal": 10, "discount": 0, "service": 0, "tax": 0, "tax_included": 0, "rounding": 0, "total": 10, "paid": 0,
        "void_reason": null, "void_requested_by": null, "voided_by": null, "created_at": "2026-11-22T10:00:00.000Z", "paid_at": null,
        "voided_at": null, "lines": lines.iter().map(line).collect::<Vec<_>>(), "charges": [],
        "payments": payments.iter().map(payment).collect::<Vec<_>>()
    }))
}

pub fn at_hub(version: i64, document: Map<String, Value>) -> OwnedDocument {
    let id = document["id"].as_str().unwrap().to_owned();
    OwnedDocument {
        of: EntityRef { entity_type: "order".into(), entity_id: id },
        epoch_number: 1,
        version,
        document: Some(document),
        unreadable: None,
    }
}

impl Shop {
    /// Enrolls in a new epoch.
    pub fn enroll(&mut self, before: Option<ChainRow>) -> EnrollResponse {
        self.tx(|tx| {
            let request = enroll::begin(tx, "http://hub/v1", "code")?;
            assert_eq!(request, enroll::begin(tx, "http://hub/v1", "code")?, "the same code repeats the same request");
            let enrolled = EnrollResponse {
                outlet_id: "o".into(),
                outlet_code: "JKT".into(),
                outlet_name: "Jakarta".into(),
                epoch: Epoch { number: request.epoch_number + 1, id: request.epoch_id.clone() },
                previous_chain: before,
            };
            enroll::finish(tx, "http://hub/v1", &request, &enrolled, "admin", time::now())?;
            Ok::<_, QueueError>(enrolled)
        })
        .unwrap()
    }

    /// Compares the outlet-owned entities with all documents of the hub.
    pub fn compare_owned(&mut self, documents: Vec<OwnedDocument>) {
        let (_, chain) = self.request();
        let comparison = self.tx(|tx| running_comparison(tx, Scope::Rejoin)).unwrap().unwrap();
        let page = OwnedPage { chain, documents, next: None };
        assert!(self.tx(|tx| replica::reconcile::rejoin::range(tx, &comparison, &page, time::now())).unwrap());
    }

    /// Puts orders both into this database and at the hub.
    pub fn has_synced(&mut self, documents: Vec<OwnedDocument>) {
        self.tx(|tx| {
            tx.execute("insert into sync_reconcile (scope, started_at) values ('rejoin', '')", []).unwrap();
        });
        self.compare_owned(documents);
        assert_eq!(self.dirty(), 0);
    }

    pub fn children(&self, table: &str, order: &str) -> Vec<String> {
        let sql = format!("select id from {table} where order_id = ?1 order by id");
        let mut statement = self.db.prepare(&sql).unwrap();
        statement.query_map([order], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    }
}
