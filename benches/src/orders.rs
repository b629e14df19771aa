//! Orders over HTTP with a token, durable, compared with the same rows in the same groups written directly to SQLite.

use std::time::Instant;

use anyhow::{Context, Result};
use cafe::Menu;
use testkit::Http;

use crate::cpu::process_seconds;
use crate::disk::fsync_us;
use crate::report::{Report, median};
use crate::rows::{Rows, fresh};
use crate::{load, servers};

const ROUNDS: usize = 3;
const MANY: u32 = 20_000;
const FEW: usize = 1_500;

pub async fn run(report: &mut Report) -> Result<()> {
    let dir = tempfile::tempdir()?;
    let outlet = servers::outlet(dir.path(), &[])?;
    let (admin, token) = servers::admin(&outlet.url).await?;
    let menu = seed(dir.path()).await?;
    load::send(&outlet.url, 64, load::requests(&menu, &token, 2_000, 1)).await?;

    let (mut ratios64, mut rates64, mut p99s, mut direct64, mut groups) = (vec![], vec![], vec![], vec![], vec![]);
    let (mut ratios1, mut rates1, mut single, mut cpu) = (vec![], vec![], vec![], vec![]);
    for round in 0..ROUNDS as u64 {
        let before = grouping(&admin).await?;
        let requests = load::requests(&menu, &token, MANY as usize, 10 + round);
        let cpu_before = process_seconds(outlet.id())?;
        let many = load::send(&outlet.url, 64, requests).await?;
        cpu.push((process_seconds(outlet.id())? - cpu_before) * 1e6 / f64::from(MANY));
        let after = grouping(&admin).await?;
        let group = (after.1 - before.1) / (after.0 - before.0).max(1.0);
        let direct = direct(dir.path(), MANY as usize, group.round().max(1.0))?;
        ratios64.push(many.rate() / direct);
        rates64.push(many.rate());
        p99s.push(many.ms_at(0.99));
        direct64.push(direct);
        groups.push(group);

        let few = load::send(&outlet.url, 1, load::requests(&menu, &token, FEW, 100 + round)).await?;
        let bare = self::direct(dir.path(), FEW, 1.0)?;
        ratios1.push(few.rate() / bare);
        rates1.push(few.rate());
        single.push(bare);
    }
    report.note("orders: fsync", format!("{:.0} us", fsync_us()?));
    report.note("orders, 64 connections", format!("{:.0}/s", median(rates64)));
    report.note(
        "the same rows directly to SQLite, same grouping",
        format!("{:.0}/s, {:.0} per commit", median(direct64), median(groups)),
    );
    report.note("orders, 64 connections: CPU of the whole server", format!("{:.0} us per order", median(cpu)));
    report.at_least("orders, 64 connections: relative to SQLite directly", median(ratios64), 0.6, "");
    report.at_most("orders, 64 connections: p99", median(p99s), 25.0, " ms");
    report.note("orders, 1 connection", format!("{:.0}/s", median(rates1)));
    report.note("single commits of the same rows directly to SQLite", format!("{:.0}/s", median(single)));
    report.at_least("orders, 1 connection: relative to single commits directly", median(ratios1), 0.6, "");
    Ok(())
}

/// Adds the café to a running outlet's database, as another program would.
pub async fn seed(dir: &std::path::Path) -> Result<Menu> {
    let path = dir.join("pos.db");
    tokio::task::spawn_blocking(move || {
        let mut connection = sqlite::connect(&path, rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        let tx = connection.transaction()?;
        let menu = cafe::seed(&tx).map_err(|e| anyhow::anyhow!(e.message().to_owned()))?;
        tx.commit()?;
        Ok(menu)
    })
    .await?
}

/// Number of commits and writes so far.
async fn grouping(admin: &Http) -> Result<(f64, f64)> {
    let text = admin.get("/metrics").await.text;
    let figure = |name: &str| -> Result<f64> {
        let line =
            text.lines().find(|line| line.starts_with(name)).with_context(|| format!("no {name} in /metrics"))?;
        Ok(line.rsplit(' ').next().unwrap_or_default().parse()?)
    };
    Ok((figure("gerai_db_commits_total")?, figure("gerai_db_writes_total")?))
}

/// Orders per second if their rows are written directly into a new database.
fn direct(dir: &std::path::Path, count: usize, group: f64) -> Result<f64> {
    let rows = Rows::read(&dir.join("pos.db"), count)?;
    let fresh_dir = tempfile::tempdir()?;
    let connection = fresh(fresh_dir.path(), "bare.db", true)?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small positive number")]
    let group = group as usize;
    let started = Instant::now();
    rows.write(&connection, 0, rows.len(), group)?;
    #[expect(clippy::cast_precision_loss, reason = "a rate, for display")]
    let count = rows.len() as f64;
    Ok(count / started.elapsed().as_secs_f64())
}
