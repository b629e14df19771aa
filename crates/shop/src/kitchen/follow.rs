//! What happens to tickets when their order changes: a void strikes lines; another table, a merge and a split rename tickets.
//! Nothing is sent again, and nothing that still is to be made is cancelled.

use std::collections::BTreeMap;

use domain::{TicketLineChange, TicketLineState};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction, params};
use sqlite::{Fault, ReadRow};
use uuid::Uuid;
use web::time;

use super::refresh::refresh;
use super::{Slip, SlipKind};

/// A line of a ticket.
struct Found {
    ticket_id: String,
    id: String,
    state: String,
}

/// Strikes a line that was voided. Returns what was struck.
///
/// # Errors
/// The error from SQLite.
pub(crate) fn line_voided(
    tx: &Transaction<'_>,
    order_id: &str,
    line_id: &str,
    now: Timestamp,
) -> Result<Vec<Slip>, Fault> {
    let found = find(tx, order_id, line_id)?;
    strike(tx, found.into_iter().collect(), now)
}

/// Strikes all lines of an order that was voided. Returns what was struck.
///
/// # Errors
/// The error from SQLite.
pub(crate) fn order_voided(tx: &Transaction<'_>, order_id: &str, now: Timestamp) -> Result<Vec<Slip>, Fault> {
    let sql = "select ticket_id, id, state from ticket_lines where order_id = ?1 order by ticket_id, id";
    let mut statement = tx.prepare_cached(sql)?;
    let found = statement.query_map([order_id], found)?.collect::<Result<_, _>>()?;
    strike(tx, found, now)
}

/// Strikes lines. The board flags only what was still to be made.
fn strike(tx: &Transaction<'_>, lines: Vec<Found>, now: Timestamp) -> Result<Vec<Slip>, Fault> {
    let mut slips: Vec<Slip> = Vec::new();
    for line in lines {
        let change = match TicketLineState::parse(&line.state) {
            Some(TicketLineState::Void) => continue,
            Some(TicketLineState::Ready | TicketLineState::Served) => None,
            _ => Some(TicketLineChange::Voided.as_str()),
        };
        let sql = format!(
            "update ticket_lines set state = '{}', change = ?3 where ticket_id = ?1 and id = ?2",
            TicketLineState::Void
        );
        tx.prepare_cached(&sql)?.execute(params![line.ticket_id, line.id, change])?;
        match slips.last_mut().filter(|slip| slip.ticket_id == line.ticket_id) {
            Some(slip) => slip.line_ids.push(line.id),
            None => slips.push(Slip { kind: SlipKind::Void, ticket_id: line.ticket_id, line_ids: vec![line.id] }),
        }
    }
    for slip in &slips {
        refresh(tx, &slip.ticket_id, None, now)?;
    }
    Ok(slips)
}

