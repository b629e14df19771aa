//! What the handlers of webhooks and the sender share.

use store::Store;

use crate::metrics::Counters;
use crate::streams::Hints;

/// Handles for telling outlets that a stream has grown.
#[derive(Clone)]
pub(crate) struct Webhooks {
    pub store: Store,
    /// Says when a stream has grown.
    pub hints: Hints,
    pub counters: Counters,
    /// Webhooks may lead to private addresses.
    pub allow_private: bool,
}
