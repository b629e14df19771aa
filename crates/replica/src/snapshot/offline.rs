//! Imports a snapshot from a USB stick and exports one to it; from the terminal, with or without a running server.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use access::audit::{Deed, TERMINAL, record};
use domain::audit::AuditAction;
use protocol::limits::MAX_SNAPSHOT_PACKED_BYTES;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use serde_json::json;
use sqlite::{open_private, sibling};
use web::time;

use crate::client::hub::{Client, HubError};
use crate::client::pull::PullError;
use crate::error::QueueError;
use crate::progress::snapshot::{Parts, SnapshotState, begin, file, running_snapshot};
use crate::settings::hub_link::Address;
use crate::snapshot::apply::{StepResult, apply};
use crate::snapshot::fetch::{Download, open};
use crate::snapshot::read::{Checked, SnapshotRefused, check};

/// Pause between two small transactions, for writes of a running server.
const PAUSE: Duration = Duration::from_millis(10);
/// Attempts in a row without progress.
const MAX_FAILURES: u32 = 5;
const RETRY_PAUSE: Duration = Duration::from_secs(1);

/// Why a snapshot was not imported or exported.
#[derive(Debug, thiserror::Error)]
pub enum OfflineError {
    /// The file is not for this outlet; nothing of it was applied.
    #[error(transparent)]
    Refused(#[from] SnapshotRefused),
    /// The target exists; nothing is overwritten.
    #[error("{0} exists already; name another file, or move it away")]
    Exists(PathBuf),
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// Path of the file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// Another snapshot is being applied.
    #[error("another snapshot is being applied; wait until 'gerai sync status' shows that it is done, and try again")]
    AlreadyApplying,
    /// The hub is too old to make snapshots.
    #[error("the hub makes no snapshots; upgrade it")]
    NoSnapshots,
    /// The hub failed or cannot be reached.
    #[error(transparent)]
    Hub(#[from] HubError),
    /// The database failed.
    #[error(transparent)]
    Queue(#[from] QueueError),
}

impl From<PullError> for OfflineError {
    fn from(error: PullError) -> Self {
        match error {
            PullError::Hub(error) => Self::Hub(error),
            PullError::Queue(error) => Self::Queue(error),
        }
    }
}

impl From<rusqlite::Error> for OfflineError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Queue(error.into())
    }
}

/// Result of an import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportSummary {
    /// The parts that this outlet could use.
    pub parts: Parts,
    /// When the hub made it.
    pub made_at: String,
    /// Shared entities in it.
    pub shared: u64,
    /// Documents of the outlet in it.
    pub owned: u64,
    /// All unapplied updates of this outlet, including those from the file.
    pub unapplied: u64,
}

/// Imports a file; continues if repeated after a crash. Calls `report` with the number of applied lines and the total.
///
/// # Errors
/// [`OfflineError`].
pub fn import(
    connection: &Connection,
    db: &Path,
    outlet_id: &str,
    from: &Path,
    report: &mut dyn FnMut(u64, u64),
) -> Result<ImportSummary, OfflineError> {
    let copy = sibling(db, ".snapshot.import");
    let checked = import_file(from, &copy, outlet_id).inspect_err(|_| drop(std::fs::remove_file(&copy)))?;
    let Checked { head, end } = &checked;
    let target = file(db);
    let parts = write(connection, |tx| {
        match running_snapshot(tx)? {
            Some(SnapshotState::Applying(at)) if at.content == end.sha256 => {
                // This file was already being applied.
                std::fs::rename(&copy, &target)
                    .map_err(|source| OfflineError::File { path: target.clone(), source })?;
                return Ok(Parts { shared: at.shared, owned: crate::progress::snapshot::owned_applies(tx, head)? });
            }
            Some(SnapshotState::Applying(_)) => return Err(OfflineError::AlreadyApplying),
            Some(SnapshotState::Fetching(_)) | None => {}
        }
        std::fs::rename(&copy, &target).map_err(|source| OfflineError::File { path: target.clone(), source })?;
        let now = time::now();
        let parts = begin(tx, head, &end.sha256, now)?;
        if parts.shared || parts.owned {
            let made_at = json!({"made_at": head.made_at});
            record(tx, TERMINAL, Deed::new(AuditAction::SnapshotImported).with(made_at), now)
                .map_err(QueueError::from)?;
        }
        Ok(parts)
    });
    let parts = parts.inspect_err(|_| drop(std::fs::remove_file(&copy)))?;
    // A running server that applied the last step of the same file has removed it.
    if !(parts.shared || parts.owned)
        || apply_steps(connection, &target, outlet_id, &checked, report)? == StepResult::Finished
    {
        let _ = std::fs::remove_file(&target);
    }
    let unapplied = "select count(*) from sync_unapplied_updates where state = 'retrying'";
    let unapplied = connection.query_row(unapplied, [], |row| row.get(0))?;
    Ok(ImportSummary { parts, made_at: head.made_at.clone(), shared: end.shared, owned: end.owned, unapplied })
}

