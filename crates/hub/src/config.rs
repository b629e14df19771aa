//! A hub's configuration.

use std::path::PathBuf;

use crate::outlets::SilentAfter;

/// A hub's configuration.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// Such as `sqlite:hub.db` or `sqlite:/srv/gerai/hub.db`.
    pub database_url: String,
    /// Allow webhooks to private addresses, if hub and outlets share a network.
    pub webhook_allow_private: bool,
    /// How long an outlet may be without contact before it is silent.
    pub silent_after: SilentAfter,
    /// Host names, origins and proxies that the server accepts.
    pub edge: web::Edge,
    /// The folder for snapshots; default: [`store::Store::snapshots_path`].
    pub snapshots: Option<PathBuf>,
}
