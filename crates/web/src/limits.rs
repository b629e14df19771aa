//! How long a server waits for its clients, and how much it holds for them.

use std::time::Duration;

/// The limits of one server. [`Limits::default`] is what `gerai` uses; tests shorten the waits.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Connections at the same time; none: as many as the limit of open files allows.
    pub connections: Option<usize>,
    /// The wait for the whole head of the next request.
    pub head: Duration,
    /// The wait for a body that makes no progress, and for a client that takes nothing of its answer.
    pub stall: Duration,
    /// The wait for a whole body, whatever its pace.
    pub body: Duration,
    /// Bytes of bodies that are arriving, batches aside; one address gets half.
    pub body_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: None,
            head: Duration::from_secs(30),
            stall: Duration::from_secs(20),
            // An outlet itself gives up on a batch after a minute.
            body: Duration::from_mins(5),
            body_bytes: 32 << 20,
        }
    }
}
