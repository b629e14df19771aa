//! Best-selling products of a period.

use serde::Serialize;
use store::{Arg, Fault, Tx};
use utoipa::ToSchema;

use super::daily::Period;
use crate::projections::plausible;

/// A product's figures over the period: lines of the orders that were paid in it. Money is whole minor units (rupiah).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProductSales {
    pub product_id: String,
    /// The name on one of the orders in the period.
    pub name: String,
    /// Pieces; weighed goods are in `weighed_qty`.
    pub qty: i64,
    /// Thousandths of the unit, of goods sold by weight or measure.
    pub weighed_qty: i64,
    /// Before discounts of the order.
    pub amount: i64,
    /// Pieces that refunds of the period gave back; not taken off `qty`.
    pub returned_qty: i64,
    /// The same of weighed goods, in thousandths of the unit.
    pub returned_weighed_qty: i64,
    /// Their amount, and amounts given back without goods; not taken off `amount`.
    pub returned_amount: i64,
}

const PLAUSIBLE: &str = concat!(plausible!("d.qty"), " and ", plausible!("d.amount"));

/// The sum of quantities of one scale: pieces and thousandths of a unit do not add up.
pub(super) fn of_scale(column: &str, scale: i64) -> String {
    format!("cast(sum(case d.qty_scale when {scale} then {column} else 0 end) as bigint)")
}

/// The query: best first; `after` follows an amount and a product.
fn statement(period: &Period, after: bool) -> String {
    let first = if period.outlet_id.is_some() { 4 } else { 3 };
    let (limit, amount, product) = (first, first + 1, first + 2);
    let having = if after {
        format!(
            "having sum(d.amount) < cast(?{amount} as bigint) or (sum(d.amount) = cast(?{amount} as bigint) and d.product_id > ?{product})"
        )
    } else {
        String::new()
    };
    format!(
        "select d.product_id, max(d.name), cast(sum(d.amount) as bigint), cast(sum(d.returned_amount) as bigint),
           {}, {}, {}, {}
         from (
           select d.product_id, d.name, d.qty_scale, d.qty, d.amount, 0 as returned_qty, 0 as returned_amount
           from {} and {PLAUSIBLE}
           union all
           select d.product_id, d.name, d.qty_scale, 0, 0, d.qty, d.amount from {} and {PLAUSIBLE}) d
         group by d.product_id
         {having}
         order by sum(d.amount) desc, d.product_id
         limit ?{limit}",
        of_scale("d.qty", 0),
        of_scale("d.qty", 3),
        of_scale("d.returned_qty", 0),
        of_scale("d.returned_qty", 3),
        period.rows_of("daily_products"),
        period.rows_of("refund_lines")
    )
}

/// At most `limit` products.
pub(crate) fn products(
    tx: &mut Tx<'_>,
    period: &Period,
    after: Option<(i64, &str)>,
    limit: i64,
) -> Result<Vec<ProductSales>, Fault> {
    let texts = period.texts();
    let mut args: Vec<Arg<'_>> = texts.iter().flatten().map(Arg::from).collect();
    args.push(limit.into());
    if let Some((amount, product_id)) = after {
        args.extend([Arg::from(amount), product_id.into()]);
    }
    tx.all(&statement(period, after.is_some()), &args, |row| {
        Ok(ProductSales {
            product_id: row.string(0)?,
            name: row.string(1)?,
            amount: row.int(2)?,
            returned_amount: row.int(3)?,
            qty: row.int(4)?,
            weighed_qty: row.int(5)?,
            returned_qty: row.int(6)?,
            returned_weighed_qty: row.int(7)?,
        })
    })
}
