//! Head office's server: takes in what outlets sell, keeps their documents, and reports.
//!
//! A batch is recorded and applied together, or not at all; what it stores is what was sent. What outlets must learn
//! of each other and of head office stands in streams that each reads at its own pace. Data is kept in SQLite or
//! PostgreSQL; the crate `store` is the only room that knows which.

pub mod backup;
pub mod catalog;
mod config;
pub mod conflicts;
mod cursor;
mod figures;
mod health;
pub mod ingest;
pub mod outlets;
#[cfg(test)]
mod plans;
pub mod quarantine;
mod routes;
mod sales;
mod schema;
pub mod snapshots;
pub mod staff;
mod state;
pub mod streams;
mod upkeep;
pub mod webhooks;

pub use config::Config;
pub use health::CODES as HEALTH_CODES;
pub use sales::verify::{DifferingDay, UnreadableOrder, Verified};
pub use schema::SCHEMA;
pub use staff::FirstAdmin;
pub use state::{Hub, OpenError};
pub use streams::retain;

/// The version of Gerai that this hub is, as outlets are told.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The description of the hub's API.
#[must_use]
pub fn api() -> utoipa::openapi::OpenApi {
    routes::api()
}
