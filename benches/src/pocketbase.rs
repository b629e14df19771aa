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
struct Reached {
    requests: u32,
    /// Answers with status 400 or above.
    refused: u32,
    /// Requests without an answer.
    failed: u32,
    took_us: u32,
    p99_us: u32,
}

impl Reached {
    fn parse(output: &str) -> Result<Self> {
        let last = output.trim_end().lines().last().context("wrk printed nothing")?;
        let reached: Self = serde_json::from_str(last).with_context(|| format!("wrk printed:\n{output}"))?;
        ensure!(
            reached.requests > 0 && reached.refused == 0 && reached.failed == 0,
            "not all orders were accepted: {reached:?}"
        );
        Ok(reached)
    }

    fn rate(&self) -> f64 {
        f64::from(self.requests) * 1e6 / f64::from(self.took_us)
    }

    fn p99_ms(&self) -> f64 {
        f64::from(self.p99_us) / 1e3
    }
}

pub async fn run(report: &mut Report) -> Result<()> {
    let mut all: [(Vec<Reached>, Vec<Reached>); CONNECTIONS.len()] = Default::default();
    for _ in 0..number_or("BENCH_ROUNDS", ROUNDS)? {
        let dir = tempfile::tempdir()?;
        let mut ours = Ours::start(dir.path()).await?;
        let mut theirs = Theirs::start(dir.path(), &ours.bodies).await?;
        // Warm up caches and files.
        ours.reach(64, 1)?;
        theirs.reach(64, 1)?;
        for (connections, (our_runs, its_runs)) in CONNECTIONS.into_iter().zip(&mut all) {
            our_runs.push(ours.reach(connections, SECONDS)?);
            its_runs.push(theirs.reach(connections, SECONDS)?);
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

fn add_results(report: &mut Report, connections: u32, ours: &[Reached], theirs: &[Reached]) {
    let plural = if connections == 1 { "" } else { "s" };
    let what = |what: &str| format!("PocketBase, {connections} connection{plural}: {what}");
    for (whose, runs) in [("our", ours), ("its", theirs)] {
        let (rates, p99s) = (runs.iter().map(Reached::rate), runs.iter().map(Reached::p99_ms));
        report.note(&what(&format!("{whose} orders per second")), format!("{:.0}", Spread::of(rates)));
        report.note(&what(&format!("{whose} p99, ms")), format!("{:.2}", Spread::of(p99s)));
    }
    let pairs = || ours.iter().zip(theirs);
    let rates = Spread::of(pairs().map(|(ours, theirs)| ours.rate() / theirs.rate()));
    let p99s = Spread::of(pairs().map(|(ours, theirs)| ours.p99_ms() / theirs.p99_ms()));
    if connections == 64 {
        report.median_at_least(&what("our orders per second, relative to its"), &rates, 4.0, " x");
        report.median_at_most(&what("our p99, relative to its"), &p99s, 0.25, " x");
    } else {
        report.note(&what("our orders per second, relative to its"), format!("{rates:.2} x"));
        report.note(&what("our p99, relative to its"), format!("{p99s:.2} x"));
    }
}

/// Writes orders of three lines and a payment, without ids, one per line.
fn write_bodies(path: &Path, menu: &Menu) -> Result<()> {
    let mut guests = Guests::new(7);
    let bodies: Vec<_> = (0..BODIES).map(|_| guests.order(menu, 3).to_string()).collect();
    Ok(std::fs::write(path, bodies.join("\n"))?)
}

/// Sends orders for this many seconds; `and` are further arguments of the script.
fn wrk(url: &str, bodies: &Path, and: &[&str], connections: u32, seconds: u32) -> Result<Reached> {
    let mut command = program("wrk");
    command.args(["--threads", "1", "--connections", &connections.to_string()]);
    command.args(["--duration", &format!("{seconds}s")]).arg("--script").arg(peers::script("orders.lua"));
    Reached::parse(&peers::output(command.args([url, "--"]).arg(bodies).args(and))?)
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

    fn reach(&mut self, connections: u32, seconds: u32) -> Result<Reached> {
        // Each id is used once, and ids increase, as those of tills do.
        let id = Uuid::now_v7().to_string();
        let (stem, _) = id.rsplit_once('-').context("an id without parts")?;
        let reached = wrk(&self.url, &self.bodies, &[&self.token, stem], connections, seconds)?;
        self.sent += reached.requests;
        Ok(reached)
    }

    /// Checks that every answered order is stored and queued.
    fn has_all(&self) -> Result<()> {
        let (orders, waiting): (u32, u32) = Connection::open(&self.database)?.query_row(
            "select (select count(*) from orders), (select count(*) from sync_queue where entity_type = 'order')",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        ensure!(orders >= self.sent && waiting == orders, "{} sent, {orders} stored, {waiting} queued", self.sent);
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
        let made = admin.post("/api/collections", &collection()).await;
        ensure!(made.status == 200, "the collection was not created: {}", made.text);
        // Its request log is off: it would write each request to a separate database, which ours does not do.
        let quiet = admin.call("PATCH", "/api/settings", &json!({"logs": {"maxDays": 0}})).await;
        ensure!(quiet.status == 200, "its request log was not turned off: {}", quiet.text);
        Ok(Self { server, admin, bodies: bodies.to_owned(), sent: 0 })
    }

    fn reach(&mut self, connections: u32, seconds: u32) -> Result<Reached> {
        let url = format!("{}/api/collections/orders/records", self.server.url);
        let reached = wrk(&url, &self.bodies, &[], connections, seconds)?;
        self.sent += reached.requests;
        Ok(reached)
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
    fn the_last_line_of_wrk_counts() {
        let output = "Running 4s test\n  1 threads\n{\"requests\":12000,\"refused\":0,\"failed\":0,\"took_us\":4000000,\
                    \"p99_us\":2100}\n";
        let reached = Reached::parse(output).unwrap();
        assert_eq!((reached.rate(), reached.p99_us), (3_000.0, 2_100));
    }

    #[test]
    fn a_run_with_refusals_is_no_figure() {
        let output = |refused: u32, failed: u32| {
            format!("{{\"requests\":9,\"refused\":{refused},\"failed\":{failed},\"took_us\":1,\"p99_us\":1}}")
        };
        assert!(Reached::parse(&output(0, 0)).is_ok());
        assert!(Reached::parse(&output(1, 0)).is_err());
        assert!(Reached::parse(&output(0, 1)).is_err());
        assert!(Reached::parse("unable to connect to 127.0.0.1").is_err());
    }
}
