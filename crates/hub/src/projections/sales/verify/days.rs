//! Compares the figures of each business day with the day's rows, which were compared with their documents before.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;

use store::{Arg, Fault, Store, Tx};

use crate::projections::sales::day_totals::{DayTotals, Figure, Key, ProductKey};
use crate::projections::sales::order::{Charge, Line, Order, PAID, TaxKey, Tender, TenderTexts};
use crate::projections::sales::rows::{DROP_SALE, read_tax};
use crate::projections::verify::{DifferingDay, Part, Position, Verified, after, outlet_code};

/// The first business day of an outlet, from this one on, that any of the tables contains.
const NEXT: &str = "
    select min(day) from (
      select min(business_date) as day from sales where outlet_id = ?1 and business_date >= ?2
      union all select min(paid_date) from sales where outlet_id = ?1 and paid_date >= ?2
      union all select min(business_date) from sale_tenders where outlet_id = ?1 and business_date >= ?2
      union all select min(business_date) from daily_sales where outlet_id = ?1 and business_date >= ?2
      union all select min(business_date) from daily_tenders where outlet_id = ?1 and business_date >= ?2
      union all select min(business_date) from daily_products where outlet_id = ?1 and business_date >= ?2
      union all select min(business_date) from daily_taxes where outlet_id = ?1 and business_date >= ?2) as any_of";
/// Each order of the day, with the arrival number of its document.
const ORDERS: &str = "
    select s.order_id, s.arrival_no,
      (select d.arrival_no from documents d
       where d.outlet_id = s.outlet_id and d.entity_type = 'order' and d.entity_id = s.order_id and d.deleted = 0)
    from sales s
    where s.outlet_id = ?1 and s.business_date = ?2
    order by s.arrival_no, s.order_id";
/// Each sale that counts on the day. One without a document is found with the orders of its own day.
const SALES: &str = "
    select s.order_id, s.subtotal, s.discount, s.service, s.tax, s.rounding, s.total
    from sales s
    where s.outlet_id = ?1 and s.paid_date = ?2 and s.arrival_no = (
      select d.arrival_no from documents d
      where d.outlet_id = s.outlet_id and d.entity_type = 'order' and d.entity_id = s.order_id and d.deleted = 0)
    order by s.arrival_no, s.order_id";
const LINES: &str = "
    select s.order_id, l.product_id, l.name, l.qty, l.amount, l.qty_scale from sales s cross join sale_lines l
    where s.outlet_id = ?1 and s.paid_date = ?2 and l.outlet_id = s.outlet_id and l.order_id = s.order_id
    order by s.arrival_no, s.order_id, l.line_no";
const TAXES: &str = "
    select s.order_id, t.name, t.rate_bp, t.inclusive, t.base, t.amount from sales s cross join sale_taxes t
    where s.outlet_id = ?1 and s.paid_date = ?2 and t.outlet_id = s.outlet_id and t.order_id = s.order_id
    order by s.arrival_no, s.order_id, t.name, t.rate_bp, t.inclusive";
/// The payments of the day, whatever the order's day or status.
const TENDERS: &str = "
    select t.order_id, t.method, t.tender_id, t.tender_name, t.amount, t.overpaid from sale_tenders t
    where t.outlet_id = ?1 and t.business_date = ?2 and exists (
      select 1 from documents d
      where d.outlet_id = t.outlet_id and d.entity_type = 'order' and d.entity_id = t.order_id and d.deleted = 0)
    order by t.order_id, t.method, t.tender_id, t.tender_name";
const OF_DAY: &str = "
    select orders, gross, discount, service, tax, rounding, total, deposits_taken, deposits_used from daily_sales
    where outlet_id = ?1 and business_date = ?2";
const OF_TENDERS: &str = "
    select method, tender_id, tender_name, amount, overpaid from daily_tenders where outlet_id = ?1 and business_date = ?2
    order by method, tender_id, tender_name";
const OF_PRODUCTS: &str = "
    select product_id, qty, amount, name, qty_scale from daily_products where outlet_id = ?1 and business_date = ?2
    order by product_id, qty_scale";
const OF_TAXES: &str = "
    select name, rate_bp, inclusive, base, amount from daily_taxes where outlet_id = ?1 and business_date = ?2
    order by name, rate_bp, inclusive";
const DROP: [&str; 4] = [
    "delete from daily_sales where outlet_id = ?1 and business_date = ?2",
    "delete from daily_tenders where outlet_id = ?1 and business_date = ?2",
    "delete from daily_products where outlet_id = ?1 and business_date = ?2",
    "delete from daily_taxes where outlet_id = ?1 and business_date = ?2",
];

/// A product and its name.
type Named = (ProductKey, String);

