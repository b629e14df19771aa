//! The tests of `tests/hub` on PostgreSQL, which `scripts/with-postgres.sh` provides; without it they fail. Tests that
//! need no database (`api_description`) or test SQLite's file (`open_errors`) are left out.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

#[path = "hub/access.rs"]
mod access;
#[path = "hub/app.rs"]
mod app;
#[path = "hub/catalog.rs"]
mod catalog;
#[path = "hub/conflicts.rs"]
mod conflicts;
#[path = "hub/damaged_rows.rs"]
mod damaged_rows;
#[path = "postgres/database_faults.rs"]
mod database_faults;
#[path = "postgres/engine.rs"]
mod engine;
#[path = "hub/enroll.rs"]
mod enroll;
#[path = "postgres/hints.rs"]
mod hints;
#[path = "hub/invalid_bodies.rs"]
mod invalid_bodies;
#[path = "hub/items.rs"]
mod items;
#[path = "hub/keys.rs"]
mod keys;
#[path = "postgres/listening.rs"]
mod listening;
#[path = "hub/lists.rs"]
mod lists;
#[path = "hub/long_poll.rs"]
mod long_poll;
#[path = "hub/mutants.rs"]
mod mutants;
#[path = "postgres/nodes.rs"]
mod nodes;
#[path = "hub/outlets.rs"]
mod outlets;
#[path = "hub/overload.rs"]
mod overload;
#[path = "postgres/partitions.rs"]
mod partitions;
#[path = "hub/products.rs"]
mod products;
#[path = "hub/projections.rs"]
mod projections;
#[path = "hub/protocol_examples.rs"]
mod protocol_examples;
#[path = "hub/pull.rs"]
mod pull;
#[path = "hub/push.rs"]
mod push;
#[path = "hub/quarantine.rs"]
mod quarantine;
#[path = "postgres/query_cost.rs"]
mod query_cost;
#[path = "hub/refunds.rs"]
mod refunds;
#[path = "hub/reports.rs"]
mod reports;
#[path = "hub/retention.rs"]
mod retention;
#[path = "hub/service.rs"]
mod service;
#[path = "hub/shifts.rs"]
mod shifts;
#[path = "hub/snapshot.rs"]
mod snapshot;
#[path = "hub/staff.rs"]
mod staff;
#[path = "hub/stream_order.rs"]
mod stream_order;
#[path = "postgres/to_postgres.rs"]
mod to_postgres;
#[path = "postgres/upgrade.rs"]
mod upgrade;
#[path = "hub/verify_figures.rs"]
mod verify_figures;
#[path = "hub/webhooks.rs"]
mod webhooks;
