//! What the triggers promise, on SQL alone: every change leaves its entity dirty, and nothing else.
//!
//! Each test runs on the SQLite inside the program and on the `sqlite3` shell, with foreign keys on and off. Random SQL
//! while batches are under way is in `crates/sim/tests/capture`.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod db;
mod plans;
mod rows;
mod schema;
