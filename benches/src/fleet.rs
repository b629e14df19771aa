//! Outlets that reconnect together, each with pending orders, to one hub: 1, 10, 100 and 1,000 outlets with the same
//! total number of orders. Each outlet sends one batch after the other, and retries when the hub says so.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use hdrhistogram::Histogram;
use rusqlite::Connection;
use testkit::Http;
use tokio::task::JoinSet;

use crate::env::number_or;
use crate::idle::peak_mb;
use crate::report::{Report, Spread};
use crate::sender::{Sender, add, order, packed};
use crate::{load, servers};

const OUTLETS: [usize; 4] = [1, 10, 100, 1_000];
/// In total, for any number of outlets.
const BATCHES: usize = 1_000;
/// Orders per batch.
const ORDERS: usize = 100;
const ROUNDS: usize = 2;
const DAY: &str = "2026-11-22";

/// Result of all batches.
struct Accepted {
    rate: f64,
    p99_ms: f64,
    /// From the first attempt of a batch until it is accepted, including waits that the hub requested.
    p99_accepted_ms: f64,
    rejected: usize,
    peak_mb: f64,
}

pub async fn run(report: &mut Report) -> Result<()> {
    let documents: Arc<Vec<_>> = Arc::new((0..BATCHES * ORDERS).map(|n| order(n, 1, DAY)).collect());
    let mut all: [Vec<Accepted>; OUTLETS.len()] = Default::default();
    for _ in 0..number_or("BENCH_ROUNDS", ROUNDS)? {
        for (outlets, runs) in OUTLETS.into_iter().zip(&mut all) {
            runs.push(together(outlets, &documents).await?);
        }
    }
    for (outlets, runs) in OUTLETS.into_iter().zip(&all) {
        let of = |figure: fn(&Accepted) -> f64| Spread::of(runs.iter().map(figure));
        let title = |figure: &str| format!("{outlets} outlets reconnect together: {figure}");
        report.note(&title("orders per second in total"), format!("{:.0}", of(|run| run.rate)));
        report.note(&title("a push, p99, ms"), format!("{:.1}", of(|run| run.p99_ms)));
        report.note(&title("until it is accepted, p99, ms"), format!("{:.0}", of(|run| run.p99_accepted_ms)));
        #[expect(clippy::cast_precision_loss, reason = "a ratio, for display")]
        let rejections = of(|run| run.rejected as f64 / BATCHES as f64);
        report.note(&title("rejections with Retry-After per batch"), format!("{rejections:.2}"));
        report.note(&title("the hub's peak memory"), format!("{:.0} MB", of(|run| run.peak_mb)));
    }
    Ok(())
}

async fn together(outlets: usize, documents: &[(String, String)]) -> Result<Accepted> {
    let dir = tempfile::tempdir()?;
    // The outlets are added before the hub runs.
    let codes = (1..=outlets).map(|number| format!("F-{number:04}")).collect();
    let senders = add(&format!("sqlite:{}", dir.path().join("hub.db").display()), codes).await?;
    let (hub, _) = servers::hub(dir.path())?;
    let http = Http::new(&hub.url);
    let mut tasks = JoinSet::new();
    let each = documents.len() / outlets;
    let pushers: Vec<_> = senders
        .into_iter()
        .zip(documents.chunks(each))
        .map(|(sender, documents)| Ok((http.with_token(&sender.key), batches(&sender, documents)?, sender)))
        .collect::<Result<_>>()?;
    let started = Instant::now();
    for (http, batches, sender) in pushers {
        tasks.spawn(push(http, sender.id, batches));
    }
    let (mut sent_us, mut accepted_us, mut rejected) = (Histogram::<u64>::new(3)?, Histogram::<u64>::new(3)?, 0);
    while let Some(pushed) = tasks.join_next().await {
        let pushed = pushed??;
        sent_us.add(pushed.sent_us)?;
        accepted_us.add(pushed.accepted_us)?;
        rejected += pushed.rejected;
    }
    let duration = started.elapsed();
    let at_hub: usize =
        Connection::open(dir.path().join("hub.db"))?.query_row("select count(*) from sales", [], |row| row.get(0))?;
    ensure!(at_hub == documents.len(), "{at_hub} orders at the hub");
    #[expect(clippy::cast_precision_loss, reason = "a rate, for display")]
    let rate = at_hub as f64 / duration.as_secs_f64();
    let (p99_ms, p99_accepted_ms) = (load::ms_at(&sent_us, 0.99), load::ms_at(&accepted_us, 0.99));
    Ok(Accepted { rate, p99_ms, p99_accepted_ms, rejected, peak_mb: peak_mb(hub.id())? })
}

fn batches(sender: &Sender, documents: &[(String, String)]) -> Result<Vec<Arc<Vec<u8>>>> {
    documents.chunks(ORDERS).zip(1..).map(|(orders, no)| packed(&sender.batch(no, ORDERS, 1, orders))).collect()
}

struct Pushed {
    sent_us: Histogram<u64>,
    accepted_us: Histogram<u64>,
    rejected: usize,
}

/// Sends one outlet's batches, one after the other.
async fn push(http: Http, outlet: String, batches: Vec<Arc<Vec<u8>>>) -> Result<Pushed> {
    let mut pushed = Pushed { sent_us: Histogram::new(3)?, accepted_us: Histogram::new(3)?, rejected: 0 };
    for batch in batches {
        let first = Instant::now();
        loop {
            let request = http.request("POST", &format!("/v1/outlets/{outlet}/sync/batch"));
            let request = request.header("content-type", "application/json").header("content-encoding", "zstd");
            let sent = Instant::now();
            let answer = request.body(batch.to_vec()).send().await?;
            let (status, retry_after) = (answer.status().as_u16(), answer.headers().get("retry-after").cloned());
            let text = answer.bytes().await?;
            match (status, retry_after) {
                (200, _) => {
                    pushed.sent_us.record(u64::try_from(sent.elapsed().as_micros())?)?;
                    pushed.accepted_us.record(u64::try_from(first.elapsed().as_micros())?)?;
                    break;
                }
                (429 | 503, Some(after)) => {
                    pushed.rejected += 1;
                    let seconds = after.to_str()?.parse().context("a Retry-After that is not a number")?;
                    tokio::time::sleep(Duration::from_secs(seconds)).await;
                }
                _ => bail!("{status}: {}", String::from_utf8_lossy(&text)),
            }
        }
    }
    Ok(pushed)
}
