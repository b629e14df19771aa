//! Dining tables, for the till to choose from, and where they stand on the floor plan. An order stores the name, not the
//! table.

pub mod http;
pub mod state;

use domain::TableShape;

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
        /// Column on the plan of its area, from 0; null: not on the plan.
        plan_x: Option<i64>,
        /// Row on the plan, from 0; null: not on the plan.
        plan_y: Option<i64>,
        /// Columns that it takes.
        plan_w: i64,
        /// Rows that it takes.
        plan_h: i64,
        /// Its shape on the plan.
        plan_shape: String as TableShape,
    }
}
