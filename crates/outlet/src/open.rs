//! Opening an outlet: its lock, its database, the secret, the first user, and whether the database was restored.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use access::Access;
use replica::capture::schema;
use replica::entities::fields;
use replica::error::QueueError;
use replica::link::{Link, now_ms};
use shop::staff;
use sqlite::{Db, Fault, Lock, OpenError, beside};
use tokio_util::sync::CancellationToken;
use web::events::STREAMS;
use web::metrics::Metrics;
use web::quotas::Quotas;
use web::token::Tokens;

use crate::config::Config;
use crate::health::metrics as figures;
use crate::state::App;
use crate::{high_water_mark, restore_detection};

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
    /// The high-water mark cannot be kept.
    #[error("{} cannot be used as the high-water mark of the database: {source}; make it readable and writable", path.display())]
    HighWaterMark {
        /// Its file.
        path: PathBuf,
        /// The system's words.
        source: std::io::Error,
    },
    /// The first user cannot be made.
    #[error(transparent)]
    FirstUser(#[from] staff::first::FirstUserError),
}

/// Opens what is shared; see [`crate::Outlet::open`].
///
/// # Errors
/// A sentence that says what to do.
pub async fn open(config: Config) -> Result<App, StartError> {
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
    db.write(|tx| fields::learn(tx).map_err(into_fault)).await?;
    notice_restored(&db).await?;
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
        streams: Quotas::of_streams(STREAMS.0, STREAMS.1),
        log_ins: Quotas::of_log_ins(),
        turns: Arc::default(),
        webhooks: Arc::default(),
        metrics,
        stopping: CancellationToken::new(),
        _lock: Arc::new(lock),
    })
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
    for file in sqlite::restrict_to_owner(db_path) {
        tracing::warn!(file = %file.display(), "everybody on this machine could reach this file; only owner and group can now");
    }
    let path = beside(db_path, ".secret");
    let secret = web::secret::keep(&path).map_err(|source| match source.kind() {
        ErrorKind::StorageFull => StartError::Open(OpenError::Full { path: db_path.to_owned() }),
        _ => StartError::Secret { path, source },
    })?;
    Ok((db, secret, lock))
}

/// Compares the database with what last ran here, acts on it, and makes the high-water mark its own before a number is given.
async fn notice_restored(db: &Db) -> Result<(), StartError> {
    let path = high_water_mark::path(db.path());
    let fail = |source: std::io::Error| match source.kind() {
        ErrorKind::StorageFull => StartError::Open(OpenError::Full { path: db.path().to_owned() }),
        _ => StartError::HighWaterMark { path: path.clone(), source },
    };
    let last = high_water_mark::read(&path).map_err(fail)?;
    let (known, random) = (last.clone(), rand::random());
    if let Some(series) = db.write(move |tx| restore_detection::notice(tx, known.as_ref(), random)).await? {
        tracing::error!(
            series,
            "this database is not the one that last ran here: it was restored from a copy; run 'gerai doctor'"
        );
    }
    let here = db.read(high_water_mark::here).await?.after(last.as_ref());
    high_water_mark::write(&path, &here).map_err(fail)
}
