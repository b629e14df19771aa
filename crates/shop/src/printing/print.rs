//! Queues papers: by a command that makes one (a payment, a refund), and on request.
//!
//! The first paper of an order, a refund, a ticket, a closed shift or a cash movement is the original. Every later one is numbered
//! as a copy, and the audit log names the person who printed it.

use access::audit::{Author, Deed, record};
use access::session::CurrentUser;
use domain::audit::AuditAction;
use domain::{Method, OrderStatus, PrintJobKind, Station};
use jiff::{SignedDuration, Timestamp};
use paper::{Document, Language, Ticket};
use rusqlite::Transaction;
use serde_json::json;
use web::{ApiError, Code};

use super::jobs::{self, NewJob, PrintJob, enqueue};
use super::links;
use super::papers::{self, Letterhead};
use super::printers::{self, Printer};
use super::tickets;
use crate::kitchen::Slip;
use crate::orders::{self, Order, Payment, pay};
use crate::refunds::{self, Refund};
use crate::{rows, shifts, tenders};

/// Hours after a deed in which its first paper is the original; later its job may have been deleted, so every paper is a copy.
const ORIGINAL_HOURS: i64 = 24;

/// Where and how to print on request.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// The printer; `None`: that of the till.
    pub printer_id: Option<String>,
    /// The language of the paper.
    pub language: Language,
}

/// Queues what the payments of an order print: tickets of what was sent, the receipt once it is paid, if the shop wants it, and
/// the opening of the drawer for cash. `taken`: the payments of this command; `sent`: what it sent.
///
/// # Errors
/// The error from SQLite.
pub fn order_settled(
    tx: &Transaction<'_>,
    user: &CurrentUser,
    order: &Order,
    taken: &[Payment],
    sent: &[Slip],
    now: Timestamp,
) -> Result<(), ApiError> {
    tickets::print(tx, sent, now)?;
    if taken.is_empty() {
        return Ok(());
    }
    let Some(printer) = printers::of_till(tx, user)? else { return Ok(()) };
    let head = Letterhead::read(tx)?;
    let open_drawer = opens_drawer(tx, taken)?;
    let is_paid = order.status.known() == Some(OrderStatus::Paid);
    if is_paid && head.print_receipt {
        let document = receipt_of(tx, &head, order, now)?;
        let new = NewJob { open_drawer, ..of_order(PrintJobKind::Receipt, order, &document) };
        enqueue(tx, &printer, &new, user.into(), now)?;
        return Ok(());
    }
    if open_drawer && printer.kick {
        enqueue_opening(tx, user, &printer, None, &order.order_number, now)?;
    }
    Ok(())
}

/// Queues the paper of a refund, and the opening of the drawer if cash goes back.
///
/// # Errors
/// The error from SQLite.
pub fn refund_made(tx: &Transaction<'_>, user: &CurrentUser, refund: &Refund, now: Timestamp) -> Result<(), ApiError> {
    let Some(printer) = printers::of_till(tx, user)? else { return Ok(()) };
    let head = Letterhead::read(tx)?;
    let open_drawer = refund.payments.iter().any(|payment| payment.method.known() == Some(Method::Cash));
    if head.print_receipt {
        let document = Document::Receipt(Box::new(papers::refund(tx, &head, refund, now)));
        enqueue(tx, &printer, &NewJob { open_drawer, ..of_refund(refund, &document) }, user.into(), now)?;
        return Ok(());
    }
    if open_drawer && printer.kick {
        enqueue_opening(tx, user, &printer, None, &refund.refund_number, now)?;
    }
    Ok(())
}

/// Whether a payment needs the drawer: cash, or a tender that the chain has declared so.
fn opens_drawer(tx: &Transaction<'_>, taken: &[Payment]) -> Result<bool, ApiError> {
    for payment in taken {
        if payment.method.known() == Some(Method::Cash) {
            return Ok(true);
        }
        if let Some(id) = &payment.tender_id
            && tenders::opens_drawer(tx, id)?
        {
            return Ok(true);
        }
    }
    Ok(false)
}

