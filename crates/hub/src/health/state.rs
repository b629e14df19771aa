//! Handles that the handlers of health and metrics share.

use std::sync::Arc;

use store::Store;
use web::metrics::Metrics;
use web::quotas::Quotas;

use super::upkeep::Upkeep;
use crate::ingest::Admission;
use crate::metrics::HubMetrics;
use crate::outlets::SilentAfter;
use crate::streams::Readers;

/// Handles for health checks.
#[derive(Clone)]
pub(crate) struct Health {
    pub store: Store,
    pub metrics: Metrics,
    pub counters: HubMetrics,
    pub admission: Arc<Admission>,
    pub readers: Readers,
    pub log_ins: Quotas,
    pub silent_after: SilentAfter,
    pub upkeep: Arc<Upkeep>,
}
