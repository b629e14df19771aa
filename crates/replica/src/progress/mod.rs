//! How far this database has read and compared what the hub has.

pub mod cursor;
pub mod expected_heads;
pub mod range;
pub mod snapshot;
