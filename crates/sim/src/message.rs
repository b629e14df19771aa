//! Messages between an outlet and the hub, as values that can be delayed, lost, duplicated and reordered.

use protocol::updates::{EnrollRequest, EnrollResponse, EntityPage, OwnedPage, Update, UpdatePage};
use protocol::wire::{Answer, EntityRef};
use replica::batches::StoredBatch;
use replica::client::answer::HttpAnswer;
use replica::progress::cursor::PullRequest;
use replica::progress::range::Comparison;
use web::{ApiError, Code, Success};

/// A request of an outlet.
#[derive(Debug, Clone)]
pub enum Request {
    /// Push of a batch.
    Batch(StoredBatch),
    /// The next page of the streams.
    UpdatePage(PullRequest),
    /// A range of the hub's outlet-owned documents.
    Owned(Comparison, String),
    /// A range of shared entities, and the outlet's position.
    Shared(Comparison, PullRequest),
    /// One shared entity, and the change id of the outlet's base.
    One(EntityRef, Option<String>),
    /// Enrollment.
    EnrollRequest(EnrollRequest),
}

/// An answer of the hub, or of an intermediary.
#[derive(Debug, Clone)]
pub enum Reply {
    /// 200 or 409 `chain_mismatch`.
    Answer(Answer),
    /// A page.
    UpdatePage(UpdatePage),
    /// A range.
    Owned(OwnedPage),
    /// A range.
    Shared(EntityPage),
    /// An entity; `None`: 404.
    One(Option<Update>),
    /// Enrolled.
    EnrollResponse(EnrollResponse),
    /// An error of the hub.
    Refused(Refusal),
    /// An answer with this status that is not from the hub, such as a captive portal's or load balancer's page.
    Foreign(u16),
}

/// An error in transit.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// Its status.
    pub status: u16,
    /// Its code.
    pub code: &'static str,
    retry_after_s: Option<u32>,
    body: Vec<u8>,
}

impl From<ApiError> for Reply {
    fn from(error: ApiError) -> Self {
        let (status, code, retry_after_s) = (error.status().as_u16(), error.code(), error.retry_after_s());
        let body = serde_json::to_vec(&error.into_body()).unwrap_or_default();
        Self::Refused(Refusal { status, code, retry_after_s, body })
    }
}

/// How a message is delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// Complete.
    Complete,
    /// Only the first part. `noticed`: the recipient knows that it is incomplete.
    Truncated {
        /// Percentage of bytes that arrive.
        percent: usize,
        /// Whether the connection breaks visibly.
        noticed: bool,
    },
}

impl Delivery {
    /// The bytes that arrive; `None` if they are known to be incomplete.
    #[must_use]
    pub fn of(self, mut bytes: Vec<u8>) -> Option<Vec<u8>> {
        match self {
            Self::Complete => Some(bytes),
            Self::Truncated { noticed: true, .. } => None,
            Self::Truncated { percent, noticed: false } => {
                bytes.truncate(bytes.len() * percent / 100);
                Some(bytes)
            }
        }
    }
}

/// Kinds of concurrent requests of an outlet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// The worker's pushes.
    Push,
    /// The listener's pulls.
    Pull,
    /// `gerai enroll`.
    Enroll,
}

impl Request {
    /// The channel that waits for the answer.
    #[must_use]
    pub fn channel(&self) -> Channel {
        match self {
            Self::Batch(_) => Channel::Push,
            Self::UpdatePage(_) | Self::Owned(..) | Self::Shared(..) | Self::One(..) => Channel::Pull,
            Self::EnrollRequest(_) => Channel::Enroll,
        }
    }

    /// A short description for the log.
    #[must_use]
    pub fn summary(&self) -> String {
        match self {
            Self::Batch(batch) => format!("batch {} of {}", batch.batch_id, batch.item_count),
            Self::UpdatePage(request) => format!("page after {}.{}", request.cursor.catalog.n, request.cursor.outlet.n),
            Self::Owned(request, _) => format!("owned documents after {:?}", request.after.entity_id),
            Self::Shared(request, _) => format!("shared entities after {:?}", request.after.entity_id),
            Self::One(of, _) => format!("entity {}", of.entity_id),
            Self::EnrollRequest(_) => "enrollment".to_owned(),
        }
    }
}

