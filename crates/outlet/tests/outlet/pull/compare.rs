//! Comparing shared entities with the hub, single ones and range by range.

use protocol::cursor::StreamPosition;
use protocol::updates::{EntityPage, StreamUpdate, Update, UpdatePage};
use protocol::wire::{ChainRow, EntityRef, ItemReply, Outcome, Position, Token};
use replica::progress::cursor::PullRequest;
use replica::progress::range::{Scope, running_comparison};
use replica::pull::stream_gap;
use replica::reconcile::shared;
use serde_json::{Value, json};
use web::time;

use super::shop::{KOPI, Shop, applied, at, customer, document, entities, in_catalog, product, update};

#[test]
fn a_conflict_is_resent_after_its_base_changes() {
    let mut shop = Shop::new();
    shop.page(vec![in_catalog(1, product(1, "a", json!({})))]);
    shop.run("update products set station = 'kitchen'");
    shop.send("b1");
    let conflict = ItemReply {
        args: serde_json::Map::new(),
        item: 0,
        outcome: Outcome::Conflict,
        code: None,
        message: None,
        token: Some(Token { n: 2, change_id: "b".into() }),
        refused_by_version: None,
    };
    shop.reply("b1", vec![conflict]);
    assert_eq!(shop.text("select status from sync_queue where entity_type = 'product'").as_deref(), Some("pending"));
    assert_eq!(shop.send("b2"), [] as [Value; 0], "it waits for head office's version");
    let read = shop.page(vec![in_catalog(2, product(2, "b", json!({"price": 24_000})))]);
    assert_eq!(read.compare, []);
    let sent = shop.send("b3");
    assert_eq!((&sent[0]["base"]["n"], &sent[0]["fields"]), (&json!(2), &json!({"station": ["bar", "kitchen"]})));
}

#[test]
fn a_conflict_without_an_update_is_compared_not_repeated() {
    let mut shop = Shop::new();
    shop.page(vec![in_catalog(1, product(1, "gone", json!({})))]);
    shop.run("update products set station = 'kitchen'");
    shop.send("b1");
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
    let of = EntityRef { entity_type: "product".into(), entity_id: KOPI.into() };
    assert_eq!(shop.page(vec![]).compare, std::slice::from_ref(&of));
    let theirs = product(1, "other", json!({"price": 30_000}));
    shop.tx(|tx| shared::compare_one(tx, &of, Some("gone"), Some(&theirs), time::now())).unwrap();
    assert_eq!(shop.price().as_deref(), Some("30000"));
    let sent = shop.send("b2");
    assert_eq!(
        (&sent[0]["base"]["change_id"], &sent[0]["fields"]),
        (&json!("other"), &json!({"station": ["bar", "kitchen"]}))
    );
}

#[test]
fn a_sent_change_shown_by_a_comparison_conflicts_with_no_later_one() {
    let mut shop = Shop::new();
    shop.page(vec![in_catalog(1, customer(1, "a", "1"))]);
    shop.run("update customers set phone = '2'");
    shop.send("b1");
    shop.reply("b1", vec![applied(0, 2, "b1/0")]);
    let of = EntityRef { entity_type: "customer".into(), entity_id: "c1".into() };
    assert_eq!(shop.page(vec![]).compare, std::slice::from_ref(&of));
    shop.run("update customers set phone = '3'");
    shop.send("b2");
    shop.run("update customers set phone = '4'");
    let theirs = customer(3, "b2/0", "3");
    shop.tx(|tx| shared::compare_one(tx, &of, Some("b1/0"), Some(&theirs), time::now())).unwrap();
    assert_eq!(shop.conflicts().len(), 0);
    assert_eq!(shop.text("select phone from customers").as_deref(), Some("4"));
    shop.reply("b2", vec![applied(0, 3, "b2/0")]);
    let sent = shop.send("b3");
    assert_eq!((&sent[0]["base"]["n"], &sent[0]["fields"]), (&json!(3), &json!({"phone": ["3", "4"]})));
}

