//! Edits that the hub had acknowledged and has lost since, because it was restored: they go again, and only they.

use protocol::updates::UpdatePage;
use protocol::wire::{ChainRow, ItemReply, Outcome, Position};
use replica::progress::range::{Scope, under_way};
use replica::pull::apply_update::take;
use replica::push::adopt::adopt_hub_position;
use replica::unapplied::UpdateSource;
use serde_json::json;
use web::time;

use crate::shop::{Shop, applied, at_hub, customer, document, entities, in_catalog, order, product, update};

#[test]
fn a_hub_change_on_a_lost_edit_is_not_the_previous_version() {
    let mut shop = Shop::new();
    shop.take(&product(1, "a", json!({})));
    shop.run("update products set price = 25000");
    shop.send("b1");
    shop.answered("b1", vec![applied(0, 2, "b1/0")]);
    shop.take(&product(3, "c", json!({"price": 25_000, "name": "Kopi Baru"})));
    // The hub is restored as it was before both.
    let (_, chain) = shop.ask();
    shop.tx(|tx| adopt_hub_position(tx, &ChainRow { position: Position::default(), ..chain }, time::now())).unwrap();
    shop.tx(|tx| take(tx, &product(1, "a", json!({})), UpdateSource::ByComparison, time::now())).unwrap();
    assert_eq!(shop.text("select name from products").as_deref(), Some("Kopi Susu"));
    let sent = shop.send("b2");
    assert_eq!(sent[0]["base"], json!({"n": 1, "change_id": "a"}));
    assert_eq!(sent[0]["fields"], json!({"price": [22_000, 25_000]}), "the outlet's own edit goes again");
}

#[test]
fn a_replayed_reply_does_not_acknowledge_later_versions() {
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
    shop.tx(|tx| adopt_hub_position(tx, &row, time::now())).unwrap();
    let there = product(2, "b1/0", json!({"price": 25_000}));
    shop.tx(|tx| take(tx, &there, UpdateSource::ByComparison, time::now())).unwrap();
    assert_eq!(shop.text("select name from products").as_deref(), Some("Kopi Susu"), "head office has lost its edit");
    assert_eq!(shop.send("b3")[0]["fields"], json!({"station": ["bar", "kitchen"]}), "and the outlet's goes again");
}

#[test]
fn an_unapplied_update_that_the_hub_lost_is_dropped() {
    let mut shop = Shop::new();
    shop.run("create trigger refuses before insert on customers begin select raise(abort, 'no'); end");
    assert_eq!(shop.page(vec![in_catalog(1, customer(1, "a", "1"))]).kept, 1);
    let (asked, chain) = shop.ask();
    shop.read(&asked, &UpdatePage { chain, stream_reset: true, changes: vec![], more: false, hub_version: None });
    let asked = shop.tx(|tx| under_way(tx, Scope::Shared)).unwrap().unwrap();
    let nothing = entities("0.~0.", vec![], None);
    assert!(shop.range(&asked, &nothing).unwrap());
    shop.run("drop trigger refuses");
    shop.page(vec![]);
    assert_eq!(shop.text("select count(*) from customers").as_deref(), Some("0"));
}

/// Its answer has acknowledged the edit, or the stream alone where the answer was lost.
#[test]
fn an_acknowledged_edit_is_resent_after_a_clone_and_a_hub_restore() {
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
        shop.read(&asked, &UpdatePage { chain, stream_reset: true, changes: vec![], more: false, hub_version: None });
        let asked = shop.tx(|tx| under_way(tx, Scope::Shared)).unwrap().unwrap();
        let page = entities("3.c~0.", vec![customer(3, "c", "3")], None);
        assert!(shop.range(&asked, &page).unwrap());
        let records: Vec<_> = shop.conflicts().into_iter().map(|c| (c.local, c.cloud)).collect();
        assert_eq!(records, [(json!("2"), json!("3"))], "the overwritten edit is recorded, answered: {is_answered}");
    }
}

