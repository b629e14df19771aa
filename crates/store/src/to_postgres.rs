//! Moving house: all data of a hub from its SQLite file into an empty PostgreSQL database, for the terminal.
//!
//! The file is held alone meanwhile: its hub must have stopped. Rows are copied in chunks, each in one transaction with the
//! place where it ends, so that a move that was broken off goes on there. Then both sides are read again and compared. If
//! they are the same the file is marked as moved, and after that the new database as ready: at no moment can hubs start on
//! both. Outlets find every chain, stream and key as it was.

mod source;
mod sum;
mod table;
mod target;

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Serialize;
use source::Source;
use sqlite::{Lock, beside};
use target::Target;
use web::{secret, time};

use super::postgres::ConnectError;
use crate::fault::Fault;
use crate::open_error::OpenError;
use crate::schema::Schema;
use crate::url::{self, UnknownEngine};

pub use source::{Mark, moved_to};
pub use sum::Sum;
pub(super) use target::refuse_half_moved;

/// Why a hub was not moved. Its file is as it was, and a hub can be started on it again unless it says otherwise.
#[derive(Debug, thiserror::Error)]
pub enum MoveError {
    /// The other way, or to where it is.
    #[error(
        "a hub is moved from SQLite to PostgreSQL; write --from sqlite:FILE --to postgres://USER:PASSWORD@HOST/NAME"
    )]
    Direction,
    /// No such file.
    #[error("there is no {0}; check the name")]
    Missing(PathBuf),
    /// Somebody uses the file.
    #[error("{0} is in use; stop the hub and close every shell that has it open")]
    Running(PathBuf),
    /// Something else is there.
    #[error("{place} is not empty: there are rows in {table}; name an empty database")]
    NotEmpty {
        /// The database.
        place: String,
        /// One that has rows.
        table: String,
    },
    /// Something else is half there.
    #[error("{place} holds a part of {other}, whose move was broken off; name an empty database, or move that file")]
    OtherMove {
        /// The database.
        place: String,
        /// The file that was being moved.
        other: String,
    },
    /// Somebody else is at it.
    #[error("another move into {place} is under way; let it end")]
    UnderWay {
        /// The database.
        place: String,
    },
    /// The two are not the same.
    #[error(
        "{table} is not the same on both sides: {here} in the file, {there} in the new database. Somebody has changed the \
         new one; the old one is as it was: start the hub on it, or move it into another, empty database"
    )]
    Differs {
        /// Which.
        table: String,
        /// In the file.
        here: Sum,
        /// In the new database.
        there: Sum,
    },
    /// The file, or the new database, cannot be used.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The file cannot be read or marked.
    #[error(transparent)]
    Source(#[from] Fault),
    /// The new database failed.
    #[error("{place} failed ({why}); say the same again to go on where it ended")]
    Target {
        /// The database.
        place: String,
        /// Its words.
        why: String,
    },
    /// The secret that signs sessions.
    #[error("the hub's secret in {path} cannot be used: {why}")]
    Secret {
        /// The file.
        path: PathBuf,
        /// The system's words.
        why: String,
    },
}

impl From<ConnectError> for MoveError {
    fn from(error: ConnectError) -> Self {
        Self::Open(error.into())
    }
}

impl From<UnknownEngine> for MoveError {
    fn from(error: UnknownEngine) -> Self {
        Self::Open(error.into())
    }
}

impl From<sqlite::OpenError> for MoveError {
    fn from(error: sqlite::OpenError) -> Self {
        match error {
            sqlite::OpenError::Busy { path } => Self::Running(path),
            error => Self::Open(error.into()),
        }
    }
}

impl From<rusqlite::Error> for MoveError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Source(error.into())
    }
}

