//! Conflicts over one field: the winning value, the record, and its resolution by people.

use replica::conflicts::{self, Resolution};
use serde_json::{Value, json};
use web::time;

use super::shop::{Shop, customer, deleted, document, product, update};

#[test]
fn each_conflict_policy_decides_as_declared_and_is_recorded() {
    let mut shop = Shop::new();
    shop.apply(&product(1, "a", json!({})));
    shop.apply(&customer(1, "c", "1"));
    shop.run("update products set price = 25000, station = 'kitchen'; update customers set phone = '2'");
    assert_eq!(shop.apply(&product(2, "b", json!({"price": 24_000, "station": "none"}))).overlaps, 2);
    assert_eq!(shop.apply(&customer(2, "d", "3")).overlaps, 1);
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
            row("price", "cloud_wins", "merged", json!(22_000), json!(25_000), json!(24_000)),
            row("station", "local_wins", "merged", json!("bar"), json!("kitchen"), json!("none")),
        ]
    );
    let sent = shop.send("b1");
    let product = sent.iter().find(|item| item["entity_type"] == "product").unwrap();
    assert_eq!(product["fields"], json!({"station": ["none", "kitchen"]}), "the local value is sent");
    assert_eq!(sent.iter().filter(|item| item["entity_type"] == "conflict").count(), 3, "head office sees each");
}

#[test]
fn a_merged_entity_is_sent_after_its_conflict_record() {
    let mut shop = Shop::new();
    shop.apply(&product(1, "a", json!({})));
    shop.run("update products set station = 'kitchen'; insert into tables (id, name) values ('t1', '1')");
    shop.apply(&product(2, "b", json!({"station": "none"})));
    let types: Vec<_> = shop.send("b1").iter().map(|item| item["entity_type"].clone()).collect();
    assert_eq!(types, ["table", "conflict", "product"], "a restore between two batches must not lose the record alone");
}

#[test]
fn delete_against_edit_is_recorded_and_can_be_undone() {
    let mut shop = Shop::new();
    shop.apply(&product(1, "a", json!({})));
    shop.run("update products set price = 25000");
    assert_eq!(shop.apply(&deleted(product(2, "b", json!({})))).overlaps, 1);
    assert_eq!(shop.price(), None, "head office's deletion is in effect");
    let record = shop.conflicts().remove(0);
    assert_eq!(
        (record.field.as_str(), &record.local, &record.cloud),
        ("deleted", &json!({"price": 25_000}), &json!(true))
    );
    let after = shop.tx(|tx| conflicts::resolve(tx, &record.id, Resolution::Local, "siti", time::now())).unwrap();
    assert_eq!((after.status.as_str(), after.resolved_by.as_deref()), ("resolved", Some("siti")));
    assert_eq!(shop.price().as_deref(), Some("25000"));
    let sent = shop.send("b1");
    let product = sent.iter().find(|item| item["entity_type"] == "product").unwrap();
    let name = json!(["Kopi Susu", "Kopi Susu"]);
    assert_eq!(product["fields"], json!({"deleted": [true, false], "name": name, "price": [22_000, 25_000]}));
}

#[test]
fn a_resolution_is_an_edit_and_a_later_edit_supersedes_it() {
    let mut shop = Shop::new();
    shop.apply(&customer(1, "a", "1"));
    shop.run("update customers set phone = '2'");
    shop.apply(&customer(2, "b", "3"));
    assert_eq!(shop.text("select count(*) from sync_conflicts where status = 'open'").as_deref(), Some("1"));
    let id = shop.conflicts()[0].id.clone();
    shop.tx(|tx| conflicts::resolve(tx, &id, Resolution::Local, "siti", time::now())).unwrap();
    assert_eq!(shop.text("select phone from customers").as_deref(), Some("2"));
    assert_eq!(shop.dirty(), 1, "the resolution is sent");
    // Changed again: head office's value after all.
    shop.tx(|tx| conflicts::resolve(tx, &id, Resolution::Cloud, "siti", time::now())).unwrap();
    assert_eq!(shop.text("select phone from customers").as_deref(), Some("3"));

    shop.run("update customers set phone = '4'");
    shop.apply(&customer(3, "c", "5"));
    let open = shop.conflicts()[0].clone();
    assert_eq!((open.status.as_str(), &open.local), ("open", &json!("4")));
    shop.apply(&customer(4, "d", "6"));
    assert_eq!(shop.conflicts()[0].status, "superseded", "head office has changed the field since");
    let refused = shop.tx(|tx| conflicts::resolve(tx, &open.id, Resolution::Local, "siti", time::now())).unwrap_err();
    assert_eq!(refused.code(), "superseded");
}

