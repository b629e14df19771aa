//! The hub's API, as outlets and head office use it: through its router, on a real database.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod abusive_clients;
mod access;
mod acknowledged_sales;
mod api_description;
mod app;
mod audit;
mod catalog;
mod clock;
mod conflicts;
mod damaged_rows;
mod disconnects;
mod edge;
mod engine;
mod enroll;
mod events;
mod invalid_bodies;
mod items;
mod keys;
mod lists;
mod long_poll;
mod mutants;
mod open_errors;
mod outlets;
mod overload;
mod pages;
mod prices;
mod products;
mod projections;
mod protocol_examples;
mod pull;
mod push;
mod quarantine;
mod refunds;
mod reports;
mod retention;
mod service;
mod shifts;
mod snapshot;
mod staff;
mod stream_order;
mod verify_figures;
mod webhooks;
