//! A snapshot that comes on a stick, and one that goes onto it; from the terminal, beside a running server or without.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use protocol::limits::MAX_SNAPSHOT_PACKED_BYTES;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use sqlite::{open_private, sibling};
use web::time;

use crate::client::hub::{Client, HubError};
use crate::client::pull::PullError;
use crate::error::QueueError;
use crate::progress::snapshot::{Parts, UnderWay, begin, file, under_way};
use crate::settings::hub_link::Address;
use crate::snapshot::apply::{Done, apply};
use crate::snapshot::fetch::{Download, open};
use crate::snapshot::read::{Checked, SnapshotRefused, check};

/// Between two small transactions, so that a server's writes come in between.
const BREATH: Duration = Duration::from_millis(10);
/// Tries in a row that bring nothing.
const TRIES: u32 = 5;
const BETWEEN_TRIES: Duration = Duration::from_secs(1);

/// Why a snapshot was not applied, or not saved.
#[derive(Debug, thiserror::Error)]
pub enum OfflineError {
    /// The file is not one for this outlet. Nothing of it was applied.
    #[error(transparent)]
    Refused(#[from] SnapshotRefused),
    /// Nothing is overwritten.
    #[error("{0} exists already; name another file, or move it away")]
    Exists(PathBuf),
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// The system's words.
        source: io::Error,
    },
    /// Another one came first.
    #[error("another snapshot is being applied; wait until 'gerai sync status' shows that it is done, and try again")]
    Another,
    /// The hub is too old.
    #[error("the hub makes no snapshots; upgrade it")]
    NoneThere,
    /// The hub, or the way there.
    #[error(transparent)]
    Cloud(#[from] HubError),
    /// The database.
    #[error(transparent)]
    Queue(#[from] QueueError),
}

impl From<PullError> for OfflineError {
    fn from(error: PullError) -> Self {
        match error {
            PullError::Cloud(error) => Self::Cloud(error),
            PullError::Queue(error) => Self::Queue(error),
        }
    }
}

impl From<rusqlite::Error> for OfflineError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Queue(error.into())
    }
}

/// What an import came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// What of it this outlet could use.
    pub parts: Parts,
    /// When the hub made it.
    pub made_at: String,
    /// Shared entities in it.
    pub shared: u64,
    /// Documents of the outlet in it.
    pub owned: u64,
    /// Entities from the hub that this outlet could not apply, those of the file among them.
    pub unapplied: u64,
}

/// Applies a file. Said again after a crash, it goes on; `told` hears how many of how many lines are done.
///
/// # Errors
/// [`OfflineError`].
pub fn import(
    connection: &Connection,
    db: &Path,
    outlet_id: &str,
    from: &Path,
    told: &mut dyn FnMut(u64, u64),
) -> Result<Imported, OfflineError> {
    let copy = sibling(db, ".snapshot.stick");
    let checked = bring(from, &copy, outlet_id).inspect_err(|_| drop(std::fs::remove_file(&copy)))?;
    let Checked { head, end } = &checked;
    let place = file(db);
    let parts = write(connection, |tx| {
        match under_way(tx)? {
            Some(UnderWay::Applying(at)) if at.content == end.sha256 => {
                // This very file was being applied.
                std::fs::rename(&copy, &place).map_err(|source| OfflineError::File { path: place.clone(), source })?;
                return Ok(Parts { shared: at.shared, owned: crate::progress::snapshot::own_applies(tx, head)? });
            }
            Some(UnderWay::Applying(_)) => return Err(OfflineError::Another),
            Some(UnderWay::Wanted(_)) | None => {}
        }
        std::fs::rename(&copy, &place).map_err(|source| OfflineError::File { path: place.clone(), source })?;
        Ok(begin(tx, head, &end.sha256, time::now())?)
    });
    let parts = parts.inspect_err(|_| drop(std::fs::remove_file(&copy)))?;
    // A server that works on the same file beside this command, and was the last, has removed it.
    if !(parts.shared || parts.owned) || carry_out(connection, &place, outlet_id, &checked, told)? == Done::Finished {
        let _ = std::fs::remove_file(&place);
    }
    let unapplied = "select count(*) from sync_unapplied_updates where state = 'retrying'";
    let unapplied = connection.query_row(unapplied, [], |row| row.get(0))?;
    Ok(Imported { parts, made_at: head.made_at.clone(), shared: end.shared, owned: end.owned, unapplied })
}

