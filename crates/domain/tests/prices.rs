//! The cases of `golden/prices.json`, which the till calculates too.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use domain::cart::known_order_types;
use domain::pricing::{self, DatedPrice, LocalMinute, Menu, Moment, PriceSource, Prices};
use domain::{BusinessDate, Money, OrderType};
use serde::Deserialize;

const CASES: &str = include_str!("../golden/prices.json");

#[derive(Deserialize)]
struct File {
    menus: Vec<GivenMenu>,
    products: Vec<GivenProduct>,
    prices: Vec<GivenPrice>,
    outlet_prices: Vec<GivenPrice>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct GivenMenu {
    id: String,
    priority: i64,
    order_types: Vec<String>,
    channels: Vec<String>,
    weekdays: Vec<i64>,
    from_minute: Option<i64>,
    to_minute: Option<i64>,
    valid_from: Option<BusinessDate>,
    valid_to: Option<BusinessDate>,
    active: bool,
}

#[derive(Deserialize)]
struct GivenProduct {
    id: String,
    price: Money,
    outlet_price: Option<Money>,
    variants: Vec<GivenVariant>,
}

#[derive(Deserialize)]
struct GivenVariant {
    id: String,
    price: Money,
}

#[derive(Deserialize)]
struct GivenPrice {
    id: String,
    product_id: String,
    variant_id: Option<String>,
    menu_id: Option<String>,
    price: Money,
    valid_from: Option<String>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    at: String,
    order_type: OrderType,
    channel: Option<String>,
    product_id: String,
    variant_id: Option<String>,
    expected: Expected,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
struct Expected {
    price: Money,
    source: PriceSource,
    menu_id: Option<String>,
}

fn menu(given: &GivenMenu) -> Option<Menu> {
    let order_types = known_order_types(given.order_types.iter().map(String::as_str))?;
    given.active.then(|| Menu {
        id: given.id.clone(),
        priority: given.priority,
        order_types,
        channels: given.channels.clone(),
        weekdays: given.weekdays.clone(),
        hours: given.from_minute.zip(given.to_minute),
        valid_from: given.valid_from,
        valid_to: given.valid_to,
    })
}

fn prices_of(all: &[GivenPrice], case: &Case) -> Vec<DatedPrice> {
    let of_case =
        all.iter().filter(|price| (&price.product_id, &price.variant_id) == (&case.product_id, &case.variant_id));
    let price = |price: &GivenPrice| DatedPrice {
        id: price.id.clone(),
        menu_id: price.menu_id.clone(),
        price: price.price,
        valid_from: price.valid_from.as_deref().map(|text| LocalMinute::parse(text).unwrap()),
    };
    of_case.map(price).collect()
}

#[test]
fn every_case_has_its_price() {
    let file: File = serde_json::from_str(CASES).unwrap();
    let menus: Vec<Menu> = file.menus.iter().filter_map(menu).collect();
    assert!(file.cases.len() > 30);
    for case in &file.cases {
        let product = file.products.iter().find(|product| product.id == case.product_id).unwrap();
        let variant =
            case.variant_id.as_ref().map(|id| product.variants.iter().find(|variant| variant.id == *id).unwrap());
        let (chain, outlet) = (prices_of(&file.prices, case), prices_of(&file.outlet_prices, case));
        let prices = Prices {
            base: variant.map_or(product.price, |variant| variant.price),
            own: product.outlet_price.filter(|_| variant.is_none()),
            chain: &chain,
            outlet: &outlet,
        };
        let at = LocalMinute::parse(&case.at).unwrap();
        let moment = Moment { at, order_type: case.order_type, channel: case.channel.as_deref() };
        let found = pricing::in_force(&moment, &menus, &prices);
        let found = Expected { price: found.price, source: found.source, menu_id: found.menu_id.map(str::to_owned) };
        assert_eq!(found, case.expected, "{}", case.name);
    }
}
