//! Migrates all data of a hub from a SQLite file into an empty PostgreSQL database, for the command line.
//!
//! The file is locked, so its hub must be stopped. Rows are copied in chunks. Each chunk is one transaction that also
//! stores the position of its end, so an interrupted migration continues there. Then both sides are read again and
//! compared. If they match, first the file is marked as migrated and then the new database as ready: hubs can never
//! start on both. Outlets find every chain, stream and key unchanged.

mod source;
mod sum;
mod table;
mod target;

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Serialize;
use source::Source;
use sqlite::{Lock, sibling};
use target::Target;
use web::{secret, time};

use super::postgres::ConnectError;
use crate::fault::Fault;
use crate::open_error::OpenError;
use crate::schema::Schema;
use crate::url::{self, UnknownEngine};

pub use source::{Mark, migrated_to};
pub use sum::Sum;
pub(super) use target::refuse_half_migrated;

/// Why a hub was not migrated. The file is unchanged, and a hub can start on it unless the message says otherwise.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// The URLs are not a SQLite file and a PostgreSQL server.
    #[error(
        "a hub is migrated from SQLite to PostgreSQL; write --from sqlite:FILE --to postgres://USER:PASSWORD@HOST/NAME"
    )]
    Direction,
    /// The file does not exist.
    #[error("there is no {0}; check the name")]
    Missing(PathBuf),
    /// The file is in use.
    #[error("{0} is in use; stop the hub and close every shell that has it open")]
    Running(PathBuf),
    /// The target is not empty.
    #[error("{place} is not empty: there are rows in {table}; name an empty database")]
    NotEmpty {
        /// The new database.
        place: String,
        /// A table with rows.
        table: String,
    },
    /// The target contains an interrupted migration of another file.
    #[error("{place} contains an incomplete migration of {other}; name an empty database, or finish that migration")]
    OtherMigration {
        /// The new database.
        place: String,
        /// The file of that migration.
        other: String,
    },
    /// Another migration into the target is running.
    #[error("another migration into {place} is running; wait until it ends")]
    UnderWay {
        /// The new database.
        place: String,
    },
    /// The two sides differ.
    #[error(
        "{table} is not the same on both sides: {here} in the file, {there} in the new database. The new one was changed \
         by another program; the old one is unchanged: start the hub on it, or migrate it into another, empty database"
    )]
    Differs {
        /// The table.
        table: String,
        /// Rows in the file.
        here: Sum,
        /// Rows in the new database.
        there: Sum,
    },
    /// The file, or the new database, cannot be used.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The file cannot be read or marked.
    #[error(transparent)]
    Source(#[from] Fault),
    /// The new database failed.
    #[error("{place} failed ({why}); repeat the command to continue where it stopped")]
    Target {
        /// The new database.
        place: String,
        /// The error.
        why: String,
    },
    /// The secret that signs sessions cannot be used.
    #[error("the hub's secret in {path} cannot be used: {why}")]
    Secret {
        /// The file.
        path: PathBuf,
        /// The error.
        why: String,
    },
}

impl From<ConnectError> for MigrateError {
    fn from(error: ConnectError) -> Self {
        Self::Open(error.into())
    }
}

impl From<UnknownEngine> for MigrateError {
    fn from(error: UnknownEngine) -> Self {
        Self::Open(error.into())
    }
}

impl From<sqlite::OpenError> for MigrateError {
    fn from(error: sqlite::OpenError) -> Self {
        match error {
            sqlite::OpenError::Busy { path } => Self::Running(path),
            error => Self::Open(error.into()),
        }
    }
}

impl From<rusqlite::Error> for MigrateError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Source(error.into())
    }
}

/// Progress of a migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The migration starts.
    Begun(Start),
    /// Rows were copied.
    Copied {
        /// Copied so far, of all tables.
        rows: u64,
        /// Rows in total.
        of: u64,
    },
    /// Rows were compared.
    Compared {
        /// Compared so far, of all tables.
        rows: u64,
        /// Rows in total.
        of: u64,
    },
    /// The file is marked: no hub can start on it.
    Marked,
}

