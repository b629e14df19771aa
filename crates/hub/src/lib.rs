//! Head office's server: accepts the outlets' sales, stores their documents, shares master data, and makes reports.
//!
//! A batch is recorded and applied as a whole or not at all, and its documents are stored unchanged. Each outlet reads
//! the changes of head office and of other outlets from numbered streams, at its own pace. The database is SQLite or
//! PostgreSQL; only the crate `store` knows which.

pub mod audit;
pub mod backup;
pub mod catalog;
mod chain;
mod config;
pub mod conflicts;
mod cursor;
mod events;
mod health;
pub mod hours;
mod ids;
pub mod ingest;
mod json;
mod metrics;
mod open;
pub mod outlets;
#[cfg(test)]
mod plans;
mod projections;
pub mod quarantine;
pub mod reports;
mod retry_after;
mod routes;
mod schema;
mod search;
mod serve;
pub mod snapshots;
pub mod staff;
mod state;
pub mod streams;
mod tls;
mod upkeep;
mod version;
pub mod webhooks;

pub use config::Config;
pub use open::OpenError;
pub use projections::verify::{DifferingDay, UnreadableOrder, Verified};
pub use schema::SCHEMA;
pub use staff::FirstAdmin;
pub use state::Hub;
pub use streams::retain;

/// The description of the hub's API.
#[must_use]
pub fn api() -> utoipa::openapi::OpenApi {
    routes::api()
}
