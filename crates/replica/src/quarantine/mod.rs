//! What is stuck on its way up or down, why, and discarding it.
//!
//! Nothing that was sold is ever deleted here, and nothing is discarded without a record of who, when and why.
//! Trying again is in `queue::reopen` (a person asks), `queue::again` (the cause has gone) and `pull::kept` (updates).

pub mod discard;
pub mod discard_update;
pub mod list;
pub mod record;
pub mod sale;
