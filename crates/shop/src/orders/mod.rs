//! Orders: create, change while open, pay, void. A paid order never changes.

mod calculate;
pub mod change_lines;
pub mod create;
pub mod details;
pub mod discounts;
mod edit;
pub mod http;
pub mod lines;
pub mod list;
pub mod merge;
pub mod number;
pub mod pay;
pub mod payments;
pub mod quote;
mod rows;
mod scanned;
pub mod split;
mod store;
pub mod void;
pub mod void_line;

pub use rows::{Charge, Order, OrderDiscount, OrderLine, Payment};
pub use store::get;
pub(crate) use store::{load_details, save};
