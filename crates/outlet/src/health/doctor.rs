//! `gerai doctor`: every check of an outlet's database, and the hub's answer.

use jiff::Timestamp;
use replica::config::SyncEnv;
use rusqlite::Transaction;
use web::messages::Message;
use web::{HealthCode, Notice};

use crate::health::checks::{self, Depth, Look, State, Verdict};
use crate::health::look;

pub use crate::health::checks::Finding;

/// The hub's answer to doctor; none if no hub is configured.
#[derive(Debug, Clone, Default)]
pub struct HubReport {
    /// The hub's URL and its answer.
    pub hub: Option<(String, HubAnswer)>,
    /// The hub's clock minus this machine's.
    pub clock_offset_ms: Option<i64>,
}

/// How the hub answered.
#[derive(Debug, Clone)]
pub enum HubAnswer {
    /// As expected.
    Ok,
    /// The hub does not know this outlet's key.
    UnknownKey,
    /// No answer, or a refusal.
    Failed(Message),
}

/// Runs every check.
#[must_use]
pub fn examine(tx: &Transaction<'_>, env: &SyncEnv, report: &HubReport, now: Timestamp) -> Vec<Finding> {
    let result = look(tx, env, None, now, Depth::Thorough)
        .and_then(|look| checks::examine(&Look { clock_offset_ms: report.clock_offset_ms, ..look }));
    let mut findings = result.unwrap_or_else(|fault| checks::unreadable(tx, &fault));
    findings.push(Finding::new(HealthCode::HubNotAnswering, hub(report)));
    findings
}

fn hub(report: &HubReport) -> Verdict {
    let Some((url, answer)) = &report.hub else { return Verdict::unknown("unknown") };
    match answer {
        HubAnswer::Ok => Verdict::ok().with("url", url.as_str()),
        HubAnswer::UnknownKey => Verdict::degraded("unknown_key").with("url", url.as_str()),
        HubAnswer::Failed(detail) => Verdict::degraded("failed").with("detail", detail.clone()),
    }
}

/// The last line for people.
#[must_use]
pub fn conclusion(findings: &[Finding]) -> Message {
    let notice = if findings.iter().any(|finding| finding.state != State::Ready) {
        Notice::ActionNeeded
    } else if findings.iter().any(|finding| finding.unknown) {
        Notice::SomeUnchecked
    } else {
        Notice::AllWell
    };
    notice.into()
}
