//! Money: each business day's figures at the hub are those of the paid orders at the outlet.

use std::collections::BTreeSet;

use anyhow::Result;

use crate::world::World;

pub(super) fn check(world: &World) -> Result<Vec<String>> {
    let mut all = Vec::new();
    for shop in &world.shops {
        let here = [
            "select business_date || ' ' || count(*) || ' orders ' || sum(total) from orders where status = 'paid'
             group by business_date",
            "select business_date || ' ' || method || ' ' || sum(amount) from payments p join orders o on o.id = p.order_id
             where o.status = 'paid' group by business_date, method having sum(amount) <> 0",
        ];
        let id = &shop.outlet_id;
        let there = [
            format!(
                "select business_date || ' ' || orders || ' orders ' || total from daily_sales where outlet_id = '{id}'"
            ),
            format!(
                "select business_date || ' ' || method || ' ' || (amount + overpaid) from daily_tenders where outlet_id = '{id}'"
            ),
        ];
        for (here, there) in here.iter().zip(&there) {
            let here: BTreeSet<_> = shop.file.texts(here)?.into_iter().collect();
            let there: BTreeSet<_> = world.hub.file.texts(there)?.into_iter().collect();
            if here != there {
                let (ours, theirs): (Vec<_>, Vec<_>) =
                    (here.difference(&there).collect(), there.difference(&here).collect());
                all.push(format!("{} has sold {ours:?}, the hub's figures are {theirs:?}", shop.name));
            }
        }
    }
    Ok(all)
}
