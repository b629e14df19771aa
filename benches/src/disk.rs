//! Duration of a commit's flush, beside the figures that depend on it.

use std::fs::File;
use std::io::Write;
use std::time::Instant;

use anyhow::Result;

use crate::report::{Report, median};

pub fn run(report: &mut Report) -> Result<()> {
    report.note("fsync of 4 KiB, median of 200", format!("{:.0} us", fsync_us()?));
    Ok(())
}

/// The median of writing 4 KiB and flushing it.
pub fn fsync_us() -> Result<f64> {
    let dir = tempfile::tempdir()?;
    let mut file = File::create(dir.path().join("f"))?;
    let mut times = Vec::new();
    for _ in 0..200 {
        let started = Instant::now();
        file.write_all(&[7; 4096])?;
        file.sync_data()?;
        times.push(started.elapsed().as_secs_f64() * 1e6);
    }
    Ok(median(times))
}
