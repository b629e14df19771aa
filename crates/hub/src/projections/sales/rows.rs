//! The rows of an order in the sales tables.

use protocol::acknowledged::RecordedSale;
use store::{Arg, Fault, Row, Tx};

use super::order::{Charge, DeedKey, Deeds, Line, Order, TAX, Tax, TaxKey, Tender, TenderTexts};
use crate::projections::Source;

const ADD_SALE: &str = "
    insert into sales (outlet_id, business_date, order_id, order_number, status, order_type, table_number,
      customer_name, subtotal, discount, service, tax, tax_included, rounding, total, paid, created_at, paid_at,
      arrival_no, cashier_id, paid_date, channel)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22)";
const ADD_LINE: &str = "
    insert into sale_lines (outlet_id, order_id, line_no, product_id, name, qty, price, amount, qty_scale)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
const ADD_TENDER: &str = "
    insert into sale_tenders (outlet_id, order_id, business_date, method, tender_id, tender_name, amount, overpaid,
      reversed, unconfirmed)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
const ADD_TAX: &str = "
    insert into sale_taxes (outlet_id, order_id, name, rate_bp, inclusive, base, amount)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
const ADD_DEEDS: &str = "
    insert into sale_deeds (outlet_id, order_id, business_date, kind, user_id, deeds, amount)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
pub(super) const DROP_SALE: &str =
    "delete from sales where outlet_id = ?1 and business_date = ?2 and arrival_no = ?3 and order_id = ?4";
/// All rows of an order beside its sale.
pub(super) const DROP_PARTS: [&str; 4] = [
    "delete from sale_lines where outlet_id = ?1 and order_id = ?2",
    "delete from sale_tenders where outlet_id = ?1 and order_id = ?2",
    "delete from sale_taxes where outlet_id = ?1 and order_id = ?2",
    "delete from sale_deeds where outlet_id = ?1 and order_id = ?2",
];

/// Inserts the rows of an order that the tables do not contain.
pub(super) fn insert(tx: &mut Tx<'_>, source: Source<'_>, order: &Order<'_>) -> Result<(), Fault> {
    for line in line_rows(source.outlet_id, order) {
        tx.defer(ADD_LINE, &line)?;
    }
    for tender in tender_rows(source.outlet_id, order) {
        tx.defer(ADD_TENDER, &tender)?;
    }
    for (key, tax) in &order.taxes() {
        tx.defer(ADD_TAX, &tax_row(source.outlet_id, order, key, *tax))?;
    }
    for (key, deeds) in &order.deeds() {
        tx.defer(ADD_DEEDS, &deeds_row(source.outlet_id, order, key, *deeds))?;
    }
    tx.defer(ADD_SALE, &sale_row(source.outlet_id, source.arrival_no, order))
}

/// Deletes the rows of an order that are recorded under this business day.
pub(super) fn delete(tx: &mut Tx<'_>, source: Source<'_>, business_date: &str) -> Result<(), Fault> {
    let (outlet, id): (Arg<'_>, Arg<'_>) = (source.outlet_id.into(), source.entity_id.into());
    tx.defer(DROP_SALE, &[outlet, business_date.into(), source.arrival_no.into(), id])?;
    DROP_PARTS.iter().try_for_each(|drop| tx.defer(drop, &[outlet, id]))
}

/// The row of an order in `sales`.
pub(super) fn sale_row<'a>(outlet_id: &'a str, arrival_no: i64, order: &'a Order<'_>) -> [Arg<'a>; 22] {
    [
        outlet_id.into(),
        order.business_date.as_ref().into(),
        order.id.as_ref().into(),
        order.order_number.as_ref().into(),
        order.status.as_ref().into(),
        order.order_type.as_ref().into(),
        order.table_number.as_deref().into(),
        order.customer_name.as_deref().into(),
        order.subtotal.into(),
        order.discount.into(),
        order.service.into(),
        order.tax.into(),
        order.tax_included.into(),
        order.rounding.into(),
        order.total.into(),
        order.paid.into(),
        order.created_at.as_ref().into(),
        order.paid_at.as_deref().into(),
        arrival_no.into(),
        order.cashier_id.as_deref().into(),
        order.sale_date().into(),
        order.channel.as_deref().into(),
    ]
}

/// The rows of an order in `sale_lines`.
pub(super) fn line_rows<'a>(outlet_id: &'a str, order: &'a Order<'_>) -> impl Iterator<Item = [Arg<'a>; 9]> {
    (0_i64..).zip(&order.lines).map(move |(no, line)| {
        let (product, name) = (line.product_id.as_ref().into(), line.name.as_ref().into());
        let [qty, price, amount] = [line.qty.into(), line.price.into(), line.amount.into()];
        let [outlet, order_id] = [outlet_id.into(), order.id.as_ref().into()];
        [outlet, order_id, no.into(), product, name, qty, price, amount, line.qty_scale.into()]
    })
}

/// The rows of an order in `sale_tenders`.
pub(super) fn tender_rows<'a>(outlet_id: &'a str, order: &'a Order<'_>) -> impl Iterator<Item = [Arg<'a>; 10]> {
    order.tenders().into_iter().map(move |((date, key), tender)| {
        let Tender { amount, overpaid, reversed, unconfirmed } = tender;
        let amounts = [amount, overpaid, reversed, unconfirmed].map(Arg::Int);
        let [amount, overpaid, reversed, unconfirmed] = amounts;
        let [outlet, order_id] = [outlet_id.into(), order.id.as_ref().into()];
        let [method, id, name] = key.texts().map(Arg::from);
        [outlet, order_id, date.into(), method, id, name, amount, overpaid, reversed, unconfirmed]
    })
}

