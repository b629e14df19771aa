//! Limits a day's figures to the range of money, so that every report can sum them. An order that would exceed the limit is
//! rejected alone, before anything is written.
//!
//! Only orders that change a figure by a large amount are checked: it would take a thousand of them to reach the limit.
//! Ordinary sales are never rejected, whatever the figures are.

use std::collections::HashMap;

use domain::money::MAX_AMOUNT;
use store::{Arg, Fault, Tx};

use super::day_totals::{DayTotals, Figure, Key};
use super::order::{Order, TaxKey};
use crate::projections::Rejection;

/// Orders that change no figure by more than this are not checked.
const ORDINARY: i128 = (MAX_AMOUNT / 1_000) as i128;

/// Amounts that the accepted large orders of one batch add to figures, by day.
#[derive(Debug, Default)]
pub(super) struct DayLimit(HashMap<(String, Figure), i128>);

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
        for (of, change) in &changes {
            let (date, figure) = of;
            let reserved = self.0.get(of).copied().unwrap_or(0);
            let amount = i128::from(stored(tx, outlet_id, date, figure)?) + reserved + change;
            // A change toward zero is always accepted.
            if amount.abs() > i128::from(MAX_AMOUNT) && amount.signum() == change.signum() {
                let (business_date, figure) = (date.clone(), figure.column);
                return Ok(Err(Rejection::DayLimitExceeded { business_date, figure, amount }));
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
    let taxed = size(&mut order.charges.iter().map(|charge| charge.base));
    let charged = size(&mut order.charges.iter().map(|charge| charge.amount));
    let totals = size(&mut totals.into_iter());
    // Deposits are differences of totals and payments.
    [totals + payments, lines, quantities, taxed, charged].into_iter().max() > Some(ORDINARY)
}

fn stored(tx: &mut Tx<'_>, outlet_id: &str, date: &str, figure: &Figure) -> Result<i64, Fault> {
    let mut args: Vec<Arg<'_>> = vec![outlet_id.into(), date.into()];
    match &figure.key {
        Key::Day => {}
        Key::Product((id, scale)) => args.extend([Arg::from(id), (*scale).into()]),
        Key::Tender(key) => args.extend(key.iter().map(Arg::from)),
        Key::Tax(TaxKey { name, rate_bp, inclusive }) => {
            args.extend([Arg::from(name), (*rate_bp).into(), (*inclusive).into()]);
        }
    }
    Ok(tx.first(&statement(figure), &args, |row| row.int(0))?.unwrap_or(0))
}

fn statement(Figure { table, column, key }: &Figure) -> String {
    let key = match key {
        Key::Day => "",
        Key::Tender(_) => " and method = ?3 and tender_id = ?4 and tender_name = ?5",
        Key::Product(_) => " and product_id = ?3 and qty_scale = ?4",
        Key::Tax(_) => " and name = ?3 and rate_bp = ?4 and inclusive = ?5",
    };
    format!("select {column} from {table} where outlet_id = ?1 and business_date = ?2{key}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans;

    #[test]
    fn a_figure_is_found_by_its_key() {
        let tax = TaxKey { name: "PBJT".to_owned(), rate_bp: 1_000, inclusive: false };
        for (table, column, key) in [
            ("daily_sales", "total", Key::Day),
            ("daily_tenders", "amount", Key::Tender(["card", "bca", "BCA EDC"].map(str::to_owned))),
            ("daily_products", "qty", Key::Product(("p".to_owned(), 0))),
            ("daily_taxes", "base", Key::Tax(tax)),
        ] {
            plans::assert_keyed(&statement(&Figure { table, column, key }));
        }
    }
}
