//! Worlds of one outlet whose tables change by any SQL, while batches are composed, lost, late, abandoned, rejected and
//! acknowledged: the triggers miss nothing, and a hub built from the batches alone ends with the outlet's documents.
//! Only the queue is tested here; the other worlds have the production hub and people.
#![expect(clippy::unwrap_used, reason = "a test that cannot continue panics")]

mod hub;
mod statement;
mod world;

use replica::error::QueueError;
use replica::push::abandon::{AfterAbandon, abandon};
use replica::push::store::store;
use web::time;

use crate::world::{Luck, World, attempt, content, in_tx, rows};

/// A world at rest without any changes.
fn quiet_world() -> World {
    let mut world = World::new(1, Luck::Kind);
    world.drain();
    world
}

#[test]
fn a_row_recreated_while_a_batch_is_composed_is_a_new_row() {
    let mut world = quiet_world();
    world.run("insert into products (id, name, price) values ('c', 'Susu', 1)");
    let read = world.read(10, None).unwrap();
    world.run("delete from products where id = 'c'");
    world.run("insert into products (id, name, price) values ('c', 'Susu', 2)");
    let result = attempt(&world.db, |tx| store(tx, &read, time::now()));
    assert!(matches!(result, Err(QueueError::Stale)), "{result:?}");
    world.drain();
    world.assert_at_rest();
}

#[test]
fn a_second_batch_is_composed_against_the_firsts_result() {
    // A second edit, and an edit that restores the value.
    for price in [12, 10] {
        let mut world = quiet_world();
        world.run("update products set price = 11 where id = 'a'");
        let first = world.read(10, None).unwrap();
        world.make(&first);
        world.run(&format!("update products set price = {price} where id = 'a'"));
        let ahead = world.read(10, None);
        let sent = world.waiting().unwrap();
        world.deliver(&sent);
        world.answered();
        if let Some(read) = ahead {
            world.make(&read);
        }
        world.drain();
        world.assert_at_rest();
    }
}

#[test]
fn an_edit_undone_after_its_batch_was_abandoned_ends_undone() {
    for sql in ["update products set price = 11 where id = 'a'", "delete from products where id = 'a'"] {
        let mut world = quiet_world();
        let before = world.documents();
        world.run(sql);
        let read = world.read(10, None).unwrap();
        world.make(&read);
        let sent = world.waiting().unwrap();
        in_tx(&world.db, |tx| abandon(tx, &sent, AfterAbandon::Requeue, time::now()));
        world.run(
            "insert into products (id, name, price) values ('a', 'Kopi', 10) on conflict (id) do update set price = 10",
        );
        world.drain();
        assert_eq!(rows(&world.db, "select count(*) from sync_batches where state = 'in_flight'"), ["0"]);
        world.deliver(&sent);
        world.meets_the_hub();
        world.assert_at_rest();
        assert_eq!(world.documents()[&("product".into(), "a".into())], before[&("product".into(), "a".into())]);
    }
}

#[test]
fn an_unreadable_row_fails_and_an_orders_text_is_sent_lossily() {
    // `.import` of a price list from an old spreadsheet: Caffè in Latin-1.
    let mut world = quiet_world();
    world.run("insert into products (id, name, price) values ('c', cast(x'43616666e8' as text), 1)");
    world.run("insert into products (id, name, price) values ('d', 'Coklat', 1)");
    world.run("update orders set customer_name = cast(x'e8' as text) where id = 'o1'");
    world.run("update order_lines set name = cast(x'e8' as text) where order_id = 'o1' and id = 'l1'");
    world.run("update orders set business_date = cast(x'e8' as text) where id = 'o2'");
    world.run("pragma ignore_check_constraints = on");
    world.run("insert into categories (id, name) values (cast(x'434146c92d3031' as text), 'Kopi')");
    world.run("pragma ignore_check_constraints = off");
    world.send_all();
    let quarantined =
        "select entity_type || ' ' || hex(entity_id) || ' ' || error_code from sync_state where status = 'failed'
        order by seq";
    let expected = ["product 63 unreadable_row", "order 6F32 unreadable_row", "category 434146C92D3031 unreadable_row"];
    assert_eq!(rows(&world.db, quarantined), expected);
    assert_eq!(rows(&world.db, "select pending from sync_context"), ["0"]);
    assert!(!world.hub.shared.contains_key(&("product".into(), "c".into())));
    assert!(world.hub.shared.contains_key(&("product".into(), "d".into())));
    let order = world.hub.documents()[&("order".into(), "o1".into())].clone();
    assert_eq!((&order["customer_name"], &order["lines"][0]["name"]), (&"\u{fffd}".into(), &"\u{fffd}".into()));
    let message = "select error_message from sync_state where entity_type = 'product' and status = 'failed'";
    assert!(rows(&world.db, message)[0].contains("update products set name = '…' where rowid = "));

    let last = "select body from sync_batches order by id desc limit 1";
    let last: Vec<u8> = world.db.query_row(last, [], |row| row.get(0)).unwrap();
    let last: serde_json::Value = serde_json::from_str(&content(&last)).unwrap();
    let ids: Vec<_> = last["quarantined"]
        .as_array()
        .unwrap()
        .iter()
        .map(|quarantined| quarantined["entity_id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["c", "o2", "CAF\u{fffd}C9-01"], "they are reported: {last}");
    let seq = rows(&world.db, "select seq from sync_context")[0].parse::<i64>().unwrap();
    assert_eq!(last["complete_through"], seq);

    world.run("update products set name = 'Caffè' where id = 'c'");
    world.run("update orders set customer_name = 'è' where id = 'o1'");
    world.run("update order_lines set name = 'è' where order_id = 'o1' and id = 'l1'");
    world.run("update orders set business_date = '2026-11-22' where id = 'o2'");
    world.run("update categories set id = 'CAFE-01' where name = 'Kopi'");
    world.drain();
    world.assert_at_rest();
}

/// Runs worlds from new seeds, or from `GERAI_SEED`; `GERAI_WORLDS` is their number.
fn worlds(luck: Luck) {
    let variable = |name| std::env::var(name).ok().map(|number| number.parse::<u64>().unwrap());
    let clock = || u64::try_from(time::now().as_microsecond()).unwrap();
    let first = variable("GERAI_SEED").unwrap_or_else(clock);
    let count = variable("GERAI_WORLDS").unwrap_or(if variable("GERAI_SEED").is_some() { 1 } else { 300 });
    println!("seeds {first} to {}", first + count - 1);
    for seed in first..first + count {
        // Shown if the world fails.
        eprintln!("GERAI_SEED={seed}");
        let mut world = World::new(seed, luck);
        for _ in 0..20 + world.dice.below(120) {
            world.step();
        }
        world.drain();
        world.meets_the_hub();
        world.assert_at_rest();
    }
}

#[test]
fn random_changes_during_pushes_end_with_equal_databases() {
    worlds(Luck::Kind);
}

#[test]
fn lost_answers_and_hub_restores_still_end_equal() {
    worlds(Luck::Unkind);
}
