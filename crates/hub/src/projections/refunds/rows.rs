//! The rows of a refund in its tables.

use super::refund::Refund;
use crate::projections::cells::{Cell, Cells};
use crate::projections::row_tables::{Rows, Table, sorted};
use crate::projections::sales::{Tax, TaxKey};

pub(super) const TABLES: &[Table] = &[
    Table {
        name: "refunds",
        columns: &[
            "outlet_id",
            "refund_id",
            "business_date",
            "refund_number",
            "order_id",
            "order_number",
            "order_date",
            "kind",
            "reason",
            "created_at",
            "cashier_id",
            "approved_by",
            "subtotal",
            "discount",
            "service",
            "tax",
            "tax_included",
            "surplus",
            "rounding",
            "total",
        ],
        texts: &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
        key: "",
    },
    Table {
        name: "refund_lines",
        columns: &[
            "outlet_id",
            "refund_id",
            "business_date",
            "line_no",
            "product_id",
            "name",
            "qty",
            "amount",
            "qty_scale",
        ],
        texts: &[0, 1, 2, 4, 5],
        key: ", line_no",
    },
    Table {
        name: "refund_tenders",
        columns: &["outlet_id", "refund_id", "business_date", "method", "tender_id", "tender_name", "amount"],
        texts: &[0, 1, 2, 3, 4, 5],
        key: ", method, tender_id, tender_name",
    },
    Table {
        name: "refund_taxes",
        columns: &["outlet_id", "refund_id", "business_date", "name", "rate_bp", "inclusive", "base", "amount"],
        texts: &[0, 1, 2, 3],
        key: ", name, rate_bp, inclusive",
    },
];

/// The rows of a refund.
pub(super) fn of(outlet_id: &str, refund: &Refund<'_>) -> Rows {
    let text = |text: &str| Cell::text(text);
    let maybe = |text: &Option<std::borrow::Cow<'_, str>>| text.as_deref().map_or(Cell::Null, Cell::text);
    let with = |more: Cells| [vec![text(outlet_id), text(&refund.id), text(&refund.business_date)], more].concat();
    let root = with(vec![
        text(&refund.refund_number),
        text(&refund.order_id),
        text(&refund.order_number),
        text(&refund.order_date),
        text(&refund.kind),
        text(&refund.reason),
        text(&refund.created_at),
        maybe(&refund.cashier_id),
        maybe(&refund.approved_by),
        Cell::Int(refund.subtotal),
        Cell::Int(refund.discount),
        Cell::Int(refund.service),
        Cell::Int(refund.tax),
        Cell::Int(refund.tax_included),
        Cell::Int(refund.surplus),
        Cell::Int(refund.rounding),
        Cell::Int(refund.total),
    ]);
    let lines = (0_i64..).zip(&refund.lines).map(|(no, line)| {
        let [no, qty, amount, scale] = [no, line.qty, line.amount, line.qty_scale].map(Cell::Int);
        with(vec![no, text(&line.product_id), text(&line.name), qty, amount, scale])
    });
    let tenders = refund.tenders();
    let tenders = tenders.into_iter().map(|(key, amount)| {
        let [method, id, name] = key.texts().map(text);
        with(vec![method, id, name, Cell::Int(amount)])
    });
    let taxes = refund.taxes().into_iter().map(|(TaxKey { name, rate_bp, inclusive }, Tax { base, amount })| {
        let inclusive = i64::from(inclusive);
        with(vec![text(&name), Cell::Int(rate_bp), Cell::Int(inclusive), Cell::Int(base), Cell::Int(amount)])
    });
    sorted(vec![vec![root], lines.collect(), tenders.collect(), taxes.collect()])
}
