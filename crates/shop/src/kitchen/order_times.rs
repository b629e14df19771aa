//! When all tickets of a paid order were ready and served. The order gets each time once: every write sends the whole order
//! to head office again.

use domain::{OrderStatus, TicketLineState};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction, params};
use sqlite::{Fault, ReadRow};
use web::time;

/// When all of an order was ready, and served.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Times {
    /// All of it was ready.
    pub ready_at: Option<String>,
    /// All of it was served.
    pub served_at: Option<String>,
}

/// The times of an order from its tickets, now; none as long as something is not that far, or without tickets.
///
/// # Errors
/// The error from SQLite.
pub(crate) fn times(tx: &Transaction<'_>, order_id: &str, now: Timestamp) -> Result<Times, Fault> {
    let sql = "select l.state, t.ready_at, t.served_at from ticket_lines l join tickets t on t.id = l.ticket_id
        where l.order_id = ?1 order by t.rowid";
    let mut statement = tx.prepare_cached(sql)?;
    let lines = statement.query_map([order_id], |row| {
        Ok((TicketLineState::parse(&row.read::<String>(0)?), row.read::<Option<String>>(1)?, row.read(2)?))
    })?;
    let mut lines: Vec<(_, _, Option<String>)> = lines.collect::<Result<_, _>>()?;
    lines.retain(|(state, ..)| *state != Some(TicketLineState::Void));
    // A ticket that a split has divided has no time of its own yet.
    let latest = |times: Vec<Option<String>>| times.into_iter().map(|at| at.unwrap_or_else(|| time::text(now))).max();
    let is_ready = lines.iter().all(|line| matches!(line.0, Some(TicketLineState::Ready | TicketLineState::Served)));
    let is_served = lines.iter().all(|line| line.0 == Some(TicketLineState::Served));
    Ok(Times {
        ready_at: is_ready.then(|| latest(lines.iter().map(|line| line.1.clone()).collect())).flatten(),
        served_at: is_served.then(|| latest(lines.iter().map(|line| line.2.clone()).collect())).flatten(),
    })
}

/// Writes the times of a paid order that has none yet.
///
/// # Errors
/// The error from SQLite.
pub(super) fn record(tx: &Transaction<'_>, order_id: &str, now: Timestamp) -> Result<(), Fault> {
    let sql = format!(
        "select ready_at is not null, served_at is not null from orders where id = ?1 and status = '{}'
           and (ready_at is null or served_at is null)",
        OrderStatus::Paid
    );
    let missing = tx.prepare_cached(&sql)?.query_row([order_id], |row| Ok((row.read(0)?, row.read(1)?))).optional()?;
    let Some((has_ready, has_served)): Option<(bool, bool)> = missing else { return Ok(()) };
    let times = times(tx, order_id, now)?;
    if (has_ready || times.ready_at.is_none()) && (has_served || times.served_at.is_none()) {
        return Ok(());
    }
    let sql = "update orders set ready_at = coalesce(ready_at, ?2), served_at = coalesce(served_at, ?3) where id = ?1";
    tx.prepare_cached(sql)?.execute(params![order_id, times.ready_at, times.served_at])?;
    Ok(())
}
