//! Projections: sales and daily figures, updated in the transaction that stores the order documents.
//!
//! They can be rebuilt from the documents; `verify` compares both.

/// Whether a figure is one that a shop can reach, in SQL. Any other was damaged in the database: a sum leaves it out, so that it
/// neither hides all others nor refuses a batch, until it is calculated again from the documents.
macro_rules! plausible {
    ($figure:literal) => {
        concat!($figure, " between -9000000000000000 and 9000000000000000")
    };
}

pub(crate) mod day_limit;
mod day_totals;
mod order;
pub(crate) mod project;
pub(crate) mod verify;

pub(crate) use day_totals::DayTotals;
pub(crate) use order::Order;
pub(crate) use plausible;
