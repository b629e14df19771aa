//! What the handlers of health and metrics share.

use std::sync::Arc;

use store::Store;
use web::metrics::Metrics;
use web::shares::Shares;

use super::upkeep::Upkeep;
use crate::ingest::Gate;
use crate::metrics::Counters;
use crate::outlets::SilentAfter;
use crate::streams::Readers;

/// Handles for looking at the hub.
#[derive(Clone)]
pub(crate) struct Health {
    pub store: Store,
    pub metrics: Metrics,
    pub counters: Counters,
    pub gate: Arc<Gate>,
    pub readers: Readers,
    pub log_ins: Shares,
    pub silent_after: SilentAfter,
    pub upkeep: Arc<Upkeep>,
}
