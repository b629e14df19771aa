//! Refunds of paid orders: documents of their own, which never change. The order stays as it is.

pub mod create;
pub mod http;
pub mod list;
mod rows;
mod sold;
mod store;

pub use rows::{Refund, RefundCharge, RefundLine, RefundPayment};
pub(crate) use store::load_into;
pub use store::{get, insert};
