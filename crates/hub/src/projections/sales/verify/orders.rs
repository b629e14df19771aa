//! Compares the rows of each order with its document.

use std::collections::BTreeMap;

use store::{Arg, Fault, Store, Tx};

use crate::projections::Source;
use crate::projections::cells::{Cell, Cells, read};
use crate::projections::sales::order::Order;
use crate::projections::sales::rows::{
    DROP_PARTS, DROP_SALE, deeds_row, insert, line_rows, sale_row, tax_row, tender_rows,
};
use crate::projections::verify::{DifferingDay, Part, Position, UnreadableOrder, Verified, after, outlet_code};

/// Orders in one snapshot.
const AT_ONCE: i64 = 200;
/// Bytes of documents in one snapshot.
const MAX_BYTES: usize = 4 << 20;
/// Greater than every id.
const END: &str = "\u{10ffff}";

const DOCUMENTS: &str = "
    select entity_id, arrival_no, document from documents
    where outlet_id = ?1 and entity_type = 'order' and entity_id >= ?2
    order by entity_id
    limit ?3";
/// Rows of an order under another arrival number are found with their day.
const SALES: &str = "
    select s.outlet_id, s.business_date, s.order_id, s.order_number, s.status, s.order_type, s.table_number,
      s.customer_name, s.subtotal, s.discount, s.service, s.tax, s.tax_included, s.rounding, s.total, s.paid,
      s.created_at, s.paid_at, s.arrival_no, s.cashier_id, s.paid_date, s.channel
    from documents d cross join sales s
    where d.outlet_id = ?1 and d.entity_type = 'order' and d.entity_id >= ?2 and d.entity_id <= ?3
      and s.outlet_id = d.outlet_id and s.arrival_no = d.arrival_no and s.order_id = d.entity_id
    order by d.entity_id, s.business_date";
const LINES: &str = "
    select outlet_id, order_id, line_no, product_id, name, qty, price, amount, qty_scale from sale_lines
    where outlet_id = ?1 and order_id >= ?2 and order_id <= ?3
    order by order_id, line_no";
const TENDERS: &str = "
    select outlet_id, order_id, business_date, method, tender_id, tender_name, amount, overpaid, reversed, unconfirmed
    from sale_tenders
    where outlet_id = ?1 and order_id >= ?2 and order_id <= ?3
    order by order_id, business_date, method, tender_id, tender_name";
const TAXES: &str = "
    select outlet_id, order_id, name, rate_bp, inclusive, base, amount from sale_taxes
    where outlet_id = ?1 and order_id >= ?2 and order_id <= ?3
    order by order_id, name, rate_bp, inclusive";
const DEEDS: &str = "
    select outlet_id, order_id, business_date, kind, user_id, deeds, amount from sale_deeds
    where outlet_id = ?1 and order_id >= ?2 and order_id <= ?3
    order by order_id, business_date, kind, user_id";
const ONE_DOCUMENT: &str = "
    select entity_id, arrival_no, document from documents
    where outlet_id = ?1 and entity_type = 'order' and entity_id = ?2";
const ONE_SALE: &str = "
    select s.outlet_id, s.business_date, s.order_id, s.order_number, s.status, s.order_type, s.table_number,
      s.customer_name, s.subtotal, s.discount, s.service, s.tax, s.tax_included, s.rounding, s.total, s.paid,
      s.created_at, s.paid_at, s.arrival_no, s.cashier_id, s.paid_date, s.channel
    from sales s where s.outlet_id = ?1 and s.arrival_no = ?2 and s.order_id = ?3
    order by s.business_date";
const ONE_ORDERS_LINES: &str = "
    select outlet_id, order_id, line_no, product_id, name, qty, price, amount, qty_scale from sale_lines
    where outlet_id = ?1 and order_id = ?2
    order by line_no";
const ONE_ORDERS_TENDERS: &str = "
    select outlet_id, order_id, business_date, method, tender_id, tender_name, amount, overpaid, reversed, unconfirmed
    from sale_tenders
    where outlet_id = ?1 and order_id = ?2
    order by business_date, method, tender_id, tender_name";
const ONE_ORDERS_TAXES: &str = "
    select outlet_id, order_id, name, rate_bp, inclusive, base, amount from sale_taxes
    where outlet_id = ?1 and order_id = ?2
    order by name, rate_bp, inclusive";

const ONE_ORDERS_DEEDS: &str = "
    select outlet_id, order_id, business_date, kind, user_id, deeds, amount from sale_deeds
    where outlet_id = ?1 and order_id = ?2
    order by business_date, kind, user_id";

/// The text columns of the statements above; all others are numbers.
const OF_SALE: &[usize] = &[0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 19, 20, 21];
const OF_LINE: &[usize] = &[0, 1, 3, 4];
const OF_TENDER: &[usize] = &[0, 1, 2, 3, 4, 5];
const OF_TAX: &[usize] = &[0, 1, 2];
const OF_DEEDS: &[usize] = &[0, 1, 2, 3, 4];
/// The number of their columns.
const SALE_COLUMNS: usize = 22;
const LINE_COLUMNS: usize = 9;
const TENDER_COLUMNS: usize = 10;
const TAX_COLUMNS: usize = 7;
const DEED_COLUMNS: usize = 7;
/// Columns of a sale.
const DATE: usize = 1;
const ARRIVAL_NO: usize = 18;

