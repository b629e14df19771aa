//! How one update from head office changes a row: applied, merged with local edits, or acknowledged.

use protocol::wire::{EntityRef, ItemReply, Outcome, Token};
use replica::batches::in_flight;
use replica::pull::apply_update::UpdateEffect;
use replica::push::abandon::{AfterAbandon, abandon};
use replica::reconcile::shared;
use serde_json::{Value, json};
use web::time;

use super::shop::{KOPI, Shop, applied, deleted, document, in_catalog, product, update};

#[test]
fn a_pulled_price_is_applied_and_not_sent_back() {
    let mut shop = Shop::new();
    assert!(shop.apply(&product(1, "a", json!({}))).changed);
    assert!(shop.apply(&product(2, "b", json!({"price": 24_000}))).changed);
    assert_eq!(shop.price().as_deref(), Some("24000"));
    assert_eq!(shop.send("b1"), [] as [Value; 0]);
    assert_eq!(shop.dirty(), 0);
    assert_eq!(shop.apply(&product(2, "b", json!({"price": 24_000}))), UpdateEffect::default(), "the same again");
    assert_eq!(shop.apply(&product(1, "a", json!({}))), UpdateEffect::default(), "an older one");
    assert_eq!(shop.price().as_deref(), Some("24000"));
}

#[test]
fn an_edit_of_a_changed_entity_gets_a_version_conflict() {
    let mut shop = Shop::new();
    let version = |shop: &Shop| shop.text("select version from entity_versions where entity_type = 'product'").unwrap();
    shop.apply(&product(1, "a", json!({})));
    let seen = version(&shop);
    shop.apply(&product(2, "b", json!({"price": 24_000})));
    assert_ne!(version(&shop), seen, "clean");
    shop.run("update products set station = 'kitchen'");
    let seen = version(&shop);
    shop.send("b1");
    shop.apply(&product(3, "c", json!({"price": 25_000})));
    assert_ne!(version(&shop), seen, "in flight");
    let conflict = ItemReply {
        args: serde_json::Map::new(),
        item: 0,
        outcome: Outcome::Conflict,
        code: None,
        message: None,
        token: None,
        refused_by_version: None,
    };
    shop.reply("b1", vec![conflict]);
    shop.page(vec![]);
    let sent = shop.send("b2");
    assert_eq!((&sent[0]["base"]["n"], &sent[0]["fields"]), (&json!(3), &json!({"station": ["bar", "kitchen"]})));
}

#[test]
fn an_edit_of_a_pulled_entity_is_sent_with_its_base() {
    let mut shop = Shop::new();
    shop.apply(&product(1, "a", json!({})));
    shop.run("update products set price = 25000");
    let sent = shop.send("b1");
    assert_eq!(sent[0]["base"], json!({"n": 1, "change_id": "a"}));
    assert_eq!(sent[0]["fields"], json!({"price": [22_000, 25_000]}));
    // The stream shows the change before the reply arrives.
    let read = shop.page(vec![in_catalog(1, product(2, "b1/0", json!({"price": 25_000})))]);
    assert_eq!((read.changes, read.changed), (1, 0), "the shop's own change changes no row");
    assert_eq!(shop.dirty(), 0);
    shop.reply("b1", vec![applied(0, 2, "b1/0")]);
    assert_eq!(shop.dirty(), 0);
    assert_eq!(shop.send("b2"), [] as [Value; 0], "no echo");
}

#[test]
fn a_local_deletion_of_a_pulled_product_is_sent() {
    let mut shop = Shop::new();
    shop.apply(&product(1, "a", json!({})));
    shop.run("delete from products");
    let sent = shop.send("b1");
    assert_eq!(sent[0]["fields"], json!({"deleted": [false, true]}));
    assert_eq!(sent[0]["operation"], "delete");
}

#[test]
fn a_hub_deletion_applies_and_an_unknown_tombstone_is_ignored() {
    let mut shop = Shop::new();
    shop.apply(&product(1, "a", json!({})));
    shop.apply(&deleted(product(2, "b", json!({}))));
    assert_eq!(shop.price(), None);
    assert_eq!(shop.dirty(), 0);
    let other = deleted(update("product", "p2", 5, "x", document(json!({"id": "p2", "name": "Teh", "price": 1}))));
    assert_eq!(shop.apply(&other), UpdateEffect::default());
    assert_eq!(shop.dirty(), 0);
}

#[test]
fn edits_of_different_fields_merge_without_a_conflict() {
    let mut shop = Shop::new();
    shop.apply(&product(1, "a", json!({})));
    shop.run("update products set station = 'kitchen'");
    let effect = shop.apply(&product(2, "b", json!({"price": 24_000})));
    assert_eq!((effect.changed, effect.overlaps), (true, 0));
    assert_eq!(shop.price().as_deref(), Some("24000"));
    let sent = shop.send("b1");
    assert_eq!(sent[0]["base"]["n"], 2);
    assert_eq!(sent[0]["fields"], json!({"station": ["bar", "kitchen"]}));
    assert_eq!(shop.conflicts().len(), 0);
}

