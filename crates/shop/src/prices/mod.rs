//! Prices of menus, and prices that were set in advance: read at the moment at which a line is added.
//!
//! A price that a person types replaces those that have come by then, in the transaction of the change: what was typed last
//! is the price.

pub mod http;

use std::collections::HashMap;

use domain::pricing::{self, DatedPrice, LocalMinute, Menu, Moment, PriceInForce, Prices};
use domain::{Money, OrderType, Variant};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use rusqlite::{Row, Transaction, params, params_from_iter};
use serde::Serialize;
use sqlite::text::raw;
use sqlite::{Fault, ReadRow};
use utoipa::ToSchema;

use crate::catalog::product::Product;
use crate::changes::changed_since;
use crate::menus;

/// A price of a menu, or from a minute on.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Price {
    /// UUIDv7.
    pub id: String,
    /// Id of the product.
    pub product_id: String,
    /// Id of the variant; null: the product itself.
    pub variant_id: Option<String>,
    /// Id of the menu; null: it replaces the price outside of menus.
    pub menu_id: Option<String>,
    /// The price in minor units (rupiah).
    pub price: i64,
    /// The minute of the outlet's clock from which it stands, YYYY-MM-DDTHH:MM; null: always.
    pub valid_from: Option<String>,
}

/// A table of prices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Those of the chain.
    Chain,
    /// Those of this outlet.
    Outlet,
}

impl Level {
    fn select(self) -> &'static str {
        match self {
            Self::Chain => {
                "select p.id, p.product_id, p.variant_id, p.menu_id, p.price, p.valid_from, 0 as of_outlet from prices p"
            }
            Self::Outlet => {
                "select p.id, p.product_id, p.variant_id, null, p.price, p.valid_from, 1 from outlet_prices p"
            }
        }
    }

    fn of_product(self) -> String {
        format!("{} where p.product_id = ?1", self.select())
    }

    fn entity(self) -> &'static str {
        match self {
            Self::Chain => "price",
            Self::Outlet => "outlet_price",
        }
    }
}

fn price(row: &Row<'_>) -> rusqlite::Result<Price> {
    Ok(Price {
        id: row.id(0)?,
        product_id: row.id(1)?,
        variant_id: row.read(2)?,
        menu_id: row.read(3)?,
        price: row.read(4)?,
        valid_from: row.read(5)?,
    })
}

/// All prices, or those that changed since a version of the catalog, ordered by id.
///
/// # Errors
/// The error from SQLite.
pub fn changed(tx: &Transaction<'_>, level: Level, since: Option<i64>) -> Result<Vec<Price>, Fault> {
    let sql = format!("{} {} order by p.id", level.select(), changed_since(level.entity(), "p.id", since));
    let mut statement = tx.prepare_cached(&sql)?;
    Ok(statement.query_map(params_from_iter(since), price)?.collect::<Result<_, _>>()?)
}

impl Price {
    /// The price for the rule; `None` if its minute cannot be read.
    fn dated(self) -> Option<DatedPrice> {
        let valid_from = match self.valid_from {
            None => None,
            Some(text) => Some(LocalMinute::parse(&text)?),
        };
        Some(DatedPrice { id: self.id, menu_id: self.menu_id, price: Money(self.price), valid_from })
    }
}

/// The prices of products, by product and variant.
#[derive(Debug, Default)]
struct ByVariant(HashMap<(String, Option<String>), Vec<DatedPrice>>);

impl ByVariant {
    fn add(&mut self, price: Price) {
        let of = (price.product_id.clone(), price.variant_id.clone());
        self.0.entry(of).or_default().extend(price.dated());
    }

    fn of(&self, product_id: &str, variant_id: Option<&str>) -> &[DatedPrice] {
        let of = (product_id.to_owned(), variant_id.map(str::to_owned));
        self.0.get(&of).map(Vec::as_slice).unwrap_or_default()
    }
}