fn enqueue_opening(
    tx: &Transaction<'_>,
    user: &CurrentUser,
    printer: &Printer,
    reference: Option<&str>,
    title: &str,
    now: Timestamp,
) -> Result<String, ApiError> {
    let new = NewJob {
        kind: PrintJobKind::Drawer,
        reference,
        title,
        document: &Document::Drawer,
        language: Language::default(),
        copy_no: 0,
        open_drawer: true,
    };
    enqueue(tx, printer, &new, user.into(), now)
}

/// Queues a ticket at each printer of its station. Returns the jobs.
///
/// # Errors
/// The error from SQLite.
pub fn enqueue_ticket(
    tx: &Transaction<'_>,
    by: Author<'_>,
    (station, ticket_id): (Station, &str),
    ticket: Ticket,
    copy_no: i64,
    now: Timestamp,
) -> Result<Vec<String>, ApiError> {
    let printers = printers::of_station(tx, station)?;
    let title = ticket.order_number.clone();
    let document = Document::Ticket(ticket);
    let new = NewJob {
        kind: PrintJobKind::Ticket,
        reference: Some(ticket_id),
        title: &title,
        document: &document,
        language: Language::default(),
        copy_no,
        open_drawer: false,
    };
    printers.iter().map(|printer| enqueue(tx, printer, &new, by, now)).collect()
}

fn receipt_of(tx: &Transaction<'_>, head: &Letterhead, order: &Order, now: Timestamp) -> Result<Document, ApiError> {
    let link = match (&head.receipt_url, order.status.known()) {
        (Some(_), Some(OrderStatus::Paid)) => {
            links::address(head.receipt_url.as_deref(), &links::token(tx, &order.id, now)?)
        }
        _ => None,
    };
    Ok(Document::Receipt(Box::new(papers::receipt(tx, head, order, link, now))))
}

fn of_order<'a>(kind: PrintJobKind, order: &'a Order, document: &'a Document) -> NewJob<'a> {
    NewJob {
        kind,
        reference: Some(&order.id),
        title: &order.order_number,
        document,
        language: Language::default(),
        copy_no: 0,
        open_drawer: false,
    }
}

fn of_refund<'a>(refund: &'a Refund, document: &'a Document) -> NewJob<'a> {
    NewJob {
        kind: PrintJobKind::Refund,
        reference: Some(&refund.id),
        title: &refund.refund_number,
        document,
        language: Language::default(),
        copy_no: 0,
        open_drawer: false,
    }
}

/// The document of an order's receipt or bill, without printing it.
///
/// # Errors
/// 404.
pub fn receipt(tx: &Transaction<'_>, order_id: &str, now: Timestamp) -> Result<Document, ApiError> {
    let (order, head) = (orders::get(tx, order_id)?, Letterhead::read(tx)?);
    Ok(Document::Receipt(Box::new(papers::receipt(tx, &head, &order, None, now))))
}

/// The printer of a request.
fn printer(tx: &Transaction<'_>, user: &CurrentUser, wanted: &Wanted) -> Result<Printer, ApiError> {
    let Some(id) = &wanted.printer_id else {
        return printers::of_till(tx, user)?.ok_or_else(|| Code::NoPrinter.into());
    };
    printers::find(tx, id)?.ok_or_else(|| Code::NotFound.because("printer"))
}

