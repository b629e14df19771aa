//! Lists of orders: filters, sequence and pages, with whole orders or summaries.
//!
//! The sequence by time is the one in which this server stored the orders, because the clock and the ids of a till may
//! be wrong. It also decides between equal totals, so no page repeats or omits an order.

use domain::pricing::OWN_CHANNEL;
use domain::{BusinessDate, OrderStatus, OrderType};
use jiff::Timestamp;
use rusqlite::{Row, Transaction};
use serde::{Deserialize, Serialize};
use sqlite::text::raw;
use sqlite::{Fault, ReadRow};
use utoipa::ToSchema;
use web::{Word, time};

use crate::conditions::{Conditions, containing};
use crate::orders::{Order, load_details};
use crate::stored::Stored;

/// Which orders a list contains, its sequence, and the page.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Orders with this status.
    pub status: Option<OrderStatus>,
    /// Orders at the table with this name.
    pub table: Option<String>,
    /// Orders of this channel; [`OWN_CHANNEL`]: those without one.
    pub channel: Option<String>,
    /// Orders of this business date.
    pub date: Option<BusinessDate>,
    /// Orders whose number, table or guest contains this text, or whose queue number it is.
    pub text: Option<String>,
    /// Orders that this user created.
    pub cashier: Option<String>,
    /// Orders created at or after this time.
    pub since: Option<Timestamp>,
    /// Orders with at least this total, in minor units.
    pub min_total: Option<i64>,
    /// Orders with at most this total, in minor units.
    pub max_total: Option<i64>,
    /// The sequence.
    pub sort: Sort,
    /// Id of the last order of the previous page. No page follows an order that no longer exists.
    pub after: Option<String>,
    /// Maximum number of orders.
    pub limit: i64,
}

/// The sequence of a list of orders.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[schema(as = OrderSort)]
pub enum Sort {
    /// The newest first.
    #[default]
    #[serde(rename = "-created_at")]
    Newest,
    /// The oldest first.
    #[serde(rename = "created_at")]
    Oldest,
    /// The largest total first.
    #[serde(rename = "-total")]
    Largest,
    /// The smallest total first.
    #[serde(rename = "total")]
    Smallest,
}

/// An order in a list, without its lines.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OrderSummary {
    /// UUIDv7.
    pub id: String,
    /// Number for people: outlet, business date, sequence.
    pub order_number: String,
    /// The outlet's trading day, YYYY-MM-DD.
    pub business_date: String,
    /// The status of the order.
    #[schema(value_type = OrderStatus)]
    pub status: Word<OrderStatus>,
    /// How the guest receives the order.
    #[schema(value_type = OrderType)]
    pub order_type: Word<OrderType>,
    /// Id of the tender of the delivery platform that it came from; null: the outlet's own counter.
    pub channel: Option<String>,
    /// Table of the guests.
    pub table_number: Option<String>,
    /// Number to call the order by, if it was created without a table.
    pub queue_no: Option<i64>,
    /// Name of the guest.
    pub customer_name: Option<String>,
    /// Amount due, in minor units (rupiah).
    pub total: i64,
    /// Amount paid, in minor units (rupiah).
    pub paid: i64,
    /// Number of pieces on all lines that are not void; a weighed line counts one.
    pub items: i64,
    /// The user who created the order.
    pub cashier_id: Option<String>,
    /// The current name of that user; null if there is no such user.
    pub cashier_name: Option<String>,
    /// RFC 3339 UTC.
    pub created_at: String,
    /// RFC 3339 UTC.
    pub paid_at: Option<String>,
    /// When the bill of the open order was last printed, RFC 3339 UTC.
    pub bill_at: Option<String>,
}

/// A page of whole orders.
///
/// # Errors
/// The error from SQLite.
pub fn orders(tx: &Transaction<'_>, selection: &Selection) -> Result<Vec<Order>, Fault> {
    let (rows, conditions) = selection.rows();
    let (columns, order_by) = (Order::COLUMNS, selection.sort.order_by());
    let sql = format!("select {columns} from orders o where o.rowid in ({rows}) order by {order_by}");
    let mut statement = tx.prepare_cached(&sql)?;
    let read = |row: &Row<'_>| Order::read_from(row, 0);
    let mut orders = statement.query_map(conditions.params(), read)?.collect::<Result<Vec<_>, _>>()?;
    load_details(tx, &mut orders)?;
    Ok(orders)
}

/// The largest quantity of a line that counts, so that the sum of pieces cannot overflow.
const MAX_QTY: i64 = 1_000_000_000;

