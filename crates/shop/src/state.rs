//! What the handlers of the shop share.

use std::sync::Arc;

use access::Access;
use axum::extract::FromRef;
use sqlite::Db;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use web::quotas::Quotas;
use web::token::Tokens;

use crate::attempt_locks::AttemptLocks;

/// Cheap to clone.
#[derive(Clone)]
pub struct Shop {
    /// The outlet's database.
    pub db: Db,
    /// Signs and checks sessions.
    pub tokens: Tokens,
    /// Knows the callers.
    pub access: Access,
    /// Places for event streams.
    pub streams: Quotas,
    /// Places for checks of PINs.
    pub log_ins: Quotas,
    /// Tries at PINs, one after the other.
    pub turns: Arc<AttemptLocks>,
    /// The outlet's code in its environment, where the database has none.
    pub outlet_code: Option<String>,
    /// Counts the rows of the catalog that came from head office.
    pub catalog_changes: watch::Receiver<u64>,
    /// Cancelled when the server stops: ends the event streams.
    pub stopping: CancellationToken,
}

impl FromRef<Shop> for Access {
    fn from_ref(shop: &Shop) -> Self {
        shop.access.clone()
    }
}
