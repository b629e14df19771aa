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

    /// When an outlet must have been heard last so as not to be silent at `now`.
    pub(crate) fn within(self, now: Timestamp) -> Lately {
        let from = web::time::text(now.saturating_sub(self.0).unwrap_or(now));
        Lately { from, to: web::time::text(now.saturating_add(CLOCKS_DIFFER).unwrap_or(now)) }
    }
}

/// Nodes that share a database differ by less.
const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_mins(2);

/// Contacts that count as late: from then to now. One in the future was noted by a clock that ran ahead; any contact since
/// it was put right has noted another one.
#[derive(Debug, Clone)]
pub(crate) struct Lately {
    from: String,
    to: String,
}

impl Lately {
    fn has(&self, at: &str) -> bool {
        (self.from.as_str()..=self.to.as_str()).contains(&at)
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
    /// The database has a word for its state that is none.
    Unknown,
}

impl Presence {
    /// All of them.
    pub(crate) const ALL: [Self; 5] = [Self::New, Self::Active, Self::Silent, Self::Revoked, Self::Unknown];

    /// The word that stands for it in JSON and on `/metrics`.
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

    /// Of an outlet that was last heard then.
    pub(crate) fn of(state: State, last_contact_at: Option<&str>, lately: &Lately) -> Self {
        match (state, last_contact_at) {
            (State::Revoked, _) => Self::Revoked,
            (State::Unknown, _) => Self::Unknown,
            (State::Active, None) => Self::New,
            (State::Active, Some(at)) if lately.has(at) => Self::Active,
            (State::Active, Some(_)) => Self::Silent,
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
            let lately = SilentAfter::minutes(30).unwrap().within(time.parse().unwrap());
            [
                Presence::of(State::Active, Some(heard), &lately),
                Presence::of(State::Active, None, &lately),
                Presence::of(State::Revoked, Some(heard), &lately),
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
            // The hub's clock ran ahead when it was heard, and was put back: not heard since.
            ("2026-11-22T09:00:00Z", Presence::Silent),
            ("2025-11-22T10:00:00Z", Presence::Silent),
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
