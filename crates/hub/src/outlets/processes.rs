//! Detects two servers that run as one outlet: a cloned machine, or an old one left running after its replacement.
//!
//! Each server process of an outlet generates a random id at its start and sends it as `X-Outlet-Process`. A restart makes
//! a new id, and the old one does not return. An id that returns after another took its place belongs to a process that is
//! still running. One delayed request of a dead process may arrive late, so the proof takes [`RETURNS`] returns.
//!
//! The result is only shown to people; sync does not depend on it, so the hub's clock may decide when it ends.

use jiff::{SignedDuration, Timestamp};
use store::{Arg, Fault, Row};

/// The request header.
pub(crate) const PROCESS: &str = "x-outlet-process";
/// The response header: `one` or `several`.
pub(crate) const PROCESSES: &str = "x-outlet-processes";

/// So many times must a replaced process have come back.
pub(crate) const RETURNS: i64 = 3;
/// After this time with one process, there is one server again. Each sends at least one request per minute.
const ALONE: SignedDuration = SignedDuration::from_hours(1);
/// Bytes of an id.
const MAX_ID: usize = 64;

/// The processes that an outlet's requests came from lately.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Processes {
    /// Of the latest request.
    current: Option<String>,
    /// The process before it.
    previous: Option<String>,
    /// How often a replaced one came back.
    returns: i64,
    /// When one last did, RFC 3339 UTC.
    returned_at: Option<String>,
}

/// So many returns are a proof.
pub(crate) fn has_duplicates(returns: i64) -> bool {
    returns >= RETURNS
}

impl Processes {
    /// From `process, previous_process, process_returns, process_returned_at`; `column` is the first.
    pub(crate) fn of(row: &Row<'_>, column: usize) -> Result<Self, Fault> {
        Ok(Self {
            current: row.maybe_string(column)?,
            previous: row.maybe_string(column + 1)?,
            returns: row.int(column + 2)?,
            returned_at: row.maybe_string(column + 3)?,
        })
    }

    /// For these columns.
    pub(crate) fn values(&self) -> [Arg<'_>; 4] {
        let Self { current, previous, returns, returned_at } = self;
        [current.as_deref().into(), previous.as_deref().into(), (*returns).into(), returned_at.as_deref().into()]
    }

    /// Two live servers use this outlet's key.
    pub(crate) fn has_duplicates(&self) -> bool {
        has_duplicates(self.returns)
    }

    /// Whether the latest request came from another one.
    pub(crate) fn is_other(&self, id: &str) -> bool {
        self.current.as_deref() != Some(id)
    }

    /// Something is to be written down of a request that comes from this one now.
    pub(crate) fn needs_update(&self, id: &str, now: Timestamp) -> bool {
        self.is_other(id) || self.is_over(now)
    }

    /// None came back for long. A time in the future is one of a wrong clock.
    fn is_over(&self, now: Timestamp) -> bool {
        let since = web::time::text(now.saturating_sub(ALONE).unwrap_or(now));
        let now = web::time::text(now);
        self.returned_at.as_ref().is_some_and(|at| *at < since || *at > now)
    }

    /// A request came from this one.
    pub(crate) fn record(&mut self, id: &str, now: Timestamp) {
        if self.is_over(now) {
            (self.returns, self.returned_at) = (0, None);
        }
        if !self.is_other(id) {
            return;
        }
        if self.previous.as_deref() == Some(id) {
            self.returns = (self.returns + 1).min(RETURNS);
            self.returned_at = Some(web::time::text(now));
        }
        self.previous = self.current.replace(id.to_owned());
    }
}

/// The id in a request; none from an older outlet or a command.
pub(crate) fn id(header: Option<&str>) -> Option<&str> {
    header.filter(|id| (1..=MAX_ID).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> Timestamp {
        "2026-11-22T10:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_mins(minutes)
    }

    fn after(ids: &str) -> Processes {
        let mut processes = Processes::default();
        ids.chars().for_each(|id| processes.record(&id.to_string(), at(0)));
        processes
    }

    #[test]
    fn duplicate_servers_differ_from_restarts() {
        for (ids, several) in [
            ("a", false),
            ("abcdefghij", false),
            ("aabbbccdd", false),
            // A request that came late, twice.
            ("abab", false),
            // A downgrade.
            ("aaabbbaaa", false),
            ("ababa", true),
            ("aabbabba", true),
            // One of them is started again and again.
            ("abacadae", true),
        ] {
            assert_eq!(after(ids).has_duplicates(), several, "{ids}");
        }
    }

    #[test]
    fn a_duplicate_server_is_cleared_after_an_hour_of_one_process() {
        let several = after("ababab");
        for (id, minutes, still) in [
            ("b", 60, true),
            ("b", 61, false),
            ("c", 61, false),
            // The other one is running: counts again.
            ("a", 60, true),
            ("a", 61, false),
            // The hub's clock was ahead, and was put right.
            ("b", -1, false),
        ] {
            let mut processes = several.clone();
            assert_eq!(processes.needs_update(id, at(minutes)), id != "b" || !still);
            processes.record(id, at(minutes));
            assert_eq!(processes.has_duplicates(), still, "{id} {minutes}");
        }
    }

    #[test]
    fn what_is_no_id_is_none() {
        for header in [None, Some(""), Some("a b"), Some("a\u{e9}"), Some(&*"x".repeat(65))] {
            assert_eq!(id(header), None);
        }
        assert_eq!(id(Some("0d1f6c1e")), Some("0d1f6c1e"));
    }
}
