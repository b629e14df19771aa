//! The price of a product at a moment.
//!
//! A menu has prices for some hours, weekdays, order types or channels, such as a happy hour or the prices on a delivery
//! platform. Outside of menus, the outlet's price applies if it has one, otherwise the chain's. Each of these prices can be
//! set in advance: the latest that has come stands. Times are those of the outlet's clock, so a price begins at its
//! minute in each zone, and a clock that is set back gives the earlier price again.
//!
//! A line stores the price of the moment at which it was added; what comes later does not change it.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::business_day::BusinessDate;
use crate::money::Money;
use crate::order::OrderType;
use crate::string_enum::string_enum;

/// A minute of an outlet's clock, without a zone. Its text form is `YYYY-MM-DDTHH:MM`, which sorts correctly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalMinute(DateTime);

/// The length of `YYYY-MM-DDTHH:MM`.
const TEXT_LEN: usize = 16;

impl LocalMinute {
    /// The minute of the time `now` in this zone.
    #[must_use]
    pub fn at(zone: &TimeZone, now: Timestamp) -> Self {
        let local = zone.to_datetime(now);
        Self(local.date().at(local.hour(), local.minute(), 0, 0))
    }

    /// Parses exactly `YYYY-MM-DDTHH:MM`; `None` for other texts and for minutes that do not exist.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        // jiff also accepts other forms; a time that is compared as text must have only one.
        let minute = (text.len() == TEXT_LEN).then(|| text.parse().ok().map(Self)).flatten();
        minute.filter(|minute| minute.to_string() == text)
    }

    /// Its calendar date.
    #[must_use]
    pub fn date(self) -> BusinessDate {
        BusinessDate::new(self.0.date())
    }

    /// Minutes since midnight.
    #[must_use]
    pub fn of_day(self) -> i64 {
        i64::from(self.0.hour()) * 60 + i64::from(self.0.minute())
    }
}

impl fmt::Display for LocalMinute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}T{:02}:{:02}", self.0.date(), self.0.hour(), self.0.minute())
    }
}

/// The last minute of a day.
pub const LAST_MINUTE: i64 = 24 * 60 - 1;

/// The word for orders without a channel, in the channels of a menu.
pub const OWN_CHANNEL: &str = "own";

/// Where the price of a line came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PriceSource {
    /// The chain's price of the product or variant.
    Product,
    /// The outlet's own price.
    Outlet,
    /// A menu.
    Menu,
    /// A person typed it.
    Manual,
    /// A barcode that contains a price.
    Barcode,
}

string_enum!(PriceSource { Product: "product", Outlet: "outlet", Menu: "menu", Manual: "manual", Barcode: "barcode" });

/// What decides a price besides the product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment<'a> {
    /// The minute of the outlet's clock.
    pub at: LocalMinute,
    /// How the guest receives the order.
    pub order_type: OrderType,
    /// The tender of the delivery platform; `None`: the outlet's own counter.
    pub channel: Option<&'a str>,
}

/// When and for what a menu is served. Empty lists and missing limits mean everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Menu {
    /// Its id.
    pub id: String,
    /// The highest of the served menus decides; of equal ones the greater id, which is the later menu.
    pub priority: i64,
    /// How guests receive orders.
    pub order_types: Vec<OrderType>,
    /// Ids of the tenders of platforms, and [`OWN_CHANNEL`].
    pub channels: Vec<String>,
    /// 1 is Monday, 7 Sunday: the day on which the hours begin.
    pub weekdays: Vec<i64>,
    /// The minutes of the day from which and until which it is served. An end that is not after its begin is on the next
    /// day.
    pub hours: Option<(i64, i64)>,
    /// The first date on which the hours begin.
    pub valid_from: Option<BusinessDate>,
    /// The last one.
    pub valid_to: Option<BusinessDate>,
}

impl Menu {
    /// Whether it is served at this moment.
    #[must_use]
    pub fn is_served(&self, moment: &Moment<'_>) -> bool {
        let Some(begin) = self.begin(moment.at) else { return false };
        let weekday = i64::from(begin.date().weekday().to_monday_one_offset());
        (self.order_types.is_empty() || self.order_types.contains(&moment.order_type))
            && (self.channels.is_empty()
                || self.channels.iter().any(|channel| channel == moment.channel.unwrap_or(OWN_CHANNEL)))
            && (self.weekdays.is_empty() || self.weekdays.contains(&weekday))
            && self.valid_from.is_none_or(|from| from <= begin)
            && self.valid_to.is_none_or(|to| begin <= to)
    }

