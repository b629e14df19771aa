//! Handles that the log-in handler shares.

use std::sync::Arc;

use store::Store;
use web::quotas::Quotas;
use web::token::Tokens;

use super::login_throttle::LoginThrottle;

/// Handles for log-ins.
#[derive(Clone)]
pub(crate) struct Staff {
    pub store: Store,
    /// Signs sessions.
    pub tokens: Arc<Tokens>,
    /// Delays addresses after wrong passwords.
    pub login_throttle: Arc<LoginThrottle>,
    /// Limits concurrent password checks.
    pub log_ins: Quotas,
}
