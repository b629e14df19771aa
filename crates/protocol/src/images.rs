//! Images of products between outlets and the hub: files by their hash, apart from the products that name them.

use serde::{Deserialize, Serialize};

/// Hashes in one list.
pub const MAX_WANTED: i64 = 500;

/// Files that the hub lacks: products name them, and no outlet has sent them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WantedImages {
    /// Their hashes, at most 500.
    pub wanted: Vec<String>,
}
