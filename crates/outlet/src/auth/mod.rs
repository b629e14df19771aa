//! Who is asking: log-in by PIN, sessions, lock-out.

pub mod addresses;
pub mod attempt;
pub mod http;
pub mod session;

pub use session::{Actor, User, require};