/// The row of a tax in `sale_taxes`.
pub(super) fn tax_row<'a>(outlet_id: &'a str, order: &'a Order<'_>, key: &'a TaxKey, tax: Tax) -> [Arg<'a>; 7] {
    let TaxKey { name, rate_bp, inclusive } = key;
    let [name, rate_bp, inclusive] = [name.into(), (*rate_bp).into(), (*inclusive).into()];
    [outlet_id.into(), order.id.as_ref().into(), name, rate_bp, inclusive, tax.base.into(), tax.amount.into()]
}

/// The row of deeds in `sale_deeds`.
pub(super) fn deeds_row<'a>(
    outlet_id: &'a str,
    order: &'a Order<'_>,
    key: &'a DeedKey<'_>,
    deeds: Deeds,
) -> [Arg<'a>; 7] {
    let (date, kind, user_id) = key;
    let [outlet, id] = [outlet_id.into(), order.id.as_ref().into()];
    [outlet, id, (*date).into(), (*kind).into(), user_id.into(), deeds.count.into(), deeds.amount().into()]
}

const SALE: &str = "
    select business_date, status, order_number, subtotal, discount, service, tax, tax_included, rounding, total, paid,
      paid_date
    from sales
    where outlet_id = ?1 and arrival_no = ?2 and order_id = ?3";
const LINES: &str = "
    select product_id, qty, amount, qty_scale from sale_lines where outlet_id = ?1 and order_id = ?2 order by line_no";
const TENDERS: &str = "
    select business_date, method, tender_id, tender_name, amount, overpaid from sale_tenders
    where outlet_id = ?1 and order_id = ?2
    order by business_date, method, tender_id, tender_name";
const TAXES: &str = "
    select name, rate_bp, inclusive, base, amount from sale_taxes where outlet_id = ?1 and order_id = ?2
    order by name, rate_bp, inclusive";

/// The sale of an order as recorded in the tables.
pub(super) fn recorded_sale(tx: &mut Tx<'_>, source: Source<'_>) -> Result<Option<RecordedSale>, Fault> {
    Ok(recorded_order(tx, source)?.map(|(sale, tenders)| RecordedSale {
        status: sale.status.to_string(),
        order_number: sale.order_number.to_string(),
        business_date: sale.business_date.to_string(),
        paid_date: sale.paid_date.as_deref().map(str::to_owned),
        figures: [
            sale.subtotal,
            sale.discount,
            sale.service,
            sale.tax,
            sale.tax_included,
            sale.rounding,
            sale.total,
            sale.paid,
        ],
        lines: sale.lines.iter().map(|line| (line.product_id.to_string(), line.qty, line.amount)).collect(),
        tenders: tenders
            .into_iter()
            .map(|((date, [method, id, _]), tender)| (date, method, id, tender.amount.saturating_add(tender.overpaid)))
            .collect(),
    }))
}

/// An order as recorded in the tables, and its payments by day and tender.
type RecordedOrder = (Order<'static>, Vec<((String, TenderTexts), Tender)>);

/// Reads an order from the tables, for use when its document is unreadable.
pub(super) fn recorded_order(tx: &mut Tx<'_>, source: Source<'_>) -> Result<Option<RecordedOrder>, Fault> {
    let (outlet, id): (Arg<'_>, Arg<'_>) = (source.outlet_id.into(), source.entity_id.into());
    let lines = tx.all(LINES, &[outlet, id], |row| {
        let (product_id, qty, amount) = (row.string(0)?.into(), row.int(1)?, row.int(2)?);
        Ok(Line::sold(product_id, "".into(), (qty, row.int(3)?), amount))
    })?;
    let tenders = tx.all(TENDERS, &[outlet, id], |row| {
        Ok((
            (row.string(0)?, [row.string(1)?, row.string(2)?, row.string(3)?]),
            Tender { amount: row.int(4)?, overpaid: row.int(5)?, ..Tender::default() },
        ))
    })?;
    let charges = tx.all(TAXES, &[outlet, id], |row| read_tax(row, 0))?;
    let found = tx.first(SALE, &[outlet, source.arrival_no.into(), id], |row| {
        Ok(Order {
            id: source.entity_id.to_owned().into(),
            business_date: row.string(0)?.into(),
            status: row.string(1)?.into(),
            order_number: row.string(2)?.into(),
            order_type: "".into(),
            table_number: None,
            customer_name: None,
            subtotal: row.int(3)?,
            discount: row.int(4)?,
            service: row.int(5)?,
            tax: row.int(6)?,
            tax_included: row.int(7)?,
            rounding: row.int(8)?,
            total: row.int(9)?,
            paid: row.int(10)?,
            created_at: "".into(),
            paid_at: None,
            paid_date: row.maybe_string(11)?.map(Into::into),
            cashier_id: None,
            lines,
            charges,
            ..Order::default()
        })
    })?;
    Ok(found.map(|order| (order, tenders)))
}

/// Reads a tax from a row of `sale_taxes`: name, rate, whether it is inclusive, base and amount, from this column on.
pub(super) fn read_tax(row: &Row<'_>, from: usize) -> Result<Charge<'static>, Fault> {
    Ok(Charge {
        name: row.string(from)?.into(),
        kind: TAX.into(),
        rate_bp: row.int(from + 1)?,
        inclusive: row.flag(from + 2)?,
        base: row.int(from + 3)?,
        amount: row.int(from + 4)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans;

    #[test]
    fn the_rows_of_an_order_are_found_by_their_key() {
        for sql in [DROP_SALE, LINES, TENDERS, TAXES].into_iter().chain(DROP_PARTS) {
            plans::assert_keyed(sql);
        }
    }
}
