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
