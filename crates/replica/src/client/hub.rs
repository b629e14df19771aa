//! The HTTP client of the hub. [`HttpAnswer`] reads the answers.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::image::ImageType;
use protocol::audit;
use protocol::devices::DeviceReport;
use protocol::fingerprint::{VerifyRequest, VerifyResponse};
use protocol::images::WantedImages;
use protocol::limits::MAX_SINGLE_ANSWER_BYTES;
use protocol::page_size::{PageSize, SIZES};
use protocol::statement::{StatementReport, Statements};
use protocol::updates::{EnrollRequest, EnrollResponse, EntityPage, OwnedPage, Update, UpdatePage};
use protocol::wire::{Answer, EntityRef, Envelope, batch_path};
use reqwest::header::{CONTENT_TYPE, HeaderMap, IF_RANGE, RANGE, RETRY_AFTER};
use reqwest::{Response, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use web::image::Image;
use web::messages::{Reason, ReasonCode};
use web::{secret, time, unreachable};

use crate::client::answer::{HttpAnswer, foreign_answer, not_a_hub};
use crate::link::Link;
use crate::link::clock::{self, HubClock};
use crate::link::duplicate_server;
use crate::link::duplicate_server::DuplicateServer;
use crate::progress::cursor::PullRequest;
use crate::settings::hub_link::Address;

/// Time limits for the hub's answers.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    /// For the answer to a batch.
    pub batch: Duration,
    /// For a ping.
    pub ping: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        // Enough for a batch of two thousand orders over a slow phone line.
        Self { batch: Duration::from_secs(60), ping: Duration::from_secs(10) }
    }
}

/// Header with the number of entities that the hub has not acknowledged: after the batch, or now.
const PENDING: &str = "x-outlet-pending";
/// Timeout of a page, in addition to the waiting time of a long poll.
const PAGE_TIMEOUT: Duration = Duration::from_secs(30);
/// Timeout of one part of a snapshot; received bytes stay, and the rest is requested again.
const SNAPSHOT_TIMEOUT: Duration = Duration::from_secs(60);
/// Cap on `Retry-After`. A proxy may answer 429 or 503 with hours, which would delay sales long after it has recovered.
const MAX_RETRY_AFTER_SECONDS: u64 = 60;
/// Maximum bytes of an answer: the reply to a full batch with every item rejected, or a page of long documents.
const MAX_ANSWER: usize = protocol::limits::MAX_ANSWER_BYTES;
/// Entries in a page, by its [`PageSize`]. The hub leaves oversized entries out of pages; if one arrives all the same,
/// it is requested alone and rejected by name.
const UPDATES: [usize; SIZES] = [200, 20, 1];
const RANGE_ENTRIES: [usize; SIZES] = [500, 20, 1];

/// Why a request to the hub failed.
#[derive(Debug, thiserror::Error)]
pub enum HubError {
    /// No connection, or another program answered.
    #[error("{reason}")]
    Unreachable {
        /// What is wrong.
        reason: Reason,
        /// Value of `Retry-After`.
        retry_after_ms: Option<u64>,
    },
    /// The request arrived and failed; only a ping shows whether the batch is the cause.
    #[error("{reason}")]
    Failed {
        /// What is wrong.
        reason: Reason,
    },
    /// The answer is larger than this outlet reads.
    #[error("{reason}")]
    TooLarge {
        /// What is wrong.
        reason: Reason,
    },
    /// The hub refuses this outlet or speaks another protocol. Head office can change that.
    #[error("{reason}")]
    Denied {
        /// What is wrong and what to do.
        reason: Reason,
    },
    /// The hub cannot read this outlet's cursor: everything has to be compared.
    #[error("{reason}")]
    InvalidCursor {
        /// What is wrong.
        reason: Reason,
    },
    /// The hub has another epoch of this outlet.
    #[error("{reason}")]
    OtherEpoch {
        /// What is wrong and what to do.
        reason: Reason,
    },
}

