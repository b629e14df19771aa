//! Daily statements: the figures of each business day here, compared with those that the hub calculates independently.
//!
//! A sale counts on the day on which it was paid, a payment and a refund on their own. A day is settled if all refunds on it
//! and all orders with a sale or payment on it are acknowledged and the hub is at the outlet's position. A difference in a
//! settled day is an alarm: money was lost or doubled on the way, or a projection is wrong.

use std::collections::{BTreeMap, BTreeSet};

use domain::BusinessDate;
use jiff::Timestamp;
use protocol::statement::{ReportedDay, Statement, StatementReport, Statements};
use rusqlite::{Transaction, params};
use serde::Serialize;
use sqlite::{Db, Fault, ReadRow};
use utoipa::ToSchema;
use web::{ApiError, Language, time};

use crate::chain::chain;
use crate::client::hub::Client;
use crate::client::pull::PullError;
use crate::error::QueueError;
use crate::settings::hub_link::{Address, NotConfigured};

/// Days before today in the hourly comparison.
const DAYS: i64 = 8;
/// Days in one request.
const MAX_DAYS: usize = 50;

/// A business day on both sides.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ComparedDay {
    /// `YYYY-MM-DD`.
    pub business_date: String,
    /// Calculated by this outlet.
    pub outlet: Figures,
    /// Calculated by the hub; null if it could not be reached.
    pub hub: Option<Figures>,
    /// All entities of the day are acknowledged, and the hub is at the outlet's position.
    pub settled: bool,
    /// Whether both figures are equal; null while the day is not settled.
    pub matches: Option<bool>,
    /// Why the hub could not be reached.
    pub problem: Option<String>,
}

/// Figures of a business day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = DayFigures)]
pub struct Figures {
    /// Number of orders that were paid on this day.
    pub orders: i64,
    /// Sum of their totals.
    pub total: i64,
    /// Number of refunds of this day.
    pub refunds: i64,
    /// Sum of the money that they gave back.
    pub refunded: i64,
    /// The payments of this day, also of orders that are open or were paid on another day, minus what its refunds gave
    /// back: amount by method.
    pub by_method: BTreeMap<String, i64>,
}

impl From<Statement> for Figures {
    fn from(Statement { orders, total, refunds, refunded, by_method, .. }: Statement) -> Self {
        Self { orders, total, refunds, refunded, by_method }
    }
}

/// The outlet's days, and its position in the batch chain.
struct OutletDays {
    days: Vec<ReportedDay>,
    at: Option<String>,
}

/// Compares these days with the hub and stores the differing ones.
///
/// # Errors
/// [`PullError`].
pub async fn compare(
    db: &Db,
    client: &Client,
    address: &Address,
    dates: &BTreeSet<String>,
) -> Result<Vec<ComparedDay>, PullError> {
    let mut compared = Vec::with_capacity(dates.len());
    let dates: Vec<_> = dates.iter().cloned().collect();
    for chunk in dates.chunks(MAX_DAYS) {
        let chunk = chunk.to_vec();
        let outlet = db.read(move |tx| outlet(tx, &chunk)).await?;
        let hub = client.statement(address, &StatementReport { days: outlet.days.clone() }).await?;
        compared.extend(db.write_background(move |tx| store(tx, outlet, hub, time::now())).await?);
    }
    Ok(compared)
}

// An order touches the day on which it was taken, the day on which it was paid, and those of its payments.
const RECENT_DAYS: &str = "
    with latest as (select id, business_date, paid_date from orders order by rowid desc limit 500)
    select business_date from orders where business_date >= ?1 group by business_date
    union select coalesce(paid_date, business_date) from orders
      where status = 'paid' and coalesce(paid_date, business_date) >= ?1 group by coalesce(paid_date, business_date)
    union select business_date from payments where business_date >= ?1 group by business_date
    union select business_date from refunds where business_date >= ?1 group by business_date
    union select business_date from (select business_date from refunds order by rowid desc limit 100)
    union select business_date from latest
    union select paid_date from latest where paid_date is not null
    union select p.business_date from latest l cross join payments p on p.order_id = l.id
      where p.business_date is not null
    union select business_date from sync_statements order by 1 desc limit 80";
const SALES: &str = "
    select count(*), coalesce(sum(total), 0) from orders
    where coalesce(paid_date, business_date) = ?1 and status = 'paid'";
const REFUNDS: &str = "select count(*), coalesce(sum(total), 0) from refunds where business_date = ?1";
// Payments without a date are found with their orders. A row without its order is not sent.
const PAYMENTS: &str = "
    select method, sum(amount) from (
      select p.method, p.amount from payments p cross join orders o on o.id = p.order_id where p.business_date = ?1
      union all select p.method, p.amount from orders o cross join payments p on p.order_id = o.id
        where o.business_date = ?1 and p.business_date is null
      union all select p.method, -p.amount from refunds r cross join refund_payments p on p.refund_id = r.id
        where r.business_date = ?1)
    group by method having sum(amount) <> 0 order by 1";
// A pending order or refund that was deleted may be of any day. An order that the hub had acknowledged and now rejects waits
// for a person, and its days differ until then.
const PENDING_DAYS: &str = "
    with waiting as (
      select entity_type, entity_id from sync_state
      where status = 'pending' and +entity_type in ('order', 'refund') and version > acked_version
      union all select entity_type, entity_id from sync_state
      where status = 'failed' and +entity_type in ('order', 'refund') and version > acked_version and acked_version = 0),
    pending as (
      select o.id, o.business_date, o.paid_date from waiting s left join orders o on o.id = s.entity_id
      where +s.entity_type = 'order')
    select coalesce(business_date, '') from pending
    union select coalesce(r.business_date, '') from waiting s left join refunds r on r.id = s.entity_id
      where +s.entity_type = 'refund'
    union select paid_date from pending where paid_date is not null
    union select p.business_date from pending o cross join payments p on p.order_id = o.id
      where p.business_date is not null";

