//! Handles that the handlers of streams share.

use store::Store;
use tokio_util::sync::CancellationToken;

use super::hints::Hints;
use super::read_positions::ReadPositions;
use super::readers::Readers;
use crate::events::Events;

/// Handles for reading streams, entities and documents.
#[derive(Clone)]
pub(crate) struct Streams {
    pub store: Store,
    /// Wakes outlets that wait for changes.
    pub hints: Hints,
    /// Publishes events for the pages of head office.
    pub events: Events,
    /// When the read position of each outlet was last stored.
    pub read_positions: ReadPositions,
    /// Limits concurrent reads.
    pub readers: Readers,
    /// Cancelled when the hub stops: waiting requests then answer.
    pub stopping: CancellationToken,
}
