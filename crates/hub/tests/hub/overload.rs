//! Overload: every outlet is served in the end, no outlet starves another, and nothing fails.

use std::time::Duration;

use tokio::task::JoinSet;

use crate::app::{Reply, TestHub, TestOutlet, coffee};

/// Retries until the batch is accepted, as an outlet does, with waits a hundred times shorter; returns the number of
/// retries.
async fn push_patiently(outlet: &mut TestOutlet, orders: usize) -> usize {
    let items: Vec<_> = (0..orders).map(|no| outlet.order(1, &coffee(&format!("{}-{no}", outlet.id)))).collect();
    let batch = outlet.batch(&items);
    for retries in 0..1_000 {
        let reply = outlet.post(&batch).await;
        match reply.status.as_u16() {
            200 => {
                assert_eq!(reply.ok()["chain"]["results"].as_array().map(Vec::len), Some(0), "no item is rejected");
                return retries;
            }
            429 => tokio::time::sleep(Duration::from_millis(retry_after(&reply) * 10)).await,
            other => panic!("{other}: {}", reply.body),
        }
    }
    panic!("never accepted");
}

fn retry_after(reply: &Reply) -> u64 {
    let seconds = reply.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=8).contains(&seconds), "{seconds}");
    seconds
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fleet_that_reconnects_at_once_fails_no_item() {
    const FLEET: usize = 200;
    let hub = TestHub::start().await;
    let mut fleet = JoinSet::new();
    for n in 0..FLEET {
        let mut outlet = hub.outlet(&format!("JKT-{n:03}")).await;
        fleet.spawn(async move { push_patiently(&mut outlet, 5).await });
    }
    let retries: Vec<usize> = fleet.join_all().await;
    assert_eq!(hub.count("sales").await, i64::try_from(FLEET * 5).unwrap());
    assert_eq!(hub.count("dead_letters").await, 0);
    assert!(retries.iter().all(|&times| times < 100), "no outlet waits forever: {retries:?}");
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
    let rejected: Vec<_> = replies.iter().filter(|reply| reply.status != 200).collect();
    for reply in &rejected {
        reply.refused(429, "batch_in_progress");
        assert_eq!(reply.headers["retry-after"], "1");
    }
    assert!(!rejected.is_empty() && rejected.len() < replies.len(), "{} of {}", rejected.len(), replies.len());
    assert_eq!(hub.count("documents").await, 200);
    outlet.post(&batch).await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_constantly_pushing_outlet_starves_no_other() {
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
        assert!(pushed.is_ok_and(|results| results.is_empty()), "it waits for the others");
    }
    tasks.abort_all();
}
