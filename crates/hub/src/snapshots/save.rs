//! Writes a snapshot to a named file, for an offline import.

use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use store::{Fault, Store};

use super::folder::Unfinished;
use super::write::{WriteError, write};
use crate::outlets::{self, FindRefused};

/// A written snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saved {
    /// The outlet's id.
    pub outlet_id: String,
    /// The outlet's name.
    pub outlet_code: String,
    /// Number of entities in it.
    pub entities: u64,
    /// Size of the file.
    pub bytes: u64,
    /// SHA-256 of the file in hexadecimal digits.
    pub sha256: String,
}

/// Why no snapshot was written.
#[derive(Debug, thiserror::Error)]
pub enum SaveRefused {
    /// There is no such outlet.
    #[error(transparent)]
    Find(#[from] FindRefused),
    /// The file exists already; nothing is overwritten.
    #[error("{0} exists already; name another file, or move it away")]
    Exists(PathBuf),
    /// The file cannot be written.
    #[error("{path} cannot be written: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// The error.
        source: io::Error,
    },
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<WriteError> for SaveRefused {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Fault(fault) => Self::Fault(fault),
            WriteError::Io(source) => source.into(),
        }
    }
}

impl From<io::Error> for SaveRefused {
    fn from(source: io::Error) -> Self {
        Self::Io { path: PathBuf::new(), source }
    }
}

/// Writes the snapshot of the outlet with this code or id; calls `progress` with the number of entities written.
///
/// # Errors
/// [`SaveRefused`]; no partial file remains.
pub async fn save(
    store: &Store,
    code_or_id: &str,
    path: &Path,
    now: Timestamp,
    mut progress: impl FnMut(u64) + Send + 'static,
) -> Result<Saved, SaveRefused> {
    let (code, to) = (code_or_id.to_owned(), path.to_owned());
    let written = store.read_at_length(move |tx| {
        let outlet = outlets::find(tx, &code)?;
        if to.exists() {
            return Err(SaveRefused::Exists(to.clone()));
        }
        let mut part = to.as_os_str().to_owned();
        part.push(".part");
        let mut entities = 0;
        let written = write(tx, &outlet.outlet_id, now, Unfinished::create(part.into())?, &mut |n| {
            entities = n;
            progress(n);
        })?;
        Ok((outlet, entities, written))
    });
    let with_path = |error| match error {
        SaveRefused::Io { source, .. } => SaveRefused::Io { path: path.to_owned(), source },
        other => other,
    };
    let (outlet, entities, written) = written.await.map_err(with_path)?;
    let (bytes, to) = (written.bytes, path.to_owned());
    let completed = tokio::task::spawn_blocking(move || written.complete(|_| to)).await;
    let (_, sha256) = completed.map_err(|_| Fault::PANICKED)?.map_err(|error| with_path(error.into()))?;
    Ok(Saved { outlet_id: outlet.outlet_id, outlet_code: outlet.code, entities, bytes, sha256 })
}
