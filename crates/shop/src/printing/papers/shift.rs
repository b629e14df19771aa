//! X and Z of a shift on paper.

use domain::ReportKind;
use jiff::Timestamp;
use paper::{ShiftCash, ShiftPaper, ShiftSales, ShiftTender};
use rusqlite::Transaction;

use super::{Letterhead, name};
use crate::shifts::{Shift, ShiftReport};

/// The paper of a shift with its figures, as its reader may see them.
#[must_use]
pub fn shift(
    tx: &Transaction<'_>,
    head: &Letterhead,
    shift: &Shift,
    report: &ShiftReport,
    now: Timestamp,
) -> ShiftPaper {
    let time = |at: &str| head.stored_time(Some(at), now);
    ShiftPaper {
        kind: if shift.is_open() { ReportKind::X } else { ReportKind::Z },
        seller: head.seller.clone(),
        number: shift.shift_number.clone(),
        drawer: shift.drawer_name.clone(),
        opened_by: name(tx, shift.opened_by.as_deref()),
        opened_at: Some(time(&shift.opened_at)),
        closed_by: name(tx, shift.closed_by.as_deref()),
        closed_at: shift.closed_at.as_deref().map(time),
        printed_at: head.time(now),
        sales: report.sales.as_ref().map(|sales| ShiftSales {
            orders: sales.orders,
            subtotal: sales.subtotal,
            discount: sales.discount,
            service: sales.service,
            tax: sales.tax,
            tax_included: sales.tax_included,
            rounding: sales.rounding,
            total: sales.total,
        }),
        deposits_taken: report.deposits_taken,
        deposits_used: report.deposits_used,
        refunds: report.refunds,
        refunded: report.refunded,
        tenders: report
            .tenders
            .iter()
            .map(|tender| ShiftTender {
                name: tender.tender_name.clone(),
                method: tender.method().known(),
                payments: tender.payments.saturating_add(tender.reversals),
                refunds: tender.refunds,
                unconfirmed: tender.unconfirmed,
            })
            .collect(),
        cash: report.cash.as_ref().map(|cash| ShiftCash {
            opening: cash.opening,
            payments: cash.payments,
            refunds: cash.refunds,
            paid_in: cash.paid_in,
            paid_out: cash.paid_out,
            dropped: cash.dropped,
            expected: cash.expected,
        }),
        counted: shift.counted,
        left_in_drawer: shift.left_in_drawer,
        note: shift.note.clone(),
    }
}
