//! The link to the hub.

use jiff::Timestamp;
use replica::chain::chain;
use replica::link::duplicate_server;
use replica::link::link_error;
use replica::logs;
use replica::settings::hub_link::hub_link;
use sqlite::Fault;
use web::messages::Arg;

use crate::health::checks::{Look, Verdict};

pub(crate) fn stopped(look: &Look<'_>) -> Result<Verdict, Fault> {
    Ok(match chain(look.tx)?.stopped {
        Some(reason) => Verdict::broken("stopped").with("message", reason.message()),
        None => Verdict::ok(),
    })
}

pub(crate) fn configured(look: &Look<'_>) -> Result<Verdict, Fault> {
    let hub_link = hub_link(look.tx, look.env)?;
    Ok(match hub_link.address() {
        Err(missing) if hub_link.enabled => Verdict::degraded("incomplete").with("message", missing.to_message()),
        Err(_) => Verdict::well("off"),
        Ok(address) => Verdict::ok().with("url", address.api_url),
    })
}

/// A shop can sell without a head office, so only doctor reports it.
pub(crate) fn switched_on(look: &Look<'_>) -> Result<Verdict, Fault> {
    let hub_link = hub_link(look.tx, look.env)?;
    Ok(match hub_link.address() {
        _ if hub_link.enabled => Verdict::ok(),
        Err(missing) => Verdict::degraded("incomplete").with("message", missing.to_message()),
        Ok(_) => Verdict::degraded("off"),
    })
}

/// Only the hub sees both servers.
pub(crate) fn duplicate_server(look: &Look<'_>) -> Result<Verdict, Fault> {
    if !is_on(look)? {
        return Ok(Verdict::well("off"));
    }
    Ok(match duplicate_server::find(look.tx)? {
        Some((true, since)) => Verdict::broken("duplicate").with("since", since),
        Some((false, _)) => Verdict::ok(),
        None => Verdict::unknown("unknown"),
    })
}

pub(crate) fn refused(look: &Look<'_>) -> Result<Verdict, Fault> {
    if !is_on(look)? {
        return Ok(Verdict::well("off"));
    }
    Ok(match link_error::find(look.tx)?.filter(|link_error| link_error.refused) {
        Some(link_error) => Verdict::broken("refused").with("message", link_error.to_message()),
        None => Verdict::ok(),
    })
}

pub(crate) fn unreachable(look: &Look<'_>) -> Result<Verdict, Fault> {
    if !is_on(look)? {
        return Ok(Verdict::well("off"));
    }
    Ok(match link_error::find(look.tx)?.filter(|link_error| !link_error.refused) {
        Some(link_error) => Verdict::degraded("unreachable").with("message", link_error.to_message()),
        None => Verdict::ok(),
    })
}

/// While sync is off the hub is not contacted, so its last error is out of date.
fn is_on(look: &Look<'_>) -> Result<bool, Fault> {
    Ok(hub_link(look.tx, look.env)?.enabled)
}

/// The worker checks the queue every second, also during a long round.
const SILENT_SECONDS: u64 = 600;

pub(crate) fn worker(look: &Look<'_>) -> Result<Verdict, Fault> {
    if let Some(link) = &look.link {
        return Ok(silent(link.worker_silent_seconds));
    }
    let hub_link = hub_link(look.tx, look.env)?;
    if !hub_link.enabled {
        return Ok(Verdict::well("off"));
    }
    let last = logs::latest(look.tx, i64::MAX, 1)?.pop().and_then(|round| round.ended_at());
    Ok(seen_from_outside(last, look.now, hub_link.interval_minutes))
}

/// The worker ends a round at least once per interval, or waits for a minute after a failure. Another process sees
/// nothing else of the worker.
fn seen_from_outside(last: Option<Timestamp>, now: Timestamp, interval_minutes: u32) -> Verdict {
    let Some(last) = last else { return Verdict::unknown("no_round") };
    let max_age_seconds = SILENT_SECONDS.saturating_add(2 * 60 * u64::from(interval_minutes));
    let age = now.duration_since(last).unsigned_abs().as_secs();
    let verdict = if age <= max_age_seconds { Verdict::well("lately") } else { Verdict::unknown("long_ago") };
    verdict.with("at", web::time::text(last))
}

fn silent(seconds: u64) -> Verdict {
    if seconds <= SILENT_SECONDS { Verdict::ok() } else { Verdict::broken("stalled").with("minutes", seconds / 60) }
}

pub(crate) fn clock(look: &Look<'_>) -> Result<Verdict, Fault> {
    let Some(offset_ms) = look.clock_offset_ms else { return Ok(Verdict::unknown("unknown")) };
    if !protocol::clock::is_wrong(offset_ms) {
        return Ok(Verdict::ok());
    }
    let verdict = Verdict::degraded(if offset_ms > 0 { "hub_ahead" } else { "outlet_ahead" });
    Ok(verdict.with("by", Arg::Seconds { seconds: offset_ms.saturating_abs() / 1_000 }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::checks::{Outcome, State};

    #[test]
    fn a_stalled_worker_is_reported() {
        assert_eq!(silent(SILENT_SECONDS).outcome, Outcome::Well);
        assert_eq!(silent(SILENT_SECONDS + 1).outcome, Outcome::Problem(State::Broken));
    }

    #[test]
    fn doctor_judges_the_worker_by_its_last_round() {
        let now: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
        let ago = |minutes| Some(now - jiff::SignedDuration::from_mins(minutes));
        for (last, interval_minutes, known) in [
            (ago(0), 5, true),
            (ago(20), 5, true),
            (ago(21), 5, false),
            (ago(120), 60, true),
            (ago(-30), 5, false),
            (None, 5, false),
        ] {
            let verdict = seen_from_outside(last, now, interval_minutes);
            let expected = if known { Outcome::Well } else { Outcome::Unknown };
            assert_eq!(verdict.outcome, expected, "{verdict:?}");
        }
    }
}
