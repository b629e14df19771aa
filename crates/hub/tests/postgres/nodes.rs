//! Several nodes on one database: no request waits forever, nothing is skipped, nothing is lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use hub::{Config, Hub};
use serde_json::{Value, json};
use store::Fault;

use crate::app::{Reply, TestHub, TestOutlet, coffee};

/// Another node of the same hub.
pub async fn another_node(hub: &TestHub) -> Hub {
    Hub::open(&hub.config, web::time::now()).await.unwrap().0
}

/// Sends the next batch as outlets do until the hub accepts it: the same bytes again after a 503.
pub async fn push_on(outlet: &mut TestOutlet, items: &[Value]) -> Vec<Value> {
    let batch = outlet.batch(items);
    loop {
        let reply: Reply = outlet.post(&batch).await;
        if reply.status == 503 {
            assert!(reply.headers.contains_key("retry-after"), "{}", reply.body);
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        }
        let data = reply.ok();
        outlet.advance(&batch);
        return data["chain"]["results"].as_array().unwrap().clone();
    }
}

#[tokio::test]
async fn outlets_and_sessions_may_change_nodes_at_any_moment() {
    let hub = TestHub::start().await;
    let other = another_node(&hub).await;
    let mut outlet = hub.outlet("JKT-001").await;
    for n in 0..6 {
        outlet.connect_to_router(if n % 2 == 0 { other.router() } else { hub.router.clone() });
        let items = [outlet.order(1, &coffee(&format!("o{n}")))];
        let batch = outlet.batch(&items);
        outlet.post(&batch).await.ok();
        // The answer was lost; the same batch goes to the other node.
        outlet.connect_to_router(if n % 2 == 1 { other.router() } else { hub.router.clone() });
        outlet.post(&batch).await.ok();
        outlet.advance(&batch);
    }
    assert_eq!(hub.rows("orders", "from daily_sales").await, ["6"]);
    let token = hub.admin_token().await;
    let request = axum::http::Request::get("/v1/hq/orders").header("authorization", format!("Bearer {token}"));
    let there = crate::app::send(&other.router(), request.body(axum::body::Body::empty()).unwrap()).await;
    assert_eq!(there.ok().as_array().unwrap().len(), 6);
}

/// A copy that was delayed, or an outlet that repeats its batch at another node before the first answer.
#[tokio::test(flavor = "multi_thread")]
async fn concurrent_copies_of_a_batch_on_two_nodes_are_applied_once() {
    let hub = TestHub::start().await;
    let other = another_node(&hub).await;
    let mut here = hub.outlet("JKT-001").await;
    for n in 0..40 {
        let items = [here.order(1, &coffee(&format!("o{n}"))), here.named("product", &format!("p{n}"), "Kopi")];
        let batch = here.batch(&items);
        let mut there = here.clone();
        there.connect_to_router(other.router());
        let (one, two) = tokio::join!(here.post(&batch), there.post(&batch));
        assert_eq!(one.ok(), two.ok(), "batch {n}");
        here.advance(&batch);
    }
    assert_eq!(hub.rows("orders,total", "from daily_sales").await, ["40|800000"]);
    assert_eq!(hub.rows("head", "from streams where stream = 'catalog'").await, ["40"]);
    for table in ["documents", "sale_lines", "stream_entries", "shared_entities"] {
        assert_eq!(hub.count(table).await, 40, "{table}");
    }
    assert_eq!(hub.count("dead_letters").await, 0);
}

