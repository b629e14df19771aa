//! Fetches the snapshot from the hub, continues after a broken connection or a crash, and applies it.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use protocol::limits::MAX_SNAPSHOT_PACKED_BYTES;
use protocol::snapshot::hex;
use reqwest::header::{CONTENT_LENGTH, CONTENT_RANGE, ETAG};
use reqwest::{Response, StatusCode};
use sha2::{Digest, Sha256};
use web::messages::ReasonCode;
use web::time;

use crate::chain::chain;
use crate::client::hub::{Client, HubError};
use crate::client::pull::{Pull, PullError};
use crate::error::QueueError;
use crate::link::SnapshotTotals;
use crate::progress::snapshot::{
    Applying, SnapshotState, begin, clear, file, part, refuse, running_snapshot, set_etag,
};
use crate::settings::hub_link::Address;
use crate::snapshot::apply::{StepResult, apply};
use crate::snapshot::read::{Checked, SnapshotRefused, Steps, check};

/// Time after which the settings are read again.
const MAX_RUN_TIME: Duration = Duration::from_secs(300);

impl Pull<'_> {
    /// Continues the running snapshot; returns whether there was one.
    ///
    /// # Errors
    /// [`PullError`]; bytes fetched and steps applied before stay.
    pub async fn snapshot(&self) -> Result<bool, PullError> {
        let result = match self.app.db.read(running_snapshot).await? {
            None => return Ok(false),
            Some(SnapshotState::Fetching(etag)) => self.fetch(etag).await,
            Some(SnapshotState::Applying(at)) => self.apply(&at).await,
        };
        if let Err(PullError::Hub(error)) = &result {
            self.check_chain(error).await?;
        }
        result.map(|()| true)
    }

    async fn fetch(&self, etag: Option<String>) -> Result<(), PullError> {
        let path = part(self.app.db.path());
        let epoch_id = self.app.db.read(|tx| Ok::<_, QueueError>(chain(tx)?.epoch.id)).await?;
        let mut download = Download::at(path.clone(), etag);
        let Some(mut response) = download.request(self.client, self.address, &epoch_id).await? else {
            tracing::info!("this hub makes no snapshots; comparing range by range");
            return Ok(self.app.db.write_background(refuse).await?);
        };
        if let Err(refused) = download.check_size() {
            tracing::warn!(
                code = refused.code(),
                bytes = download.length,
                "the hub's snapshot is not fetched: {refused}"
            );
            return Ok(self.app.db.write_background(refuse).await?);
        }
        // Stored before the first byte, so that the bytes on disk belong to this `ETag`.
        let etag = download.etag.clone();
        self.app.db.write_background(move |tx| set_etag(tx, etag.as_deref())).await?;
        self.app.link.set_snapshot_totals(SnapshotTotals { bytes: Some(download.length), entities: None });
        if !download.receive(&mut response, &mut |_, _| ()).await? {
            return Ok(());
        }
        let complete = blocking(move || download.finish()).await?;
        if !complete {
            self.app.db.write_background(|tx| set_etag(tx, None)).await?;
            return Err(altered().into());
        }
        let outlet_id = self.address.outlet_id.clone();
        let check_path = path.clone();
        match blocking(move || Ok(check(&check_path, &outlet_id))).await? {
            Ok(Checked { head, end }) => {
                std::fs::rename(&path, file(self.app.db.path())).map_err(QueueError::from)?;
                tracing::info!(shared = end.shared, owned = end.owned, "a snapshot has arrived; applying it");
                let parts = self.app.db.write_background(move |tx| begin(tx, &head, &end.sha256, time::now())).await?;
                if !parts.owned && !parts.shared {
                    // Its purpose is gone, or it is of another epoch: compare by ranges.
                    let _ = std::fs::remove_file(file(self.app.db.path()));
                    self.app
                        .db
                        .write_background(|tx| {
                            crate::progress::snapshot::request(tx, time::now()).and_then(|_| refuse(tx))
                        })
                        .await?;
                }
                Ok(())
            }
            Err(refused) => {
                tracing::warn!(code = refused.code(), %refused, "the hub's snapshot cannot be used; comparing in ranges");
                let _ = std::fs::remove_file(&path);
                Ok(self.app.db.write_background(refuse).await?)
            }
        }
    }

    async fn apply(&self, at: &Applying) -> Result<(), PullError> {
        let path = file(self.app.db.path());
        let (snapshot_path, outlet_id, content) = (path.clone(), self.address.outlet_id.clone(), at.content.clone());
        let opened = blocking(move || Ok(open(&snapshot_path, &outlet_id, &content))).await?;
        let (checked, mut steps) = match opened {
            Ok(opened) => opened,
            Err(refused) => {
                tracing::warn!(code = refused.code(), %refused, "the snapshot beside the database cannot be used");
                return Ok(self.app.db.write_background(clear).await?);
            }
        };
        let Checked { end, .. } = &checked;
        self.app.link.set_snapshot_totals(SnapshotTotals { bytes: None, entities: Some(end.shared + end.owned) });
        let entities = if at.shared { usize::try_from(end.shared).unwrap_or(usize::MAX) } else { 0 };
        let started = Instant::now();
        while started.elapsed() < MAX_RUN_TIME && !self.stop.is_cancelled() {
            let (read, returned) = tokio::task::spawn_blocking(move || (steps.next_step(), steps))
                .await
                .map_err(|_| QueueError::Fault(sqlite::Fault::Panicked))?;
            steps = returned;
            let step = read.map_err(|refused| QueueError::Unreadable(refused.to_string()))?;
            let Checked { head, end } = checked.clone();
            match self.app.db.write_background(move |tx| apply(tx, &head, &end.sha256, &step, time::now())).await? {
                StepResult::Applied => {}
                StepResult::Finished => {
                    tracing::info!("the snapshot is applied");
                    // Any shared entity may have changed.
                    self.app.link.note_pulled(entities);
                    let _ = std::fs::remove_file(&path);
                    return Ok(());
                }
                StepResult::Replaced => return Ok(()),
            }
        }
        Ok(())
    }
}

