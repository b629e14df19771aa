//! Authentication: log-in by PIN, sessions, lock-out and its end by a manager.

pub mod candidates;
pub mod http;
pub mod lockouts;
pub mod throttle;
