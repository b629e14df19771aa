//! The hub as outlets and head office meet it: through its router, on a real database.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod access;
mod acknowledged;
mod app;
mod bodies;
mod catalog;
mod clock;
mod conflicts;
mod damaged;
mod description;
mod edge;
mod engine;
mod enroll;
mod figures;
mod fleet;
mod follow;
mod hang_ups;
mod judge;
mod keys;
mod lists;
mod mutants;
mod opening;
mod poll;
mod projections;
mod protocol;
mod pull;
mod push;
mod quarantine;
mod reports;
mod retain;
mod service;
mod shed;
mod snapshot;
mod staff;
mod strangers;
mod webhooks;
