//! What was sold: tables kept in step with the order documents, and the reports that read them.

/// Whether a figure is one that a shop can reach, in SQL. Any other was damaged in the database: a sum leaves it out, so that it
/// neither hides all others nor refuses a batch, until it is calculated again from the documents.
macro_rules! plausible {
    ($figure:literal) => {
        concat!($figure, " between -9000000000000000 and 9000000000000000")
    };
}

mod daily;
pub(crate) mod http;
mod list;
mod one;
mod order;
mod products;
pub(crate) mod project;
pub(crate) mod room;
mod shapes;
pub(crate) mod statement;
mod tally;
pub(crate) mod verify;

pub(crate) use order::Order;
pub(crate) use tally::Tally;
