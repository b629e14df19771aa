//! The layout of a ticket for the kitchen or the bar: large, without prices.

use super::{Format, fact, marks, way};
use crate::amounts::{grouped, quantity, time};
use crate::document::{Ticket, TicketKind, TicketLine};
use crate::page::{Page, Style};

pub(super) fn lay_out(page: &mut Page, ticket: &Ticket, format: Format) {
    let words = format.words();
    let kind = match ticket.kind {
        TicketKind::New => words.new,
        TicketKind::Addition => words.addition,
        TicketKind::Void => words.void,
        TicketKind::Moved => words.moved,
        TicketKind::Changed => words.changed,
    };
    page.text(Style::TITLE, &format!("{} - {kind}", ticket.station));
    let place = match (&ticket.table, ticket.queue_no, &ticket.guest) {
        (Some(table), ..) => format!("{} {table}", words.table),
        (None, Some(number), _) => format!("{} {number}", words.queue),
        (None, None, Some(guest)) => guest.clone(),
        (None, None, None) => ticket.order_number.clone(),
    };
    page.text(Style::LARGE, &place);
    fact(page, words.from_table, ticket.from_table.as_deref());
    fact(page, words.number, Some(&ticket.order_number));
    if ticket.table.is_some() || ticket.queue_no.is_some() {
        fact(page, words.guest, ticket.guest.as_deref());
    }
    if let Some(kind) = way(ticket.channel.as_deref(), ticket.order_type, words) {
        page.text(Style::PLAIN, &kind);
    }
    fact(page, words.pax, ticket.pax.map(grouped).as_deref());
    fact(page, words.time, Some(&time(&ticket.time, format.language)));
    fact(page, words.by, ticket.by.as_deref());
    page.rule();
    // In the middle: the rail of a kitchen hides the head.
    marks(page, format);
    for line in &ticket.lines {
        to_make(page, line, ticket.kind == TicketKind::Void, words.void);
    }
    if let Some(note) = &ticket.note {
        page.rule();
        page.indented(Style::BOLD, "", &format!("{}: {note}", words.note));
    }
}

fn to_make(page: &mut Page, line: &TicketLine, is_void: bool, void: &str) {
    let qty = quantity(line.qty, line.qty_scale, line.unit.as_deref());
    let qty = if is_void { format!("{void} {qty}") } else { qty };
    page.indented(Style::LARGE, &format!("{qty} x "), &line.name);
    for modifier in &line.modifiers {
        match modifier.qty {
            1 => page.indented(Style::BOLD, "  + ", &modifier.name),
            qty => page.indented(Style::BOLD, "  + ", &format!("{} x {}", grouped(qty), modifier.name)),
        }
    }
    if let Some(note) = &line.note {
        page.indented(Style::BOLD, "  >> ", note);
    }
}
