//! What the triggers promise, on SQL alone: every change leaves its entity dirty, and nothing else.
//!
//! Each test runs on the SQLite inside the program and on the `sqlite3` shell, with foreign keys on and off. At the end
//! seeded worlds change rows at random while batches are made, lost, late, given up and acknowledged, and a hub made of
//! the batches' JSON alone must end with the outlet's own documents.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod db;
mod plans;
mod rows;
mod schema;
mod worlds;
