//! The hub as outlets and head office meet it: through its router, on a real database.

mod app;
mod bodies;
mod judge;
mod keys;
mod projections;
mod push;
mod reports;
mod service;
mod staff;
