//! Figures of this outlet's sales, calculated from its orders. Head office's are in the hub, by the same rules: a paid
//! order counts on its business date, whatever the day of its payment.

pub mod http;
pub mod today;
