//! Timeouts and memory limits of a server.

use std::time::Duration;

/// The limits of one server. `gerai` uses [`Limits::default`]; tests use shorter timeouts.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Maximum number of connections; `None`: as many as the limit of open files allows.
    pub connections: Option<usize>,
    /// Timeout for the complete head of the next request.
    pub head: Duration,
    /// Timeout for a body without progress, and for a client that reads nothing of its answer.
    pub stall: Duration,
    /// Timeout for a complete body, at any rate.
    pub body: Duration,
    /// Bytes of bodies in transit, except batches; one address gets half.
    pub body_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: None,
            head: Duration::from_secs(30),
            stall: Duration::from_secs(20),
            // An outlet times out a batch after a minute.
            body: Duration::from_mins(5),
            body_bytes: 32 << 20,
        }
    }
}
