//! Checks an outlet key.

use jiff::{SignedDuration, Timestamp};
use store::{Fault, Row, Tx};

use super::find::OutletState;
use super::processes::Processes;
use super::revoke_key::REVOKED;
use super::rotate_key::Previous;
use crate::hours;

/// Minimum interval between recorded contacts of an outlet that only reads, so that an idle fleet does not write all
/// the time.
const RECORD_INTERVAL: SignedDuration = SignedDuration::from_mins(1);

/// A valid key.
#[derive(Debug)]
pub struct Authenticated {
    /// The contact must be recorded: the last record is old, or a new key was used for the first time.
    pub contact_due: bool,
    /// The recent processes of the outlet's requests.
    pub(crate) processes: Processes,
}

/// Why a key is invalid for an outlet.
#[derive(Debug, thiserror::Error)]
pub enum KeyRefused {
    /// No outlet has it.
    #[error("the key is unknown")]
    Unknown,
    /// Another outlet has it.
    #[error("the key belongs to another outlet")]
    KeyOfOtherOutlet,
    /// Head office has revoked it.
    #[error("the key was revoked")]
    KeyRevoked,
    /// The outlet was revoked: no key is valid.
    #[error("the outlet was revoked")]
    Revoked,
    /// Its state in the database is unknown.
    #[error("the outlet's state is unknown")]
    UnknownState,
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

const BY_KEY: &str = "
    select outlet_id, state,
      coalesce(last_contact_at, '') < ?2 or last_contact_at > ?3 or previous_key_hash is not null,
      process, previous_process, process_returns, process_returned_at
    from outlets
    where api_key_hash = ?1";
const BY_PREVIOUS_KEY: &str = "
    select outlet_id, state, coalesce(last_contact_at, '') < ?2 or last_contact_at > ?3,
      process, previous_process, process_returns, process_returned_at, previous_key_until, previous_key_hour
    from outlets
    where previous_key_hash = ?1";

/// Accepts the outlet's current key, and the previous one until the new one is used or the previous one expires. Keys
/// are looked up by hash, so timing reveals nothing about them.
///
/// # Errors
/// [`KeyRefused`].
pub fn authenticate(
    tx: &mut Tx<'_>,
    outlet_id: &str,
    key_hash: &str,
    now: Timestamp,
) -> Result<Authenticated, KeyRefused> {
    let recent = web::time::text(now.saturating_sub(RECORD_INTERVAL).unwrap_or(now));
    let read = |row: &Row<'_>| {
        let opened = Authenticated { contact_due: row.flag(2)?, processes: Processes::of(row, 3)? };
        Ok((row.text(0)? == outlet_id, OutletState::of(row, 1)?, opened))
    };
    // A record from a clock that ran ahead is replaced.
    let (at, now) = (now, web::time::text(now));
    let args = [key_hash.into(), (&recent).into(), (&now).into()];
    let mut found = tx.first(BY_KEY, &args, read)?;
    if found.is_none() {
        let previous = tx.first(BY_PREVIOUS_KEY, &args, |row| {
            Ok((read(row)?, Previous { until: row.maybe_string(7)?, hour: row.maybe_int(8)? }))
        })?;
        if let Some((opened, previous)) = previous {
            found = previous.opens(at, hours::current(tx)?).then_some(opened);
        }
    }
    match found {
        None => {
            let revoked = format!("{REVOKED}{key_hash}");
            let revoked_key = tx.first(BY_KEY, &[(&revoked).into(), (&recent).into(), (&now).into()], read)?;
            Err(if matches!(revoked_key, Some((true, ..))) { KeyRefused::KeyRevoked } else { KeyRefused::Unknown })
        }
        Some((false, ..)) => Err(KeyRefused::KeyOfOtherOutlet),
        Some((true, OutletState::Revoked, _)) => Err(KeyRefused::Revoked),
        Some((true, OutletState::Unknown, _)) => Err(KeyRefused::UnknownState),
        Some((true, OutletState::Active, opened)) => Ok(opened),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans;

    #[test]
    fn an_outlet_is_found_by_its_key() {
        for sql in [BY_KEY, BY_PREVIOUS_KEY] {
            plans::assert_keyed(sql);
        }
    }
}