/// Cuts a line of a ticket as a line of the order was cut: pieces of it are a line of their own. `reduced`: the pieces are
/// void, so the board flags that the line has fewer.
///
/// # Errors
/// The error from SQLite.
pub(crate) fn line_cut(
    tx: &Transaction<'_>,
    order_id: &str,
    (line_id, part_id): (&str, &str),
    reduced: bool,
) -> Result<(), Fault> {
    let Some(line) = find(tx, order_id, line_id)? else { return Ok(()) };
    tx.prepare_cached(
        "insert into ticket_lines (ticket_id, id, order_id, order_line_id, state) values (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![line.ticket_id, Uuid::now_v7().to_string(), order_id, part_id, line.state])?;
    let state = TicketLineState::parse(&line.state);
    if reduced && matches!(state, Some(TicketLineState::New | TicketLineState::Cooking)) {
        let sql = format!(
            "update ticket_lines set change = '{}' where ticket_id = ?1 and id = ?2",
            TicketLineChange::Changed
        );
        tx.prepare_cached(&sql)?.execute([line.ticket_id, line.id])?;
    }
    Ok(())
}

/// A line of an order belongs to another order now.
///
/// # Errors
/// The error from SQLite.
pub(crate) fn line_moved(tx: &Transaction<'_>, from: &str, to: &str, line_id: &str) -> Result<(), Fault> {
    let sql = "update ticket_lines set order_id = ?2 where order_id = ?1 and order_line_id = ?3";
    tx.prepare_cached(sql)?.execute([from, to, line_id])?;
    Ok(())
}

/// Lines of one order moved to another: a ticket of which nothing is left there is the other order's. Returns what moved.
///
/// # Errors
/// The error from SQLite.
pub(crate) fn lines_moved(
    tx: &Transaction<'_>,
    (from, from_table): (&str, Option<&str>),
    (to, to_table): (&str, Option<&str>),
    now: Timestamp,
) -> Result<Vec<Slip>, Fault> {
    let sql = "update tickets set order_id = ?2, changed_at = ?3,
          moved_from = case when ?4 is null or on_board = 0 then moved_from else ?4 end
        where order_id = ?1
          and not exists (select 1 from ticket_lines where ticket_id = tickets.id and order_id = ?1)
          and exists (select 1 from ticket_lines where ticket_id = tickets.id and order_id = ?2)
        returning id";
    let moved_from = (from_table != to_table).then(|| from_table.unwrap_or_default());
    let mut statement = tx.prepare_cached(sql)?;
    let moved = statement.query_map(params![from, to, time::text(now), moved_from], |row| row.id(0))?;
    let moved = moved.collect::<Result<Vec<_>, _>>()?;
    // Tickets of which only a part moved show it too.
    let shared = "update tickets set changed_at = ?2 where order_id = ?1
          and exists (select 1 from ticket_lines where ticket_id = tickets.id and order_id = ?3)";
    tx.prepare_cached(shared)?.execute(params![from, time::text(now), to])?;
    Ok(if moved_from.is_some() { slips(moved) } else { Vec::new() })
}

/// The guests of an order sit at another table. Returns what moved.
///
/// # Errors
/// The error from SQLite.
pub(crate) fn table_changed(
    tx: &Transaction<'_>,
    order_id: &str,
    (before, after): (Option<&str>, Option<&str>),
    now: Timestamp,
) -> Result<Vec<Slip>, Fault> {
    if before == after {
        return Ok(Vec::new());
    }
    // The plus keeps SQLite from the index of the board, which has all tickets of a shop that bumps none.
    let sql = "update tickets set moved_from = ?2, changed_at = ?3 where order_id = ?1 and +on_board = 1 returning id";
    let mut statement = tx.prepare_cached(sql)?;
    let moved = statement.query_map(params![order_id, before.unwrap_or_default(), time::text(now)], |row| row.id(0))?;
    Ok(slips(moved.collect::<Result<_, _>>()?))
}

/// What the tickets of an order show besides its lines and table has changed. `must_be_noticed`: it says how to make what is not
/// made yet, so the board flags those lines; returns them.
///
/// # Errors
/// The error from SQLite.
pub(crate) fn details_changed(
    tx: &Transaction<'_>,
    order_id: &str,
    must_be_noticed: bool,
    now: Timestamp,
) -> Result<Vec<Slip>, Fault> {
    let sql = "update tickets set changed_at = ?2 where order_id = ?1 and +on_board = 1";
    tx.prepare_cached(sql)?.execute(params![order_id, time::text(now)])?;
    if !must_be_noticed {
        return Ok(Vec::new());
    }
    let sql = format!(
        "update ticket_lines set change = '{}' where state in ('{}', '{}')
           and ticket_id in (select id from tickets where order_id = ?1 and +on_board = 1)
         returning ticket_id, id",
        TicketLineChange::Changed,
        TicketLineState::New,
        TicketLineState::Cooking
    );
    let mut statement = tx.prepare_cached(&sql)?;
    let changed = statement.query_map([order_id], |row| Ok((row.id(0)?, row.id(1)?)))?;
    let mut by_ticket = BTreeMap::<String, Vec<String>>::new();
    for (ticket_id, id) in changed.collect::<Result<Vec<_>, _>>()? {
        by_ticket.entry(ticket_id).or_default().push(id);
    }
    let slip = |(ticket_id, line_ids)| Slip { kind: SlipKind::Change, ticket_id, line_ids };
    Ok(by_ticket.into_iter().map(slip).collect())
}

fn slips(moved: Vec<String>) -> Vec<Slip> {
    moved.into_iter().map(|ticket_id| Slip { kind: SlipKind::Move, ticket_id, line_ids: Vec::new() }).collect()
}

fn find(tx: &Transaction<'_>, order_id: &str, line_id: &str) -> Result<Option<Found>, Fault> {
    let sql = "select ticket_id, id, state from ticket_lines where order_id = ?1 and order_line_id = ?2
        order by ticket_id, id limit 1";
    Ok(tx.prepare_cached(sql)?.query_row([order_id, line_id], found).optional()?)
}

fn found(row: &sqlite::Row<'_>) -> rusqlite::Result<Found> {
    Ok(Found { ticket_id: row.id(0)?, id: row.id(1)?, state: row.read(2)? })
}
