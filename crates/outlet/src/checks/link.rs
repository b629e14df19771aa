//! The way to head office.

use sqlite::Fault;

use super::{Look, State, Verdict};
use crate::settings::cloud::cloud;
use crate::sync::queue::chain;
use crate::sync::trouble::{self, Trouble};
use crate::sync::twin;

pub(super) fn stopped(look: &Look<'_>) -> Result<Verdict, Fault> {
    Ok(match chain(look.tx)?.stopped {
        Some((_, message)) => Verdict::Ill(State::Broken, message),
        None => Verdict::Well("Nothing stops sync.".to_owned()),
    })
}

pub(super) fn configured(look: &Look<'_>) -> Result<Verdict, Fault> {
    let cloud = cloud(look.tx, look.env)?;
    Ok(match cloud.address() {
        Err(missing) if cloud.enabled => Verdict::Ill(State::Degraded, missing),
        Err(_) => Verdict::Well("Sync is off, so that it need not know where head office is.".to_owned()),
        Ok(address) => Verdict::Well(format!("Head office is at {}.", address.api_url)),
    })
}

/// A shop may sell without a head office; a person who asks is told that it does.
pub(super) fn switched_on(look: &Look<'_>) -> Result<Verdict, Fault> {
    let cloud = cloud(look.tx, look.env)?;
    let ill = (!cloud.enabled).then(|| {
        let off = "Sync is switched off: set SYNC_ENABLED=true in .env, or sync_enabled = 1 in outlet_config.";
        cloud.address().err().unwrap_or_else(|| off.to_owned())
    });
    Ok(Verdict::unless(ill, "Sync is switched on."))
}

/// Only head office sees both.
pub(super) fn doubled(look: &Look<'_>) -> Result<Verdict, Fault> {
    if !is_on(look)? {
        return Ok(Verdict::Well("Sync is off, so no second server can get in its way.".to_owned()));
    }
    Ok(match twin::find(look.tx)? {
        Some((true, since)) => Verdict::Ill(State::Broken, twin::sentence(&since)),
        Some((false, _)) => Verdict::Well("No second server runs with this outlet's key.".to_owned()),
        None => Verdict::Unknown(
            "Not checked: head office has not said yet whether a second server runs with this outlet's key.".to_owned(),
        ),
    })
}

pub(super) fn refused(look: &Look<'_>) -> Result<Verdict, Fault> {
    Ok(match in_trouble(look)?.filter(|trouble| trouble.refused) {
        Some(trouble) => Verdict::Ill(State::Broken, trouble.sentence()),
        None if !is_on(look)? => Verdict::Well(NOT_ASKED.to_owned()),
        None => Verdict::Well("Head office has not refused this outlet's last request.".to_owned()),
    })
}

pub(super) fn unreachable(look: &Look<'_>) -> Result<Verdict, Fault> {
    let ill = in_trouble(look)?.filter(|trouble| !trouble.refused).map(|trouble| trouble.sentence());
    if !is_on(look)? {
        return Ok(Verdict::Well(NOT_ASKED.to_owned()));
    }
    Ok(Verdict::unless(ill, "Head office took this outlet's last request."))
}

const NOT_ASKED: &str = "Sync is off, so that head office is not asked.";

fn is_on(look: &Look<'_>) -> Result<bool, Fault> {
    Ok(cloud(look.tx, look.env)?.enabled)
}

/// Where sync is off nobody asks, so that the last trouble says nothing any more.
fn in_trouble(look: &Look<'_>) -> Result<Option<Trouble>, Fault> {
    if is_on(look)? { trouble::find(look.tx) } else { Ok(None) }
}

/// The worker looks every second; a long round moves it too.
const SILENT_SECONDS: u64 = 600;

pub(super) fn worker(look: &Look<'_>) -> Result<Verdict, Fault> {
    let Some(link) = &look.link else {
        return Ok(Verdict::Well("Only the running server sees its worker; GET sync/health says.".to_owned()));
    };
    Ok(silent(link.worker_silent_seconds))
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

pub(super) fn clock(look: &Look<'_>) -> Result<Verdict, Fault> {
    let Some(offset_ms) = look.clock_offset_ms else {
        return Ok(Verdict::Unknown("Not checked: the hub has not been asked for the time.".to_owned()));
    };
    Ok(Verdict::unless(::sync::clock::wrong(offset_ms), "This machine and head office agree on the time."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_that_does_nothing_is_told() {
        assert!(matches!(silent(SILENT_SECONDS), Verdict::Well(_)));
        assert!(matches!(silent(SILENT_SECONDS + 1), Verdict::Ill(State::Broken, _)));
    }
}
