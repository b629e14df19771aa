//! Compares outlet and hub, range by range.

pub mod cancel;
pub mod owned;
pub mod rejoin;
pub mod shared;
pub mod statement;
pub mod verify;
