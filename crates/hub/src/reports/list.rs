//! Orders of all outlets, newest arrival first, independent of the tills' clocks. Of a period, the newest business day
//! comes first.
//!
//! A search reads orders in this order and tests each one. It stops after a number of orders, however few it has found,
//! and continues there at the next page: a search for something rare never occupies the database for long.

use domain::{BusinessDate, OrderStatus, OrderType};
use jiff::civil::Date;
use serde::Serialize;
use store::{Arg, Fault, Row, Tx};
use utoipa::ToSchema;
use web::Word;

/// Orders that a search reads for one page.
const SEARCHED: i64 = 20_000;

/// An order as a list shows it. Money is whole minor units (rupiah).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Sale {
    /// UUIDv7, generated at the outlet.
    pub id: String,
    pub outlet_id: String,
    pub outlet_code: String,
    /// The number on the receipt; not the id.
    pub order_number: String,
    /// When the order was taken, `YYYY-MM-DD` at the outlet.
    pub business_date: String,
    /// The business date on which it was paid and counts as a sale; null if it is not paid.
    pub paid_date: Option<String>,
    /// Another word if a newer outlet sent it.
    #[schema(value_type = OrderStatus)]
    pub status: Word<OrderStatus>,
    /// Another word if a newer outlet sent it.
    #[schema(value_type = OrderType)]
    pub order_type: Word<OrderType>,
    pub table_number: Option<String>,
    pub customer_name: Option<String>,
    pub subtotal: i64,
    pub discount: i64,
    pub service: i64,
    pub tax: i64,
    /// Tax inside the prices; not added.
    pub tax_included: i64,
    pub rounding: i64,
    /// subtotal - discount + service + tax + rounding.
    pub total: i64,
    pub paid: i64,
    /// RFC 3339 UTC, by the outlet's clock.
    pub created_at: String,
    pub paid_at: Option<String>,
    /// RFC 3339 UTC, by head office's clock: when its last change arrived.
    pub received_at: Option<String>,
    /// Position in the order of first arrivals.
    #[serde(skip)]
    pub arrival_no: i64,
}

/// Filter of orders.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    pub outlet_id: Option<String>,
    pub business_date: Option<BusinessDate>,
    /// Only from this business date on.
    pub from: Option<BusinessDate>,
    /// Only up to this business date.
    pub to: Option<BusinessDate>,
    /// From [`crate::search::words`]: part of the number, table or customer, or the id.
    pub words: Option<String>,
    pub min_total: Option<i64>,
    pub max_total: Option<i64>,
    /// Those after this place.
    pub after: Option<Place>,
}

/// A place in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub business_date: String,
    pub arrival_no: i64,
    pub order_id: String,
    pub outlet_id: String,
}

impl Place {
    fn of(sale: &Sale) -> Self {
        Self {
            business_date: sale.business_date.clone(),
            arrival_no: sale.arrival_no,
            order_id: sale.id.clone(),
            outlet_id: sale.outlet_id.clone(),
        }
    }
}

/// A page of orders.
#[derive(Debug)]
pub(crate) struct Page {
    pub sales: Vec<Sale>,
    /// Where the next page begins, if there may be more.
    pub next: Option<Place>,
}

/// A column of the sort key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    BusinessDate,
    ArrivalNo,
    OrderId,
    OutletId,
}

impl Key {
    fn column(self) -> &'static str {
        match self {
            Self::BusinessDate => "business_date",
            Self::ArrivalNo => "arrival_no",
            Self::OrderId => "order_id",
            Self::OutletId => "outlet_id",
        }
    }

    fn value(self, place: &Place) -> Arg<'_> {
        match self {
            Self::BusinessDate => (&place.business_date).into(),
            Self::ArrivalNo => place.arrival_no.into(),
            Self::OrderId => (&place.order_id).into(),
            Self::OutletId => (&place.outlet_id).into(),
        }
    }
}