#[test]
fn a_link_ends_when_one_order_is_kept_and_the_other_acknowledged() {
    let mut shop = Shop::new();
    shop.has(vec![at_hub(1, order("o1", &["l1", "l2"], &[], "A")), at_hub(1, order("o2", &["l3"], &[], "B"))]);
    shop.run("update order_lines set order_id = 'o2' where id = 'l1'");
    assert_eq!(shop.send("b1").len(), 2);
    let refused = ItemReply {
        item: 0,
        outcome: Outcome::Stale,
        code: Some("acknowledged_sale".into()),
        message: Some("It is paid.".into()),
        token: None,
        refused_by_version: None,
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
fn local_rows_are_resent_after_another_epoch_and_a_hub_restore() {
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
    shop.read(&asked, &UpdatePage { chain, stream_reset: true, changes: vec![], more: false, hub_version: None });
    let asked = shop.tx(|tx| under_way(tx, Scope::Shared)).unwrap().unwrap();
    let page = entities("1.c~0.", vec![product(1, "a", json!({}))], None);
    assert!(shop.range(&asked, &page).unwrap());
    let sent = shop.send("b2");
    assert_eq!((&sent[0]["entity_id"], &sent[0]["fields"]["phone"]), (&json!("c1"), &json!([null, "1"])));
}

#[test]
fn an_edit_acknowledged_by_stream_is_resent_after_a_hub_restore() {
    let mut shop = Shop::new();
    shop.page(vec![in_catalog(1, product(1, "a", json!({})))]);
    shop.run("update products set price = 25000");
    shop.send("b1");
    // The answer is lost, the stream is not.
    shop.page(vec![in_catalog(2, product(2, "b1/0", json!({"price": 25_000})))]);
    assert_eq!(shop.dirty(), 0);
    // The hub is restored as it was before, and says so when the batch comes again.
    let (_, chain) = shop.ask();
    shop.tx(|tx| adopt_hub_position(tx, &ChainRow { position: Position::default(), ..chain }, time::now())).unwrap();
    shop.tx(|tx| take(tx, &product(1, "a", json!({})), UpdateSource::ByComparison, time::now())).unwrap();
    assert_eq!(shop.price().as_deref(), Some("25000"));
    assert_eq!(shop.send("b2")[0]["fields"], json!({"price": [22_000, 25_000]}));
}

#[test]
fn a_stream_reset_requested_before_a_reply_is_requested_again() {
    let mut shop = Shop::new();
    shop.page(vec![in_catalog(1, product(1, "a", json!({})))]);
    shop.run("update products set price = 25000");
    shop.send("b1");
    let (asked, chain) = shop.ask();
    // The hub was restored after it answered the batch and before it answered this.
    shop.answered("b1", vec![applied(0, 2, "b1/0")]);
    let page = UpdatePage { chain, stream_reset: true, changes: vec![], more: false, hub_version: None };
    let read = shop.read(&asked, &page);
    assert!(read.more);
    assert_eq!(shop.tx(|tx| under_way(tx, Scope::Shared)).unwrap(), None);
    let asked = shop.ask().0;
    assert!(shop.read(&asked, &page).moved, "the chain row comes first");
    assert!(shop.tx(|tx| under_way(tx, Scope::Shared)).unwrap().is_some());
    shop.tx(|tx| take(tx, &product(1, "a", json!({})), UpdateSource::ByComparison, time::now())).unwrap();
    assert_eq!(shop.price().as_deref(), Some("25000"), "the edit that the hub has lost goes again");
}

#[test]
fn a_comparison_without_an_accepted_edit_does_not_undo_it() {
    let mut shop = Shop::new();
    shop.page(vec![in_catalog(1, product(1, "a", json!({})))]);
    shop.run("update products set price = 25000");
    shop.send("b1");
    let (asked, chain) = shop.ask();
    shop.read(&asked, &UpdatePage { chain, stream_reset: true, changes: vec![], more: false, hub_version: None });
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
