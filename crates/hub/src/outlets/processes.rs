//! Detects two servers that run as one outlet: a cloned machine, or an old one left running after its replacement.
//!
//! Each server process of an outlet generates a random id at its start and sends it as `X-Outlet-Process`. A restart makes
//! a new id, and the old one does not return. An id that returns after another one belongs to a process that is still
//! running. A single delayed request of a dead process may arrive late, so only [`RETURNS`] returns are proof.
//!
//! The result is only shown to people; sync does not depend on it, so the hub's clock may decide when it ends.

use jiff::{SignedDuration, Timestamp};
use store::{Arg, Fault, Row};

/// The request header.
pub(crate) const PROCESS: &str = "x-outlet-process";
/// The response header: `one` or `several`.
pub(crate) const PROCESSES: &str = "x-outlet-processes";

/// Number of returns of replaced processes that prove a duplicate server.
pub(crate) const RETURNS: i64 = 3;
/// After this time with one process, there is one server again. Each server sends at least one request per minute.
const CLEARED_AFTER: SignedDuration = SignedDuration::from_hours(1);
/// Maximum length of an id.
const MAX_ID: usize = 64;

/// The recent processes of an outlet's requests.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Processes {
    /// The process of the latest request.
    current: Option<String>,
    /// The process before it.
    previous: Option<String>,
    /// Number of returns of a replaced process.
    returns: i64,
    /// Time of the last return, RFC 3339 UTC.
    returned_at: Option<String>,
}

/// Whether this many returns prove a duplicate server.
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

    /// Values for these columns.
    pub(crate) fn values(&self) -> [Arg<'_>; 4] {
        let Self { current, previous, returns, returned_at } = self;
        [current.as_deref().into(), previous.as_deref().into(), (*returns).into(), returned_at.as_deref().into()]
    }

    /// Whether two running servers use this outlet's key.
    pub(crate) fn has_duplicates(&self) -> bool {
        has_duplicates(self.returns)
    }

    /// Whether the latest request came from another process.
    pub(crate) fn is_other(&self, id: &str) -> bool {
        self.current.as_deref() != Some(id)
    }

    /// Whether a request from this process changes the record.
    pub(crate) fn needs_update(&self, id: &str, now: Timestamp) -> bool {
        self.is_other(id) || self.is_over(now)
    }

    /// Whether the last return is long ago. A time in the future came from a wrong clock.
    fn is_over(&self, now: Timestamp) -> bool {
        let since = web::time::text(now.saturating_sub(CLEARED_AFTER).unwrap_or(now));
        let now = web::time::text(now);
        self.returned_at.as_ref().is_some_and(|at| *at < since || *at > now)
    }

    /// Records a request from this process.
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

/// The process id of a request; none from an older outlet or a command.
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
            // Two delayed requests.
            ("abab", false),
            // A downgrade.
            ("aaabbbaaa", false),
            ("ababa", true),
            ("aabbabba", true),
            // One of them restarts repeatedly.
            ("abacadae", true),
        ] {
            assert_eq!(after(ids).has_duplicates(), several, "{ids}");
        }
    }

    #[test]
    fn a_duplicate_server_is_cleared_after_an_hour_of_one_process() {
        let several = after("ababab");
        for (id, minutes, expected) in [
            ("b", 60, true),
            ("b", 61, false),
            ("c", 61, false),
            // The other one is still running: it counts again.
            ("a", 60, true),
            ("a", 61, false),
            // The hub's clock was ahead and was corrected.
            ("b", -1, false),
        ] {
            let mut processes = several.clone();
            assert_eq!(processes.needs_update(id, at(minutes)), id != "b" || !expected);
            processes.record(id, at(minutes));
            assert_eq!(processes.has_duplicates(), expected, "{id} {minutes}");
        }
    }

    #[test]
    fn an_invalid_process_id_is_ignored() {
        for header in [None, Some(""), Some("a b"), Some("a\u{e9}"), Some(&*"x".repeat(65))] {
            assert_eq!(id(header), None);
        }
        assert_eq!(id(Some("0d1f6c1e")), Some("0d1f6c1e"));
    }
}
