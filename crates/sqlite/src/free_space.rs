//! How much room there is for a database to grow.

use std::path::Path;

/// What this user may still write where a file is, in bytes; none where the system does not say.
#[must_use]
pub fn free_bytes(file: &Path) -> Option<u64> {
    let found = rustix::fs::statvfs(file).ok()?;
    Some(found.f_bavail.saturating_mul(found.f_frsize))
}
