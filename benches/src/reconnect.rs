//! Two thousand outlets on one node: its memory while they only listen, and the recovery when it was killed and all of
//! them reconnect at once, each with a sale. The outlets are light clients that speak the wire format on their own
//! connections.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use postgres::{Client, NoTls};
use testkit::{Http, Postgres};
use tokio::task::JoinSet;

use crate::chain::SETTINGS;
use crate::idle::resident_mb;
use crate::report::Report;
use crate::sender::{self, EPOCH, Sender, order, packed};
use crate::servers;

const OUTLETS: usize = 2_000;
/// Open files that the node and this process each need.
const FILES: usize = OUTLETS + 200;
const DATE: &str = "2026-11-22";

type Sent = Result<reqwest::Response, reqwest::Error>;

/// Counters of all outlets.
#[derive(Default)]
struct Counters {
    listening: AtomicUsize,
    retry_later: AtomicUsize,
    failed: AtomicUsize,
}

pub async fn run(report: &mut Report) -> Result<()> {
    ensure_files()?;
    let cluster = tokio::task::spawn_blocking(|| Postgres::start(SETTINGS)).await?;
    let dir = tempfile::tempdir()?;
    let url = cluster.url();
    let senders = sender::add(&url, (0..OUTLETS).map(|n| format!("R-{n:04}")).collect()).await?;
    let mut node = servers::node(dir.path(), "node", &url)?;
    let counters = Arc::new(Counters::default());
    let http = Http::new(&node.url);
    let mut outlets: JoinSet<Result<Instant>> =
        senders.into_iter().map(|sender| live(http.with_token(&sender.key), sender, counters.clone())).collect();
    while counters.listening.load(Ordering::Relaxed) < OUTLETS {
        if let Some(result) = outlets.try_join_next() {
            bail!("an outlet ended before the node was killed: {:?}", result?);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    tokio::time::sleep(Duration::from_secs(5)).await;
    let memory = resident_mb(node.id())?;
    ensure!(connections(node.id())? >= OUTLETS, "not every outlet is connected");
    ensure!(
        counters.listening.load(Ordering::Relaxed) == OUTLETS,
        "an outlet was answered although nothing had changed"
    );
    report.at_most("PostgreSQL: a node with 2,000 connected idle outlets", memory, 100.0, " MB");

    counters.retry_later.store(0, Ordering::Relaxed);
    counters.failed.store(0, Ordering::Relaxed);
    let listen = node.url.strip_prefix("http://").context("an address without http://")?.to_owned();
    let killed = Instant::now();
    node.kill();
    node = servers::node_at(dir.path(), "node", &url, &listen)?;
    let ready = killed.elapsed();
    let mut last = killed;
    while let Some(served) = outlets.join_next().await {
        last = last.max(served??);
    }
    tokio::task::spawn_blocking(move || check(&url)).await??;
    report.note("PostgreSQL: restart of the killed node", format!("{ready:.1?}"));
    let all_after = (last - killed).as_secs_f64();
    report.at_most("PostgreSQL: all 2,000 outlets are back, each with a sale", all_after, 30.0, " s");
    #[expect(clippy::cast_precision_loss, reason = "a count, for display")]
    let failed = counters.failed.load(Ordering::Relaxed) as f64;
    report.at_most("PostgreSQL: failed pushes meanwhile", failed, 0.0, "");
    let retry_later = counters.retry_later.load(Ordering::Relaxed);
    report.note("PostgreSQL: answers with Retry-After", retry_later.to_string());
    drop(node);
    Ok(())
}

/// An outlet: a sale, listening, the node dies, another sale, and a page of changes.
async fn live(http: Http, sender: Sender, counters: Arc<Counters>) -> Result<Instant> {
    push(&http, &sender, 1, &counters).await?;
    counters.listening.fetch_add(1, Ordering::Relaxed);
    if let Ok(answer) = listen(&http, &sender, 1, 60).await {
        bail!("it was answered although nothing had changed: {}", answer.text().await?);
    }
    push(&http, &sender, 2, &counters).await?;
    until_accepted(&counters, || listen(&http, &sender, 2, 0)).await?;
    Ok(Instant::now())
}

async fn push(http: &Http, sender: &Sender, no: usize, counters: &Counters) -> Result<()> {
    let batch = packed(&sender.batch(no, 1, 1, &[order(no, 1, DATE)]))?;
    until_accepted(counters, || {
        let request = http.request("POST", &format!("/v1/outlets/{}/sync/batch", sender.id));
        let request = request.header("content-type", "application/json").header("content-encoding", "zstd");
        request.body(batch.to_vec()).send()
    })
    .await
}

/// A page of changes from the beginning; there are never any.
fn listen(http: &Http, sender: &Sender, no: usize, wait_s: u32) -> impl Future<Output = Sent> {
    let path = format!("/v1/outlets/{0}/updates?epoch={EPOCH}&at={0}-{no}&wait={wait_s}", sender.id);
    http.request("GET", &path).send()
}

/// Retries as outlets do: at once if nothing answers, otherwise when the node says.
async fn until_accepted<F: Future<Output = Sent>>(counters: &Counters, mut request: impl FnMut() -> F) -> Result<()> {
    loop {
        let Ok(answer) = request().await else {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        match answer.status().as_u16() {
            200 => return Ok(()),
            // Outlets do not count these as failures.
            429 | 503 => {
                counters.retry_later.fetch_add(1, Ordering::Relaxed);
                let wait = answer.headers().get("retry-after").and_then(|wait| wait.to_str().ok()?.parse().ok());
                tokio::time::sleep(Duration::from_secs(wait.context("no Retry-After")?)).await;
            }
            _ => {
                counters.failed.fetch_add(1, Ordering::Relaxed);
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

fn ensure_files() -> Result<()> {
    let limits = std::fs::read_to_string("/proc/self/limits")?;
    let line = limits.lines().find(|line| line.starts_with("Max open files")).context("no limit of open files")?;
    let soft: usize =
        line.split_whitespace().nth(3).context("an unexpected format of limits")?.parse().unwrap_or(usize::MAX);
    ensure!(soft >= FILES, "this needs {FILES} open files, the limit is {soft}; run 'ulimit -n {FILES}' first");
    Ok(())
}

/// Open sockets of a process; a few belong to its database.
fn connections(id: u32) -> Result<usize> {
    let files = std::fs::read_dir(format!("/proc/{id}/fd"))?.flatten();
    let is_socket = |file: &std::fs::DirEntry| {
        std::fs::read_link(file.path()).is_ok_and(|to| to.to_string_lossy().starts_with("socket:"))
    };
    Ok(files.filter(is_socket).count())
}

/// Checks that each sale was stored and counted once.
fn check(url: &str) -> Result<()> {
    let row = Client::connect(url, NoTls)?.query_one(
        "select (select count(*) from documents), (select count(*) from chains where batch_no = 2),
           cast((select sum(orders) from daily_sales) as bigint)",
        &[],
    )?;
    let found: (i64, i64, i64) = (row.get(0), row.get(1), row.get(2));
    let outlets = i64::try_from(OUTLETS)?;
    ensure!(found == (2 * outlets, outlets, 2 * outlets), "sales, outlets with both, counted sales: {found:?}");
    Ok(())
}
