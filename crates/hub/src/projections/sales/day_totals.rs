//! Changes that one batch makes to the daily figures, summed in memory and written once per day, tender, product and tax.
//!
//! A sale counts on its day, a payment on its own. Each order is added when it arrives, and subtracted exactly when it
//! changes or is deleted.

use std::collections::BTreeMap;

use store::{Arg, Fault, Tx};

use super::order::{DayAndTender, Order, Tax, TaxKey, Tender, TenderTexts};

/// Amounts that the orders of a batch add to the figures of their days. The sums are 128 bits wide, so a batch cannot
/// overflow them.
#[derive(Debug, Default)]
pub(super) struct DayTotals {
    days: BTreeMap<String, Day>,
}

/// The figures of a day. The amounts of the tenders add up to `total + deposits_taken - deposits_used`.
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
    /// Payments on this day of orders that are not sales of this day.
    deposits_taken: i128,
    /// What was paid on other days of the sales of this day.
    deposits_used: i128,
    /// By tender: amounts that count, and the excess.
    tenders: BTreeMap<TenderTexts, (i128, i128)>,
    /// By id and scale: pieces and thousandths of a unit do not add up.
    products: BTreeMap<ProductKey, Product>,
    /// Base and amount.
    taxes: BTreeMap<TaxKey, (i128, i128)>,
}

/// A product's id, and the decimal places of its quantity.
pub(super) type ProductKey = (String, i64);

#[derive(Debug, Default)]
struct Product {
    name: String,
    qty: i128,
    amount: i128,
}

/// A figure of a day.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Figure {
    pub table: &'static str,
    pub column: &'static str,
    pub key: Key,
}

/// The rest of the key of a table of daily figures.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Key {
    Day,
    Tender(TenderTexts),
    Product(ProductKey),
    Tax(TaxKey),
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
    "insert into daily_sales as d (outlet_id, business_date, orders, gross, discount, service, tax, rounding, total,
      deposits_taken, deposits_used)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
    on conflict (outlet_id, business_date) do update set ",
    add!("orders", "gross", "discount", "service", "tax", "rounding", "total", "deposits_taken", "deposits_used")
);
const CLEAR_SALES: &str = "
    delete from daily_sales
    where outlet_id = ?1 and business_date = ?2 and orders = 0 and deposits_taken = 0 and deposits_used = 0";
const ADD_TENDER: &str = concat!(
    "insert into daily_tenders as d (outlet_id, business_date, method, tender_id, tender_name, amount, overpaid)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7)
    on conflict (outlet_id, business_date, method, tender_id, tender_name) do update set ",
    add!("amount", "overpaid")
);
const CLEAR_TENDERS: &str =
    "delete from daily_tenders where outlet_id = ?1 and business_date = ?2 and amount = 0 and overpaid = 0";
const ADD_PRODUCT: &str = concat!(
    "insert into daily_products as d (outlet_id, business_date, product_id, name, qty, amount, qty_scale)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7)
    on conflict (outlet_id, business_date, product_id, qty_scale) do update set
      name = case excluded.name when '' then d.name else excluded.name end, ",
    add!("qty", "amount")
);
/// If the order with the last name of a product was deleted, the name in the latest remaining order is used.
const RENAME: &str = "
    update daily_products set name = coalesce((
      select l.name from sales s cross join sale_lines l
      where s.outlet_id = ?1 and s.paid_date = ?2
        and l.outlet_id = s.outlet_id and l.order_id = s.order_id and l.product_id = ?3 and l.qty_scale = ?4
      order by s.arrival_no desc, s.order_id desc, l.line_no desc limit 1), name)
    where outlet_id = ?1 and business_date = ?2 and product_id = ?3 and qty_scale = ?4";
const CLEAR_PRODUCTS: &str =
    "delete from daily_products where outlet_id = ?1 and business_date = ?2 and qty = 0 and amount = 0";