impl Filter {
    /// Whether it is a period, which is sorted by business day.
    fn is_period(&self) -> bool {
        self.from.is_some() || self.to.is_some()
    }

    /// Whether orders must be read to test them.
    fn searches(&self) -> bool {
        self.words.is_some() || self.min_total.is_some() || self.max_total.is_some()
    }

    /// The key columns of the list.
    fn key(&self) -> Vec<Key> {
        let mut key = vec![Key::ArrivalNo, Key::OrderId];
        if self.is_period() && self.business_date.is_none() {
            key.insert(0, Key::BusinessDate);
        }
        if self.outlet_id.is_none() {
            key.push(Key::OutletId);
        }
        key
    }

    /// The dates as texts: the exact one, the first and the last.
    fn dates(&self) -> [Option<String>; 3] {
        // A complete order number has its date.
        let in_number = self.words.as_deref().and_then(date_in).filter(|_| !self.is_period());
        [self.business_date.or(in_number), self.from, self.to].map(|date| date.map(|date| date.to_string()))
    }
}

/// The business date in an order number, as `jkt-001-20261122-0007` has it.
fn date_in(words: &str) -> Option<BusinessDate> {
    let digits = words.split('-').find(|part| part.len() == 8 && part.bytes().all(|byte| byte.is_ascii_digit()))?;
    let part = |range: std::ops::Range<usize>| digits.get(range)?.parse().ok();
    let (year, month, day): (i16, i16, i16) = (part(0..4)?, part(4..6)?, part(6..8)?);
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok().map(BusinessDate::new)
}

/// The conditions of a statement, with their parameters; `?1` is its limit.
struct Conditions<'f> {
    sql: String,
    args: Vec<Arg<'f>>,
}

impl<'f> Conditions<'f> {
    fn new(limit: i64) -> Self {
        Self { sql: "true".to_owned(), args: vec![limit.into()] }
    }

    /// The name of a new parameter.
    fn parameter(&mut self, value: Arg<'f>) -> String {
        self.args.push(value);
        format!("?{}", self.args.len())
    }

    fn add(&mut self, left: &str, value: Option<Arg<'f>>) {
        if let Some(value) = value {
            let parameter = self.parameter(value);
            self.sql += &format!(" and {left} {parameter}");
        }
    }
}

/// The conditions that the key of the list finds.
fn keyed<'f>(filter: &'f Filter, dates: &'f [Option<String>; 3], limit: i64) -> Conditions<'f> {
    let mut conditions = Conditions::new(limit);
    conditions.add("s.outlet_id =", filter.outlet_id.as_ref().map(Arg::from));
    for (date, left) in dates.iter().zip(["s.business_date =", "s.business_date >=", "s.business_date <="]) {
        conditions.add(left, date.as_ref().map(Arg::from));
    }
    if let Some(place) = &filter.after {
        let key = filter.key();
        let columns = list(&key, |key| format!("s.{}", key.column()));
        let values = list(&key, |key| conditions.parameter(key.value(place)));
        conditions.sql += &format!(" and ({columns}) < ({values})");
    }
    conditions
}

/// The conditions that each order is tested with.
fn tested<'f>(filter: &'f Filter, args: Vec<Arg<'f>>) -> Conditions<'f> {
    let mut conditions = Conditions { sql: "true".to_owned(), args };
    if let Some(words) = &filter.words {
        let words = conditions.parameter(words.into());
        conditions.sql += &format!(
            " and (instr(lower(s.order_number), {words}) > 0 or instr(lower(coalesce(s.table_number, '')), {words}) > 0
               or instr(lower(coalesce(s.customer_name, '')), {words}) > 0 or lower(s.order_id) = {words})"
        );
    }
    conditions.add("s.total >=", filter.min_total.map(Arg::from));
    conditions.add("s.total <=", filter.max_total.map(Arg::from));
    conditions
}

fn list(key: &[Key], of: impl FnMut(&Key) -> String) -> String {
    key.iter().map(of).collect::<Vec<_>>().join(", ")
}

