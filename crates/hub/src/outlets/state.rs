//! What the handlers about outlets share.

use std::sync::Arc;

use store::Store;

use super::silent::SilentAfter;
use super::wrong_codes::WrongCodes;

/// Handles for outlets that enroll, and for watching them.
#[derive(Clone)]
pub(crate) struct Outlets {
    pub store: Store,
    /// Limits tries of enrollment codes.
    pub wrong_codes: Arc<WrongCodes>,
    /// How long an outlet may be silent.
    pub silent_after: SilentAfter,
}
