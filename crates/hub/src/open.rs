//! Opens a hub: database, session secret, first user.

use std::io;
use std::sync::Arc;

use jiff::Timestamp;
use store::Store;
use tokio_util::sync::CancellationToken;
use web::events::STREAMS;
use web::metrics::Metrics;
use web::quotas::Quotas;
use web::tls::TlsHandle;
use web::token::Tokens;

use crate::config::Config;
use crate::events::Events;
use crate::metrics::HubMetrics;
use crate::schema::SCHEMA;
use crate::snapshots::Snapshots;
use crate::staff::{self, FirstAdmin, FirstAdminError};
use crate::state::Hub;
use crate::streams::{self, Hints, ReadPositions, Readers};

/// Why a hub cannot start.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The database cannot be opened.
    #[error(transparent)]
    Store(#[from] store::OpenError),
    /// The secret that signs sessions cannot be read or created.
    #[error(transparent)]
    Secret(#[from] store::SecretError),
    /// The first user cannot be created.
    #[error(transparent)]
    FirstAdmin(#[from] FirstAdminError),
}

impl Hub {
    /// Opens the database, creates it if missing, and creates the first user if there is none; its password is shown
    /// once.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn open(config: &Config, now: Timestamp) -> Result<(Self, Option<FirstAdmin>), OpenError> {
        Self::open_showing(config, now, |_| Ok(())).await
    }

    /// The same; `show` gets the first user before the commit, and returns an error if it cannot show it.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn open_showing(
        config: &Config,
        now: Timestamp,
        show: impl FnMut(&FirstAdmin) -> io::Result<()> + Send + 'static,
    ) -> Result<(Self, Option<FirstAdmin>), OpenError> {
        let store = Store::open(&config.database_url, &SCHEMA)?;
        let secret = store.secret().await?;
        let first = staff::create_first_admin(&store, now, show).await?;
        let metrics = Metrics::default();
        let hints = Hints::default();
        let events = Events::new(hints.clone());
        let nodes = streams::join(&hints, &events, &store).map_err(store::OpenError::from)?;
        let hub = Self {
            snapshots: Arc::new(Snapshots::in_folder(
                config.snapshots.clone().unwrap_or_else(|| store.snapshots_path()),
            )),
            read_positions: ReadPositions::default(),
            store,
            tokens: Arc::new(Tokens::new(secret.as_bytes())),
            counters: HubMetrics::of(&metrics),
            metrics,
            tls: TlsHandle::default(),
            hints,
            events,
            listeners: Quotas::of_streams(STREAMS.0, STREAMS.1),
            stopping: CancellationToken::new(),
            enroll_throttle: Arc::default(),
            login_throttle: Arc::default(),
            webhook_allow_private: config.webhook_allow_private,
            edge: Arc::new(config.edge.clone()),
            silent_after: config.silent_after,
            upkeep: Arc::default(),
            admission: Arc::default(),
            readers: Readers::default(),
            log_ins: Quotas::of_log_ins(),
            _nodes: nodes,
        };
        Ok((hub, first))
    }
}
