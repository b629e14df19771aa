//! Applies data of the hub to a real database, without a network.

mod compare;
mod conflicts;
mod lost_edits;
mod owned;
mod shop;
mod stream;
mod unapplied;
mod updates;
