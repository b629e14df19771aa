//! The hub on PostgreSQL: ingest rate of eight outlets' batches, compared with a plain COPY of the same documents into
//! a table with only its key. The cluster is temporary and syncs every commit.

use std::future::Future;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use postgres::binary_copy::BinaryCopyInWriter;
use postgres::types::Type;
use postgres::{Client, NoTls};
use store::Store;
use testkit::{Http, Postgres};
use tokio::task::JoinSet;

use crate::report::{Report, median};
use crate::sender::{self, Sender, order, packed, send};
use crate::servers;

const OUTLETS: usize = 8;
const BATCHES: usize = 10;
const ORDERS: usize = 1_000;
const ROUNDS: usize = 3;
/// Every commit is synced; no checkpoint during a run, and as much memory as the manual recommends.
pub const SETTINGS: &str = "-c max_wal_size=4GB -c shared_buffers=1GB";
const DATE: &str = "2026-11-22";

/// An outlet and its batches.
struct Loaded {
    sender: Sender,
    /// Batches as sent: new orders, then updates of the same orders, each linked to its predecessor.
    new: Vec<Arc<Vec<u8>>>,
    changed: Vec<Arc<Vec<u8>>>,
    /// As JSON, for ingest below HTTP.
    plain: Vec<Arc<String>>,
}

pub async fn run(report: &mut Report) -> Result<()> {
    let documents: Arc<Vec<(String, String)>> = Arc::new((0..BATCHES * ORDERS).map(|n| order(n, 1, DATE)).collect());
    let (mut copied, mut http, mut relative_to_copy, mut direct) = (vec![], vec![], vec![], vec![]);
    let (mut replayed, mut updated, mut two_nodes) = (vec![], vec![], vec![]);
    for _ in 0..ROUNDS {
        // Each of the three measurements uses the empty tables of a new cluster that has just run the COPY.
        let (cluster, rate) = start_and_copy(&documents).await?;
        let url = cluster.url();
        let dir = tempfile::tempdir()?;
        let node = servers::node(dir.path(), "node", &url)?;
        let loaded = senders(&url, &documents).await?;
        let accepted = drain(&[&node.url], &loaded, |sender| &sender.new).await?;
        replayed.push(drain_last(&node.url, &loaded).await?);
        updated.push(drain(&[&node.url], &loaded, |sender| &sender.changed).await? / accepted);
        check(&url).await?;
        copied.push(rate);
        relative_to_copy.push(accepted / rate);
        http.push(accepted);
        drop((node, cluster));

        let (cluster, _) = start_and_copy(&documents).await?;
        let url = cluster.url();
        let nodes = [servers::node(dir.path(), "one", &url)?, servers::node(dir.path(), "two", &url)?];
        let loaded = senders(&url, &documents).await?;
        two_nodes.push(drain(&[&nodes[0].url, &nodes[1].url], &loaded, |sender| &sender.new).await? / accepted);
        check(&url).await?;
        drop((nodes, cluster));

        let (cluster, rate) = start_and_copy(&documents).await?;
        let url = cluster.url();
        let loaded = senders(&url, &documents).await?;
        direct.push(accept(&url, &loaded).await? / rate);
        check(&url).await?;
    }
    report.note("PostgreSQL: a plain COPY of the same documents", format!("{:.0} rows/s", median(copied)));
    report.at_least("PostgreSQL: ingest over HTTP, relative to a plain COPY", median(relative_to_copy), 0.2, "");
    report.at_least("PostgreSQL: ingest below HTTP, relative to a plain COPY", median(direct), 0.3, "");
    report.at_least("PostgreSQL: ingest over HTTP, 8 outlets", median(http), 15_000.0, " orders/s");
    report.at_least("PostgreSQL: updates of orders, relative to new orders", median(updated), 0.33, "");
    report.note("PostgreSQL: repeats of the last batch", format!("{:.0} orders/s", median(replayed)));
    report.at_least("PostgreSQL: two nodes, relative to one", median(two_nodes), 1.0, "");
    Ok(())
}

/// Starts a new cluster; returns it and its COPY rate in rows per second.
async fn start_and_copy(documents: &Arc<Vec<(String, String)>>) -> Result<(Postgres, f64)> {
    let documents = documents.clone();
    let task = tokio::task::spawn_blocking(move || {
        let cluster = Postgres::start(SETTINGS);
        let rate = copy(&cluster.url(), &documents)?;
        anyhow::Ok((cluster, rate))
    });
    task.await?
}

/// Eight outlets with their batches.
async fn senders(url: &str, documents: &[(String, String)]) -> Result<Vec<Loaded>> {
    let codes = (0..OUTLETS).map(|n| format!("C-{n}")).collect();
    let load = |sender: Sender| {
        let mut batch_no = 0;
        let mut batch = |version: i64, orders: &[(String, String)]| {
            batch_no += 1;
            sender.batch(batch_no, ORDERS, version, orders)
        };
        let plain: Vec<_> = documents.chunks(ORDERS).map(|orders| Arc::new(batch(1, orders))).collect();
        let second: Vec<_> = (0..documents.len()).map(|n| order(n, 2, DATE)).collect();
        let changed = second.chunks(ORDERS).map(|orders| packed(&batch(2, orders))).collect::<Result<_>>()?;
        let new = plain.iter().map(|batch| packed(batch)).collect::<Result<_>>()?;
        Ok(Loaded { sender, new, changed, plain })
    };
    sender::add(url, codes).await?.into_iter().map(load).collect()
}

