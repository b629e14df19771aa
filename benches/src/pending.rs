//! A million pending changes: an order costs as much as with none, and the status answers quickly.

use std::time::Instant;

use anyhow::Result;
use rusqlite::Connection;

use crate::cpu::microseconds;
use crate::report::{Report, median};
use crate::rows::{Rows, fresh};
use crate::{load, orders, servers};

const ORDERS: usize = 12_000;
const ROUND: usize = 1_000;
const GROUP: usize = 64;
const PENDING: usize = 1_000_000;

pub async fn run(report: &mut Report) -> Result<()> {
    let dir = tempfile::tempdir()?;
    {
        let outlet = servers::outlet(dir.path(), &[])?;
        let (_, token) = servers::admin(&outlet.url).await?;
        let menu = orders::seed(dir.path()).await?;
        load::send(&outlet.url, 64, load::requests(&menu, &token, ORDERS, 4)).await?;
    }
    let rows = Rows::read(&dir.path().join("pos.db"), ORDERS)?;
    let empty = fresh(dir.path(), "empty.db", true)?;
    let full = fresh(dir.path(), "full.db", true)?;
    fill(&full)?;
    let mut ratios = vec![];
    for from in (0..rows.len() - rows.len() % ROUND).step_by(ROUND) {
        let none = microseconds(|| rows.write(&empty, from, from + ROUND, GROUP))?;
        let million = microseconds(|| rows.write(&full, from, from + ROUND, GROUP))?;
        ratios.push(million / none);
    }
    report.at_most("an order with 1,000,000 pending: CPU relative to none pending", median(ratios), 1.15, " x");

    let pos = tempfile::tempdir()?;
    {
        let connection = fresh(pos.path(), "pos.db", true)?;
        fill(&connection)?;
    }
    let outlet = servers::outlet(pos.path(), &[])?;
    let (admin, _) = servers::admin(&outlet.url).await?;
    let mut times = vec![];
    for _ in 0..200 {
        let started = Instant::now();
        admin.get("/api/v1/sync/status").await.data();
        times.push(started.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    report.note("GET /sync/status with 1,000,000 pending, median", format!("{:.2} ms", times[times.len() / 2]));
    report.at_most("GET /sync/status with 1,000,000 pending, p99", times[times.len() * 99 / 100], 5.0, " ms");
    Ok(())
}

/// Creates a million pending customers.
fn fill(connection: &Connection) -> Result<()> {
    for thousand in 0..PENDING / 10_000 {
        connection.execute_batch(&format!(
            "begin; with recursive n(i) as (select 1 union all select i + 1 from n where i < 10000)
             insert into customers (id, name) select printf('019{:05}-%05d', i), 'Guest' from n; commit;",
            thousand
        ))?;
    }
    Ok(())
}
