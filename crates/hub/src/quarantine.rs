//! What outlets sent and the hub did not take into its tables, and what outlets said that they hold back or could not
//! apply: for people to look at and decide about.
//!
//! Nothing is deleted here. An acknowledged sale that its outlet has deleted or changed stays in the tables until an admin
//! accepts the outlet's version. What the hub keeps leaves the list when somebody says why; what an outlet holds back is the
//! outlet's to retry or discard, and head office's word on it goes into the outlet's stream.

mod action;
mod count;
mod decide;
mod discard;
mod held;
pub(crate) mod http;
mod list;
mod sale;

pub use action::Action;
pub(crate) use count::count;
pub use decide::{decide, decide_update};
pub use held::{Held, HeldItem, NotApplied, list};
pub use sale::decide_sale;
pub(crate) use sale::{count_sales, outlets_of_sales};
