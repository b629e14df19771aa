//! The version of this program.

/// As outlets read it in answers and people in the description of the API.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");