#[test]
fn a_hub_owned_entity_that_the_hub_lost_is_deleted() {
    let mut shop = Shop::new();
    let news = document(json!({"id": "n1", "title": "Tutup", "body": "", "starts_at": null, "ends_at": null}));
    shop.apply(&update("announcement", "n1", 1, "a", news));
    let of = EntityRef { entity_type: "announcement".into(), entity_id: "n1".into() };
    shop.tx(|tx| shared::compare_one(tx, &of, Some("a"), None, time::now())).unwrap();
    assert_eq!(shop.text("select count(*) from announcements").as_deref(), Some("0"));
}

#[test]
fn an_edit_undone_while_its_answer_was_lost_ends_undone() {
    let mut shop = Shop::new();
    shop.page(vec![in_catalog(1, product(1, "a", json!({})))]);
    shop.run("update products set price = 25000");
    shop.send("b1");
    shop.run("update products set price = 22000");
    // The stream shows the shop's change although its reply was lost.
    shop.page(vec![in_catalog(2, product(2, "b1/0", json!({"price": 25_000})))]);
    assert_eq!(shop.price().as_deref(), Some("22000"));
    shop.reply("b1", vec![applied(0, 2, "b1/0")]);
    let sent = shop.send("b2");
    assert_eq!((&sent[0]["base"]["n"], &sent[0]["fields"]), (&json!(2), &json!({"price": [25_000, 22_000]})));
}

#[test]
fn an_abandoned_create_that_arrives_late_revives_no_deleted_row() {
    let mut shop = Shop::new();
    shop.run("insert into categories (id, name) values ('k1', 'Minuman')");
    shop.send("b1");
    shop.tx(|tx| {
        let open = in_flight(tx)?.unwrap();
        abandon(tx, &open, AfterAbandon::Requeue, time::now())
    })
    .unwrap();
    shop.run("delete from categories");
    // The hub has it after all.
    shop.reply("b1", vec![applied(0, 1, "b1/0")]);
    let sent = shop.send("b2");
    assert_eq!((&sent[0]["operation"], &sent[0]["base"]["n"]), (&json!("delete"), &json!(1)));
    assert_eq!(sent[0]["fields"], json!({"deleted": [false, true]}));
}

#[test]
fn an_absent_field_leaves_the_value_unchanged() {
    let mut shop = Shop::new();
    let mut update = product(1, "a", json!({"category_id": "k1", "station": "kitchen"}));
    shop.apply(&update);
    update.token = Token { n: 2, change_id: "b".into() };
    update.document = document(json!({"id": KOPI, "name": "Kopi Susu", "price": 25_000}));
    shop.apply(&update);
    let row = shop.text("select price || ' ' || category_id || ' ' || station from products");
    assert_eq!(row.as_deref(), Some("25000 k1 kitchen"));
    assert_eq!(shop.dirty(), 0);
}

#[test]
fn a_duplicate_name_blocks_nothing_and_an_older_change_is_ignored() {
    let mut shop = Shop::new();
    shop.run("insert into categories (id, name) values ('own', 'Kopi')");
    let category = |n, change: &str, name: &str| {
        update("category", "k1", n, change, document(json!({"id": "k1", "name": name, "position": 1})))
    };
    assert!(!shop.apply(&category(1, "a", "Kopi")).unapplied);
    assert_eq!(shop.text("select count(*) from categories where name = 'Kopi'").as_deref(), Some("2"));
    shop.apply(&category(3, "c", "Teh"));
    shop.apply(&category(2, "b", "Jus"));
    assert_eq!(shop.text("select name from categories where id = 'k1'").as_deref(), Some("Teh"));
}

#[test]
fn unknown_fields_stay_at_the_hub() {
    let mut shop = Shop::new();
    shop.apply(&product(1, "a", json!({"allergens": ["susu"]})));
    shop.run("update products set price = 25000");
    assert_eq!(shop.send("b1")[0]["fields"], json!({"price": [22_000, 25_000]}));
    assert!(shop.text("select document from sync_bases").unwrap().contains("allergens"));
}

#[test]
fn the_capture_guard_is_cleared_after_a_rejected_change() {
    let mut shop = Shop::new();
    let bad = product(1, "a", json!({"price": "dear"}));
    assert!(shop.apply(&bad).unapplied);
    assert_eq!(shop.text("select applying_type from sync_context"), None);
    shop.run("insert into products (id, name, price) values ('own', 'Teh', 5000)");
    assert_eq!(shop.dirty(), 1);
}
