//! Comparing both sides, range by range.

pub mod own;
pub mod settled;
pub mod shared_state;
pub mod statement;
pub mod verify;