#[test]
fn an_undone_resolution_restores_value_and_status() {
    let mut shop = Shop::new();
    shop.apply(&customer(1, "a", "1"));
    shop.apply(&product(1, "a", json!({})));
    shop.run("update customers set phone = '2'; update products set price = 25000");
    shop.apply(&customer(2, "b", "3"));
    shop.apply(&product(2, "b", json!({"price": 24_000})));
    // A merged record does not follow later edits: undo restores the value that the resolution has replaced.
    shop.run("update products set price = 26000");
    let id = |field: &str, shop: &mut Shop| shop.conflicts().into_iter().find(|c| c.field == field).unwrap().id;
    let (phone, price) = (id("phone", &mut shop), id("price", &mut shop));
    let undo = |shop: &mut Shop, id: &str| shop.tx(|tx| conflicts::undo(tx, id, "siti", time::now()));
    assert_eq!(undo(&mut shop, &phone).unwrap_err().code(), "not_resolved");
    for resolution in [Resolution::Local, Resolution::Value(json!("7"))] {
        shop.tx(|tx| conflicts::resolve(tx, &phone, resolution, "siti", time::now())).unwrap();
    }
    shop.tx(|tx| conflicts::resolve(tx, &price, Resolution::Local, "siti", time::now())).unwrap();
    assert_eq!(
        (shop.text("select phone from customers").as_deref(), shop.price().as_deref()),
        (Some("7"), Some("25000"))
    );
    assert!(shop.conflicts().iter().all(|record| record.undoable && record.status == "resolved"));

    let open = undo(&mut shop, &phone).unwrap();
    assert_eq!((open.status.as_str(), open.resolved_by, open.undoable), ("open", None, false));
    assert_eq!(
        shop.text("select phone from customers").as_deref(),
        Some("3"),
        "a changed resolution is undone as a whole"
    );
    let merged = undo(&mut shop, &price).unwrap();
    assert_eq!((merged.status.as_str(), shop.price().as_deref()), ("merged", Some("26000")));
    assert_eq!(undo(&mut shop, &price).unwrap_err().code(), "not_resolved");

    shop.tx(|tx| conflicts::resolve(tx, &phone, Resolution::Local, "siti", time::now())).unwrap();
    shop.run("update customers set phone = '9'");
    assert_eq!(undo(&mut shop, &phone).unwrap_err().code(), "superseded");
    assert_eq!(shop.text("select phone from customers").as_deref(), Some("9"));
    let sent = shop.send("b1");
    let records = sent.iter().filter(|item| item["entity_type"] == "conflict");
    let statuses: Vec<_> = records.map(|item| item["data"]["status"].clone()).collect();
    assert_eq!(statuses, ["resolved", "merged"], "head office sees the status");
}

