//! The fast path gives the same result as the full merge, for every local state and every update.

use protocol::updates::Update;
use protocol::wire::{EntityRef, Token};
use replica::pull::apply_update::{UpdateEffect, apply_update};
use replica::unapplied::UpdateSource;
use rusqlite::{Connection, Transaction};
use serde_json::{Map, Value, json};

const KOPI: &str = "01a204c6-5d13-7016-be28-8f5dba915757";

/// A shop that has one product of head office, in its second version.
fn shop() -> Connection {
    let db = Connection::open_in_memory().unwrap();
    db.pragma_update(None, "foreign_keys", true).unwrap();
    for sql in [
        include_str!("../../../../sql/schema/001_init.sql"),
        include_str!("../../../../sql/schema/002_sync_system.sql"),
    ] {
        db.execute_batch(sql).unwrap();
    }
    db.execute_batch("delete from sync_state").unwrap();
    let tx = db.unchecked_transaction().unwrap();
    receive(&tx, &product(1, "a", json!({"price": 20_000})));
    receive(&tx, &product(2, "b", json!({"allergens": ["susu"]})));
    tx.commit().unwrap();
    db
}

fn receive(tx: &Transaction<'_>, update: &Update) -> UpdateEffect {
    apply(tx, update, UpdateSource::Stream)
}

fn apply(tx: &Transaction<'_>, update: &Update, source: UpdateSource) -> UpdateEffect {
    apply_update(tx, update, source, "2026-11-23T00:00:00Z".parse().unwrap()).unwrap()
}

/// Traces of a failed attempt force the full merge, which removes them.
const FORCE_MERGE: &str = "update sync_state set retry_count = 1 where entity_type = 'product'";

fn text(db: &Connection, sql: &str) -> String {
    let sql = format!("select coalesce(cast(({sql}) as text), '')");
    db.query_row(&sql, [], |row| row.get(0)).unwrap()
}

/// Everything that an update may change, except clocks and random ids.
fn database(db: &Connection) -> Vec<String> {
    let rows =
        |columns: &str, from: &str| text(db, &format!("select json_group_array(json_array({columns})) from {from}"));
    vec![
        rows(
            "id, code, barcode, name, category_id, price, tax_group, station, available, variants, modifier_groups, position,
             unit, qty_scale, scale_code",
            "products",
        ),
        rows("token_n, change_id, document, awaits_stream", "sync_bases"),
        rows(
            "entity_type, version, acked_version, seq, status, batch_no, was_sent, isolated, hub_suspected, error_code,
             error_args, error_message, refused_by_version, conflict_base, cloud_version, synced_at",
            "(select * from sync_state order by seq)",
        ),
        rows("field, base, local, cloud, rule, status", "(select * from sync_conflicts order by field)"),
        rows("message, \"update\", compared_base", "sync_unapplied_updates"),
        rows("pending, failed, applying_type, commit_guard", "sync_context"),
    ]
}

fn product(n: i64, change_id: &str, fields: Value) -> Update {
    let whole = json!({"id": KOPI, "code": null, "barcode": "899", "name": "Kopi Susu", "category_id": null,
        "price": 22_000, "tax_group": "pbjt", "station": "bar", "available": true, "variants": [], "modifier_groups": [],
        "position": 0});
    let mut whole = object(whole);
    whole.extend(object(fields));
    Update {
        of: EntityRef { entity_type: "product".into(), entity_id: KOPI.into() },
        token: Token { n, change_id: change_id.into() },
        deleted: false,
        document: whole,
        changed_by: "hq:rina".into(),
        changed_at: "2026-11-22T19:40:39.672Z".into(),
        by_outlet: None,
        unreadable: None,
    }
}

fn object(fields: Value) -> Map<String, Value> {
    let Value::Object(fields) = fields else { panic!("no object") };
    fields
}

/// Local states in which an update may arrive.
const SITUATIONS: &[(&str, &str)] = &[
    ("at rest", ""),
    ("edited where head office edits", "update products set price = 23000"),
    ("edited elsewhere", "update products set station = 'kitchen'"),
    ("edited and edited back", "update products set price = 1; update products set price = 22000"),
    ("deleted", "delete from products"),
    ("changed behind the triggers", "drop trigger sync_products_update; update products set price = 23000"),
    ("changed elsewhere behind the triggers", "drop trigger sync_products_update; update products set name = 'Teh'"),
    ("gone behind the triggers", "drop trigger sync_products_delete; delete from products"),
    ("a failed edit", "update products set price = 23000; update sync_state set status = 'failed', error_code = 'x'"),
    ("a discarded edit", "update products set price = 23000; update sync_state set status = 'discarded'"),
    ("an edit in flight", "update products set price = 23000; update sync_state set batch_no = 1, was_sent = 1"),
    ("to be compared", "update sync_state set conflict_base = 'b'"),
    ("a base that the stream has not shown", "update sync_bases set awaits_stream = 1"),
    ("a base without a field", "update sync_bases set document = json_remove(document, '$.station')"),
    ("no base", "delete from sync_bases"),
    ("no row in the queue", "delete from sync_state"),
    (
        "an unapplied update",
        "insert into sync_unapplied_updates (entity_type, entity_id, seq, code, message, \"update\", received_at)
         select entity_type, entity_id, 1, 'x', 'r', 'u', 'now' from sync_bases",
    ),
    (
        "an open record",
        "insert into sync_conflicts (id, entity_type, entity_id, field, base, local, cloud, rule, status, created_at)
         select 'r1', entity_type, entity_id, 'price', '1', '2', '22000', 'manual', 'open', 'now' from sync_bases",
    ),
];

