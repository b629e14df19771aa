//! Much at once: one file from the hub, or from a stick, in the place of many ranges.
//!
//! The file lies beside the database and is checked as a whole before anything of it is applied; then it is applied a
//! little at a time, by the verbs of the comparison, and where that stands is kept in the same transactions. A crash or a
//! cut line loses nothing that has come.

pub mod apply;
mod fetch;
pub mod offline;
pub mod progress;
pub mod read;
