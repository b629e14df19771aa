//! Starts, bumps and recalls tickets. Repeats change nothing, so a bump that is sent twice is one.

use access::audit::{Deed, record};
use access::session::CurrentUser;
use domain::audit::AuditAction;
use domain::kitchen::{RECALL, StateRefused, may_recall, step};
use domain::{Role, Station, TicketLineState, TicketState};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction, params};
use serde_json::json;
use sqlite::text::raw;
use sqlite::{Fault, ReadRow};
use web::{ApiError, Code, Problem, Word};

use super::refresh::refresh;
use super::{Ticket, get, order_times};

/// Brings all lines of a ticket forward to a state; lines that are further stay. This also
/// marks the changes of the ticket as seen. A cancelled ticket leaves the board when it is bumped.
///
/// # Errors
/// 403, 404.
pub fn advance(
    tx: &Transaction<'_>,
    user: &CurrentUser,
    id: &str,
    to: TicketLineState,
    now: Timestamp,
) -> Result<Ticket, ApiError> {
    let ticket = get(tx, id)?;
    check(user, to, &ticket.station)?;
    let earlier = TicketLineState::ALL.iter().take_while(|state| **state != to).map(|state| format!("'{state}'"));
    let earlier = earlier.collect::<Vec<_>>().join(", ");
    let sql = format!("update ticket_lines set state = ?2 where ticket_id = ?1 and state in ({earlier})");
    let mut changed = tx.prepare_cached(&sql)?.execute(params![raw(id), to.as_str()])?;
    changed += touch(tx, id)?;
    if ticket.state.known() == Some(TicketState::Cancelled) && ticket.on_board && to != TicketLineState::Cooking {
        changed += tx.prepare_cached("update tickets set on_board = 0 where id = ?1")?.execute([raw(id)])?;
    }
    if changed == 0 {
        return Ok(ticket);
    }
    written(tx, id, Some(&user.id), now)
}

/// Brings one line forward to a state.
///
/// # Errors
/// 403, 404, 409 `line_void` or `state_backwards`.
pub fn advance_line(
    tx: &Transaction<'_>,
    user: &CurrentUser,
    line_id: &str,
    to: TicketLineState,
    now: Timestamp,
) -> Result<Ticket, ApiError> {
    let sql = "select ticket_id, state from ticket_lines where id = ?1 order by ticket_id limit 1";
    let found = tx.prepare_cached(sql)?.query_row([raw(line_id)], |row| Ok((row.id(0)?, row.read(1)?))).optional()?;
    let (ticket_id, state): (String, String) = found.ok_or_else(|| Code::NotFound.because("ticket_line"))?;
    let ticket = get(tx, &ticket_id)?;
    check(user, to, &ticket.station)?;
    // An unknown state is behind all others.
    let from = TicketLineState::parse(&state).unwrap_or(TicketLineState::New);
    if step(from, to).map_err(refused)?.is_none() {
        return Ok(ticket);
    }
    tx.prepare_cached("update ticket_lines set state = ?2 where id = ?1")?
        .execute(params![raw(line_id), to.as_str()])?;
    touch(tx, &ticket_id)?;
    written(tx, &ticket_id, Some(&user.id), now)
}

/// Brings a bumped ticket back to the board, in its place, for 30 minutes after the bump.
///
/// # Errors
/// 403, 404, 409 `ticket_cancelled` or `recall_too_late`.
pub fn recall(tx: &Transaction<'_>, user: &CurrentUser, id: &str, now: Timestamp) -> Result<Ticket, ApiError> {
    let ticket = get(tx, id)?;
    check(user, TicketLineState::Cooking, &ticket.station)?;
    match ticket.state.known() {
        Some(TicketState::New | TicketState::Cooking) => return Ok(ticket),
        Some(TicketState::Cancelled) => return Err(Code::TicketCancelled.into()),
        Some(TicketState::Ready | TicketState::Served) | None => {}
    }
    let bumped_at = ticket.ready_at.as_deref().and_then(|at| at.parse().ok());
    if !bumped_at.is_some_and(|at| may_recall(at, now)) {
        return Err(Code::RecallTooLate.with("minutes", RECALL.as_mins()));
    }
    let sql = format!(
        "update ticket_lines set state = '{}' where ticket_id = ?1 and state <> '{}'",
        TicketLineState::Cooking,
        TicketLineState::Void
    );
    tx.prepare_cached(&sql)?.execute([raw(id)])?;
    let recalled = written(tx, id, None, now)?;
    let data = json!({"station": ticket.station, "ticket": ticket.number, "number": ticket.order_number,
        "before": ticket.state, "bumped_by": ticket.bumped_by});
    record(tx, user, Deed::new(AuditAction::TicketRecalled).to("order", &ticket.order_id).with(data), now)?;
    Ok(recalled)
}

/// The ticket after a change of its lines, which may have completed paid orders.
fn written(tx: &Transaction<'_>, id: &str, by: Option<&str>, now: Timestamp) -> Result<Ticket, ApiError> {
    refresh(tx, id, by, now)?;
    let mut statement =
        tx.prepare_cached("select distinct order_id from ticket_lines where ticket_id = ?1 order by 1")?;
    let orders: Vec<String> = statement.query_map([raw(id)], |row| row.id(0))?.collect::<Result<_, _>>()?;
    for order in orders {
        order_times::record(tx, &order, now)?;
    }
    get(tx, id)
}

/// Ends the flags of a ticket: somebody has seen it. Returns how many there were.
fn touch(tx: &Transaction<'_>, id: &str) -> Result<usize, Fault> {
    let lines = "update ticket_lines set change = null where ticket_id = ?1 and change is not null";
    let ticket = "update tickets set moved_from = null where id = ?1 and moved_from is not null";
    Ok(tx.prepare_cached(lines)?.execute([raw(id)])? + tx.prepare_cached(ticket)?.execute([raw(id)])?)
}

/// The kitchen and the bar work on tickets of their station; users who sell may also serve.
fn check(user: &CurrentUser, to: TicketLineState, station: &Word<Station>) -> Result<(), ApiError> {
    let may = match to {
        TicketLineState::Served => Role::may_serve_at,
        _ => Role::may_prepare_at,
    };
    if may(user.role, station.known()) { Ok(()) } else { Err(Code::Forbidden.because("station")) }
}

fn refused(refused: StateRefused) -> ApiError {
    match refused {
        StateRefused::Void => Code::LineVoid.into(),
        StateRefused::Backwards(state) => Code::StateBackwards.with("state", state.as_str()),
        StateRefused::NotAStep => {
            let steps = ["cooking", "ready", "served"].join(", ");
            Code::InvalidTicketState.field("state", Problem::NotAllowed.with("choices", steps))
        }
    }
}
