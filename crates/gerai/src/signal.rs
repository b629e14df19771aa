//! SIGTERM, Ctrl-C (SIGINT) and a closed terminal (SIGHUP) stop a server gracefully.

use anyhow::{Context, Result};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// A bit mask as in /proc/self/status: one bit per signal, the first for 1.
const HANGUP: u32 = 1;

/// Cancelled by the first of these signals. A SIGHUP that is ignored at the start (`nohup`) stays ignored.
pub fn stop_token() -> Result<CancellationToken> {
    let stop = CancellationToken::new();
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot listen for Ctrl-C")?;
    let mut hangup = match is_ignored(HANGUP) {
        true => None,
        false => Some(signal(SignalKind::hangup()).context("cannot listen for SIGHUP")?),
    };
    let cancel = stop.clone();
    tokio::spawn(async move {
        let name = tokio::select! {
            _ = terminate.recv() => "SIGTERM",
            _ = interrupt.recv() => "SIGINT",
            () = received(hangup.as_mut()) => "SIGHUP",
        };
        cancel.cancel();
        tracing::info!(signal = name, "stopping");
    });
    Ok(stop)
}

async fn received(signal: Option<&mut Signal>) {
    match signal {
        Some(signal) => drop(signal.recv().await),
        None => std::future::pending().await,
    }
}

fn is_ignored(signal: u32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    ignored.is_some_and(|mask| mask & (1 << (signal - 1)) != 0)
}
