//! Dining tables, for the till to choose from. An order stores the name, not the table.

pub mod http;

use crate::rows::row;

row! {
    /// A dining table.
    pub struct Table,
    /// The checked fields of a table.
    Fields: "table" in "tables" {
        /// Name on the till; `table_number` in orders.
        name: String,
        /// Part of the shop.
        area: Option<String>,
        /// Number of seats.
        seats: Option<i64>,
        /// False: not in use now.
        active: bool,
    }
}
