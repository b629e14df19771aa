//! A running hub: what every request shares.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use store::{Listening, Store};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use web::metrics::Metrics;
use web::shares::Shares;
use web::token::Tokens;

use crate::config::Config;
use crate::figures::Figures;
use crate::ingest::Gate;
use crate::outlets::{self, SilentAfter, WrongCodes};
use crate::sales::verify::{Check, Verified};
use crate::schema::SCHEMA;
use crate::snapshots::Snapshots;
use crate::staff::{self, FirstAdmin, SaveRefused, Waits};
use crate::streams::{self, Asked, Hints, Readers};
use crate::upkeep::{self, Upkeep};
use crate::{routes, webhooks};

/// How long what runs beside the answers may take to end.
const LAST_WORK: Duration = Duration::from_secs(3);

/// Head office's server. Cheap to clone; all clones are one hub.
#[derive(Clone)]
pub struct Hub {
    pub(crate) store: Store,
    pub(crate) tokens: Arc<Tokens>,
    pub(crate) metrics: Metrics,
    pub(crate) figures: Figures,
    /// Wakes outlets that wait for changes.
    pub(crate) hints: Hints,
    /// How far outlets have read, and when that was last written down.
    pub(crate) asked: Asked,
    /// Files for outlets that begin with nothing.
    pub(crate) snapshots: Arc<Snapshots>,
    /// Cancelled when the hub is told to stop: whoever waits then answers.
    pub(crate) stopping: CancellationToken,
    /// Who tries codes.
    pub(crate) wrong_codes: Arc<WrongCodes>,
    /// Outlets' webhooks may lead to private addresses.
    pub(crate) webhook_allow_private: bool,
    /// Which names, pages and proxies the server answers to.
    pub(crate) edge: Arc<web::Edge>,
    /// How long an outlet may go unheard.
    pub(crate) silent_after: SilentAfter,
    /// What of the hourly work failed last.
    pub(crate) upkeep: Arc<Upkeep>,
    /// Before the work on batches.
    pub(crate) gate: Arc<Gate>,
    /// Places for outlets that read.
    pub(crate) readers: Readers,
    /// Addresses that wait after wrong passwords.
    pub(crate) waits: Arc<Waits>,
    /// Places for checks of passwords.
    pub(crate) log_ins: Shares,
    /// Hears other nodes for as long as the hub lives.
    _nodes: Option<Arc<Listening>>,
}

/// Why a hub cannot start, as a sentence.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Its database.
    #[error(transparent)]
    Store(#[from] store::OpenError),
    /// The secret that signs sessions.
    #[error(transparent)]
    Secret(#[from] store::SecretError),
    /// The first user.
    #[error("the first user cannot be made: {0}")]
    FirstAdmin(#[from] SaveRefused),
    /// Argon2 said no.
    #[error("the first user's password cannot be hashed; the log says why")]
    Hashing,
    /// Nobody could read it.
    #[error("the first user's password cannot be shown, so the user was not made: {0}")]
    NotShown(io::Error),
}

impl From<store::Fault> for OpenError {
    fn from(fault: store::Fault) -> Self {
        Self::FirstAdmin(fault.into())
    }
}

impl Hub {
    /// Opens the database, makes what is missing, and the first user if nobody can log in yet: its password is told
    /// this once.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn open(config: &Config, now: Timestamp) -> Result<(Self, Option<FirstAdmin>), OpenError> {
        Self::open_showing(config, now, |_| Ok(())).await
    }

    /// The same; `show` is told the first user before that one is made, and refuses where nobody can read it.
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
        let first = staff::make_first_admin(&store, now, show).await?;
        let metrics = Metrics::default();
        let hints = Hints::default();
        let nodes = streams::join(&hints, &store).map_err(store::OpenError::from)?;
        let hub = Self {
            snapshots: Arc::new(Snapshots::in_folder(
                config.snapshots.clone().unwrap_or_else(|| store.snapshots_path()),
            )),
            asked: Asked::default(),
            store,
            tokens: Arc::new(Tokens::new(secret.as_bytes())),
            figures: Figures::of(&metrics),
            metrics,
            hints,
            stopping: CancellationToken::new(),
            wrong_codes: Arc::default(),
            waits: Arc::default(),
            webhook_allow_private: config.webhook_allow_private,
            edge: Arc::new(config.edge.clone()),
            silent_after: config.silent_after,
            upkeep: Arc::default(),
            gate: Arc::default(),
            readers: Readers::default(),
            log_ins: Shares::of_log_ins(),
            _nodes: nodes,
        };
        Ok((hub, first))
    }

    /// Everything that it answers to.
    pub fn router(&self) -> axum::Router {
        routes::router(self)
    }

    /// The database, for verbs from the command line and tests.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Tells the outlets with webhooks what they were not told yet and are due to be told at `now`. While the hub serves
    /// it does so by itself.
    ///
    /// # Errors
    /// The database's.
    pub async fn send_webhooks(&self, now: Timestamp) -> Result<(), store::Fault> {
        webhooks::send_due(self, now).await
    }

    /// Compares all sales and daily figures with the order documents that they are made from, and calculates them again
    /// where they differ and `repair` is set. May run beside a hub that serves.
    ///
    /// # Errors
    /// The database's.
    pub async fn verify_figures(&self, repair: bool) -> Result<Verified, store::Fault> {
        let (verified, _) = self.verify_some(&mut Check::default(), repair, usize::MAX).await?;
        Ok(verified)
    }

    /// The same of a part; says whether it was the last.
    pub(crate) async fn verify_some(
        &self,
        check: &mut Check,
        repair: bool,
        most_orders: usize,
    ) -> Result<(Verified, bool), store::Fault> {
        let mut found = Verified::default();
        let done = check.go_on(&self.store, repair, most_orders, &mut found).await;
        let all_unreadable = done.as_ref().ok().and_then(Option::as_ref);
        self.upkeep.tell_unreadable(&found.unreadable, all_unreadable);
        if repair {
            self.figures.repaired_days(found.differing.len());
            self.upkeep.tell_repaired(found.differing.iter().cloned());
        }
        done.map(|all_unreadable| (found, all_unreadable.is_some()))
    }

    /// Serves until `stop`, lets the answers under way finish, and closes the database.
    ///
    /// # Errors
    /// What the system said.
    pub async fn serve(&self, listener: TcpListener, stop: CancellationToken) -> io::Result<()> {
        let serving = Self { stopping: stop.clone(), ..self.clone() };
        if let Err(fault) = streams::make_room(&self.store).await {
            tracing::warn!(%fault, "no room was made for entries of streams to come; tried again within the hour");
        }
        let webhooks = tokio::spawn(webhooks::run(serving.clone(), stop.clone()));
        let upkeep = tokio::spawn(upkeep::run(serving.clone(), stop.clone()));
        let watch = tokio::spawn(outlets::watch::run(serving.clone(), stop.clone()));
        let served = {
            let (limits, metrics) = (&self.edge.limits, &self.metrics);
            web::server::serve_within(limits, metrics, listener, serving.router(), stop.clone()).await
        };
        stop.cancel();
        // A panic in any was logged where it happened, and a database that hangs holds nobody up: it is closed all the same.
        let _ = tokio::time::timeout(LAST_WORK, async { tokio::join!(webhooks, upkeep, watch) }).await;
        self.store.close().await;
        served
    }
}