/// Rows per second of eight connections that only copy.
fn copy(url: &str, documents: &Arc<Vec<(String, String)>>) -> Result<f64> {
    let connect = || Client::connect(url, NoTls);
    connect()?.batch_execute(
        "create table plain (outlet_id text collate \"C\" not null, id text collate \"C\" not null, version bigint not null,
           document text not null, primary key (outlet_id, id)); checkpoint",
    )?;
    let started = Instant::now();
    std::thread::scope(|scope| {
        let outlets: Vec<_> = (0..OUTLETS)
            .map(|n| {
                scope.spawn(move || -> Result<()> {
                    let mut client = Client::connect(url, NoTls)?;
                    let outlet = format!("outlet {n}");
                    for orders in documents.chunks(ORDERS) {
                        let mut tx = client.transaction()?;
                        let into = tx.copy_in("copy plain (outlet_id, id, version, document) from stdin binary")?;
                        let mut rows = BinaryCopyInWriter::new(into, &[Type::TEXT, Type::TEXT, Type::INT8, Type::TEXT]);
                        for (id, document) in orders {
                            rows.write(&[&outlet, id, &1_i64, document])?;
                        }
                        rows.finish()?;
                        tx.commit()?;
                    }
                    Ok(())
                })
            })
            .collect();
        outlets.into_iter().try_for_each(|outlet| outlet.join().map_err(|_| anyhow::anyhow!("a thread panicked"))?)
    })?;
    let rate = rate(OUTLETS * documents.len(), started);
    connect()?.batch_execute("drop table plain; checkpoint")?;
    Ok(rate)
}

/// Orders per second while all outlets send their batches, each outlet one at a time.
async fn drain(nodes: &[&str], senders: &[Loaded], batches: impl Fn(&Loaded) -> &Vec<Arc<Vec<u8>>>) -> Result<f64> {
    let jobs = senders.iter().enumerate().map(|(n, loaded)| {
        let http = Http::new(nodes[n % nodes.len()]).with_token(&loaded.sender.key);
        let (id, batches) = (loaded.sender.id.clone(), batches(loaded).clone());
        async move {
            for batch in batches {
                send(&http, &id, &batch).await?;
            }
            Ok(())
        }
    });
    timed(jobs.collect(), senders.len() * BATCHES * ORDERS).await
}

/// Repeats of the last batch, as after lost answers.
async fn drain_last(node: &str, senders: &[Loaded]) -> Result<f64> {
    let jobs = senders.iter().map(|loaded| {
        let http = Http::new(node).with_token(&loaded.sender.key);
        let (id, batch) = (loaded.sender.id.clone(), loaded.new.last().cloned());
        async move {
            for batch in std::iter::repeat_n(batch.context("no batch")?, BATCHES) {
                send(&http, &id, &batch).await?;
            }
            Ok(())
        }
    });
    timed(jobs.collect(), senders.len() * BATCHES * ORDERS).await
}

/// Like [`drain`], through the command alone: without HTTP and zstd.
async fn accept(url: &str, senders: &[Loaded]) -> Result<f64> {
    let store = Store::open(url, &hub::SCHEMA)?;
    let jobs = senders.iter().map(|loaded| {
        let (store, id, batches) = (store.clone(), loaded.sender.id.clone(), loaded.plain.clone());
        async move {
            for batch in batches {
                let id = id.clone();
                let accepted = store.write_locking(move |tx| {
                    let batch = serde_json::from_str(&batch)?;
                    hub::ingest::accept(tx, &id, &batch, web::time::now()).map(|_| ()).map_err(anyhow::Error::from)
                });
                accepted.await?;
            }
            Ok(())
        }
    });
    let rate = timed(jobs.collect(), senders.len() * BATCHES * ORDERS).await;
    store.close().await;
    rate
}

async fn timed<F>(jobs: Vec<F>, orders: usize) -> Result<f64>
where
    F: Future<Output = Result<()>> + Send + 'static,
{
    let started = Instant::now();
    let mut set = JoinSet::new();
    jobs.into_iter().for_each(|job| drop(set.spawn(job)));
    while let Some(result) = set.join_next().await {
        result??;
    }
    Ok(rate(orders, started))
}

#[expect(clippy::cast_precision_loss, reason = "a rate, for display")]
fn rate(rows: usize, started: Instant) -> f64 {
    rows as f64 / started.elapsed().as_secs_f64()
}

async fn check(url: &str) -> Result<()> {
    let url = url.to_owned();
    // The driver blocks, which is not allowed in an async task.
    tokio::task::spawn_blocking(move || count(&url)).await?
}

/// Checks that everything was stored and counted.
fn count(url: &str) -> Result<()> {
    let mut client = Client::connect(url, NoTls)?;
    let row = client.query_one(
        "select (select count(*) from documents), (select count(*) from sale_lines), cast((select sum(orders) from daily_sales) as bigint)",
        &[],
    )?;
    let orders = i64::try_from(OUTLETS * BATCHES * ORDERS)?;
    let found: (i64, i64, i64) = (row.get(0), row.get(1), row.get(2));
    ensure!(found == (orders, 3 * orders, orders), "documents, lines and counted orders are {found:?}, not {orders}");
    client.batch_execute("checkpoint")?;
    Ok(())
}
