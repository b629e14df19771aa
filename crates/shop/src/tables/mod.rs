//! Dining tables by name, for the till to choose from. An order keeps the name it was given, not the table.

pub mod http;

use crate::rows::row;

row! {
    /// Where guests sit.
    pub struct Table,
    /// What a caller says of a table, checked.
    Fields: "table" in "tables" {
        /// On the till; as `table_number` in orders.
        name: String,
        /// Part of the house.
        area: Option<String>,
        /// How many it seats.
        seats: Option<i64>,
        /// False: not in use now.
        active: bool,
    }
}
