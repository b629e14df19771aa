//! The hub's figures of each business day match the paid orders of the outlet.

use std::collections::BTreeSet;

use anyhow::Result;

use crate::world::World;

pub(super) fn check(world: &World) -> Result<Vec<String>> {
    if world.faults.garbage {
        return good_orders(world);
    }
    let mut all = Vec::new();
    for shop in &world.shops {
        let local = [
            "select business_date || ' ' || count(*) || ' orders ' || sum(total) from orders where status = 'paid'
             group by business_date",
            "select business_date || ' ' || method || ' ' || sum(amount) from payments p join orders o on o.id = p.order_id
             where o.status = 'paid' group by business_date, method having sum(amount) <> 0",
        ];
        let id = &shop.outlet_id;
        let remote = [
            format!(
                "select business_date || ' ' || orders || ' orders ' || total from daily_sales where outlet_id = '{id}'"
            ),
            format!(
                "select business_date || ' ' || method || ' ' || (amount + overpaid) from daily_tenders where outlet_id = '{id}'"
            ),
        ];
        for (local, remote) in local.iter().zip(&remote) {
            let local: BTreeSet<_> = shop.file.texts(local)?.into_iter().collect();
            let remote: BTreeSet<_> = world.hub.file.texts(remote)?.into_iter().collect();
            if local != remote {
                let (ours, theirs): (Vec<_>, Vec<_>) =
                    (local.difference(&remote).collect(), remote.difference(&local).collect());
                all.push(format!("{} sold {ours:?}, the hub's figures are {theirs:?}", shop.name));
            }
        }
    }
    Ok(all)
}

/// With bad orders: each good order counts, and the figures of each day match the orders that count.
fn good_orders(world: &World) -> Result<Vec<String>> {
    let mut all = Vec::new();
    for shop in &world.shops {
        let id = &shop.outlet_id;
        let sql = "select id || ' ' || business_date || ' ' || total from orders where status = 'paid'";
        let remote = "select order_id || ' ' || business_date || ' ' || total from sales where status = 'paid'";
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
        "select outlet_id || ' ' || business_date || ' ' || count(*) || ' ' || sum(total) from sales
         where status = 'paid' group by outlet_id, business_date order by 1",
    )?;
    let figures = world.hub.file.texts(
        "select outlet_id || ' ' || business_date || ' ' || orders || ' ' || total from daily_sales order by 1",
    )?;
    if days != figures {
        all.push(format!("the hub's orders add up to {days:?}, its figures are {figures:?}"));
    }
    Ok(all)
}
