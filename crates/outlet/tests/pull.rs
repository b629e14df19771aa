//! What the outlet does with what comes from the hub, on a real database, without a network.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use protocol::cursor::{CATALOG, Cursor, Place};
use protocol::entity::{ENTITIES, Entity, Holds, Owner};
use protocol::updates::{Enrolled, EntityPage, OwnDocument, OwnPage, Page, StreamUpdate, Update};
use protocol::wire::{ChainRow, EntityRef, Epoch, ItemReply, Outcome, Position, Token};
use replica::batches::{parse, unpack, waiting};
use replica::chain::chain;
use replica::conflicts::{self, Conflict, Decision};
use replica::engine::join;
use replica::error::QueueError;
use replica::progress::cursor::{self, Asked};
use replica::progress::range::{Scope, UnderWay, under_way};
use replica::pull::page::{self, Read};
use replica::pull::take::{Taken, take};
use replica::pull::{gap, retry};
use replica::push::compose::{Plan, compose};
use replica::push::give_up::{Fate, give_up};
use replica::push::stand::stand;
use replica::push::store::store;
use replica::reconcile::shared_state;
use replica::unapplied::{self, Came};
use rusqlite::{Connection, Transaction};
use serde_json::{Map, Value, json};
use web::time;

const KOPI: &str = "01a204c6-5d13-7016-be28-8f5dba915757";

struct Shop {
    db: Connection,
    _dir: testkit::Scratch,
}

fn document(fields: Value) -> Map<String, Value> {
    let Value::Object(fields) = fields else { panic!("no object") };
    fields
}

/// A customer as head office has them.
fn customer(n: i64, change_id: &str, phone: &str) -> Update {
    let fields = json!({"id": "c1", "name": "Budi", "phone": phone, "email": null, "note": null});
    update("customer", "c1", n, change_id, document(fields))
}

/// A product as head office has it.
fn product(n: i64, change_id: &str, fields: Value) -> Update {
    let mut whole =
        document(json!({"id": KOPI, "code": null, "barcode": null, "name": "Kopi Susu", "category_id": null,
        "price": 22_000, "tax_group": "pbjt", "station": "bar", "available": true}));
    whole.extend(document(fields));
    update("product", KOPI, n, change_id, whole)
}

