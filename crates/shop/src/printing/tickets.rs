//! Prints tickets of kitchen and bar: what is new, what is struck, where guests have moved, and a whole ticket again.

use access::audit::{Author, Deed, record};
use access::session::CurrentUser;
use domain::audit::AuditAction;
use domain::{PrintJobKind, Station, TicketLineState};
use jiff::Timestamp;
use paper::{ReceiptModifier, Ticket, TicketKind, TicketLine};
use rusqlite::Transaction;
use serde_json::json;
use web::{ApiError, Code};

use super::jobs::{self, PrintJob};
use super::papers::Letterhead;
use super::print::{enqueue_ticket, next_copy};
use super::printers;
use crate::kitchen::{self, Slip, SlipKind};

/// Prints what a command did to tickets, at the printers of their stations.
///
/// # Errors
/// The error from SQLite.
pub(crate) fn print(tx: &Transaction<'_>, slips: &[Slip], now: Timestamp) -> Result<(), ApiError> {
    for slip in slips {
        let ticket = kitchen::get(tx, &slip.ticket_id)?;
        let station = station_of(&ticket);
        // What has left the board is made, and moves nowhere.
        let is_made = slip.kind == SlipKind::Move && !ticket.on_board;
        if is_made || printers::of_station(tx, station)?.is_empty() {
            continue;
        }
        let paper = paper_of(tx, ticket, slip, now)?;
        if !paper.lines.is_empty() {
            enqueue_ticket(tx, Author::default(), (station, &slip.ticket_id), paper, 0, now)?;
        }
    }
    Ok(())
}

/// Prints a whole ticket again, without what is void, at the printers of its station. Returns the jobs.
///
/// # Errors
/// 403, 404, 409 `no_printer` or `ticket_cancelled`.
pub fn reprint(tx: &Transaction<'_>, user: &CurrentUser, id: &str, now: Timestamp) -> Result<Vec<PrintJob>, ApiError> {
    let ticket = kitchen::get(tx, id)?;
    if !user.role.may_reprint_at(ticket.station.known()) {
        return Err(Code::Forbidden.because("station"));
    }
    let copy_no = next_copy(tx, PrintJobKind::Ticket, id, Some(&ticket.sent_at), now)?;
    let (station, order_id) = (station_of(&ticket), ticket.order_id.clone());
    let data =
        json!({"station": ticket.station, "ticket": ticket.number, "number": ticket.order_number, "copy_no": copy_no});
    let slip = Slip { kind: SlipKind::Add, ticket_id: id.to_owned(), line_ids: Vec::new() };
    let paper = paper_of(tx, ticket, &slip, now)?;
    if paper.lines.is_empty() {
        return Err(Code::TicketCancelled.into());
    }
    let queued = enqueue_ticket(tx, user.into(), (station, id), paper, copy_no, now)?;
    if queued.is_empty() {
        return Err(Code::NoPrinter.because("station"));
    }
    record(tx, user, Deed::new(AuditAction::TicketPrinted).to("order", &order_id).with(data), now)?;
    queued.iter().map(|job| jobs::get(tx, job)).collect()
}

/// Somebody must see what a damaged or newer database sends elsewhere.
fn station_of(ticket: &kitchen::Ticket) -> Station {
    ticket.station.known().unwrap_or(Station::Kitchen)
}

/// The paper of a slip with the lines that it names, or all. What is void is only on the paper that strikes it: nobody makes it.
fn paper_of(tx: &Transaction<'_>, ticket: kitchen::Ticket, slip: &Slip, now: Timestamp) -> Result<Ticket, ApiError> {
    let at = if slip.kind == SlipKind::Add { ticket.sent_at.parse().unwrap_or(now) } else { now };
    let is_shown = |line: &kitchen::TicketLine| {
        let is_void = line.state.known() == Some(TicketLineState::Void);
        (slip.line_ids.is_empty() || slip.line_ids.contains(&line.id)) && (slip.kind == SlipKind::Void || !is_void)
    };
    let kind = match slip.kind {
        SlipKind::Add if ticket.addition => TicketKind::Addition,
        SlipKind::Add => TicketKind::New,
        SlipKind::Void => TicketKind::Void,
        SlipKind::Move => TicketKind::Moved,
        SlipKind::Change => TicketKind::Changed,
    };
    Ok(Ticket {
        kind,
        station: if station_of(&ticket) == Station::Bar { "Bar" } else { "Dapur" }.to_owned(),
        order_number: ticket.order_number,
        table: ticket.table_number,
        queue_no: ticket.queue_no,
        from_table: ticket.moved_from.filter(|from| kind == TicketKind::Moved && !from.is_empty()),
        guest: ticket.customer_name,
        pax: None,
        order_type: ticket.order_type.known(),
        channel: ticket.channel_name,
        time: Letterhead::read(tx)?.time(at),
        by: None,
        lines: ticket.lines.into_iter().filter(is_shown).map(line).collect(),
        note: ticket.note,
    })
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
