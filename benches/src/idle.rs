//! An idle outlet: its memory, and how soon after its start it sells.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::report::{Report, median};
use crate::servers;

pub fn run(report: &mut Report) -> Result<()> {
    let dir = tempfile::tempdir()?;
    let (_hub, env) = servers::hub(dir.path())?;
    let started = Instant::now();
    drop(servers::outlet(dir.path(), &env)?);
    report.note("ready on a new database", format!("{:.0} ms", started.elapsed().as_secs_f64() * 1e3));
    let mut ready = vec![];
    for _ in 0..9 {
        let started = Instant::now();
        drop(servers::outlet(dir.path(), &env)?);
        ready.push(started.elapsed().as_secs_f64() * 1e3);
    }
    report.at_most("time to ready, median of 9", median(ready), 200.0, " ms");
    let outlet = servers::outlet(dir.path(), &env)?;
    std::thread::sleep(Duration::from_secs(3));
    report.at_most("outlet idle, resident memory", resident_mb(outlet.id())?, 30.0, " MB");
    Ok(())
}

/// Current memory of a process.
pub fn resident_mb(id: u32) -> Result<f64> {
    memory_mb(id, "VmRSS:")
}

/// Peak memory of a process.
pub fn peak_mb(id: u32) -> Result<f64> {
    memory_mb(id, "VmHWM:")
}

fn memory_mb(id: u32, field: &str) -> Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
    let line = status.lines().find(|line| line.starts_with(field)).with_context(|| format!("no {field}"))?;
    let kb: f64 = line.split_whitespace().nth(1).with_context(|| format!("no figure in {field}"))?.parse()?;
    Ok(kb / 1_024.0)
}
