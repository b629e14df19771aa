//! Changes that one batch makes to the daily figures, summed in memory and written once per day, tender and product.
//!
//! Each order is added when it arrives, and subtracted exactly when it changes or is deleted.

use std::collections::BTreeMap;

use store::{Arg, Fault, Tx};

use super::order::{Order, Tender};

/// Amounts that the orders of a batch add to the figures of their days. The sums are 128 bits wide, so a batch cannot
/// overflow them.
#[derive(Debug, Default)]
pub(super) struct DayTotals {
    days: BTreeMap<String, Day>,
}

#[derive(Debug, Default)]
struct Day {
    /// Something was subtracted: rows may have become zero.
    subtracted: bool,
    orders: i128,
    gross: i128,
    discount: i128,
    service: i128,
    tax: i128,
    rounding: i128,
    total: i128,
    /// By method: toward the totals, and beyond them.
    tenders: BTreeMap<String, (i128, i128)>,
    products: BTreeMap<String, Product>,
}

#[derive(Debug, Default)]
struct Product {
    name: String,
    qty: i128,
    amount: i128,
}

/// Adds to a figure. An implausible figure is left unchanged, so that the batch is still accepted.
macro_rules! add {
    ($figure:literal) => {
        concat!(
            $figure, " = case when d.", plausible!($figure), " then d.", $figure, " + excluded.", $figure,
            " else d.", $figure, " end"
        )
    };
    ($first:literal, $($rest:literal),+) => { concat!(add!($first), ", ", add!($($rest),+)) };
}

const ADD_SALES: &str = concat!(
    "insert into daily_sales as d (outlet_id, business_date, orders, gross, discount, service, tax, rounding, total)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
    on conflict (outlet_id, business_date) do update set ",
    add!("orders", "gross", "discount", "service", "tax", "rounding", "total")
);
const CLEAR_SALES: &str = "delete from daily_sales where outlet_id = ?1 and business_date = ?2 and orders = 0";
const ADD_TENDER: &str = concat!(
    "insert into daily_tenders as d (outlet_id, business_date, method, amount, overpaid) values (?1, ?2, ?3, ?4, ?5)
    on conflict (outlet_id, business_date, method) do update set ",
    add!("amount", "overpaid")
);
const CLEAR_TENDERS: &str =
    "delete from daily_tenders where outlet_id = ?1 and business_date = ?2 and amount = 0 and overpaid = 0";
const ADD_PRODUCT: &str = concat!(
    "insert into daily_products as d (outlet_id, business_date, product_id, name, qty, amount)
    values (?1, ?2, ?3, ?4, ?5, ?6)
    on conflict (outlet_id, business_date, product_id) do update set
      name = case excluded.name when '' then d.name else excluded.name end, ",
    add!("qty", "amount")
);
/// If the order with the last name of a product was deleted, the name in the latest remaining order is used.
const RENAME: &str = "
    update daily_products set name = coalesce((
      select l.name from sales s cross join sale_lines l
      where s.outlet_id = ?1 and s.business_date = ?2 and s.status = 'paid'
        and l.outlet_id = s.outlet_id and l.order_id = s.order_id and l.product_id = ?3
      order by s.arrival_no desc, s.order_id desc, l.line_no desc limit 1), name)
    where outlet_id = ?1 and business_date = ?2 and product_id = ?3";
const CLEAR_PRODUCTS: &str =
    "delete from daily_products where outlet_id = ?1 and business_date = ?2 and qty = 0 and amount = 0";

impl DayTotals {
    /// Adds an order if it counts in the figures.
    pub(super) fn add(&mut self, order: &Order<'_>) {
        self.count(order, order.tenders().into_iter(), 1);
    }

    /// Subtracts what [`DayTotals::add`] added for this document.
    pub(super) fn subtract(&mut self, order: &Order<'_>) {
        self.count(order, order.tenders().into_iter(), -1);
    }

    /// As [`DayTotals::subtract`], for an order whose payments are known by method only.
    pub(super) fn subtract_with_tenders<'t>(
        &mut self,
        order: &Order<'_>,
        tenders: impl Iterator<Item = (&'t str, Tender)>,
    ) {
        self.count(order, tenders, -1);
    }

    /// As [`DayTotals::add`], for an order whose payments are known by method only.
    pub(super) fn add_with_tenders<'t>(&mut self, order: &Order<'_>, tenders: impl Iterator<Item = (&'t str, Tender)>) {
        self.count(order, tenders, 1);
    }

