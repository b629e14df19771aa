//! Handles that the webhook handlers and the sender share.

use store::Store;

use crate::metrics::HubMetrics;
use crate::streams::Hints;

/// Handles for telling outlets that a stream has grown.
#[derive(Clone)]
pub(crate) struct Webhooks {
    pub store: Store,
    /// Says when a stream has grown.
    pub hints: Hints,
    pub counters: HubMetrics,
    /// Webhooks may lead to private addresses.
    pub allow_private: bool,
}
