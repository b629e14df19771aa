//! Sales of a period in groups, beside those of a week before.

mod hours;

use std::borrow::Cow;
use std::collections::BTreeMap;

use domain::BusinessDate;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use store::{Arg, Fault, Tx};
use utoipa::ToSchema;

use super::daily::Period;
use super::products::of_scale;
use crate::projections::plausible;

/// What sales are grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Group {
    /// The hour of the outlet's clock in which an order was paid.
    Hour,
    /// The category that the product has now.
    Category,
    /// The method of payment and the tender.
    Tender,
    /// The user who created the order.
    Cashier,
    /// The delivery platform that the order came from.
    Channel,
    Outlet,
    /// The business day.
    Day,
    Product,
}

impl Group {
    /// Whether its figures are summed from single orders, so that the period is limited.
    pub(crate) fn reads_orders(self) -> bool {
        matches!(self, Self::Hour | Self::Cashier | Self::Channel)
    }

    /// Whether the groups are in the order of time; others are sorted by amount.
    fn is_time(self) -> bool {
        matches!(self, Self::Hour | Self::Day)
    }
}

/// The period that sales are compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Compare {
    /// Seven days earlier: the same days of the week.
    LastWeek,
}

/// The sales of one group. Money is whole minor units (rupiah).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct GroupSales {
    /// `00` to `23` of an hour, the date of a day, the method of a payment, with a slash and the id of
    /// its tender if it has one; otherwise an id. Empty: products without a
    /// category, orders without a cashier, those of the outlet's own counter, or a time that cannot be read.
    pub key: String,
    /// The outlet's code and name, the name of the category, product, tender, cashier or channel; null if it has none.
    pub name: Option<String>,
    #[serde(flatten)]
    pub figures: Figures,
    /// The same group a week before; null if it was not asked for.
    pub last_week: Option<Figures>,
}

/// Figures of the orders that were paid in the period.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Figures {
    /// Number of orders; null for tenders, categories and products, because an order can be in several.
    pub orders: Option<i64>,
    /// Pieces, of categories and products; otherwise null. Weighed goods are in `weighed_qty`.
    pub qty: Option<i64>,
    /// Thousandths of the unit, of weighed goods of categories and products; otherwise null.
    pub weighed_qty: Option<i64>,
    /// Totals of the orders; of tenders, the payments of the period, also of orders of other days; of categories and products, the lines before discounts
    /// of the order.
    pub amount: i64,
}

impl Figures {
    fn add(&mut self, other: Self) {
        let sum = |one: Option<i64>, other: Option<i64>| {
            one.or(other).map(|_| one.unwrap_or(0).saturating_add(other.unwrap_or(0)))
        };
        self.orders = sum(self.orders, other.orders);
        self.qty = sum(self.qty, other.qty);
        self.weighed_qty = sum(self.weighed_qty, other.weighed_qty);
        self.amount = self.amount.saturating_add(other.amount);
    }

    /// No sales, in a group with the same figures as this one.
    fn none(self) -> Self {
        let zero = |figure: Option<i64>| figure.map(|_| 0);
        Self { orders: zero(self.orders), qty: zero(self.qty), weighed_qty: zero(self.weighed_qty), amount: 0 }
    }
}

/// Groups by key, each with its name.
type Groups = BTreeMap<String, (Option<String>, Figures)>;

/// The sales of the period by group: hours and days in order, others by amount, the largest first.
pub(crate) fn sales(
    tx: &mut Tx<'_>,
    group: Group,
    period: &Period,
    compare: Option<Compare>,
) -> Result<Vec<GroupSales>, Fault> {
    let now = groups(tx, group, period)?;
    let mut rows: BTreeMap<String, GroupSales> = now
        .into_iter()
        .map(|(key, (name, figures))| {
            let last_week = compare.map(|_| figures.none());
            (key.clone(), GroupSales { key, name, figures, last_week })
        })
        .collect();
    if let Some(Compare::LastWeek) = compare {
        for (key, (name, figures)) in groups(tx, group, &period.earlier_by(WEEK))? {
            let key = if group == Group::Day { later(&key) } else { key };
            let none = || GroupSales { key: key.clone(), name, figures: figures.none(), last_week: None };
            rows.entry(key.clone()).or_insert_with(none).last_week = Some(figures);
        }
    }
    let mut rows: Vec<_> = rows.into_values().collect();
    if !group.is_time() {
        rows.sort_by_key(|row| std::cmp::Reverse(row.figures.amount));
    }
    Ok(rows)
}

impl GroupSales {
    /// Whether the row is behind another one in the list.
    pub(crate) fn is_after(&self, group: Group, amount: i64, key: &str) -> bool {
        if group.is_time() {
            return self.key.as_str() > key;
        }
        let own = self.figures.amount;
        own < amount || (own == amount && self.key.as_str() > key)
    }
}

