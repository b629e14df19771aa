//! Kitchen and bar: tickets, their states, and how much is left of a product.
//!
//! A ticket is made in the transaction that sends lines of an order, one for each station and course; what follows (a void,
//! another table, a merge, a split) changes tickets in the transaction of its command. Tickets are local: the order has only
//! `sent_at` of its lines, and `ready_at` and `served_at` once it is paid (decision D12), so a bump sends nothing to head office.

pub mod all_day;
pub mod counts;
pub mod follow;
pub mod http;
pub mod list;
pub mod order_times;
pub mod progress;
pub mod prune;
mod refresh;
pub mod rows;
pub mod send;

pub use rows::{Ticket, TicketLine, get};

use jiff::{SignedDuration, Timestamp};
use web::time;

/// How long a ticket that nobody bumps stays on the board and in other lists. A shop without a screen bumps none.
pub const SHOWN: SignedDuration = SignedDuration::from_hours(12);

/// What a command did to a ticket. Printers print it; the screen reads the ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slip {
    /// What was done.
    pub kind: SlipKind,
    /// The ticket, for [`get`].
    pub ticket_id: String,
    /// The lines of the ticket that it is about.
    pub line_ids: Vec<String>,
}

/// What a command did to a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SlipKind {
    /// Made it: these lines are to be prepared.
    Add,
    /// Struck these lines.
    Void,
    /// Moved its guests to another table or order.
    Move,
    /// Changed how these lines are made: the order has another note or type.
    Change,
}

/// The bounds of the times around now that count as recent, so that a clock that was wrong hides and shows nothing for longer
/// than one that is right.
pub(crate) fn around(now: Timestamp, span: SignedDuration) -> (String, String) {
    (time::text(now - span), time::text(now + span))
}
