//! What the handlers about head office's users share.

use std::sync::Arc;

use store::Store;
use web::shares::Shares;
use web::token::Tokens;

use super::waits::Waits;

/// Handles for logging in.
#[derive(Clone)]
pub(crate) struct Staff {
    pub store: Store,
    /// Signs sessions.
    pub tokens: Arc<Tokens>,
    /// Addresses that wait after wrong passwords.
    pub waits: Arc<Waits>,
    /// Limits password checks that run at once.
    pub log_ins: Shares,
}
