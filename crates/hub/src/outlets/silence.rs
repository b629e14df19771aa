//! Decides when an outlet is silent. A running outlet contacts the hub at least twice a minute, so only the time of its
//! last contact counts.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use super::OutletState;

/// How long an active outlet may be without contact before it is silent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SilentAfter(SignedDuration);

impl Default for SilentAfter {
    /// An hour: longer than a broken connection or a restart, shorter than a day of trade.
    fn default() -> Self {
        Self(SignedDuration::from_hours(1))
    }
}

impl SilentAfter {
    /// 5 to 43,200 minutes (30 days); none for other values. A lower limit would report short interruptions, because an
    /// outlet waits up to a minute between attempts and its contact is recorded once a minute.
    #[must_use]
    pub fn minutes(minutes: u32) -> Option<Self> {
        (5..=43_200).contains(&minutes).then(|| Self(SignedDuration::from_mins(i64::from(minutes))))
    }

    /// The times of last contact with which an outlet is active at `now`.
    pub(crate) fn within(self, now: Timestamp) -> ContactWindow {
        let from = web::time::text(now.saturating_sub(self.0).unwrap_or(now));
        ContactWindow { from, to: web::time::text(now.saturating_add(CLOCKS_DIFFER).unwrap_or(now)) }
    }
}

/// Maximum difference between the clocks of nodes that share a database.
const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_mins(2);

/// Times of contact that count as recent, from then to now. A time in the future was recorded by a clock that ran
/// ahead; any contact since the correction has replaced it.
#[derive(Debug, Clone)]
pub(crate) struct ContactWindow {
    from: String,
    to: String,
}

impl ContactWindow {
    fn has(&self, at: &str) -> bool {
        (self.from.as_str()..=self.to.as_str()).contains(&at)
    }

    /// Whether this time is before the window.
    pub(crate) fn is_past(&self, at: &str) -> bool {
        at < self.from.as_str()
    }
}

/// Presence of an outlet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Presence {
    /// It has never enrolled.
    New,
    /// Its last contact is recent.
    Active,
    /// Its last contact is too long ago.
    Silent,
    /// It was revoked.
    Revoked,
    /// Its state in the database is unknown.
    Unknown,
}

impl Presence {
    /// All values.
    pub(crate) const ALL: [Self; 5] = [Self::New, Self::Active, Self::Silent, Self::Revoked, Self::Unknown];

    /// Its name in JSON and on `/metrics`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Active => "active",
            Self::Silent => "silent",
            Self::Revoked => "revoked",
            Self::Unknown => "unknown",
        }
    }

    /// The presence of an outlet with this state and last contact.
    pub(crate) fn of(state: OutletState, last_contact_at: Option<&str>, window: &ContactWindow) -> Self {
        match (state, last_contact_at) {
            (OutletState::Revoked, _) => Self::Revoked,
            (OutletState::Unknown, _) => Self::Unknown,
            (OutletState::Active, None) => Self::New,
            (OutletState::Active, Some(at)) if window.has(at) => Self::Active,
            (OutletState::Active, Some(_)) => Self::Silent,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outlet_is_silent_after_the_time_without_contact() {
        let contact = "2026-11-22T10:00:00.000Z";
        let at = |time: &str| {
            let window = SilentAfter::minutes(30).unwrap().within(time.parse().unwrap());
            [
                Presence::of(OutletState::Active, Some(contact), &window),
                Presence::of(OutletState::Active, None, &window),
                Presence::of(OutletState::Revoked, Some(contact), &window),
            ]
        };
        let others = [Presence::New, Presence::Revoked];
        for (time, presence) in [
            ("2026-11-22T10:00:00Z", Presence::Active),
            ("2026-11-22T10:30:00Z", Presence::Active),
            ("2026-11-22T10:30:00.001Z", Presence::Silent),
            ("2027-11-22T10:30:00Z", Presence::Silent),
            // Another node's clock is a little ahead.
            ("2026-11-22T09:58:00Z", Presence::Active),
            // The hub's clock ran ahead at the contact and was corrected: no contact since.
            ("2026-11-22T09:00:00Z", Presence::Silent),
            ("2025-11-22T10:00:00Z", Presence::Silent),
        ] {
            assert_eq!((at(time)[0], &at(time)[1..]), (presence, &others[..]), "{time}");
        }
    }

    #[test]
    fn an_out_of_range_limit_is_refused() {
        assert_eq!((SilentAfter::minutes(4), SilentAfter::minutes(43_201)), (None, None));
        assert_eq!(SilentAfter::minutes(60), Some(SilentAfter::default()));
    }
}