const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

impl Period {
    fn earlier_by(&self, duration: SignedDuration) -> Self {
        let earlier = |date: BusinessDate| BusinessDate::new(date.date().saturating_sub(duration));
        Self { from: earlier(self.from), to: earlier(self.to), outlet_id: self.outlet_id.clone() }
    }
}

/// The same day a week later.
fn later(date: &str) -> String {
    let day = BusinessDate::parse(date).map(|date| BusinessDate::new(date.date().saturating_add(WEEK)));
    day.map_or_else(|| date.to_owned(), |day| day.to_string())
}

fn groups(tx: &mut Tx<'_>, group: Group, period: &Period) -> Result<Groups, Fault> {
    let texts = period.texts();
    let args: Vec<Arg<'_>> = texts.iter().flatten().map(Arg::from).collect();
    match group {
        Group::Day => of_orders(tx, &by_day(period), &args),
        Group::Outlet => of_orders(tx, &by_outlet(period), &args),
        Group::Tender => tx.all(&by_tender(period), &args, |row| {
            let (method, id) = (row.string(0)?, row.text(1)?);
            let key = if id.is_empty() { method } else { format!("{method}/{id}") };
            Ok((key, (row.maybe_string(2)?, Figures { amount: row.int(3)?, ..Figures::default() })))
        }),
        Group::Product => products(tx, period, &args),
        Group::Category => return categories(tx, period, &args),
        Group::Cashier => return cashiers(tx, period, &args),
        Group::Channel => return channels(tx, period, &args),
        Group::Hour => return hours::hours(tx, period, &args),
    }
    .map(|rows| rows.into_iter().collect())
}

type Named = (String, (Option<String>, Figures));

/// Rows of a key, a name, the number of orders, and their totals.
fn of_orders(tx: &mut Tx<'_>, sql: &str, args: &[Arg<'_>]) -> Result<Vec<Named>, Fault> {
    tx.all(sql, args, |row| {
        let figures = Figures { orders: Some(row.int(2)?), amount: row.int(3)?, ..Figures::default() };
        Ok((row.string(0)?, (row.maybe_string(1)?, figures)))
    })
}

const PLAUSIBLE_DAY: &str = concat!(plausible!("d.orders"), " and ", plausible!("d.total"));
const PLAUSIBLE_TENDER: &str = plausible!("d.amount");
const PLAUSIBLE_PRODUCT: &str = concat!(plausible!("d.qty"), " and ", plausible!("d.amount"));
const PLAUSIBLE_SALE: &str = plausible!("d.total");

fn by_day(period: &Period) -> String {
    format!(
        "select d.business_date, cast(null as text), cast(sum(d.orders) as bigint), cast(sum(d.total) as bigint)
         from {} and {PLAUSIBLE_DAY} group by d.business_date order by d.business_date",
        period.rows_of("daily_sales")
    )
}

fn by_outlet(period: &Period) -> String {
    format!(
        "select d.outlet_id, max(o.code || ' ' || o.name), cast(sum(d.orders) as bigint), cast(sum(d.total) as bigint)
         from {} and {PLAUSIBLE_DAY} group by d.outlet_id order by d.outlet_id",
        period.rows_of("daily_sales")
    )
}

fn by_tender(period: &Period) -> String {
    format!(
        "select d.method, d.tender_id, nullif(max(d.tender_name), ''), cast(sum(d.amount) as bigint)
         from {} and {PLAUSIBLE_TENDER} group by d.method, d.tender_id order by d.method, d.tender_id",
        period.rows_of("daily_tenders")
    )
}

fn by_product(period: &Period) -> String {
    format!(
        "select d.product_id, max(d.name), {}, {}, cast(sum(d.amount) as bigint)
         from {} and {PLAUSIBLE_PRODUCT} group by d.product_id order by d.product_id",
        of_scale("d.qty", 0),
        of_scale("d.qty", 3),
        period.rows_of("daily_products")
    )
}

fn by_cashier(period: &Period) -> String {
    format!(
        "select coalesce(d.cashier_id, ''), d.outlet_id, count(*), cast(sum(d.total) as bigint)
         from {} and {PLAUSIBLE_SALE}
         group by d.outlet_id, d.cashier_id order by d.outlet_id, d.cashier_id",
        period.sales()
    )
}

fn by_channel(period: &Period) -> String {
    format!(
        "select coalesce(d.channel, ''), cast(null as text), count(*), cast(sum(d.total) as bigint)
         from {} and {PLAUSIBLE_SALE}
         group by coalesce(d.channel, '') order by coalesce(d.channel, '')",
        period.sales()
    )
}

