//! The tills: they create orders with the server's command, regardless of garbage.

use access::session::CurrentUser;
use anyhow::Result;
use domain::payment::Method;
use domain::{IdSeries, Money, OrderType, Role};
use serde_json::Value;
use shop::orders::create::{NewOrder, create};
use shop::orders::lines::{Item, NewLine};
use shop::orders::pay::{Expected, NewPayment, pay};
use uuid::Uuid;

use crate::world::World;

/// Name of the checker.
pub(crate) const BAD_ITEMS: &str = "one bad item blocks only itself";

impl World {
    /// Sells a good product at an outlet's till; that must never fail.
    pub(crate) fn sell_at_the_till(&mut self, at: usize) -> Result<()> {
        let (number, now) = (self.number(), self.clock(at));
        let Some((product_id, variant_id)) = self.something_good(at)? else { return Ok(()) };
        let name = self.shops[at].name.clone();
        let user = CurrentUser { id: "till".to_owned(), role: Role::Cashier, device_id: None, session: None };
        // Ids are counted up from this one.
        let id = Uuid::from_u128((u128::from(number) + 1) << 80);
        let new = NewOrder {
            id,
            order_type: OrderType::DineIn,
            channel: None,
            table_number: None,
            customer_name: None,
            pax: None,
            lines: vec![NewLine {
                item: Item::pieces(product_id.clone(), 1),
                variant_id,
                modifiers: Vec::new(),
                note: None,
                course: None,
                added_at: None,
            }],
            discounts: Vec::new(),
            approved: None,
            payments: Vec::new(),
            expected_total: None,
        };
        let pays = self.dice.one_in(2);
        // Power fails between commands, not within one.
        let file = &self.shops[at].file;
        let tx = file.db()?.unchecked_transaction()?;
        let sold = create(&tx, &user, new, Some("JKT"), now).and_then(|order| {
            let new = NewPayment { means: Method::Qris.into(), amount: Money(order.total), reference: None };
            let mut ids = IdSeries::from(Uuid::from_u128(id.as_u128() + 1_000));
            if pays && order.total > 0 {
                pay(&tx, &user, &order.id, new, Expected::default(), &mut ids, now).map(drop)
            } else {
                Ok(())
            }
        });
        match sold {
            Ok(()) => {
                tx.commit()?;
                self.made.extend(crate::checkers::lost::ids_at_outlet(&self.shops[at].file)?);
                self.log(format!("the till at {name} sells {product_id}"));
            }
            Err(refused) => {
                drop(tx);
                self.found(BAD_ITEMS, format!("the till at {name} cannot sell {product_id}: {}", refused.message()));
            }
        }
        Ok(())
    }

    /// A good, available product, and a variant if it has any.
    pub(crate) fn something_good(&mut self, at: usize) -> Result<Option<(String, Option<String>)>> {
        let shop = &self.shops[at];
        let ids = shop.file.texts(
            "select p.id from products p left join outlet_products o on o.id = p.id
             where coalesce(o.available, p.available) = 1 order by p.id",
        )?;
        let bad = |id: &String| {
            ["product", "outlet_product"].iter().any(|of_type| self.garbage.is_bad(&shop.outlet_id, of_type, id))
        };
        let good: Vec<_> = ids.into_iter().filter(|id| !bad(id)).collect();
        let Some(id) = self.dice.pick(&good).cloned() else { return Ok(None) };
        let variants = self.shops[at].file.texts(&format!("select variants from products where id = '{id}'"))?;
        let variants: Value = variants.first().map(|json| serde_json::from_str(json)).transpose()?.unwrap_or_default();
        let variant = variants.get(0).and_then(|variant| variant["id"].as_str()).map(ToOwned::to_owned);
        Ok(Some((id, variant)))
    }
}
