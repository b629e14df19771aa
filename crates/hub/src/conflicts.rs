//! What an outlet and head office changed differently, as the outlets' own records say it, and head office's word on
//! those that are open.
//!
//! The hub decides nothing here: a resolution goes into the outlet's stream like any change, and the outlet carries it
//! out. Until its record says so, the conflict is shown as `resolving`.

pub(crate) mod http;
mod list;
mod open;
mod record;
mod resolve;

pub(crate) use open::{count_all_open, count_open};
pub use record::{Conflict, Strategy};
pub use resolve::resolve;