    /// The date on which the hours that contain this minute began; `None` outside of the hours.
    fn begin(&self, at: LocalMinute) -> Option<BusinessDate> {
        let today = at.date();
        let Some((from, to)) = self.hours else { return Some(today) };
        let minute = at.of_day();
        if from < to {
            return (from..to).contains(&minute).then_some(today);
        }
        if minute >= from {
            return Some(today);
        }
        if minute < to { today.date().yesterday().ok().map(BusinessDate::new) } else { None }
    }
}

/// A price of a product or variant that was set for a menu, or from a minute on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatedPrice {
    /// Its id. Of two prices from the same minute, the one with the greater id stands, which was set later.
    pub id: String,
    /// The menu that it belongs to; `None`: it replaces the price outside of menus.
    pub menu_id: Option<String>,
    /// The price.
    pub price: Money,
    /// The minute from which it stands; `None`: always.
    pub valid_from: Option<LocalMinute>,
}

/// All prices of a product or variant at an outlet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prices<'a> {
    /// The chain's.
    pub base: Money,
    /// The outlet's own.
    pub own: Option<Money>,
    /// The chain's of menus, and from a minute on.
    pub chain: &'a [DatedPrice],
    /// The outlet's own from a minute on.
    pub outlet: &'a [DatedPrice],
}

/// The price at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PriceInForce<'a> {
    /// The price.
    pub price: Money,
    /// Where it came from.
    pub source: PriceSource,
    /// The menu, if it came from one.
    pub menu_id: Option<&'a str>,
}

/// The price at a moment: that of the served menu with the highest priority that has one, otherwise the outlet's, otherwise
/// the chain's.
#[must_use]
pub fn in_force<'a>(moment: &Moment<'_>, menus: &'a [Menu], prices: &Prices<'a>) -> PriceInForce<'a> {
    let of_menu = menus.iter().filter(|menu| menu.is_served(moment)).filter_map(|menu| {
        let found = standing(prices.chain, Some(&menu.id), moment.at)?;
        Some((menu, found))
    });
    if let Some((menu, found)) = of_menu.max_by_key(|(menu, _)| (menu.priority, &menu.id)) {
        return PriceInForce { price: found.price, source: PriceSource::Menu, menu_id: Some(&menu.id) };
    }
    let own = standing(prices.outlet, None, moment.at).map(|found| found.price).or(prices.own);
    let (price, source) = match own {
        Some(price) => (price, PriceSource::Outlet),
        None => {
            let found = standing(prices.chain, None, moment.at);
            (found.map_or(prices.base, |found| found.price), PriceSource::Product)
        }
    };
    PriceInForce { price, source, menu_id: None }
}

/// The latest price of a menu, or outside of menus, that has come.
#[must_use]
pub fn standing<'a>(prices: &'a [DatedPrice], menu: Option<&str>, at: LocalMinute) -> Option<&'a DatedPrice> {
    let of_menu = prices.iter().filter(|price| price.menu_id.as_deref() == menu);
    let come = of_menu.filter(|price| price.valid_from.is_none_or(|from| from <= at));
    come.max_by_key(|price| (price.valid_from, &price.id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_has_one_form() {
        for text in ["2026-12-01T00:00", "2026-12-01T23:59", "2028-02-29T05:07"] {
            assert_eq!(LocalMinute::parse(text).map(|minute| minute.to_string()).as_deref(), Some(text));
        }
        for text in [
            "",
            "2026-12-01",
            "2026-12-01T24:00",
            "2026-12-01T9:00",
            "2026-12-01 09:00",
            "2026-12-01T09:00:00",
            "2026-12-01T09:00Z",
            "2026-02-29T09:00",
            "20261201T0900000",
        ] {
            assert_eq!(LocalMinute::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_minute_is_that_of_the_outlets_clock() {
        let at = |zone: &str| {
            let now = "2026-11-30T16:59:59.999Z".parse().unwrap();
            LocalMinute::at(&TimeZone::get(zone).unwrap(), now)
        };
        for (zone, minute, of_day) in [
            ("Asia/Jakarta", "2026-11-30T23:59", LAST_MINUTE),
            ("Asia/Makassar", "2026-12-01T00:59", 59),
            ("Asia/Jayapura", "2026-12-01T01:59", 119),
        ] {
            assert_eq!((at(zone).to_string().as_str(), at(zone).of_day()), (minute, of_day));
        }
    }
}
