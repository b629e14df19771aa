//! Orders over HTTP, compared with PocketBase: `wrk` sends both the same bodies with the same script, alternating.
//!
//! Differences: our outlet checks a session, calculates the order, writes its rows, queues it for head office and syncs
//! each commit to disk. PocketBase's collection is open to all, stores the order as one row, and does not sync each
//! commit; with one connection each commit is waited for, so that is where this matters most. Tills create order ids;
//! PocketBase creates them itself, because it is several times slower with given ids.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use cafe::{Guests, Menu};
use rusqlite::Connection;
use serde::Deserialize;
use serde_json::{Value, json};
use testkit::{Http, Process, program};
use uuid::Uuid;

use crate::disk::fsync_us;
use crate::env::number_or;
use crate::peers::{self, Peer};
use crate::report::{Report, Spread};
use crate::{orders, servers};

const ROUNDS: usize = 5;
const SECONDS: u32 = 4;
const CONNECTIONS: [u32; 3] = [1, 16, 64];
const BODIES: usize = 1_000;

/// The last line that `orders.lua` prints.
#[derive(Debug, PartialEq, Deserialize)]
struct WrkResult {
    requests: u32,
    /// Answers with status 400 or above.
    refused: u32,
    /// Requests without an answer.
    failed: u32,
    took_us: u32,
    p99_us: u32,
}

impl WrkResult {
    fn parse(output: &str) -> Result<Self> {
        let last = output.trim_end().lines().last().context("wrk printed nothing")?;
        let result: Self = serde_json::from_str(last).with_context(|| format!("wrk printed:\n{output}"))?;
        ensure!(
            result.requests > 0 && result.refused == 0 && result.failed == 0,
            "not all orders were accepted: {result:?}"
        );
        Ok(result)
    }

    fn rate(&self) -> f64 {
        f64::from(self.requests) * 1e6 / f64::from(self.took_us)
    }

    fn p99_ms(&self) -> f64 {
        f64::from(self.p99_us) / 1e3
    }
}

pub async fn run(report: &mut Report) -> Result<()> {
    let mut all: [(Vec<WrkResult>, Vec<WrkResult>); CONNECTIONS.len()] = Default::default();
    for _ in 0..number_or("BENCH_ROUNDS", ROUNDS)? {
        let dir = tempfile::tempdir()?;
        let mut ours = Ours::start(dir.path()).await?;
        let mut theirs = Theirs::start(dir.path(), &ours.bodies).await?;
        // Warm up caches and files.
        ours.run_wrk(64, 1)?;
        theirs.run_wrk(64, 1)?;
        for (connections, (our_runs, its_runs)) in CONNECTIONS.into_iter().zip(&mut all) {
            our_runs.push(ours.run_wrk(connections, SECONDS)?);
            its_runs.push(theirs.run_wrk(connections, SECONDS)?);
        }
        ours.has_all()?;
        theirs.has_all().await?;
    }
    report.note("PocketBase: fsync (ours syncs each commit, PocketBase does not)", format!("{:.0} us", fsync_us()?));
    for (connections, (ours, theirs)) in CONNECTIONS.into_iter().zip(&all) {
        add_results(report, connections, ours, theirs);
    }
    Ok(())
}

fn add_results(report: &mut Report, connections: u32, ours: &[WrkResult], theirs: &[WrkResult]) {
    let plural = if connections == 1 { "" } else { "s" };
    let title = |figure: &str| format!("PocketBase, {connections} connection{plural}: {figure}");
    for (side, runs) in [("our", ours), ("its", theirs)] {
        let (rates, p99s) = (runs.iter().map(WrkResult::rate), runs.iter().map(WrkResult::p99_ms));
        report.note(&title(&format!("{side} orders per second")), format!("{:.0}", Spread::of(rates)));
        report.note(&title(&format!("{side} p99, ms")), format!("{:.2}", Spread::of(p99s)));
    }
    let pairs = || ours.iter().zip(theirs);
    let rates = Spread::of(pairs().map(|(ours, theirs)| ours.rate() / theirs.rate()));
    let p99s = Spread::of(pairs().map(|(ours, theirs)| ours.p99_ms() / theirs.p99_ms()));
    if connections == 64 {
        report.median_at_least(&title("our orders per second, relative to its"), &rates, 4.0, " x");
        report.median_at_most(&title("our p99, relative to its"), &p99s, 0.25, " x");
    } else {
        report.note(&title("our orders per second, relative to its"), format!("{rates:.2} x"));
        report.note(&title("our p99, relative to its"), format!("{p99s:.2} x"));
    }
}

/// Writes orders of three lines and a payment, without ids, one per line.
fn write_bodies(path: &Path, menu: &Menu) -> Result<()> {
    let mut guests = Guests::new(7);
    let bodies: Vec<_> = (0..BODIES).map(|_| guests.order(menu, 3).to_string()).collect();
    Ok(std::fs::write(path, bodies.join("\n"))?)
}

/// Sends orders for this many seconds; `script_args` are further arguments of the script.
fn wrk(url: &str, bodies: &Path, script_args: &[&str], connections: u32, seconds: u32) -> Result<WrkResult> {
    let mut command = program("wrk");
    command.args(["--threads", "1", "--connections", &connections.to_string()]);
    command.args(["--duration", &format!("{seconds}s")]).arg("--script").arg(peers::script("orders.lua"));
    WrkResult::parse(&peers::output(command.args([url, "--"]).arg(bodies).args(script_args))?)
}

