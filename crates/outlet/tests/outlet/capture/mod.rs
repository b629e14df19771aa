//! Tests of the capture triggers with SQL only: each change makes its entity dirty, and nothing else.
//!
//! Each test runs on the program's SQLite and on the `sqlite3` shell, with foreign keys on and off. Random SQL while
//! batches are in flight is tested in `crates/sim/tests/capture`.

mod db;
mod plans;
mod rows;
mod schema;
