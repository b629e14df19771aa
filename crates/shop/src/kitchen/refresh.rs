//! Derives the state of a ticket from its lines.

use domain::kitchen::ticket_state;
use domain::{TicketLineChange, TicketLineState, TicketState};
use jiff::Timestamp;
use rusqlite::{Transaction, params};
use sqlite::text::raw;
use sqlite::{Fault, ReadRow};
use web::time;

/// Writes the state of a ticket, with its times, after its lines have changed. A bumped ticket leaves the board, unless it has a
/// void that nobody has seen; one that is cancelled stays where it is, so that the board shows the void. Unknown states of lines
/// count as none.
pub(super) fn refresh(tx: &Transaction<'_>, ticket_id: &str, by: Option<&str>, now: Timestamp) -> Result<(), Fault> {
    let mut statement = tx.prepare_cached("select state, change from ticket_lines where ticket_id = ?1 order by id")?;
    let found = statement.query_map([raw(ticket_id)], |row| Ok((row.read(0)?, row.read(1)?)))?;
    let found: Vec<(String, Option<String>)> = found.collect::<Result<_, _>>()?;
    let states: Vec<_> = found.iter().filter_map(|(state, _)| TicketLineState::parse(state)).collect();
    let has_unseen_void = found.iter().any(|(_, change)| change.as_deref() == Some(TicketLineChange::Voided.as_str()));
    let (started, ready, served) = match ticket_state(&states) {
        TicketState::New => (false, false, false),
        TicketState::Cooking => (true, false, false),
        TicketState::Ready => (true, true, false),
        TicketState::Served => (true, true, true),
        TicketState::Cancelled => return cancel(tx, ticket_id, now),
    };
    tx.prepare_cached(
        "update tickets set state = ?2, changed_at = ?3, on_board = ?8,
           started_at = case when ?4 then coalesce(started_at, ?3) end,
           ready_at = case when ?5 then coalesce(ready_at, ?3) end,
           served_at = case when ?6 then coalesce(served_at, ?3) end,
           bumped_by = case when ?5 then coalesce(bumped_by, ?7) end
         where id = ?1",
    )?
    .execute(params![
        raw(ticket_id),
        ticket_state(&states).as_str(),
        time::text(now),
        started,
        ready,
        served,
        by,
        !ready || has_unseen_void
    ])?;
    Ok(())
}

fn cancel(tx: &Transaction<'_>, ticket_id: &str, now: Timestamp) -> Result<(), Fault> {
    let sql = format!("update tickets set state = '{}', changed_at = ?2 where id = ?1", TicketState::Cancelled);
    tx.prepare_cached(&sql)?.execute(params![raw(ticket_id), time::text(now)])?;
    Ok(())
}
