//! Applies data of the hub to a real database, without a network.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod compare;
mod conflicts;
mod lost_edits;
mod owned;
mod shop;
mod stream;
mod unapplied;
mod updates;
