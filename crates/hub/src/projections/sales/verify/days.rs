//! Compares the figures of each business day with the day's rows, which were compared with their documents before.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;

use store::{Arg, Fault, Store, Tx};

use crate::projections::sales::day_totals::DayTotals;
use crate::projections::sales::order::{Line, Order, Tender};
use crate::projections::sales::rows::DROP_SALE;
use crate::projections::verify::{DifferingDay, Part, Position, Verified, after, outlet_code};

/// The first business day of an outlet, from this one on, that any of the tables contains.
const NEXT: &str = "
    select min(day) from (
      select min(business_date) as day from sales where outlet_id = ?1 and business_date >= ?2
      union all select min(business_date) from daily_sales where outlet_id = ?1 and business_date >= ?2
      union all select min(business_date) from daily_tenders where outlet_id = ?1 and business_date >= ?2
      union all select min(business_date) from daily_products where outlet_id = ?1 and business_date >= ?2) as any_of";
/// Each sale of the day, with the arrival number of its document.
const SALES: &str = "
    select s.order_id, s.arrival_no, s.status, s.subtotal, s.discount, s.service, s.tax, s.rounding, s.total,
      (select d.arrival_no from documents d
       where d.outlet_id = s.outlet_id and d.entity_type = 'order' and d.entity_id = s.order_id and d.deleted = 0)
    from sales s
    where s.outlet_id = ?1 and s.business_date = ?2
    order by s.arrival_no, s.order_id";
const LINES: &str = "
    select s.order_id, l.product_id, l.name, l.qty, l.amount from sales s cross join sale_lines l
    where s.outlet_id = ?1 and s.business_date = ?2 and s.status = 'paid'
      and l.outlet_id = s.outlet_id and l.order_id = s.order_id
    order by s.arrival_no, s.order_id, l.line_no";
const TENDERS: &str = "
    select s.order_id, t.method, t.amount, t.overpaid from sales s cross join sale_tenders t
    where s.outlet_id = ?1 and s.business_date = ?2 and s.status = 'paid'
      and t.outlet_id = s.outlet_id and t.order_id = s.order_id
    order by s.arrival_no, s.order_id, t.method";
const OF_DAY: &str = "
    select orders, gross, discount, service, tax, rounding, total from daily_sales
    where outlet_id = ?1 and business_date = ?2";
const OF_TENDERS: &str =
    "select method, amount, overpaid from daily_tenders where outlet_id = ?1 and business_date = ?2 order by method";
const OF_PRODUCTS: &str = "
    select product_id, qty, amount, name from daily_products where outlet_id = ?1 and business_date = ?2
    order by product_id";
const DROP: [&str; 3] = [
    "delete from daily_sales where outlet_id = ?1 and business_date = ?2",
    "delete from daily_tenders where outlet_id = ?1 and business_date = ?2",
    "delete from daily_products where outlet_id = ?1 and business_date = ?2",
];

/// A figure: table, column, and tender or product.
type Figure = (&'static str, &'static str, String);
/// A product and its name.
type Named = (String, String);

/// A day's stored figures compared with its orders.
struct Day {
    sales: usize,
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
        Ok::<_, Fault>(Some((date, day.sales, code)))
    };
    let Some((date, sales, code)) = store.read(read_next).await? else { return Ok(Part::default()) };
    found.days += 1;
    if let Some(outlet_code) = code {
        let day = DifferingDay { outlet_code, business_date: date.clone() };
        found.differing.insert(day.clone());
        if repair {
            let (of, at) = (outlet_id.to_owned(), date.clone());
            found.repaired(day, store.write(move |tx| repair_one(tx, &of, &at)).await);
        }
    }
    Ok(Part { read: sales, next: Some(Position::Figures(after(&date))) })
}