/// The recorded or expected sale of an order.
#[derive(Debug, Default, PartialEq, Eq)]
struct Rows {
    sales: Vec<Cells>,
    lines: Vec<Cells>,
    tenders: Vec<Cells>,
    taxes: Vec<Cells>,
    deeds: Vec<Cells>,
}

impl Rows {
    fn of(outlet_id: &str, arrival_no: i64, order: &Order<'_>) -> Self {
        let mut tenders: Vec<_> = tender_rows(outlet_id, order).map(|row| row.map(Cell::of).to_vec()).collect();
        tenders.sort();
        let taxes = order.taxes();
        let taxes = taxes.iter().map(|(key, tax)| tax_row(outlet_id, order, key, *tax).map(Cell::of).to_vec());
        let mut taxes: Vec<_> = taxes.collect();
        taxes.sort();
        let deeds = order.deeds();
        let deeds = deeds.iter().map(|(key, deeds)| deeds_row(outlet_id, order, key, *deeds).map(Cell::of).to_vec());
        let mut deeds: Vec<_> = deeds.collect();
        deeds.sort();
        Self {
            sales: vec![sale_row(outlet_id, arrival_no, order).map(Cell::of).to_vec()],
            lines: line_rows(outlet_id, order).map(|row| row.map(Cell::of).to_vec()).collect(),
            tenders,
            taxes,
            deeds,
        }
    }

    /// For the log: amounts and no names.
    fn figures(&self) -> String {
        let numbers = |row: &Cells| row.iter().filter(|cell| matches!(cell, Cell::Int(_))).cloned().collect::<Vec<_>>();
        let all = [&self.sales, &self.lines, &self.tenders, &self.taxes, &self.deeds]
            .map(|rows| rows.iter().map(numbers).collect::<Vec<_>>());
        let mut text = format!("{all:?}").replace("Int(", "").replace(')', "");
        text.truncate(2_000);
        text
    }

    fn date(&self) -> &str {
        self.sales.first().map_or("", |sale| sale[DATE].as_str())
    }
}

/// The rows that a document produces: empty if the order was deleted, `None` if the document is unreadable.
fn expected(outlet_id: &str, order_id: &str, arrival_no: i64, document: Option<&str>) -> Option<Rows> {
    match document.map(|document| Order::read(document, order_id)) {
        None => Some(Rows::default()),
        Some(Ok(order)) => Some(Rows::of(outlet_id, arrival_no, &order)),
        Some(Err(error)) => {
            tracing::error!(outlet_id, order_id, reason = %error.reason("order", order_id), "an order document is unreadable; its recorded sale is unchanged");
            None
        }
    }
}

/// The result of comparing a page of orders.
#[derive(Debug, Default)]
struct Page {
    orders: usize,
    unreadable: Vec<String>,
    /// The orders that differ, and their days.
    differing: Vec<(String, String)>,
    /// The last order; `None` on the last page.
    last: Option<String>,
}

/// Compares the next orders of an outlet; after the last one, days follow.
pub(in crate::projections::sales) async fn check(
    store: &Store,
    outlet_id: &str,
    from: String,
    repair: bool,
    found: &mut Verified,
) -> Result<Part, Fault> {
    let of = outlet_id.to_owned();
    let (page, code) = store.read(move |tx| Ok::<_, Fault>((page(tx, &of, &from)?, outlet_code(tx, &of)?))).await?;
    found.orders += page.orders;
    let with_code = |order_id| UnreadableOrder { outlet_code: code.clone(), order_id };
    found.unreadable.extend(page.unreadable.into_iter().map(with_code));
    for (order_id, date) in page.differing {
        let day = DifferingDay { outlet_code: code.clone(), business_date: date };
        found.differing.insert(day.clone());
        if repair {
            let of = outlet_id.to_owned();
            found.repaired(day, store.write(move |tx| repair_one(tx, &of, &order_id)).await);
        }
    }
    let next = page.last.map_or_else(|| Position::Figures(String::new()), |last| Position::Document(after(&last)));
    Ok(Part { read: page.orders, next: Some(next) })
}