const ADD_TAX: &str = concat!(
    "insert into daily_taxes as d (outlet_id, business_date, name, rate_bp, inclusive, base, amount)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7)
    on conflict (outlet_id, business_date, name, rate_bp, inclusive) do update set ",
    add!("base", "amount")
);
const CLEAR_TAXES: &str =
    "delete from daily_taxes where outlet_id = ?1 and business_date = ?2 and base = 0 and amount = 0";

impl DayTotals {
    /// Adds an order: its payments, and its sale if it is paid.
    pub(super) fn add(&mut self, order: &Order<'_>) {
        self.count(order, order.tenders().into_iter(), 1);
    }

    /// Subtracts what [`DayTotals::add`] added for this document.
    pub(super) fn subtract(&mut self, order: &Order<'_>) {
        self.count(order, order.tenders().into_iter(), -1);
    }

    /// As [`DayTotals::subtract`], for an order whose payments are known by day and tender only.
    pub(super) fn subtract_with_tenders<'t>(
        &mut self,
        order: &Order<'_>,
        tenders: impl Iterator<Item = (DayAndTender<'t>, Tender)>,
    ) {
        self.count(order, tenders, -1);
    }

    /// As [`DayTotals::add`], for an order whose payments are known by day and tender only.
    pub(super) fn add_with_tenders<'t>(
        &mut self,
        order: &Order<'_>,
        tenders: impl Iterator<Item = (DayAndTender<'t>, Tender)>,
    ) {
        self.count(order, tenders, 1);
    }

    fn count<'t>(&mut self, order: &Order<'_>, tenders: impl Iterator<Item = (DayAndTender<'t>, Tender)>, sign: i128) {
        let sale_date = order.sale_date();
        let mut paid_on_other_days = i128::from(order.total);
        for ((date, key), tender) in tenders {
            let day = self.day(date, sign);
            let amount = i128::from(tender.amount);
            let (counted, overpaid) = day.tenders.entry(key.texts().map(str::to_owned)).or_default();
            *counted += sign * amount;
            *overpaid += sign * i128::from(tender.overpaid);
            if sale_date == Some(date) {
                paid_on_other_days -= amount;
            } else {
                day.deposits_taken += sign * amount;
            }
        }
        if let Some(date) = sale_date {
            let day = self.day(date, sign);
            day.deposits_used += sign * paid_on_other_days;
            day.count_sale(order, sign);
        }
    }

    fn day(&mut self, date: &str, sign: i128) -> &mut Day {
        let day = self.days.entry(date.to_owned()).or_default();
        day.subtracted |= sign < 0;
        day
    }

    /// Every figure with its date.
    pub(super) fn figures(&self) -> impl Iterator<Item = ((String, Figure), i128)> {
        self.days.iter().flat_map(|(date, day)| day.figures().map(|(figure, sum)| ((date.clone(), figure), sum)))
    }

    /// Adds everything to the outlet's figures. Orders that exceed the limit were rejected before (`day_limit`).
    pub(super) fn write(&self, tx: &mut Tx<'_>, outlet_id: &str) -> Result<(), Fault> {
        for (date, day) in &self.days {
            day.write(tx, outlet_id, date)?;
        }
        for (date, day) in self.days.iter().filter(|(_, day)| day.subtracted) {
            for ((id, scale), _) in day.products.iter().filter(|(_, product)| product.name.is_empty()) {
                tx.execute(RENAME, &[outlet_id.into(), date.into(), id.into(), (*scale).into()])?;
            }
            for clear in [CLEAR_SALES, CLEAR_TENDERS, CLEAR_PRODUCTS, CLEAR_TAXES] {
                tx.execute(clear, &[outlet_id.into(), date.into()])?;
            }
        }
        Ok(())
    }
}

