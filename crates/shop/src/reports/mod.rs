//! Figures of this outlet's sales, calculated from its orders. Head office's are in the hub, by the same rules: a sale counts
//! on the day on which it was paid, a payment on its own day.

pub mod http;
pub mod payments;
pub mod people;
pub mod period;
pub mod taxes;
pub mod tenders;
pub mod today;
