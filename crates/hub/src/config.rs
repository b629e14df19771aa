//! A hub's configuration.

use std::path::PathBuf;

use crate::outlets::SilentAfter;

/// A hub's configuration.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// `sqlite:hub.db`, `sqlite:/srv/gerai/hub.db`.
    pub database_url: String,
    /// Outlets' webhooks may lead to private addresses: hub and outlets share a network.
    pub webhook_allow_private: bool,
    /// How long an outlet may go unheard.
    pub silent_after: SilentAfter,
    /// Which names, pages and proxies the server answers to.
    pub edge: web::Edge,
    /// The folder for snapshots; none: [`store::Store::snapshots_path`].
    pub snapshots: Option<PathBuf>,
}
