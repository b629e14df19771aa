//! What people see of sync and do about it: status, logs, conflicts, quarantine, webhooks.

pub mod events;
pub mod http;
pub mod quarantine;
pub mod settings;
pub mod statement;
pub mod status;
pub mod updates;
pub mod webhook;