/// Days to compare now: the latest by date, even without orders; those of the latest orders, whatever date a wrong
/// clock assigned; and those that differed last time.
///
/// # Errors
/// The database failed.
pub fn due_days(tx: &Transaction<'_>, now: Timestamp) -> Result<BTreeSet<String>, Fault> {
    let day = |days: i64| {
        time::text(now + jiff::SignedDuration::from_hours(24 * days)).get(..10).unwrap_or_default().to_owned()
    };
    let mut statement = tx.prepare_cached(RECENT_DAYS)?;
    let dates = statement.query_map([day(-DAYS)], |row| row.read::<String>(0))?.collect::<Result<Vec<_>, _>>()?;
    // The hub accepts valid dates only; an order with another date is not sent either.
    let mut days: BTreeSet<String> = dates.into_iter().filter(|date| BusinessDate::parse(date).is_some()).collect();
    days.extend((-DAYS..=1).map(day));
    Ok(days)
}

/// Settled days whose figures differ from the hub's, by date.
///
/// # Errors
/// The database failed.
pub fn differing(tx: &Transaction<'_>) -> Result<Vec<String>, Fault> {
    let mut statement = tx.prepare_cached("select business_date from sync_statements order by 1 limit 100")?;
    let rows = statement.query_map([], |row| row.read(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The outlet's figures of a day.
///
/// # Errors
/// The database failed.
pub fn of_day(tx: &Transaction<'_>, date: &str) -> Result<Statement, Fault> {
    let mut statement = Statement::of(date);
    (statement.orders, statement.total) =
        tx.prepare_cached(SALES)?.query_row([date], |row| Ok((row.read(0)?, row.read(1)?)))?;
    (statement.refunds, statement.refunded) =
        tx.prepare_cached(REFUNDS)?.query_row([date], |row| Ok((row.read(0)?, row.read(1)?)))?;
    let mut by_method = tx.prepare_cached(PAYMENTS)?;
    let rows = by_method.query_map([date], |row| Ok((row.read(0)?, row.read(1)?)))?;
    statement.by_method = rows.collect::<Result<_, _>>()?;
    Ok(statement)
}

fn outlet(tx: &Transaction<'_>, dates: &[String]) -> Result<OutletDays, QueueError> {
    let mut statement = tx.prepare_cached(PENDING_DAYS)?;
    let pending: BTreeSet<String> = statement.query_map([], |row| row.read(0))?.collect::<Result<_, _>>()?;
    let mut days = Vec::with_capacity(dates.len());
    for date in dates {
        let settled = !pending.contains(date) && !pending.contains("");
        days.push(ReportedDay { settled, statement: of_day(tx, date)? });
    }
    Ok(OutletDays { days, at: chain(tx)?.position.batch_id })
}

fn store(
    tx: &Transaction<'_>,
    outlet: OutletDays,
    hub: Statements,
    now: Timestamp,
) -> Result<Vec<ComparedDay>, QueueError> {
    let same_position = hub.chain.is_some_and(|chain| chain.position.batch_id == outlet.at);
    let mut compared = Vec::with_capacity(outlet.days.len());
    for ReportedDay { settled, statement } in outlet.days {
        let date = statement.business_date.clone();
        let theirs = hub.days.iter().find(|day| day.business_date == date);
        let theirs = theirs.cloned().unwrap_or_else(|| Statement::of(&date));
        let settled = settled && same_position;
        let matches = theirs == statement;
        if settled && matches {
            tx.prepare_cached("delete from sync_statements where business_date = ?1")?.execute([&date])?;
        } else if settled {
            tracing::error!(date, outlet = ?statement, hub = ?theirs, "the figures of a settled day differ from the hub's");
            tx.prepare_cached(
                "insert into sync_statements (business_date, outlet_statement, hub_statement, compared_at) values (?1, ?2, ?3, ?4)
                 on conflict (business_date) do update set
                   outlet_statement = excluded.outlet_statement, hub_statement = excluded.hub_statement, compared_at = excluded.compared_at",
            )?
            .execute(params![
                date,
                serde_json::to_string(&statement)?,
                serde_json::to_string(&theirs)?,
                time::text(now)
            ])?;
        }
        compared.push(ComparedDay {
            business_date: date,
            outlet: statement.into(),
            hub: Some(theirs.into()),
            settled,
            matches: settled.then_some(matches),
            problem: None,
        });
    }
    Ok(compared)
}

/// Compares one day now; without the hub, returns the outlet's figures alone.
///
/// # Errors
/// [`QueueError`].
pub async fn compare_one(
    db: &Db,
    client: &Client,
    address: Result<Address, NotConfigured>,
    date: &str,
) -> Result<ComparedDay, QueueError> {
    let problem = match address {
        Err(missing) => ApiError::from(missing).message_in(Language::of_request()),
        Ok(address) => match compare(db, client, &address, &BTreeSet::from([date.to_owned()])).await {
            Ok(mut compared) if !compared.is_empty() => return Ok(compared.swap_remove(0)),
            Ok(_) => String::new(),
            Err(PullError::Hub(error)) => error.to_string(),
            Err(PullError::Queue(error)) => return Err(error),
        },
    };
    let date = date.to_owned();
    let day = db.read(move |tx| of_day(tx, &date)).await?;
    Ok(ComparedDay {
        business_date: day.business_date.clone(),
        outlet: day.into(),
        hub: None,
        settled: false,
        matches: None,
        problem: Some(problem),
    })
}
