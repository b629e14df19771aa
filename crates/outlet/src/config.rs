//! Settings for one start of the outlet's server. The binary reads them from flags, environment and `.env`.

use std::path::PathBuf;

use replica::SyncEnv;

use crate::printing::Patience;

/// Settings for one start.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// The outlet's database file.
    pub db_path: PathBuf,
    /// Hub settings from the environment.
    pub env: SyncEnv,
    /// Allowed host names, page origins and proxies.
    pub edge: web::Edge,
    /// How long printers may take.
    pub printing: Patience,
}
