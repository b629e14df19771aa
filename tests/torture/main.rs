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
mod misfortunes;
mod patient;
mod server;
mod shop;
mod wire;
mod world;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use testkit::Postgres;
use tokio::task::{JoinSet, spawn_blocking};

use compare::compare;
use dice::Dice;
use misfortunes::{Laid, OfPostgres, OfServer, OfWire, begin_badly, deal};
use patient::Patient;
use server::Server;
use shop::Shop;
use wire::Wire;
use world::World;

const TILLS_OF_AN_OUTLET: u64 = 2;
/// Often enough to see that it goes on.
const PROGRESS: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn whatever_breaks_every_acknowledged_order_is_once_at_a_hub_on_a_file() {
    let world = World::found(None).await;
    let shops = open(&world).await;
    let mut hands = Hands::of(&world);
    hands.on_server(&world.nodes[0], OfServer::ON_FILES, (500, 3_000));
    for (outlet, wire) in world.outlets.iter().zip(&world.to_head_office.0) {
        hands.on_server(outlet, OfServer::ON_FILES, (300, 2_000));
        hands.on_wire(wire, OfWire::ANY, None);
        hands.on_wire(&outlet.wires.0[0], OfWire::ANY, Some(outlet));
    }
    let hands = hands.at_work;
    torture(&world, &shops, hands).await;
    count(&world, &shops).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_breaks_every_acknowledged_order_is_once_at_two_nodes_on_postgresql() {
    let postgres = spawn_blocking(|| Postgres::start("")).await.unwrap();
    let world = World::found(Some(postgres)).await;
    let shops = open(&world).await;
    let mut hands = Hands::of(&world);
    hands.on_postgres();
    for node in &world.nodes {
        hands.on_server(node, OfServer::NODES, (1_000, 4_000));
    }
    for (outlet, wire) in world.outlets.iter().zip(&world.to_head_office.0) {
        hands.on_server(outlet, OfServer::NODES, (4_000, 12_000));
        hands.on_wire(wire, OfWire::TO_NODES, None);
    }
    let hands = hands.at_work;
    torture(&world, &shops, hands).await;
    count(&world, &shops).await;
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

/// Those who bring misfortune, each to one server, wire or database.
struct Hands<'a> {
    world: &'a World,
    at_work: JoinSet<()>,
}

impl<'a> Hands<'a> {
    fn of(world: &'a World) -> Self {
        Self { world, at_work: JoinSet::new() }
    }

    fn on_server(&mut self, server: &Arc<Server>, cards: &'static [OfServer], rest_ms: (usize, usize)) {
        let (server, chronicle) = (Arc::clone(server), Arc::clone(&self.world.chronicle));
        let dice = Dice::of(self.world.seed, server.name);
        self.at_work.spawn_blocking(move || deal((server.name, &*server), cards, rest_ms, dice, &chronicle));
    }

    fn on_wire(&mut self, wire: &Arc<Wire>, cards: &'static [OfWire], outlet: Option<&Arc<Server>>) {
        let (wire, outlet, nodes) = (Arc::clone(wire), outlet.cloned(), self.world.ports.clone());
        let chronicle = Arc::clone(&self.world.chronicle);
        let dice = Dice::of(self.world.seed, &wire.name);
        let rest_ms = if outlet.is_some() { (2_000, 6_000) } else { (200, 2_500) };
        self.at_work.spawn_blocking(move || {
            let trouble = outlet.as_ref().map(|outlet| &outlet.trouble);
            deal((&wire.name, &Laid { wire: &wire, nodes: &nodes, trouble }), cards, rest_ms, dice, &chronicle);
        });
    }

    fn on_postgres(&mut self) {
        let (cluster, chronicle) = (self.world.cluster.clone().unwrap(), Arc::clone(&self.world.chronicle));
        let dice = Dice::of(self.world.seed, "PostgreSQL");
        let rest_ms = (1_000, 4_000);
        self.at_work
            .spawn_blocking(move || deal(("PostgreSQL", &*cluster), OfPostgres::ANY, rest_ms, dice, &chronicle));
    }
}

/// Sells and edits until no hand is at work any more and each till has brought its last order to an end.
async fn torture(world: &World, shops: &[Arc<Shop>], mut hands: JoinSet<()>) {
    let length = u32::try_from(dice::length().as_secs()).unwrap();
    // Every order is compared in the end: a long run sells more slowly.
    let pause = Duration::from_millis((2 * length).clamp(200, 1_000).into());
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
            _ = progress.tick() => println!("{:.0?}\n{}", world.chronicle.elapsed(), figures(world, shops)),
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
        shop.at_rest().await;
    }
    let arrived = since.elapsed();
    let boss = Patient::at_head_office(&world.nodes[0], world.url(0)).await.http();
    for shop in shops {
        compare(shop, &boss).await;
    }
    let everywhere = boss.all("/v1/hq/orders?limit=500").await;
    let orders: usize = shops.iter().map(|shop| shop.sold().len()).sum();
    assert_eq!(everywhere.len(), orders, "nothing at the hub that no till has sent");
    println!(
        "{}arrived {arrived:.1?} after the last misfortune, compared in {:.1?}",
        figures(world, shops),
        since.elapsed()
    );
    for outlet in &world.outlets {
        assert_eq!(outlet.stop(), Some(0), "an outlet ends well when it is asked to");
    }
}

fn figures(world: &World, shops: &[Arc<Shop>]) -> String {
    let orders: usize = shops.iter().map(|shop| shop.sold().len()).sum();
    let prompt: usize = shops.iter().map(|shop| shop.admin.prompt.load(Ordering::Relaxed)).sum();
    let slowest = shops.iter().map(|shop| shop.admin.slowest_ms.load(Ordering::Relaxed)).max().unwrap();
    format!(
        "{}{orders} orders; {prompt} commands at outlets that had no trouble of their own, the slowest in {slowest} ms\n",
        world.chronicle.summary()
    )
}
