//! Settings of one start of the outlet's server. The binary reads flags, environment and `.env`.

use std::path::PathBuf;

use replica::SyncEnv;

/// Settings of one start.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// The outlet's database file.
    pub db_path: PathBuf,
    /// What the environment says about the hub.
    pub env: SyncEnv,
    /// Which names, pages and proxies the server answers to.
    pub edge: web::Edge,
}