/// Two nodes accept two outlets' changes of the same two products, in opposite order.
#[tokio::test(flavor = "multi_thread")]
async fn opposite_lock_orders_neither_deadlock_nor_lose_updates() {
    // Conflicting transactions are repeated, after a deadlock too, so only the server's count shows a deadlock.
    let hub = TestHub::on(crate::engine::fresh_whole_database(), testkit::Scratch::new(), Config::default()).await;
    let other = another_node(&hub).await;
    let mut first = hub.outlet("JKT-001").await;
    let items = [first.named("product", "p1", "0"), first.named("product", "p2", "0")];
    first.push(&items).await;
    let mut second = hub.outlet("JKT-002").await;
    second.connect_to_router(other.router());
    let run = |mut outlet: TestOutlet, order: [&'static str; 2]| async move {
        let mut applied = [0, 0];
        for _ in 0..60 {
            let entities = outlet.get("entities?limit=50").await.ok();
            let token_of = |id: &str| {
                let all = entities["entities"].as_array().unwrap();
                all.iter().find(|one| one["entity_id"] == id).unwrap()["token"].clone()
            };
            let items = order.map(|id| {
                let (token, name) = (token_of(id), format!("{} {}", outlet.id, outlet.seq));
                outlet.item(json!({
                    "entity_type": "product", "entity_id": id, "operation": "update", "base": token,
                    "fields": {"name": ["x", name]}
                }))
            });
            let results = push_on(&mut outlet, &items).await;
            for result in results {
                let n = usize::try_from(result["item"].as_i64().unwrap()).unwrap();
                let id = usize::from(order[n] == "p2");
                match result["outcome"].as_str().unwrap() {
                    "applied" => applied[id] += 1,
                    outcome => assert_eq!(outcome, "conflict"),
                }
            }
        }
        applied
    };
    let began = Instant::now();
    let both = tokio::join!(tokio::spawn(run(first, ["p1", "p2"])), tokio::spawn(run(second, ["p2", "p1"])));
    let (one, two) = (both.0.unwrap(), both.1.unwrap());
    let tokens = hub.rows("token_n", "from shared_entities where entity_type = 'product' order by entity_id").await;
    // Each applied change has raised the version by one: none overwrote another.
    assert_eq!(tokens, [(1 + one[0] + two[0]).to_string(), (1 + one[1] + two[1]).to_string()]);
    assert!(one.iter().chain(&two).all(|&n| n > 0), "{one:?} {two:?}");
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
    tokio::join!(hub.hub.store().close(), other.store().close());
    crate::engine::wait_for_statistics(&hub.url);
    let deadlocks = "select deadlocks from pg_stat_database where datname = current_database()";
    assert_eq!(crate::engine::read::<i64>(&hub.url, deadlocks), 0);
}

/// A node freezes inside a transaction that locks an outlet's row.
#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_node_blocks_others_at_most_for_the_timeout() {
    let hub = TestHub::start().await;
    let frozen = another_node(&hub).await;
    let (mut locked, mut free) = (hub.outlet("JKT-001").await, hub.outlet("JKT-002").await);
    let id = locked.id.clone();
    let mut has_frozen = false;
    let (has_locked, mut is_locked) = tokio::sync::mpsc::channel(1);
    let freezes = tokio::spawn(async move {
        frozen
            .store()
            .write_locking(move |tx| {
                tx.execute("update outlets set name = name where outlet_id = ?1", &[(&id).into()])?;
                if !std::mem::replace(&mut has_frozen, true) {
                    let _ = has_locked.try_send(());
                    // Longer than the tested timeout.
                    std::thread::sleep(Duration::from_secs(14));
                }
                tx.execute("update outlets set name = 'late' where outlet_id = ?1", &[(&id).into()])
            })
            .await
    });
    is_locked.recv().await.unwrap();
    let started = Instant::now();
    let items = [free.order(1, &coffee("free"))];
    free.push(&items).await;
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
    let items = [locked.order(1, &coffee("locked"))];
    push_on(&mut locked, &items).await;
    assert!(started.elapsed() < Duration::from_secs(16), "{:?}", started.elapsed());
    assert_eq!(hub.count("sales").await, 2);
    // It resumes, finds its transaction gone, and repeats it.
    let woke: Result<usize, Fault> = freezes.await.unwrap();
    assert!(woke.is_ok() || matches!(woke, Err(Fault::Unreachable(_))), "{woke:?}");
}

/// Broken connections are reopened; their work is repeated or answered with 503, and never done twice.
#[tokio::test(flavor = "multi_thread")]
async fn broken_connections_neither_lose_nor_double() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    let url = hub.url.clone();
    let ended = Arc::new(AtomicBool::new(false));
    let stop = ended.clone();
    let breaker = std::thread::spawn(move || {
        let mut client = postgres::Client::connect(&url, postgres::NoTls).unwrap();
        let mut broken = 0;
        while !stop.load(Ordering::SeqCst) {
            // Connections of this schema only: other tests run in the same cluster.
            let sql = "select count(pg_terminate_backend(a.pid)) from pg_stat_activity a
                       where a.pid <> pg_backend_pid() and a.application_name = 'gerai hub'
                         and exists (select 1 from pg_locks l join pg_class c on c.oid = l.relation
                           where l.pid = a.pid and c.relnamespace = current_schema()::regnamespace)";
            broken += client.query_one(sql, &[]).unwrap().get::<_, i64>(0);
            std::thread::sleep(Duration::from_millis(25));
        }
        broken
    });
    for n in 0..80 {
        let items = [outlet.order(1, &coffee(&format!("o{n}")))];
        push_on(&mut outlet, &items).await;
    }
    ended.store(true, Ordering::SeqCst);
    let broken = breaker.join().unwrap();
    assert!(broken > 3, "only {broken} connections were broken");
    assert_eq!(hub.rows("orders,total", "from daily_sales").await, ["80|1600000"]);
    assert_eq!((hub.count("documents").await, hub.count("sale_lines").await), (80, 80));
}
