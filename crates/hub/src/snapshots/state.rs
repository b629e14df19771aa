//! Handles that the download handler shares.

use std::sync::Arc;

use store::Store;

use super::make::Snapshots;
use crate::streams::Readers;

/// Handles for downloading snapshots.
#[derive(Clone)]
pub(crate) struct Downloads {
    pub store: Store,
    pub snapshots: Arc<Snapshots>,
    /// Limits concurrent downloads.
    pub readers: Readers,
}
