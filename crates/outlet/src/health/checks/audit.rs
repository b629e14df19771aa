//! Whether the audit log is whole.

use protocol::audit::Break;
use replica::audit::verify::verify;
use sqlite::Fault;
use web::HealthCode;
use web::messages::Message;

use crate::health::checks::{Look, Verdict};

pub(crate) fn chain(look: &Look<'_>) -> Result<Verdict, Fault> {
    let verdict = verify(look.tx)?;
    let Some(broken) = verdict.first_break() else { return Ok(Verdict::ok()) };
    let is_here = verdict.chains.iter().any(|chain| chain.broken.is_some());
    let found = Verdict::broken(reason(broken, !is_here));
    Ok(found.with("chain", broken.chain_id.as_str()).with("n", broken.n))
}

/// What is wrong with the audit log, and what to do; `at_hub`: only head office sees it.
#[must_use]
pub fn audit_message(broken: &Break, at_hub: bool) -> Message {
    let message = HealthCode::AuditChainBroken.with("reason", reason(broken, at_hub));
    message.with("chain", broken.chain_id.as_str()).with("n", broken.n)
}

fn reason(broken: &Break, at_hub: bool) -> &'static str {
    if at_hub { "hub" } else { broken.kind.as_str() }
}
