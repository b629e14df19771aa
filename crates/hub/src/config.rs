//! What a hub needs to know before it starts.

/// A hub's configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// `sqlite:hub.db`, `sqlite:/srv/gerai/hub.db`.
    pub database_url: String,
}
