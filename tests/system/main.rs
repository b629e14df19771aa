//! Tests of the whole system: the real binary, real files, real sockets.
#![expect(clippy::unwrap_used, reason = "a test that cannot continue panics")]

mod backup;
mod bad_input;
mod busy;
mod cafe_day;
mod clone;
mod conflict;
mod contract;
mod enroll;
mod env_file;
mod failures;
mod folder;
mod healing;
mod https;
mod logs;
mod outage;
mod output;
mod promises;
mod settings;
mod snapshot;
mod source_document;
mod start;
mod tools;
