//! Opens an outlet: lock, database, secret, first user, and restore detection.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use access::Access;
use replica::capture::schema;
use replica::entities::fields;
use replica::error::QueueError;
use replica::jobs::Jobs;
use replica::link::{Link, now_ms};
use shop::staff;
use sqlite::{Db, Fault, Lock, OpenError, sibling};
use tokio_util::sync::CancellationToken;
use web::events::STREAMS;
use web::events::feed::Feed;
use web::metrics::Metrics;
use web::quotas::Quotas;
use web::tls::TlsHandle;
use web::token::Tokens;

use crate::config::Config;
use crate::health::metrics as figures;
use crate::printing::find::Finder;
use crate::state::App;
use crate::{events, high_water_mark, restore_detection};

/// Why an outlet cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The first access to the database failed.
    #[error(transparent)]
    Database(#[from] Fault),
    /// Another server uses this database.
    #[error("another Gerai server runs on {}; stop it, or choose another database", .0.display())]
    Running(PathBuf),
    /// The secret file cannot be used.
    #[error("{} cannot be used as the server's secret: {source}", path.display())]
    Secret {
        /// Its path.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// The high-water mark cannot be used.
    #[error("{} cannot be used as the high-water mark of the database: {source}; make it readable and writable", path.display())]
    HighWaterMark {
        /// Its path.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// The first user cannot be created.
    #[error(transparent)]
    FirstUser(#[from] staff::first::FirstUserError),
}

/// Opens the shared state; see [`crate::Outlet::open`].
///
/// # Errors
/// [`StartError`].
pub async fn open(config: Config) -> Result<App, StartError> {
    let Config { db_path, env, edge, printing: patience } = config;
    let (db, secret, lock) =
        tokio::task::spawn_blocking(move || open_files(&db_path)).await.map_err(|_| Fault::Panicked)??;
    for deviation in db.write(schema::repair).await? {
        tracing::warn!(
            kind = deviation.kind,
            name = deviation.name,
            "a part of the sync system was missing or modified; it was repaired"
        );
    }
    db.write(|tx| fields::add_new_fields(tx).map_err(into_fault)).await?;
    detect_restore(&db).await?;
    let feed = Feed::default();
    events::watch(&db, &feed);
    staff::first::ensure(&db, web::time::now()).await?;
    let metrics = Metrics::default();
    let (link, env) = (Arc::new(Link::default()), Arc::new(env));
    figures::register(&metrics, &db, &link, &env);
    let tokens = Tokens::new(secret.as_bytes());
    let till_is_active = {
        let link = Arc::clone(&link);
        Arc::new(move || link.session(|session| session.note_sale(now_ms())))
    };
    Ok(App {
        access: Access::new(db.clone(), tokens.clone(), till_is_active),
        db,
        tokens,
        env,
        link,
        edge: Arc::new(edge),
        jobs: Jobs::new(feed.clone()),
        feed,
        alarms: Arc::default(),
        streams: Quotas::of_streams(STREAMS.0, STREAMS.1),
        log_ins: Quotas::of_log_ins(),
        attempt_locks: Arc::default(),
        receipt_throttle: Arc::default(),
        patience,
        finder: Finder::default(),
        pairing_throttle: Arc::default(),
        displays: Arc::default(),
        webhooks: Arc::default(),
        metrics,
        tls: TlsHandle::default(),
        stopping: CancellationToken::new(),
        _lock: Arc::new(lock),
    })
}

/// An unreadable base revision means a damaged file; the first access reports SQLite's error.
fn into_fault(error: QueueError) -> Fault {
    match error {
        QueueError::Fault(fault) => fault,
        error => {
            tracing::error!(%error, "a base revision cannot be read; run 'gerai doctor'");
            Fault::Panicked
        }
    }
}

/// Acquires the lock first, so that no database is changed while another server runs on it.
fn open_files(db_path: &Path) -> Result<(Db, String, Lock), StartError> {
    let db_path = &sqlite::resolve(db_path)?;
    let running = || StartError::Running(db_path.to_owned());
    let mut lock = Lock::take(db_path)?.ok_or_else(running)?;
    let db = match Db::open(db_path, &schema::SCHEMA) {
        Ok(db) => db,
        Err(error) => {
            lock.discard();
            return Err(error.into());
        }
    };
    if !lock.lock_file(db_path)? {
        return Err(running());
    }
    for file in sqlite::restrict_to_owner(db_path) {
        tracing::warn!(file = %file.display(), "other users of this machine could access this file; now only owner and group can");
    }
    let path = sibling(db_path, ".secret");
    let secret = web::secret::load_or_create(&path).map_err(|source| match source.kind() {
        ErrorKind::StorageFull => StartError::Open(OpenError::Full { path: db_path.to_owned() }),
        _ => StartError::Secret { path, source },
    })?;
    Ok((db, secret, lock))
}

/// Detects a restored database, and updates the high-water mark before an order number is assigned.
async fn detect_restore(db: &Db) -> Result<(), StartError> {
    let path = high_water_mark::path(db.path());
    let fail = |source: std::io::Error| match source.kind() {
        ErrorKind::StorageFull => StartError::Open(OpenError::Full { path: db.path().to_owned() }),
        _ => StartError::HighWaterMark { path: path.clone(), source },
    };
    let last = high_water_mark::read(&path).map_err(fail)?;
    let (last_mark, random) = (last.clone(), rand::random());
    if let Some(series) = db.write(move |tx| restore_detection::detect(tx, last_mark.as_ref(), random)).await? {
        tracing::error!(
            series,
            "this database is not the one that last ran here: it was restored from a copy; run 'gerai doctor'"
        );
    }
    let mark = db.read(high_water_mark::current).await?.after(last.as_ref());
    high_water_mark::write(&path, &mark).map_err(fail)
}