/// A day's stored figures compared with its orders.
struct Day {
    /// The number of orders and sales that were read.
    orders: usize,
    /// Rows of `sales` without a document: arrival number and order.
    unsupported: Vec<(i64, String)>,
    day_totals: DayTotals,
    /// Figures that differ, with actual and expected values.
    differing: BTreeMap<Figure, (i128, i128)>,
    /// Products with a name that no line of the day has.
    misnamed: usize,
}

impl Day {
    fn differs(&self) -> bool {
        !self.unsupported.is_empty() || !self.differing.is_empty() || self.misnamed > 0
    }
}

/// Compares the next day of an outlet.
pub(in crate::projections::sales) async fn check(
    store: &Store,
    outlet_id: &str,
    from: String,
    repair: bool,
    found: &mut Verified,
) -> Result<Part, Fault> {
    let of = outlet_id.to_owned();
    let read_next = move |tx: &mut Tx<'_>| {
        let next = tx.first(NEXT, &[(&of).into(), (&from).into()], |row| row.maybe_string(0))?.flatten();
        let Some(date) = next else { return Ok(None) };
        let day = read(tx, &of, &date)?;
        let code = if day.differs() { Some(outlet_code(tx, &of)?) } else { None };
        Ok::<_, Fault>(Some((date, day.orders, code)))
    };
    let Some((date, orders, code)) = store.read(read_next).await? else { return Ok(Part::default()) };
    found.days += 1;
    if let Some(outlet_code) = code {
        let day = DifferingDay { outlet_code, business_date: date.clone() };
        found.differing.insert(day.clone());
        if repair {
            let (of, at) = (outlet_id.to_owned(), date.clone());
            found.repaired(day, store.write(move |tx| repair_one(tx, &of, &at)).await);
        }
    }
    Ok(Part { read: orders, next: Some(Position::Figures(after(&date))) })
}

fn read(tx: &mut Tx<'_>, outlet_id: &str, date: &str) -> Result<Day, Fault> {
    let of: [Arg<'_>; 2] = [outlet_id.into(), date.into()];
    let Expected { day_totals, sales, names } = expected(tx, &of, date)?;
    let mut unsupported = Vec::new();
    let orders = tx.all(ORDERS, &of, |row| {
        let arrival_no = row.int(1)?;
        if row.maybe_int(2)? != Some(arrival_no) {
            unsupported.push((arrival_no, row.string(0)?));
        }
        Ok(())
    })?;
    let (stored, named) = figures(tx, &of)?;
    let is_misnamed = |(id, name): &&Named| names.get(id).is_some_and(|names| !names.contains(name));
    let misnamed = named.iter().filter(is_misnamed).count();
    let expected: BTreeMap<Figure, i128> = day_totals.figures().map(|((_, figure), sum)| (figure, sum)).collect();
    let mut differing = BTreeMap::new();
    for figure in stored.keys().chain(expected.keys()) {
        let of = |figures: &BTreeMap<Figure, i128>| figures.get(figure).copied().unwrap_or(0);
        let (actual, wanted) = (of(&stored), of(&expected));
        if actual != wanted {
            differing.insert(figure.clone(), (actual, wanted));
        }
    }
    Ok(Day { orders: orders.len() + sales, unsupported, day_totals, differing, misnamed })
}

/// The figures of a day by its rows.
struct Expected {
    day_totals: DayTotals,
    sales: usize,
    /// The names of each product.
    names: BTreeMap<ProductKey, BTreeSet<String>>,
}

fn expected(tx: &mut Tx<'_>, of: &[Arg<'_>; 2], date: &str) -> Result<Expected, Fault> {
    let mut names = BTreeMap::<ProductKey, BTreeSet<String>>::new();
    let mut lines = HashMap::<String, Vec<Line<'_>>>::new();
    tx.all(LINES, of, |row| {
        let (product_id, name, scale) = (row.string(1)?, row.string(2)?, row.int(5)?);
        names.entry((product_id.clone(), scale)).or_default().insert(name.clone());
        let line = Line::sold(product_id.into(), name.into(), (row.int(3)?, scale), row.int(4)?);
        lines.entry(row.string(0)?).or_default().push(line);
        Ok(())
    })?;
    let mut charges = HashMap::<String, Vec<Charge<'_>>>::new();
    tx.all(TAXES, of, |row| {
        charges.entry(row.string(0)?).or_default().push(read_tax(row, 1)?);
        Ok(())
    })?;
    let mut tenders = BTreeMap::<String, Vec<(TenderTexts, Tender)>>::new();
    tx.all(TENDERS, of, |row| {
        let key = [row.string(1)?, row.string(2)?, row.string(3)?];
        let tender = Tender { amount: row.int(4)?, overpaid: row.int(5)?, ..Tender::default() };
        tenders.entry(row.string(0)?).or_default().push((key, tender));
        Ok(())
    })?;
    let mut day_totals = DayTotals::default();
    let mut add = |order: &Order<'_>, tenders: &[(TenderTexts, Tender)]| {
        let of_day = tenders.iter().map(|(key, tender)| ((date, key.into()), *tender));
        day_totals.add_with_tenders(order, of_day);
    };
    let sales = tx.all(SALES, of, |row| {
        let (order_id, figure) = (row.string(0)?, |column| row.int(column));
        let order = Order {
            status: PAID.into(),
            paid_date: Some(date.to_owned().into()),
            subtotal: figure(1)?,
            discount: figure(2)?,
            service: figure(3)?,
            tax: figure(4)?,
            rounding: figure(5)?,
            total: figure(6)?,
            lines: lines.remove(&order_id).unwrap_or_default(),
            charges: charges.remove(&order_id).unwrap_or_default(),
            ..Order::default()
        };
        add(&order, &tenders.remove(&order_id).unwrap_or_default());
        Ok(())
    })?;
    // The remaining payments are deposits: their orders are sales of another day, or not yet paid.
    for tenders in tenders.values() {
        add(&Order::default(), tenders);
    }
    Ok(Expected { day_totals, sales: sales.len(), names })
}