/// The prices of one level: of a product, or all that no menu has.
fn read(tx: &Transaction<'_>, level: Level, product_id: Option<&str>) -> Result<ByVariant, Fault> {
    let sql = match (product_id, level) {
        (Some(_), _) => level.of_product(),
        (None, Level::Chain) => format!("{} where p.menu_id is null", level.select()),
        (None, Level::Outlet) => level.select().to_owned(),
    };
    let mut statement = tx.prepare_cached(&sql)?;
    let mut found = ByVariant::default();
    for row in statement.query_map(params_from_iter(product_id.map(raw)), price)? {
        found.add(row?);
    }
    Ok(found)
}

/// What decides the prices of an order's lines: the menus, the order's type and channel, and the outlet's clock.
#[derive(Debug)]
pub struct PriceList {
    menus: Vec<Menu>,
    zone: TimeZone,
    order_type: OrderType,
    channel: Option<String>,
}

/// The price of a product or variant before any of this.
#[derive(Debug, Clone, Copy)]
pub struct Listed<'a> {
    /// Id of the product.
    pub product_id: &'a str,
    /// The variant, if one is chosen.
    pub variant: Option<&'a Variant>,
    /// The product's price in the chain.
    pub chain: Money,
    /// The product's price at this outlet.
    pub outlet: Option<Money>,
}

/// The price of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinePrice {
    /// Price of a piece without modifiers.
    pub price: Money,
    /// Where it came from.
    pub source: pricing::PriceSource,
    /// The menu, if it came from one.
    pub menu_id: Option<String>,
}

impl PriceList {
    /// The menus as they are now, for orders of this type and channel.
    ///
    /// # Errors
    /// The error from SQLite.
    pub fn read(
        tx: &Transaction<'_>,
        zone: TimeZone,
        order_type: OrderType,
        channel: Option<&str>,
    ) -> Result<Self, Fault> {
        Ok(Self { menus: menus::active(tx)?, zone, order_type, channel: channel.map(str::to_owned) })
    }

    /// The price of a product at the time `at`.
    ///
    /// # Errors
    /// The error from SQLite.
    pub fn price(&self, tx: &Transaction<'_>, listed: Listed<'_>, at: Timestamp) -> Result<LinePrice, Fault> {
        let Self { menus, zone, order_type, channel } = self;
        let chain = read(tx, Level::Chain, Some(listed.product_id))?;
        let outlet = read(tx, Level::Outlet, Some(listed.product_id))?;
        let moment = Moment { at: LocalMinute::at(zone, at), order_type: *order_type, channel: channel.as_deref() };
        let PriceInForce { price, source, menu_id } =
            pricing::in_force(&moment, menus, &listed.prices(&chain, &outlet));
        Ok(LinePrice { price, source, menu_id: menu_id.map(str::to_owned) })
    }
}

impl<'a> Listed<'a> {
    fn prices(&self, chain: &'a ByVariant, outlet: &'a ByVariant) -> Prices<'a> {
        let variant_id = self.variant.map(|variant| variant.id.as_str());
        Prices {
            base: self.variant.map_or(self.chain, |variant| variant.price),
            own: self.outlet.filter(|_| self.variant.is_none()),
            chain: chain.of(self.product_id, variant_id),
            outlet: outlet.of(self.product_id, variant_id),
        }
    }
}