/// Prints the receipt of a paid order, or the bill of an open one. Both are recorded; a second receipt is a numbered copy.
///
/// # Errors
/// 404; 409 `no_printer`, `not_paid`, `already_paid`, `order_void`.
pub fn print_order(
    tx: &Transaction<'_>,
    user: &CurrentUser,
    order_id: &str,
    kind: PrintJobKind,
    wanted: &Wanted,
    now: Timestamp,
) -> Result<PrintJob, ApiError> {
    let order = orders::get(tx, order_id)?;
    let (action, copy_no) = match (kind, order.parse_status()?) {
        (_, OrderStatus::Void) => return Err(Code::OrderVoid.into()),
        (PrintJobKind::Bill, OrderStatus::Paid) => {
            return Err(pay::refused(tx, &order, domain::order::StatusRefused::AlreadyPaid));
        }
        (PrintJobKind::Bill, OrderStatus::Open) => (AuditAction::BillPrinted, 0),
        (_, OrderStatus::Open) => return Err(Code::NotPaid.into()),
        (_, OrderStatus::Paid) => {
            let done_at = order.paid_at.as_deref();
            (AuditAction::ReceiptPrinted, next_copy(tx, PrintJobKind::Receipt, order_id, done_at, now)?)
        }
    };
    let printer = printer(tx, user, wanted)?;
    let document = receipt_of(tx, &Letterhead::read(tx)?, &order, now)?;
    let new = NewJob { language: wanted.language, copy_no, ..of_order(kind, &order, &document) };
    let id = enqueue(tx, &printer, &new, user.into(), now)?;
    let data = json!({"number": order.order_number, "total": order.total, "copy_no": copy_no, "printer": printer.name});
    record(tx, user, Deed::new(action).to("order", order_id).with(data), now)?;
    jobs::get(tx, &id)
}

/// The number of the next paper of what was done at a time: 0 for the original. The list forgets old jobs, so a paper of an old
/// deed is a copy in any case.
pub(super) fn next_copy(
    tx: &Transaction<'_>,
    kind: PrintJobKind,
    reference: &str,
    done_at: Option<&str>,
    now: Timestamp,
) -> Result<i64, ApiError> {
    if let Some(last) = jobs::last_copy(tx, kind, reference)? {
        return Ok(last.saturating_add(1));
    }
    let done_at = done_at.and_then(|at| at.parse::<Timestamp>().ok());
    let is_recent = done_at.is_some_and(|at| now.duration_since(at) < SignedDuration::from_hours(ORIGINAL_HOURS));
    Ok(i64::from(!is_recent))
}

/// Prints the paper of a refund once more.
///
/// # Errors
/// 404; 409 `no_printer`.
pub fn print_refund(
    tx: &Transaction<'_>,
    user: &CurrentUser,
    refund_id: &str,
    wanted: &Wanted,
    now: Timestamp,
) -> Result<PrintJob, ApiError> {
    let refund = refunds::get(tx, refund_id)?;
    let printer = printer(tx, user, wanted)?;
    let copy_no = next_copy(tx, PrintJobKind::Refund, refund_id, Some(&refund.created_at), now)?;
    let document = Document::Receipt(Box::new(papers::refund(tx, &Letterhead::read(tx)?, &refund, now)));
    let new = NewJob { language: wanted.language, copy_no, ..of_refund(&refund, &document) };
    let id = enqueue(tx, &printer, &new, user.into(), now)?;
    let data =
        json!({"number": refund.refund_number, "total": refund.total, "copy_no": copy_no, "printer": printer.name});
    record(tx, user, Deed::new(AuditAction::ReceiptPrinted).to("refund", refund_id).with(data), now)?;
    jobs::get(tx, &id)
}

/// Prints X of an open shift or Z of a closed one, with the figures that the user may see. A second Z is a numbered copy.
///
/// # Errors
/// 404; 409 `no_printer`; 422 `amount_too_large`.
pub fn print_shift(
    tx: &Transaction<'_>,
    user: &CurrentUser,
    shift_id: &str,
    wanted: &Wanted,
    now: Timestamp,
) -> Result<PrintJob, ApiError> {
    let shift = shifts::get(tx, shift_id)?;
    let printer = printer(tx, user, wanted)?;
    let report = shifts::report_for(tx, user, &shift)?;
    let copy_no = if shift.is_open() {
        0
    } else {
        next_copy(tx, PrintJobKind::Shift, shift_id, shift.closed_at.as_deref(), now)?
    };
    let document = Document::Shift(Box::new(papers::shift(tx, &Letterhead::read(tx)?, &shift, &report, now)));
    let new = NewJob {
        kind: PrintJobKind::Shift,
        reference: Some(shift_id),
        title: &shift.shift_number,
        document: &document,
        language: wanted.language,
        copy_no,
        open_drawer: false,
    };
    let id = enqueue(tx, &printer, &new, user.into(), now)?;
    let data =
        json!({"number": shift.shift_number, "drawer": shift.drawer_name, "copy_no": copy_no, "printer": printer.name});
    record(tx, user, Deed::new(AuditAction::ShiftPrinted).to("shift", shift_id).with(data), now)?;
    jobs::get(tx, &id)
}

