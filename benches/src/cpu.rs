//! CPU time, which is steadier than wall time on a shared machine.

use anyhow::{Context, Result};

/// CPU nanoseconds of this thread so far.
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

/// CPU seconds of a process so far, all threads.
pub fn process_seconds(id: u32) -> Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat"))?;
    let (_, fields) = stat.rsplit_once(") ").context("an unexpected format of stat")?;
    let ticks = |field: &str| field.parse::<f64>().context("an unexpected format of stat");
    let fields: Vec<_> = fields.split(' ').collect();
    // utime and stime, in hundredths of a second on every Linux that Rust runs on.
    Ok((ticks(fields[11])? + ticks(fields[12])?) / 100.0)
}
