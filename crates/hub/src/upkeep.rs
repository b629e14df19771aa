//! Hourly upkeep: deletes expired data, reprocesses dead letters of types that this version knows, and compares sales and
//! figures with the documents.

use std::time::Duration;

use store::Fault;
use tokio_util::sync::CancellationToken;
use web::Notice;
use web::messages::Message;

use crate::catalog::{images, retain_bulk_changes};
use crate::projections::verify::{Check, Verified};
use crate::state::Hub;
use crate::{hours, ingest, staff, streams};

const EVERY: Duration = Duration::from_secs(3_600);
/// Orders that are compared with their documents per hour, in turn: seconds of one core.
const ORDERS_AN_HOUR: usize = 100_000;

fn failed(reason: &'static str, error: &dyn std::fmt::Display) -> Message {
    Notice::UpkeepFailed.with("reason", reason).with("detail", error.to_string())
}

/// Runs at once and then every hour until `stop`.
pub(crate) async fn run(hub: Hub, stop: CancellationToken) {
    let (mut hour, mut check) = (None, Check::default());
    loop {
        let now = web::time::now();
        let mut last_error = None;
        let counted = match hub.store.write(move |tx| hours::passed(tx, hour)).await {
            Ok(current) => Some(current),
            Err(fault) => {
                tracing::warn!(%fault, "could not count the hour; retention is extended");
                last_error = Some(failed("hour", &fault));
                None
            }
        };
        hour = counted.or(hour);
        if let Some(hour) = counted
            && let Err(fault) = hub.store.write(move |tx| staff::prune_ended_sessions(tx, hour, now)).await
        {
            tracing::warn!(%fault, "could not delete ended sessions; retrying later");
            last_error = Some(failed("sessions", &fault));
        }
        if let Err(fault) = hub.store.write(images::prune).await {
            tracing::warn!(%fault, "could not delete unused images; retrying later");
            last_error = Some(failed("images", &fault));
        }
        match streams::retain(&hub.store).await {
            Ok(0) => {}
            Ok(entries) => tracing::info!(entries, "deleted stream entries that all outlets have read"),
            Err(fault) => {
                tracing::warn!(%fault, "could not delete old stream entries; retrying later");
                last_error = Some(failed("streams", &fault));
            }
        }
        match ingest::reprocess(&hub.store, &hub.hints, now).await {
            Ok(0) => {}
            Ok(items) => tracing::info!(items, "reprocessed dead letters of new types"),
            Err(error) => {
                tracing::warn!(%error, "could not reprocess dead letters; retrying later");
                last_error = Some(failed("dead_letters", &error));
            }
        }
        // The age of snapshots is counted in the same hours.
        if let Some(hour) = counted {
            if let Err(fault) = hub.store.write(move |tx| retain_bulk_changes(tx, hour)).await {
                tracing::warn!(%fault, "could not delete old bulk changes; retrying later");
                last_error = Some(failed("bulk_changes", &fault));
            }
            let snapshots = hub.snapshots.clone();
            if let Ok(Err(error)) = tokio::task::spawn_blocking(move || snapshots.prune(hour)).await {
                tracing::warn!(%error, "could not delete old snapshots; retrying later");
                last_error = Some(failed("snapshots", &error));
            }
        }
        let compared = tokio::select! {
            compared = verify_some(&hub, &mut check, true, ORDERS_AN_HOUR) => compared,
            () = stop.cancelled() => return,
        };
        match compared {
            Ok((verified, _)) if verified.unrepaired.is_empty() => {}
            Ok(_) => last_error = Some(Notice::UpkeepFailed.with("reason", "figures")),
            Err(fault) => {
                tracing::warn!(%fault, "could not compare sales and figures with the documents; retrying later");
                last_error = Some(failed("comparison", &fault));
            }
        }
        hub.upkeep.ended(last_error);
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

/// Compares a part of the sales and daily figures with the documents; returns whether it was the last part.
pub(crate) async fn verify_some(
    hub: &Hub,
    check: &mut Check,
    repair: bool,
    most_orders: usize,
) -> Result<(Verified, bool), Fault> {
    let mut found = Verified::default();
    let done = check.go_on(&hub.store, repair, most_orders, &mut found).await;
    let all_unreadable = done.as_ref().ok().and_then(Option::as_ref);
    hub.upkeep.record_unreadable(&found.unreadable, all_unreadable);
    if repair {
        hub.counters.repaired_days(found.differing.len());
        hub.upkeep.record_repaired(found.differing.iter().cloned());
    }
    done.map(|all_unreadable| (found, all_unreadable.is_some()))
}
