//! Dead letters, and the quarantine that outlets reported, for people to inspect and decide.
//!
//! Nothing is deleted here. An acknowledged sale that its outlet deleted or changed stays in the tables until an admin
//! accepts the outlet's version. A dead letter leaves the list when somebody discards it with a reason. The outlet
//! itself retries or discards an item in its quarantine; head office's decision goes into the outlet's stream.

mod action;
mod count;
mod decide;
mod discard;
pub(crate) mod http;
mod list;
mod reported;
mod sale;

pub use action::Action;
pub(crate) use count::count;
pub use decide::{decide, decide_update};
pub use reported::{OutletQuarantine, ReportedItem, UnappliedUpdate, list};
pub use sale::decide_sale;
pub(crate) use sale::{count_sales, outlets_of_sales};