fn channels(tx: &mut Tx<'_>, period: &Period, args: &[Arg<'_>]) -> Result<Groups, Fault> {
    let names = names(tx, CATALOG, &["tender".into()])?;
    let sold = of_orders(tx, &by_channel(period), args)?.into_iter();
    Ok(sold.map(|(key, (_, figures))| (key.clone(), (names.get(&key).cloned(), figures))).collect())
}

fn products(tx: &mut Tx<'_>, period: &Period, args: &[Arg<'_>]) -> Result<Vec<Named>, Fault> {
    tx.all(&by_product(period), args, |row| {
        let (qty, weighed_qty) = (Some(row.int(2)?), Some(row.int(3)?));
        let figures = Figures { orders: None, qty, weighed_qty, amount: row.int(4)? };
        Ok((row.string(0)?, (row.maybe_string(1)?, figures)))
    })
}

// Also deleted ones: they were sold before.
const CATALOG: &str = "
    select entity_id, document from shared_entities where scope = '' and entity_type = ?1 order by entity_id";
const USERS: &str = "
    select s.entity_id, s.document from outlets o cross join shared_entities s
    where s.scope = o.outlet_id and s.entity_type = 'user' order by s.scope, s.entity_id";

#[derive(Deserialize)]
struct ProductDocument<'a> {
    #[serde(borrow, default)]
    category_id: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct NamedDocument<'a> {
    #[serde(borrow, default)]
    name: Option<Cow<'a, str>>,
}

fn categories(tx: &mut Tx<'_>, period: &Period, args: &[Arg<'_>]) -> Result<Groups, Fault> {
    let sold = products(tx, period, args)?;
    let category_of: BTreeMap<String, String> = tx
        .all(CATALOG, &["product".into()], |row| {
            let document = row.text(1)?;
            let product: Option<ProductDocument<'_>> = serde_json::from_str(&document).ok();
            let category = product.and_then(|product| product.category_id).map(Cow::into_owned);
            Ok((row.string(0)?, category.unwrap_or_default()))
        })?
        .into_iter()
        .collect();
    let names = names(tx, CATALOG, &["category".into()])?;
    let mut groups = Groups::new();
    for (product, (_, figures)) in sold {
        let key = category_of.get(&product).cloned().unwrap_or_default();
        let name = names.get(&key).cloned();
        groups.entry(key).or_insert_with(|| (name, Figures::default())).1.add(figures);
    }
    Ok(groups)
}

fn cashiers(tx: &mut Tx<'_>, period: &Period, args: &[Arg<'_>]) -> Result<Groups, Fault> {
    let names = user_names(tx)?;
    let sold = of_orders(tx, &by_cashier(period), args)?;
    let mut groups = Groups::new();
    for (key, (_, figures)) in sold {
        let name = names.get(&key).cloned();
        groups.entry(key).or_insert_with(|| (name, Figures::default())).1.add(figures);
    }
    Ok(groups)
}

/// The names of the users of all outlets by id.
///
/// # Errors
/// The database's error.
pub(super) fn user_names(tx: &mut Tx<'_>) -> Result<BTreeMap<String, String>, Fault> {
    names(tx, USERS, &[])
}

/// The names of entities by id.
fn names(tx: &mut Tx<'_>, sql: &str, args: &[Arg<'_>]) -> Result<BTreeMap<String, String>, Fault> {
    let rows = tx.all(sql, args, |row| {
        let document = row.text(1)?;
        let named: Option<NamedDocument<'_>> = serde_json::from_str(&document).ok();
        Ok((row.string(0)?, named.and_then(|named| named.name).map(Cow::into_owned)))
    })?;
    Ok(rows.into_iter().filter_map(|(id, name)| Some((id, name?))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans;

    #[test]
    fn every_group_reads_one_range_for_each_outlet() {
        let date = BusinessDate::parse("2026-11-22").unwrap();
        let range = "SEARCH d USING PRIMARY KEY (outlet_id=? AND business_date>? AND business_date<?)";
        let sales = "SEARCH d USING INDEX sales_by_paid_date (outlet_id=? AND paid_date>? AND paid_date<?)";
        for outlet_id in [None, Some("x".to_owned())] {
            let period = Period { from: date, to: date, outlet_id };
            for sql in [by_day(&period), by_outlet(&period), by_tender(&period), by_product(&period)] {
                plans::assert_reads(&sql, range);
            }
            for sql in [by_cashier(&period), by_channel(&period), hours::by_hour(&period)] {
                plans::assert_reads(&sql, sales);
            }
        }
        plans::assert_keyed(CATALOG);
    }

    #[test]
    fn a_week_later_is_the_same_day_of_the_week() {
        assert_eq!(later("2026-12-28"), "2027-01-04");
        assert_eq!(later("no date"), "no date");
    }
}
