//! Acknowledged edits that the hub lost because it was restored: they are sent again, and only they.

use protocol::updates::UpdatePage;
use protocol::wire::{ChainRow, ItemReply, Outcome, Position};
use replica::progress::range::{Scope, running_comparison};
use replica::pull::apply_update::apply_update;
use replica::push::adopt::adopt_hub_position;
use replica::unapplied::UpdateSource;
use serde_json::json;
use web::time;

use super::shop::{Shop, applied, at_hub, customer, document, entities, in_catalog, order, product, update};

#[test]
fn a_hub_change_on_a_lost_edit_is_not_the_previous_version() {
    let mut shop = Shop::new();
    shop.apply(&product(1, "a", json!({})));
    shop.run("update products set price = 25000");
    shop.send("b1");
    shop.reply("b1", vec![applied(0, 2, "b1/0")]);
    shop.apply(&product(3, "c", json!({"price": 25_000, "name": "Kopi Baru"})));
    // The hub is restored to the state before both.
    let (_, chain) = shop.request();
    shop.tx(|tx| adopt_hub_position(tx, &ChainRow { position: Position::default(), ..chain }, time::now())).unwrap();
    shop.tx(|tx| apply_update(tx, &product(1, "a", json!({})), UpdateSource::Comparison, time::now())).unwrap();
    assert_eq!(shop.text("select name from products").as_deref(), Some("Kopi Susu"));
    let sent = shop.send("b2");
    assert_eq!(sent[0]["base"], json!({"n": 1, "change_id": "a"}));
    assert_eq!(sent[0]["fields"], json!({"price": [22_000, 25_000]}), "the outlet's edit is sent again");
}

#[test]
fn a_replayed_reply_does_not_acknowledge_later_versions() {
    let mut shop = Shop::new();
    shop.page(vec![in_catalog(1, product(1, "a", json!({})))]);
    shop.run("update products set price = 25000");
    shop.send("b1");
    shop.reply("b1", vec![applied(0, 2, "b1/0")]);
    shop.run("update products set station = 'kitchen'");
    shop.send("b2");
    shop.reply("b2", vec![applied(0, 3, "b2/0")]);
    let renamed = product(4, "hq", json!({"price": 25_000, "station": "kitchen", "name": "Kopi Hitam"}));
    shop.page(vec![
        in_catalog(2, product(2, "b1/0", json!({"price": 25_000}))),
        in_catalog(3, product(3, "b2/0", json!({"price": 25_000, "station": "kitchen"}))),
        in_catalog(4, renamed),
    ]);
    // The hub is restored to the first batch and shows its version of it.
    let (_, mut row) = shop.request();
    row.position = Position { batch_no: 1, batch_id: Some("b1".into()) };
    row.results = vec![applied(0, 2, "b1/0")];
    shop.tx(|tx| adopt_hub_position(tx, &row, time::now())).unwrap();
    let update = product(2, "b1/0", json!({"price": 25_000}));
    shop.tx(|tx| apply_update(tx, &update, UpdateSource::Comparison, time::now())).unwrap();
    assert_eq!(shop.text("select name from products").as_deref(), Some("Kopi Susu"), "head office has lost its edit");
    assert_eq!(shop.send("b3")[0]["fields"], json!({"station": ["bar", "kitchen"]}), "and the outlet's is sent again");
}

#[test]
fn an_unapplied_update_that_the_hub_lost_is_dropped() {
    let mut shop = Shop::new();
    shop.run("create trigger refuses before insert on customers begin select raise(abort, 'no'); end");
    assert_eq!(shop.page(vec![in_catalog(1, customer(1, "a", "1"))]).unapplied, 1);
    let (request, chain) = shop.request();
    shop.apply_page(
        &request,
        &UpdatePage { chain, stream_reset: true, changes: vec![], more: false, hub_version: None },
    );
    let comparison = shop.tx(|tx| running_comparison(tx, Scope::Shared)).unwrap().unwrap();
    let nothing = entities("0.~0.", vec![], None);
    assert!(shop.apply_range(&comparison, &nothing).unwrap());
    shop.run("drop trigger refuses");
    shop.page(vec![]);
    assert_eq!(shop.text("select count(*) from customers").as_deref(), Some("0"));
}

