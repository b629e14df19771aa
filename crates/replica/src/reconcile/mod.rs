//! Comparing both sides, range by range.

pub mod range;
pub mod seen_ends;
pub mod settled;
pub mod shared_state;
pub mod statement;
pub mod verify;