impl HubError {
    /// Whether the hub refuses this outlet, whatever it sends.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::Denied { .. } | Self::OtherEpoch { .. })
    }

    /// What is wrong, as stored.
    #[must_use]
    pub fn reason(&self) -> &Reason {
        match self {
            Self::Unreachable { reason, .. }
            | Self::Failed { reason }
            | Self::TooLarge { reason }
            | Self::Denied { reason }
            | Self::InvalidCursor { reason }
            | Self::OtherEpoch { reason } => reason,
        }
    }
}

/// An HTTP client for the hub.
///
/// # Errors
/// The error of the HTTP library.
pub fn http_client() -> reqwest::Result<reqwest::Client> {
    web::client::build(|builder| builder)
}

/// Keeps connections open between requests.
#[derive(Clone)]
pub struct Client {
    http: Option<reqwest::Client>,
    clock: Arc<HubClock>,
    duplicate_server: Option<Arc<DuplicateServer>>,
    timeouts: Timeouts,
    pages: Arc<Mutex<PageSize>>,
    /// Reported with a query for changes.
    pending: Option<i64>,
}

impl Default for Client {
    fn default() -> Self {
        Self::new()
    }
}

impl Client {
    /// See [`http_client`].
    #[must_use]
    pub fn new() -> Self {
        let http = http_client().inspect_err(|error| tracing::error!(%error, "the HTTP client cannot be created")).ok();
        Self {
            http,
            clock: Arc::default(),
            duplicate_server: None,
            timeouts: Timeouts::default(),
            pages: Arc::default(),
            pending: None,
        }
    }

    /// A client for the running server: it sends the id of its process, and reports the hub's clock and duplicate
    /// servers to the link.
    #[must_use]
    pub fn for_link(link: &Link) -> Self {
        Self { clock: link.clock(), duplicate_server: Some(link.duplicate_server()), ..Self::new() }
    }

    /// Sets other timeouts.
    #[must_use]
    pub fn with_timeouts(self, timeouts: Timeouts) -> Self {
        Self { timeouts, ..self }
    }

    /// The hub's clock minus this machine's, by the last answer.
    #[must_use]
    pub fn clock_offset_ms(&self) -> Option<i64> {
        self.clock.offset_ms()
    }

    fn client(&self) -> Result<&reqwest::Client, HubError> {
        self.http.as_ref().ok_or_else(|| unreachable(ReasonCode::NoHttpClient))
    }

    /// Sends a stored batch unchanged.
    ///
    /// # Errors
    /// [`HubError`]; the batch stays stored in any case.
    pub async fn send(&self, to: &Address, batch_id: &str, body: &[u8], pending: i64) -> Result<Answer, HubError> {
        let response = self
            .client()?
            .post(format!("{}{}", to.api_url, batch_path(&to.outlet_id)))
            .bearer_auth(&to.api_key)
            .header("content-type", "application/json")
            .header("content-encoding", "zstd")
            .header("x-outlet-id", &to.outlet_id)
            .header("x-outlet-code", &to.outlet_code)
            .header(PENDING, pending)
            .header("x-sent-at", time::text(time::now()))
            .timeout(self.timeouts.batch)
            .body(body.to_vec())
            .send()
            .await
            .map_err(|error| failed(&to.api_url, &error))?;
        let offset_ms = clock::offset_ms(response.headers(), time::now());
        let answer = read(&to.api_url, response, MAX_ANSWER).await?.to_batch(&to.api_url, batch_id)?;
        self.clock.note(offset_ms);
        Ok(answer)
    }

    /// The next page of the outlet's streams. Tells the hub how many entities are pending now.
    ///
    /// # Errors
    /// [`HubError`].
    pub async fn updates(
        &self,
        to: &Address,
        request: &PullRequest,
        wait: Duration,
        pending: i64,
    ) -> Result<UpdatePage, HubError> {
        let path = format!("/outlets/{}/updates", to.outlet_id);
        let client = Self { pending: Some(pending), ..self.clone() };
        client.page(to, &path, query(request, wait), wait + PAGE_TIMEOUT, UPDATES).await
    }

    /// A range of all shared entities that the outlet may see.
    ///
    /// # Errors
    /// [`HubError`].
    pub async fn entities(&self, to: &Address, after: &EntityRef, epoch_id: &str) -> Result<EntityPage, HubError> {
        let path = format!("/outlets/{}/entities", to.outlet_id);
        self.page(to, &path, range_query(after, epoch_id), PAGE_TIMEOUT, RANGE_ENTRIES).await
    }

