//! Statements: the hub's figures of a business day, compared with those that the outlet reported.

pub(crate) mod http;

use domain::BusinessDate;
use protocol::statement::{ReportedDay, Statement, StatementReport, Statements};
use serde::Serialize;
use store::{Fault, Tx};
use utoipa::ToSchema;

use super::daily::{Period, daily};
use crate::projections::plausible;
use crate::{chain, json};

/// A day of an outlet, as both sides calculated it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ComparedDay {
    pub outlet_id: String,
    /// `YYYY-MM-DD` at the outlet.
    pub business_date: String,
    /// The outlet's figures; null if it never reported the day.
    pub outlet: Option<Statement>,
    /// The hub's current figures.
    pub hub: Statement,
    /// When the outlet reported the day, RFC 3339 UTC by the hub's clock.
    pub reported_at: Option<String>,
    /// Whether all changes of the day had been acknowledged then.
    pub settled: Option<bool>,
    /// Whether the hub had the same figures at that time; null if changes were pending then, or if it never reported
    /// the day.
    pub matches: Option<bool>,
}

const REPORT: &str = "
    insert into statements (outlet_id, business_date, settled, matches, statement, reported_at)
    values (?1, ?2, ?3, ?4, ?5, ?6)
    on conflict (outlet_id, business_date) do update set
      settled = excluded.settled, matches = excluded.matches, statement = excluded.statement, reported_at = excluded.reported_at";
const FORGET: &str = "delete from statements where outlet_id = ?1 and business_date = ?2";
// An omitted amount makes the day differ. SQLite prefers the primary key, and all rows of the outlet, to an index for `=`.
const SUM_ORDERS: &str = concat!(
    "select count(*), cast(coalesce(sum(total), 0) as bigint) from sales
    where outlet_id = ?1 and paid_date between ?2 and ?2 and status = 'paid' and ",
    plausible!("total")
);
const SUM_TENDERS: &str = concat!(
    "select method, cast(sum(amount + overpaid) as bigint) from sale_tenders
    where outlet_id = ?1 and business_date between ?2 and ?2 and ",
    plausible!("amount"),
    " and ",
    plausible!("overpaid"),
    " group by method order by method"
);
const SUM_REFUNDS: &str = concat!(
    "select count(*), cast(coalesce(sum(total), 0) as bigint) from refunds
    where outlet_id = ?1 and business_date between ?2 and ?2 and ",
    plausible!("total")
);
const SUM_REFUND_TENDERS: &str = concat!(
    "select method, cast(sum(amount) as bigint) from refund_tenders
    where outlet_id = ?1 and business_date between ?2 and ?2 and ",
    plausible!("amount"),
    " group by method order by method"
);
const LIST: &str = "
    select business_date, settled, matches, statement, reported_at from statements
    where outlet_id = ?1 and business_date between ?2 and ?3
    order by business_date
    limit 1000";

/// The hub's figures of these days of an outlet and the chain row, in one snapshot.
///
/// # Errors
/// The database failed.
fn of_days(tx: &mut Tx<'_>, outlet_id: &str, period: &Period) -> Result<Statements, Fault> {
    let chain = chain::find(tx, outlet_id)?;
    let days = daily(tx, period)?.into_iter().map(|day| Statement {
        by_method: day.all_payments(),
        business_date: day.business_date,
        orders: day.orders,
        total: day.total,
        refunds: day.refunds,
        refunded: day.refunded,
    });
    Ok(Statements { chain, days: days.collect() })
}

/// Stores an outlet's report, and returns the hub's figures of the same days.
///
/// # Errors
/// The database failed.
fn report(
    tx: &mut Tx<'_>,
    outlet_id: &str,
    reported: &[(BusinessDate, &ReportedDay)],
    now: &str,
) -> Result<Statements, Fault> {
    let dates = || reported.iter().map(|(date, _)| *date);
    let (Some(from), Some(to)) = (dates().min(), dates().max()) else {
        return Ok(Statements { chain: chain::find(tx, outlet_id)?, days: Vec::new() });
    };
    let mut ours = of_days(tx, outlet_id, &Period { from, to, outlet_id: Some(outlet_id.to_owned()) })?;
    let mut days = Vec::with_capacity(reported.len());
    for (date, day) in reported {
        let date = date.to_string();
        let had = ours.days.iter().find(|had| had.business_date == date);
        let counted = had.cloned().unwrap_or_else(|| Statement::of(&date));
        // The day's figures are updated order by order. The sum of the orders must be the same.
        let summed = summed(tx, outlet_id, &date)?;
        let had = if counted == day.statement { summed } else { counted };
        let matches = had == day.statement;
        if day.settled && !matches {
            tracing::warn!(outlet_id, date, "the figures of outlet and hub differ for a settled day");
        }
        if matches && day.statement == Statement::of(&date) {
            // A day without sales and payments needs no row; an earlier report that differed is deleted.
            tx.execute(FORGET, &[outlet_id.into(), (&date).into()])?;
            days.push(had);
            continue;
        }
        let statement = json::text(&day.statement);
        let args =
            [outlet_id.into(), (&date).into(), day.settled.into(), matches.into(), (&statement).into(), now.into()];
        tx.execute(REPORT, &args)?;
        days.push(had);
    }
    days.sort_by(|a, b| a.business_date.cmp(&b.business_date));
    ours.days = days;
    Ok(ours)
}

