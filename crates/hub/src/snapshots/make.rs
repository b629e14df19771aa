//! Chooses the file for an outlet: the one that it is downloading, a recent one, or a new one.

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use protocol::cursor::Cursor;
use protocol::snapshot::Head;
use store::{Fault, Store, Tx};
use tokio::sync::Mutex;

use super::folder::{Folder, Made, StoredSnapshot};
use super::write::{WriteError, write};
use crate::{hours, streams};

/// Maximum age of a file for a new download.
const MAX_AGE: SignedDuration = SignedDuration::from_mins(10);
/// Hours of the hub's running for which an outlet may continue to download a file.
const RETENTION_HOURS: i64 = 24;
/// Maximum time to write a file.
const MAX_WRITE_TIME: Duration = Duration::from_hours(24);
/// Maximum number of files per outlet.
const MAX: usize = 3;
/// Maximum waiting time of a request; the file may be ready at the next request.
const PATIENCE: Duration = Duration::from_secs(15);

/// Why no snapshot was written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MakeError {
    #[error("the snapshot is being written; retry in a few seconds")]
    Underway,
    #[error(transparent)]
    Fault(#[from] Fault),
    #[error("a snapshot cannot be written: {0}")]
    Io(#[from] io::Error),
}

impl From<WriteError> for MakeError {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Fault(fault) => Self::Fault(fault),
            WriteError::Io(error) => Self::Io(error),
        }
    }
}

/// The snapshots of a hub.
#[derive(Debug)]
pub(crate) struct Snapshots {
    folder: Folder,
    /// Serializes writing: each snapshot occupies a reader and delays the WAL checkpoint.
    making: Mutex<()>,
    /// One lock per outlet, so that each outlet has at most one snapshot being written or queued.
    of_outlets: std::sync::Mutex<HashMap<String, Arc<Mutex<()>>>>,
}

impl Snapshots {
    /// Snapshots in this folder.
    pub(crate) fn in_folder(path: PathBuf) -> Self {
        Self { folder: Folder(path), making: Mutex::new(()), of_outlets: std::sync::Mutex::default() }
    }

    /// A file for the outlet; `begun` identifies the file that it has partly downloaded.
    pub(super) async fn get(
        self: &Arc<Self>,
        store: &Store,
        outlet_id: &str,
        begun: Option<String>,
        now: Timestamp,
    ) -> Result<StoredSnapshot, MakeError> {
        if let Some(snapshot) = self.find(store, outlet_id, begun.clone(), now).await? {
            return Ok(snapshot);
        }
        let (this, store, outlet_id) = (Arc::clone(self), store.clone(), outlet_id.to_owned());
        let made = async {
            let only = self.of_outlet(&outlet_id).lock_owned().await;
            // The outlet may disconnect before the file is ready. However often it does, at most one task per outlet
            // remains.
            web::detached(async move {
                let _held = (only, this.making.lock().await);
                match this.find(&store, &outlet_id, begun, now).await? {
                    Some(snapshot) => Ok(snapshot),
                    None => this.make(&store, outlet_id, now).await,
                }
            })
            .await
        };
        tokio::time::timeout(PATIENCE, made).await.unwrap_or(Err(MakeError::Underway))
    }

    fn of_outlet(&self, outlet_id: &str) -> Arc<Mutex<()>> {
        let mut all = self.of_outlets.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(all.entry(outlet_id.to_owned()).or_default())
    }

    async fn find(
        self: &Arc<Self>,
        store: &Store,
        outlet_id: &str,
        begun: Option<String>,
        now: Timestamp,
    ) -> Result<Option<StoredSnapshot>, MakeError> {
        let (this, outlet_id) = (Arc::clone(self), outlet_id.to_owned());
        let read = store.read(move |tx| {
            for snapshot in this.folder.list()?.into_iter().filter(|snapshot| snapshot.outlet_id == outlet_id) {
                let wanted = begun.as_ref().is_some_and(|begun| *begun == snapshot.sha256);
                // An unreadable file counts as missing.
                if (wanted || age(&snapshot, now) <= MAX_AGE)
                    && let Ok(head) = snapshot.head()
                    && is_valid(tx, &head)?
                {
                    return Ok(Some(snapshot));
                }
            }
            Ok::<_, MakeError>(None)
        });
        read.await
    }

    async fn make(
        self: &Arc<Self>,
        store: &Store,
        outlet_id: String,
        now: Timestamp,
    ) -> Result<StoredSnapshot, MakeError> {
        let (this, id) = (Arc::clone(self), outlet_id.clone());
        let written = store.read_at_length(move |tx| {
            let hour = hours::current(tx)?;
            this.prune(hour)?;
            Ok::<_, MakeError>((hour, write(tx, &id, now, this.folder.begin(&id)?, &mut |_| ())?))
        });
        let (this, (hour, written)) = (Arc::clone(self), written.await?);
        let made = Made { hour, ms: now.as_millisecond() };
        let snapshot = tokio::task::spawn_blocking(move || this.folder.add(outlet_id, made, written)).await;
        let snapshot = snapshot.map_err(|_| Fault::PANICKED)??;
        tracing::info!(outlet_id = snapshot.outlet_id, bytes = snapshot.bytes, "created a snapshot");
        Ok(snapshot)
    }

    /// Deletes files that are too old to resume, by the hub's running hours.
    pub(crate) fn prune(&self, hour: i64) -> io::Result<()> {
        let (mut outlets, mut snapshot) = (HashMap::<String, usize>::new(), self.folder.list()?);
        snapshot.retain(|snapshot| {
            let many = outlets.entry(snapshot.outlet_id.clone()).or_default();
            *many += 1;
            // A file of a later hour was written before the database was restored.
            hour.saturating_sub(snapshot.made.hour).abs() > RETENTION_HOURS || *many > MAX
        });
        let left_over = self.folder.left_over(MAX_WRITE_TIME)?;
        snapshot.iter().map(|old| &old.path).chain(&left_over).try_for_each(std::fs::remove_file)
    }
}

/// The age of a file; one from the future is old, too. It only decides whether a new file is written.
fn age(snapshot: &StoredSnapshot, now: Timestamp) -> SignedDuration {
    SignedDuration::from_millis(now.as_millisecond().saturating_sub(snapshot.made.ms)).abs()
}

/// Whether a file is still valid: the hub may have been restored since, or may have deleted the stream entries after
/// it, or the outlet may be in another epoch.
fn is_valid(tx: &mut Tx<'_>, head: &Head) -> Result<bool, Fault> {
    let chain = streams::chain_row(tx, &head.outlet_id)?;
    let here = chain.position.batch_no.cmp(&head.batch_no);
    let chain_stands =
        chain.epoch == head.epoch && here.is_ge() && (here.is_gt() || chain.position.batch_id == head.batch_id);
    let Ok(cursor) = head.cursor.parse::<Cursor>() else { return Ok(false) };
    Ok(chain_stands && streams::reaches(tx, &head.outlet_id, &cursor)?)
}
