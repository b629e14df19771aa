//! The version of this program.

pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");
