//! Conflicts between an outlet's and head office's changes, from the outlets' records, and head office's resolutions.
//!
//! The hub does not merge. A resolution goes into the outlet's stream like any other change, and the outlet carries it out.
//! Until the outlet's record reports that, the conflict has the status `resolving`.

pub(crate) mod http;
mod list;
mod open;
mod record;
mod resolve;

pub(crate) use open::{count_all_open, count_open};
pub use record::{Conflict, Strategy};
pub use resolve::resolve;
