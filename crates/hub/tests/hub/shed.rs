//! Too much at once: everybody is served in the end, nobody is kept out by another, and nothing fails because of it.

use std::time::Duration;

use tokio::task::JoinSet;

use crate::app::{Reply, TestHub, TestOutlet, coffee};

/// Sends until it is taken, as an outlet does, with seconds a hundred times as short; how often it was told to come again.
async fn push_patiently(outlet: &mut TestOutlet, orders: usize) -> usize {
    let items: Vec<_> = (0..orders).map(|no| outlet.order(1, &coffee(&format!("{}-{no}", outlet.id)))).collect();
    let batch = outlet.batch(&items);
    for told in 0..1_000 {
        let reply = outlet.post(&batch).await;
        match reply.status.as_u16() {
            200 => {
                assert_eq!(reply.ok()["chain"]["results"].as_array().map(Vec::len), Some(0), "no item is refused");
                return told;
            }
            429 => tokio::time::sleep(Duration::from_millis(retry_after(&reply) * 10)).await,
            other => panic!("{other}: {}", reply.body),
        }
    }
    panic!("never taken");
}

fn retry_after(reply: &Reply) -> u64 {
    let seconds = reply.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=8).contains(&seconds), "{seconds}");
    seconds
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fleet_that_comes_back_at_once_is_taken_in_without_a_failed_item() {
    const FLEET: usize = 200;
    let hub = TestHub::start().await;
    let mut fleet = JoinSet::new();
    for n in 0..FLEET {
        let mut outlet = hub.outlet(&format!("JKT-{n:03}")).await;
        fleet.spawn(async move { push_patiently(&mut outlet, 5).await });
    }
    let told: Vec<usize> = fleet.join_all().await;
    assert_eq!(hub.count("sales").await, i64::try_from(FLEET * 5).unwrap());
    assert_eq!(hub.count("dead_letters").await, 0);
    assert!(told.iter().all(|&times| times < 100), "nobody waits for ever: {told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outlets_second_concurrent_batch_is_rejected() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    let items: Vec<_> = (0..200).map(|no| outlet.order(1, &coffee(&format!("o{no}")))).collect();
    let batch = outlet.batch(&items);
    let mut same = JoinSet::new();
    for _ in 0..20 {
        let (outlet, batch) = (outlet.clone(), batch.clone());
        same.spawn(async move { outlet.post(&batch).await });
    }
    let replies = same.join_all().await;
    let shed: Vec<_> = replies.iter().filter(|reply| reply.status != 200).collect();
    for reply in &shed {
        reply.refused(429, "batch_in_progress");
        assert_eq!(reply.headers["retry-after"], "1");
    }
    assert!(!shed.is_empty() && shed.len() < replies.len(), "{} of {}", shed.len(), replies.len());
    assert_eq!(hub.count("documents").await, 200);
    outlet.post(&batch).await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_pushes_all_the_time_starves_nobody() {
    let hub = TestHub::start().await;
    let mut tasks = JoinSet::new();
    for n in 0..6 {
        let greedy = hub.outlet(&format!("BDG-{n:03}")).await;
        tasks.spawn(async move {
            loop {
                greedy.post(&greedy.batch(&[])).await;
            }
        });
    }
    let mut modest = hub.outlet("JKT-001").await;
    for _ in 0..20 {
        let item = [modest.order(1, &coffee(&format!("o{}", modest.seq)))];
        let pushed = tokio::time::timeout(Duration::from_secs(10), modest.push(&item)).await;
        assert!(pushed.is_ok_and(|results| results.is_empty()), "it waits for others");
    }
    tasks.abort_all();
}
