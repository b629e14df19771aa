//! Handles that the handlers of outlets share.

use std::sync::Arc;

use store::Store;
use web::CodeThrottle;

use super::silence::SilentAfter;
use crate::events::Events;

/// Handles for enrollment and presence.
#[derive(Clone)]
pub(crate) struct Outlets {
    pub store: Store,
    /// Publishes events for the pages of head office.
    pub events: Events,
    /// Limits attempts at enrollment codes.
    pub enroll_throttle: Arc<CodeThrottle>,
    /// How long an outlet may be without contact before it is silent.
    pub silent_after: SilentAfter,
}
