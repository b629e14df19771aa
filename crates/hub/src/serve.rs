//! Serves the routes and runs the background tasks.

use std::io;
use std::time::Duration;

use axum::extract::FromRef;
use jiff::Timestamp;
use store::Fault;
use tokio_util::sync::CancellationToken;
use web::server::Listeners;

use crate::ingest::{self, Refused};
use crate::outlets::state::Outlets;
use crate::projections::verify::{Check, Verified};
use crate::state::Hub;
use crate::webhooks::handles::Webhooks;
use crate::{outlets, routes, streams, upkeep, webhooks};

/// Maximum time for background tasks to end.
const LAST_WORK: Duration = Duration::from_secs(3);

impl Hub {
    /// The router with all routes.
    pub fn router(&self) -> axum::Router {
        routes::router(self)
    }

    /// Sends the webhooks that are due at `now`. A serving hub does this itself.
    ///
    /// # Errors
    /// The database failed.
    pub async fn send_webhooks(&self, now: Timestamp) -> Result<(), Fault> {
        webhooks::send_due(&Webhooks::from_ref(self), now).await
    }

    /// Compares all sales and daily figures with the order documents, and recalculates differences if `repair` is set.
    /// May run while a hub serves.
    ///
    /// # Errors
    /// The database failed.
    pub async fn verify_figures(&self, repair: bool) -> Result<Verified, Fault> {
        let (verified, _) = upkeep::verify_some(self, &mut Check::default(), repair, usize::MAX).await?;
        Ok(verified)
    }

    /// Reprocesses dead letters of types that this version knows; returns their number. A serving hub does this itself.
    ///
    /// # Errors
    /// [`Refused`]; items that were applied before the error stay applied.
    pub async fn reprocess(&self, now: Timestamp) -> Result<usize, Refused> {
        ingest::reprocess(&self.store, &self.hints, now).await
    }

    /// Serves until `stop`, finishes running requests, and closes the database.
    ///
    /// # Errors
    /// The listener failed.
    pub async fn serve(&self, listeners: impl Into<Listeners>, stop: CancellationToken) -> io::Result<()> {
        let listeners = listeners.into();
        let serving = Self { stopping: stop.clone(), tls: listeners.tls(), ..self.clone() };
        if let Err(fault) = streams::create_partitions(&self.store).await {
            tracing::warn!(%fault, "could not create partitions for new stream entries; retrying within the hour");
        }
        let webhooks = tokio::spawn(webhooks::run(Webhooks::from_ref(&serving), stop.clone()));
        let upkeep = tokio::spawn(upkeep::run(serving.clone(), stop.clone()));
        let watch = tokio::spawn(outlets::watch::run(Outlets::from_ref(&serving), stop.clone()));
        let served = {
            let (limits, metrics) = (&self.edge.limits, &self.metrics);
            web::server::serve_within(limits, metrics, listeners, serving.router(), stop.clone()).await
        };
        stop.cancel();
        // Panics are logged where they occur. The database is closed even if a task hangs.
        let _ = tokio::time::timeout(LAST_WORK, async { tokio::join!(webhooks, upkeep, watch) }).await;
        self.store.close().await;
        served
    }
}
