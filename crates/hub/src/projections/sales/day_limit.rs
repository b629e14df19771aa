//! Limits a day's figures to the range of money, so that every report can sum them. An order that would exceed the limit is
//! rejected alone, before anything is written.
//!
//! Only orders that change a figure by a large amount are checked: it would take a thousand of them to reach the limit.
//! Ordinary sales are never rejected, whatever the figures are.

use std::collections::HashMap;

use domain::money::MAX_AMOUNT;
use store::{Fault, Tx};

use super::day_totals::DayTotals;
use super::order::Order;
use crate::projections::Rejection;

/// Orders that change no figure by more than this are not checked.
const ORDINARY: i128 = (MAX_AMOUNT / 1_000) as i128;

/// A figure of a day: table, column, date, and tender or product.
type Figure = (&'static str, &'static str, String, String);

/// Amounts that the accepted large orders of one batch add to their days.
#[derive(Debug, Default)]
pub(super) struct DayLimit(HashMap<Figure, i128>);

impl DayLimit {
    /// Reserves the amounts that a large order adds to its day in place of its previous version.
    ///
    /// # Errors
    /// The error of the database. The inner error: the limit is exceeded, and nothing was reserved.
    pub(super) fn reserve(
        &mut self,
        tx: &mut Tx<'_>,
        outlet_id: &str,
        before: Option<&Order<'_>>,
        after: &Order<'_>,
    ) -> Result<Result<(), Rejection>, Fault> {
        let mut day_totals = DayTotals::default();
        day_totals.add(after);
        if let Some(before) = before {
            day_totals.subtract(before);
        }
        let changes = day_totals.figures().filter(|(_, change)| change.abs() > ORDINARY).collect::<Vec<_>>();
        for (figure, change) in &changes {
            let reserved = self.0.get(figure).copied().unwrap_or(0);
            let amount = i128::from(stored(tx, outlet_id, figure)?) + reserved + change;
            // A change toward zero is always accepted.
            if amount.abs() > i128::from(MAX_AMOUNT) && amount.signum() == change.signum() {
                let (_, column, date, _) = figure;
                return Ok(Err(Rejection::DayLimitExceeded { business_date: date.clone(), figure: column, amount }));
            }
        }
        for (figure, change) in changes {
            *self.0.entry(figure).or_default() += change;
        }
        Ok(Ok(()))
    }
}

/// Whether an order can change a figure by an amount that is checked.
pub(super) fn is_outsized(order: &Order<'_>) -> bool {
    let totals = [order.subtotal, order.discount, order.service, order.tax, order.rounding, order.total];
    let size = |amounts: &mut dyn Iterator<Item = i64>| amounts.map(|amount| i128::from(amount).abs()).sum::<i128>();
    let lines = size(&mut order.lines.iter().map(|line| line.amount));
    let quantities = size(&mut order.lines.iter().map(|line| line.qty));
    let payments = size(&mut order.payments.iter().map(|payment| payment.amount));
    [size(&mut totals.into_iter()), lines, quantities, payments].into_iter().max() > Some(ORDINARY)
}

fn stored(tx: &mut Tx<'_>, outlet_id: &str, (table, column, date, key): &Figure) -> Result<i64, Fault> {
    let (sql, has_key) = statement(table, column);
    let args = [outlet_id.into(), date.into(), key.into()];
    Ok(tx.first(&sql, if has_key { &args } else { &args[..2] }, |row| row.int(0))?.unwrap_or(0))
}

fn statement(table: &str, column: &str) -> (String, bool) {
    let key = match table {
        "daily_tenders" => " and method = ?3",
        "daily_products" => " and product_id = ?3",
        _ => "",
    };
    (format!("select {column} from {table} where outlet_id = ?1 and business_date = ?2{key}"), !key.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans;

    #[test]
    fn a_figure_is_found_by_its_key() {
        for (table, column) in [("daily_sales", "total"), ("daily_tenders", "amount"), ("daily_products", "qty")] {
            plans::assert_keyed(&statement(table, column).0);
        }
    }
}