    /// A range of the outlet's documents at the hub.
    ///
    /// # Errors
    /// [`HubError`].
    pub async fn documents(&self, to: &Address, after: &EntityRef, epoch_id: &str) -> Result<OwnedPage, HubError> {
        let path = format!("/outlets/{}/documents", to.outlet_id);
        self.page(to, &path, range_query(after, epoch_id), PAGE_TIMEOUT, RANGE_ENTRIES).await
    }

    /// Digests of ranges of entities at the hub.
    ///
    /// # Errors
    /// [`HubError`].
    pub async fn verify(&self, to: &Address, request: &VerifyRequest) -> Result<VerifyResponse, HubError> {
        self.post(to, "verify", request, PAGE_TIMEOUT).await
    }

    /// Reports the figures of business days, and returns the hub's.
    ///
    /// # Errors
    /// [`HubError`].
    pub async fn statement(&self, to: &Address, report: &StatementReport) -> Result<Statements, HubError> {
        self.post(to, "statement", report, PAGE_TIMEOUT).await
    }

    /// Reports the outlet's devices.
    ///
    /// # Errors
    /// [`HubError`].
    pub async fn report_devices(&self, to: &Address, report: &DeviceReport) -> Result<(), HubError> {
        self.post::<serde::de::IgnoredAny>(to, "devices", report, self.timeouts.ping).await.map(|_| ())
    }

    /// The hashes of the images that the hub lacks.
    ///
    /// # Errors
    /// [`HubError`].
    pub async fn wanted_images(&self, to: &Address) -> Result<WantedImages, HubError> {
        let path = format!("/outlets/{}/images", to.outlet_id);
        let found = self.get(to, &path, &[], PAGE_TIMEOUT, MAX_ANSWER).await?;
        found.ok_or_else(|| unreachable(not_a_hub(&to.api_url, 404)))
    }

    /// Sends the file of an image that the hub wants.
    ///
    /// # Errors
    /// [`HubError`].
    pub async fn send_image(&self, to: &Address, image: &Image) -> Result<(), HubError> {
        let put = self.client()?.put(image_url(to, &image.hash)).bearer_auth(&to.api_key);
        let put = put.header("content-type", image.image_type.as_str()).body(image.bytes.clone());
        let put = put.timeout(self.timeouts.batch);
        // Not found: no product names it any more.
        self.answer_to::<serde::de::IgnoredAny>(&to.api_url, put, MAX_ANSWER).await.map(|_| ())
    }

    /// The file of an image; `None` if the hub does not have it either, or only a damaged one.
    ///
    /// # Errors
    /// [`HubError`].
    pub async fn image(&self, to: &Address, hash: &str) -> Result<Option<Image>, HubError> {
        let get = self.client()?.get(image_url(to, hash)).bearer_auth(&to.api_key).timeout(self.timeouts.batch);
        let response = get.send().await.map_err(|error| failed(&to.api_url, &error))?;
        let media_type = response.headers().get(CONTENT_TYPE).and_then(|media_type| media_type.to_str().ok());
        let image_type = media_type.and_then(ImageType::parse).filter(|_| response.status().is_success());
        let answer = read(&to.api_url, response, MAX_ANSWER).await?;
        let Some(image_type) = image_type else {
            let absent: Option<serde::de::IgnoredAny> = answer.data(&to.api_url)?;
            return match absent {
                None => Ok(None),
                Some(_) => Err(unreachable(not_a_hub(&to.api_url, answer.status))),
            };
        };
        let image = Image::check(answer.body(&to.api_url)?.to_vec(), image_type).ok();
        Ok(image.filter(|image| image.hash == hash))
    }

    /// Sends events of the audit log.
    ///
    /// # Errors
    /// [`HubError`].
    pub async fn send_audit(&self, to: &Address, report: &audit::Report) -> Result<audit::Receipt, HubError> {
        self.post(to, "audit", report, PAGE_TIMEOUT).await
    }

