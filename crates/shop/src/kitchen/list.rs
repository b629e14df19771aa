//! Lists of tickets for the screens, in the sequence in which they were sent.

use domain::kitchen::RECALL;
use domain::{Station, TicketState};
use jiff::Timestamp;
use rusqlite::Transaction;
use serde::Deserialize;
use sqlite::Fault;
use sqlite::text::raw;
use utoipa::ToSchema;

use super::rows::{SELECT, load_lines, read};
use super::{SHOWN, Ticket, around};
use crate::conditions::Conditions;

/// Which tickets a list contains.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TicketFilter {
    /// Those on the board: new, cooking, or with a void and not yet bumped. The oldest first.
    #[default]
    Open,
    /// New ones.
    New,
    /// Those that were started.
    Cooking,
    /// Those that are ready to be served.
    Ready,
    /// Those that were served.
    Served,
    /// Cancelled ones.
    Cancelled,
    /// Those that can be recalled: bumped within the last 30 minutes. The newest first.
    Recent,
}

/// The page of a list.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Tickets of this station; `None`: of all.
    pub station: Option<Station>,
    /// Which tickets.
    pub filter: TicketFilter,
    /// Id of the last ticket of the previous page.
    pub after: Option<String>,
    /// Maximum number of tickets.
    pub limit: i64,
}

/// A page of tickets with their lines.
///
/// # Errors
/// The error from SQLite.
pub fn tickets(tx: &Transaction<'_>, selection: &Selection, now: Timestamp) -> Result<Vec<Ticket>, Fault> {
    let newest_first = selection.filter == TicketFilter::Recent;
    let (follows, order_by) = if newest_first { ("<", "t.rowid desc") } else { (">", "t.rowid") };
    let mut conditions = Conditions::default();
    match selection.filter {
        // Not a parameter: only a constant lets SQLite use the index of the board.
        TicketFilter::Open => conditions.require("t.on_board = 1"),
        TicketFilter::Recent => {
            conditions.require(format!("t.state in ('{}', '{}')", TicketState::Ready, TicketState::Served));
            conditions.require("t.on_board = 0");
            let (from, to) = around(now, RECALL);
            conditions.require_some(Some(from), |n| format!("t.ready_at >= {n}"));
            conditions.require_some(Some(to), |n| format!("t.ready_at <= {n}"));
        }
        TicketFilter::New => conditions.require(is(TicketState::New)),
        TicketFilter::Cooking => conditions.require(is(TicketState::Cooking)),
        TicketFilter::Ready => conditions.require(is(TicketState::Ready)),
        TicketFilter::Served => conditions.require(is(TicketState::Served)),
        TicketFilter::Cancelled => conditions.require(is(TicketState::Cancelled)),
    }
    let (from, to) = around(now, SHOWN);
    conditions.require_some(Some(from), |n| format!("t.sent_at >= {n}"));
    conditions.require_some(Some(to), |n| format!("t.sent_at <= {n}"));
    conditions.require_some(selection.station.map(Station::as_str), |n| format!("t.station = {n}"));
    conditions.require_some(selection.after.as_deref().map(raw), |n| {
        format!("t.rowid {follows} (select rowid from tickets where id = {n})")
    });
    let limit = conditions.bind(selection.limit);
    let sql = format!("{SELECT} {} order by {order_by} limit {limit}", conditions.to_sql());
    let mut statement = tx.prepare_cached(&sql)?;
    let mut found = statement.query_map(conditions.params(), read)?.collect::<Result<Vec<_>, _>>()?;
    load_lines(tx, &mut found)?;
    Ok(found)
}

fn is(state: TicketState) -> String {
    format!("t.state = '{state}'")
}
