//! What a running hub does by itself once an hour: forgets what nobody needs any more, and takes up what an older version
//! only kept.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::state::Hub;
use crate::streams::hours;
use crate::{ingest, streams};

const EVERY: Duration = Duration::from_secs(3_600);

/// What of it failed the last time, in words; nothing before the first time.
#[derive(Debug, Default)]
pub(crate) struct Upkeep(Mutex<Option<String>>);

impl Upkeep {
    pub(crate) fn trouble(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn ended(&self, trouble: Option<String>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
    }
}

/// Runs until `stop`; first at once.
pub(crate) async fn run(hub: Hub, stop: CancellationToken) {
    let mut hour = None;
    loop {
        let now = web::time::now();
        let mut trouble = None;
        let counted = match hub.store.write(move |tx| hours::passed(tx, hour)).await {
            Ok(current) => Some(current),
            Err(fault) => {
                tracing::warn!(%fault, "the hour that has passed could not be counted; what is old stays for longer");
                trouble = Some(format!("the hour that has passed could not be counted ({fault})"));
                None
            }
        };
        hour = counted.or(hour);
        match streams::retain(&hub.store).await {
            Ok(0) => {}
            Ok(entries) => tracing::info!(entries, "entries of streams that every outlet has read were forgotten"),
            Err(fault) => {
                tracing::warn!(%fault, "old entries of streams could not be forgotten; tried again later");
                trouble = Some(format!("old entries of streams could not be forgotten ({fault})"));
            }
        }
        match ingest::take_up(&hub, now).await {
            Ok(0) => {}
            Ok(items) => tracing::info!(items, "kept items of types that were not known when they came were taken up"),
            Err(error) => {
                tracing::warn!(%error, "kept items could not be taken up; tried again later");
                trouble = Some(format!("kept items could not be taken up ({error})"));
            }
        }
        // Without the hour nobody knows how old a snapshot is.
        if let Some(hour) = counted {
            let snapshots = hub.snapshots.clone();
            if let Ok(Err(error)) = tokio::task::spawn_blocking(move || snapshots.prune(hour)).await {
                tracing::warn!(%error, "old snapshots could not be deleted; tried again later");
                trouble = Some(format!("old snapshots could not be deleted ({error})"));
            }
        }
        hub.upkeep.ended(trouble);
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}