    async fn post<T: DeserializeOwned>(
        &self,
        to: &Address,
        path: &str,
        body: &impl serde::Serialize,
        timeout: Duration,
    ) -> Result<T, HubError> {
        let body = serde_json::to_vec(body).map_err(|error| invalid_request(&error))?;
        let post = self.client()?.post(format!("{}/outlets/{}/{path}", to.api_url, to.outlet_id));
        let post = post.header("content-type", "application/json").bearer_auth(&to.api_key);
        let found = self.answer_to(&to.api_url, post.body(body).timeout(timeout), MAX_ANSWER).await?;
        found.ok_or_else(|| unreachable(not_a_hub(&to.api_url, 404)))
    }

    /// The snapshot, or the rest of one: its `ETag` and the bytes received. `None`: this hub makes no snapshots.
    ///
    /// # Errors
    /// [`HubError`].
    pub async fn snapshot(
        &self,
        to: &Address,
        epoch_id: &str,
        partial: Option<(&str, u64)>,
    ) -> Result<Option<Response>, HubError> {
        let url = format!("{}/outlets/{}/snapshot", to.api_url, to.outlet_id);
        let mut url = reqwest::Url::parse(&url).map_err(|error| invalid_request(&error))?;
        url.query_pairs_mut().append_pair("epoch", epoch_id);
        let mut request = self.client()?.get(url).bearer_auth(&to.api_key).header("x-outlet-id", &to.outlet_id);
        if let Some((etag, received)) = partial {
            request = request.header(RANGE, format!("bytes={received}-")).header(IF_RANGE, etag);
        }
        let response = request.timeout(SNAPSHOT_TIMEOUT).send().await.map_err(|error| failed(&to.api_url, &error))?;
        let status = response.status();
        let is_file = response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == "application/octet-stream");
        if (is_file && status.is_success()) || status == StatusCode::RANGE_NOT_SATISFIABLE {
            return Ok(Some(response));
        }
        match read(&to.api_url, response, MAX_ANSWER).await?.data::<Box<RawValue>>(&to.api_url)? {
            None => Ok(None),
            Some(_) => Err(unreachable(not_a_hub(&to.api_url, status.as_u16()))),
        }
    }

    /// Enrolls at a hub.
    ///
    /// # Errors
    /// [`HubError`].
    pub async fn enroll(&self, hub_url: &str, request: &EnrollRequest) -> Result<EnrollResponse, HubError> {
        let body = serde_json::to_vec(request).map_err(|error| invalid_request(&error))?;
        let post = self.client()?.post(format!("{hub_url}/enroll")).header("content-type", "application/json");
        // A person waits. After a lost answer the same request gets the same one.
        let request = post.body(body).timeout(self.timeouts.ping);
        let found = self.answer_to(hub_url, request, MAX_ANSWER).await?;
        found.ok_or_else(|| unreachable(not_a_hub(hub_url, 404)))
    }

    /// The hub's version of one entity; `None`: the hub does not have it.
    ///
    /// # Errors
    /// [`HubError`].
    pub async fn entity(&self, to: &Address, of: &EntityRef) -> Result<Option<Update>, HubError> {
        let mut url = reqwest::Url::parse(&to.api_url).map_err(|error| invalid_request(&error))?;
        if let Ok(mut path) = url.path_segments_mut() {
            path.extend(["outlets", &to.outlet_id, "entities", &of.entity_type, &of.entity_id]);
        }
        self.get_url(to, url, PAGE_TIMEOUT, MAX_SINGLE_ANSWER_BYTES).await
    }

    /// A page with as many entries as the last pages allow. One that is too large is requested again at once with
    /// fewer; after another failure the caller waits and the next page is smaller.
    async fn page<T: DeserializeOwned>(
        &self,
        to: &Address,
        path: &str,
        query: Vec<(&str, String)>,
        timeout: Duration,
        entries: [usize; SIZES],
    ) -> Result<T, HubError> {
        let first = self.page_size().size();
        for (size, limit) in entries.into_iter().enumerate().skip(first) {
            let max_bytes = if limit == 1 { MAX_SINGLE_ANSWER_BYTES } else { MAX_ANSWER };
            let query = [query.clone(), vec![("limit", limit.to_string())]].concat();
            let found = self.get(to, path, &query, timeout, max_bytes).await;
            let mut next = self.page_size();
            match &found {
                Ok(_) => *next = next.arrived(),
                Err(HubError::Failed { .. } | HubError::TooLarge { .. }) => *next = next.failed(size),
                Err(_) => {}
            }
            drop(next);
            match found {
                Err(HubError::TooLarge { .. }) if limit > 1 => {}
                found => return found?.ok_or_else(|| unreachable(not_a_hub(&to.api_url, 404))),
            }
        }
        Err(too_large(&to.api_url))
    }

    fn page_size(&self) -> MutexGuard<'_, PageSize> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn get<T: DeserializeOwned>(
        &self,
        to: &Address,
        path: &str,
        query: &[(&str, String)],
        timeout: Duration,
        max_bytes: usize,
    ) -> Result<Option<T>, HubError> {
        let mut url = reqwest::Url::parse(&format!("{}{path}", to.api_url)).map_err(|error| invalid_request(&error))?;
        url.query_pairs_mut().extend_pairs(query);
        self.get_url(to, url, timeout, max_bytes).await
    }

    /// The data of the answer; `None` if the hub reports that it does not exist.
    async fn get_url<T: DeserializeOwned>(
        &self,
        to: &Address,
        url: reqwest::Url,
        timeout: Duration,
        max_bytes: usize,
    ) -> Result<Option<T>, HubError> {
        let mut request = self.client()?.get(url).bearer_auth(&to.api_key).header("x-outlet-id", &to.outlet_id);
        if let Some(duplicate_server) = &self.duplicate_server {
            request = request.header(duplicate_server::PROCESS, duplicate_server.process());
        }
        if let Some(pending) = self.pending {
            request = request.header(PENDING, pending);
        }
        self.answer_to(&to.api_url, request.timeout(timeout), max_bytes).await
    }

    async fn answer_to<T: DeserializeOwned>(
        &self,
        hub_url: &str,
        request: reqwest::RequestBuilder,
        max_bytes: usize,
    ) -> Result<Option<T>, HubError> {
        let response = request.send().await.map_err(|error| failed(hub_url, &error))?;
        let offset_ms = clock::offset_ms(response.headers(), time::now());
        if let Some(duplicate_server) = &self.duplicate_server {
            duplicate_server.note(response.headers());
        }
        let data = read(hub_url, response, max_bytes).await?.data(hub_url)?;
        if data.is_some() {
            self.clock.note(offset_ms);
        }
        Ok(data)
    }

    /// Whether a hub that knows this outlet's key answers. Does not send the key.
    ///
    /// # Errors
    /// [`HubError`].
    pub async fn knows_key(&self, to: &Address) -> Result<bool, HubError> {
        let challenge = secret::random();
        let request = self
            .client()?
            .get(format!("{}/ping", to.api_url))
            .header("x-outlet-id", &to.outlet_id)
            .header("x-key-challenge", &challenge)
            .timeout(self.timeouts.ping);
        let answer: Option<Ping> = self.answer_to(&to.api_url, request, MAX_ANSWER).await?;
        let expected = secret::key_proof(&secret::key_hash(&to.api_key), &challenge);
        Ok(answer.is_some_and(|ping| ping.proofs.contains(&expected)))
    }

    /// Whether the hub answers and accepts this outlet.
    ///
    /// # Errors
    /// [`HubError`].
    pub async fn ping(&self, to: &Address) -> Result<(), HubError> {
        let response = self
            .client()?
            .get(format!("{}/ping", to.api_url))
            .bearer_auth(&to.api_key)
            .header("x-outlet-id", &to.outlet_id)
            .timeout(self.timeouts.ping)
            .send()
            .await
            .map_err(|error| failed(&to.api_url, &error))?;
        let offset_ms = clock::offset_ms(response.headers(), time::now());
        let answer = read(&to.api_url, response, MAX_ANSWER).await?;
        let (body, status) = (answer.body(&to.api_url)?, answer.status);
        match serde_json::from_slice::<Envelope<Ping>>(body) {
            Ok(Envelope { success: true, data: Some(_), .. }) if (200..300).contains(&status) => {
                self.clock.note(offset_ms);
                Ok(())
            }
            Ok(Envelope { error: Some(code), args, message: Some(text), .. }) if matches!(status, 401 | 403) => {
                Err(HubError::Denied { reason: Reason::from_parts(code, args, text) })
            }
            _ => Err(HubError::Unreachable {
                reason: foreign_answer(&to.api_url, status, body),
                retry_after_ms: answer.retry_after_ms,
            }),
        }
    }
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Ping {
    protocol: u32,
    #[serde(default)]
    proofs: Vec<String>,
}