/// Opens the checked file and checks it again: another process may have replaced it.
pub(crate) fn open(path: &Path, outlet_id: &str, content: &str) -> Result<(Checked, Steps), SnapshotRefused> {
    let checked = check(path, outlet_id)?;
    if checked.end.sha256 != content {
        return Err(SnapshotRefused::Altered);
    }
    Ok((checked, Steps::open(path)?))
}

fn altered() -> HubError {
    damaged("altered")
}

fn damaged(reason: &'static str) -> HubError {
    HubError::Failed { reason: ReasonCode::SnapshotDamaged.with("reason", reason).into() }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> Result<T, QueueError> {
    let result = tokio::task::spawn_blocking(work).await.map_err(|_| sqlite::Fault::Panicked)?;
    Ok(result?)
}

/// A file that is being fetched.
pub(crate) struct Download {
    path: PathBuf,
    etag: Option<String>,
    received: u64,
    length: u64,
}

impl Download {
    /// Continues with the bytes at `path`, if they are of the file with this `ETag`.
    pub(crate) fn at(path: PathBuf, etag: Option<String>) -> Self {
        let received = if etag.is_some() { std::fs::metadata(&path).map_or(0, |found| found.len()) } else { 0 };
        Self { path, etag: etag.filter(|_| received > 0), received, length: 0 }
    }

    /// Requests the file or the rest of it; `None` if the hub makes no snapshots.
    pub(crate) async fn request(
        &mut self,
        client: &Client,
        to: &Address,
        epoch_id: &str,
    ) -> Result<Option<Response>, HubError> {
        let partial = self.etag.as_deref().map(|etag| (etag, self.received));
        let Some(response) = client.snapshot(to, epoch_id, partial).await? else { return Ok(None) };
        if self.continues(&response) || self.is_complete(&response) {
            return Ok(Some(response));
        }
        // Another file: start over.
        self.received = 0;
        let response = if response.status() == StatusCode::OK {
            response
        } else {
            let Some(response) = client.snapshot(to, epoch_id, None).await? else { return Ok(None) };
            response
        };
        self.etag = etag(&response);
        self.length =
            response.content_length().or_else(|| header(&response, CONTENT_LENGTH)?.parse().ok()).unwrap_or(0);
        if response.status() != StatusCode::OK || self.etag.is_none() || self.length == 0 {
            tracing::warn!("a proxy removes the snapshot's ETag or length");
            return Ok(None);
        }
        Ok(Some(response))
    }

    /// Whether this outlet accepts a file of the announced size.
    ///
    /// # Errors
    /// [`SnapshotRefused::TooLarge`].
    pub(crate) fn check_size(&self) -> Result<(), SnapshotRefused> {
        if self.length > MAX_SNAPSHOT_PACKED_BYTES { Err(SnapshotRefused::TooLarge) } else { Ok(()) }
    }

    /// Whether the whole file had arrived before the outlet stopped: the hub has nothing after these bytes.
    fn is_complete(&mut self, response: &Response) -> bool {
        let at_end = format!("bytes */{}", self.received);
        let complete =
            response.status() == StatusCode::RANGE_NOT_SATISFIABLE && header(response, CONTENT_RANGE) == Some(&at_end);
        if complete {
            self.length = self.received;
        }
        complete
    }

    fn continues(&mut self, response: &Response) -> bool {
        if response.status() != StatusCode::PARTIAL_CONTENT || etag(response) != self.etag {
            return false;
        }
        let Some(range) = header(response, CONTENT_RANGE) else { return false };
        let from = format!("bytes {}-", self.received);
        let length = range.rsplit_once('/').and_then(|(_, length)| length.parse().ok());
        self.length = length.unwrap_or(0);
        range.starts_with(&from) && self.length > 0
    }

    /// Receives until the connection ends; returns whether the file is complete. Calls `report` with the bytes received
    /// and the total.
    ///
    /// # Errors
    /// [`PullError`] if nothing arrived.
    pub(crate) async fn receive(
        &mut self,
        response: &mut Response,
        report: &mut (dyn FnMut(u64, u64) + Send),
    ) -> Result<bool, PullError> {
        let mut options = OpenOptions::new();
        options.create(true);
        let options = if self.received == 0 { options.write(true).truncate(true) } else { options.append(true) };
        let mut to = sqlite::open_private(&self.path, options).map_err(QueueError::from)?;
        let at_start = self.received;
        while self.received < self.length {
            match response.chunk().await {
                Ok(Some(bytes)) => {
                    // Goes to the page cache: this does not block.
                    to.write_all(&bytes).map_err(QueueError::from)?;
                    self.received += bytes.len() as u64;
                    report(self.received, self.length);
                }
                Ok(None) | Err(_) if self.received > at_start => return Ok(self.received == self.length),
                Ok(None) | Err(_) => {
                    return Err(damaged("cut_off").into());
                }
            }
        }
        Ok(self.received == self.length)
    }

    /// Syncs the file to disk and compares its hash with the `ETag`; removes it on a mismatch.
    pub(crate) fn finish(self) -> io::Result<bool> {
        let mut file = File::open(&self.path)?;
        file.sync_all()?;
        let mut hash = Sha256::new();
        let mut piece = vec![0; 1 << 16];
        loop {
            let read = file.read(&mut piece)?;
            if read == 0 {
                break;
            }
            hash.update(&piece[..read]);
        }
        let complete = self.etag.is_some_and(|etag| etag.trim_matches('"') == hex(&hash.finalize()));
        if !complete {
            std::fs::remove_file(&self.path)?;
        }
        Ok(complete)
    }
}

fn header(response: &Response, name: reqwest::header::HeaderName) -> Option<&str> {
    response.headers().get(name)?.to_str().ok()
}

fn etag(response: &Response) -> Option<String> {
    header(response, ETAG).filter(|etag| etag.starts_with('"')).map(str::to_owned)
}
