//! How far this database has read and compared the hub's data.

pub mod cursor;
pub mod expected_heads;
pub mod range;
pub mod snapshot;