fn image_url(to: &Address, hash: &str) -> String {
    format!("{}/outlets/{}/images/{hash}", to.api_url, to.outlet_id)
}

/// The request itself cannot be built.
fn invalid_request(error: &dyn std::error::Error) -> HubError {
    unreachable(ReasonCode::InvalidRequest.with("detail", error.to_string()))
}

fn unreachable(reason: impl Into<Reason>) -> HubError {
    HubError::Unreachable { reason: reason.into(), retry_after_ms: None }
}

fn failed(url: &str, error: &reqwest::Error) -> HubError {
    if error.is_timeout() && !error.is_connect() {
        return HubError::Failed { reason: ReasonCode::Timeout.with("url", url).into() };
    }
    let why = unreachable::why(error);
    if error.is_connect() {
        return unreachable(ReasonCode::Unreachable.with("url", url).with("problem", why));
    }
    // A program listens there, yet the request failed, perhaps because of its content.
    let hint = if url.starts_with("http://") { "https" } else { "no" };
    let lost = ReasonCode::ConnectionLost.with("url", url).with("problem", why).with("hint", hint);
    HubError::Failed { reason: lost.into() }
}

fn retry_after(headers: &HeaderMap) -> Option<u64> {
    let seconds: u64 = headers.get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(seconds.min(MAX_RETRY_AFTER_SECONDS) * 1_000)
}

