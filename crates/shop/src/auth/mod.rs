//! Authentication: log-in by PIN, sessions, lock-out.

pub mod candidates;
pub mod http;
pub mod throttle;
