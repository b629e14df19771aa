//! Accepts batches from outlets: a batch is recorded and applied in one transaction, or not at all.
//!
//! Stores outlet-owned documents unchanged and updates the projections from them. Compares changes of shared entities with
//! the hub's version and applies them. An item that breaks a rule becomes a dead letter on its own: it does not block other
//! items, and nothing that an outlet sent is dropped.

mod accept;
mod accept_dead_letter;
mod admission;
mod body;
mod check;
mod dead_letters;
pub(crate) mod http;
mod incoming;
mod owned;
mod read;
mod reprocess;
mod shared;
pub(crate) mod state;
mod verdict;

pub use accept::{Accepted, Counts, MAX_ITEMS, Refused, accept};
pub(crate) use accept_dead_letter::{Decided, NotAccepted, accept_dead_letter};
pub use admission::{Admission, Overloaded, Permit, WorkPermit};
pub use body::{Packing, text};
pub use read::read;
pub(crate) use reprocess::reprocess;
pub use reprocess::reprocess_next;