/// The stick may be pulled out: what is applied is a copy beside the database, private as that is.
fn bring(from: &Path, copy: &Path, outlet_id: &str) -> Result<Checked, OfflineError> {
    let wrong = |path: &Path| {
        let path = path.to_owned();
        move |source| OfflineError::File { path, source }
    };
    // A pipe or a device would never end.
    if !std::fs::metadata(from).map_err(wrong(from))?.is_file() {
        return Err(SnapshotRefused::NotASnapshot.into());
    }
    let mut offline = File::open(from).map_err(wrong(from))?.take(MAX_SNAPSHOT_PACKED_BYTES + 1);
    let options = &mut OpenOptions::new();
    let mut to = open_private(copy, options.write(true).create(true).truncate(true)).map_err(wrong(copy))?;
    io::copy(&mut offline, &mut to).map_err(wrong(from))?;
    to.sync_all().map_err(wrong(copy))?;
    Ok(check(copy, outlet_id)?)
}

fn carry_out(
    connection: &Connection,
    place: &Path,
    outlet_id: &str,
    checked: &Checked,
    told: &mut dyn FnMut(u64, u64),
) -> Result<Done, OfflineError> {
    let Checked { head, end } = checked;
    let all = end.shared + end.owned;
    let (_, mut steps) = open(place, outlet_id, &end.sha256)?;
    loop {
        let step = steps.next_step()?;
        let done = write(connection, |tx| Ok(apply(tx, head, &end.sha256, &step, time::now())?))?;
        told((step.at + step.lines).min(all), all);
        if done != Done::Applied {
            return Ok(done);
        }
        std::thread::sleep(BREATH);
    }
}

fn write<T>(
    connection: &Connection,
    work: impl FnOnce(&Transaction<'_>) -> Result<T, OfflineError>,
) -> Result<T, OfflineError> {
    let tx = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    let done = work(&tx)?;
    tx.commit()?;
    Ok(done)
}

/// Saves the snapshot that the hub has for this outlet; `told` hears how many of how many bytes have come.
///
/// # Errors
/// [`OfflineError`]; no file is left behind.
pub async fn export(
    address: &Address,
    epoch_id: &str,
    to: &Path,
    told: &mut (dyn FnMut(u64, u64) + Send),
) -> Result<Checked, OfflineError> {
    if to.exists() {
        return Err(OfflineError::Exists(to.to_owned()));
    }
    let unfinished = sibling(to, ".part");
    let done = fetch(address, epoch_id, &unfinished, told).await.and_then(|checked| {
        std::fs::rename(&unfinished, to).map_err(|source| OfflineError::File { path: to.to_owned(), source })?;
        Ok(checked)
    });
    done.inspect_err(|_| drop(std::fs::remove_file(&unfinished)))
}

async fn fetch(
    address: &Address,
    epoch_id: &str,
    path: &Path,
    told: &mut (dyn FnMut(u64, u64) + Send),
) -> Result<Checked, OfflineError> {
    let client = Client::new();
    let mut download = Download::at(path.to_owned(), None);
    let mut tries = 0;
    loop {
        match once(&mut download, &client, address, epoch_id, told).await {
            Ok(true) => break,
            Ok(false) => tries = 0,
            Err(OfflineError::Cloud(HubError::Unreachable { .. } | HubError::Failed { .. })) if tries < TRIES => {
                tries += 1;
                tokio::time::sleep(BETWEEN_TRIES).await;
            }
            Err(error) => return Err(error),
        }
    }
    let arrived = download.finish().map_err(|source| OfflineError::File { path: path.to_owned(), source })?;
    if !arrived {
        return Err(SnapshotRefused::Altered.into());
    }
    Ok(check(path, &address.outlet_id)?)
}

async fn once(
    download: &mut Download,
    client: &Client,
    address: &Address,
    epoch_id: &str,
    told: &mut (dyn FnMut(u64, u64) + Send),
) -> Result<bool, OfflineError> {
    let Some(mut coming) = download.ask(client, address, epoch_id).await? else { return Err(OfflineError::NoneThere) };
    download.fits()?;
    Ok(download.take(&mut coming, told).await?)
}