/// Replaces the stored prices of products by those in force at this minute outside of menus.
///
/// # Errors
/// The error from SQLite.
pub(crate) fn show(tx: &Transaction<'_>, products: &mut [Product], at: LocalMinute) -> Result<(), Fault> {
    let one = if let [product] = &*products { Some(product.id.clone()) } else { None };
    let (chain, outlet) = (read(tx, Level::Chain, one.as_deref())?, read(tx, Level::Outlet, one.as_deref())?);
    if chain.0.is_empty() && outlet.0.is_empty() {
        return Ok(());
    }
    let moment = Moment { at, order_type: OrderType::default(), channel: None };
    let in_force = |prices: &Prices<'_>| pricing::in_force(&moment, &[], prices).price.0;
    for product in products {
        let listed = Listed {
            product_id: &product.id,
            variant: None,
            chain: Money(product.chain_price),
            outlet: product.has_outlet_price.then_some(Money(product.price)),
        };
        let prices = listed.prices(&chain, &outlet);
        let (price, has_outlet_price) =
            (in_force(&prices), pricing::in_force(&moment, &[], &prices).source == pricing::PriceSource::Outlet);
        let chain_price = in_force(&Prices { own: None, outlet: &[], ..prices });
        let variants: Vec<Money> = product
            .variants
            .iter()
            .map(|variant| Money(in_force(&Listed { variant: Some(variant), ..listed }.prices(&chain, &outlet))))
            .collect();
        (product.price, product.chain_price, product.has_outlet_price) = (price, chain_price, has_outlet_price);
        for (variant, price) in product.variants.iter_mut().zip(variants) {
            variant.price = price;
        }
    }
    Ok(())
}

/// Deletes the prices outside of menus that have come, because a person has typed another one.
///
/// # Errors
/// The error from SQLite.
pub(crate) fn replace_by_hand(
    tx: &Transaction<'_>,
    level: Level,
    (product_id, variant_id): (&str, Option<&str>),
    at: LocalMinute,
) -> Result<(), Fault> {
    let of = "product_id = ?1 and variant_id is ?2 and valid_from <= ?3";
    let sql = match level {
        Level::Chain => format!("delete from prices where {of} and menu_id is null"),
        Level::Outlet => format!("delete from outlet_prices where {of}"),
    };
    tx.prepare_cached(&sql)?.execute(params![raw(product_id), variant_id, at.to_string()])?;
    Ok(())
}

/// A price with the names of what it is for.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NamedPrice {
    /// The price.
    #[serde(flatten)]
    pub price: Price,
    /// Name of the product; null: there is no such product any more.
    pub product_name: Option<String>,
    /// Name of the variant.
    pub variant_name: Option<String>,
    /// True: it is a price of this outlet; false: one of the chain.
    pub of_outlet: bool,
    /// Whether its minute has come by the outlet's clock.
    pub has_come: bool,
}

/// A page of the prices of a menu, or of those outside of menus, which were set in advance; ordered by id.
///
/// # Errors
/// The error from SQLite.
pub fn list(
    tx: &Transaction<'_>,
    menu_id: Option<&str>,
    at: LocalMinute,
    after: &str,
    limit: i64,
) -> Result<Vec<NamedPrice>, Fault> {
    let all = format!("{} union all {}", Level::Chain.select(), Level::Outlet.select());
    let sql = format!(
        "select l.id, l.product_id, l.variant_id, l.menu_id, l.price, l.valid_from, r.name,
           (select v.value ->> '$.name' from json_each(iif(json_valid(r.variants), r.variants, '[]')) v
             where case when v.type = 'object' then v.value ->> '$.id' end = l.variant_id),
           l.of_outlet, coalesce(l.valid_from <= ?2, 1)
         from ({all}) l left join products r on r.id = l.product_id
         where l.menu_id is ?1 and l.id > ?3 order by l.id limit ?4"
    );
    let mut statement = tx.prepare_cached(&sql)?;
    let rows = statement.query_map(params![menu_id.map(raw), at.to_string(), raw(after), limit], |row| {
        Ok(NamedPrice {
            price: price(row)?,
            product_name: row.read(6)?,
            variant_name: row.read(7)?,
            of_outlet: row.read(8)?,
            has_come: row.read(9)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;

    #[test]
    fn the_prices_of_a_product_are_found_by_its_key() {
        let db = Connection::open_in_memory().unwrap();
        db.execute_batch(include_str!("../../../../sql/schema/001_init.sql")).unwrap();
        for level in [Level::Chain, Level::Outlet] {
            let sql = format!("explain query plan {}", level.of_product());
            let plan: String = db.query_row(&sql, ["p"], |row| row.get(3)).unwrap();
            assert!(plan.starts_with("SEARCH p USING INDEX"), "{plan}");
        }
    }
}
