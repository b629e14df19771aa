//! CPU cost of the triggers when orders are created: with and without triggers, round by round.

use anyhow::Result;

use crate::cpu::microseconds;
use crate::report::{Report, median};
use crate::rows::{Rows, fresh};
use crate::{load, orders, servers};

const ORDERS: usize = 12_000;
const ROUND: usize = 1_000;
const GROUP: usize = 64;

pub async fn run(report: &mut Report) -> Result<()> {
    let dir = tempfile::tempdir()?;
    {
        let outlet = servers::outlet(dir.path(), &[])?;
        let (_, token) = servers::admin(&outlet.url).await?;
        let menu = orders::seed(dir.path()).await?;
        load::send(&outlet.url, 64, load::requests(&menu, &token, ORDERS, 3)).await?;
    }
    let rows = Rows::read(&dir.path().join("pos.db"), ORDERS)?;
    let bare = fresh(dir.path(), "bare.db", false)?;
    let captured = fresh(dir.path(), "captured.db", true)?;
    let (mut ratios, mut bares, mut captures) = (vec![], vec![], vec![]);
    for from in (0..rows.len() - rows.len() % ROUND).step_by(ROUND) {
        let without = microseconds(|| rows.write(&bare, from, from + ROUND, GROUP))?;
        let with = microseconds(|| rows.write(&captured, from, from + ROUND, GROUP))?;
        ratios.push(with / without);
        bares.push(without / 1_000.0);
        captures.push(with / 1_000.0);
    }
    report.note("CPU of an order's rows, without triggers", format!("{:.1} us", median(bares)));
    report.note("CPU of an order's rows, with capture", format!("{:.1} us", median(captures)));
    report.at_most("capture: CPU relative to no triggers", median(ratios), 2.0, " x");
    Ok(())
}