/// The edit was acknowledged by its reply, or by the stream alone if the reply was lost.
#[test]
fn an_acknowledged_edit_is_resent_after_a_clone_and_a_hub_restore() {
    for has_reply in [true, false] {
        let mut shop = Shop::new();
        shop.page(vec![in_catalog(1, customer(1, "a", "1"))]);
        shop.run("update customers set phone = '2'");
        shop.send("b1");
        if has_reply {
            shop.reply("b1", vec![applied(0, 2, "b1/0")]);
        }
        shop.page(vec![in_catalog(2, customer(2, "b1/0", "2"))]);
        assert_eq!(shop.dirty(), 0);
        // A copy of this database has pushed; this one enrolls again.
        let (_, mut row) = shop.request();
        row.position = Position { batch_no: 9, batch_id: Some("of the copy".into()) };
        shop.enroll(Some(row));
        shop.compare_owned(vec![]);
        // The hub was restored, and head office changed the phone without having seen the edit.
        let (request, chain) = shop.request();
        shop.apply_page(
            &request,
            &UpdatePage { chain, stream_reset: true, changes: vec![], more: false, hub_version: None },
        );
        let comparison = shop.tx(|tx| running_comparison(tx, Scope::Shared)).unwrap().unwrap();
        let page = entities("3.c~0.", vec![customer(3, "c", "3")], None);
        assert!(shop.apply_range(&comparison, &page).unwrap());
        let records: Vec<_> = shop.conflicts().into_iter().map(|c| (c.local, c.cloud)).collect();
        assert_eq!(records, [(json!("2"), json!("3"))], "the overwritten edit is recorded, replied: {has_reply}");
    }
}

#[test]
fn a_link_ends_when_one_order_is_kept_and_the_other_acknowledged() {
    let mut shop = Shop::new();
    shop.has_synced(vec![at_hub(1, order("o1", &["l1", "l2"], &[], "A")), at_hub(1, order("o2", &["l3"], &[], "B"))]);
    shop.run("update order_lines set order_id = 'o2' where id = 'l1'");
    assert_eq!(shop.send("b1").len(), 2);
    let refused = ItemReply {
        args: serde_json::Map::new(),
        item: 0,
        outcome: Outcome::Stale,
        code: Some("acknowledged_sale".into()),
        message: Some("It is paid.".into()),
        token: None,
        refused_by_version: None,
    };
    shop.reply("b1", vec![refused]);
    let links = "select count(*) from sync_links";
    assert_eq!((shop.dirty(), shop.text(links).as_deref()), (1, Some("1")));
    let seq: i64 = shop.text("select seq from sync_state where status = 'failed'").unwrap().parse().unwrap();
    let decision =
        document(json!({"entity_type": "order", "entity_id": "o1", "seq": seq, "action": "keep", "by": "x"}));
    shop.apply(&update("decision", "order/o1", 1, "d", decision));
    assert_eq!((shop.dirty(), shop.text(links).as_deref()), (0, Some("0")));
}

#[test]
fn local_rows_are_resent_after_another_epoch_and_a_hub_restore() {
    let mut shop = Shop::new();
    shop.page(vec![in_catalog(1, product(1, "a", json!({})))]);
    shop.run("insert into customers (id, name, phone) values ('c1', 'Budi', '1')");
    shop.send("b1");
    shop.reply("b1", vec![applied(0, 1, "b1/0")]);
    shop.page(vec![in_catalog(2, customer(1, "b1/0", "1"))]);
    let (_, mut row) = shop.request();
    row.position = Position { batch_no: 9, batch_id: Some("of the copy".into()) };
    shop.enroll(Some(row));
    shop.compare_owned(vec![]);
    let (request, chain) = shop.request();
    shop.apply_page(
        &request,
        &UpdatePage { chain, stream_reset: true, changes: vec![], more: false, hub_version: None },
    );
    let comparison = shop.tx(|tx| running_comparison(tx, Scope::Shared)).unwrap().unwrap();
    let page = entities("1.c~0.", vec![product(1, "a", json!({}))], None);
    assert!(shop.apply_range(&comparison, &page).unwrap());
    let sent = shop.send("b2");
    assert_eq!((&sent[0]["entity_id"], &sent[0]["fields"]["phone"]), (&json!("c1"), &json!([null, "1"])));
}

