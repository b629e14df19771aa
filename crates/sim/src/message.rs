//! What is under way between an outlet and the hub: values, so that they can be delayed, lost, doubled and overtaken.

use outlet::sync::pull::page::Asked;
use outlet::sync::pull::reconcile::UnderWay;
use outlet::sync::queue::Stored;
use sync::updates::{Enrol, Enrolled, EntityPage, OwnPage, Page, Update};
use sync::wire::{Answer, EntityRef};

/// What an outlet asks.
#[derive(Debug, Clone)]
pub enum Request {
    /// Takes this batch in.
    Batch(Stored),
    /// The next page of the streams.
    Page(Asked),
    /// A range of what the hub has of the outlet's own.
    Own(UnderWay, String),
    /// A range of everything that is shared.
    Shared(UnderWay),
    /// One shared entity; and the change that made the outlet's base of it.
    One(EntityRef, Option<String>),
    /// Joins.
    Enrol(Enrol),
}

/// What the hub, or something in between, answers.
#[derive(Debug, Clone)]
pub enum Reply {
    /// 200 or 409 `chain_mismatch`.
    Answer(Answer),
    /// A page.
    Page(Page),
    /// A range.
    Own(OwnPage),
    /// A range.
    Shared(EntityPage),
    /// An entity; none: 404.
    One(Option<Update>),
    /// Joined.
    Enrolled(Enrolled),
    /// 409 `epoch_mismatch`.
    OtherLife,
    /// 401.
    Denied,
    /// 401 `wrong_code`.
    WrongCode,
    /// 500, while pings are answered.
    Fault,
    /// Not the hub's words: a captive portal's page.
    Portal,
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
            Self::Page(_) | Self::Own(..) | Self::Shared(_) | Self::One(..) => Line::Pull,
            Self::Enrol(_) => Line::Join,
        }
    }

    /// In a word.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Batch(batch) => format!("batch {} of {}", batch.batch_id, batch.item_count),
            Self::Page(asked) => format!("page after {}.{}", asked.cursor.catalog.n, asked.cursor.outlet.n),
            Self::Own(asked, _) => format!("own documents after {:?}", asked.after.entity_id),
            Self::Shared(asked) => format!("shared entities after {:?}", asked.after.entity_id),
            Self::One(of, _) => format!("entity {}", of.entity_id),
            Self::Enrol(_) => "enrolment".to_owned(),
        }
    }
}

impl Reply {
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
            Self::Page(page) => {
                let changes: Vec<_> = page
                    .changes
                    .iter()
                    .map(|c| {
                        let gone = if c.update.deleted { " gone" } else { "" };
                        format!("{}={}#{}{gone}", c.place.n, c.update.of.entity_id, c.update.token.n)
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
            Self::Enrolled(enrolled) => format!("life {}", enrolled.epoch.number),
            Self::OtherLife => "another life".to_owned(),
            Self::Denied => "denied".to_owned(),
            Self::WrongCode => "wrong code".to_owned(),
            Self::Fault => "500".to_owned(),
            Self::Portal => "a portal's page".to_owned(),
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
}
