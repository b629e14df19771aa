//! Handles that the handlers of streams share.

use store::Store;
use tokio_util::sync::CancellationToken;

use super::hints::Hints;
use super::read_positions::ReadPositions;
use super::readers::Readers;

/// Handles for reading streams, entities and documents.
#[derive(Clone)]
pub(crate) struct Streams {
    pub store: Store,
    /// Wakes outlets that wait for changes.
    pub hints: Hints,
    /// How far outlets have read, and when that was last written down.
    pub read_positions: ReadPositions,
    /// Limits requests that read at once.
    pub readers: Readers,
    /// Cancelled when the hub stops: requests that wait then answer.
    pub stopping: CancellationToken,
}
