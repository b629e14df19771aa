//! The outlet's side of sync. It knows entities by their declaration in `protocol` only, and no feature of the shop.
//!
//! `engine` schedules, `push` sends local changes, `pull` applies the hub's changes, `reconcile` compares both sides,
//! `snapshot` loads everything in one file, `client` talks to the hub, `admin` is the API for people.

pub mod admin;
mod atomically;
pub mod audit;
pub mod batches;
pub mod capture;
pub mod chain;
pub mod client;
pub mod config;
pub mod conflicts;
pub mod engine;
pub mod entities;
pub mod error;
pub mod history;
pub mod images;
pub mod jobs;
pub mod link;
pub mod logs;
pub mod progress;
pub mod pull;
pub mod push;
pub mod quarantine;
pub mod reconcile;
pub mod requests;
pub mod settings;
pub mod snapshot;
pub mod state;
pub mod unapplied;
pub mod unreadable;
pub mod webhook_ids;

pub use config::SyncEnv;
pub use state::Replica;
