//! The hub's figures of each business day match the sales, refunds and payments of the outlet. On both sides the payments of
//! a day add up to its sales, with the deposits taken and without those used and what was given back.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use domain::BusinessDate;
use shop::reports::payments::{Payments, payments};

use crate::shop::Shop;
use crate::world::World;

/// Days of the hub whose payments do not add up to their sales and deposits.
const UNBALANCED: &str = "
    select outlet_id || ' ' || business_date || ' is off by ' || sum(amount) from (
      select outlet_id, business_date, amount from daily_tenders
      union all select outlet_id, business_date, deposits_used - deposits_taken - total from daily_sales
      union all select outlet_id, business_date, -amount from refund_tenders
      union all select outlet_id, business_date, total from refunds)
    group by outlet_id, business_date having sum(amount) <> 0 order by 1";

pub(super) fn check(world: &World) -> Result<Vec<String>> {
    let mut all = world.hub.file.texts(UNBALANCED)?;
    if world.faults.garbage {
        all.extend(good_orders(world)?);
        return Ok(all);
    }
    for shop in &world.shops {
        let id = &shop.outlet_id;
        let sales =
            "select coalesce(paid_date, business_date) || ' ' || count(*) || ' orders ' || sum(total) from orders
            where status = 'paid' group by coalesce(paid_date, business_date)";
        let refunds =
            "select business_date || ' ' || count(*) || ' refunds ' || sum(total) from refunds group by business_date";
        let payments = "
            select day || ' ' || method || ' ' || sum(amount) from (
              select coalesce(p.business_date, o.business_date) as day, method, amount
              from payments p join orders o on o.id = p.order_id
              union all select r.business_date, method, -amount from refund_payments p join refunds r on r.id = p.refund_id)
            group by day, method having sum(amount) <> 0";
        let (deposits, unbalanced) = deposits(shop)?;
        all.extend(unbalanced);
        let local = [sales, refunds, payments].into_iter().map(|sql| shop.file.texts(sql)).chain([Ok(deposits)]);
        let remote = [
            format!(
                "select business_date || ' ' || orders || ' orders ' || total from daily_sales
                 where orders <> 0 and outlet_id = '{id}'"
            ),
            format!(
                "select business_date || ' ' || count(*) || ' refunds ' || sum(total) from refunds
                 where outlet_id = '{id}' group by business_date"
            ),
            format!(
                "select day || ' ' || method || ' ' || sum(amount) from (
                   select business_date as day, method, amount + overpaid as amount from daily_tenders
                   where outlet_id = '{id}'
                   union all select business_date, method, -amount from refund_tenders where outlet_id = '{id}')
                 group by day, method having sum(amount) <> 0"
            ),
            format!(
                "select business_date || ' deposits ' || deposits_taken || ' ' || deposits_used from daily_sales
                 where (deposits_taken <> 0 or deposits_used <> 0) and outlet_id = '{id}'"
            ),
        ];
        for (local, remote) in local.zip(remote) {
            let local: BTreeSet<_> = local?.into_iter().collect();
            let remote: BTreeSet<_> = world.hub.file.texts(&remote)?.into_iter().collect();
            if local != remote {
                let (ours, theirs): (Vec<_>, Vec<_>) =
                    (local.difference(&remote).collect(), remote.difference(&local).collect());
                all.push(format!("{} has {ours:?}, the hub's figures are {theirs:?}", shop.name));
            }
        }
    }
    Ok(all)
}

/// The deposits of each day at an outlet, and the days whose payments do not add up.
fn deposits(shop: &Shop) -> Result<(Vec<String>, Vec<String>)> {
    let days = shop.file.texts(
        "select coalesce(paid_date, business_date) from orders where status = 'paid'
         union select coalesce(p.business_date, o.business_date) from payments p join orders o on o.id = p.order_id
         union select business_date from refunds
         order by 1",
    )?;
    let (mut deposits, mut unbalanced) = (Vec::new(), Vec::new());
    let tx = shop.file.db()?.unchecked_transaction()?;
    for day in days {
        let date = BusinessDate::parse(&day).with_context(|| format!("{day} is no date"))?;
        let Payments { deposits_taken, deposits_used, refunded, by_tender, .. } = payments(&tx, date)?;
        if (deposits_taken, deposits_used) != (0, 0) {
            deposits.push(format!("{day} deposits {deposits_taken} {deposits_used}"));
        }
        let sql = "select coalesce(sum(total), 0) from orders where status = 'paid' and coalesce(paid_date, business_date) = ?1";
        let sales: i64 = tx.query_row(sql, [&day], |row| row.get(0))?;
        let paid: i64 = by_tender.iter().map(|tender| tender.amount).sum();
        if paid != sales - refunded + deposits_taken - deposits_used {
            unbalanced.push(format!(
                "{} was paid {paid} on {day}, but sold {sales}, gave back {refunded}, took deposits of {deposits_taken} and used {deposits_used}",
                shop.name
            ));
        }
    }
    Ok((deposits, unbalanced))
}

/// With bad orders: each good order counts, and the sales of each day match the orders that count.
fn good_orders(world: &World) -> Result<Vec<String>> {
    let mut all = Vec::new();
    for shop in &world.shops {
        let id = &shop.outlet_id;
        let sql =
            "select id || ' ' || coalesce(paid_date, business_date) || ' ' || total from orders where status = 'paid'";
        let remote = "select order_id || ' ' || paid_date || ' ' || total from sales where paid_date is not null";
        let remote: BTreeSet<_> =
            world.hub.file.texts(&format!("{remote} and outlet_id = '{id}'"))?.into_iter().collect();
        let bad = world.garbage.ids_at(shop, "order")?;
        let good = |row: &String| row.split(' ').next().is_none_or(|order| !bad.contains(order));
        let missing: Vec<_> =
            shop.file.texts(sql)?.into_iter().filter(good).filter(|row| !remote.contains(row)).collect();
        if !missing.is_empty() {
            all.push(format!("{} sold {missing:?}, which the hub's figures lack", shop.name));
        }
    }
    let days = world.hub.file.texts(
        "select outlet_id || ' ' || paid_date || ' ' || count(*) || ' ' || sum(total) from sales
         where paid_date is not null group by outlet_id, paid_date order by 1",
    )?;
    let figures = world.hub.file.texts(
        "select outlet_id || ' ' || business_date || ' ' || orders || ' ' || total from daily_sales
         where orders <> 0 order by 1",
    )?;
    if days != figures {
        all.push(format!("the hub's orders add up to {days:?}, its figures are {figures:?}"));
    }
    Ok(all)
}
