//! The torture test: real servers on real files and sockets, with failures of everything around them, while tills sell and
//! both sides edit. At the end both sides are compared.
//!
//! A seed (`GERAI_SEED`) determines the failures, though no two runs are equal: processes and sockets are not deterministic.
//! `GERAI_TORTURE_MINUTES` is the duration; `make torture MINUTES=60` prints the progress.
#![expect(clippy::unwrap_used, reason = "a test that cannot continue panics")]

mod clock;
mod compare;
mod dice;
mod disk;
mod event_log;
mod failures;
mod injectors;
mod persistent_client;
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
use failures::{PostgresFailure, ServerFailure, WireFailure, WireTarget, first_start};
use injectors::Injectors;
use persistent_client::PersistentClient;
use shop::Shop;
use world::World;

const TILLS_OF_AN_OUTLET: u64 = 2;
/// Interval of progress lines.
const PROGRESS: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn every_acknowledged_order_exists_once_on_sqlite() {
    let world = World::create(None).await;
    let mut injectors = Injectors::new(world.seed, &world.events);
    let hub = &world.nodes[0];
    injectors.add(hub.name, Arc::clone(hub), ServerFailure::ON_FILES, (500, 3_000));
    for (outlet, wire) in world.outlets.iter().zip(&world.to_head_office.0) {
        injectors.add(outlet.name, Arc::clone(outlet), ServerFailure::ON_FILES, (300, 2_000));
        let target = WireTarget { wire: Arc::clone(wire), nodes: Vec::new(), outlet: None };
        injectors.add(&wire.name, Arc::new(target), WireFailure::ANY, (200, 2_500));
        let wire = &outlet.wires.0[0];
        let target = WireTarget { wire: Arc::clone(wire), nodes: Vec::new(), outlet: Some(Arc::clone(outlet)) };
        injectors.add(&wire.name, Arc::new(target), WireFailure::ANY, (2_000, 6_000));
    }
    torture(&world, injectors).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_acknowledged_order_exists_once_on_two_postgresql_nodes() {
    let postgres = spawn_blocking(|| Postgres::start("")).await.unwrap();
    let world = World::create(Some(postgres)).await;
    let mut injectors = Injectors::new(world.seed, &world.events);
    injectors.add("PostgreSQL", Arc::clone(world.cluster.as_ref().unwrap()), PostgresFailure::ANY, (500, 3_000));
    for node in &world.nodes {
        injectors.add(node.name, Arc::clone(node), ServerFailure::NODES, (3_000, 9_000));
    }
    for (outlet, wire) in world.outlets.iter().zip(&world.to_head_office.0) {
        injectors.add(outlet.name, Arc::clone(outlet), ServerFailure::NODES, (4_000, 12_000));
        let target = WireTarget { wire: Arc::clone(wire), nodes: world.ports.clone(), outlet: None };
        injectors.add(&wire.name, Arc::new(target), WireFailure::TO_NODES, (200, 2_500));
    }
    torture(&world, injectors).await;
}

/// Runs one world from the first start to the comparison.
async fn torture(world: &World, injectors: Injectors) {
    let shops = open(world).await;
    let (injectors, kinds) = injectors.begin();
    sell(world, &shops, injectors).await;
    check(world, &shops).await;
    let counts = world.events.counts();
    for kind in kinds {
        let met_work = counts.get(kind).is_some_and(|(_, at_work)| *at_work > 0);
        assert!(met_work, "'{kind}' never met work");
    }
}

async fn open(world: &World) -> Vec<Arc<Shop>> {
    let servers: Vec<_> = world.nodes.iter().chain(&world.outlets).cloned().collect();
    let mut dice = Dice::of(world.seed, "opening");
    spawn_blocking(move || servers.iter().for_each(|server| first_start(server, &mut dice))).await.unwrap();
    let mut shops: Vec<Arc<Shop>> = Vec::new();
    for outlet in &world.outlets {
        let menu = shops.first().map(|first| first.menu().clone());
        shops.push(Shop::open(outlet, menu).await);
    }
    shops
}

/// Sells and edits until all injectors have ended and each till has finished its last order.
async fn sell(world: &World, shops: &[Arc<Shop>], mut injectors: JoinSet<()>) {
    let length = u32::try_from(dice::length().as_secs()).unwrap();
    // Every order is compared at the end: a long run sells more slowly.
    let pause = Duration::from_millis((3 * length).clamp(300, 600).into());
    let mut people = JoinSet::new();
    for (number, shop) in (0..).zip(shops) {
        for till in 0..TILLS_OF_AN_OUTLET {
            people.spawn(Arc::clone(shop).till(world.seed + 100 * number + till, pause));
        }
        people.spawn(Arc::clone(shop).office(pause));
    }
    let boss = PersistentClient::at_head_office(&world.nodes[0], world.url(0)).await;
    people.spawn(Arc::clone(&shops[0]).head_office(boss, pause));
    let mut progress = tokio::time::interval(PROGRESS);
    progress.tick().await;
    loop {
        tokio::select! {
            injector = injectors.join_next() => match injector {
                Some(result) => result.unwrap(),
                None => break,
            },
            Some(result) = people.join_next() => {
                result.unwrap();
                panic!("a till or editor ended before the shop closed");
            }
            _ = progress.tick() => println!("{}", figures(world, shops)),
        }
    }
    world.nodes.iter().chain(&world.outlets).for_each(|server| server.clock.set_wrong_by(0));
    shops.iter().for_each(|shop| shop.close());
    while let Some(result) = people.join_next().await {
        result.unwrap();
    }
}

/// Everything arrives once, and both sides are equal.
async fn check(world: &World, shops: &[Arc<Shop>]) {
    let since = Instant::now();
    for shop in shops {
        shop.has_no_local_change().await;
    }
    let arrived = since.elapsed();
    let boss = PersistentClient::at_head_office(&world.nodes[0], world.url(0)).await.http();
    for shop in shops {
        compare(shop, &boss).await;
    }
    let sold: Vec<_> = shops.iter().flat_map(|shop| shop.sold().into_values()).collect();
    let at_hub = boss.all("/v1/hq/orders?limit=500").await;
    assert_eq!(at_hub.len(), sold.len(), "the hub has an order that no till has sent");
    let at_wrong_times = sold.iter().filter(|order| is_at_wrong_time(order)).count();
    assert!(at_wrong_times > 0, "no clock was wrong during the test");
    println!("{}", figures(world, shops));
    println!(
        "{}: arrived {arrived:.1?} after the last failure; {at_wrong_times} orders were made at a wrong time\n",
        world.name
    );
    for server in world.outlets.iter().chain(&world.nodes) {
        assert_eq!(server.stop(), Some(0), "{} shuts down with code 0", server.name);
    }
}

/// Compares with the till's clock, which is right and whose time is in the id.
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
        "{} after {:.0?}: {orders} orders. At outlets without an outage {prompt} commands, the slowest in \
         {slowest} ms\n{}",
        world.name,
        world.events.elapsed(),
        world.events.summary()
    )
}