fn order(filter: &Filter) -> String {
    list(&filter.key(), |key| format!("s.{} desc", key.column()))
}

/// The query for a filter, with the conditions that it needs only, so that each finds its key.
fn statement<'f>(
    filter: &'f Filter,
    dates: &'f [Option<String>; 3],
    limit: i64,
    searched: i64,
) -> (String, Vec<Arg<'f>>) {
    let Conditions { sql: keyed, args } = keyed(filter, dates, limit);
    let order = order(filter);
    let (from, Conditions { sql: conditions, args }) = if filter.searches() {
        let read = format!("(select s.* from sales s where {keyed} order by {order} limit {searched}) s");
        (read, tested(filter, args))
    } else {
        ("sales s".to_owned(), Conditions { sql: keyed, args })
    };
    let sql = format!(
        "select s.order_id, s.outlet_id, coalesce((select o.code from outlets o where o.outlet_id = s.outlet_id), ''),
           s.order_number, s.business_date, s.status, s.order_type, s.table_number, s.customer_name, s.subtotal,
           s.discount, s.service, s.tax, s.tax_included, s.rounding, s.total, s.paid, s.created_at, s.paid_at,
           (select d.received_at from documents d
            where d.outlet_id = s.outlet_id and d.entity_type = 'order' and d.entity_id = s.order_id), s.arrival_no,
           s.paid_date
         from {from}
         where {conditions}
         order by {order}
         limit ?1"
    );
    (sql, args)
}

/// The query for the last order that a search reads.
fn last_searched<'f>(filter: &'f Filter, dates: &'f [Option<String>; 3], searched: i64) -> (String, Vec<Arg<'f>>) {
    let Conditions { sql: keyed, args } = keyed(filter, dates, 1);
    let order = order(filter);
    let offset = searched - 1;
    let sql = format!(
        "select s.business_date, s.arrival_no, s.order_id, s.outlet_id from sales s where {keyed}
         order by {order} limit ?1 offset {offset}"
    );
    (sql, args)
}

/// A page of at most `limit` orders.
pub(crate) fn page(tx: &mut Tx<'_>, filter: &Filter, limit: i64) -> Result<Page, Fault> {
    page_of(tx, filter, limit, SEARCHED)
}

fn page_of(tx: &mut Tx<'_>, filter: &Filter, limit: i64, searched: i64) -> Result<Page, Fault> {
    let dates = filter.dates();
    let (sql, args) = statement(filter, &dates, limit.saturating_add(1), searched);
    let mut sales = tx.all(&sql, &args, sale)?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let next = if sales.len() > limit {
        sales.truncate(limit);
        sales.last().map(Place::of)
    } else if filter.searches() {
        let (sql, args) = last_searched(filter, &dates, searched);
        tx.first(&sql, &args, |row| {
            Ok(Place {
                business_date: row.string(0)?,
                arrival_no: row.int(1)?,
                order_id: row.string(2)?,
                outlet_id: row.string(3)?,
            })
        })?
    } else {
        None
    };
    Ok(Page { sales, next })
}

fn sale(row: &Row<'_>) -> Result<Sale, Fault> {
    Ok(Sale {
        id: row.string(0)?,
        outlet_id: row.string(1)?,
        outlet_code: row.string(2)?,
        order_number: row.string(3)?,
        business_date: row.string(4)?,
        status: Word::of(row.string(5)?),
        order_type: Word::of(row.string(6)?),
        table_number: row.maybe_string(7)?,
        customer_name: row.maybe_string(8)?,
        subtotal: row.int(9)?,
        discount: row.int(10)?,
        service: row.int(11)?,
        tax: row.int(12)?,
        tax_included: row.int(13)?,
        rounding: row.int(14)?,
        total: row.int(15)?,
        paid: row.int(16)?,
        created_at: row.string(17)?,
        paid_at: row.maybe_string(18)?,
        received_at: row.maybe_string(19)?,
        arrival_no: row.int(20)?,
        paid_date: row.maybe_string(21)?,
    })
}

