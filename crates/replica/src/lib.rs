//! The outlet's side of sync. It knows entities by their declaration in `protocol` only, and no feature of the shop.
//!
//! `engine` decides when to do what, `push` sends local changes, `pull` applies what the hub has, `reconcile` compares
//! both sides, `snapshot` reads much at once, `client` talks to the hub, `admin` is what people see.

pub mod admin;
pub mod batches;
pub mod capture;
pub mod chain;
pub mod client;
pub mod config;
pub mod conflicts;
pub mod engine;
pub mod entities;
pub mod error;
pub mod link;
pub mod logs;
pub mod progress;
pub mod pull;
pub mod push;
pub mod quarantine;
pub mod reconcile;
pub mod requests;
pub mod seen_webhooks;
pub mod settings;
pub mod snapshot;
pub mod state;
pub mod unapplied;
pub mod unreadable;

pub use config::SyncEnv;
pub use state::Replica;
