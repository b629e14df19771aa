//! Handles that the handlers of outlets share.

use std::sync::Arc;

use store::Store;

use super::enroll_throttle::EnrollThrottle;
use super::silence::SilentAfter;

/// Handles for outlets that enroll, and for watching them.
#[derive(Clone)]
pub(crate) struct Outlets {
    pub store: Store,
    /// Limits tries of enrollment codes.
    pub enroll_throttle: Arc<EnrollThrottle>,
    /// How long an outlet may be silent.
    pub silent_after: SilentAfter,
}