/// How far a move is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It begins.
    Begun(Beginning),
    /// So many rows are copied.
    Copied {
        /// Of all tables so far.
        rows: u64,
        /// Of all there are.
        of: u64,
    },
    /// So many rows are compared.
    Compared {
        /// Of all tables so far.
        rows: u64,
        /// Of all there are.
        of: u64,
    },
    /// No hub starts on the file any more.
    Marked,
}

/// How a move begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beginning {
    /// In an empty database.
    First,
    /// Where it was broken off.
    Resumed,
    /// In the half-filled database of a move that was broken off: the file has changed since, and all of it is copied.
    Anew,
}

/// What was moved, and found to be the same on both sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Moved {
    /// The file.
    pub from: PathBuf,
    /// The new database, without its password.
    pub to: String,
    /// When it was ready, RFC 3339 UTC.
    pub ready_at: String,
    /// By name. Nothing where all of it was done before.
    pub tables: Vec<MovedTable>,
}

/// One table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MovedTable {
    /// Its name.
    pub table: String,
    /// What is in it.
    #[serde(flatten)]
    pub sum: Sum,
}

/// Moves the hub whose data `from` names to `to`; waits for databases, so not on a thread that runs tasks. Where it ended
/// before, in whatever way, it goes on; where all was done before it says so.
///
/// # Errors
/// [`MoveError`].
pub fn move_house(
    from: &str,
    to: &str,
    schema: &Schema,
    now: Timestamp,
    mut tell: impl FnMut(Step),
) -> Result<Moved, MoveError> {
    let (url::Engine::Sqlite(file), url::Engine::Postgres) = (url::parse(from)?, url::parse(to)?) else {
        return Err(MoveError::Direction);
    };
    if !file.exists() {
        return Err(MoveError::Missing(file));
    }
    let place = sqlite::resolve(&file)?;
    let _lock = Lock::take(&place)?.ok_or_else(|| MoveError::Running(file.clone()))?;
    let source = Source::hold(&place, schema)?;
    let tables = source.tables()?;
    let mut target = Target::open(to, schema)?;
    let mut moved = Moved { from: file.clone(), to: target.place(), ready_at: time::text(now), tables: Vec::new() };
    match (source.mark()?, target.progress()?) {
        (Some(mark), Some(progress)) if mark.move_id == progress.move_id => {
            if let Some(ready_at) = progress.ready_at {
                return Ok(Moved { ready_at, ..moved });
            }
        }
        (Some(mark), _) => return Err(mark.refusal(&file).into()),
        (None, Some(progress)) if progress.ready_at.is_none() => {
            if progress.place != source.place() {
                return Err(MoveError::OtherMove { place: moved.to, other: progress.place });
            }
            if progress.changes == source.changes() {
                tell(Step::Begun(Beginning::Resumed));
            } else {
                target.begin(&source, &tables, &sessions_secret(&place)?, now)?;
                tell(Step::Begun(Beginning::Anew));
            }
        }
        (None, _) => {
            target.must_be_empty(&tables)?;
            target.begin(&source, &tables, &sessions_secret(&place)?, now)?;
            tell(Step::Begun(Beginning::First));
        }
    }
    let of = tables.iter().map(|table| table.rows).sum();
    target.copy(&source, &tables, |rows| tell(Step::Copied { rows, of }))?;
    let mut rows = 0;
    for table in &tables {
        let (here, there) = (source.sum(table)?, target.sum(table)?);
        if here != there {
            return Err(MoveError::Differs { table: table.name.clone(), here, there });
        }
        rows += here.rows;
        tell(Step::Compared { rows, of });
        moved.tables.push(MovedTable { table: table.name.clone(), sum: here });
    }
    source.mark_as_moved(&target.move_id()?, &moved.to, now)?;
    tell(Step::Marked);
    target.ready(now)?;
    Ok(moved)
}

/// So that nobody at head office has to log in again.
fn sessions_secret(file: &Path) -> Result<String, MoveError> {
    let path = beside(file, ".secret");
    secret::keep(&path).map_err(|error| MoveError::Secret { path, why: error.to_string() })
}
