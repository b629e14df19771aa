//! Prints tickets of kitchen and bar: what is new, what is struck, and where guests have moved.

use access::audit::Author;
use domain::Station;
use jiff::Timestamp;
use paper::{ReceiptModifier, Ticket, TicketKind, TicketLine};
use rusqlite::{Transaction, params};
use sqlite::ReadRow;
use web::{ApiError, time};

use super::papers::Letterhead;
use super::print::enqueue_ticket;
use super::printers;
use crate::kitchen::{self, Slip, SlipKind};

/// Prints the tickets of an order that were made now and are not printed yet.
///
/// # Errors
/// The error from SQLite.
pub(crate) fn print_sent(tx: &Transaction<'_>, order_id: &str, now: Timestamp) -> Result<(), ApiError> {
    let sql = "select t.id from tickets t where t.order_id = ?1 and t.sent_at = ?2
        and not exists (select 1 from print_jobs j where j.ref = t.id and j.kind = 'ticket') order by t.rowid";
    let mut statement = tx.prepare_cached(sql)?;
    let sent: Vec<String> =
        statement.query_map(params![order_id, time::text(now)], |row| row.id(0))?.collect::<Result<_, _>>()?;
    let of = |ticket_id| Slip { kind: SlipKind::Add, ticket_id, line_ids: Vec::new() };
    print(tx, &sent.into_iter().map(of).collect::<Vec<_>>(), now)
}

/// Prints what a command did to tickets, at the printers of their stations.
///
/// # Errors
/// The error from SQLite.
pub(crate) fn print(tx: &Transaction<'_>, slips: &[Slip], now: Timestamp) -> Result<(), ApiError> {
    for slip in slips {
        let ticket = kitchen::get(tx, &slip.ticket_id)?;
        let station = ticket.station.known().unwrap_or(Station::Kitchen);
        if printers::of_station(tx, station)?.is_empty() {
            continue;
        }
        let at = ticket.sent_at.parse().unwrap_or(now);
        let time = Letterhead::read(tx)?.time(if slip.kind == SlipKind::Add { at } else { now });
        let id = ticket.id.clone();
        enqueue_ticket(tx, Author::default(), (station, &id), paper_of(ticket, slip, station, time), now)?;
    }
    Ok(())
}

fn paper_of(ticket: kitchen::Ticket, slip: &Slip, station: Station, time: paper::LocalTime) -> Ticket {
    let is_named = |line: &kitchen::TicketLine| slip.line_ids.is_empty() || slip.line_ids.contains(&line.id);
    let kind = match slip.kind {
        SlipKind::Add if ticket.addition => TicketKind::Addition,
        SlipKind::Add => TicketKind::New,
        SlipKind::Void => TicketKind::Void,
        SlipKind::Move => TicketKind::Moved,
    };
    Ticket {
        kind,
        station: if station == Station::Bar { "Bar" } else { "Dapur" }.to_owned(),
        order_number: ticket.order_number,
        table: ticket.table_number,
        queue_no: ticket.queue_no,
        from_table: ticket.moved_from.filter(|from| kind == TicketKind::Moved && !from.is_empty()),
        guest: ticket.customer_name,
        pax: None,
        order_type: ticket.order_type.known(),
        channel: ticket.channel_name,
        time,
        by: None,
        lines: ticket.lines.into_iter().filter(is_named).map(line).collect(),
        note: ticket.note,
    }
}

fn line(line: kitchen::TicketLine) -> TicketLine {
    TicketLine {
        name: [Some(line.name), line.variant_name].into_iter().flatten().collect::<Vec<_>>().join(" "),
        qty: line.qty,
        qty_scale: line.qty_scale,
        unit: line.unit,
        modifiers: line
            .modifiers
            .into_iter()
            .map(|chosen| ReceiptModifier { name: chosen.name, qty: chosen.qty })
            .collect(),
        note: line.note,
    }
}