    fn count<'t>(&mut self, order: &Order<'_>, tenders: impl Iterator<Item = (&'t str, Tender)>, sign: i128) {
        if !order.counts() {
            return;
        }
        let signed = |amount: i64| sign * i128::from(amount);
        let day = self.days.entry(order.business_date.to_string()).or_default();
        day.orders += sign;
        day.subtracted |= sign < 0;
        day.gross += signed(order.subtotal);
        day.discount += signed(order.discount);
        day.service += signed(order.service);
        day.tax += signed(order.tax);
        day.rounding += signed(order.rounding);
        day.total += signed(order.total);
        for (method, tender) in tenders {
            let (amount, overpaid) = day.tenders.entry(method.to_owned()).or_default();
            *amount += signed(tender.amount);
            *overpaid += signed(tender.overpaid);
        }
        for line in &order.lines {
            let product = day.products.entry(line.product_id.to_string()).or_default();
            product.qty += signed(line.qty);
            product.amount += signed(line.amount);
            // The product name beside the figures is that of the last sale; subtracting does not change it.
            if sign > 0 {
                line.name.as_ref().clone_into(&mut product.name);
            }
        }
    }

    /// Every figure, with its table, column, date, and tender or product.
    pub(super) fn figures(&self) -> impl Iterator<Item = ((&'static str, &'static str, String, String), i128)> {
        self.days.iter().flat_map(|(date, day)| {
            let totals = [
                ("orders", day.orders),
                ("gross", day.gross),
                ("discount", day.discount),
                ("service", day.service),
                ("tax", day.tax),
                ("rounding", day.rounding),
                ("total", day.total),
            ];
            let of_day = totals.map(|(column, sum)| ("daily_sales", column, "", sum)).into_iter();
            let tenders = day.tenders.iter().flat_map(|(method, &(amount, overpaid))| {
                let sums = [("amount", amount), ("overpaid", overpaid)];
                sums.map(|(column, sum)| ("daily_tenders", column, method.as_str(), sum))
            });
            let products = day.products.iter().flat_map(|(id, product)| {
                let sums = [("qty", product.qty), ("amount", product.amount)];
                sums.map(|(column, sum)| ("daily_products", column, id.as_str(), sum))
            });
            let all = of_day.chain(tenders).chain(products);
            all.map(|(table, column, key, sum)| ((table, column, date.clone(), key.to_owned()), sum))
        })
    }

    /// Adds everything to the outlet's figures. Orders that exceed the limit were rejected before (`day_limit`).
    pub(super) fn write(&self, tx: &mut Tx<'_>, outlet_id: &str) -> Result<(), Fault> {
        for (date, day) in &self.days {
            let too_large = |_| Fault::Column { column: 0, why: format!("the figures of {date} are beyond 64 bits") };
            let fits = |n: i128| i64::try_from(n).map(Arg::Int).map_err(too_large);
            let key: [Arg<'_>; 2] = [outlet_id.into(), date.into()];
            let figures = [day.orders, day.gross, day.discount, day.service, day.tax, day.rounding, day.total];
            let mut args = key.to_vec();
            for figure in figures {
                args.push(fits(figure)?);
            }
            tx.defer(ADD_SALES, &args)?;
            for (method, &(amount, overpaid)) in day.tenders.iter().filter(|(_, sums)| **sums != (0, 0)) {
                tx.defer(ADD_TENDER, &[key[0], key[1], method.into(), fits(amount)?, fits(overpaid)?])?;
            }
            for (id, product) in &day.products {
                let Product { name, qty, amount } = product;
                let args = [key[0], key[1], id.into(), name.into(), fits(*qty)?, fits(*amount)?];
                tx.defer(ADD_PRODUCT, &args)?;
            }
        }
        for (date, day) in self.days.iter().filter(|(_, day)| day.subtracted) {
            for (id, _) in day.products.iter().filter(|(_, product)| product.name.is_empty()) {
                tx.execute(RENAME, &[outlet_id.into(), date.into(), id.into()])?;
            }
            for clear in [CLEAR_SALES, CLEAR_TENDERS, CLEAR_PRODUCTS] {
                tx.execute(clear, &[outlet_id.into(), date.into()])?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans;

    #[test]
    fn a_days_figures_are_found_by_their_key() {
        for sql in [CLEAR_SALES, CLEAR_TENDERS, CLEAR_PRODUCTS, RENAME] {
            plans::assert_keyed(sql);
        }
    }
}
