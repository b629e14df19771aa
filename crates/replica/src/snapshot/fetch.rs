//! Fetching the file from the hub, the rest of it after a cut line or a crash, and applying it.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use protocol::limits::MAX_SNAPSHOT_PACKED_BYTES;
use protocol::snapshot::hex;
use reqwest::header::{CONTENT_LENGTH, CONTENT_RANGE, ETAG};
use reqwest::{Response, StatusCode};
use sha2::{Digest, Sha256};
use web::time;

use crate::chain::chain;
use crate::client::hub::{Client, HubError};
use crate::client::pull::{Pull, PullError};
use crate::error::QueueError;
use crate::link::Totals;
use crate::progress::snapshot::{Applying, UnderWay, begin, begun, file, forget, part, refuse, under_way};
use crate::settings::hub_link::Address;
use crate::snapshot::apply::{Done, apply};
use crate::snapshot::read::{Checked, SnapshotRefused, Steps, check};

/// So long in one go; then the settings are looked at again.
const IN_ONE_GO: Duration = Duration::from_secs(300);

impl Pull<'_> {
    /// Goes on with the snapshot that is under way; says whether there was one.
    ///
    /// # Errors
    /// [`PullError`]; what has come or was applied before stays.
    pub async fn snapshot(&self) -> Result<bool, PullError> {
        let ended = match self.app.db.read(under_way).await? {
            None => return Ok(false),
            Some(UnderWay::Wanted(etag)) => self.fetch(etag).await,
            Some(UnderWay::Applying(at)) => self.apply(&at).await,
        };
        if let Err(PullError::Cloud(error)) = &ended {
            self.check_chain(error).await?;
        }
        ended.map(|()| true)
    }

    async fn fetch(&self, etag: Option<String>) -> Result<(), PullError> {
        let path = part(self.app.db.path());
        let epoch_id = self.app.db.read(|tx| Ok::<_, QueueError>(chain(tx)?.epoch.id)).await?;
        let mut download = Download::at(path.clone(), etag);
        let Some(mut coming) = download.ask(self.client, self.address, &epoch_id).await? else {
            tracing::info!("no snapshot comes from this hub; everything is compared range by range");
            return Ok(self.app.db.write_background(refuse).await?);
        };
        if let Err(refused) = download.fits() {
            tracing::warn!(
                code = refused.code(),
                bytes = download.length,
                "the hub's snapshot is not fetched: {refused}"
            );
            return Ok(self.app.db.write_background(refuse).await?);
        }
        // Kept before the first byte: what lies there is of this file.
        let etag = download.etag.clone();
        self.app.db.write_background(move |tx| begun(tx, etag.as_deref())).await?;
        self.app.link.snapshot_is(Totals { bytes: Some(download.length), entities: None });
        if !download.take(&mut coming, &mut |_, _| ()).await? {
            return Ok(());
        }
        let arrived = blocking(move || download.finish()).await?;
        if !arrived {
            self.app.db.write_background(|tx| begun(tx, None)).await?;
            return Err(altered().into());
        }
        let outlet_id = self.address.outlet_id.clone();
        let checking = path.clone();
        match blocking(move || Ok(check(&checking, &outlet_id))).await? {
            Ok(Checked { head, end }) => {
                std::fs::rename(&path, file(self.app.db.path())).map_err(QueueError::from)?;
                tracing::info!(shared = end.shared, owned = end.owned, "a snapshot has come and is applied");
                let parts = self.app.db.write_background(move |tx| begin(tx, &head, &end.sha256, time::now())).await?;
                if !parts.owned && !parts.shared {
                    // What it was wanted for is over, or it is of another life: ranges tell.
                    let _ = std::fs::remove_file(file(self.app.db.path()));
                    self.app
                        .db
                        .write_background(|tx| {
                            crate::progress::snapshot::want(tx, time::now()).and_then(|_| refuse(tx))
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
        let (opening, outlet_id, content) = (path.clone(), self.address.outlet_id.clone(), at.content.clone());
        let opened = blocking(move || Ok(open(&opening, &outlet_id, &content))).await?;
        let (checked, mut steps) = match opened {
            Ok(opened) => opened,
            Err(refused) => {
                tracing::warn!(code = refused.code(), %refused, "the snapshot beside the database cannot be used");
                return Ok(self.app.db.write_background(forget).await?);
            }
        };
        let Checked { end, .. } = &checked;
        self.app.link.snapshot_is(Totals { bytes: None, entities: Some(end.shared + end.owned) });
        let came = if at.shared { usize::try_from(end.shared).unwrap_or(usize::MAX) } else { 0 };
        let started = Instant::now();
        while started.elapsed() < IN_ONE_GO && !self.stop.is_cancelled() {
            let (read, back) = tokio::task::spawn_blocking(move || (steps.next_step(), steps))
                .await
                .map_err(|_| QueueError::Fault(sqlite::Fault::Panicked))?;
            steps = back;
            let step = read.map_err(|refused| QueueError::Unreadable(refused.to_string()))?;
            let Checked { head, end } = checked.clone();
            match self.app.db.write_background(move |tx| apply(tx, &head, &end.sha256, &step, time::now())).await? {
                Done::Applied => {}
                Done::Finished => {
                    tracing::info!("the snapshot is applied");
                    // Any of them may have changed.
                    self.app.link.pulled(came);
                    let _ = std::fs::remove_file(&path);
                    return Ok(());
                }
                Done::Over => return Ok(()),
            }
        }
        Ok(())
    }
}

/// A file that was checked before, checked again: others may have put another one in its place.
pub(crate) fn open(path: &Path, outlet_id: &str, content: &str) -> Result<(Checked, Steps), SnapshotRefused> {
    let checked = check(path, outlet_id)?;
    if checked.end.sha256 != content {
        return Err(SnapshotRefused::Altered);
    }
    Ok((checked, Steps::open(path)?))
}

fn altered() -> HubError {
    HubError::Failed { message: "The hub's snapshot arrived altered; it is fetched again.".to_owned() }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> Result<T, QueueError> {
    let done = tokio::task::spawn_blocking(work).await.map_err(|_| sqlite::Fault::Panicked)?;
    Ok(done?)
}

/// A file that is being fetched.
pub(crate) struct Download {
    path: PathBuf,
    etag: Option<String>,
    have: u64,
    length: u64,
}

impl Download {
    /// Goes on with what lies at `path`, if that is of the file with this `ETag`.
    pub(crate) fn at(path: PathBuf, etag: Option<String>) -> Self {
        let have = if etag.is_some() { std::fs::metadata(&path).map_or(0, |found| found.len()) } else { 0 };
        Self { path, etag: etag.filter(|_| have > 0), have, length: 0 }
    }

    /// Asks for the file, or the rest of it; none where the hub makes none.
    pub(crate) async fn ask(
        &mut self,
        client: &Client,
        to: &Address,
        epoch_id: &str,
    ) -> Result<Option<Response>, HubError> {
        let begun = self.etag.as_deref().map(|etag| (etag, self.have));
        let Some(response) = client.snapshot(to, epoch_id, begun).await? else { return Ok(None) };
        if self.goes_on(&response) || self.is_whole(&response) {
            return Ok(Some(response));
        }
        // Another file: from the beginning.
        self.have = 0;
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
            tracing::warn!("something between here and the hub takes the snapshot's ETag or length away");
            return Ok(None);
        }
        Ok(Some(response))
    }

    /// Whether the file that the hub named is one that this outlet would take.
    ///
    /// # Errors
    /// [`SnapshotRefused::TooLarge`].
    pub(crate) fn fits(&self) -> Result<(), SnapshotRefused> {
        if self.length > MAX_SNAPSHOT_PACKED_BYTES { Err(SnapshotRefused::TooLarge) } else { Ok(()) }
    }

    /// All of it had come, and then the outlet stopped: there is nothing behind what is here.
    fn is_whole(&mut self, response: &Response) -> bool {
        let all = format!("bytes */{}", self.have);
        let whole =
            response.status() == StatusCode::RANGE_NOT_SATISFIABLE && header(response, CONTENT_RANGE) == Some(&all);
        if whole {
            self.length = self.have;
        }
        whole
    }

    fn goes_on(&mut self, response: &Response) -> bool {
        if response.status() != StatusCode::PARTIAL_CONTENT || etag(response) != self.etag {
            return false;
        }
        let Some(range) = header(response, CONTENT_RANGE) else { return false };
        let from = format!("bytes {}-", self.have);
        let length = range.rsplit_once('/').and_then(|(_, length)| length.parse().ok());
        self.length = length.unwrap_or(0);
        range.starts_with(&from) && self.length > 0
    }

    /// Takes what comes until the line is cut; says whether all of it is there. `told` hears how far it is.
    ///
    /// # Errors
    /// Nothing came at all.
    pub(crate) async fn take(
        &mut self,
        coming: &mut Response,
        told: &mut (dyn FnMut(u64, u64) + Send),
    ) -> Result<bool, PullError> {
        let mut options = OpenOptions::new();
        options.create(true);
        let options = if self.have == 0 { options.write(true).truncate(true) } else { options.append(true) };
        let mut to = sqlite::open_private(&self.path, options).map_err(QueueError::from)?;
        let before = self.have;
        while self.have < self.length {
            match coming.chunk().await {
                Ok(Some(bytes)) => {
                    // Into the system's memory: this takes no time.
                    to.write_all(&bytes).map_err(QueueError::from)?;
                    self.have += bytes.len() as u64;
                    told(self.have, self.length);
                }
                Ok(None) | Err(_) if self.have > before => return Ok(self.have == self.length),
                Ok(None) | Err(_) => {
                    let message = "The hub's snapshot was cut off; the rest is fetched later.".to_owned();
                    return Err(HubError::Failed { message }.into());
                }
            }
        }
        Ok(self.have == self.length)
    }

    /// Puts the file on the disk and looks whether it is what the hub sent; if not, it is thrown away.
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
        let whole = self.etag.is_some_and(|etag| etag.trim_matches('"') == hex(&hash.finalize()));
        if !whole {
            std::fs::remove_file(&self.path)?;
        }
        Ok(whole)
    }
}

fn header(response: &Response, name: reqwest::header::HeaderName) -> Option<&str> {
    response.headers().get(name)?.to_str().ok()
}

fn etag(response: &Response) -> Option<String> {
    header(response, ETAG).filter(|etag| etag.starts_with('"')).map(str::to_owned)
}