/// The sum of the day's orders and refunds.
fn summed(tx: &mut Tx<'_>, outlet_id: &str, date: &str) -> Result<Statement, Fault> {
    let of_day = [outlet_id.into(), date.into()];
    let mut statement = Statement::of(date);
    if let Some((orders, total)) = tx.first(SUM_ORDERS, &of_day, |row| Ok((row.int(0)?, row.int(1)?)))? {
        (statement.orders, statement.total) = (orders, total);
    }
    if let Some((refunds, refunded)) = tx.first(SUM_REFUNDS, &of_day, |row| Ok((row.int(0)?, row.int(1)?)))? {
        (statement.refunds, statement.refunded) = (refunds, refunded);
    }
    let tenders = tx.all(SUM_TENDERS, &of_day, |row| Ok((row.string(0)?, row.int(1)?)))?;
    statement.by_method = tenders.into_iter().collect();
    for (method, amount) in tx.all(SUM_REFUND_TENDERS, &of_day, |row| Ok((row.string(0)?, row.int(1)?)))? {
        let of_method = statement.by_method.entry(method).or_default();
        *of_method = of_method.saturating_sub(amount);
    }
    statement.by_method.retain(|_, amount| *amount != 0);
    Ok(statement)
}

/// Each day of the period that the outlet reported or the hub has figures for.
///
/// # Errors
/// The database failed.
fn both(tx: &mut Tx<'_>, outlet_id: &str, period: &Period) -> Result<Vec<ComparedDay>, Fault> {
    let ours = of_days(tx, outlet_id, period)?.days;
    let (from, to) = (period.from.to_string(), period.to.to_string());
    let mut found = tx.all(LIST, &[outlet_id.into(), (&from).into(), (&to).into()], |row| {
        let (date, settled) = (row.string(0)?, row.flag(1)?);
        Ok(ComparedDay {
            outlet_id: outlet_id.to_owned(),
            hub: Statement::of(&date),
            business_date: date,
            outlet: serde_json::from_str(&row.text(3)?).ok(),
            reported_at: Some(row.string(4)?),
            settled: Some(settled),
            matches: if settled { Some(row.flag(2)?) } else { None },
        })
    })?;
    for day in ours {
        match found.iter_mut().find(|both| both.business_date == day.business_date) {
            Some(both) => both.hub = day,
            None => found.push(ComparedDay {
                outlet_id: outlet_id.to_owned(),
                business_date: day.business_date.clone(),
                outlet: None,
                hub: day,
                reported_at: None,
                settled: None,
                matches: None,
            }),
        }
    }
    found.sort_by(|a, b| a.business_date.cmp(&b.business_date));
    Ok(found)
}

/// Checks a report: every day has a date and occurs once.
fn check(reported: &StatementReport) -> Option<Vec<(BusinessDate, &ReportedDay)>> {
    let days: Option<Vec<_>> =
        reported.days.iter().map(|day| Some((BusinessDate::parse(&day.statement.business_date)?, day))).collect();
    let days = days?;
    let mut seen = std::collections::HashSet::new();
    let fits =
        days.len() <= protocol::statement::MAX_DAYS && days.iter().all(|(date, _)| seen.insert(date.to_string()));
    fits.then_some(days)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans;

    #[test]
    fn statements_are_found_by_their_key() {
        plans::assert_keyed(LIST);
        plans::assert_unsorted(LIST);
        let by_day = |table: &str, index: &str, date: &str| {
            format!("SEARCH {table} USING INDEX {index} (outlet_id=? AND {date}>? AND {date}<?)")
        };
        plans::assert_reads(SUM_ORDERS, &by_day("sales", "sales_by_paid_date", "paid_date"));
        plans::assert_reads(SUM_TENDERS, &by_day("sale_tenders", "sale_tenders_by_date", "business_date"));
        plans::assert_reads(SUM_REFUNDS, &by_day("refunds", "refunds_by_date", "business_date"));
        plans::assert_reads(SUM_REFUND_TENDERS, &by_day("refund_tenders", "refund_tenders_by_date", "business_date"));
    }
}
