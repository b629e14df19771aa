//! What can be wrong with an outlet's database, each with what to do about it: every check there is, for a person.

use jiff::Timestamp;
use replica::config::SyncEnv;
use rusqlite::Transaction;

use crate::health::checks::{self, Depth, Look, State, Verdict};
use crate::health::look;

pub use crate::health::checks::Finding;

/// What the hub itself said when doctor asked it; none: nothing is configured.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// Where it is, and why it did not answer as it should.
    pub hub: Option<(String, Result<(), String>)>,
    /// Its clock minus this machine's.
    pub clock_offset_ms: Option<i64>,
}

/// The code of what the hub itself said.
pub const HUB: &str = "hub_not_answering";

/// Makes every check. `asked`: of the hub.
#[must_use]
pub fn examine(tx: &Transaction<'_>, env: &SyncEnv, asked: &Asked, now: Timestamp) -> Vec<Finding> {
    let looked = look(tx, env, None, now, Depth::Thorough)
        .and_then(|look| checks::examine(&Look { clock_offset_ms: asked.clock_offset_ms, ..look }));
    let mut findings = looked.unwrap_or_else(|fault| checks::unreadable(tx, &fault));
    findings.push(Finding::new(HUB, "hub", hub(asked)));
    findings
}

fn hub(asked: &Asked) -> Verdict {
    match &asked.hub {
        Some((url, Ok(()))) => Verdict::Well(format!("The hub at {url} answers.")),
        Some((_, Err(words))) => Verdict::Ill(State::Degraded, words.clone()),
        None => Verdict::Unknown("Not checked: no hub is configured that could be asked.".to_owned()),
    }
}

/// The last line for people.
#[must_use]
pub fn conclusion(findings: &[Finding]) -> &'static str {
    if findings.iter().any(|finding| finding.state != State::Ready) {
        "Something needs you: see the lines that begin with !!."
    } else if findings.iter().any(|finding| finding.unknown) {
        "What was checked is well; what could not be checked begins with ??."
    } else {
        "All is well."
    }
}
