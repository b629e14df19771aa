//! Updates that this database cannot apply: each is stored alone with its reason, and retried.

use protocol::entity::{ENTITIES, Entity, Owner, ValueType};
use protocol::updates::Update;
use replica::chain::chain;
use replica::error::QueueError;
use replica::pull::apply_update::apply_update;
use replica::pull::retry;
use replica::push::compose::{Plan, compose};
use replica::unapplied::{self, UpdateSource};
use serde_json::{Map, Value, json};
use web::time;

use super::shop::{KOPI, Shop, at, customer, deleted, document, in_catalog, product, update};

/// A row with nothing but its required fields.
fn minimal(entity: &Entity) -> Map<String, Value> {
    let required = entity.fields.iter().filter(|field| field.is_required());
    let value = |value_type| match value_type {
        ValueType::EnumValue(words) => words[0].into(),
        ValueType::Amount | ValueType::Int(..) => 1.into(),
        ValueType::LocalMinute => Value::from("2026-11-22T17:00"),
        _ => Value::from("x"),
    };
    required.map(|field| (field.name.to_owned(), value(field.value_type))).collect()
}

#[test]
fn an_update_without_a_required_field_is_unapplied_alone() {
    let mut shop = Shop::new();
    let mut missing_fields = 0;
    for entity in ENTITIES.iter().filter(|entity| entity.owner != Owner::Outlet) {
        for source in [UpdateSource::Stream, UpdateSource::Comparison] {
            for name in minimal(entity).keys() {
                let id = format!("without-{name}-{source:?}");
                let mut part = minimal(entity);
                part.remove(name);
                let partial = update(entity.name, &id, 1, "a", part);
                assert!(
                    shop.tx(|tx| apply_update(tx, &partial, source, time::now())).unwrap().unapplied,
                    "{}.{name}",
                    entity.name
                );
                let of = format!("where entity_type = '{}' and entity_id = '{id}'", entity.name);
                let reason = shop.text(&format!("select message from sync_unapplied_updates {of}")).unwrap();
                assert!(reason.contains(&format!("'{name}'")), "{}.{name}: {reason}", entity.name);
                missing_fields += 1;
                let whole = update(entity.name, &id, 2, "b", minimal(entity));
                assert!(
                    shop.tx(|tx| apply_update(tx, &whole, source, time::now())).unwrap().changed,
                    "{}.{name}",
                    entity.name
                );
            }
        }
    }
    assert!(missing_fields > 20);
    assert_eq!(shop.text("select count(*) from sync_unapplied_updates").as_deref(), Some("0"));
}

#[test]
fn a_restored_entity_is_sent_with_its_required_fields() {
    let mut shop = Shop::new();
    shop.apply(&product(5, "a", json!({})));
    // The hub was restored and has nothing but another outlet's deletion of it.
    let tombstone = deleted(update("product", KOPI, 1, "b", document(json!({"id": KOPI}))));
    shop.tx(|tx| apply_update(tx, &tombstone, UpdateSource::Comparison, time::now())).unwrap();
    assert_eq!(shop.price(), None);
    shop.run(&format!("insert into products (id, name, price) values ('{KOPI}', 'Kopi Susu', 22000)"));
    let sent = shop.send("b1");
    assert_eq!(sent[0]["base"]["n"], 1);
    for name in ["deleted", "name", "price"] {
        assert!(sent[0]["fields"][name].is_array(), "{name}: {}", sent[0]["fields"]);
    }
}

#[test]
fn an_unapplied_category_does_not_block_later_prices() {
    let mut shop = Shop::new();
    let bad = update("category", "k1", 1, "k", document(json!({"id": "k1", "name": null, "position": 1})));
    let unknown = update("voucher", "v1", 1, "v", document(json!({"id": "v1", "worth": 5})));
    let read = shop.page(vec![in_catalog(1, bad), in_catalog(2, unknown), in_catalog(3, product(1, "a", json!({})))]);
    assert_eq!((read.changes, read.changed, read.unapplied), (3, 1, 2));
    assert_eq!(shop.price().as_deref(), Some("22000"));
    assert_eq!(shop.cursor().catalog, at(3));
    let stored = shop.tx(|tx| unapplied::list(tx, None, 10)).unwrap();
    assert_eq!(
        stored.iter().map(unapplied::UnappliedUpdate::cursor).collect::<Vec<_>>(),
        ["category/k1", "voucher/v1"]
    );
    let good = update("category", "k1", 2, "l", document(json!({"id": "k1", "name": "Minuman", "position": 1})));
    shop.page(vec![in_catalog(4, good)]);
    assert_eq!(shop.text("select name from categories where id = 'k1'").as_deref(), Some("Minuman"));
    let stored = shop.tx(|tx| unapplied::list(tx, None, 10)).unwrap();
    assert_eq!(
        stored.iter().map(unapplied::UnappliedUpdate::cursor).collect::<Vec<_>>(),
        ["voucher/v1"],
        "a later version replaced it"
    );
    assert_eq!(shop.dirty(), 0);
}