/// A page of summaries.
///
/// # Errors
/// The error from SQLite.
pub fn summaries(tx: &Transaction<'_>, selection: &Selection) -> Result<Vec<OrderSummary>, Fault> {
    let (rows, conditions) = selection.rows();
    let sql = format!(
        "select o.id, o.order_number, o.business_date, o.status, o.order_type, o.table_number, o.customer_name, o.total,
           o.paid, (select coalesce(sum(iif(l.qty_scale = 0, min(l.qty, {MAX_QTY}), 1)), 0) from order_lines l
             where l.order_id = o.id and l.voided_at is null),
           o.cashier_id, u.name, o.created_at, o.paid_at, o.channel, o.queue_no,
           iif(o.status = 'open', (select max(j.made_at) from print_jobs j where j.ref = o.id and j.kind = 'bill'), null)
         from orders o left join users u on u.id = o.cashier_id
         where o.rowid in ({rows}) order by {}",
        selection.sort.order_by()
    );
    let mut statement = tx.prepare_cached(&sql)?;
    let found = statement.query_map(conditions.params(), |row| {
        Ok(OrderSummary {
            id: row.id(0)?,
            order_number: row.read(1)?,
            business_date: row.read(2)?,
            status: Word::of(row.read(3)?),
            order_type: Word::of(row.read(4)?),
            table_number: row.read(5)?,
            customer_name: row.read(6)?,
            total: row.read(7)?,
            paid: row.read(8)?,
            items: row.read(9)?,
            cashier_id: row.read(10)?,
            cashier_name: row.read(11)?,
            created_at: row.read(12)?,
            paid_at: row.read(13)?,
            channel: row.read(14)?,
            queue_no: row.read(15)?,
            bill_at: row.read(16)?,
        })
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}

impl Selection {
    /// A query for the rowids of the page, with its parameters.
    fn rows(&self) -> (String, Conditions<'_>) {
        let mut conditions = Conditions::default();
        if let Some(status) = self.status {
            // Not a parameter: only a constant lets SQLite use the index of open orders.
            conditions.require(format!("o.status = '{status}'"));
        }
        conditions.require_some(self.date.map(|date| date.to_string()), |n| format!("o.business_date = {n}"));
        match self.channel.as_deref() {
            Some(OWN_CHANNEL) => conditions.require("o.channel is null".to_owned()),
            channel => conditions.require_some(channel.map(raw), |n| format!("o.channel = {n}")),
        }
        conditions.require_some(self.table.as_deref(), |n| format!("o.table_number = {n}"));
        conditions.require_some(self.cashier.as_deref().map(raw), |n| format!("o.cashier_id = {n}"));
        conditions.require_some(self.since.map(time::text), |n| format!("o.created_at >= {n}"));
        conditions.require_some(self.min_total, |n| format!("o.total >= {n}"));
        conditions.require_some(self.max_total, |n| format!("o.total <= {n}"));
        if let Some(text) = self.text.as_deref() {
            let (n, number) = (conditions.bind(containing(text)), conditions.bind(queue_no(text)));
            let has = |column: &str| format!(r"{column} like {n} escape '\'");
            let texts = [has("o.order_number"), has("o.table_number"), has("o.customer_name")].join(" or ");
            conditions.require(format!("({texts} or o.queue_no = {number})"));
        }
        conditions.require_some(self.after.as_deref().map(raw), |n| self.sort.follows(n));
        let limit = conditions.bind(self.limit);
        let order_by = self.sort.order_by();
        (format!("select o.rowid from orders o {} order by {order_by} limit {limit}", conditions.to_sql()), conditions)
    }
}

/// The queue number that a text is. `0007` is the end of an order's number instead.
fn queue_no(text: &str) -> Option<i64> {
    text.parse().ok().filter(|_| !text.starts_with('0'))
}

impl Sort {
    fn order_by(self) -> &'static str {
        match self {
            Self::Newest => "o.rowid desc",
            Self::Oldest => "o.rowid",
            Self::Largest => "o.total desc, o.rowid desc",
            Self::Smallest => "o.total, o.rowid",
        }
    }

    /// The condition for orders after the one with the id `?n`.
    fn follows(self, n: &str) -> String {
        match self {
            Self::Newest => format!("o.rowid < (select rowid from orders where id = {n})"),
            Self::Oldest => format!("o.rowid > (select rowid from orders where id = {n})"),
            Self::Largest => format!("(o.total, o.rowid) < (select total, rowid from orders where id = {n})"),
            Self::Smallest => format!("(o.total, o.rowid) > (select total, rowid from orders where id = {n})"),
        }
    }
}