/// An outlet with the café's menu.
struct Ours {
    _outlet: Process,
    url: String,
    token: String,
    bodies: PathBuf,
    database: PathBuf,
    sent: u32,
}

impl Ours {
    async fn start(dir: &Path) -> Result<Self> {
        let outlet = servers::outlet(dir, &[])?;
        let (_, token) = servers::admin(&outlet.url).await?;
        let bodies = dir.join("bodies");
        write_bodies(&bodies, &orders::seed(dir).await?)?;
        let url = format!("{}/api/v1/orders", outlet.url);
        Ok(Self { url, token, bodies, database: dir.join("pos.db"), sent: 0, _outlet: outlet })
    }

    fn run_wrk(&mut self, connections: u32, seconds: u32) -> Result<WrkResult> {
        // Each id is used once, and ids increase, as those of tills do.
        let id = Uuid::now_v7().to_string();
        let (stem, _) = id.rsplit_once('-').context("an id without parts")?;
        let result = wrk(&self.url, &self.bodies, &[&self.token, stem], connections, seconds)?;
        self.sent += result.requests;
        Ok(result)
    }

    /// Checks that every answered order is stored and queued.
    fn has_all(&self) -> Result<()> {
        let (orders, queued): (u32, u32) = Connection::open(&self.database)?.query_row(
            "select (select count(*) from orders), (select count(*) from sync_queue where entity_type = 'order')",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        ensure!(orders >= self.sent && queued == orders, "{} sent, {orders} stored, {queued} queued", self.sent);
        Ok(())
    }
}

/// PocketBase with a collection that accepts the same orders from anyone.
struct Theirs {
    server: Peer,
    admin: Http,
    bodies: PathBuf,
    sent: u32,
}

impl Theirs {
    async fn start(dir: &Path, bodies: &Path) -> Result<Self> {
        let pocketbase = peers::installed("pip/bin/pocketbase")?;
        let data = dir.join("pocketbase");
        let (name, password) = ("bench@example.com", "bench-bench-bench");
        peers::output(program(&pocketbase).args(["superuser", "upsert", name, password, "--dir"]).arg(&data))?;
        let port = peers::free_port()?;
        let mut serve = program(&pocketbase);
        serve.args(["serve", "--http", &format!("127.0.0.1:{port}"), "--dir"]).arg(&data);
        let server = Peer::start(&mut serve, port, &dir.join("pocketbase.log"))?;

        let http = Http::new(&server.url);
        let login = json!({"identity": name, "password": password});
        let answer = http.post("/api/collections/_superusers/auth-with-password", &login).await;
        let admin = http.with_token(answer.body["token"].as_str().context("no token of PocketBase")?);
        let created = admin.post("/api/collections", &collection()).await;
        ensure!(created.status == 200, "the collection was not created: {}", created.text);
        // Its request log is off: it would write each request to a separate database, which ours does not do.
        let settings = admin.call("PATCH", "/api/settings", &json!({"logs": {"maxDays": 0}})).await;
        ensure!(settings.status == 200, "its request log was not turned off: {}", settings.text);
        Ok(Self { server, admin, bodies: bodies.to_owned(), sent: 0 })
    }

    fn run_wrk(&mut self, connections: u32, seconds: u32) -> Result<WrkResult> {
        let url = format!("{}/api/collections/orders/records", self.server.url);
        let result = wrk(&url, &self.bodies, &[], connections, seconds)?;
        self.sent += result.requests;
        Ok(result)
    }

    async fn has_all(&self) -> Result<()> {
        let page = self.admin.get("/api/collections/orders/records?perPage=1").await;
        let stored = page.body["totalItems"].as_u64().context("no count of PocketBase's orders")?;
        ensure!(stored >= u64::from(self.sent), "{} sent to PocketBase, {stored} stored", self.sent);
        let lines = page.body["items"][0]["lines"].as_array();
        ensure!(lines.is_some_and(|lines| lines.len() == 3), "PocketBase stored something else: {}", page.text);
        Ok(())
    }
}

/// A field for each field of an order.
fn collection() -> Value {
    let field = |name: &str, kind: &str| json!({"name": name, "type": kind});
    json!({"name": "orders", "type": "base", "createRule": "", "fields": [
        field("order_type", "text"), field("table_number", "text"), field("customer_name", "text"),
        field("pax", "number"), field("lines", "json"), field("payments", "json")]})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_of_wrk_is_parsed() {
        let output = "Running 4s test\n  1 threads\n{\"requests\":12000,\"refused\":0,\"failed\":0,\"took_us\":4000000,\
                    \"p99_us\":2100}\n";
        let result = WrkResult::parse(output).unwrap();
        assert_eq!((result.rate(), result.p99_us), (3_000.0, 2_100));
    }

    #[test]
    fn a_run_with_refusals_is_rejected() {
        let output = |refused: u32, failed: u32| {
            format!("{{\"requests\":9,\"refused\":{refused},\"failed\":{failed},\"took_us\":1,\"p99_us\":1}}")
        };
        assert!(WrkResult::parse(&output(0, 0)).is_ok());
        assert!(WrkResult::parse(&output(1, 0)).is_err());
        assert!(WrkResult::parse(&output(0, 1)).is_err());
        assert!(WrkResult::parse("unable to connect to 127.0.0.1").is_err());
    }
}
