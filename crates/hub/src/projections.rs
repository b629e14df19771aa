//! Projections: figures that head office calculates from documents, updated in the transaction that stores a document.
//!
//! A projection implements [`Projection`] for one entity and has a line in `registry`. Ingest and verification reach
//! projections through the registry only. Projections can be rebuilt from the documents; `verify` compares both.

/// The SQL condition that a figure is in a range that a shop can reach. A figure outside was damaged in the database: sums
/// omit it, so that it neither hides all others nor blocks a batch, until `verify` recalculates it.
macro_rules! plausible {
    ($figure:literal) => {
        concat!($figure, " between -9000000000000000 and 9000000000000000")
    };
}

mod cells;
mod projection;
mod refunds;
mod registry;
mod row_tables;
mod sales;
mod shifts;
pub(crate) mod verify;

pub(crate) use plausible;
pub(crate) use projection::{Projection, Rejection, Reversal, Source};
pub(crate) use registry::{Changes, Document, read, reversal};
pub(crate) use sales::Sales;