#[test]
fn a_type_unknown_to_the_hub_is_sent_once_and_merged_later() {
    let mut shop = Shop::new();
    shop.run("insert into customers (id, name, phone) values ('c1', 'Budi', '1')");
    shop.send("b1");
    shop.reply("b1", vec![]);
    shop.run("update customers set phone = '2'");
    assert_eq!(shop.send("b2")[0]["base"], json!({"n": 1, "change_id": "b1/0"}));
    shop.reply("b2", vec![]);
    assert_eq!(shop.page(vec![]).compare, []);
    assert_eq!(shop.send("b3"), [] as [Value; 0]);
    let of = EntityRef { entity_type: "customer".into(), entity_id: "c1".into() };
    let (request, chain) = shop.request();
    let page =
        UpdatePage { chain, stream_reset: false, changes: vec![], more: false, hub_version: Some("9.0.0".into()) };
    assert_eq!(
        shop.apply_page(&request, &page).compare,
        std::slice::from_ref(&of),
        "compared once with a new version of the hub"
    );
    shop.tx(|tx| shared::compare_one(tx, &of, Some("b2/0"), None, time::now())).unwrap();
    assert_eq!(shop.send("b3")[0]["fields"]["phone"], json!([null, "2"]), "the hub does not have it");
    shop.reply("b3", vec![]);
    shop.run("update customers set phone = '3'");
    shop.send("b4");
    shop.reply("b4", vec![]);
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
    shop.tx(|tx| shared::compare_one(tx, &of, Some("a"), None, time::now())).unwrap();
    let sent = shop.send("b1");
    assert_eq!(sent[0]["base"], Value::Null);
    assert_eq!(sent[0]["fields"]["name"], json!([null, "Kopi Susu"]));
    assert_eq!(sent[0]["operation"], "create");
}

#[test]
fn a_comparison_by_ranges_continues_after_a_crash() {
    let mut shop = Shop::new();
    let category = |id: &str, n, change: &str| {
        update("category", id, n, change, document(json!({"id": id, "name": format!("Kategori {id}"), "position": 1})))
    };
    for (n, id) in ["a", "b", "c"].iter().enumerate() {
        shop.page(vec![in_catalog(i64::try_from(n).unwrap() + 1, category(id, 1, "old"))]);
    }
    shop.run("insert into categories (id, name) values ('d', 'Kategori sendiri')");
    let (request, chain) = shop.request();
    shop.apply_page(
        &request,
        &UpdatePage { chain, stream_reset: true, changes: vec![], more: false, hub_version: None },
    );
    let first = shop.tx(|tx| running_comparison(tx, Scope::Shared)).unwrap().unwrap();
    // The hub has lost b and has a newer a.
    let of = |id: &str| EntityRef { entity_type: "category".into(), entity_id: id.into() };
    let page = entities("7.abc~2.def", vec![category("a", 2, "new")], Some(of("b")));
    assert!(!shop.apply_range(&first, &page).unwrap());
    assert!(!shop.apply_range(&first, &page).unwrap(), "a range that comes twice counts once");
    assert_eq!(shop.cursor().catalog, at(3), "the cursor moves after the last range");
    let second = shop.tx(|tx| running_comparison(tx, Scope::Shared)).unwrap().unwrap();
    assert_eq!(second.after, of("b"));
    let page = entities("9.zzz~3.yyy", vec![category("c", 1, "old")], None);
    assert!(shop.apply_range(&second, &page).unwrap());
    assert_eq!(shop.cursor().to_string(), "7.abc~2.def", "the streams continue at the head of the first range");
    let sent = shop.send("b1");
    let mut ids: Vec<_> = sent.iter().map(|item| item["entity_id"].as_str().unwrap()).collect();
    ids.sort_unstable();
    assert_eq!(ids, ["b", "d"]);
}

#[test]
fn lost_batches_are_found_before_a_range_is_compared() {
    let mut shop = Shop::new();
    shop.page(vec![in_catalog(1, customer(1, "a", "1"))]);
    shop.run("update customers set phone = '2'");
    shop.send("b1");
    shop.reply("b1", vec![applied(0, 2, "b1/0")]);
    shop.run("insert into sync_reconcile (scope, started_at) values ('shared', '2026-11-22T19:40:39.672Z')");
    let comparison = shop.tx(|tx| running_comparison(tx, Scope::Shared)).unwrap().unwrap();
    let (state, chain) = shop.request();
    let chain = ChainRow { position: Position::default(), ..chain };
    // Others have changed it twice since, without seeing what the hub has lost.
    let page = EntityPage { chain, ..entities("9.o~0.", vec![customer(3, "other", "5")], None) };
    shop.run("insert into tables (id, name) values ('t1', 'Meja 1')");
    shop.send("b2");
    shop.reply("b2", vec![]);
    let range = |shop: &mut Shop, state: &PullRequest| {
        shop.tx(|tx| shared::range(tx, &comparison, state, &page, time::now())).unwrap()
    };
    assert!(
        !range(&mut shop, &PullRequest { at: Some("b0".into()), ..state.clone() }),
        "a reply was applied meanwhile"
    );
    assert_eq!(shop.conflicts().len(), 0, "the range is requested again");
    assert!(range(&mut shop, &PullRequest { at: Some("b2".into()), ..state }));
    let record = shop.conflicts()[0].clone();
    assert_eq!((&record.base, &record.local, &record.cloud), (&json!("1"), &json!("2"), &json!("5")));
}

