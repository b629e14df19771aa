//! The floor plan: tables on a grid of square cells, a grid for each area.

use crate::string_enum::string_enum;

/// Columns and rows of the grid.
pub const PLAN_CELLS: i64 = 60;
/// Least cells of a table on each side.
pub const MIN_TABLE_CELLS: i64 = 3;
/// Most cells of a table on each side.
pub const MAX_TABLE_CELLS: i64 = 12;
/// Columns of a table unless something else is said.
pub const TABLE_WIDTH: i64 = 4;
/// Rows of a table unless something else is said.
pub const TABLE_HEIGHT: i64 = 3;

/// The shape of a table on the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum TableShape {
    /// With corners.
    #[default]
    Square,
    /// Without.
    Round,
}

string_enum!(TableShape { Square: "square", Round: "round" });
