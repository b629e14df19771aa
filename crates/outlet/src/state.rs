//! What an outlet's handlers and its worker share.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sqlite::{Db, Fault, Lock, OpenError, beside};
use tokio_util::sync::CancellationToken;
use web::metrics::Metrics;
use web::shares::Shares;
use web::token::Tokens;

use crate::auth::lanes::Turns;
use crate::config::{Config, SyncEnv};
use crate::events::STREAMS;
use crate::sync::link::Link;
use crate::sync::queue::QueueError;
use crate::sync::webhook::seen::Seen;
use crate::{beacon, restored, schema, staff, sync};

/// Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// The outlet's database.
    pub db: Db,
    /// Signs and checks sessions.
    pub tokens: Tokens,
    /// What the environment says about the hub.
    pub env: Arc<SyncEnv>,
    /// What is known of the link to the hub; the worker's side of it.
    pub link: Arc<Link>,
    /// Which names, pages and proxies the server answers to.
    pub edge: Arc<web::Edge>,
    /// Places for event streams.
    pub streams: Shares,
    /// Places for checks of PINs.
    pub log_ins: Shares,
    /// Tries at PINs, one after the other.
    pub turns: Arc<Turns>,
    /// Webhooks that came before.
    pub webhooks: Arc<Seen>,
    /// Figures for `/metrics`.
    pub metrics: Metrics,
    /// Cancelled when the server is told to stop: whoever listens is let go.
    pub stopping: CancellationToken,
    /// Held while the process lives.
    _lock: Arc<Lock>,
}

/// Why an outlet cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database cannot be used.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The database failed at the first use.
    #[error(transparent)]
    Database(#[from] Fault),
    /// Another server uses this database.
    #[error("another Gerai server runs on {}; stop it, or name another database", .0.display())]
    Running(PathBuf),
    /// The secret cannot be kept.
    #[error("{} cannot be used as the server's secret: {source}", path.display())]
    Secret {
        /// Its file.
        path: PathBuf,
        /// The system's words.
        source: std::io::Error,
    },
    /// The beacon cannot be kept.
    #[error("{} cannot be used as the beacon of the database: {source}; make it readable and writable", path.display())]
    Beacon {
        /// Its file.
        path: PathBuf,
        /// The system's words.
        source: std::io::Error,
    },
    /// The first user cannot be made.
    #[error("the first user could not be made: {0}")]
    FirstUser(String),
}

impl App {
    /// Opens what is shared; see [`crate::Outlet::open`].
    ///
    /// # Errors
    /// A sentence that says what to do.
    pub async fn open(config: Config) -> Result<Self, StartError> {
        let Config { db_path, env, edge } = config;
        let (db, secret, lock) =
            tokio::task::spawn_blocking(move || open_files(&db_path)).await.map_err(|_| Fault::Panicked)??;
        for deviation in db.write(schema::repair).await? {
            tracing::warn!(
                kind = deviation.kind,
                name = deviation.name,
                "a part of the sync system was not as it should be; it was put right"
            );
        }
        db.write(|tx| sync::fields::learn(tx).map_err(into_fault)).await?;
        notice_restored(&db).await?;
        staff::first::ensure(&db, web::time::now()).await?;
        let metrics = Metrics::default();
        let (link, env) = (Arc::new(Link::default()), Arc::new(env));
        sync::metrics::register(&metrics, &db, &link, &env);
        Ok(Self {
            db,
            tokens: Tokens::new(secret.as_bytes()),
            env,
            link,
            edge: Arc::new(edge),
            streams: Shares::of_streams(STREAMS.0, STREAMS.1),
            log_ins: Shares::of_log_ins(),
            turns: Arc::default(),
            webhooks: Arc::default(),
            metrics,
            stopping: CancellationToken::new(),
            _lock: Arc::new(lock),
        })
    }
}

/// A base that cannot be read is a damaged file; what SQLite says of it is found at the first use.
fn into_fault(error: QueueError) -> Fault {
    match error {
        QueueError::Fault(fault) => fault,
        error => {
            tracing::error!(%error, "what outlet and hub have agreed on cannot be read; run 'gerai doctor'");
            Fault::Panicked
        }
    }
}

/// The lock comes first: nothing of a database is changed while another server runs on it.
fn open_files(db_path: &Path) -> Result<(Db, String, Lock), StartError> {
    let db_path = &sqlite::resolve(db_path)?;
    let running = || StartError::Running(db_path.to_owned());
    let mut lock = Lock::take(db_path)?.ok_or_else(running)?;
    let db = match Db::open(db_path, &schema::SCHEMA) {
        Ok(db) => db,
        Err(error) => {
            lock.undo();
            return Err(error.into());
        }
    };
    if !lock.hold_file(db_path)? {
        return Err(running());
    }
    for file in sqlite::close_to_others(db_path) {
        tracing::warn!(file = %file.display(), "everybody on this machine could reach this file; only owner and group can now");
    }
    let path = beside(db_path, ".secret");
    let secret = web::secret::keep(&path).map_err(|source| match source.kind() {
        ErrorKind::StorageFull => StartError::Open(OpenError::Full { path: db_path.to_owned() }),
        _ => StartError::Secret { path, source },
    })?;
    Ok((db, secret, lock))
}

/// Compares the database with what last ran here, acts on it, and makes the beacon its own before a number is given.
async fn notice_restored(db: &Db) -> Result<(), StartError> {
    let path = beacon::path(db.path());
    let fail = |source: std::io::Error| match source.kind() {
        ErrorKind::StorageFull => StartError::Open(OpenError::Full { path: db.path().to_owned() }),
        _ => StartError::Beacon { path: path.clone(), source },
    };
    let last = beacon::read(&path).map_err(fail)?;
    let (known, random) = (last.clone(), rand::random());
    if let Some(series) = db.write(move |tx| restored::notice(tx, known.as_ref(), random)).await? {
        tracing::error!(
            series,
            "this database is not the one that last ran here: it was restored from a copy; run 'gerai doctor'"
        );
    }
    let here = db.read(beacon::here).await?.after(last.as_ref());
    beacon::write(&path, &here).map_err(fail)
}
