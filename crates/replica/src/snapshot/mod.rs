//! Loads everything in one file, from the hub or from a USB stick, instead of many ranges.
//!
//! The file is beside the database and is checked whole before anything of it is applied. Then it is applied in small
//! steps with the functions of the comparison, and each step stores its progress in the same transaction. A crash or a
//! broken connection loses nothing.

pub mod apply;
mod fetch;
pub mod offline;
pub mod progress;
pub mod read;
