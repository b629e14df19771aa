//! Outlet-owned documents after a new enrollment: a replaced machine, a restored backup.

use protocol::updates::{OwnedDocument, OwnedPage};
use protocol::wire::EntityRef;

use replica::chain::chain;
use replica::conflicts::{self, Resolution};
use replica::progress::range::{Scope, running_comparison};
use replica::pull::retry;
use serde_json::{Value, json};
use web::time;

use super::shop::{Shop, at_hub, document, order};

#[test]
fn a_replaced_machine_gets_its_orders_and_its_next_numbers_back() {
    let mut shop = Shop::new();
    shop.enroll(None);
    shop.compare_owned(vec![at_hub(3, order("o1", &["l1"], &["p1"], "Budi"))]);
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
fn payments_before_and_after_a_restore_all_survive() {
    let mut shop = Shop::new();
    shop.has_synced(vec![at_hub(3, order("o1", &["l1"], &[], "Budi"))]);
    // The hub has two more changes; the cashier accepts another payment on the restored database.
    shop.run(
        "insert into payments (order_id, id, method, amount, tendered, created_at)
         values ('o1', 'p9', 'qris', 10, 10, '2026-11-22T11:00:00.000Z')",
    );
    shop.enroll(None);
    shop.compare_owned(vec![at_hub(5, order("o1", &["l1"], &["p1", "p2"], "Budi"))]);
    assert_eq!(shop.children("payments", "o1"), ["p1", "p2", "p9"]);
    // Sold once and paid three times: recorded, with nothing to decide.
    let figures = "select status || ' ' || total || ' ' || paid || ' ' || paid_at from orders where id = 'o1'";
    assert_eq!(shop.text(figures).as_deref(), Some("paid 10 30 2026-11-22T11:00:00.000Z"));
    let record =
        "select field || ' ' || rule || ' ' || status || ' ' || json_array_length(local) || json_array_length(cloud)
        from sync_conflicts";
    assert_eq!(shop.text(record).as_deref(), Some("payments union merged 12"));
    let id = shop.text("select id from sync_conflicts").unwrap();
    let resolved = shop
        .tx(|tx| conflicts::resolve(tx, &id, Resolution::Local, "dewi", time::now()).map_err(|r| r.code().to_owned()));
    assert_eq!(resolved.unwrap_err(), "no_decision_needed");
    let sent = shop.send("b1");
    assert_eq!((&sent[0]["version"], sent[0]["data"]["payments"].as_array().unwrap().len()), (&json!(6), 3));
    assert_eq!((&sent[0]["data"]["paid"], &sent[1]["entity_type"]), (&json!(30), &json!("conflict")));
}

#[test]
fn an_order_edited_here_and_paid_at_the_hub_is_paid() {
    let mut shop = Shop::new();
    shop.has_synced(vec![at_hub(3, order("o1", &["l1"], &[], "Budi")), at_hub(3, order("o2", &["l2"], &[], "Siti"))]);
    shop.run("update orders set customer_name = 'Dewi' where id = 'o1'");
    shop.run("update orders set status = 'void', void_reason = 'x' where id = 'o2'");
    shop.enroll(None);
    let paid = |id: &str, line: &str, name: &str| {
        let mut order = order(id, &[line], &[&format!("{id}p")], name);
        order.extend(document(json!({"status": "paid", "paid": 10, "paid_at": "2026-11-22T10:00:00.000Z"})));
        at_hub(4, order)
    };
    shop.compare_owned(vec![paid("o1", "l1", "Budi"), paid("o2", "l2", "Siti")]);
    let figures = |id: &str| {
        format!("select status || ' ' || total || ' ' || paid || ' ' || customer_name from orders where id = '{id}'")
    };
    assert_eq!(shop.text(&figures("o1")).as_deref(), Some("paid 10 10 Dewi"));
    assert_eq!(shop.text(&figures("o2")).as_deref(), Some("paid 10 10 Siti"), "a void order never has payments");
}

#[test]
fn enrolling_during_a_comparison_restarts_it() {
    let mut shop = Shop::new();
    shop.has_synced(vec![at_hub(1, order("o1", &["l1"], &[], "Budi")), at_hub(1, order("o2", &["l2"], &[], "Siti"))]);
    shop.enroll(None);
    let (_, first_epoch_row) = shop.request();
    let comparison = shop.tx(|tx| running_comparison(tx, Scope::Rejoin)).unwrap().unwrap();
    let whole = |version, lines: &[&str]| at_hub(version, order("o1", lines, &[], "Budi"));
    let first =
        |chain, documents: Vec<OwnedDocument>| OwnedPage { chain, next: Some(documents[0].of.clone()), documents };
    let page = first(first_epoch_row.clone(), vec![whole(1, &["l1"])]);
    assert!(!shop.tx(|tx| replica::reconcile::rejoin::range(tx, &comparison, &page, time::now())).unwrap());
    // Another epoch of this database adds a line at the hub before this one enrolls again.
    shop.enroll(None);
    assert_eq!(shop.tx(|tx| running_comparison(tx, Scope::Rejoin)).unwrap().unwrap(), comparison, "from the beginning");
    assert!(!shop.tx(|tx| replica::reconcile::rejoin::range(tx, &comparison, &page, time::now())).unwrap());
    assert_eq!(
        shop.tx(|tx| running_comparison(tx, Scope::Rejoin)).unwrap().unwrap(),
        comparison,
        "an answer to the previous epoch"
    );
    shop.compare_owned(vec![whole(2, &["l1", "l3"]), at_hub(1, order("o2", &["l2"], &[], "Siti"))]);
    assert_eq!(shop.children("order_lines", "o1"), ["l1", "l3"], "later changes at the hub are not overwritten");
}

#[test]
fn after_a_restore_the_hubs_rows_return_and_missing_rows_are_resent() {
    let mut shop = Shop::new();
    shop.has_synced(vec![at_hub(3, order("o1", &["l1"], &[], "Budi")), at_hub(2, order("o2", &["l2"], &[], "Siti"))]);
    shop.enroll(None);
    shop.compare_owned(vec![at_hub(5, order("o1", &["l1", "l3"], &[], "Budi Santoso"))]);
    assert_eq!(shop.children("order_lines", "o1"), ["l1", "l3"]);
    assert_eq!(shop.text("select customer_name from orders where id = 'o1'").as_deref(), Some("Budi Santoso"));
    let sent = shop.send("b1");
    let ids: Vec<_> = sent.iter().map(|item| item["entity_id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["o2"]);
}

#[test]
fn a_line_moved_after_the_backup_is_in_one_order_only() {
    for swapped in [false, true] {
        let mut shop = Shop::new();
        let (from, to) = if swapped { ("o2", "o1") } else { ("o1", "o2") };
        shop.has_synced(vec![at_hub(1, order(from, &["l1", "l2"], &[], "A")), at_hub(1, order(to, &["l3"], &[], "B"))]);
        shop.enroll(None);
        let mut documents =
            vec![at_hub(2, order(from, &["l2"], &[], "A")), at_hub(2, order(to, &["l1", "l3"], &[], "B"))];
        documents.sort_by(|a, b| a.of.cmp(&b.of));
        shop.compare_owned(documents);
        assert_eq!(shop.children("order_lines", from), ["l2"], "{swapped}");
        assert_eq!(shop.children("order_lines", to), ["l1", "l3"], "{swapped}");
    }
}

#[test]
fn a_new_epoch_clears_the_old_state_and_resends_missing_rows() {
    let mut shop = Shop::new();
    shop.run("insert into tables (id, name) values ('t1', 'Meja 1')");
    shop.send("b1");
    shop.reply("b1", vec![]);
    shop.run("insert into tables (id, name) values ('t2', 'Meja 2')");
    shop.send("b2");
    let (_, before) = shop.request();
    let first_epoch = before.epoch.clone();
    let enrolled = shop.enroll(Some(before));
    let ours = shop.tx(chain).unwrap();
    assert_eq!((ours.epoch.number, ours.position.batch_no), (2, 0));
    assert_eq!(ours.root_batch_id.as_deref(), Some("b1"));
    assert_ne!(enrolled.epoch, first_epoch);
    let table = |id: &str, name: &str, version| OwnedDocument {
        of: EntityRef { entity_type: "table".into(), entity_id: id.into() },
        epoch_number: 1,
        version,
        document: Some(document(json!({"id": id, "name": name, "area": null, "seats": null, "active": true}))),
        unreadable: None,
    };
    shop.compare_owned(vec![table("t1", "Meja 1", 1)]);
    let sent = shop.send("b3");
    assert_eq!((sent.len(), &sent[0]["entity_id"]), (1, &json!("t2")));
}

#[test]
fn an_order_rejected_by_the_tables_is_unapplied_until_accepted() {
    let mut shop = Shop::new();
    shop.enroll(None);
    shop.run(
        "create trigger refuses before insert on order_lines when new.id = 'l1' begin select raise(abort, 'no'); end",
    );
    shop.compare_owned(vec![
        at_hub(2, order("o1", &["l1"], &[], "Budi")),
        at_hub(2, order("o2", &["l2"], &[], "Siti")),
    ]);
    assert_eq!(shop.text("select group_concat(id) from orders").as_deref(), Some("o2"));
    let stored = "select entity_id || ' ' || message from sync_unapplied_updates";
    assert!(
        shop.text(stored).unwrap().starts_with("o1 The local database rejected the change"),
        "{:?}",
        shop.text(stored)
    );
    assert_eq!(shop.tx(|tx| retry::retry_some(tx, time::now())).unwrap(), 0);
    shop.run("drop trigger refuses");
    assert_eq!(shop.tx(|tx| retry::retry_some(tx, time::now())).unwrap(), 1);
    assert_eq!(shop.children("order_lines", "o1"), ["l1"]);
    assert_eq!(shop.text(stored), None);
    assert_eq!(shop.text("select pending from sync_context").as_deref(), Some("0"), "nothing is sent for it");
}

#[test]
fn an_oversized_order_from_the_hub_is_unapplied_alone() {
    let mut shop = Shop::new();
    shop.enroll(None);
    let ids: Vec<String> = (0..499).map(|n| format!("l{n}")).collect();
    let mut grown = order("o1", &ids.iter().map(String::as_str).collect::<Vec<_>>(), &[], "Budi");
    for line in grown["lines"].as_array_mut().unwrap() {
        line["note"] = "x".repeat(1_000).into();
        line["name"] = "x".repeat(1_000).into();
    }
    assert!(serde_json::to_vec(&grown).unwrap().len() > protocol::limits::MAX_ENTITY_BYTES);
    shop.compare_owned(vec![at_hub(2, grown), at_hub(2, order("o2", &["l-2"], &[], "Siti"))]);
    assert_eq!(shop.text("select group_concat(id) from orders").as_deref(), Some("o2"));
    let stored = shop.text("select entity_id || ' ' || message from sync_unapplied_updates").unwrap();
    assert!(stored.starts_with("o1 ") && stored.contains("bytes"), "{stored}");
}