impl Day {
    fn count_sale(&mut self, order: &Order<'_>, sign: i128) {
        let signed = |amount: i64| sign * i128::from(amount);
        self.orders += sign;
        self.gross += signed(order.subtotal);
        self.discount += signed(order.discount);
        self.service += signed(order.service);
        self.tax += signed(order.tax);
        self.rounding += signed(order.rounding);
        self.total += signed(order.total);
        for line in &order.lines {
            let product = self.products.entry((line.product_id.to_string(), line.qty_scale)).or_default();
            product.qty += signed(line.qty);
            product.amount += signed(line.amount);
            // The product name beside the figures is that of the last sale; subtracting does not change it.
            if sign > 0 {
                line.name.as_ref().clone_into(&mut product.name);
            }
        }
        for (key, Tax { base, amount }) in order.taxes() {
            let (taxed, tax) = self.taxes.entry(key).or_default();
            *taxed += signed(base);
            *tax += signed(amount);
        }
    }

    /// The columns of `daily_sales`.
    fn of_sales(&self) -> [(&'static str, i128); 9] {
        [
            ("orders", self.orders),
            ("gross", self.gross),
            ("discount", self.discount),
            ("service", self.service),
            ("tax", self.tax),
            ("rounding", self.rounding),
            ("total", self.total),
            ("deposits_taken", self.deposits_taken),
            ("deposits_used", self.deposits_used),
        ]
    }

    fn figures(&self) -> impl Iterator<Item = (Figure, i128)> {
        let figure = |table, key: Key| move |(column, sum)| (Figure { table, column, key: key.clone() }, sum);
        let of_sales = self.of_sales().into_iter().map(figure("daily_sales", Key::Day));
        let tenders = self.tenders.iter().flat_map(move |(tender, &(amount, overpaid))| {
            [("amount", amount), ("overpaid", overpaid)].map(figure("daily_tenders", Key::Tender(tender.clone())))
        });
        let products = self.products.iter().flat_map(move |(key, product)| {
            let sums = [("qty", product.qty), ("amount", product.amount)];
            sums.map(figure("daily_products", Key::Product(key.clone())))
        });
        let taxes = self.taxes.iter().flat_map(move |(key, &(base, amount))| {
            [("base", base), ("amount", amount)].map(figure("daily_taxes", Key::Tax(key.clone())))
        });
        of_sales.chain(tenders).chain(products).chain(taxes)
    }

    fn write(&self, tx: &mut Tx<'_>, outlet_id: &str, date: &str) -> Result<(), Fault> {
        let too_large = |_| Fault::Column { column: 0, why: format!("the figures of {date} are beyond 64 bits") };
        let fits = |n: i128| i64::try_from(n).map(Arg::Int).map_err(too_large);
        let key: [Arg<'_>; 2] = [outlet_id.into(), date.into()];
        let of_sales = self.of_sales();
        if of_sales.iter().any(|(_, sum)| *sum != 0) {
            let mut args = key.to_vec();
            for (_, sum) in of_sales {
                args.push(fits(sum)?);
            }
            tx.defer(ADD_SALES, &args)?;
        }
        for ([method, id, name], &(amount, overpaid)) in self.tenders.iter().filter(|(_, sums)| **sums != (0, 0)) {
            let of = [method.into(), id.into(), name.into()];
            tx.defer(ADD_TENDER, &[key[0], key[1], of[0], of[1], of[2], fits(amount)?, fits(overpaid)?])?;
        }
        for ((id, scale), Product { name, qty, amount }) in &self.products {
            let args = [key[0], key[1], id.into(), name.into(), fits(*qty)?, fits(*amount)?, (*scale).into()];
            tx.defer(ADD_PRODUCT, &args)?;
        }
        for (TaxKey { name, rate_bp, inclusive }, &(base, amount)) in
            self.taxes.iter().filter(|(_, sums)| **sums != (0, 0))
        {
            let of = [name.into(), (*rate_bp).into(), (*inclusive).into()];
            tx.defer(ADD_TAX, &[key[0], key[1], of[0], of[1], of[2], fits(base)?, fits(amount)?])?;
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
        for sql in [CLEAR_SALES, CLEAR_TENDERS, CLEAR_PRODUCTS, CLEAR_TAXES, RENAME] {
            plans::assert_keyed(sql);
        }
    }
}