/// The stored figures of a day, and the stored name of each product.
fn figures(tx: &mut Tx<'_>, of: &[Arg<'_>; 2]) -> Result<(BTreeMap<Figure, i128>, Vec<Named>), Fault> {
    let (mut stored, mut named) = (BTreeMap::new(), Vec::new());
    let mut has =
        |table, column, key: Key, figure: i64| stored.insert(Figure { table, column, key }, i128::from(figure));
    tx.all(OF_DAY, of, |row| {
        let columns =
            ["orders", "gross", "discount", "service", "tax", "rounding", "total", "deposits_taken", "deposits_used"];
        for (place, column) in (0..).zip(columns) {
            has("daily_sales", column, Key::Day, row.int(place)?);
        }
        Ok(())
    })?;
    tx.all(OF_TENDERS, of, |row| {
        let tender = Key::Tender([row.string(0)?, row.string(1)?, row.string(2)?]);
        has("daily_tenders", "amount", tender.clone(), row.int(3)?);
        has("daily_tenders", "overpaid", tender, row.int(4)?);
        Ok(())
    })?;
    tx.all(OF_PRODUCTS, of, |row| {
        let product = (row.string(0)?, row.int(4)?);
        has("daily_products", "qty", Key::Product(product.clone()), row.int(1)?);
        has("daily_products", "amount", Key::Product(product.clone()), row.int(2)?);
        named.push((product, row.string(3)?));
        Ok(())
    })?;
    tx.all(OF_TAXES, of, |row| {
        let key = Key::Tax(TaxKey { name: row.string(0)?, rate_bp: row.int(1)?, inclusive: row.flag(2)? });
        has("daily_taxes", "base", key.clone(), row.int(3)?);
        has("daily_taxes", "amount", key, row.int(4)?);
        Ok(())
    })?;
    Ok((stored, named))
}

/// Rewrites the figures of a day if they still differ.
fn repair_one(tx: &mut Tx<'_>, outlet_id: &str, date: &str) -> Result<(), Fault> {
    let mut day = read(tx, outlet_id, date)?;
    if !day.differs() {
        return Ok(());
    }
    if !day.unsupported.is_empty() {
        for (arrival_no, order_id) in &day.unsupported {
            tx.execute(DROP_SALE, &[outlet_id.into(), date.into(), (*arrival_no).into(), order_id.into()])?;
        }
        tracing::warn!(outlet_id, date, orders = ?day.unsupported, "deleted sales without a document");
        day = read(tx, outlet_id, date)?;
    }
    for drop in DROP {
        tx.execute(drop, &[outlet_id.into(), date.into()])?;
    }
    day.day_totals.write(tx, outlet_id)?;
    let mut figures = String::new();
    for (Figure { table, column, key }, (before, after)) in day.differing.iter().take(50) {
        let _ = write!(figures, "{table}.{column} {key:?}: {before} is now {after}; ");
    }
    tracing::warn!(outlet_id, date, figures, "recalculated the figures of a day that did not match its orders");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans;

    #[test]
    fn a_day_is_read_by_its_key() {
        let of_rows = [ORDERS, SALES, LINES, TAXES, TENDERS];
        for sql in [OF_DAY, OF_TENDERS, OF_PRODUCTS, OF_TAXES].into_iter().chain(of_rows).chain(DROP) {
            plans::assert_keyed(sql);
        }
        plans::assert_reads(SALES, "SEARCH s USING INDEX sales_by_paid_date (outlet_id=? AND paid_date=?)");
        let of_day = "SEARCH t USING INDEX sale_tenders_by_date (outlet_id=? AND business_date=?)";
        plans::assert_reads(TENDERS, of_day);
        plans::assert_seeks(NEXT);
    }
}
