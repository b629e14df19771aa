//! State shared by the shop's handlers.

use std::sync::Arc;

use access::Access;
use axum::extract::FromRef;
use sqlite::Db;
use web::CodeThrottle;
use web::quotas::Quotas;
use web::token::Tokens;

use crate::attempt_locks::AttemptLocks;
use crate::display::Displays;

/// The shop's state; cheap to clone.
#[derive(Clone)]
pub struct Shop {
    /// The outlet's database.
    pub db: Db,
    /// Signs and checks sessions.
    pub tokens: Tokens,
    /// Authenticates callers.
    pub access: Access,
    /// Quota of PIN checks.
    pub log_ins: Quotas,
    /// Serializes PIN attempts per user.
    pub attempt_locks: Arc<AttemptLocks>,
    /// Limits wrong pairing codes.
    pub pairing_throttle: Arc<CodeThrottle>,
    /// What tills show their guests.
    pub displays: Arc<Displays>,
    /// Limits guessed addresses of receipts.
    pub receipt_throttle: Arc<CodeThrottle>,
    /// The outlet's code from the environment, if the database has none.
    pub outlet_code: Option<String>,
}

impl FromRef<Shop> for Access {
    fn from_ref(shop: &Shop) -> Self {
        shop.access.clone()
    }
}
