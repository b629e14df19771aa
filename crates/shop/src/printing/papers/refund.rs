//! The paper of a refund.

use jiff::Timestamp;
use paper::{ChargeLine, NamedAmount, PaymentLine, Receipt, ReceiptKind, ReceiptLine, RefundOf};
use rusqlite::Transaction;

use super::{Letterhead, name};
use crate::refunds::Refund;

/// The paper of a refund.
#[must_use]
pub fn refund(tx: &Transaction<'_>, head: &Letterhead, refund: &Refund, now: Timestamp) -> Receipt {
    let discounts = (refund.discount != 0).then(|| NamedAmount { amount: refund.discount, ..NamedAmount::default() });
    Receipt {
        kind: ReceiptKind::Refund(RefundOf {
            order_number: refund.order_number.clone(),
            reason: refund.reason.clone(),
        }),
        seller: head.seller.clone(),
        number: refund.refund_number.clone(),
        time: head.stored_time(Some(&refund.created_at), now),
        cashier: name(tx, refund.cashier_id.as_deref()),
        guest: None,
        table: None,
        queue_no: None,
        pax: None,
        order_type: None,
        channel: None,
        lines: refund
            .lines
            .iter()
            .map(|line| ReceiptLine {
                name: line.name.clone(),
                qty: line.qty,
                qty_scale: line.qty_scale,
                unit: line.unit.clone(),
                price: None,
                amount: line.amount,
                modifiers: Vec::new(),
            })
            .collect(),
        subtotal: refund.subtotal,
        discounts: discounts.into_iter().collect(),
        charges: refund
            .charges
            .iter()
            .map(|charge| ChargeLine {
                name: charge.name.clone(),
                kind: charge.kind.known(),
                rate_bp: charge.rate_bp,
                base: charge.base,
                amount: charge.amount,
                inclusive: charge.inclusive,
            })
            .collect(),
        surplus: refund.surplus,
        rounding: refund.rounding,
        total: refund.total,
        payments: refund
            .payments
            .iter()
            .map(|payment| PaymentLine {
                name: payment.tender_name.clone(),
                method: payment.method.known(),
                tendered: payment.amount,
                change: 0,
                reference: payment.reference.clone(),
                unconfirmed: false,
            })
            .collect(),
        due: 0,
        refunded: 0,
        link: None,
    }
}