/// Prints a cash movement of a shift, and opens the drawer for it.
///
/// # Errors
/// 404; 409 `no_printer`.
pub fn print_movement(
    tx: &Transaction<'_>,
    user: &CurrentUser,
    (shift_id, movement_id): (&str, &str),
    wanted: &Wanted,
    now: Timestamp,
) -> Result<PrintJob, ApiError> {
    let shift = shifts::get(tx, shift_id)?;
    let movement = shift.movements.iter().find(|movement| movement.id == movement_id);
    let movement = movement.ok_or_else(|| Code::NotFound.because("movement"))?;
    let printer = printer(tx, user, wanted)?;
    let copy_no = next_copy(tx, PrintJobKind::Cash, movement_id, Some(&movement.created_at), now)?;
    let document = Document::Cash(papers::cash_movement(tx, &Letterhead::read(tx)?, &shift, movement, now));
    let new = NewJob {
        kind: PrintJobKind::Cash,
        reference: Some(movement_id),
        title: &shift.shift_number,
        document: &document,
        language: wanted.language,
        copy_no,
        open_drawer: copy_no == 0,
    };
    let id = enqueue(tx, &printer, &new, user.into(), now)?;
    let data = json!({"number": shift.shift_number, "drawer": shift.drawer_name, "amount": movement.amount,
        "copy_no": copy_no, "printer": printer.name});
    record(tx, user, Deed::new(AuditAction::MovementPrinted).to("shift", shift_id).with(data), now)?;
    jobs::get(tx, &id)
}

/// Opens the drawer at the till's printer without a sale, for a reason that the audit log keeps.
///
/// # Errors
/// 409 `shift_required`, `no_printer`.
pub fn open_drawer(
    tx: &Transaction<'_>,
    user: &CurrentUser,
    reason: &str,
    now: Timestamp,
) -> Result<PrintJob, ApiError> {
    let shift_id = shifts::current(tx, user)?.ok_or(Code::ShiftRequired)?;
    let shift = shifts::get(tx, &shift_id)?;
    let printer = printers::of_till(tx, user)?.ok_or_else(|| Code::NoPrinter.because("till"))?;
    if !printer.kick {
        return Err(Code::NoPrinter.because("drawer"));
    }
    let id = enqueue_opening(tx, user, &printer, Some(&shift_id), &shift.shift_number, now)?;
    let data =
        json!({"number": shift.shift_number, "drawer": shift.drawer_name, "reason": reason, "printer": printer.name});
    record(tx, user, Deed::new(AuditAction::DrawerOpened).to("shift", &shift_id).with(data), now)?;
    jobs::get(tx, &id)
}

/// Prints a test page.
///
/// # Errors
/// 404.
pub fn print_test(
    tx: &Transaction<'_>,
    user: &CurrentUser,
    printer_id: &str,
    language: Language,
    now: Timestamp,
) -> Result<PrintJob, ApiError> {
    printers::check_exists(tx, printer_id)?;
    let printer = rows::get::<Printer>(tx, printer_id)?;
    let document = Document::Test(papers::test_page(&Letterhead::read(tx)?, &printer, now));
    let new = NewJob {
        kind: PrintJobKind::Test,
        reference: None,
        title: &printer.name,
        document: &document,
        language,
        copy_no: 0,
        open_drawer: true,
    };
    let id = enqueue(tx, &printer, &new, user.into(), now)?;
    let data = json!({"name": printer.name, "address": printer.address, "port": printer.port});
    record(tx, user, Deed::new(AuditAction::PrinterTested).to("printer", printer_id).with(data), now)?;
    jobs::get(tx, &id)
}