/// Copies the file beside the database, as private as the database, because the stick may be removed.
fn import_file(from: &Path, copy: &Path, outlet_id: &str) -> Result<Checked, OfflineError> {
    let file_error = |path: &Path| {
        let path = path.to_owned();
        move |source| OfflineError::File { path, source }
    };
    // A pipe or a device would never end.
    if !std::fs::metadata(from).map_err(file_error(from))?.is_file() {
        return Err(SnapshotRefused::NotASnapshot.into());
    }
    let mut source = File::open(from).map_err(file_error(from))?.take(MAX_SNAPSHOT_PACKED_BYTES + 1);
    let options = &mut OpenOptions::new();
    let mut to = open_private(copy, options.write(true).create(true).truncate(true)).map_err(file_error(copy))?;
    io::copy(&mut source, &mut to).map_err(file_error(from))?;
    to.sync_all().map_err(file_error(copy))?;
    Ok(check(copy, outlet_id)?)
}

fn apply_steps(
    connection: &Connection,
    target: &Path,
    outlet_id: &str,
    checked: &Checked,
    report: &mut dyn FnMut(u64, u64),
) -> Result<StepResult, OfflineError> {
    let Checked { head, end } = checked;
    let total = end.shared + end.owned;
    let (_, mut steps) = open(target, outlet_id, &end.sha256)?;
    loop {
        let step = steps.next_step()?;
        let result = write(connection, |tx| Ok(apply(tx, head, &end.sha256, &step, time::now())?))?;
        report((step.at + step.lines).min(total), total);
        if result != StepResult::Applied {
            return Ok(result);
        }
        std::thread::sleep(PAUSE);
    }
}

fn write<T>(
    connection: &Connection,
    work: impl FnOnce(&Transaction<'_>) -> Result<T, OfflineError>,
) -> Result<T, OfflineError> {
    let tx = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    let result = work(&tx)?;
    tx.commit()?;
    Ok(result)
}

/// Saves the hub's snapshot for this outlet; calls `report` with the bytes received and the total.
///
/// # Errors
/// [`OfflineError`]; then no file is left behind.
pub async fn export(
    address: &Address,
    epoch_id: &str,
    to: &Path,
    report: &mut (dyn FnMut(u64, u64) + Send),
) -> Result<Checked, OfflineError> {
    if to.exists() {
        return Err(OfflineError::Exists(to.to_owned()));
    }
    let partial = sibling(to, ".part");
    let result = fetch(address, epoch_id, &partial, report).await.and_then(|checked| {
        std::fs::rename(&partial, to).map_err(|source| OfflineError::File { path: to.to_owned(), source })?;
        Ok(checked)
    });
    result.inspect_err(|_| drop(std::fs::remove_file(&partial)))
}

async fn fetch(
    address: &Address,
    epoch_id: &str,
    path: &Path,
    report: &mut (dyn FnMut(u64, u64) + Send),
) -> Result<Checked, OfflineError> {
    let client = Client::new();
    let mut download = Download::at(path.to_owned(), None);
    let mut failures = 0;
    loop {
        match download_once(&mut download, &client, address, epoch_id, report).await {
            Ok(true) => break,
            Ok(false) => failures = 0,
            Err(OfflineError::Hub(HubError::Unreachable { .. } | HubError::Failed { .. }))
                if failures < MAX_FAILURES =>
            {
                failures += 1;
                tokio::time::sleep(RETRY_PAUSE).await;
            }
            Err(error) => return Err(error),
        }
    }
    let complete = download.finish().map_err(|source| OfflineError::File { path: path.to_owned(), source })?;
    if !complete {
        return Err(SnapshotRefused::Altered.into());
    }
    Ok(check(path, &address.outlet_id)?)
}

async fn download_once(
    download: &mut Download,
    client: &Client,
    address: &Address,
    epoch_id: &str,
    report: &mut (dyn FnMut(u64, u64) + Send),
) -> Result<bool, OfflineError> {
    let Some(mut response) = download.request(client, address, epoch_id).await? else {
        return Err(OfflineError::NoSnapshots);
    };
    download.check_size()?;
    Ok(download.receive(&mut response, report).await?)
}
