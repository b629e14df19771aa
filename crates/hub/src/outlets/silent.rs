//! When an outlet counts as silent. An outlet that runs asks the hub at least every half minute, so nothing but time
//! decides.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use super::State;

/// How long an active outlet may go unheard before it counts as silent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SilentAfter(SignedDuration);

impl Default for SilentAfter {
    /// An hour: longer than a cut line or a restart, shorter than a day of trade.
    fn default() -> Self {
        Self(SignedDuration::from_hours(1))
    }
}

impl SilentAfter {
    /// So many minutes: 5 to 43,200, which is 30 days; else none. With fewer a line that was cut for a moment would
    /// count, for an outlet waits up to a minute between tries and its contact is noted once a minute.
    #[must_use]
    pub fn minutes(minutes: u32) -> Option<Self> {
        (5..=43_200).contains(&minutes).then(|| Self(SignedDuration::from_mins(i64::from(minutes))))
    }

    /// Who was last heard before this time is silent at `now`.
    pub(crate) fn before(self, now: Timestamp) -> String {
        web::time::text(now.saturating_sub(self.0).unwrap_or(now))
    }
}

/// Whether an outlet is heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Presence {
    /// It has not joined yet.
    New,
    /// It was heard lately.
    Active,
    /// It has not been heard for too long.
    Silent,
    /// Nobody waits for it any more.
    Revoked,
}

impl Presence {
    /// All of them.
    pub(crate) const ALL: [Self; 4] = [Self::New, Self::Active, Self::Silent, Self::Revoked];

    /// The word that stands for it in JSON and on `/metrics`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Active => "active",
            Self::Silent => "silent",
            Self::Revoked => "revoked",
        }
    }

    /// Of an outlet that was last heard then; [`SilentAfter::before`] says before when is too long ago.
    pub(super) fn of(state: State, last_contact_at: Option<&str>, silent_before: &str) -> Self {
        match (state, last_contact_at) {
            (State::Revoked, _) => Self::Revoked,
            (State::Active, None) => Self::New,
            (State::Active, Some(at)) if at < silent_before => Self::Silent,
            (State::Active, Some(_)) => Self::Active,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outlet_is_silent_once_it_was_not_heard_for_longer_than_allowed() {
        let heard = "2026-11-22T10:00:00.000Z";
        let at = |time: &str| {
            let before = SilentAfter::minutes(30).unwrap().before(time.parse().unwrap());
            [
                Presence::of(State::Active, Some(heard), &before),
                Presence::of(State::Active, None, &before),
                Presence::of(State::Revoked, Some(heard), &before),
            ]
        };
        let others = [Presence::New, Presence::Revoked];
        for (time, presence) in [
            ("2026-11-22T10:00:00Z", Presence::Active),
            ("2026-11-22T10:30:00Z", Presence::Active),
            ("2026-11-22T10:30:00.001Z", Presence::Silent),
            ("2027-11-22T10:30:00Z", Presence::Silent),
            // The hub's clock was put back.
            ("2026-11-22T09:00:00Z", Presence::Active),
        ] {
            assert_eq!((at(time)[0], &at(time)[1..]), (presence, &others[..]), "{time}");
        }
    }

    #[test]
    fn a_time_that_makes_no_sense_is_none() {
        assert_eq!((SilentAfter::minutes(4), SilentAfter::minutes(43_201)), (None, None));
        assert_eq!(SilentAfter::minutes(60), Some(SilentAfter::default()));
    }
}
