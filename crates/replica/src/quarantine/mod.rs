//! Quarantine: failed items and unapplied updates, the reasons, and discarding them.
//!
//! No sale is deleted here, and nothing is discarded without a record of user, time and reason. Retries are in
//! `push::requeue` (on request), `push::auto_retry` (the cause is gone) and `pull::retry` (updates).

pub mod discard;
pub mod discard_update;
pub mod list;
pub mod record;
pub mod sale;
