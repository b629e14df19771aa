//! State shared by the worker and the handlers of sync.

use std::sync::Arc;

use access::Access;
use axum::extract::FromRef;
use protocol::devices::DeviceReport;
use rusqlite::Transaction;
use sqlite::{Db, Fault};
use tokio_util::sync::CancellationToken;
use web::quotas::Quotas;

use crate::config::SyncEnv;
use crate::jobs::Jobs;
use crate::link::Link;
use crate::webhook_ids::WebhookIds;

/// The state of sync; cheap to clone.
#[derive(Clone)]
pub struct Replica {
    /// The outlet's database.
    pub db: Db,
    /// Link settings from the environment.
    pub env: Arc<SyncEnv>,
    /// State of the link to the hub, shared with the worker.
    pub link: Arc<Link>,
    /// Authentication of callers.
    pub access: Access,
    /// Limits on event streams.
    pub streams: Quotas,
    /// Work in the background that people started.
    pub jobs: Jobs,
    /// Webhooks received lately.
    pub webhooks: Arc<WebhookIds>,
    /// Cancelled when the server stops; ends the event streams.
    pub stopping: CancellationToken,
    /// Reads what the shop reports of its devices.
    pub devices: fn(&Transaction<'_>) -> Result<DeviceReport, Fault>,
}

impl FromRef<Replica> for Access {
    fn from_ref(replica: &Replica) -> Self {
        replica.access.clone()
    }
}
