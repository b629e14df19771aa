//! An order whose rows came from two copies of this database: its figures are worked out from its rows again.

use domain::united::{Part, unite};
use domain::{Money, OrderStatus};
use rusqlite::{Transaction, params};
use sqlite::ReadRow;

use crate::sync::pull::apply::{NotApplied, refused};

const FIGURES: &str = "
    select o.status, o.rounding, o.discount,
      (select coalesce(sum(amount), 0) from order_lines l where l.order_id = o.id),
      (select coalesce(sum(amount), 0) from order_charges c where c.order_id = o.id and kind = 'service' and not inclusive),
      (select coalesce(sum(amount), 0) from order_charges c where c.order_id = o.id and kind = 'tax' and not inclusive),
      (select coalesce(sum(amount), 0) from order_charges c where c.order_id = o.id and kind = 'tax' and inclusive)
    from orders o where o.id = ?1";
const PAYMENTS: &str = "select amount, rounding from payments where order_id = ?1 order by id";
const PUT: &str = "
    update orders set subtotal = ?2, service = ?3, tax = ?4, tax_included = ?5, rounding = ?6, total = ?7, paid = ?8,
      status = ?9, paid_at = iif(?9 = 'paid',
        coalesce(paid_at, (select max(created_at) from payments where order_id = ?1)), null)
    where id = ?1";

/// Works out what the order comes to, what is paid, and where it stands.
///
/// # Errors
/// [`NotApplied`].
pub(crate) fn add_up(tx: &Transaction<'_>, order_id: &str) -> Result<(), NotApplied> {
    let (status, [rounding, discount, subtotal, service, tax, tax_included]) = tx
        .prepare_cached(FIGURES)
        .and_then(|mut figures| {
            figures.query_row([order_id], |row| {
                let [a, b, c, d, e, f] = [1, 2, 3, 4, 5, 6].map(|n| row.read(n).map(Money));
                Ok((row.read::<String>(0)?, [a?, b?, c?, d?, e?, f?]))
            })
        })
        .map_err(refused)?;
    let payments = tx
        .prepare_cached(PAYMENTS)
        .and_then(|mut payments| {
            payments
                .query_map([order_id], |row| Ok(Part { amount: Money(row.read(0)?), rounding: Money(row.read(1)?) }))?
                .collect::<Result<Vec<_>, _>>()
        })
        .map_err(refused)?;
    let whole =
        subtotal.checked_sub(discount).and_then(|net| net.checked_add(service)).and_then(|net| net.checked_add(tax));
    let status = OrderStatus::parse(&status)
        .ok_or_else(|| NotApplied::Refused(format!("The order has the status '{status}', which is none.")))?;
    let united = whole
        .and_then(|whole| unite(status, rounding, whole, &payments))
        .map_err(|overflow| NotApplied::Refused(format!("The order cannot be added up: {overflow}.")))?;
    tx.prepare_cached(PUT)
        .and_then(|mut put| {
            put.execute(params![
                order_id,
                subtotal.0,
                service.0,
                tax.0,
                tax_included.0,
                united.rounding.0,
                united.total.0,
                united.paid.0,
                united.status.as_str()
            ])
        })
        .map_err(refused)?;
    Ok(())
}
