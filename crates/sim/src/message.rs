//! What is under way between an outlet and the hub: values, so that they can be delayed, lost, doubled and overtaken.

use protocol::updates::{EnrollRequest, EnrollResponse, EntityPage, OwnedPage, Update, UpdatePage};
use protocol::wire::{Answer, EntityRef};
use replica::batches::Stored;
use replica::client::answer::HttpAnswer;
use replica::progress::cursor::PullRequest;
use replica::progress::range::UnderWay;
use web::{ApiError, Code, Success};

/// What an outlet asks.
#[derive(Debug, Clone)]
pub enum Request {
    /// Takes this batch in.
    Batch(Stored),
    /// The next page of the streams.
    UpdatePage(PullRequest),
    /// A range of what the hub has of the outlet's own.
    Own(UnderWay, String),
    /// A range of everything that is shared, and where the outlet stands.
    Shared(UnderWay, PullRequest),
    /// One shared entity; and the change that made the outlet's base of it.
    One(EntityRef, Option<String>),
    /// Joins.
    EnrollRequest(EnrollRequest),
}

/// What the hub, or something in between, answers.
#[derive(Debug, Clone)]
pub enum Reply {
    /// 200 or 409 `chain_mismatch`.
    Answer(Answer),
    /// A page.
    UpdatePage(UpdatePage),
    /// A range.
    Own(OwnedPage),
    /// A range.
    Shared(EntityPage),
    /// An entity; none: 404.
    One(Option<Update>),
    /// Joined.
    EnrollResponse(EnrollResponse),
    /// The hub does not do what was asked.
    Refused(Refusal),
    /// Not the hub's words, with this status: a captive portal's page, a balancer's.
    Foreign(u16),
}

/// A refusal as it travels.
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

/// How a letter arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrives {
    /// As it was sent.
    Whole,
    /// So many of a hundred bytes of it. `noticed`: the line breaks off; else it looks as if that were all.
    Cut {
        /// Of a hundred.
        percent: usize,
        /// Whoever reads it knows.
        noticed: bool,
    },
}

impl Arrives {
    /// What of these bytes arrives; none: it is known not to be all.
    #[must_use]
    pub fn of(self, mut bytes: Vec<u8>) -> Option<Vec<u8>> {
        match self {
            Self::Whole => Some(bytes),
            Self::Cut { noticed: true, .. } => None,
            Self::Cut { percent, noticed: false } => {
                bytes.truncate(bytes.len() * percent / 100);
                Some(bytes)
            }
        }
    }
}

/// Requests that an outlet has under way beside each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// The worker's.
    Push,
    /// The listener's.
    Pull,
    /// `gerai enroll`.
    Join,
}

impl Request {
    /// Which of the outlet's requests waits for the answer.
    #[must_use]
    pub fn line(&self) -> Line {
        match self {
            Self::Batch(_) => Line::Push,
            Self::UpdatePage(_) | Self::Own(..) | Self::Shared(..) | Self::One(..) => Line::Pull,
            Self::EnrollRequest(_) => Line::Join,
        }
    }

    /// In a word.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Batch(batch) => format!("batch {} of {}", batch.batch_id, batch.item_count),
            Self::UpdatePage(asked) => format!("page after {}.{}", asked.cursor.catalog.n, asked.cursor.outlet.n),
            Self::Own(asked, _) => format!("own documents after {:?}", asked.after.entity_id),
            Self::Shared(asked, _) => format!("shared entities after {:?}", asked.after.entity_id),
            Self::One(of, _) => format!("entity {}", of.entity_id),
            Self::EnrollRequest(_) => "enrollment".to_owned(),
        }
    }
}

impl Reply {
    /// As it travels.
    ///
    /// # Errors
    /// It cannot be written as JSON.
    pub fn http(&self) -> serde_json::Result<HttpAnswer> {
        let answer = |status, retry_after_s: Option<u32>, body| HttpAnswer {
            status,
            retry_after_ms: retry_after_s.map(|s| u64::from(s) * 1_000),
            body: Some(body),
        };
        Ok(match self {
            Self::Answer(told) if Some(&told.batch_id) != told.chain.position.batch_id.as_ref() => {
                let elsewhere = ApiError::from(Code::ChainMismatch).with_data(serde_json::to_value(told)?);
                return Self::from(elsewhere).http();
            }
            Self::Answer(told) => answer(200, None, serde_json::to_vec(&Success::new(told))?),
            Self::UpdatePage(page) => answer(200, None, serde_json::to_vec(&Success::new(page))?),
            Self::Own(page) => answer(200, None, serde_json::to_vec(&Success::new(page))?),
            Self::Shared(page) => answer(200, None, serde_json::to_vec(&Success::new(page))?),
            Self::One(Some(update)) => answer(200, None, serde_json::to_vec(&Success::new(update))?),
            Self::One(None) => return Self::from(Code::NotFound.because("hub_entity")).http(),
            Self::EnrollResponse(enrolled) => answer(200, None, serde_json::to_vec(&Success::new(enrolled))?),
            Self::Refused(refusal) => answer(refusal.status, refusal.retry_after_s, refusal.body.clone()),
            Self::Foreign(status) => answer(*status, (*status == 503).then_some(30), b"<html>Please wait".to_vec()),
        })
    }

    /// In a word.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Answer(answer) => {
                let results: Vec<_> =
                    answer.chain.results.iter().map(|r| format!("{}:{:?}", r.item, r.outcome)).collect();
                let at = answer.chain.position.batch_id.as_deref().unwrap_or("the start");
                format!("stands at {at} [{}]", results.join(" "))
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
                format!(
                    "page{} [{}], stands at {at}",
                    if page.stream_reset { ", reset" } else { "" },
                    changes.join(" ")
                )
            }
            Self::Own(page) => format!("{} own documents", page.documents.len()),
            Self::Shared(page) => {
                let of: Vec<_> = page.entities.iter().map(|u| format!("{}#{}", u.of.entity_id, u.token.n)).collect();
                format!("entities [{}]", of.join(" "))
            }
            Self::One(one) => format!("entity {:?}", one.as_ref().map(|u| (&u.of.entity_id, u.token.n, u.deleted))),
            Self::EnrollResponse(enrolled) => format!("life {}", enrolled.epoch.number),
            Self::Refused(refusal) => refusal.code.to_owned(),
            Self::Foreign(status) => format!("{status}, not by the hub"),
        }
    }
}

/// A request or its answer, under way.
#[derive(Debug, Clone)]
pub struct Letter {
    /// The database that asks.
    pub node: usize,
    /// Which request of it.
    pub ticket: u64,
    /// As whom.
    pub outlet_id: String,
    /// With which key.
    pub key: String,
    /// What is asked.
    pub request: Request,
    /// The answer, once there is one.
    pub reply: Option<Reply>,
    /// It is under way until then.
    pub due: u64,
    /// How it arrives.
    pub arrives: Arrives,
}

impl Letter {
    /// How long it is: entities in it, and one.
    #[must_use]
    pub fn length(&self) -> u64 {
        let entities = match (&self.reply, &self.request) {
            (None, Request::Batch(stored)) => stored.item_count,
            (Some(Reply::UpdatePage(page)), _) => page.changes.len(),
            (Some(Reply::Own(page)), _) => page.documents.len(),
            (Some(Reply::Shared(page)), _) => page.entities.len(),
            _ => 0,
        };
        entities as u64 + 1
    }
}
