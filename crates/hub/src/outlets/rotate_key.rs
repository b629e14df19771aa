//! Rotates the key of an outlet. The current key stays valid until the new one is used, or for seven days.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use store::{Fault, Tx};
use web::secret;

use super::find::{FindRefused, find_active};
use super::history::{self, KeyOrigin};
use crate::hours;

/// Hours for which the previous key stays valid if the new one is never used.
const OVERLAP_HOURS: i64 = 7 * 24;
const OVERLAP: SignedDuration = SignedDuration::from_hours(OVERLAP_HOURS);

/// The new key, which is shown once and stored only as a hash.
#[derive(Debug, Clone, Serialize)]
pub struct Rotated {
    /// The outlet's id.
    pub outlet_id: String,
    /// The outlet's code.
    pub outlet_code: String,
    /// The outlet's new bearer token (`Authorization`).
    pub api_key: String,
    /// When the previous key expires, unless the new one is used earlier.
    pub previous_key_until: String,
}

const PREVIOUS: &str = "
    select previous_key_until, previous_key_hour, previous_key_hash from outlets
    where outlet_id = ?1 and previous_key_hash is not null";
const CURRENT: &str = "select api_key_hash from outlets where outlet_id = ?1";
// Replaces a new key that was not used yet; the key in use stays the previous one. An expired key does not become valid
// again.
const ROTATE: &str = "
    update outlets set
      previous_key_hash = case when ?3 = 1 then previous_key_hash else api_key_hash end,
      previous_key_until = ?4, previous_key_hour = ?5, api_key_hash = ?2
    where outlet_id = ?1";

/// The stored validity of the previous key.
pub(super) struct Previous {
    pub until: Option<String>,
    pub hour: Option<i64>,
}

impl Previous {
    /// Whether the key is valid now. A time further away than the lifetime was set by a clock that ran ahead: then the
    /// hub's running hours decide, so that the outlet is not locked out when the clock is corrected, and the key is not
    /// valid for years.
    pub(super) fn opens(&self, now: Timestamp, current_hour: i64) -> bool {
        let latest = web::time::text(now.saturating_add(OVERLAP).unwrap_or(now));
        let now = web::time::text(now);
        let in_hours = |hour: i64| (0..OVERLAP_HOURS).contains(&current_hour.saturating_sub(hour));
        self.until.as_ref().is_some_and(|until| *until > now && (*until <= latest || self.hour.is_some_and(in_hours)))
    }
}

/// Generates a new key.
///
/// # Errors
/// [`FindRefused`].
pub fn rotate_key(tx: &mut Tx<'_>, code_or_id: &str, now: Timestamp) -> Result<Rotated, FindRefused> {
    let outlet = find_active(tx, code_or_id)?;
    let api_key = secret::random();
    let hash = secret::key_hash(&api_key);
    let previous_key_until = web::time::text(now.saturating_add(OVERLAP).unwrap_or(now));
    let hour = hours::current(tx)?;
    let previous = tx.first(PREVIOUS, &[(&outlet.outlet_id).into()], |row| {
        Ok((Previous { until: row.maybe_string(0)?, hour: row.maybe_int(1)? }, row.string(2)?))
    })?;
    let used = previous.as_ref().filter(|(previous, _)| previous.opens(now, hour)).map(|(_, hash)| hash.clone());
    let stays = used.is_some();
    record(tx, &outlet.outlet_id, previous, used, &hash, now)?;
    let id = (&outlet.outlet_id).into();
    tx.execute(ROTATE, &[id, (&hash).into(), stays.into(), (&previous_key_until).into(), hour.into()])?;
    Ok(Rotated { outlet_id: outlet.outlet_id, outlet_code: outlet.code, api_key, previous_key_until })
}

/// Records the new key, and which earlier ones end: of the previous key and the current one, only the key in use stays.
fn record(
    tx: &mut Tx<'_>,
    outlet_id: &str,
    previous: Option<(Previous, String)>,
    used: Option<String>,
    new: &str,
    now: Timestamp,
) -> Result<(), Fault> {
    let now = web::time::text(now);
    if used.is_none()
        && let Some((Previous { until: Some(until), .. }, hash)) = previous
    {
        history::end_key(tx, outlet_id, &hash, &until)?;
    }
    let used = match used {
        Some(used) => used,
        None => tx.first(CURRENT, &[outlet_id.into()], |row| row.string(0))?.unwrap_or_default(),
    };
    history::end_keys_except(tx, outlet_id, &used, &now)?;
    history::add_key(tx, outlet_id, new, KeyOrigin::Rotated, &now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans;

    #[test]
    fn a_rotated_key_expires_after_seven_days_or_running_hours() {
        let now: Timestamp = "2026-11-29T10:00:00Z".parse().unwrap();
        let opens = |until: &str, hour: Option<i64>| Previous { until: Some(until.to_owned()), hour }.opens(now, 1_000);
        assert!(opens("2026-12-06T10:00:00.000Z", None) && opens("2026-11-29T10:00:00.001Z", None));
        assert!(!opens("2026-11-29T10:00:00.000Z", Some(1_000)), "its time is up");
        for ahead in ["2026-12-06T10:00:00.001Z", "2036-01-01T00:00:00.000Z", "no time"] {
            assert!(opens(ahead, Some(1_000)) && opens(ahead, Some(833)), "{ahead}");
            for hour in [None, Some(832), Some(1_001), Some(i64::MAX), Some(i64::MIN)] {
                assert!(!opens(ahead, hour), "{ahead} {hour:?}");
            }
        }
        assert!(!Previous { until: None, hour: Some(1_000) }.opens(now, 1_000));
        for sql in [PREVIOUS, CURRENT] {
            plans::assert_keyed(sql);
        }
    }
}
