//! How far this database has read and compared what the hub has.

pub mod cursor;
pub mod range;
pub mod seen_ends;
pub mod snapshot;
