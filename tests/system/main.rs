//! The whole system as its users meet it: the real binary, real files, real sockets.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod backup;
mod bad_input;
mod enroll;
mod folder;
mod settings;
mod snapshot;
mod source_document;
mod start;
mod tools;
