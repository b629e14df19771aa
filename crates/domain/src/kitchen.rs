//! Kitchen tickets: what the kitchen or the bar prepares for one order, and how far it is.
//!
//! A line goes forward only: new, cooking, ready, served. The ticket's state follows from its lines. Only a recall brings a
//! ticket back, for a short time after it was bumped. A void strikes a line, whatever its state.

use jiff::{SignedDuration, Timestamp};
use thiserror::Error;

use crate::string_enum::string_enum;

/// How far a ticket is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TicketState {
    /// Nobody has started.
    New,
    /// Something of it was started.
    Cooking,
    /// Everything is ready to be served.
    Ready,
    /// The guests have everything.
    Served,
    /// All its lines are void.
    Cancelled,
}

string_enum!(TicketState { New: "new", Cooking: "cooking", Ready: "ready", Served: "served", Cancelled: "cancelled" });

/// How far a line of a ticket is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TicketLineState {
    /// Nobody has started.
    New,
    /// It is being made.
    Cooking,
    /// It is ready to be served.
    Ready,
    /// The guests have it.
    Served,
    /// It is void: struck, and not made.
    Void,
}

string_enum!(TicketLineState { New: "new", Cooking: "cooking", Ready: "ready", Served: "served", Void: "void" });

/// What has happened to a line since somebody in the kitchen looked at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TicketLineChange {
    /// Some of its pieces were voided, or the order's note or type is another one.
    Changed,
    /// It was voided.
    Voided,
}

string_enum!(TicketLineChange { Changed: "changed", Voided: "voided" });

/// The highest number of a course.
pub const MAX_COURSE: i64 = 9;

/// How long after the bump a ticket can be recalled.
pub const RECALL: SignedDuration = SignedDuration::from_mins(30);

/// Why a line does not get a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum StateRefused {
    /// The line is void.
    #[error("the line is void")]
    Void,
    /// It is further already.
    #[error("the line is {0} already")]
    Backwards(TicketLineState),
    /// Only a void strikes a line.
    #[error("a line becomes void by a void of the order's line")]
    NotAStep,
}

/// The step of a line to a state; `None` if it has that state already.
///
/// # Errors
/// If the line is void or further already.
pub fn step(from: TicketLineState, to: TicketLineState) -> Result<Option<TicketLineState>, StateRefused> {
    match (from, to) {
        (_, TicketLineState::Void) => Err(StateRefused::NotAStep),
        (TicketLineState::Void, _) => Err(StateRefused::Void),
        _ if from == to => Ok(None),
        _ if from > to => Err(StateRefused::Backwards(from)),
        _ => Ok(Some(to)),
    }
}

/// The state of a ticket with these lines: that of the line that is least far, but cooking as soon as one was started.
#[must_use]
pub fn ticket_state(lines: &[TicketLineState]) -> TicketState {
    let live = || lines.iter().filter(|state| **state != TicketLineState::Void);
    match (live().min(), live().max()) {
        (None, _) => TicketState::Cancelled,
        (Some(TicketLineState::New), Some(TicketLineState::New)) => TicketState::New,
        (Some(TicketLineState::New | TicketLineState::Cooking), _) => TicketState::Cooking,
        (Some(TicketLineState::Ready), _) => TicketState::Ready,
        (Some(_), _) => TicketState::Served,
    }
}

/// Whether a ticket that was bumped then can be recalled now. A clock that was set back allows no more than one that
/// is right.
#[must_use]
pub fn may_recall(bumped_at: Timestamp, now: Timestamp) -> bool {
    now.duration_since(bumped_at).abs() <= RECALL
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_goes_forward_only_and_repeats_are_harmless() {
        use TicketLineState::{Cooking, New, Ready, Served, Void};
        for (at, &from) in TicketLineState::ALL.iter().enumerate() {
            for (to_at, &to) in TicketLineState::ALL.iter().enumerate() {
                let expected = match (from, to) {
                    (_, Void) => Err(StateRefused::NotAStep),
                    (Void, _) => Err(StateRefused::Void),
                    _ if at == to_at => Ok(None),
                    _ if at > to_at => Err(StateRefused::Backwards(from)),
                    _ => Ok(Some(to)),
                };
                assert_eq!(step(from, to), expected, "{from} to {to}");
            }
        }
        assert_eq!([New, Cooking, Ready, Served, Void], TicketLineState::ALL);
    }

    #[test]
    fn a_ticket_is_as_far_as_its_slowest_line() {
        use TicketLineState::{Cooking, New, Ready, Served, Void};
        for (lines, state) in [
            (&[][..], TicketState::Cancelled),
            (&[Void, Void], TicketState::Cancelled),
            (&[New, New], TicketState::New),
            (&[New, Void], TicketState::New),
            (&[New, Ready], TicketState::Cooking),
            (&[Cooking, Served], TicketState::Cooking),
            (&[Ready, Served, Void], TicketState::Ready),
            (&[Served, Served], TicketState::Served),
        ] {
            assert_eq!(ticket_state(lines), state, "{lines:?}");
        }
    }

    #[test]
    fn a_ticket_is_recalled_within_half_an_hour_by_any_clock() {
        let bumped: Timestamp = "2026-11-30T10:00:00Z".parse().unwrap();
        for (minutes, may) in [(0, true), (30, true), (31, false), (-30, true), (-31, false)] {
            assert_eq!(may_recall(bumped, bumped + SignedDuration::from_mins(minutes)), may, "{minutes}");
        }
    }
}
