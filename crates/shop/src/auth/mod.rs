//! Who is asking: log-in by PIN, sessions, lock-out.

pub mod attempt;
pub mod http;
pub mod throttle;
