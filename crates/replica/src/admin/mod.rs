//! The API for people who look after sync: status, logs, conflicts, quarantine, webhooks.

pub mod audit;
pub mod events;
pub mod http;
pub mod jobs;
pub mod quarantine;
pub mod settings;
pub mod statement;
pub mod status;
pub mod updates;
pub mod webhook;
