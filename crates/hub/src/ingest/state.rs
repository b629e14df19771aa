//! Handles that the handlers of batches share.

use std::sync::Arc;

use store::Store;

use super::admission::Admission;
use crate::events::Events;
use crate::metrics::HubMetrics;
use crate::streams::Hints;

/// Handles for accepting batches.
#[derive(Clone)]
pub(crate) struct Ingest {
    pub store: Store,
    /// Wakes outlets that wait for changes.
    pub hints: Hints,
    /// Publishes events for the pages of head office.
    pub events: Events,
    /// Admits batches, a few at once.
    pub admission: Arc<Admission>,
    pub counters: HubMetrics,
}
