//! Test kit: outlets and hubs that serve on free loopback ports, and a proxy between them that fails as networks do.
//! Dropping a [`TestOutlet`] asserts that its database is consistent: counters match, money balances, and the capture
//! guard is not set.
#![expect(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a test that cannot continue panics")]

mod abusive_clients;
mod browser;
mod hang_up;
mod http;
mod hub;
mod isolated;
mod mutant;
mod outlet;
mod postgres;
mod printer;
mod process;
mod proxy;
mod raw;
mod scratch;

use std::time::{Duration, Instant};

pub use abusive_clients::{AbusiveClients, short_limits};
pub use browser::Browser;
pub use hang_up::{Moment, all_free, hang_up, hang_up_everywhere, request};
pub use http::{Answer, Http};
pub use hub::TestHub;
pub use isolated::{isolated, program};
pub use mutant::Mutants;
pub use outlet::{PRINTERS_PATIENCE, TestOutlet, behind_proxy, linked};
pub use postgres::Postgres;
pub use printer::{FakePrinter, Mood};
pub use process::Process;
pub use proxy::{Fault, Proxy, Spoil};
pub use raw::{Raw, address_of, connect_from, figure, raw, raw_connection};
pub use scratch::Scratch;

/// Longest time that a test waits for a condition.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Waits until `condition` holds; panics with `what` after [`PATIENCE`].
pub async fn eventually<F, Fut>(what: &str, condition: F)
where
    F: FnMut() -> Fut,
    Fut: Future<Output = bool>,
{
    eventually_within(PATIENCE, what, condition).await;
}

async fn eventually_within<F, Fut>(limit: Duration, what: &str, mut condition: F)
where
    F: FnMut() -> Fut,
    Fut: Future<Output = bool>,
{
    let started = Instant::now();
    while !condition().await {
        assert!(started.elapsed() < limit, "not within {limit:?}: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