/// A shop that has compared everything with a hub, reading one page at the first head and the other at a later one.
fn compared_at_two_heads() -> Shop {
    let mut shop = Shop::new();
    shop.page(vec![in_catalog(1, product(1, "a", json!({})))]);
    shop.run("insert into sync_reconcile (scope, started_at) values ('shared', '2026-11-22T19:40:39.672Z')");
    let category = update("category", "k1", 1, "k", document(json!({"id": "k1", "name": "Minuman", "position": 1})));
    let next = Some(category.of.clone());
    for page in [
        entities("2.row2~0.", vec![category], next),
        entities("4.row4~0.", vec![product(3, "d", json!({"price": 9}))], None),
    ] {
        let comparison = shop.tx(|tx| running_comparison(tx, Scope::Shared)).unwrap().unwrap();
        shop.apply_range(&comparison, &page).unwrap();
    }
    assert_eq!((shop.cursor().catalog, shop.price().as_deref()), (at(2), Some("9")));
    shop
}

#[test]
fn rows_read_past_the_cursor_are_confirmed_or_compared_again() {
    let expected_change = || in_catalog(3, customer(1, "c", "1"));
    let other = |n| StreamUpdate {
        position: StreamPosition { n, row_id: format!("other{n}") },
        ..in_catalog(n, customer(1, "o", "2"))
    };
    for (changes, is_lost) in [
        (vec![expected_change(), in_catalog(4, product(3, "d", json!({"price": 9})))], false),
        (vec![expected_change(), other(4)], true),
        (vec![expected_change(), other(4), other(5)], true),
        (vec![other(3)], true),
        (vec![], true),
    ] {
        let mut shop = compared_at_two_heads();
        let read = shop.page(changes.clone());
        let compares = shop.tx(|tx| running_comparison(tx, Scope::Shared)).unwrap().is_some();
        assert_eq!((compares, read.changes), (is_lost, if is_lost { 0 } else { 2 }), "{changes:?}");
        assert_eq!(shop.tx(stream_gap::count).unwrap(), i64::from(is_lost), "{changes:?}");
    }
}

#[test]
fn a_page_short_of_the_expected_head_confirms_nothing() {
    let mut shop = compared_at_two_heads();
    let (request, chain) = shop.request();
    let changes = vec![in_catalog(3, customer(1, "c", "1"))];
    shop.apply_page(
        &request,
        &UpdatePage { chain: chain.clone(), stream_reset: false, changes, more: true, hub_version: None },
    );
    assert_eq!(shop.tx(|tx| running_comparison(tx, Scope::Shared)).unwrap(), None);
    // A page requested with an earlier cursor may be from before the comparison.
    shop.apply_page(
        &request,
        &UpdatePage { chain, stream_reset: false, changes: vec![], more: false, hub_version: None },
    );
    assert_eq!(shop.tx(|tx| running_comparison(tx, Scope::Shared)).unwrap(), None);
    shop.page(vec![]);
    assert!(shop.tx(|tx| running_comparison(tx, Scope::Shared)).unwrap().is_some(), "the hub has lost it");
}

#[test]
fn a_new_comparison_replaces_the_expected_heads() {
    let mut shop = compared_at_two_heads();
    shop.run("insert into sync_reconcile (scope, started_at) values ('shared', '2026-11-22T19:40:39.672Z')");
    let comparison = shop.tx(|tx| running_comparison(tx, Scope::Shared)).unwrap().unwrap();
    let page = entities("3.other3~0.", vec![product(2, "b", json!({}))], None);
    shop.apply_range(&comparison, &page).unwrap();
    shop.page(vec![]);
    assert_eq!(shop.tx(|tx| running_comparison(tx, Scope::Shared)).unwrap(), None);
    assert_eq!(shop.price().as_deref(), Some("22000"), "the hub's version, an older one");
}

#[test]
fn a_single_fetched_entity_is_compared_again_unless_streamed() {
    let of = EntityRef { entity_type: "product".into(), entity_id: KOPI.into() };
    let fetch = |shop: &mut Shop, read_at: &str, theirs: &Update| {
        shop.tx(|tx| shared::compare_one(tx, &of, Some(read_at), Some(theirs), time::now())).unwrap();
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
    assert_eq!(shop.price().as_deref(), Some("10"), "the hub has lost it");
}

#[test]
fn a_base_from_an_answer_is_compared_if_not_streamed() {
    let mut shop = Shop::new();
    shop.page(vec![in_catalog(1, product(1, "a", json!({})))]);
    shop.run("update products set price = 25000");
    shop.send("b1");
    shop.reply("b1", vec![applied(0, 2, "b1/0")]);
    let of = EntityRef { entity_type: "product".into(), entity_id: KOPI.into() };
    assert_eq!(shop.page(vec![]).compare, [of]);
    let read = shop.page(vec![in_catalog(2, product(2, "b1/0", json!({"price": 25_000})))]);
    assert_eq!(read.compare, []);
}