#[test]
fn an_unapplied_update_keeps_its_arrival_time() {
    let mut shop = Shop::new();
    let voucher =
        |n, worth: i64| update("voucher", "v1", n, &format!("c{n}"), document(json!({"id": "v1", "worth": worth})));
    shop.page(vec![in_catalog(1, voucher(1, 5))]);
    shop.run("update sync_unapplied_updates set received_at = '2026-11-22T00:00:00.000Z'");
    let writes = |shop: &mut Shop| shop.tx(|tx| Ok::<_, QueueError>(tx.total_changes())).unwrap();
    let before = writes(&mut shop);
    assert_eq!(shop.tx(|tx| retry::retry_some(tx, time::now())).unwrap(), 0);
    assert_eq!(writes(&mut shop), before);
    let at = "select received_at from sync_unapplied_updates";
    assert_eq!(shop.text(at).as_deref(), Some("2026-11-22T00:00:00.000Z"));
    shop.page(vec![in_catalog(2, voucher(2, 6))]);
    assert_ne!(shop.text(at).as_deref(), Some("2026-11-22T00:00:00.000Z"), "a newer one arrived");
}

#[test]
fn many_unapplied_updates_are_retried_in_turn() {
    let mut shop = Shop::new();
    let future = |n| update("a_future_type", &format!("v{n}"), 1, "c", document(json!({"id": "v"})));
    shop.page((1..=120).map(|n| in_catalog(n, future(n))).collect());
    // A new version knows the last of them and has nothing to do for it.
    shop.run(
        r#"update sync_unapplied_updates
           set entity_type = 'resolution', "update" = replace("update", '"a_future_type"', '"resolution"')
           where entity_id = 'v99'"#,
    );
    for millisecond in 0..6 {
        let now = jiff::Timestamp::from_millisecond(1_800_000_000_000 + millisecond).unwrap();
        shop.tx(|tx| retry::retry_some(tx, now)).unwrap();
    }
    assert_eq!(shop.text("select count(*) from sync_unapplied_updates").as_deref(), Some("119"));
}

#[test]
fn an_invalid_update_is_unapplied_alone_and_the_cursor_advances() {
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
    // Unknown fields count for size and depth.
    let deep = (0..60).fold(json!(1), |inner, _| json!([inner]));
    for (id, unknown) in [("c-huge", json!("x".repeat(protocol::limits::MAX_ENTITY_BYTES + 1))), ("c-deep", deep)] {
        changes.push(update("category", id, 1, id, document(json!({"id": id, "name": "Kopi", "newer": unknown}))));
    }
    let bad = changes.len();
    changes.push(product(1, "c-good", json!({})));
    let entry = |(n, update)| in_catalog(n, update);
    let read = shop.page((1..).zip(changes).map(entry).collect());
    assert_eq!((read.changes, read.unapplied, read.changed), (bad + 1, bad, 1));
    assert_eq!(shop.cursor().catalog.n, i64::try_from(bad).unwrap() + 1);
    assert_eq!(shop.text("select count(*) from sync_unapplied_updates").unwrap(), bad.to_string());
    assert_eq!(shop.text("select name from products").as_deref(), Some("Kopi Susu"));
    // An unapplied update is retried with every page, and stays unapplied.
    shop.page(vec![]);
    assert_eq!(shop.text("select count(*) from sync_unapplied_updates").unwrap(), bad.to_string());
}

#[test]
fn a_row_that_the_hub_would_reject_fails_alone() {
    let mut shop = Shop::new();
    shop.run(&format!(
        "insert into categories (id, name) values ('large', '{}'), ('good', 'Kopi'), ('bad', char(27) || '[2J')",
        "x".repeat(protocol::limits::MAX_ENTITY_BYTES + 1)
    ));
    let unsendable = shop.tx(|tx| {
        let chain = chain(tx).unwrap();
        let plan = Plan { epoch: chain.epoch, after: chain.position, limit: 10, only: None, batch_id: "b1".into() };
        compose(tx, &plan).unwrap().unwrap().unsendable
    });
    let items: Vec<_> = unsendable.iter().map(|item| (item.row.entity_id.as_str(), item.reason.code())).collect();
    assert_eq!(items, [("large", "too_large"), ("bad", "invalid_document")]);
    assert!(unsendable[1].reason.text().contains("'name'"), "{unsendable:?}");
}