fn page(tx: &mut Tx<'_>, outlet_id: &str, from: &str) -> Result<Page, Fault> {
    let mut bytes = 0;
    let documents = tx.map_while(DOCUMENTS, &[outlet_id.into(), from.into(), AT_ONCE.into()], |row| {
        if bytes > MAX_BYTES {
            return Ok(None);
        }
        let document = row.maybe_string(2)?;
        bytes += document.as_ref().map_or(0, String::len);
        Ok(Some((row.string(0)?, row.int(1)?, document)))
    })?;
    let is_last = bytes <= MAX_BYTES && documents.len() < usize::try_from(AT_ONCE).unwrap_or(usize::MAX);
    let last = documents.last().map(|(id, ..)| id.clone()).filter(|_| !is_last);
    let range = [outlet_id.into(), from.into(), last.as_deref().unwrap_or(END).into()];
    let mut found: BTreeMap<String, Rows> = BTreeMap::new();
    for row in tx.all(SALES, &range, |row| read(row, SALE_COLUMNS, OF_SALE))? {
        found.entry(row[2].as_str().to_owned()).or_default().sales.push(row);
    }
    for row in tx.all(LINES, &range, |row| read(row, LINE_COLUMNS, OF_LINE))? {
        found.entry(row[1].as_str().to_owned()).or_default().lines.push(row);
    }
    for row in tx.all(TENDERS, &range, |row| read(row, TENDER_COLUMNS, OF_TENDER))? {
        found.entry(row[1].as_str().to_owned()).or_default().tenders.push(row);
    }
    for row in tx.all(TAXES, &range, |row| read(row, TAX_COLUMNS, OF_TAX))? {
        found.entry(row[1].as_str().to_owned()).or_default().taxes.push(row);
    }
    for row in tx.all(DEEDS, &range, |row| read(row, DEED_COLUMNS, OF_DEEDS))? {
        found.entry(row[1].as_str().to_owned()).or_default().deeds.push(row);
    }
    let mut page = Page { orders: documents.len(), last, ..Page::default() };
    for (order_id, arrival_no, document) in &documents {
        let found = found.remove(order_id).unwrap_or_default();
        match expected(outlet_id, order_id, *arrival_no, document.as_deref()) {
            None => page.unreadable.push(order_id.clone()),
            Some(expected) if expected == found => {}
            Some(expected) => {
                let date = if expected.date().is_empty() { found.date() } else { expected.date() };
                page.differing.push((order_id.clone(), date.to_owned()));
            }
        }
    }
    // Rows of orders without a document.
    page.differing.extend(found.into_iter().map(|(order_id, rows)| (order_id, rows.date().to_owned())));
    Ok(page)
}

/// Rewrites the rows of an order if they still differ.
fn repair_one(tx: &mut Tx<'_>, outlet_id: &str, order_id: &str) -> Result<(), Fault> {
    let of: [Arg<'_>; 2] = [outlet_id.into(), order_id.into()];
    let stored = tx.first(ONE_DOCUMENT, &of, |row| Ok((row.int(1)?, row.maybe_string(2)?)))?;
    let (arrival_no, document) = stored.unwrap_or_default();
    let found = Rows {
        sales: tx.all(ONE_SALE, &[of[0], arrival_no.into(), of[1]], |row| read(row, SALE_COLUMNS, OF_SALE))?,
        lines: tx.all(ONE_ORDERS_LINES, &of, |row| read(row, LINE_COLUMNS, OF_LINE))?,
        tenders: tx.all(ONE_ORDERS_TENDERS, &of, |row| read(row, TENDER_COLUMNS, OF_TENDER))?,
        taxes: tx.all(ONE_ORDERS_TAXES, &of, |row| read(row, TAX_COLUMNS, OF_TAX))?,
        deeds: tx.all(ONE_ORDERS_DEEDS, &of, |row| read(row, DEED_COLUMNS, OF_DEEDS))?,
    };
    let order = document.as_deref().map(|document| Order::read(document, order_id)).transpose();
    let Ok(order) = order else { return Ok(()) };
    let expected = order.as_ref().map(|order| Rows::of(outlet_id, arrival_no, order)).unwrap_or_default();
    if expected == found {
        return Ok(());
    }
    for sale in &found.sales {
        if let Cell::Int(arrival_no) = sale[ARRIVAL_NO] {
            tx.execute(DROP_SALE, &[of[0], sale[DATE].as_str().into(), arrival_no.into(), of[1]])?;
        }
    }
    for drop in DROP_PARTS {
        tx.execute(drop, &of)?;
    }
    if let Some(order) = &order {
        insert(tx, Source { outlet_id, entity_id: order_id, arrival_no }, order)?;
    }
    let (before, after) = (found.figures(), expected.figures());
    tracing::warn!(outlet_id, order_id, before, after, "rewrote the rows of an order that did not match its document");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans;

    #[test]
    fn orders_are_read_by_their_key() {
        let of_one = [ONE_DOCUMENT, ONE_SALE, ONE_ORDERS_LINES, ONE_ORDERS_TENDERS, ONE_ORDERS_TAXES, ONE_ORDERS_DEEDS];
        for sql in [DOCUMENTS, SALES, LINES, TENDERS, TAXES, DEEDS].into_iter().chain(of_one) {
            plans::assert_keyed(sql);
        }
        for sql in [DOCUMENTS, LINES, TENDERS, TAXES, DEEDS] {
            plans::assert_unsorted(sql);
        }
    }
}
