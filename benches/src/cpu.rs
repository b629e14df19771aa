//! CPU time of this thread, which is steadier on a shared machine than the clock on the wall.

use anyhow::{Context, Result};

/// Nanoseconds on a CPU so far.
fn thread_ns() -> Result<f64> {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").context("no schedstat on this kernel")?;
    Ok(stat.split(' ').next().context("an empty schedstat")?.parse()?)
}

/// Runs `work` and returns the CPU microseconds that this thread spent on it.
pub fn microseconds(work: impl FnOnce() -> Result<()>) -> Result<f64> {
    let before = thread_ns()?;
    work()?;
    Ok((thread_ns()? - before) / 1_000.0)
}

/// CPU seconds that a process has spent so far, all its threads.
pub fn process_seconds(id: u32) -> Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat"))?;
    let (_, fields) = stat.rsplit_once(") ").context("an odd stat")?;
    let ticks = |field: &str| field.parse::<f64>().context("an odd stat");
    let fields: Vec<_> = fields.split(' ').collect();
    // utime and stime, in hundredths of a second on every Linux that Rust runs on.
    Ok((ticks(fields[11])? + ticks(fields[12])?) / 100.0)
}
