//! What the worker and the handlers of sync share.

use std::sync::Arc;

use access::Access;
use axum::extract::FromRef;
use sqlite::Db;
use tokio_util::sync::CancellationToken;
use web::quotas::Quotas;

use crate::config::SyncEnv;
use crate::link::Link;
use crate::seen_webhooks::Seen;

/// Cheap to clone.
#[derive(Clone)]
pub struct Replica {
    /// The outlet's database.
    pub db: Db,
    /// What the environment says about the hub.
    pub env: Arc<SyncEnv>,
    /// What is known of the link to the hub; the worker's side of it.
    pub link: Arc<Link>,
    /// Knows the callers.
    pub access: Access,
    /// Places for event streams.
    pub streams: Quotas,
    /// Webhooks that came before.
    pub webhooks: Arc<Seen>,
    /// Cancelled when the server stops: ends the event streams.
    pub stopping: CancellationToken,
}

impl FromRef<Replica> for Access {
    fn from_ref(replica: &Replica) -> Self {
        replica.access.clone()
    }
}