/// Updates that may arrive.
fn updates() -> Vec<(&'static str, Update)> {
    let at = |n: i64, fields: Value| product(n, "c", fields);
    let mut partial = at(3, json!({"price": 25_000}));
    partial.document.remove("station");
    partial.document.remove("variants");
    let deleted = Update { deleted: true, ..at(3, json!({})) };
    let variants = json!([{"id": "v1", "name": "Besar", "price": 27_000, "available": true}]);
    vec![
        ("a price", at(3, json!({"price": 25_000}))),
        ("a price, with a field unknown here", at(3, json!({"price": 25_000, "vegan": true}))),
        ("only a field unknown here", at(3, json!({"vegan": true}))),
        ("nothing new", at(3, json!({"allergens": ["susu"]}))),
        ("a document that lacks fields", partial),
        ("many fields", at(3, json!({"name": "Kopi", "code": "K", "available": false, "variants": variants}))),
        ("null for a text", at(3, json!({"barcode": null}))),
        ("null in a required field", at(3, json!({"price": 25_000, "name": null}))),
        ("a number for a text", at(3, json!({"barcode": 900}))),
        ("a number for null", at(3, json!({"code": 7}))),
        ("a text for a number", at(3, json!({"price": "25000"}))),
        ("a text that is not a number", at(3, json!({"price": "dear"}))),
        ("a fraction", at(3, json!({"price": 1.5}))),
        ("a price that the table refuses", at(3, json!({"price": -1}))),
        ("a list that a trigger refuses", at(3, json!({"price": 25_000, "variants": [1]}))),
        ("not a list", at(3, json!({"variants": {}}))),
        ("another outlet's", product(3, "01a2-of-another/0", json!({"price": 25_000}))),
        ("a deletion", deleted),
        ("an older one", at(1, json!({"price": 25_000}))),
        ("another one under the same number", at(2, json!({"price": 25_000}))),
        ("the same again", product(2, "b", json!({"allergens": ["susu"]}))),
    ]
}

#[test]
fn the_fast_path_and_the_full_merge_give_the_same_result() {
    let db = shop();
    for (situation, sql) in SITUATIONS {
        for (name, update) in updates() {
            for source in [UpdateSource::Stream, UpdateSource::Comparison] {
                let [fast, merged] = ["", FORCE_MERGE].map(|setup| {
                    let tx = db.unchecked_transaction().unwrap();
                    tx.execute_batch(sql).unwrap();
                    tx.execute_batch(setup).unwrap();
                    (apply(&tx, &update, source), database(&tx))
                });
                assert_eq!(fast, merged, "{situation}; {name}; {source:?}");
            }
        }
    }
}

#[test]
fn entities_without_local_changes_use_the_fast_path() {
    let db = shop();
    let [fast, merged] = ["", FORCE_MERGE].map(|setup| {
        let tx = db.unchecked_transaction().unwrap();
        tx.execute_batch(setup).unwrap();
        let before = tx.total_changes();
        assert!(receive(&tx, &product(3, "c", json!({"price": 25_000}))).changed);
        tx.total_changes() - before
    });
    assert!(fast < merged, "rows written: {fast}, {merged}");
}

#[test]
fn an_edit_after_the_fast_path_uses_the_new_base() {
    let db = shop();
    let version = "select version || ' ' || acked_version from sync_state";
    assert_eq!(text(&db, version), "2 2");
    let tx = db.unchecked_transaction().unwrap();
    receive(&tx, &product(3, "c", json!({"price": 25_000, "vegan": true})));
    tx.commit().unwrap();
    assert_eq!(text(&db, version), "3 3", "stale If-Match requests fail");
    assert_eq!(text(&db, "select document ->> '$.price' || (document -> '$.vegan') from sync_bases"), "25000true");
    db.execute_batch("update products set price = 26000").unwrap();
    assert_eq!(text(&db, version), "4 3");
}

#[test]
fn an_update_rejected_by_the_table_changes_no_row_or_base() {
    let db = shop();
    let before = database(&db);
    let tx = db.unchecked_transaction().unwrap();
    assert!(receive(&tx, &product(3, "c", json!({"name": "Kopi", "price": -1}))).unapplied);
    tx.commit().unwrap();
    assert_eq!(database(&db)[..3], before[..3]);
    assert_eq!(text(&db, "select count(*) from sync_unapplied_updates"), "1");
    db.execute_batch("update products set price = 26000").unwrap();
    assert_eq!(text(&db, "select version > acked_version from sync_state"), "1", "the capture guard is cleared");
}