#[test]
fn an_undone_deletion_restores_the_entity_and_an_undone_restoration_deletes_it() {
    let mut shop = Shop::new();
    shop.apply(&product(1, "a", json!({})));
    shop.run("update products set price = 25000, station = 'kitchen'");
    shop.apply(&deleted(product(2, "b", json!({}))));
    let id = shop.conflicts()[0].id.clone();
    let resolve =
        |shop: &mut Shop, resolution| shop.tx(|tx| conflicts::resolve(tx, &id, resolution, "siti", time::now()));
    let undo = |shop: &mut Shop| shop.tx(|tx| conflicts::undo(tx, &id, "siti", time::now()));
    resolve(&mut shop, Resolution::Local).unwrap();
    assert_eq!(shop.price().as_deref(), Some("25000"));
    undo(&mut shop).unwrap();
    assert_eq!(shop.price(), None, "the restoration is undone");
    resolve(&mut shop, Resolution::Local).unwrap();
    shop.run("update products set name = 'Kopi Panas'");
    assert_eq!(undo(&mut shop).unwrap_err().code(), "superseded", "an edit since then is not deleted");
    let before = shop.text("select name || price || station from products");
    resolve(&mut shop, Resolution::Cloud).unwrap();
    assert_eq!(shop.price(), None);
    // The first resolution is undone, and with it the second one.
    undo(&mut shop).unwrap();
    assert_eq!(shop.price(), None);
    assert!(before.is_some());
}

#[test]
fn a_local_edit_supersedes_an_open_record_when_sent() {
    let mut shop = Shop::new();
    shop.apply(&customer(1, "a", "1"));
    shop.run("update customers set phone = '2'");
    shop.apply(&customer(2, "b", "3"));
    shop.run("update customers set phone = '9'");
    shop.send("b1");
    assert_eq!(shop.conflicts()[0].status, "superseded");
}

#[test]
fn a_resolution_of_head_office_is_applied_once() {
    let mut shop = Shop::new();
    shop.apply(&customer(1, "a", "1"));
    shop.run("update customers set phone = '2'");
    shop.apply(&customer(2, "b", "3"));
    let id = shop.conflicts()[0].id.clone();
    let decision =
        update("resolution", &id, 1, "r", document(json!({"id": id, "strategy": "local_wins", "by": "hq:rina"})));
    assert!(!shop.apply(&decision).unapplied);
    assert_eq!(shop.text("select phone from customers").as_deref(), Some("2"));
    let record = &shop.conflicts()[0];
    assert_eq!((record.status.as_str(), record.resolved_by.as_deref()), ("resolved", Some("hq:rina")));
    shop.run("update customers set phone = '7'");
    shop.apply(&decision);
    assert_eq!(shop.text("select phone from customers").as_deref(), Some("7"), "a resolution is applied once");
}

#[test]
fn a_resolution_of_a_field_edited_since_changes_nothing() {
    let mut shop = Shop::new();
    shop.apply(&customer(1, "a", "1"));
    shop.run("update customers set phone = '2'");
    shop.apply(&customer(2, "b", "3"));
    let id = shop.conflicts()[0].id.clone();
    shop.run("update customers set phone = '9'");
    let decision =
        update("resolution", &id, 1, "r", document(json!({"id": id, "strategy": "local_wins", "by": "hq:rina"})));
    shop.apply(&decision);
    assert_eq!(shop.text("select phone from customers").as_deref(), Some("9"));
    assert_eq!(shop.conflicts()[0].status, "superseded");
}

#[test]
fn keeping_an_entity_keeps_its_later_edits() {
    let customer = |n, id: &str, phone: &str, note: &str| {
        let fields = json!({"id": "c1", "name": "Budi", "phone": phone, "email": null, "note": note});
        update("customer", "c1", n, id, document(fields))
    };
    let mut shop = Shop::new();
    shop.apply(&customer(1, "a", "1", "x"));
    shop.run("delete from customers");
    shop.apply(&customer(2, "b", "2", "x"));
    shop.apply(&customer(3, "c", "3", "x"));
    shop.run("update customers set note = 'y'");
    let open = shop.conflicts()[0].clone();
    assert_eq!((open.status.as_str(), &open.cloud), ("open", &json!({"phone": "2"})));
    shop.tx(|tx| conflicts::resolve(tx, &open.id, Resolution::Cloud, "siti", time::now())).unwrap();
    assert_eq!(shop.text("select phone || note from customers").as_deref(), Some("3y"));
}
