//! Pages of the streams: cursor, gaps, and the state of the hub that their chain row reveals.

use protocol::updates::{StreamUpdate, UpdatePage};
use protocol::wire::{Epoch, Position};
use replica::progress::range::{Scope, running_comparison};
use replica::pull::stream_gap;
use serde_json::json;

use super::shop::{Shop, at, customer, entities, in_catalog, product};

#[test]
fn a_page_reveals_a_hub_restore_to_a_closed_shop() {
    let mut shop = Shop::new();
    shop.run("insert into tables (id, name) values ('t1', 'Meja 1')");
    assert_eq!(shop.send("b1").len(), 1);
    shop.reply("b1", vec![]);
    assert_eq!(shop.dirty(), 0);
    let (request, mut chain) = shop.request();
    chain.position = Position::default();
    let page = UpdatePage { chain, stream_reset: false, changes: vec![], more: false, hub_version: None };
    assert!(shop.apply_page(&request, &page).position_changed);
    assert_eq!(shop.dirty(), 1, "the lost row is queued again");
    assert_eq!(shop.send("b2").len(), 1);
}

#[test]
fn a_page_requested_before_a_reply_does_not_move_the_chain() {
    let mut shop = Shop::new();
    let (request, chain) = shop.request();
    shop.run("insert into tables (id, name) values ('t1', 'Meja 1')");
    shop.send("b1");
    shop.reply("b1", vec![]);
    let page = UpdatePage { chain, stream_reset: false, changes: vec![], more: false, hub_version: None };
    assert!(!shop.apply_page(&request, &page).position_changed);
    assert_eq!(shop.dirty(), 0);
}

#[test]
fn a_page_of_another_epoch_stops_sync_or_is_ignored() {
    let mut shop = Shop::new();
    let (mut request, mut chain) = shop.request();
    request.epoch_id = "earlier".into();
    let page = UpdatePage { chain: chain.clone(), stream_reset: true, changes: vec![], more: false, hub_version: None };
    shop.apply_page(&request, &page);
    assert_eq!(shop.tx(|tx| running_comparison(tx, Scope::Shared)).unwrap(), None);
    let (request, _) = shop.request();
    chain.epoch = Epoch { number: 2, id: "other".into() };
    chain.position = Position { batch_no: 1, batch_id: Some("x".into()) };
    shop.apply_page(
        &request,
        &UpdatePage { chain, stream_reset: false, changes: vec![], more: false, hub_version: None },
    );
    assert_eq!(shop.text("select stopped_code from sync_chain").as_deref(), Some("epoch_mismatch"));
}

#[test]
fn a_stream_gap_starts_a_comparison_of_everything() {
    let mut shop = Shop::new();
    shop.page(vec![in_catalog(1, product(1, "a", json!({})))]);
    let read = shop.page(vec![in_catalog(3, product(3, "c", json!({"price": 1})))]);
    assert_eq!(read.changes, 0);
    assert_eq!(shop.cursor().catalog, at(1));
    assert!(shop.tx(|tx| running_comparison(tx, Scope::Shared)).unwrap().is_some());
    assert_eq!(shop.price().as_deref(), Some("22000"));
    assert_eq!(shop.tx(stream_gap::count).unwrap(), 1);
}

#[test]
fn the_next_page_starts_at_the_new_cursor_and_none_after_a_gap() {
    let mut shop = Shop::new();
    let (request, chain) = shop.request();
    let for_outlet = StreamUpdate { stream: "outlet:1".into(), ..in_catalog(1, customer(1, "c", "1")) };
    let changes = vec![
        in_catalog(1, product(1, "a", json!({}))),
        in_catalog(2, product(2, "b", json!({"price": 1}))),
        for_outlet,
    ];
    let page = UpdatePage { chain, stream_reset: false, changes, more: true, hub_version: None };
    assert!(shop.apply_page(&request, &page).more);
    assert_eq!(shop.request().0, request.next(&page));
    let (request, chain) = shop.request();
    let changes = vec![in_catalog(4, product(4, "d", json!({})))];
    let page = UpdatePage { chain, stream_reset: false, changes, more: true, hub_version: None };
    shop.apply_page(&request, &page);
    assert_eq!(shop.request().0, request);
    assert_ne!(shop.request().0, request.next(&page));
}

#[test]
fn a_stream_gap_is_reported_for_a_day_of_running() {
    let mut shop = Shop::new();
    let reset = |shop: &mut Shop| {
        let (request, chain) = shop.request();
        shop.apply_page(
            &request,
            &UpdatePage { chain, stream_reset: true, changes: vec![], more: false, hub_version: None },
        );
    };
    let recent = |shop: &mut Shop| shop.tx(stream_gap::recent).unwrap();
    let runs = |shop: &mut Shop, hours: i64| (0..hours).for_each(|_| shop.tx(replica::logs::count_hour).unwrap());
    reset(&mut shop);
    assert_eq!((shop.tx(stream_gap::count).unwrap(), recent(&mut shop)), (0, None));
    runs(&mut shop, 30);
    shop.run("delete from sync_reconcile");
    shop.page(vec![in_catalog(1, product(1, "a", json!({})))]);
    // During one comparison it counts as one gap.
    reset(&mut shop);
    reset(&mut shop);
    assert_eq!(shop.tx(stream_gap::count).unwrap(), 1);
    // A gap is shown for a number of hours of running, independent of the clock.
    for at in ["1970-01-01T00:00:00.000Z", "2999-01-01T00:00:00.000Z"] {
        shop.run(&format!("update sync_context set gap_at = '{at}'"));
        assert_eq!(recent(&mut shop).as_deref(), Some(at));
    }
    runs(&mut shop, 24);
    assert!(recent(&mut shop).is_some());
    runs(&mut shop, 1);
    assert_eq!(recent(&mut shop), None);
}

#[test]
fn a_cursor_adopts_the_row_id_of_a_restored_hub() {
    let mut shop = Shop::new();
    shop.page(vec![in_catalog(1, product(1, "a", json!({})))]);
    let (request, chain) = shop.request();
    shop.apply_page(
        &request,
        &UpdatePage { chain, stream_reset: true, changes: vec![], more: false, hub_version: None },
    );
    let comparison = shop.tx(|tx| running_comparison(tx, Scope::Shared)).unwrap().unwrap();
    let cursor = "1.another~0.".to_owned();
    let page = entities(&cursor, vec![product(1, "b", json!({}))], None);
    assert!(shop.apply_range(&comparison, &page).unwrap());
    assert_eq!(shop.cursor().to_string(), cursor, "otherwise the stream would be reset forever");
}
