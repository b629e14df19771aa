//! Orders of all outlets, newest arrival first, independent of the tills' clocks.

use domain::{BusinessDate, OrderStatus, OrderType};
use serde::Serialize;
use store::{Arg, Fault, Tx};
use utoipa::ToSchema;
use web::Word;

/// An order as a list shows it. Money is whole minor units (rupiah).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Sale {
    /// UUIDv7, generated at the outlet.
    pub id: String,
    pub outlet_id: String,
    pub outlet_code: String,
    /// The number on the receipt; not the id.
    pub order_number: String,
    /// `YYYY-MM-DD` at the outlet.
    pub business_date: String,
    /// Another word if a newer outlet sent it.
    #[schema(value_type = OrderStatus)]
    pub status: Word<OrderStatus>,
    /// Another word if a newer outlet sent it.
    #[schema(value_type = OrderType)]
    pub order_type: Word<OrderType>,
    pub table_number: Option<String>,
    pub customer_name: Option<String>,
    pub subtotal: i64,
    pub discount: i64,
    pub service: i64,
    pub tax: i64,
    /// Tax inside the prices; not added.
    pub tax_included: i64,
    pub rounding: i64,
    /// subtotal - discount + service + tax + rounding.
    pub total: i64,
    pub paid: i64,
    /// RFC 3339 UTC, by the outlet's clock.
    pub created_at: String,
    pub paid_at: Option<String>,
    /// RFC 3339 UTC, by head office's clock: when its last change arrived.
    pub received_at: Option<String>,
    /// Position in the order of first arrivals.
    #[serde(skip)]
    pub arrival_no: i64,
}

/// Filter of orders.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    pub outlet_id: Option<String>,
    pub business_date: Option<BusinessDate>,
    /// Those after this arrival number, order and outlet.
    pub after: Option<(i64, String, String)>,
}

/// The sort key of the list, newest first; the page begins after it.
const KEY: [&str; 3] = ["arrival_no", "order_id", "outlet_id"];

impl Filter {
    /// The key columns of the list.
    fn key(&self) -> &'static [&'static str] {
        if self.outlet_id.is_some() { &KEY[..2] } else { &KEY }
    }

    /// The values of these columns at the start of the page.
    fn page_start(&self) -> Vec<Arg<'_>> {
        let after = self.after.iter();
        let values = after.flat_map(|(arrival_no, order, outlet)| [(*arrival_no).into(), order.into(), outlet.into()]);
        values.take(self.key().len()).collect()
    }
}

/// The query for a filter, with the conditions that it needs only, so that each finds its key.
fn statement(filter: &Filter) -> String {
    let fixed = [("outlet_id", filter.outlet_id.is_some()), ("business_date", filter.business_date.is_some())];
    let fixed: Vec<_> = fixed.into_iter().filter(|(_, is_fixed)| *is_fixed).collect();
    let mut conditions = String::new();
    for ((column, _), parameter) in fixed.iter().zip(2..) {
        conditions += &format!(" and s.{column} = ?{parameter}");
    }
    let key = |of: &dyn Fn(usize, &str) -> String| {
        filter.key().iter().enumerate().map(|(place, column)| of(place, column)).collect::<Vec<_>>().join(", ")
    };
    if filter.after.is_some() {
        let columns = key(&|_, column| format!("s.{column}"));
        let values = key(&|place, _| format!("?{}", 2 + fixed.len() + place));
        conditions += &format!(" and ({columns}) < ({values})");
    }
    let order = key(&|_, column| format!("s.{column} desc"));
    format!(
        "select s.order_id, s.outlet_id, coalesce((select o.code from outlets o where o.outlet_id = s.outlet_id), ''),
           s.order_number, s.business_date, s.status, s.order_type, s.table_number, s.customer_name, s.subtotal,
           s.discount, s.service, s.tax, s.tax_included, s.rounding, s.total, s.paid, s.created_at, s.paid_at,
           (select d.received_at from documents d
            where d.outlet_id = s.outlet_id and d.entity_type = 'order' and d.entity_id = s.order_id), s.arrival_no
         from sales s
         where true{conditions}
         order by {order}
         limit ?1"
    )
}

/// At most `limit` orders, newest arrival first.
pub(crate) fn list(tx: &mut Tx<'_>, filter: &Filter, limit: i64) -> Result<Vec<Sale>, Fault> {
    let date = filter.business_date.map(|date| date.to_string());
    let mut args: Vec<Arg<'_>> = vec![limit.into()];
    args.extend(filter.outlet_id.as_ref().map(Arg::from));
    args.extend(date.as_ref().map(Arg::from));
    args.extend(filter.page_start());
    tx.all(&statement(filter), &args, |row| {
        Ok(Sale {
            id: row.string(0)?,
            outlet_id: row.string(1)?,
            outlet_code: row.string(2)?,
            order_number: row.string(3)?,
            business_date: row.string(4)?,
            status: Word::of(row.string(5)?),
            order_type: Word::of(row.string(6)?),
            table_number: row.maybe_string(7)?,
            customer_name: row.maybe_string(8)?,
            subtotal: row.int(9)?,
            discount: row.int(10)?,
            service: row.int(11)?,
            tax: row.int(12)?,
            tax_included: row.int(13)?,
            rounding: row.int(14)?,
            total: row.int(15)?,
            paid: row.int(16)?,
            created_at: row.string(17)?,
            paid_at: row.maybe_string(18)?,
            received_at: row.maybe_string(19)?,
            arrival_no: row.int(20)?,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans;

    #[test]
    fn every_page_of_orders_is_read_in_the_order_of_a_key() {
        let after = || Some((7, "o".to_owned(), "x".to_owned()));
        for outlet_id in [None, Some("x".to_owned())] {
            for business_date in [None, BusinessDate::parse("2026-11-22")] {
                for after in [None, after()] {
                    let filter = Filter { outlet_id: outlet_id.clone(), business_date, after };
                    plans::assert_ordered_by_key(&statement(&filter), filter.after.is_some());
                }
            }
        }
    }
}
