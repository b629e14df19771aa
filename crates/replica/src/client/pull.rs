//! Context and errors of reading from a hub.

use tokio_util::sync::CancellationToken;
use web::messages::Reason;

use crate::client::hub::{Client, HubError};
use crate::error::QueueError;
use crate::settings::hub_link::Address;
use crate::state::Replica;

/// Why reading ended early.
#[derive(Debug, thiserror::Error)]
pub enum PullError {
    /// The hub failed or cannot be reached.
    #[error(transparent)]
    Hub(#[from] HubError),
    /// The database failed.
    #[error(transparent)]
    Queue(#[from] QueueError),
}

impl PullError {
    /// Why reading failed, for the log of rounds.
    #[must_use]
    pub fn reason(&self) -> Reason {
        match self {
            Self::Hub(error) => error.reason().clone(),
            Self::Queue(error) => error.reason(),
        }
    }
}

/// Reads from one hub.
pub struct Pull<'a> {
    /// The outlet.
    pub app: &'a Replica,
    /// Client of the hub.
    pub client: &'a Client,
    /// Address of the hub.
    pub address: &'a Address,
    /// Ends the reading between two pages.
    pub stop: &'a CancellationToken,
}