async fn read(url: &str, response: Response, max_bytes: usize) -> Result<HttpAnswer, HubError> {
    let (status, retry_after_ms) = (response.status().as_u16(), retry_after(response.headers()));
    Ok(HttpAnswer { status, retry_after_ms, body: read_body(url, response, max_bytes).await? })
}

/// `None`: the body was cut off.
async fn read_body(url: &str, mut response: Response, max_bytes: usize) -> Result<Option<Vec<u8>>, HubError> {
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > max_bytes => return Err(too_large(url)),
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return Ok(Some(body)),
            Err(_) => return Ok(None),
        }
    }
}

fn too_large(url: &str) -> HubError {
    HubError::TooLarge { reason: ReasonCode::AnswerTooLarge.with("url", url).into() }
}

/// The parameters of a request for a page.
fn query(request: &PullRequest, wait: Duration) -> Vec<(&'static str, String)> {
    let mut query = vec![
        ("cursor", request.cursor.to_string()),
        ("wait", wait.as_secs().to_string()),
        ("epoch", request.epoch_id.clone()),
    ];
    query.extend(request.at.clone().map(|at| ("at", at)));
    query
}

fn range_query(after: &EntityRef, epoch_id: &str) -> Vec<(&'static str, String)> {
    let mut query = vec![("epoch", epoch_id.to_owned())];
    if !after.entity_type.is_empty() {
        query.extend([("after_type", after.entity_type.clone()), ("after_id", after.entity_id.clone())]);
    }
    query
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_requested_wait_is_capped_at_a_minute() {
        let wait_ms = |value: &str| retry_after(&HeaderMap::from_iter([(RETRY_AFTER, value.parse().unwrap())]));
        assert_eq!((wait_ms("0"), wait_ms("2"), wait_ms("60")), (Some(0), Some(2_000), Some(60_000)));
        for hours in ["61", "3600", "1000000000000", "18446744073709551615"] {
            assert_eq!(wait_ms(hours), Some(60_000), "{hours}");
        }
        for other in ["-1", "1.5", "soon", "", "99999999999999999999999", "Thu, 01 Jan 2099 00:00:00 GMT"] {
            assert_eq!(wait_ms(other), None, "{other}");
        }
    }
}