/// How a migration starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// Into an empty database.
    First,
    /// Continues where it was interrupted.
    Resumed,
    /// From the beginning: the file has changed since the migration was interrupted.
    Anew,
}

/// A completed migration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Migrated {
    /// Path of the file.
    pub from: PathBuf,
    /// The new database, without the password.
    pub to: String,
    /// When it was ready, RFC 3339 UTC.
    pub ready_at: String,
    /// The tables by name; empty if the migration was completed before.
    pub tables: Vec<MigratedTable>,
}

/// A migrated table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MigratedTable {
    /// Name of the table.
    pub table: String,
    /// Its row count and hash.
    #[serde(flatten)]
    pub sum: Sum,
}

/// Migrates the hub's data from the file `from` to the server `to`. Blocks, so it must not run on a thread of the async
/// runtime. An interrupted migration continues; a completed one returns no tables.
///
/// # Errors
/// [`MigrateError`].
pub fn migrate_to_postgres(
    from: &str,
    to: &str,
    schema: &Schema,
    now: Timestamp,
    mut report: impl FnMut(Step),
) -> Result<Migrated, MigrateError> {
    let (url::Engine::Sqlite(file), url::Engine::Postgres) = (url::parse(from)?, url::parse(to)?) else {
        return Err(MigrateError::Direction);
    };
    if !file.exists() {
        return Err(MigrateError::Missing(file));
    }
    let place = sqlite::resolve(&file)?;
    let _lock = Lock::take(&place)?.ok_or_else(|| MigrateError::Running(file.clone()))?;
    let source = Source::hold(&place, schema)?;
    let tables = source.tables()?;
    let mut target = Target::open(to, schema)?;
    let mut migrated =
        Migrated { from: file.clone(), to: target.place(), ready_at: time::text(now), tables: Vec::new() };
    match (source.mark()?, target.progress()?) {
        (Some(mark), Some(progress)) if mark.migration_id == progress.migration_id => {
            if let Some(ready_at) = progress.ready_at {
                return Ok(Migrated { ready_at, ..migrated });
            }
        }
        (Some(mark), _) => return Err(mark.refusal(&file).into()),
        (None, Some(progress)) if progress.ready_at.is_none() => {
            if progress.place != source.place() {
                return Err(MigrateError::OtherMigration { place: migrated.to, other: progress.place });
            }
            if progress.changes == source.changes() {
                report(Step::Begun(Start::Resumed));
            } else {
                target.begin(&source, &tables, &sessions_secret(&place)?, now)?;
                report(Step::Begun(Start::Anew));
            }
        }
        (None, _) => {
            target.must_be_empty(&tables)?;
            target.begin(&source, &tables, &sessions_secret(&place)?, now)?;
            report(Step::Begun(Start::First));
        }
    }
    let of = tables.iter().map(|table| table.rows).sum();
    target.copy(&source, &tables, |rows| report(Step::Copied { rows, of }))?;
    let mut rows = 0;
    for table in &tables {
        let (here, there) = (source.sum(table)?, target.sum(table)?);
        if here != there {
            return Err(MigrateError::Differs { table: table.name.clone(), here, there });
        }
        rows += here.rows;
        report(Step::Compared { rows, of });
        migrated.tables.push(MigratedTable { table: table.name.clone(), sum: here });
    }
    source.mark_as_migrated(&target.migration_id()?, &migrated.to, now)?;
    report(Step::Marked);
    target.ready(now)?;
    Ok(migrated)
}

/// The secret that signs sessions, so that sessions of head office stay valid.
fn sessions_secret(file: &Path) -> Result<String, MigrateError> {
    let path = sibling(file, ".secret");
    secret::load_or_create(&path).map_err(|error| MigrateError::Secret { path, why: error.to_string() })
}