fn update(entity_type: &str, id: &str, n: i64, change_id: &str, document: Map<String, Value>) -> Update {
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

fn gone(mut update: Update) -> Update {
    update.deleted = true;
    update
}

fn at(n: i64) -> Place {
    Place { n, row_id: format!("row{n}") }
}

fn in_catalog(n: i64, update: Update) -> StreamUpdate {
    StreamUpdate { stream: CATALOG.into(), place: at(n), update }
}

impl Shop {
    fn new() -> Self {
        let dir = testkit::Scratch::new();
        let db = Connection::open(dir.path().join("pos.db")).unwrap();
        db.pragma_update(None, "foreign_keys", true).unwrap();
        for sql in
            [include_str!("../../../sql/schema/001_init.sql"), include_str!("../../../sql/schema/002_sync_system.sql")]
        {
            db.execute_batch(sql).unwrap();
        }
        let shop = Self { db, _dir: dir };
        // A fresh shop's own rows are not what is looked at here.
        shop.run("update sync_state set status = 'success', acked_version = version");
        shop
    }

    fn tx<T>(&mut self, work: impl FnOnce(&Transaction<'_>) -> T) -> T {
        let tx = self.db.transaction().unwrap();
        let result = work(&tx);
        tx.commit().unwrap();
        result
    }

    fn run(&self, sql: &str) {
        self.db.execute_batch(sql).unwrap();
    }

    fn text(&self, sql: &str) -> Option<String> {
        self.db.query_row(&format!("select cast(({sql}) as text)"), [], |row| row.get(0)).unwrap()
    }

    fn take(&mut self, update: &Update) -> Taken {
        self.tx(|tx| take(tx, update, Came::ByStream, time::now())).unwrap()
    }

    /// A page as it comes when nothing special happens, and what it leads to.
    fn page(&mut self, changes: Vec<StreamUpdate>) -> Read {
        let (asked, chain) = self.ask();
        let page = Page { chain, stream_reset: false, changes, more: false, hub_version: None };
        self.read(&asked, &page)
    }

    fn read(&mut self, asked: &Asked, page: &Page) -> Read {
        self.tx(|tx| page::read(tx, asked, page, time::now())).unwrap()
    }

    fn ask(&mut self) -> (Asked, ChainRow) {
        self.tx(|tx| {
            let ours = chain(tx)?;
            Ok::<_, QueueError>((
                cursor::ask(tx)?,
                ChainRow { epoch: ours.epoch, position: ours.position, results: vec![] },
            ))
        })
        .unwrap()
    }

    /// Takes a range from a hub that stands where the shop stands.
    fn range(&mut self, asked: &UnderWay, page: &EntityPage) -> Result<bool, QueueError> {
        let (stood, chain) = self.ask();
        let page = EntityPage { chain, ..page.clone() };
        self.tx(|tx| shared_state::range(tx, asked, &stood, &page, time::now()))
    }

    fn cursor(&mut self) -> Cursor {
        self.tx(cursor::cursor).unwrap()
    }

    /// What would be sent now: the items of a batch, stored as sent.
    fn send(&mut self, batch_id: &str) -> Vec<Value> {
        let made = self.tx(|tx| {
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
        let Some(stored) = made.unwrap() else { return vec![] };
        let json = unpack(&stored.body).unwrap();
        parse(&json).unwrap().items.iter().map(|item| serde_json::to_value(item).unwrap()).collect()
    }

    /// The hub's answer to the batch that was sent.
    fn answered(&mut self, batch_id: &str, results: Vec<ItemReply>) {
        self.tx(|tx| {
            let ours = chain(tx)?;
            let row = ChainRow {
                epoch: ours.epoch,
                position: Position { batch_no: ours.position.batch_no + 1, batch_id: Some(batch_id.to_owned()) },
                results,
            };
            stand(tx, &row, time::now())
        })
        .unwrap();
    }

    fn conflicts(&mut self) -> Vec<Conflict> {
        self.tx(|tx| conflicts::list(tx, None, None, 100)).unwrap()
    }

    /// Product rows that wait to be sent.
    fn dirty(&self) -> i64 {
        let sql = "select count(*) from sync_state where version > acked_version and entity_type <> 'conflict'";
        self.db.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    fn price(&self) -> Option<String> {
        self.text(&format!("select price from products where id = '{KOPI}'"))
    }
}

/// A range of what is shared.
fn entities(cursor: &str, entities: Vec<Update>, next: Option<EntityRef>) -> EntityPage {
    let chain =
        ChainRow { epoch: Epoch { number: 1, id: String::new() }, position: Position::default(), results: vec![] };
    EntityPage { chain, cursor: cursor.to_owned(), entities, next }
}

fn applied(item: usize, n: i64, change_id: &str) -> ItemReply {
    ItemReply {
        item,
        outcome: Outcome::Applied,
        code: None,
        message: None,
        token: Some(Token { n, change_id: change_id.into() }),
        refused_by: None,
    }
}

#[test]
fn a_price_comes_down_and_nothing_is_sent_back() {
    let mut shop = Shop::new();
    assert!(shop.take(&product(1, "a", json!({}))).changed);
    assert!(shop.take(&product(2, "b", json!({"price": 24_000}))).changed);
    assert_eq!(shop.price().as_deref(), Some("24000"));
    assert_eq!(shop.send("b1"), [] as [Value; 0]);
    assert_eq!(shop.dirty(), 0);
    assert_eq!(shop.take(&product(2, "b", json!({"price": 24_000}))), Taken::default(), "the same again");
    assert_eq!(shop.take(&product(1, "a", json!({}))), Taken::default(), "an older one");
    assert_eq!(shop.price().as_deref(), Some("24000"));
}

#[test]
fn whoever_edits_what_has_changed_at_head_office_meanwhile_is_told() {
    let mut shop = Shop::new();
    let version = |shop: &Shop| shop.text("select version from entity_versions where entity_type = 'product'").unwrap();
    shop.take(&product(1, "a", json!({})));
    let seen = version(&shop);
    shop.take(&product(2, "b", json!({"price": 24_000})));
    assert_ne!(version(&shop), seen, "clean");
    shop.run("update products set station = 'kitchen'");
    let seen = version(&shop);
    shop.send("b1");
    shop.take(&product(3, "c", json!({"price": 25_000})));
    assert_ne!(version(&shop), seen, "on its way");
    let conflict =
        ItemReply { item: 0, outcome: Outcome::Conflict, code: None, message: None, token: None, refused_by: None };
    shop.answered("b1", vec![conflict]);
    shop.page(vec![]);
    let sent = shop.send("b2");
    assert_eq!((&sent[0]["base"]["n"], &sent[0]["fields"]), (&json!(3), &json!({"station": ["bar", "kitchen"]})));
}

#[test]
fn an_edit_of_what_came_down_goes_up_with_its_base_and_comes_back_as_acknowledged() {
    let mut shop = Shop::new();
    shop.take(&product(1, "a", json!({})));
    shop.run("update products set price = 25000");
    let sent = shop.send("b1");
    assert_eq!(sent[0]["base"], json!({"n": 1, "change_id": "a"}));
    assert_eq!(sent[0]["fields"], json!({"price": [22_000, 25_000]}));
    // The stream shows the change before the answer comes.
    let read = shop.page(vec![in_catalog(1, product(2, "b1/0", json!({"price": 25_000})))]);
    assert_eq!((read.changes, read.changed), (1, 0), "an own change is no change");
    assert_eq!(shop.dirty(), 0);
    shop.answered("b1", vec![applied(0, 2, "b1/0")]);
    assert_eq!(shop.dirty(), 0);
    assert_eq!(shop.send("b2"), [] as [Value; 0], "no echo");
}

#[test]
fn a_deleted_product_that_came_from_head_office_is_deleted_there_too() {
    let mut shop = Shop::new();
    shop.take(&product(1, "a", json!({})));
    shop.run("delete from products");
    let sent = shop.send("b1");
    assert_eq!(sent[0]["fields"], json!({"deleted": [false, true]}));
    assert_eq!(sent[0]["operation"], "delete");
}

#[test]
fn what_head_office_deletes_is_gone_and_a_tombstone_of_the_unknown_is_nothing() {
    let mut shop = Shop::new();
    shop.take(&product(1, "a", json!({})));
    shop.take(&gone(product(2, "b", json!({}))));
    assert_eq!(shop.price(), None);
    assert_eq!(shop.dirty(), 0);
    let other = gone(update("product", "p2", 5, "x", document(json!({"id": "p2", "name": "Teh", "price": 1}))));
    assert_eq!(shop.take(&other), Taken::default());
    assert_eq!(shop.dirty(), 0);
}

#[test]
fn different_fields_of_one_product_are_merged_without_a_word() {
    let mut shop = Shop::new();
    shop.take(&product(1, "a", json!({})));
    shop.run("update products set station = 'kitchen'");
    let taken = shop.take(&product(2, "b", json!({"price": 24_000})));
    assert_eq!((taken.changed, taken.overlaps), (true, 0));
    assert_eq!(shop.price().as_deref(), Some("24000"));
    let sent = shop.send("b1");
    assert_eq!(sent[0]["base"]["n"], 2);
    assert_eq!(sent[0]["fields"], json!({"station": ["bar", "kitchen"]}));
    assert_eq!(shop.conflicts().len(), 0);
}

#[test]
fn field_note_15_cloud_wins_local_wins_and_manual_each_do_what_they_say_and_are_recorded() {
    let mut shop = Shop::new();
    shop.take(&product(1, "a", json!({})));
    shop.take(&customer(1, "c", "1"));
    shop.run("update products set price = 25000, station = 'kitchen'; update customers set phone = '2'");
    assert_eq!(shop.take(&product(2, "b", json!({"price": 24_000, "station": "none"}))).overlaps, 2);
    assert_eq!(shop.take(&customer(2, "d", "3")).overlaps, 1);
    assert_eq!(shop.price().as_deref(), Some("24000"), "cloud_wins");
    assert_eq!(shop.text("select station from products").as_deref(), Some("kitchen"), "local_wins");
    assert_eq!(shop.text("select phone from customers").as_deref(), Some("3"), "manual: cloud for now");
    let mut records: Vec<_> = shop
        .conflicts()
        .into_iter()
        .map(|c| (c.field, c.rule, c.status, c.base, c.local, c.cloud, c.cloud_by))
        .collect();
    records.sort_by(|a, b| a.0.cmp(&b.0));
    let by = Some("hq:rina".to_owned());
    let row = |field: &str, rule: &str, status: &str, base: Value, local: Value, cloud: Value| {
        (field.to_owned(), rule.to_owned(), status.to_owned(), base, local, cloud, by.clone())
    };
    assert_eq!(
        records,
        [
            row("phone", "manual", "open", json!("1"), json!("2"), json!("3")),
            row("price", "cloud_wins", "settled", json!(22_000), json!(25_000), json!(24_000)),
            row("station", "local_wins", "settled", json!("bar"), json!("kitchen"), json!("none")),
        ]
    );
    let sent = shop.send("b1");
    let product = sent.iter().find(|item| item["entity_type"] == "product").unwrap();
    assert_eq!(product["fields"], json!({"station": ["none", "kitchen"]}), "what local_wins kept goes up");
    assert_eq!(sent.iter().filter(|item| item["entity_type"] == "conflict").count(), 3, "head office sees each");
}

#[test]
fn what_won_does_not_go_up_before_its_record() {
    let mut shop = Shop::new();
    shop.take(&product(1, "a", json!({})));
    shop.run("update products set station = 'kitchen'; insert into tables (id, name) values ('t1', '1')");
    shop.take(&product(2, "b", json!({"station": "none"})));
    let types: Vec<_> = shop.send("b1").iter().map(|item| item["entity_type"].clone()).collect();
    assert_eq!(types, ["table", "conflict", "product"], "a restore between two batches must not lose the record alone");
}

/// The least that a row can be made of.
fn least(entity: &Entity) -> Map<String, Value> {
    let required = entity.fields.iter().filter(|field| field.is_required());
    let value = |holds| match holds {
        Holds::Word(words) => words[0].into(),
        Holds::Amount | Holds::Int(..) => 1.into(),
        _ => Value::from("x"),
    };
    required.map(|field| (field.name.to_owned(), value(field.holds))).collect()
}

#[test]
fn what_lacks_a_required_field_is_kept_alone_with_the_name_of_the_field() {
    let mut shop = Shop::new();
    let mut lacking = 0;
    for entity in ENTITIES.iter().filter(|entity| entity.owner != Owner::Outlet) {
        for came in [Came::ByStream, Came::ByComparison] {
            for name in least(entity).keys() {
                let id = format!("without-{name}-{came:?}");
                let mut part = least(entity);
                part.remove(name);
                let partly = update(entity.name, &id, 1, "a", part);
                assert!(shop.tx(|tx| take(tx, &partly, came, time::now())).unwrap().kept, "{}.{name}", entity.name);
                let of = format!("where entity_type = '{}' and entity_id = '{id}'", entity.name);
                let reason = shop.text(&format!("select reason from sync_kept_updates {of}")).unwrap();
                assert!(reason.contains(&format!("'{name}'")), "{}.{name}: {reason}", entity.name);
                lacking += 1;
                let whole = update(entity.name, &id, 2, "b", least(entity));
                assert!(shop.tx(|tx| take(tx, &whole, came, time::now())).unwrap().changed, "{}.{name}", entity.name);
            }
        }
    }
    assert!(lacking > 20);
    assert_eq!(shop.text("select count(*) from sync_kept_updates").as_deref(), Some("0"));
}

#[test]
fn what_is_brought_back_goes_with_the_fields_that_it_cannot_be_without() {
    let mut shop = Shop::new();
    shop.take(&product(5, "a", json!({})));
    // The hub was restored, and has nothing of it but another outlet's deletion.
    let tombstone = gone(update("product", KOPI, 1, "b", document(json!({"id": KOPI}))));
    shop.tx(|tx| take(tx, &tombstone, Came::ByComparison, time::now())).unwrap();
    assert_eq!(shop.price(), None);
    shop.run(&format!("insert into products (id, name, price) values ('{KOPI}', 'Kopi Susu', 22000)"));
    let sent = shop.send("b1");
    assert_eq!(sent[0]["base"]["n"], 1);
    for name in ["deleted", "name", "price"] {
        assert!(sent[0]["fields"][name].is_array(), "{name}: {}", sent[0]["fields"]);
    }
}

#[test]
fn delete_against_edit_is_recorded_and_can_be_undone() {
    let mut shop = Shop::new();
    shop.take(&product(1, "a", json!({})));
    shop.run("update products set price = 25000");
    assert_eq!(shop.take(&gone(product(2, "b", json!({})))).overlaps, 1);
    assert_eq!(shop.price(), None, "head office's deletion stands");
    let record = shop.conflicts().remove(0);
    assert_eq!(
        (record.field.as_str(), &record.local, &record.cloud),
        ("deleted", &json!({"price": 25_000}), &json!(true))
    );
    let after = shop.tx(|tx| conflicts::resolve(tx, &record.id, Decision::Local, "siti", time::now())).unwrap();
    assert_eq!((after.status.as_str(), after.resolved_by.as_deref()), ("resolved", Some("siti")));
    assert_eq!(shop.price().as_deref(), Some("25000"));
    let sent = shop.send("b1");
    let product = sent.iter().find(|item| item["entity_type"] == "product").unwrap();
    let name = json!(["Kopi Susu", "Kopi Susu"]);
    assert_eq!(product["fields"], json!({"deleted": [true, false], "name": name, "price": [22_000, 25_000]}));
}

#[test]
fn resolving_is_an_ordinary_edit_and_a_later_edit_supersedes_an_open_record() {
    let mut shop = Shop::new();
    shop.take(&customer(1, "a", "1"));
    shop.run("update customers set phone = '2'");
    shop.take(&customer(2, "b", "3"));
    assert_eq!(shop.text("select count(*) from sync_conflicts where status = 'open'").as_deref(), Some("1"));
    let id = shop.conflicts()[0].id.clone();
    shop.tx(|tx| conflicts::resolve(tx, &id, Decision::Local, "siti", time::now())).unwrap();
    assert_eq!(shop.text("select phone from customers").as_deref(), Some("2"));
    assert_eq!(shop.dirty(), 1, "the decision goes up");
    // Undone: head office's value after all.
    shop.tx(|tx| conflicts::resolve(tx, &id, Decision::Cloud, "siti", time::now())).unwrap();
    assert_eq!(shop.text("select phone from customers").as_deref(), Some("3"));

    shop.run("update customers set phone = '4'");
    shop.take(&customer(3, "c", "5"));
    let open = shop.conflicts()[0].clone();
    assert_eq!((open.status.as_str(), &open.local), ("open", &json!("4")));
    shop.take(&customer(4, "d", "6"));
    assert_eq!(shop.conflicts()[0].status, "superseded", "head office has changed the field since");
    let refused = shop.tx(|tx| conflicts::resolve(tx, &open.id, Decision::Local, "siti", time::now())).unwrap_err();
    assert_eq!(refused.code(), "superseded");
}

#[test]
fn an_edit_in_the_shop_supersedes_an_open_record_when_it_is_sent() {
    let mut shop = Shop::new();
    shop.take(&customer(1, "a", "1"));
    shop.run("update customers set phone = '2'");
    shop.take(&customer(2, "b", "3"));
    shop.run("update customers set phone = '9'");
    shop.send("b1");
    assert_eq!(shop.conflicts()[0].status, "superseded");
}

#[test]
fn head_offices_decision_is_carried_out_once() {
    let mut shop = Shop::new();
    shop.take(&customer(1, "a", "1"));
    shop.run("update customers set phone = '2'");
    shop.take(&customer(2, "b", "3"));
    let id = shop.conflicts()[0].id.clone();
    let decision =
        update("resolution", &id, 1, "r", document(json!({"id": id, "strategy": "local_wins", "by": "hq:rina"})));
    assert!(!shop.take(&decision).kept);
    assert_eq!(shop.text("select phone from customers").as_deref(), Some("2"));
    let record = &shop.conflicts()[0];
    assert_eq!((record.status.as_str(), record.resolved_by.as_deref()), ("resolved", Some("hq:rina")));
    shop.run("update customers set phone = '7'");
    shop.take(&decision);
    assert_eq!(shop.text("select phone from customers").as_deref(), Some("7"), "a decision counts once");
}

#[test]
fn a_decision_about_a_field_that_was_edited_since_and_not_sent_yet_changes_nothing() {
    let mut shop = Shop::new();
    shop.take(&customer(1, "a", "1"));
    shop.run("update customers set phone = '2'");
    shop.take(&customer(2, "b", "3"));
    let id = shop.conflicts()[0].id.clone();
    shop.run("update customers set phone = '9'");
    let decision =
        update("resolution", &id, 1, "r", document(json!({"id": id, "strategy": "local_wins", "by": "hq:rina"})));
    shop.take(&decision);
    assert_eq!(shop.text("select phone from customers").as_deref(), Some("9"));
    assert_eq!(shop.conflicts()[0].status, "superseded");
}

#[test]
fn keeping_what_was_not_deleted_keeps_what_was_changed_since() {
    let customer = |n, id: &str, phone: &str, note: &str| {
        let fields = json!({"id": "c1", "name": "Budi", "phone": phone, "email": null, "note": note});
        update("customer", "c1", n, id, document(fields))
    };
    let mut shop = Shop::new();
    shop.take(&customer(1, "a", "1", "x"));
    shop.run("delete from customers");
    shop.take(&customer(2, "b", "2", "x"));
    shop.take(&customer(3, "c", "3", "x"));
    shop.run("update customers set note = 'y'");
    let open = shop.conflicts()[0].clone();
    assert_eq!((open.status.as_str(), &open.cloud), ("open", &json!({"phone": "2"})));
    shop.tx(|tx| conflicts::resolve(tx, &open.id, Decision::Cloud, "siti", time::now())).unwrap();
    assert_eq!(shop.text("select phone || note from customers").as_deref(), Some("3y"));
}

#[test]
fn what_head_office_alone_writes_and_has_lost_is_gone() {
    let mut shop = Shop::new();
    let news = document(json!({"id": "n1", "title": "Tutup", "body": "", "starts_at": null, "ends_at": null}));
    shop.take(&update("announcement", "n1", 1, "a", news));
    let of = EntityRef { entity_type: "announcement".into(), entity_id: "n1".into() };
    shop.tx(|tx| shared_state::one(tx, &of, Some("a"), None, time::now())).unwrap();
    assert_eq!(shop.text("select count(*) from announcements").as_deref(), Some("0"));
}

#[test]
fn schedule_05_a_category_that_cannot_be_stored_does_not_hold_up_the_prices_behind_it() {
    let mut shop = Shop::new();
    let bad = update("category", "k1", 1, "k", document(json!({"id": "k1", "name": null, "position": 1})));
    let unknown = update("voucher", "v1", 1, "v", document(json!({"id": "v1", "worth": 5})));
    let read = shop.page(vec![in_catalog(1, bad), in_catalog(2, unknown), in_catalog(3, product(1, "a", json!({})))]);
    assert_eq!((read.changes, read.changed, read.kept), (3, 1, 2));
    assert_eq!(shop.price().as_deref(), Some("22000"));
    assert_eq!(shop.cursor().catalog, at(3));
    let kept = shop.tx(|tx| unapplied::list(tx, None, 10)).unwrap();
    assert_eq!(kept.iter().map(unapplied::KeptUpdate::cursor).collect::<Vec<_>>(), ["category/k1", "voucher/v1"]);
    let good = update("category", "k1", 2, "l", document(json!({"id": "k1", "name": "Minuman", "position": 1})));
    shop.page(vec![in_catalog(4, good)]);
    assert_eq!(shop.text("select name from categories where id = 'k1'").as_deref(), Some("Minuman"));
    let kept = shop.tx(|tx| unapplied::list(tx, None, 10)).unwrap();
    assert_eq!(
        kept.iter().map(unapplied::KeptUpdate::cursor).collect::<Vec<_>>(),
        ["voucher/v1"],
        "a later version took its place"
    );
    assert_eq!(shop.dirty(), 0);
}

#[test]
fn a_conflict_waits_until_the_base_has_changed_and_then_goes_again() {
    let mut shop = Shop::new();
    shop.page(vec![in_catalog(1, product(1, "a", json!({})))]);
    shop.run("update products set station = 'kitchen'");
    shop.send("b1");
    let conflict = ItemReply {
        item: 0,
        outcome: Outcome::Conflict,
        code: None,
        message: None,
        token: Some(Token { n: 2, change_id: "b".into() }),
        refused_by: None,
    };
    shop.answered("b1", vec![conflict]);
    assert_eq!(shop.text("select status from sync_queue where entity_type = 'product'").as_deref(), Some("pending"));
    assert_eq!(shop.send("b2"), [] as [Value; 0], "it waits for head office's version");
    let read = shop.page(vec![in_catalog(2, product(2, "b", json!({"price": 24_000})))]);
    assert_eq!(read.compare, []);
    let sent = shop.send("b3");
    assert_eq!((&sent[0]["base"]["n"], &sent[0]["fields"]), (&json!(2), &json!({"station": ["bar", "kitchen"]})));
}

#[test]
fn schedule_08_a_conflict_with_nothing_to_pull_is_compared_not_repeated_for_ever() {
    let mut shop = Shop::new();
    shop.page(vec![in_catalog(1, product(1, "gone", json!({})))]);
    shop.run("update products set station = 'kitchen'");
    shop.send("b1");
    let conflict =
        ItemReply { item: 0, outcome: Outcome::Conflict, code: None, message: None, token: None, refused_by: None };
    shop.answered("b1", vec![conflict]);
    let of = EntityRef { entity_type: "product".into(), entity_id: KOPI.into() };
    assert_eq!(shop.page(vec![]).compare, std::slice::from_ref(&of));
    let theirs = product(1, "other", json!({"price": 30_000}));
    shop.tx(|tx| shared_state::one(tx, &of, Some("gone"), Some(&theirs), time::now())).unwrap();
    assert_eq!(shop.price().as_deref(), Some("30000"));
    let sent = shop.send("b2");
    assert_eq!(
        (&sent[0]["base"]["change_id"], &sent[0]["fields"]),
        (&json!("other"), &json!({"station": ["bar", "kitchen"]}))
    );
}

#[test]
fn an_own_change_that_a_comparison_shows_before_its_answer_is_no_overlap_with_a_later_one() {
    let mut shop = Shop::new();
    shop.page(vec![in_catalog(1, customer(1, "a", "1"))]);
    shop.run("update customers set phone = '2'");
    shop.send("b1");
    shop.answered("b1", vec![applied(0, 2, "b1/0")]);
    let of = EntityRef { entity_type: "customer".into(), entity_id: "c1".into() };
    assert_eq!(shop.page(vec![]).compare, std::slice::from_ref(&of));
    shop.run("update customers set phone = '3'");
    shop.send("b2");
    shop.run("update customers set phone = '4'");
    let theirs = customer(3, "b2/0", "3");
    shop.tx(|tx| shared_state::one(tx, &of, Some("b1/0"), Some(&theirs), time::now())).unwrap();
    assert_eq!(shop.conflicts().len(), 0);
    assert_eq!(shop.text("select phone from customers").as_deref(), Some("4"));
    shop.answered("b2", vec![applied(0, 3, "b2/0")]);
    let sent = shop.send("b3");
    assert_eq!((&sent[0]["base"]["n"], &sent[0]["fields"]), (&json!(3), &json!({"phone": ["3", "4"]})));
}

#[test]
fn what_a_hub_does_not_know_is_not_sent_again_for_ever_and_what_it_shows_of_it_later_is_merged() {
    let mut shop = Shop::new();
    shop.run("insert into customers (id, name, phone) values ('c1', 'Budi', '1')");
    shop.send("b1");
    shop.answered("b1", vec![]);
    shop.run("update customers set phone = '2'");
    assert_eq!(shop.send("b2")[0]["base"], json!({"n": 1, "change_id": "b1/0"}));
    shop.answered("b2", vec![]);
    assert_eq!(shop.page(vec![]).compare, []);
    assert_eq!(shop.send("b3"), [] as [Value; 0]);
    let of = EntityRef { entity_type: "customer".into(), entity_id: "c1".into() };
    let (asked, chain) = shop.ask();
    let page = Page { chain, stream_reset: false, changes: vec![], more: false, hub_version: Some("9.0.0".into()) };
    assert_eq!(shop.read(&asked, &page).compare, std::slice::from_ref(&of), "another version is asked once");
    shop.tx(|tx| shared_state::one(tx, &of, Some("b2/0"), None, time::now())).unwrap();
    assert_eq!(shop.send("b3")[0]["fields"]["phone"], json!([null, "2"]), "which has lost it");
    shop.answered("b3", vec![]);
    shop.run("update customers set phone = '3'");
    shop.send("b4");
    shop.answered("b4", vec![]);
    assert_eq!(shop.page(vec![]).compare, []);
    let read = shop.page(vec![in_catalog(1, customer(1, "another outlet's", "9"))]);
    assert_eq!((read.overlaps, read.compare), (1, vec![]));
    assert_eq!((&shop.conflicts()[0].local, &shop.conflicts()[0].cloud), (&json!("3"), &json!("9")));
}

#[test]
fn an_entity_that_the_hub_has_lost_is_sent_whole() {
    let mut shop = Shop::new();
    shop.page(vec![in_catalog(1, product(1, "a", json!({})))]);
    let of = EntityRef { entity_type: "product".into(), entity_id: KOPI.into() };
    shop.tx(|tx| shared_state::one(tx, &of, Some("a"), None, time::now())).unwrap();
    let sent = shop.send("b1");
    assert_eq!(sent[0]["base"], Value::Null);
    assert_eq!(sent[0]["fields"]["name"], json!([null, "Kopi Susu"]));
    assert_eq!(sent[0]["operation"], "create");
}

#[test]
fn schedule_04_a_page_shows_a_closed_shop_that_the_hub_was_restored() {
    let mut shop = Shop::new();
    shop.run("insert into tables (id, name) values ('t1', 'Meja 1')");
    assert_eq!(shop.send("b1").len(), 1);
    shop.answered("b1", vec![]);
    assert_eq!(shop.dirty(), 0);
    let (asked, mut chain) = shop.ask();
    chain.position = Position::default();
    let page = Page { chain, stream_reset: false, changes: vec![], more: false, hub_version: None };
    assert!(shop.read(&asked, &page).moved);
    assert_eq!(shop.dirty(), 1, "what the hub lost is open again");
    assert_eq!(shop.send("b2").len(), 1);
}

#[test]
fn a_page_that_was_under_way_while_a_batch_was_settled_says_nothing_about_the_chain() {
    let mut shop = Shop::new();
    let (asked, chain) = shop.ask();
    shop.run("insert into tables (id, name) values ('t1', 'Meja 1')");
    shop.send("b1");
    shop.answered("b1", vec![]);
    let page = Page { chain, stream_reset: false, changes: vec![], more: false, hub_version: None };
    assert!(!shop.read(&asked, &page).moved);
    assert_eq!(shop.dirty(), 0);
}

#[test]
fn a_page_of_another_life_stops_and_one_for_another_life_is_nothing() {
    let mut shop = Shop::new();
    let (mut asked, mut chain) = shop.ask();
    asked.epoch_id = "earlier".into();
    let page = Page { chain: chain.clone(), stream_reset: true, changes: vec![], more: false, hub_version: None };
    shop.read(&asked, &page);
    assert_eq!(shop.tx(|tx| under_way(tx, Scope::Shared)).unwrap(), None);
    let (asked, _) = shop.ask();
    chain.epoch = Epoch { number: 2, id: "other".into() };
    chain.position = Position { batch_no: 1, batch_id: Some("x".into()) };
    shop.read(&asked, &Page { chain, stream_reset: false, changes: vec![], more: false, hub_version: None });
    assert_eq!(shop.text("select stopped_code from sync_chain").as_deref(), Some("epoch"));
}

#[test]
fn a_gap_in_the_numbers_is_never_skipped_everything_is_compared() {
    let mut shop = Shop::new();
    shop.page(vec![in_catalog(1, product(1, "a", json!({})))]);
    let read = shop.page(vec![in_catalog(3, product(3, "c", json!({"price": 1})))]);
    assert_eq!(read.changes, 0);
    assert_eq!(shop.cursor().catalog, at(1));
    assert!(shop.tx(|tx| under_way(tx, Scope::Shared)).unwrap().is_some());
    assert_eq!(shop.price().as_deref(), Some("22000"));
    assert_eq!(shop.tx(gap::count).unwrap(), 1);
}

#[test]
fn the_page_behind_is_asked_for_from_where_the_outlet_stands_after_a_page_and_nowhere_after_a_gap() {
    let mut shop = Shop::new();
    let (asked, chain) = shop.ask();
    let own = StreamUpdate { stream: "outlet:1".into(), ..in_catalog(1, customer(1, "c", "1")) };
    let changes =
        vec![in_catalog(1, product(1, "a", json!({}))), in_catalog(2, product(2, "b", json!({"price": 1}))), own];
    let page = Page { chain, stream_reset: false, changes, more: true, hub_version: None };
    assert!(shop.read(&asked, &page).more);
    assert_eq!(shop.ask().0, asked.behind(&page));
    let (asked, chain) = shop.ask();
    let changes = vec![in_catalog(4, product(4, "d", json!({})))];
    let page = Page { chain, stream_reset: false, changes, more: true, hub_version: None };
    shop.read(&asked, &page);
    assert_eq!(shop.ask().0, asked);
    assert_ne!(shop.ask().0, asked.behind(&page));
}

#[test]
fn a_gap_is_told_for_a_day_of_running_and_a_first_page_is_none() {
    let mut shop = Shop::new();
    let reset = |shop: &mut Shop| {
        let (asked, chain) = shop.ask();
        shop.read(&asked, &Page { chain, stream_reset: true, changes: vec![], more: false, hub_version: None });
    };
    let lately = |shop: &mut Shop| shop.tx(gap::lately).unwrap();
    let runs = |shop: &mut Shop, hours: i64| (0..hours).for_each(|_| shop.tx(replica::logs::hour_passed).unwrap());
    reset(&mut shop);
    assert_eq!((shop.tx(gap::count).unwrap(), lately(&mut shop)), (0, None));
    runs(&mut shop, 30);
    shop.run("delete from sync_reconcile");
    shop.page(vec![in_catalog(1, product(1, "a", json!({})))]);
    // While it is compared it is one gap.
    reset(&mut shop);
    reset(&mut shop);
    assert_eq!(shop.tx(gap::count).unwrap(), 1);
    // Whatever the clock was then, and is now: it is shown for so many hours of running.
    for at in ["1970-01-01T00:00:00.000Z", "2999-01-01T00:00:00.000Z"] {
        shop.run(&format!("update sync_ctx set gap_at = '{at}'"));
        assert_eq!(lately(&mut shop).as_deref(), Some(at));
    }
    runs(&mut shop, 24);
    assert!(lately(&mut shop).is_some());
    runs(&mut shop, 1);
    assert_eq!(lately(&mut shop), None);
}

#[test]
fn a_kept_update_keeps_the_time_when_it_came_and_is_not_written_again() {
    let mut shop = Shop::new();
    let voucher =
        |n, worth: i64| update("voucher", "v1", n, &format!("c{n}"), document(json!({"id": "v1", "worth": worth})));
    shop.page(vec![in_catalog(1, voucher(1, 5))]);
    shop.run("update sync_kept_updates set received_at = '2026-11-22T00:00:00.000Z'");
    let writes = |shop: &mut Shop| shop.tx(|tx| Ok::<_, QueueError>(tx.total_changes())).unwrap();
    let before = writes(&mut shop);
    assert_eq!(shop.tx(|tx| retry::try_again(tx, time::now())).unwrap(), 0);
    assert_eq!(writes(&mut shop), before);
    let at = "select received_at from sync_kept_updates";
    assert_eq!(shop.text(at).as_deref(), Some("2026-11-22T00:00:00.000Z"));
    shop.page(vec![in_catalog(2, voucher(2, 6))]);
    assert_ne!(shop.text(at).as_deref(), Some("2026-11-22T00:00:00.000Z"), "another one has come");
}

#[test]
fn of_much_that_is_kept_each_has_its_turn() {
    let mut shop = Shop::new();
    let future = |n| update("a_future_type", &format!("v{n}"), 1, "c", document(json!({"id": "v"})));
    shop.page((1..=120).map(|n| in_catalog(n, future(n))).collect());
    // A version that knows the last of them has come, and has nothing to do for it.
    shop.run(
        r#"update sync_kept_updates
           set entity_type = 'resolution', "update" = replace("update", '"a_future_type"', '"resolution"')
           where entity_id = 'v99'"#,
    );
    for millisecond in 0..6 {
        let now = jiff::Timestamp::from_millisecond(1_800_000_000_000 + millisecond).unwrap();
        shop.tx(|tx| retry::try_again(tx, now)).unwrap();
    }
    assert_eq!(shop.text("select count(*) from sync_kept_updates").as_deref(), Some("119"));
}

#[test]
fn everything_is_compared_range_by_range_and_goes_on_after_a_crash() {
    let mut shop = Shop::new();
    let named = |id: &str, n, change: &str| {
        update("category", id, n, change, document(json!({"id": id, "name": format!("Kategori {id}"), "position": 1})))
    };
    for (n, id) in ["a", "b", "c"].iter().enumerate() {
        shop.page(vec![in_catalog(i64::try_from(n).unwrap() + 1, named(id, 1, "old"))]);
    }
    shop.run("insert into categories (id, name) values ('d', 'Kategori sendiri')");
    let (asked, chain) = shop.ask();
    shop.read(&asked, &Page { chain, stream_reset: true, changes: vec![], more: false, hub_version: None });
    let first = shop.tx(|tx| under_way(tx, Scope::Shared)).unwrap().unwrap();
    // The hub has lost b and has a newer a.
    let of = |id: &str| EntityRef { entity_type: "category".into(), entity_id: id.into() };
    let page = entities("7.abc~2.def", vec![named("a", 2, "new")], Some(of("b")));
    assert!(!shop.range(&first, &page).unwrap());
    assert!(!shop.range(&first, &page).unwrap(), "a range that comes twice counts once");
    assert_eq!(shop.cursor().catalog, at(3), "the cursor moves when all ranges were compared");
    let second = shop.tx(|tx| under_way(tx, Scope::Shared)).unwrap().unwrap();
    assert_eq!(second.after, of("b"));
    let page = entities("9.zzz~3.yyy", vec![named("c", 1, "old")], None);
    assert!(shop.range(&second, &page).unwrap());
    assert_eq!(shop.cursor().to_string(), "7.abc~2.def", "the tail begins where the first range was read");
    let sent = shop.send("b1");
    let mut ids: Vec<_> = sent.iter().map(|item| item["entity_id"].as_str().unwrap()).collect();
    ids.sort_unstable();
    assert_eq!(ids, ["b", "d"]);
}

#[test]
fn what_a_restored_hub_has_lost_is_known_before_a_range_is_compared() {
    let mut shop = Shop::new();
    shop.page(vec![in_catalog(1, customer(1, "a", "1"))]);
    shop.run("update customers set phone = '2'");
    shop.send("b1");
    shop.answered("b1", vec![applied(0, 2, "b1/0")]);
    shop.run("insert into sync_reconcile (scope, started_at) values ('shared', '2026-11-22T19:40:39.672Z')");
    let asked = shop.tx(|tx| under_way(tx, Scope::Shared)).unwrap().unwrap();
    let (stood, chain) = shop.ask();
    let chain = ChainRow { position: Position::default(), ..chain };
    // Others have changed it twice since, and have not seen what the hub has lost.
    let page = EntityPage { chain, ..entities("9.o~0.", vec![customer(3, "other", "5")], None) };
    shop.run("insert into tables (id, name) values ('t1', 'Meja 1')");
    shop.send("b2");
    shop.answered("b2", vec![]);
    let range = |shop: &mut Shop, stood: &Asked| {
        shop.tx(|tx| shared_state::range(tx, &asked, stood, &page, time::now())).unwrap()
    };
    assert!(!range(&mut shop, &Asked { at: Some("b0".into()), ..stood.clone() }), "a batch was settled meanwhile");
    assert_eq!(shop.conflicts().len(), 0, "it is asked for again");
    assert!(range(&mut shop, &Asked { at: Some("b2".into()), ..stood }));
    let record = shop.conflicts()[0].clone();
    assert_eq!((&record.base, &record.local, &record.cloud), (&json!("1"), &json!("2"), &json!("5")));
}

/// A shop that has compared everything with a hub: one page was read at the first place, the other at the second.
fn compared_while_the_hub_went_on() -> Shop {
    let mut shop = Shop::new();
    shop.page(vec![in_catalog(1, product(1, "a", json!({})))]);
    shop.run("insert into sync_reconcile (scope, started_at) values ('shared', '2026-11-22T19:40:39.672Z')");
    let category = update("category", "k1", 1, "k", document(json!({"id": "k1", "name": "Minuman", "position": 1})));
    let next = Some(category.of.clone());
    for page in [
        entities("2.row2~0.", vec![category], next),
        entities("4.row4~0.", vec![product(3, "d", json!({"price": 9}))], None),
    ] {
        let asked = shop.tx(|tx| under_way(tx, Scope::Shared)).unwrap().unwrap();
        shop.range(&asked, &page).unwrap();
    }
    assert_eq!((shop.cursor().catalog, shop.price().as_deref()), (at(2), Some("9")));
    shop
}

#[test]
fn what_a_comparison_took_from_behind_its_place_is_shown_by_the_stream_or_compared_again() {
    let on = || in_catalog(3, customer(1, "c", "1"));
    let other =
        |n| StreamUpdate { place: Place { n, row_id: format!("other{n}") }, ..in_catalog(n, customer(1, "o", "2")) };
    for (changes, is_lost) in [
        (vec![on(), in_catalog(4, product(3, "d", json!({"price": 9})))], false),
        (vec![on(), other(4)], true),
        (vec![on(), other(4), other(5)], true),
        (vec![other(3)], true),
        (vec![], true),
    ] {
        let mut shop = compared_while_the_hub_went_on();
        let read = shop.page(changes.clone());
        let compares = shop.tx(|tx| under_way(tx, Scope::Shared)).unwrap().is_some();
        assert_eq!((compares, read.changes), (is_lost, if is_lost { 0 } else { 2 }), "{changes:?}");
        assert_eq!(shop.tx(gap::count).unwrap(), i64::from(is_lost), "{changes:?}");
    }
}

#[test]
fn a_page_that_does_not_reach_what_a_comparison_has_seen_decides_nothing() {
    let mut shop = compared_while_the_hub_went_on();
    let (asked, chain) = shop.ask();
    let changes = vec![in_catalog(3, customer(1, "c", "1"))];
    shop.read(&asked, &Page { chain: chain.clone(), stream_reset: false, changes, more: true, hub_version: None });
    assert_eq!(shop.tx(|tx| under_way(tx, Scope::Shared)).unwrap(), None);
    // A page that was asked for from an earlier place may be from before the comparison.
    shop.read(&asked, &Page { chain, stream_reset: false, changes: vec![], more: false, hub_version: None });
    assert_eq!(shop.tx(|tx| under_way(tx, Scope::Shared)).unwrap(), None);
    shop.page(vec![]);
    assert!(shop.tx(|tx| under_way(tx, Scope::Shared)).unwrap().is_some(), "the hub has lost it");
}

#[test]
fn a_new_comparison_says_all_of_what_the_hub_has() {
    let mut shop = compared_while_the_hub_went_on();
    shop.run("insert into sync_reconcile (scope, started_at) values ('shared', '2026-11-22T19:40:39.672Z')");
    let asked = shop.tx(|tx| under_way(tx, Scope::Shared)).unwrap().unwrap();
    let page = entities("3.other3~0.", vec![product(2, "b", json!({}))], None);
    shop.range(&asked, &page).unwrap();
    shop.page(vec![]);
    assert_eq!(shop.tx(|tx| under_way(tx, Scope::Shared)).unwrap(), None);
    assert_eq!(shop.price().as_deref(), Some("22000"), "the hub's version, which is an older one");
}

#[test]
fn what_was_fetched_by_itself_is_compared_once_more_unless_the_stream_shows_it() {
    let of = EntityRef { entity_type: "product".into(), entity_id: KOPI.into() };
    let fetch = |shop: &mut Shop, asked_at: &str, theirs: &Update| {
        shop.tx(|tx| shared_state::one(tx, &of, Some(asked_at), Some(theirs), time::now())).unwrap();
    };
    let mut shop = Shop::new();
    shop.page(vec![in_catalog(1, product(1, "a", json!({})))]);
    let theirs = product(2, "b", json!({"price": 9}));
    fetch(&mut shop, "a", &theirs);
    assert_eq!(shop.page(vec![]).compare, std::slice::from_ref(&of), "the hub may have lost it since");
    fetch(&mut shop, "b", &theirs);
    assert_eq!(shop.page(vec![]).compare, [], "it has not");
    fetch(&mut shop, "b", &product(3, "c", json!({"price": 10})));
    assert_eq!(shop.page(vec![in_catalog(2, product(3, "c", json!({"price": 10})))]).compare, []);
    fetch(&mut shop, "c", &product(4, "d", json!({"price": 11})));
    assert_eq!(shop.page(vec![]).compare, std::slice::from_ref(&of));
    fetch(&mut shop, "d", &product(3, "c", json!({"price": 10})));
    assert_eq!(shop.price().as_deref(), Some("10"), "it has lost it");
}

#[test]
fn what_head_office_changed_on_top_of_a_lost_edit_is_not_taken_for_the_version_before_it() {
    let mut shop = Shop::new();
    shop.take(&product(1, "a", json!({})));
    shop.run("update products set price = 25000");
    shop.send("b1");
    shop.answered("b1", vec![applied(0, 2, "b1/0")]);
    shop.take(&product(3, "c", json!({"price": 25_000, "name": "Kopi Baru"})));
    // The hub is restored as it was before both.
    let (_, chain) = shop.ask();
    shop.tx(|tx| stand(tx, &ChainRow { position: Position::default(), ..chain }, time::now())).unwrap();
    shop.tx(|tx| take(tx, &product(1, "a", json!({})), Came::ByComparison, time::now())).unwrap();
    assert_eq!(shop.text("select name from products").as_deref(), Some("Kopi Susu"));
    let sent = shop.send("b2");
    assert_eq!(sent[0]["base"], json!({"n": 1, "change_id": "a"}));
    assert_eq!(sent[0]["fields"], json!({"price": [22_000, 25_000]}), "the outlet's own edit goes again");
}

#[test]
fn a_batch_that_is_settled_again_does_not_pass_what_came_after_it_for_its_version() {
    let mut shop = Shop::new();
    shop.page(vec![in_catalog(1, product(1, "a", json!({})))]);
    shop.run("update products set price = 25000");
    shop.send("b1");
    shop.answered("b1", vec![applied(0, 2, "b1/0")]);
    shop.run("update products set station = 'kitchen'");
    shop.send("b2");
    shop.answered("b2", vec![applied(0, 3, "b2/0")]);
    let renamed = product(4, "hq", json!({"price": 25_000, "station": "kitchen", "name": "Kopi Hitam"}));
    shop.page(vec![
        in_catalog(2, product(2, "b1/0", json!({"price": 25_000}))),
        in_catalog(3, product(3, "b2/0", json!({"price": 25_000, "station": "kitchen"}))),
        in_catalog(4, renamed),
    ]);
    // The hub is restored to the first batch, and shows its version of it.
    let (_, mut row) = shop.ask();
    row.position = Position { batch_no: 1, batch_id: Some("b1".into()) };
    row.results = vec![applied(0, 2, "b1/0")];
    shop.tx(|tx| stand(tx, &row, time::now())).unwrap();
    let there = product(2, "b1/0", json!({"price": 25_000}));
    shop.tx(|tx| take(tx, &there, Came::ByComparison, time::now())).unwrap();
    assert_eq!(shop.text("select name from products").as_deref(), Some("Kopi Susu"), "head office has lost its edit");
    assert_eq!(shop.send("b3")[0]["fields"], json!({"station": ["bar", "kitchen"]}), "and the outlet's goes again");
}

#[test]
fn a_change_that_was_kept_and_that_the_hub_has_lost_does_not_come_later() {
    let mut shop = Shop::new();
    shop.run("create trigger refuses before insert on customers begin select raise(abort, 'no'); end");
    assert_eq!(shop.page(vec![in_catalog(1, customer(1, "a", "1"))]).kept, 1);
    let (asked, chain) = shop.ask();
    shop.read(&asked, &Page { chain, stream_reset: true, changes: vec![], more: false, hub_version: None });
    let asked = shop.tx(|tx| under_way(tx, Scope::Shared)).unwrap().unwrap();
    let nothing = entities("0.~0.", vec![], None);
    assert!(shop.range(&asked, &nothing).unwrap());
    shop.run("drop trigger refuses");
    shop.page(vec![]);
    assert_eq!(shop.text("select count(*) from customers").as_deref(), Some("0"));
}

/// Its answer has acknowledged the edit, or the stream alone where the answer was lost.
#[test]
fn an_acknowledged_edit_counts_again_when_a_copy_had_joined_and_the_hub_is_restored() {
    for is_answered in [true, false] {
        let mut shop = Shop::new();
        shop.page(vec![in_catalog(1, customer(1, "a", "1"))]);
        shop.run("update customers set phone = '2'");
        shop.send("b1");
        if is_answered {
            shop.answered("b1", vec![applied(0, 2, "b1/0")]);
        }
        shop.page(vec![in_catalog(2, customer(2, "b1/0", "2"))]);
        assert_eq!(shop.dirty(), 0);
        // A copy of this database has pushed; this one joins again.
        let (_, mut row) = shop.ask();
        row.position = Position { batch_no: 9, batch_id: Some("of the copy".into()) };
        shop.enrol(Some(row));
        shop.compare_own(vec![]);
        // The hub was restored, and head office has changed the phone without having seen the edit.
        let (asked, chain) = shop.ask();
        shop.read(&asked, &Page { chain, stream_reset: true, changes: vec![], more: false, hub_version: None });
        let asked = shop.tx(|tx| under_way(tx, Scope::Shared)).unwrap().unwrap();
        let page = entities("3.c~0.", vec![customer(3, "c", "3")], None);
        assert!(shop.range(&asked, &page).unwrap());
        let records: Vec<_> = shop.conflicts().into_iter().map(|c| (c.local, c.cloud)).collect();
        assert_eq!(records, [(json!("2"), json!("3"))], "the overwritten edit is recorded, answered: {is_answered}");
    }
}

#[test]
fn orders_are_linked_no_longer_when_head_office_keeps_one_of_them_and_the_other_is_acknowledged() {
    let mut shop = Shop::new();
    shop.has(vec![at_hub(1, order("o1", &["l1", "l2"], &[], "A")), at_hub(1, order("o2", &["l3"], &[], "B"))]);
    shop.run("update order_lines set order_id = 'o2' where id = 'l1'");
    assert_eq!(shop.send("b1").len(), 2);
    let refused = ItemReply {
        item: 0,
        outcome: Outcome::KeptAside,
        code: Some("acknowledged_sale".into()),
        message: Some("It is paid.".into()),
        token: None,
        refused_by: None,
    };
    shop.answered("b1", vec![refused]);
    let links = "select count(*) from sync_links";
    assert_eq!((shop.dirty(), shop.text(links).as_deref()), (1, Some("1")));
    let seq: i64 = shop.text("select seq from sync_state where status = 'failed'").unwrap().parse().unwrap();
    let decision =
        document(json!({"entity_type": "order", "entity_id": "o1", "seq": seq, "action": "keep", "by": "x"}));
    shop.take(&update("decision", "order/o1", 1, "d", decision));
    assert_eq!((shop.dirty(), shop.text(links).as_deref()), (0, Some("0")));
}

#[test]
fn what_was_made_here_goes_again_when_another_life_had_joined_and_the_hub_is_restored() {
    let mut shop = Shop::new();
    shop.page(vec![in_catalog(1, product(1, "a", json!({})))]);
    shop.run("insert into customers (id, name, phone) values ('c1', 'Budi', '1')");
    shop.send("b1");
    shop.answered("b1", vec![applied(0, 1, "b1/0")]);
    shop.page(vec![in_catalog(2, customer(1, "b1/0", "1"))]);
    let (_, mut row) = shop.ask();
    row.position = Position { batch_no: 9, batch_id: Some("of the copy".into()) };
    shop.enrol(Some(row));
    shop.compare_own(vec![]);
    let (asked, chain) = shop.ask();
    shop.read(&asked, &Page { chain, stream_reset: true, changes: vec![], more: false, hub_version: None });
    let asked = shop.tx(|tx| under_way(tx, Scope::Shared)).unwrap().unwrap();
    let page = entities("1.c~0.", vec![product(1, "a", json!({}))], None);
    assert!(shop.range(&asked, &page).unwrap());
    let sent = shop.send("b2");
    assert_eq!((&sent[0]["entity_id"], &sent[0]["fields"]["phone"]), (&json!("c1"), &json!([null, "1"])));
}

#[test]
fn an_edit_that_only_the_stream_has_acknowledged_goes_again_when_the_hub_loses_it() {
    let mut shop = Shop::new();
    shop.page(vec![in_catalog(1, product(1, "a", json!({})))]);
    shop.run("update products set price = 25000");
    shop.send("b1");
    // The answer is lost, the stream is not.
    shop.page(vec![in_catalog(2, product(2, "b1/0", json!({"price": 25_000})))]);
    assert_eq!(shop.dirty(), 0);
    // The hub is restored as it was before, and says so when the batch comes again.
    let (_, chain) = shop.ask();
    shop.tx(|tx| stand(tx, &ChainRow { position: Position::default(), ..chain }, time::now())).unwrap();
    shop.tx(|tx| take(tx, &product(1, "a", json!({})), Came::ByComparison, time::now())).unwrap();
    assert_eq!(shop.price().as_deref(), Some("25000"));
    assert_eq!(shop.send("b2")[0]["fields"], json!({"price": [22_000, 25_000]}));
}

#[test]
fn a_reset_that_was_asked_for_before_a_batch_was_settled_is_asked_for_again() {
    let mut shop = Shop::new();
    shop.page(vec![in_catalog(1, product(1, "a", json!({})))]);
    shop.run("update products set price = 25000");
    shop.send("b1");
    let (asked, chain) = shop.ask();
    // The hub was restored after it answered the batch and before it answered this.
    shop.answered("b1", vec![applied(0, 2, "b1/0")]);
    let page = Page { chain, stream_reset: true, changes: vec![], more: false, hub_version: None };
    let read = shop.read(&asked, &page);
    assert!(read.more);
    assert_eq!(shop.tx(|tx| under_way(tx, Scope::Shared)).unwrap(), None);
    let asked = shop.ask().0;
    assert!(shop.read(&asked, &page).moved, "the chain row comes first");
    assert!(shop.tx(|tx| under_way(tx, Scope::Shared)).unwrap().is_some());
    shop.tx(|tx| take(tx, &product(1, "a", json!({})), Came::ByComparison, time::now())).unwrap();
    assert_eq!(shop.price().as_deref(), Some("25000"), "the edit that the hub has lost goes again");
}

#[test]
fn a_comparison_that_does_not_show_an_accepted_edit_yet_does_not_undo_it() {
    let mut shop = Shop::new();
    shop.page(vec![in_catalog(1, product(1, "a", json!({})))]);
    shop.run("update products set price = 25000");
    shop.send("b1");
    let (asked, chain) = shop.ask();
    shop.read(&asked, &Page { chain, stream_reset: true, changes: vec![], more: false, hub_version: None });
    let asked = shop.tx(|tx| under_way(tx, Scope::Shared)).unwrap().unwrap();
    // The hub has read the range before it took the batch in, and the batch's answer is here first.
    let page = entities("1.row1~0.", vec![product(1, "a", json!({}))], None);
    shop.answered("b1", vec![applied(0, 2, "b1/0")]);
    assert!(shop.range(&asked, &page).unwrap());
    assert_eq!(shop.price().as_deref(), Some("25000"));
    shop.page(vec![in_catalog(2, product(2, "b1/0", json!({"price": 25_000})))]);
    assert_eq!((shop.price().as_deref(), shop.dirty()), (Some("25000"), 0));
}

#[test]
fn an_accepted_edit_that_the_stream_goes_past_was_lost_and_goes_again() {
    let mut shop = Shop::new();
    shop.page(vec![in_catalog(1, product(1, "a", json!({})))]);
    shop.run("update products set price = 25000");
    shop.send("b1");
    shop.answered("b1", vec![applied(0, 2, "b1/0")]);
    // The hub was restored to before the edit, and then changed there.
    shop.page(vec![in_catalog(2, product(2, "x", json!({"name": "Kopi Baru"})))]);
    assert_eq!(shop.text("select price || name from products").as_deref(), Some("25000Kopi Baru"));
    let sent = shop.send("b2");
    assert_eq!(sent[0]["base"], json!({"n": 2, "change_id": "x"}));
    assert_eq!(sent[0]["fields"], json!({"price": [22_000, 25_000]}));
}

#[test]
fn a_cursor_at_the_same_number_of_a_restored_hub_gets_that_hubs_row() {
    let mut shop = Shop::new();
    shop.page(vec![in_catalog(1, product(1, "a", json!({})))]);
    let (asked, chain) = shop.ask();
    shop.read(&asked, &Page { chain, stream_reset: true, changes: vec![], more: false, hub_version: None });
    let asked = shop.tx(|tx| under_way(tx, Scope::Shared)).unwrap().unwrap();
    let cursor = "1.another~0.".to_owned();
    let page = entities(&cursor, vec![product(1, "b", json!({}))], None);
    assert!(shop.range(&asked, &page).unwrap());
    assert_eq!(shop.cursor().to_string(), cursor, "else the stream is reset for ever");
}

#[test]
fn a_base_that_came_by_an_answer_is_compared_if_the_stream_does_not_show_it() {
    let mut shop = Shop::new();
    shop.page(vec![in_catalog(1, product(1, "a", json!({})))]);
    shop.run("update products set price = 25000");
    shop.send("b1");
    shop.answered("b1", vec![applied(0, 2, "b1/0")]);
    let of = EntityRef { entity_type: "product".into(), entity_id: KOPI.into() };
    assert_eq!(shop.page(vec![]).compare, [of]);
    let read = shop.page(vec![in_catalog(2, product(2, "b1/0", json!({"price": 25_000})))]);
    assert_eq!(read.compare, []);
}

#[test]
fn schedule_07_edited_back_while_its_answer_was_lost_ends_edited_back() {
    let mut shop = Shop::new();
    shop.page(vec![in_catalog(1, product(1, "a", json!({})))]);
    shop.run("update products set price = 25000");
    shop.send("b1");
    shop.run("update products set price = 22000");
    // The stream brings the own change although its answer was lost.
    shop.page(vec![in_catalog(2, product(2, "b1/0", json!({"price": 25_000})))]);
    assert_eq!(shop.price().as_deref(), Some("22000"));
    shop.answered("b1", vec![applied(0, 2, "b1/0")]);
    let sent = shop.send("b2");
    assert_eq!((&sent[0]["base"]["n"], &sent[0]["fields"]), (&json!(2), &json!({"price": [25_000, 22_000]})));
}

#[test]
fn schedule_09_a_given_up_create_that_arrives_late_leaves_no_ghost_of_what_was_deleted() {
    let mut shop = Shop::new();
    shop.run("insert into categories (id, name) values ('k1', 'Minuman')");
    shop.send("b1");
    shop.tx(|tx| {
        let open = waiting(tx)?.unwrap();
        give_up(tx, &open, Fate::Wait, "", time::now())
    })
    .unwrap();
    shop.run("delete from categories");
    // The hub has it after all.
    shop.answered("b1", vec![applied(0, 1, "b1/0")]);
    let sent = shop.send("b2");
    assert_eq!((&sent[0]["operation"], &sent[0]["base"]["n"]), (&json!("delete"), &json!(1)));
    assert_eq!(sent[0]["fields"], json!({"deleted": [false, true]}));
}

#[test]
fn field_note_13_a_field_that_is_absent_means_nothing() {
    let mut shop = Shop::new();
    let mut update = product(1, "a", json!({"category_id": "k1", "station": "kitchen"}));
    shop.take(&update);
    update.token = Token { n: 2, change_id: "b".into() };
    update.document = document(json!({"id": KOPI, "name": "Kopi Susu", "price": 25_000}));
    shop.take(&update);
    let row = shop.text("select price || ' ' || category_id || ' ' || station from products");
    assert_eq!(row.as_deref(), Some("25000 k1 kitchen"));
    assert_eq!(shop.dirty(), 0);
}

#[test]
fn field_note_14_a_name_that_stands_here_already_blocks_nothing_and_an_older_change_overwrites_nothing() {
    let mut shop = Shop::new();
    shop.run("insert into categories (id, name) values ('own', 'Kopi')");
    let category = |n, change: &str, name: &str| {
        update("category", "k1", n, change, document(json!({"id": "k1", "name": name, "position": 1})))
    };
    assert!(!shop.take(&category(1, "a", "Kopi")).kept);
    assert_eq!(shop.text("select count(*) from categories where name = 'Kopi'").as_deref(), Some("2"));
    shop.take(&category(3, "c", "Teh"));
    shop.take(&category(2, "b", "Jus"));
    assert_eq!(shop.text("select name from categories where id = 'k1'").as_deref(), Some("Teh"));
}

#[test]
fn fields_that_this_version_does_not_know_stay_at_the_hub() {
    let mut shop = Shop::new();
    shop.take(&product(1, "a", json!({"allergens": ["susu"]})));
    shop.run("update products set price = 25000");
    assert_eq!(shop.send("b1")[0]["fields"], json!({"price": [22_000, 25_000]}));
    assert!(shop.text("select document from sync_bases").unwrap().contains("allergens"));
}

#[test]
fn the_guard_is_down_after_a_change_that_the_table_refuses() {
    let mut shop = Shop::new();
    let bad = product(1, "a", json!({"price": "dear"}));
    assert!(shop.take(&bad).kept);
    assert_eq!(shop.text("select applying_type from sync_ctx"), None);
    shop.run("insert into products (id, name, price) values ('own', 'Teh', 5000)");
    assert_eq!(shop.dirty(), 1);
}

/// The outlet's order as its own table has it: `lines` and `payments` by id.
fn order(id: &str, lines: &[&str], payments: &[&str], note: &str) -> Map<String, Value> {
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

fn at_hub(version: i64, document: Map<String, Value>) -> OwnDocument {
    let id = document["id"].as_str().unwrap().to_owned();
    OwnDocument {
        of: EntityRef { entity_type: "order".into(), entity_id: id },
        epoch_number: 1,
        version,
        document: Some(document),
        unreadable: None,
    }
}

impl Shop {
    /// Joins again with a new life.
    fn enrol(&mut self, before: Option<ChainRow>) -> Enrolled {
        self.tx(|tx| {
            let request = join::begin(tx, "http://hub/v1", "code")?;
            assert_eq!(request, join::begin(tx, "http://hub/v1", "code")?, "the same code asks the same again");
            let enrolled = Enrolled {
                outlet_id: "o".into(),
                outlet_code: "JKT".into(),
                outlet_name: "Jakarta".into(),
                epoch: Epoch { number: request.epoch_number + 1, id: request.epoch_id.clone() },
                before,
            };
            join::finish(tx, "http://hub/v1", &request, &enrolled, time::now())?;
            Ok::<_, QueueError>(enrolled)
        })
        .unwrap()
    }

    /// Compares the outlet's own with all that the hub has.
    fn compare_own(&mut self, documents: Vec<OwnDocument>) {
        let (_, chain) = self.ask();
        let asked = self.tx(|tx| under_way(tx, Scope::Own)).unwrap().unwrap();
        let page = OwnPage { chain, documents, next: None };
        assert!(self.tx(|tx| replica::reconcile::own::range(tx, &asked, &page, time::now())).unwrap());
    }

    /// Orders that stand here and at the hub.
    fn has(&mut self, documents: Vec<OwnDocument>) {
        self.tx(|tx| {
            tx.execute("insert into sync_reconcile (scope, started_at) values ('own', '')", []).unwrap();
        });
        self.compare_own(documents);
        assert_eq!(self.dirty(), 0);
    }

    fn children(&self, table: &str, order: &str) -> Vec<String> {
        let sql = format!("select id from {table} where order_id = ?1 order by id");
        let mut statement = self.db.prepare(&sql).unwrap();
        statement.query_map([order], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    }
}

#[test]
fn a_replaced_machine_gets_its_orders_and_its_next_numbers_back() {
    let mut shop = Shop::new();
    shop.enrol(None);
    shop.compare_own(vec![at_hub(3, order("o1", &["l1"], &["p1"], "Budi"))]);
    assert_eq!(
        (shop.children("order_lines", "o1"), shop.children("payments", "o1")),
        (vec!["l1".into()], vec!["p1".into()])
    );
    assert_eq!(shop.dirty(), 0);
    assert_eq!(shop.text("select next from order_numbers where business_date = '2026-11-22'").as_deref(), Some("42"));
    assert_eq!(shop.text("select version from sync_state where entity_id = 'o1'").as_deref(), Some("3"));
    assert_eq!(shop.send("b1"), [] as [Value; 0]);
}

#[test]
fn schedule_02_a_payment_on_a_restored_outlet_and_those_that_the_backup_lacks_all_survive() {
    let mut shop = Shop::new();
    shop.has(vec![at_hub(3, order("o1", &["l1"], &[], "Budi"))]);
    // The hub has two changes more; the cashier takes another payment on the restored database.
    shop.run(
        "insert into payments (order_id, id, method, amount, tendered, created_at)
         values ('o1', 'p9', 'qris', 10, 10, '2026-11-22T11:00:00.000Z')",
    );
    shop.enrol(None);
    shop.compare_own(vec![at_hub(5, order("o1", &["l1"], &["p1", "p2"], "Budi"))]);
    assert_eq!(shop.children("payments", "o1"), ["p1", "p2", "p9"]);
    // Sold once, paid three times; and on record, for there is nothing to decide.
    let figures = "select status || ' ' || total || ' ' || paid || ' ' || paid_at from orders where id = 'o1'";
    assert_eq!(shop.text(figures).as_deref(), Some("paid 10 30 2026-11-22T11:00:00.000Z"));
    let record =
        "select field || ' ' || rule || ' ' || status || ' ' || json_array_length(local) || json_array_length(cloud)
        from sync_conflicts";
    assert_eq!(shop.text(record).as_deref(), Some("payments both_kept settled 12"));
    let id = shop.text("select id from sync_conflicts").unwrap();
    let resolved = shop
        .tx(|tx| conflicts::resolve(tx, &id, Decision::Local, "dewi", time::now()).map_err(|r| r.code().to_owned()));
    assert_eq!(resolved.unwrap_err(), "both_kept");
    let sent = shop.send("b1");
    assert_eq!((&sent[0]["version"], sent[0]["data"]["payments"].as_array().unwrap().len()), (&json!(6), 3));
    assert_eq!((&sent[0]["data"]["paid"], &sent[1]["entity_type"]), (&json!(30), &json!("conflict")));
}

#[test]
fn what_was_changed_here_and_paid_at_the_hub_is_paid() {
    let mut shop = Shop::new();
    shop.has(vec![at_hub(3, order("o1", &["l1"], &[], "Budi")), at_hub(3, order("o2", &["l2"], &[], "Siti"))]);
    shop.run("update orders set customer_name = 'Dewi' where id = 'o1'");
    shop.run("update orders set status = 'void', void_reason = 'x' where id = 'o2'");
    shop.enrol(None);
    let paid = |id: &str, line: &str, name: &str| {
        let mut order = order(id, &[line], &[&format!("{id}p")], name);
        order.extend(document(json!({"status": "paid", "paid": 10, "paid_at": "2026-11-22T10:00:00.000Z"})));
        at_hub(4, order)
    };
    shop.compare_own(vec![paid("o1", "l1", "Budi"), paid("o2", "l2", "Siti")]);
    let figures = |id: &str| {
        format!("select status || ' ' || total || ' ' || paid || ' ' || customer_name from orders where id = '{id}'")
    };
    assert_eq!(shop.text(&figures("o1")).as_deref(), Some("paid 10 10 Dewi"));
    assert_eq!(shop.text(&figures("o2")).as_deref(), Some("paid 10 10 Siti"), "money never stands on a void order");
}

#[test]
fn joining_again_in_the_middle_of_a_comparison_compares_from_the_beginning() {
    let mut shop = Shop::new();
    shop.has(vec![at_hub(1, order("o1", &["l1"], &[], "Budi")), at_hub(1, order("o2", &["l2"], &[], "Siti"))]);
    shop.enrol(None);
    let (_, of_the_first_life) = shop.ask();
    let begun = shop.tx(|tx| under_way(tx, Scope::Own)).unwrap().unwrap();
    let whole = |version, lines: &[&str]| at_hub(version, order("o1", lines, &[], "Budi"));
    let first = |chain, documents: Vec<OwnDocument>| OwnPage { chain, next: Some(documents[0].of.clone()), documents };
    let page = first(of_the_first_life.clone(), vec![whole(1, &["l1"])]);
    assert!(!shop.tx(|tx| replica::reconcile::own::range(tx, &begun, &page, time::now())).unwrap());
    // Another life of this database adds a line at the hub before this one joins again.
    shop.enrol(None);
    assert_eq!(shop.tx(|tx| under_way(tx, Scope::Own)).unwrap().unwrap(), begun, "from the beginning");
    assert!(!shop.tx(|tx| replica::reconcile::own::range(tx, &begun, &page, time::now())).unwrap());
    assert_eq!(shop.tx(|tx| under_way(tx, Scope::Own)).unwrap().unwrap(), begun, "an answer to the life before");
    shop.compare_own(vec![whole(2, &["l1", "l3"]), at_hub(1, order("o2", &["l2"], &[], "Siti"))]);
    assert_eq!(shop.children("order_lines", "o1"), ["l1", "l3"], "what the hub has had since is not overwritten");
}

#[test]
fn what_has_not_changed_since_the_backup_is_taken_from_the_hub_and_what_it_lacks_goes_again() {
    let mut shop = Shop::new();
    shop.has(vec![at_hub(3, order("o1", &["l1"], &[], "Budi")), at_hub(2, order("o2", &["l2"], &[], "Siti"))]);
    shop.enrol(None);
    shop.compare_own(vec![at_hub(5, order("o1", &["l1", "l3"], &[], "Budi Santoso"))]);
    assert_eq!(shop.children("order_lines", "o1"), ["l1", "l3"]);
    assert_eq!(shop.text("select customer_name from orders where id = 'o1'").as_deref(), Some("Budi Santoso"));
    let sent = shop.send("b1");
    let ids: Vec<_> = sent.iter().map(|item| item["entity_id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["o2"]);
}

#[test]
fn a_line_that_was_moved_after_the_backup_is_in_one_order_only() {
    for swapped in [false, true] {
        let mut shop = Shop::new();
        let (from, to) = if swapped { ("o2", "o1") } else { ("o1", "o2") };
        shop.has(vec![at_hub(1, order(from, &["l1", "l2"], &[], "A")), at_hub(1, order(to, &["l3"], &[], "B"))]);
        shop.enrol(None);
        let mut documents =
            vec![at_hub(2, order(from, &["l2"], &[], "A")), at_hub(2, order(to, &["l1", "l3"], &[], "B"))];
        documents.sort_by(|a, b| a.of.cmp(&b.of));
        shop.compare_own(documents);
        assert_eq!(shop.children("order_lines", from), ["l2"], "{swapped}");
        assert_eq!(shop.children("order_lines", to), ["l1", "l3"], "{swapped}");
    }
}

#[test]
fn nothing_is_left_of_the_life_before_but_what_the_hub_lacks_goes_again() {
    let mut shop = Shop::new();
    shop.run("insert into tables (id, name) values ('t1', 'Meja 1')");
    shop.send("b1");
    shop.answered("b1", vec![]);
    shop.run("insert into tables (id, name) values ('t2', 'Meja 2')");
    shop.send("b2");
    let (_, before) = shop.ask();
    let first_life = before.epoch.clone();
    let enrolled = shop.enrol(Some(before));
    let ours = shop.tx(chain).unwrap();
    assert_eq!((ours.epoch.number, ours.position.batch_no), (2, 0));
    assert_eq!(ours.root_batch_id.as_deref(), Some("b1"));
    assert_ne!(enrolled.epoch, first_life);
    let table = |id: &str, name: &str, version| OwnDocument {
        of: EntityRef { entity_type: "table".into(), entity_id: id.into() },
        epoch_number: 1,
        version,
        document: Some(document(json!({"id": id, "name": name, "area": null, "seats": null, "active": true}))),
        unreadable: None,
    };
    shop.compare_own(vec![table("t1", "Meja 1", 1)]);
    let sent = shop.send("b3");
    assert_eq!((sent.len(), &sent[0]["entity_id"]), (1, &json!("t2")));
}

#[test]
fn an_own_order_that_the_tables_refuse_is_kept_for_people_and_comes_when_they_take_it() {
    let mut shop = Shop::new();
    shop.enrol(None);
    shop.run(
        "create trigger refuses before insert on order_lines when new.id = 'l1' begin select raise(abort, 'no'); end",
    );
    shop.compare_own(vec![at_hub(2, order("o1", &["l1"], &[], "Budi")), at_hub(2, order("o2", &["l2"], &[], "Siti"))]);
    assert_eq!(shop.text("select group_concat(id) from orders").as_deref(), Some("o2"));
    let kept = "select entity_id || ' ' || reason from sync_kept_updates";
    assert!(shop.text(kept).unwrap().starts_with("o1 This database does not take it"), "{:?}", shop.text(kept));
    assert_eq!(shop.tx(|tx| retry::try_again(tx, time::now())).unwrap(), 0);
    shop.run("drop trigger refuses");
    assert_eq!(shop.tx(|tx| retry::try_again(tx, time::now())).unwrap(), 1);
    assert_eq!(shop.children("order_lines", "o1"), ["l1"]);
    assert_eq!(shop.text(kept), None);
    assert_eq!(shop.text("select pending from sync_ctx").as_deref(), Some("0"), "nothing is sent for it");
}

#[test]
fn an_own_order_that_is_too_large_is_set_aside_alone() {
    let mut shop = Shop::new();
    shop.enrol(None);
    let ids: Vec<String> = (0..400).map(|n| format!("l{n}")).collect();
    let mut grown = order("o1", &ids.iter().map(String::as_str).collect::<Vec<_>>(), &[], "Budi");
    for line in grown["lines"].as_array_mut().unwrap() {
        line["note"] = "x".repeat(1_000).into();
        line["name"] = "x".repeat(1_000).into();
    }
    assert!(serde_json::to_vec(&grown).unwrap().len() > protocol::limits::MAX_ENTITY_BYTES);
    shop.compare_own(vec![at_hub(2, grown), at_hub(2, order("o2", &["l-2"], &[], "Siti"))]);
    assert_eq!(shop.text("select group_concat(id) from orders").as_deref(), Some("o2"));
    let kept = shop.text("select entity_id || ' ' || reason from sync_kept_updates").unwrap();
    assert!(kept.starts_with("o1 ") && kept.contains("bytes"), "{kept}");
}

#[test]
fn a_bad_update_of_any_field_is_set_aside_alone_and_the_cursor_moves_on() {
    let mut shop = Shop::new();
    let mut changes = Vec::new();
    for entity in ENTITIES.iter().filter(|entity| entity.owner != Owner::Outlet) {
        for field in entity.fields {
            let id = format!("{}-{}", entity.name, field.name);
            let broken = document(json!({"id": id, field.name: {"a": 1}}));
            changes.push(update(entity.name, &id, 1, &format!("c-{id}"), broken));
        }
    }
    let unreadable = Update { unreadable: Some("it has 5000000 bytes".into()), ..customer(1, "c-large", "1") };
    changes.push(unreadable);
    // Fields that this version does not know count for size and depth.
    let deep = (0..60).fold(json!(1), |inner, _| json!([inner]));
    for (id, unknown) in [("c-huge", json!("x".repeat(600 << 10))), ("c-deep", deep)] {
        changes.push(update("category", id, 1, id, document(json!({"id": id, "name": "Kopi", "newer": unknown}))));
    }
    let bad = changes.len();
    changes.push(product(1, "c-good", json!({})));
    let place = |(n, update)| in_catalog(n, update);
    let read = shop.page((1..).zip(changes).map(place).collect());
    assert_eq!((read.changes, read.kept, read.changed), (bad + 1, bad, 1));
    assert_eq!(shop.cursor().catalog.n, i64::try_from(bad).unwrap() + 1);
    assert_eq!(shop.text("select count(*) from sync_kept_updates").unwrap(), bad.to_string());
    assert_eq!(shop.text("select name from products").as_deref(), Some("Kopi Susu"));
    // What was kept is tried again with every page, and stays out.
    shop.page(vec![]);
    assert_eq!(shop.text("select count(*) from sync_kept_updates").unwrap(), bad.to_string());
}

#[test]
fn a_row_that_the_hub_would_not_take_is_held_back_alone() {
    let mut shop = Shop::new();
    shop.run(&format!(
        "insert into categories (id, name) values ('large', '{}'), ('good', 'Kopi'), ('bad', char(27) || '[2J')",
        "x".repeat(600 << 10)
    ));
    let unsendable = shop.tx(|tx| {
        let chain = chain(tx).unwrap();
        let plan = Plan { epoch: chain.epoch, after: chain.position, limit: 10, only: None, batch_id: "b1".into() };
        compose(tx, &plan).unwrap().unwrap().unsendable
    });
    let held: Vec<_> = unsendable.iter().map(|held| (held.row.entity_id.as_str(), held.code)).collect();
    assert_eq!(held, [("large", "too_large"), ("bad", "invalid_document")]);
    assert!(unsendable[1].reason.contains("'name'"), "{unsendable:?}");
}
