//! Drains 20,000 pending orders, compared with PouchDB: the same documents from a PouchDB in a folder to
//! `pouchdb-server`.
//!
//! Differences: our outlet reads its tables, our hub checks a key and counts sales, and both sync each commit to disk.
//! Neither PouchDB nor its server (both on LevelDB) syncs its writes or authenticates. Both are timed from the start of
//! the shop's program.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use rusqlite::Connection;
use serde_json::{Value, json};
use testkit::{Http, program};

use crate::env::number_or;
use crate::peers::{self, Peer};
use crate::report::{Report, Spread};
use crate::{drain, servers};

const ORDERS: usize = 20_000;
const ROUNDS: usize = 3;
/// PouchDB's batch sizes: its default, and the fastest of 100, 500, 1,000 and 2,000 in a trial.
const BATCHES: [u32; 2] = [100, 500];

pub async fn run(report: &mut Report) -> Result<()> {
    let stock = tempfile::tempdir()?;
    drain::sell(stock.path(), ORDERS)?;
    let local = stock.path().join("pouchdb");
    let (mut ours, mut theirs) = (vec![], [vec![], vec![]]);
    for _ in 0..number_or("BENCH_ROUNDS", ROUNDS)? {
        let dir = tempfile::tempdir()?;
        ours.push(our_drain(stock.path(), dir.path())?);
        if !local.exists() {
            let bytes = fill(&local, &dir.path().join("hub.db"))?;
            report.note("PouchDB: an order as JSON, as both send it", format!("{bytes} bytes"));
        }
        for (batch, rates) in BATCHES.into_iter().zip(&mut theirs) {
            rates.push(its_drain(&local, batch).await?);
        }
    }
    report.note("PouchDB: our drain, orders per second", format!("{:.0}", Spread::of(ours.iter().copied())));
    for (batch, rates) in BATCHES.into_iter().zip(&theirs) {
        let rate = Spread::of(rates.iter().copied());
        report.note(&format!("PouchDB: its drain in batches of {batch}, orders per second"), format!("{rate:.0}"));
        let ratio = Spread::of(ours.iter().zip(rates).map(|(ours, theirs)| ours / theirs));
        report.median_at_least(
            &format!("PouchDB: our drain, relative to its in batches of {batch}"),
            &ratio,
            15.0,
            " x",
        );
    }
    Ok(())
}

fn our_drain(stock: &Path, dir: &Path) -> Result<f64> {
    let (_hub, env) = servers::hub(dir)?;
    let rate = drain::drain(stock, dir, &env)?;
    let at_hub: usize =
        Connection::open(dir.join("hub.db"))?.query_row("select count(*) from sales", [], |row| row.get(0))?;
    ensure!(at_hub == ORDERS, "{at_hub} orders at the hub");
    Ok(rate)
}

fn node(script: &Path) -> Result<Command> {
    let mut command = program("node");
    command.arg(script).env("NODE_PATH", peers::installed("node_modules")?);
    Ok(command)
}

/// Writes the documents of a hub into a PouchDB. Returns the size of one.
fn fill(local: &Path, hub: &Path) -> Result<usize> {
    let documents = local.with_extension("json");
    let mut file = std::io::BufWriter::new(std::fs::File::create(&documents)?);
    let hub = Connection::open(hub)?;
    let mut statement = hub.prepare("select document from documents where entity_type = 'order' order by entity_id")?;
    let mut rows = statement.query([])?;
    let mut bytes = 0;
    while let Some(row) = rows.next()? {
        let text: String = row.get(0)?;
        bytes += text.len();
        let mut document: Value = serde_json::from_str(&text)?;
        let id = document.as_object_mut().and_then(|fields| fields.remove("id")).context("an order without its id")?;
        document["_id"] = id;
        writeln!(file, "{document}")?;
    }
    file.into_inner()?.sync_all()?;
    peers::output(node(&peers::script("pouchdb.js"))?.arg("fill").arg(local).arg(&documents))?;
    Ok(bytes / ORDERS)
}

/// Replicates that PouchDB to a new server: orders per second.
async fn its_drain(stock: &Path, batch: u32) -> Result<f64> {
    let dir = tempfile::tempdir()?;
    let (local, at_server) = (dir.path().join("local"), dir.path().join("server"));
    peers::output(program("cp").arg("-r").arg(stock).arg(&local))?;
    std::fs::create_dir(&at_server)?;
    let port = peers::free_port()?;
    let server: PathBuf = peers::installed("node_modules/pouchdb-server/bin/pouchdb-server")?;
    let mut serve = node(&server)?;
    serve.args(["--host", "127.0.0.1", "--port", &port.to_string(), "--no-stdout-logs", "--dir", "."]);
    let server = Peer::start(serve.current_dir(&at_server), port, &dir.path().join("server.log"))?;

    let url = format!("{}/orders", server.url);
    let mut push = node(&peers::script("pouchdb.js"))?;
    push.arg("push").arg(&local).args([&url, &batch.to_string()]);
    let started = Instant::now();
    let written: u32 = peers::output(&mut push)?.trim().parse()?;
    let rate = f64::from(written) / started.elapsed().as_secs_f64();
    let at_server = Http::new(&server.url).get("/orders").await.body["doc_count"].clone();
    ensure!(at_server == json!(ORDERS) && at_server == json!(written), "{written} written, {at_server} at the server");
    Ok(rate)
}
