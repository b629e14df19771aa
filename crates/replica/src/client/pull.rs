//! Asking one hub for what it has.

use tokio_util::sync::CancellationToken;

use crate::client::hub::{Client, HubError};
use crate::error::QueueError;
use crate::settings::hub_link::Address;
use crate::state::Replica;

/// Why reading ended early.
#[derive(Debug, thiserror::Error)]
pub enum PullError {
    /// The hub, or the way there.
    #[error(transparent)]
    Cloud(#[from] HubError),
    /// The database.
    #[error(transparent)]
    Queue(#[from] QueueError),
}

/// Reads from one hub.
pub struct Pull<'a> {
    /// The outlet.
    pub app: &'a Replica,
    /// To the hub.
    pub client: &'a Client,
    /// Where it is.
    pub address: &'a Address,
    /// Ends it early, between two pages.
    pub stop: &'a CancellationToken,
}
