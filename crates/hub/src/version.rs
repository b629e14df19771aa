//! The version of this program.

/// As in answers to outlets and in the API description.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");
