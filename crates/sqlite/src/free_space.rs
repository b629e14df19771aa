//! Free disk space for a database.

use std::path::Path;

/// Bytes that this user can still write to the disk of a file; `None` if the system does not report it.
#[must_use]
pub fn free_bytes(file: &Path) -> Option<u64> {
    let found = rustix::fs::statvfs(file).ok()?;
    Some(found.f_bavail.saturating_mul(found.f_frsize))
}