impl Reply {
    /// The HTTP form.
    ///
    /// # Errors
    /// JSON serialization failed.
    pub fn http(&self) -> serde_json::Result<HttpAnswer> {
        let answer = |status, retry_after_s: Option<u32>, body| HttpAnswer {
            status,
            retry_after_ms: retry_after_s.map(|s| u64::from(s) * 1_000),
            body: Some(body),
        };
        Ok(match self {
            Self::Answer(answered) if Some(&answered.batch_id) != answered.chain.position.batch_id.as_ref() => {
                let mismatch = ApiError::from(Code::ChainMismatch).with_data(serde_json::to_value(answered)?);
                return Self::from(mismatch).http();
            }
            Self::Answer(answered) => answer(200, None, serde_json::to_vec(&Success::new(answered))?),
            Self::UpdatePage(page) => answer(200, None, serde_json::to_vec(&Success::new(page))?),
            Self::Owned(page) => answer(200, None, serde_json::to_vec(&Success::new(page))?),
            Self::Shared(page) => answer(200, None, serde_json::to_vec(&Success::new(page))?),
            Self::One(Some(update)) => answer(200, None, serde_json::to_vec(&Success::new(update))?),
            Self::One(None) => return Self::from(Code::NotFound.because("hub_entity")).http(),
            Self::EnrollResponse(enrolled) => answer(200, None, serde_json::to_vec(&Success::new(enrolled))?),
            Self::Refused(refusal) => answer(refusal.status, refusal.retry_after_s, refusal.body.clone()),
            Self::Foreign(status) => answer(*status, (*status == 503).then_some(30), b"<html>Please wait".to_vec()),
        })
    }

    /// A short description for the log.
    #[must_use]
    pub fn summary(&self) -> String {
        match self {
            Self::Answer(answer) => {
                let results: Vec<_> =
                    answer.chain.results.iter().map(|r| format!("{}:{:?}", r.item, r.outcome)).collect();
                let at = answer.chain.position.batch_id.as_deref().unwrap_or("the start");
                format!("position {at} [{}]", results.join(" "))
            }
            Self::UpdatePage(page) => {
                let changes: Vec<_> = page
                    .changes
                    .iter()
                    .map(|c| {
                        let gone = if c.update.deleted { " gone" } else { "" };
                        format!("{}={}#{}{gone}", c.position.n, c.update.of.entity_id, c.update.token.n)
                    })
                    .collect();
                let at = page.chain.position.batch_id.as_deref().unwrap_or("the start");
                format!("page{} [{}], position {at}", if page.stream_reset { ", reset" } else { "" }, changes.join(" "))
            }
            Self::Owned(page) => format!("{} owned documents", page.documents.len()),
            Self::Shared(page) => {
                let of: Vec<_> = page.entities.iter().map(|u| format!("{}#{}", u.of.entity_id, u.token.n)).collect();
                format!("entities [{}]", of.join(" "))
            }
            Self::One(one) => format!("entity {:?}", one.as_ref().map(|u| (&u.of.entity_id, u.token.n, u.deleted))),
            Self::EnrollResponse(enrolled) => format!("epoch {}", enrolled.epoch.number),
            Self::Refused(refusal) => refusal.code.to_owned(),
            Self::Foreign(status) => format!("{status}, not from the hub"),
        }
    }
}

/// A request or its answer in transit.
#[derive(Debug, Clone)]
pub struct Message {
    /// The database that sent the request.
    pub node: usize,
    /// Number of the request.
    pub ticket: u64,
    /// The outlet's id.
    pub outlet_id: String,
    /// The outlet's key.
    pub key: String,
    /// The request.
    pub request: Request,
    /// The answer, if the hub has answered.
    pub reply: Option<Reply>,
    /// When it is due.
    pub due: u64,
    /// How it is delivered.
    pub delivery: Delivery,
}

impl Message {
    /// Its length: the number of entities, plus one.
    #[must_use]
    pub fn length(&self) -> u64 {
        let entities = match (&self.reply, &self.request) {
            (None, Request::Batch(stored)) => stored.item_count,
            (Some(Reply::UpdatePage(page)), _) => page.changes.len(),
            (Some(Reply::Owned(page)), _) => page.documents.len(),
            (Some(Reply::Shared(page)), _) => page.entities.len(),
            _ => 0,
        };
        entities as u64 + 1
    }
}
