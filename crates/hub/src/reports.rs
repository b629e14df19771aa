//! Reports for head office: orders, days, products, refunds, statements, outlets.

pub(crate) mod audit;
mod by;
mod by_date;
mod daily;
pub(crate) mod drawers;
pub(crate) mod http;
mod list;
mod one;
pub(crate) mod outlets;
mod owned;
mod people;
pub(crate) mod printers;
mod products;
pub(crate) mod refunds;
mod shapes;
pub(crate) mod shifts;
pub(crate) mod statement;
mod taxes;
mod tenders;
pub(crate) mod unconfirmed;

pub use outlets::{OutletSummary, list as list_outlets};
