//! The same tests as in `tests/hub`, on PostgreSQL: `scripts/with-postgres.sh` gives them one. Without it they fail. Left
//! out is what asks no database (`description`) or SQLite's file (`opening`).

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

#[path = "hub/access.rs"]
mod access;
#[path = "hub/app.rs"]
mod app;
#[path = "hub/bodies.rs"]
mod bodies;
#[path = "hub/catalog.rs"]
mod catalog;
#[path = "hub/conflicts.rs"]
mod conflicts;
#[path = "hub/damaged.rs"]
mod damaged;
#[path = "postgres/engine.rs"]
mod engine;
#[path = "hub/enroll.rs"]
mod enroll;
#[path = "hub/figures.rs"]
mod figures;
#[path = "hub/fleet.rs"]
mod fleet;
#[path = "hub/follow.rs"]
mod follow;
#[path = "postgres/hints.rs"]
mod hints;
#[path = "hub/judge.rs"]
mod judge;
#[path = "hub/keys.rs"]
mod keys;
#[path = "postgres/listening.rs"]
mod listening;
#[path = "hub/lists.rs"]
mod lists;
#[path = "hub/mutants.rs"]
mod mutants;
#[path = "postgres/nodes.rs"]
mod nodes;
#[path = "postgres/partitions.rs"]
mod partitions;
#[path = "hub/poll.rs"]
mod poll;
#[path = "hub/projections.rs"]
mod projections;
#[path = "hub/protocol.rs"]
mod protocol;
#[path = "hub/pull.rs"]
mod pull;
#[path = "hub/push.rs"]
mod push;
#[path = "hub/quarantine.rs"]
mod quarantine;
#[path = "postgres/reads.rs"]
mod reads;
#[path = "hub/reports.rs"]
mod reports;
#[path = "hub/retain.rs"]
mod retain;
#[path = "hub/service.rs"]
mod service;
#[path = "hub/shed.rs"]
mod shed;
#[path = "hub/snapshot.rs"]
mod snapshot;
#[path = "hub/staff.rs"]
mod staff;
#[path = "postgres/to_postgres.rs"]
mod to_postgres;
#[path = "postgres/trouble.rs"]
mod trouble;
#[path = "postgres/upgrade.rs"]
mod upgrade;
#[path = "hub/webhooks.rs"]
mod webhooks;