#[cfg(test)]
mod tests {
    use store::Store;

    use super::*;
    use crate::plans;

    fn place() -> Place {
        Place {
            business_date: "2026-11-22".to_owned(),
            arrival_no: 7,
            order_id: "o".to_owned(),
            outlet_id: "x".to_owned(),
        }
    }

    /// Every combination of outlet, dates and place.
    fn filters() -> impl Iterator<Item = Filter> {
        let date = || BusinessDate::parse("2026-11-22");
        (0..32).map(move |n: u32| Filter {
            outlet_id: (n & 1 > 0).then(|| "x".to_owned()),
            business_date: date().filter(|_| n & 2 > 0),
            from: date().filter(|_| n & 4 > 0),
            to: date().filter(|_| n & 8 > 0),
            after: (n & 16 > 0).then(place),
            ..Filter::default()
        })
    }

    #[test]
    fn every_page_of_orders_is_read_in_the_order_of_a_key() {
        for filter in filters() {
            let dates = filter.dates();
            plans::assert_ordered_by_key(&statement(&filter, &dates, 51, 100).0, filter.after.is_some());
            plans::assert_ordered_by_key(&last_searched(&filter, &dates, 100).0, filter.after.is_some());
        }
    }

    #[test]
    fn the_date_of_an_order_number_limits_the_search() {
        let date = |words: &str| date_in(words).map(|date| date.to_string());
        assert_eq!(date("jkt-001-20261122-0007").as_deref(), Some("2026-11-22"));
        assert_eq!(date("jkt-001-20261122-r2-0007").as_deref(), Some("2026-11-22"));
        for other in ["jkt-001", "20261322", "jkt-0012026", "202611220", "budi 20261122", ""] {
            assert_eq!(date(other), None, "{other}");
        }
    }

    #[tokio::test]
    async fn a_search_continues_where_it_stopped_and_finds_everything_once() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&format!("sqlite:{}", dir.path().join("hub.db").display()), &crate::SCHEMA).unwrap();
        let fill = "
            with recursive n(n) as (select 1 union all select n + 1 from n where n < 50)
            insert into sales (outlet_id, business_date, arrival_no, order_id, order_number, status, order_type, subtotal,
              discount, service, tax, tax_included, rounding, total, paid, created_at)
            select 'x' || (n % 3), '2026-11-2' || (n % 5), n, 'o' || n, 'number ' || n, 'paid', 'dine_in', 0, 0, 0, 0, 0, 0,
              n * 100, 0, '' from n";
        store.write(move |tx| tx.execute(fill, &[])).await.unwrap();
        let filters = [
            Filter { words: Some("number 1".to_owned()), ..Filter::default() },
            Filter { words: Some("number 7".to_owned()), ..Filter::default() },
            Filter { min_total: Some(4_900), from: BusinessDate::parse("2026-11-20"), ..Filter::default() },
            Filter { max_total: Some(900), outlet_id: Some("x1".to_owned()), ..Filter::default() },
        ];
        for (mut filter, found) in filters.into_iter().zip([11, 1, 2, 3]) {
            let (mut ids, mut pages) = (Vec::new(), 0);
            loop {
                let asked = filter.clone();
                let page = store.read(move |tx| page_of(tx, &asked, 3, 7)).await.unwrap();
                ids.extend(page.sales.into_iter().map(|sale| sale.arrival_no));
                pages += 1;
                match page.next {
                    Some(next) => filter.after = Some(next),
                    None => break,
                }
            }
            let mut unique = ids.clone();
            unique.sort_unstable();
            unique.dedup();
            assert_eq!((ids.len(), unique.len()), (found, found), "{filter:?}: {ids:?}");
            assert!(pages > 1, "{filter:?}");
        }
        store.close().await;
    }
}
