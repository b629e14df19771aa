//! The way to head office.

use jiff::Timestamp;
use replica::chain::chain;
use replica::link::duplicate_server;
use replica::link::link_error;
use replica::link::link_error::LinkError;
use replica::logs;
use replica::settings::hub_link::hub_link;
use sqlite::Fault;

use crate::health::checks::{Look, State, Verdict};

pub(crate) fn stopped(look: &Look<'_>) -> Result<Verdict, Fault> {
    Ok(match chain(look.tx)?.stopped {
        Some((_, message)) => Verdict::Ill(State::Broken, message),
        None => Verdict::Well("Nothing stops sync.".to_owned()),
    })
}

pub(crate) fn configured(look: &Look<'_>) -> Result<Verdict, Fault> {
    let hub_link = hub_link(look.tx, look.env)?;
    Ok(match hub_link.address() {
        Err(missing) if hub_link.enabled => Verdict::Ill(State::Degraded, missing.to_string()),
        Err(_) => Verdict::Well("Sync is off, so that it need not know where head office is.".to_owned()),
        Ok(address) => Verdict::Well(format!("Head office is at {}.", address.api_url)),
    })
}

/// A shop may sell without a head office; a person who asks is told that it does.
pub(crate) fn switched_on(look: &Look<'_>) -> Result<Verdict, Fault> {
    let hub_link = hub_link(look.tx, look.env)?;
    let ill = (!hub_link.enabled).then(|| {
        let off = "Sync is switched off: set SYNC_ENABLED=true in .env, or sync_enabled = 1 in outlet_config.";
        hub_link.address().err().map_or_else(|| off.to_owned(), |missing| missing.to_string())
    });
    Ok(Verdict::unless(ill, "Sync is switched on."))
}

/// Only head office sees both.
pub(crate) fn doubled(look: &Look<'_>) -> Result<Verdict, Fault> {
    if !is_on(look)? {
        return Ok(Verdict::Well("Sync is off, so no second server can get in its way.".to_owned()));
    }
    Ok(match duplicate_server::find(look.tx)? {
        Some((true, since)) => Verdict::Ill(State::Broken, duplicate_server::sentence(&since)),
        Some((false, _)) => Verdict::Well("No second server runs with this outlet's key.".to_owned()),
        None => Verdict::Unknown(
            "Not checked: head office has not said yet whether a second server runs with this outlet's key.".to_owned(),
        ),
    })
}

pub(crate) fn refused(look: &Look<'_>) -> Result<Verdict, Fault> {
    Ok(match in_trouble(look)?.filter(|link_error| link_error.refused) {
        Some(link_error) => Verdict::Ill(State::Broken, link_error.sentence()),
        None if !is_on(look)? => Verdict::Well(NOT_ASKED.to_owned()),
        None => Verdict::Well("Head office has not refused this outlet's last request.".to_owned()),
    })
}

pub(crate) fn unreachable(look: &Look<'_>) -> Result<Verdict, Fault> {
    let ill = in_trouble(look)?.filter(|link_error| !link_error.refused).map(|link_error| link_error.sentence());
    if !is_on(look)? {
        return Ok(Verdict::Well(NOT_ASKED.to_owned()));
    }
    Ok(Verdict::unless(ill, "Head office took this outlet's last request."))
}

const NOT_ASKED: &str = "Sync is off, so that head office is not asked.";

fn is_on(look: &Look<'_>) -> Result<bool, Fault> {
    Ok(hub_link(look.tx, look.env)?.enabled)
}

/// Where sync is off nobody asks, so that the last trouble says nothing any more.
fn in_trouble(look: &Look<'_>) -> Result<Option<LinkError>, Fault> {
    if is_on(look)? { link_error::find(look.tx) } else { Ok(None) }
}

/// The worker looks every second; a long round moves it too.
const SILENT_SECONDS: u64 = 600;

pub(crate) fn worker(look: &Look<'_>) -> Result<Verdict, Fault> {
    if let Some(link) = &look.link {
        return Ok(silent(link.worker_silent_seconds));
    }
    let hub_link = hub_link(look.tx, look.env)?;
    if !hub_link.enabled {
        return Ok(Verdict::Well("Sync is off, so that its worker has nothing to do.".to_owned()));
    }
    let last = logs::latest(look.tx, i64::MAX, 1)?.pop().and_then(|round| round.ended_at());
    Ok(seen_from_outside(last, look.now, hub_link.interval_minutes))
}

/// The worker ends a round at least once in each interval, or waits after a failure for a minute. Another process sees
/// that in the database, and nothing else.
fn seen_from_outside(last: Option<Timestamp>, now: Timestamp, interval_minutes: u32) -> Verdict {
    const ASK: &str = "GET /api/v1/sync/health of the running server says whether its worker is at work";
    let Some(last) = last else {
        return Verdict::Unknown(format!("Not known: no round of sync has ended yet. {ASK}."));
    };
    let lately = SILENT_SECONDS.saturating_add(2 * 60 * u64::from(interval_minutes));
    let age = now.duration_since(last).unsigned_abs().as_secs();
    let at = web::time::text(last);
    if age <= lately {
        return Verdict::Well(format!("The last round of sync ended at {at}."));
    }
    Verdict::Unknown(format!(
        "Not known: the last round of sync ended at {at}. Start the server if it does not run; {ASK}."
    ))
}

fn silent(seconds: u64) -> Verdict {
    if seconds <= SILENT_SECONDS {
        return Verdict::Well("The sync worker is at work.".to_owned());
    }
    let minutes = seconds / 60;
    let words =
        format!("The sync worker has done nothing for {minutes} minutes; start the server again and report it.");
    Verdict::Ill(State::Broken, words)
}

pub(crate) fn clock(look: &Look<'_>) -> Result<Verdict, Fault> {
    let Some(offset_ms) = look.clock_offset_ms else {
        return Ok(Verdict::Unknown("Not checked: the hub has not been asked for the time.".to_owned()));
    };
    Ok(Verdict::unless(protocol::clock::describe_offset(offset_ms), "This machine and head office agree on the time."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stalled_worker_is_reported() {
        assert!(matches!(silent(SILENT_SECONDS), Verdict::Well(_)));
        assert!(matches!(silent(SILENT_SECONDS + 1), Verdict::Ill(State::Broken, _)));
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
            assert_eq!(matches!(verdict, Verdict::Well(_)), known, "{verdict:?}");
            assert_eq!(matches!(verdict, Verdict::Unknown(_)), !known, "{verdict:?}");
        }
    }
}
