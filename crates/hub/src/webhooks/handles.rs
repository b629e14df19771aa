//! Handles that the webhook handlers and the sender share.

use store::Store;

use crate::metrics::HubMetrics;
use crate::streams::Hints;

/// Handles for sending webhooks.
#[derive(Clone)]
pub(crate) struct Webhooks {
    pub store: Store,
    /// Notifies when a stream has grown.
    pub hints: Hints,
    pub counters: HubMetrics,
    /// Whether webhooks to private addresses are allowed.
    pub allow_private: bool,
}