#[test]
fn an_edit_acknowledged_by_stream_is_resent_after_a_hub_restore() {
    let mut shop = Shop::new();
    shop.page(vec![in_catalog(1, product(1, "a", json!({})))]);
    shop.run("update products set price = 25000");
    shop.send("b1");
    // The reply is lost, but the stream is read.
    shop.page(vec![in_catalog(2, product(2, "b1/0", json!({"price": 25_000})))]);
    assert_eq!(shop.dirty(), 0);
    // The hub is restored to an earlier state and reports that when the batch comes again.
    let (_, chain) = shop.request();
    shop.tx(|tx| adopt_hub_position(tx, &ChainRow { position: Position::default(), ..chain }, time::now())).unwrap();
    shop.tx(|tx| apply_update(tx, &product(1, "a", json!({})), UpdateSource::Comparison, time::now())).unwrap();
    assert_eq!(shop.price().as_deref(), Some("25000"));
    assert_eq!(shop.send("b2")[0]["fields"], json!({"price": [22_000, 25_000]}));
}

#[test]
fn a_stream_reset_requested_before_a_reply_is_requested_again() {
    let mut shop = Shop::new();
    shop.page(vec![in_catalog(1, product(1, "a", json!({})))]);
    shop.run("update products set price = 25000");
    shop.send("b1");
    let (request, chain) = shop.request();
    // The hub was restored after it replied to the batch and before it answered this request.
    shop.reply("b1", vec![applied(0, 2, "b1/0")]);
    let page = UpdatePage { chain, stream_reset: true, changes: vec![], more: false, hub_version: None };
    let read = shop.apply_page(&request, &page);
    assert!(read.more);
    assert_eq!(shop.tx(|tx| running_comparison(tx, Scope::Shared)).unwrap(), None);
    let request = shop.request().0;
    assert!(shop.apply_page(&request, &page).position_changed, "the chain row comes first");
    assert!(shop.tx(|tx| running_comparison(tx, Scope::Shared)).unwrap().is_some());
    shop.tx(|tx| apply_update(tx, &product(1, "a", json!({})), UpdateSource::Comparison, time::now())).unwrap();
    assert_eq!(shop.price().as_deref(), Some("25000"), "the lost edit is sent again");
}

#[test]
fn a_comparison_without_an_accepted_edit_does_not_undo_it() {
    let mut shop = Shop::new();
    shop.page(vec![in_catalog(1, product(1, "a", json!({})))]);
    shop.run("update products set price = 25000");
    shop.send("b1");
    let (request, chain) = shop.request();
    shop.apply_page(
        &request,
        &UpdatePage { chain, stream_reset: true, changes: vec![], more: false, hub_version: None },
    );
    let comparison = shop.tx(|tx| running_comparison(tx, Scope::Shared)).unwrap().unwrap();
    // The hub read the range before it accepted the batch, and the reply arrives here first.
    let page = entities("1.row1~0.", vec![product(1, "a", json!({}))], None);
    shop.reply("b1", vec![applied(0, 2, "b1/0")]);
    assert!(shop.apply_range(&comparison, &page).unwrap());
    assert_eq!(shop.price().as_deref(), Some("25000"));
    shop.page(vec![in_catalog(2, product(2, "b1/0", json!({"price": 25_000})))]);
    assert_eq!((shop.price().as_deref(), shop.dirty()), (Some("25000"), 0));
}

#[test]
fn an_accepted_edit_that_the_stream_skips_is_resent() {
    let mut shop = Shop::new();
    shop.page(vec![in_catalog(1, product(1, "a", json!({})))]);
    shop.run("update products set price = 25000");
    shop.send("b1");
    shop.reply("b1", vec![applied(0, 2, "b1/0")]);
    // The hub was restored to before the edit, and the product was then changed there.
    shop.page(vec![in_catalog(2, product(2, "x", json!({"name": "Kopi Baru"})))]);
    assert_eq!(shop.text("select price || name from products").as_deref(), Some("25000Kopi Baru"));
    let sent = shop.send("b2");
    assert_eq!(sent[0]["base"], json!({"n": 2, "change_id": "x"}));
    assert_eq!(sent[0]["fields"], json!({"price": [22_000, 25_000]}));
}
