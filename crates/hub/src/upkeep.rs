//! What a running hub does by itself once an hour: forgets what nobody needs any more.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::state::Hub;
use crate::streams;

const EVERY: Duration = Duration::from_secs(3_600);

/// Runs until `stop`; first at once.
pub(crate) async fn run(hub: Hub, stop: CancellationToken) {
    loop {
        let now = web::time::now();
        match streams::retain(&hub.store, now).await {
            Ok(0) => {}
            Ok(entries) => tracing::info!(entries, "entries of streams that every outlet has read were forgotten"),
            Err(fault) => tracing::warn!(%fault, "old entries of streams could not be forgotten; tried again later"),
        }
        let snapshots = hub.snapshots.clone();
        if let Ok(Err(error)) = tokio::task::spawn_blocking(move || snapshots.prune(now)).await {
            tracing::warn!(%error, "old snapshots could not be deleted; tried again later");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}
