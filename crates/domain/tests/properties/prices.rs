use domain::pricing::{DatedPrice, LAST_MINUTE, LocalMinute, Menu, Moment, PriceSource, Prices, in_force};
use domain::{Money, OrderType};
use jiff::ToSpan;
use jiff::civil::DateTime;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

const FIRST: DateTime = DateTime::constant(2026, 11, 1, 0, 0, 0, 0);
const MINUTES: i64 = 60 * 24 * 60;

fn minute() -> impl Strategy<Value = LocalMinute> {
    (0..MINUTES).prop_map(|minutes| {
        let text = (FIRST + minutes.minutes()).to_string();
        LocalMinute::parse(&text[..16]).unwrap()
    })
}

fn menu() -> impl Strategy<Value = Menu> {
    let types = subsequence(OrderType::ALL, 0..=2);
    let channels = subsequence(vec!["own".to_owned(), "gofood".to_owned()], 0..=1);
    let weekdays = subsequence((1..=7).collect::<Vec<i64>>(), 0..=6);
    let hours = option::of((0..=LAST_MINUTE, 0..=LAST_MINUTE));
    let dates = (option::of(minute()), option::of(minute()));
    let what = (0_u32..4, 0_i64..3, types, channels, weekdays, hours, dates);
    what.prop_map(|(id, priority, order_types, channels, weekdays, hours, (from, to))| Menu {
        id: id.to_string(),
        priority,
        order_types,
        channels,
        weekdays,
        hours,
        valid_from: from.map(LocalMinute::date),
        valid_to: to.map(LocalMinute::date),
    })
}

fn dated() -> impl Strategy<Value = DatedPrice> {
    let menu_id = option::of((0_u32..4).prop_map(|id| id.to_string()));
    (0_u32..1_000, menu_id, 0_i64..100_000, option::of(minute())).prop_map(|(id, menu_id, price, valid_from)| {
        DatedPrice { id: format!("{id:04}"), menu_id, price: Money(price), valid_from }
    })
}

/// Prices with different ids, and menus with different ids.
fn given() -> impl Strategy<Value = (Vec<Menu>, Vec<DatedPrice>)> {
    (vec(menu(), 0..4), vec(dated(), 0..12)).prop_map(|(mut menus, mut prices)| {
        menus.sort_by(|one, other| one.id.cmp(&other.id));
        menus.dedup_by(|one, other| one.id == other.id);
        prices.sort_by(|one, other| one.id.cmp(&other.id));
        prices.dedup_by(|one, other| one.id == other.id);
        (menus, prices)
    })
}

fn moment(at: LocalMinute, order_type: OrderType, is_platform: bool) -> Moment<'static> {
    Moment { at, order_type, channel: is_platform.then_some("gofood") }
}

proptest! {
    /// The price is one of the given ones, has come, and is of a menu that is served.
    #[test]
    fn a_price_was_set_and_has_come((menus, chain) in given(), at in minute(), order_type in select(OrderType::ALL), is_platform: bool) {
        let moment = moment(at, order_type, is_platform);
        let prices = Prices { base: Money(-1), own: None, chain: &chain, outlet: &[] };
        let found = in_force(&moment, &menus, &prices);
        if let Some(id) = found.menu_id {
            prop_assert!(menus.iter().any(|menu| menu.id == id && menu.is_served(&moment)));
            prop_assert_eq!(found.source, PriceSource::Menu);
        }
        let was_set = chain.iter().any(|price| {
            price.price == found.price
                && price.menu_id.as_deref() == found.menu_id
                && price.valid_from.is_none_or(|from| from <= at)
        });
        prop_assert!(was_set || found.price == prices.base && found.menu_id.is_none());
    }

    /// Outlets may read rows in any sequence.
    #[test]
    fn the_sequence_of_rows_decides_nothing((menus, chain) in given(), at in minute(), order_type in select(OrderType::ALL), is_platform: bool) {
        let moment = moment(at, order_type, is_platform);
        let (mut menus_back, mut chain_back) = (menus.clone(), chain.clone());
        menus_back.reverse();
        chain_back.reverse();
        let prices = Prices { base: Money(1), own: None, chain: &chain, outlet: &[] };
        let back = Prices { chain: &chain_back, ..prices };
        prop_assert_eq!(in_force(&moment, &menus, &prices), in_force(&moment, &menus_back, &back));
    }

    /// A price that has not come decides nothing, so planning changes no price before its minute.
    #[test]
    fn a_later_price_changes_nothing_now((menus, chain) in given(), at in minute(), later in 1_i64..10_000, price in 0_i64..1_000, order_type in select(OrderType::ALL)) {
        let moment = moment(at, order_type, false);
        let from: DateTime = at.to_string().parse().unwrap();
        let text = (from + later.minutes()).to_string();
        let planned = DatedPrice {
            id: "z".to_owned(),
            menu_id: None,
            price: Money(price),
            valid_from: LocalMinute::parse(&text[..16]),
        };
        let with: Vec<_> = chain.iter().cloned().chain([planned]).collect();
        let prices = Prices { base: Money(1), own: None, chain: &chain, outlet: &[] };
        prop_assert_eq!(in_force(&moment, &menus, &prices), in_force(&moment, &menus, &Prices { chain: &with, ..prices }));
    }

    /// Outside of menus, a price of the outlet stands whatever the chain sets.
    #[test]
    fn the_outlets_price_stands((_, chain) in given(), at in minute(), own in 0_i64..1_000) {
        let prices = Prices { base: Money(1), own: Some(Money(own)), chain: &chain, outlet: &[] };
        let found = in_force(&moment(at, OrderType::DineIn, false), &[], &prices);
        prop_assert_eq!((found.price, found.source), (Money(own), PriceSource::Outlet));
    }
}

proptest! {
    // Each case looks at every minute of a day.
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// A menu is served for as many minutes a day as its hours have.
    #[test]
    fn hours_are_as_long_as_set(from in 0..=LAST_MINUTE, to in 0..=LAST_MINUTE, day in 1_i64..50) {
        let menu = Menu { hours: Some((from, to)), ..Menu::default() };
        let served = (0..=LAST_MINUTE).filter(|minute| {
            let text = (FIRST + day.days() + minute.minutes()).to_string();
            menu.is_served(&moment(LocalMinute::parse(&text[..16]).unwrap(), OrderType::DineIn, false))
        });
        let length = if from < to { to - from } else { LAST_MINUTE + 1 - from + to };
        prop_assert_eq!(i64::try_from(served.count()).unwrap(), length);
    }
}