fn read(tx: &mut Tx<'_>, outlet_id: &str, date: &str) -> Result<Day, Fault> {
    let of: [Arg<'_>; 2] = [outlet_id.into(), date.into()];
    let (mut lines, mut tenders) = (HashMap::<String, Vec<Line<'_>>>::new(), HashMap::<String, Vec<_>>::new());
    let mut names = BTreeMap::<String, BTreeSet<String>>::new();
    tx.all(LINES, &of, |row| {
        let (product_id, name) = (row.string(1)?, row.string(2)?);
        names.entry(product_id.clone()).or_default().insert(name.clone());
        let line =
            Line { product_id: product_id.into(), name: name.into(), price: 0, qty: row.int(3)?, amount: row.int(4)? };
        lines.entry(row.string(0)?).or_default().push(line);
        Ok(())
    })?;
    tx.all(TENDERS, &of, |row| {
        let tender = Tender { amount: row.int(2)?, overpaid: row.int(3)? };
        tenders.entry(row.string(0)?).or_default().push((row.string(1)?, tender));
        Ok(())
    })?;
    let (mut day_totals, mut unsupported) = (DayTotals::default(), Vec::new());
    let sales = tx.all(SALES, &of, |row| {
        let (order_id, arrival_no) = (row.string(0)?, row.int(1)?);
        if row.maybe_int(9)? != Some(arrival_no) {
            unsupported.push((arrival_no, order_id));
            return Ok(());
        }
        let figure = |column| row.int(column);
        let order = Order {
            business_date: date.to_owned().into(),
            status: row.string(2)?.into(),
            subtotal: figure(3)?,
            discount: figure(4)?,
            service: figure(5)?,
            tax: figure(6)?,
            rounding: figure(7)?,
            total: figure(8)?,
            lines: lines.remove(&order_id).unwrap_or_default(),
            ..Order::default()
        };
        let tenders = tenders.remove(&order_id).unwrap_or_default();
        day_totals.add_with_tenders(&order, tenders.iter().map(|(method, tender)| (method.as_str(), *tender)));
        Ok(())
    })?;
    let (stored, named) = figures(tx, &of)?;
    let is_misnamed = |(id, name): &&Named| names.get(id).is_some_and(|names| !names.contains(name));
    let misnamed = named.iter().filter(is_misnamed).count();
    let expected: BTreeMap<Figure, i128> =
        day_totals.figures().map(|((table, column, _, key), sum)| ((table, column, key), sum)).collect();
    let mut differing = BTreeMap::new();
    for figure in stored.keys().chain(expected.keys()) {
        let of = |figures: &BTreeMap<Figure, i128>| figures.get(figure).copied().unwrap_or(0);
        let (actual, wanted) = (of(&stored), of(&expected));
        if actual != wanted {
            differing.insert(figure.clone(), (actual, wanted));
        }
    }
    Ok(Day { sales: sales.len(), unsupported, day_totals, differing, misnamed })
}

/// The stored figures of a day, and the stored name of each product.
fn figures(tx: &mut Tx<'_>, of: &[Arg<'_>; 2]) -> Result<(BTreeMap<Figure, i128>, Vec<Named>), Fault> {
    let (mut stored, mut named) = (BTreeMap::new(), Vec::new());
    let mut has =
        |table, column, key: &str, figure: i64| stored.insert((table, column, key.to_owned()), i128::from(figure));
    tx.all(OF_DAY, of, |row| {
        for (place, column) in (0..).zip(["orders", "gross", "discount", "service", "tax", "rounding", "total"]) {
            has("daily_sales", column, "", row.int(place)?);
        }
        Ok(())
    })?;
    tx.all(OF_TENDERS, of, |row| {
        let method = row.string(0)?;
        has("daily_tenders", "amount", &method, row.int(1)?);
        has("daily_tenders", "overpaid", &method, row.int(2)?);
        Ok(())
    })?;
    tx.all(OF_PRODUCTS, of, |row| {
        let product_id = row.string(0)?;
        has("daily_products", "qty", &product_id, row.int(1)?);
        has("daily_products", "amount", &product_id, row.int(2)?);
        named.push((product_id, row.string(3)?));
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
    for ((table, column, key), (before, after)) in day.differing.iter().take(50) {
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
        for sql in [SALES, LINES, TENDERS, OF_DAY, OF_TENDERS, OF_PRODUCTS].into_iter().chain(DROP) {
            plans::assert_keyed(sql);
        }
        plans::assert_seeks(NEXT);
    }
}
