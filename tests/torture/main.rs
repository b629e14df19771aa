//! The torture: real servers on real files and sockets, and everything that can break breaks, while tills sell and both
//! sides edit. Then both sides are counted.
//!
//! A seed deals the misfortunes (`GERAI_SEED`), though no two runs are the same: processes and sockets go their own way.
//! `GERAI_TORTURE_MINUTES` says how long; `make torture MINUTES=60` shows how it goes.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod chronicle;
mod clock;
mod compare;
mod dice;
mod disk;
mod hands;
mod misfortunes;
mod patient;
mod server;
mod shop;
mod wire;
mod world;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use serde_json::Value;
use testkit::Postgres;
use tokio::task::{JoinSet, spawn_blocking};
use uuid::Uuid;

use compare::compare;
use dice::Dice;
use hands::Hands;
use misfortunes::{Laid, OfPostgres, OfServer, OfWire, begin_badly};
use patient::Patient;
use shop::Shop;
use world::World;

const TILLS_OF_AN_OUTLET: u64 = 2;
/// Often enough to see that it goes on.
const PROGRESS: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn every_acknowledged_order_exists_once_on_sqlite() {
    let world = World::found(None).await;
    let mut hands = Hands::new(world.seed, &world.chronicle);
    let hub = &world.nodes[0];
    hands.add(hub.name, Arc::clone(hub), OfServer::ON_FILES, (500, 3_000));
    for (outlet, wire) in world.outlets.iter().zip(&world.to_head_office.0) {
        hands.add(outlet.name, Arc::clone(outlet), OfServer::ON_FILES, (300, 2_000));
        let laid = Laid { wire: Arc::clone(wire), nodes: Vec::new(), outlet: None };
        hands.add(&wire.name, Arc::new(laid), OfWire::ANY, (200, 2_500));
        let wire = &outlet.wires.0[0];
        let laid = Laid { wire: Arc::clone(wire), nodes: Vec::new(), outlet: Some(Arc::clone(outlet)) };
        hands.add(&wire.name, Arc::new(laid), OfWire::ANY, (2_000, 6_000));
    }
    torture(&world, hands).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_acknowledged_order_exists_once_on_two_postgresql_nodes() {
    let postgres = spawn_blocking(|| Postgres::start("")).await.unwrap();
    let world = World::found(Some(postgres)).await;
    let mut hands = Hands::new(world.seed, &world.chronicle);
    hands.add("PostgreSQL", Arc::clone(world.cluster.as_ref().unwrap()), OfPostgres::ANY, (500, 3_000));
    for node in &world.nodes {
        hands.add(node.name, Arc::clone(node), OfServer::NODES, (3_000, 9_000));
    }
    for (outlet, wire) in world.outlets.iter().zip(&world.to_head_office.0) {
        hands.add(outlet.name, Arc::clone(outlet), OfServer::NODES, (4_000, 12_000));
        let laid = Laid { wire: Arc::clone(wire), nodes: world.ports.clone(), outlet: None };
        hands.add(&wire.name, Arc::new(laid), OfWire::TO_NODES, (200, 2_500));
    }
    torture(&world, hands).await;
}

/// From the first start to the last count.
async fn torture(world: &World, hands: Hands) {
    let shops = open(world).await;
    let (hands, deals) = hands.begin();
    sell(world, &shops, hands).await;
    count(world, &shops).await;
    let counts = world.chronicle.counts();
    for what in deals {
        let met_work = counts.get(what).is_some_and(|(_, at_work)| *at_work > 0);
        assert!(met_work, "it was no torture: '{what}' has met no work");
    }
}

async fn open(world: &World) -> Vec<Arc<Shop>> {
    let servers: Vec<_> = world.nodes.iter().chain(&world.outlets).cloned().collect();
    let mut dice = Dice::of(world.seed, "opening");
    spawn_blocking(move || servers.iter().for_each(|server| begin_badly(server, &mut dice))).await.unwrap();
    let mut shops: Vec<Arc<Shop>> = Vec::new();
    for outlet in &world.outlets {
        let menu = shops.first().map(|first| first.menu().clone());
        shops.push(Shop::open(outlet, menu).await);
    }
    shops
}

/// Sells and edits until no hand is at work any more and each till has brought its last order to an end.
async fn sell(world: &World, shops: &[Arc<Shop>], mut hands: JoinSet<()>) {
    let length = u32::try_from(dice::length().as_secs()).unwrap();
    // Every order is compared in the end: a long run sells more slowly.
    let pause = Duration::from_millis((3 * length).clamp(300, 600).into());
    let mut people = JoinSet::new();
    for (number, shop) in (0..).zip(shops) {
        for till in 0..TILLS_OF_AN_OUTLET {
            people.spawn(Arc::clone(shop).till(world.seed + 100 * number + till, pause));
        }
        people.spawn(Arc::clone(shop).office(pause));
    }
    let boss = Patient::at_head_office(&world.nodes[0], world.url(0)).await;
    people.spawn(Arc::clone(&shops[0]).head_office(boss, pause));
    let mut progress = tokio::time::interval(PROGRESS);
    progress.tick().await;
    loop {
        tokio::select! {
            hand = hands.join_next() => match hand {
                Some(ended) => ended.unwrap(),
                None => break,
            },
            Some(ended) = people.join_next() => {
                ended.unwrap();
                panic!("someone went home before the shop closed");
            }
            _ = progress.tick() => println!("{}", figures(world, shops)),
        }
    }
    world.nodes.iter().chain(&world.outlets).for_each(|server| server.clock.set_wrong_by(0));
    shops.iter().for_each(|shop| shop.close());
    while let Some(ended) = people.join_next().await {
        ended.unwrap();
    }
}

/// Everything arrives, once, and both sides are the same.
async fn count(world: &World, shops: &[Arc<Shop>]) {
    let since = Instant::now();
    for shop in shops {
        shop.has_no_local_change().await;
    }
    let arrived = since.elapsed();
    let boss = Patient::at_head_office(&world.nodes[0], world.url(0)).await.http();
    for shop in shops {
        compare(shop, &boss).await;
    }
    let sold: Vec<_> = shops.iter().flat_map(|shop| shop.sold().into_values()).collect();
    let everywhere = boss.all("/v1/hq/orders?limit=500").await;
    assert_eq!(everywhere.len(), sold.len(), "nothing at the hub that no till has sent");
    let at_wrong_times = sold.iter().filter(|order| is_at_wrong_time(order)).count();
    assert!(at_wrong_times > 0, "it was no torture: no clock was wrong");
    println!("{}", figures(world, shops));
    println!(
        "{}: arrived {arrived:.1?} after the last misfortune; {at_wrong_times} orders were taken at a wrong time\n",
        world.name
    );
    for server in world.outlets.iter().chain(&world.nodes) {
        assert_eq!(server.stop(), Some(0), "{} ends well when it is asked to", server.name);
    }
}

/// The till's clock, which makes the id, is right.
fn is_at_wrong_time(order: &Value) -> bool {
    let id: Uuid = order["id"].as_str().unwrap().parse().unwrap();
    let at: jiff::Timestamp = order["created_at"].as_str().unwrap().parse().unwrap();
    let (seconds, _) = id.get_timestamp().unwrap().to_unix();
    at.as_second().abs_diff(i64::try_from(seconds).unwrap()) > 30
}

fn figures(world: &World, shops: &[Arc<Shop>]) -> String {
    let orders: usize = shops.iter().map(|shop| shop.sold().len()).sum();
    let prompt: usize = shops.iter().map(|shop| shop.admin.prompt.load(Ordering::Relaxed)).sum();
    let slowest = shops.iter().map(|shop| shop.admin.slowest_ms.load(Ordering::Relaxed)).max().unwrap();
    format!(
        "{} after {:.0?}: {orders} orders. At outlets without trouble of their own {prompt} commands, the slowest in \
         {slowest} ms\n{}",
        world.name,
        world.chronicle.elapsed(),
        world.chronicle.summary()
    )
}
