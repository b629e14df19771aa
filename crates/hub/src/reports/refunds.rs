//! `GET /v1/hq/refunds…`: the refunds of all outlets, the newest business day first.

use axum::extract::State;
use domain::{BusinessDate, RefundKind};
use serde::{Deserialize, Serialize};
use store::{Fault, Store, Tx};
use utoipa::{IntoParams, ToSchema};
use web::{ApiError, Code, List, Path, Query, Success, Word, extract};

use super::by_date::{ByDate, Conditions, Place};
use super::one::{Received, find};
use super::shapes::RefundShape;
use crate::cursor;
use crate::staff::User;

/// Filter and page of refunds.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct RefundsQuery {
    /// Only of this outlet.
    outlet_id: Option<String>,
    /// Only of this order.
    order_id: Option<String>,
    /// Only from this business date on, `YYYY-MM-DD`.
    #[param(value_type = Option<String>)]
    from: Option<BusinessDate>,
    /// Only up to this business date.
    #[param(value_type = Option<String>)]
    to: Option<BusinessDate>,
    /// 1 to 500, 50 if not given.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
    /// `next_cursor` of the previous page.
    cursor: Option<String>,
}

/// A refund as a list shows it. Money is whole minor units (rupiah) and positive.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RefundSummary {
    /// UUIDv7, generated at the outlet.
    id: String,
    outlet_id: String,
    outlet_code: String,
    refund_number: String,
    order_id: String,
    order_number: String,
    /// The business date on which the sale counts.
    order_date: String,
    /// The business date on which the refund counts.
    business_date: String,
    /// Another word if a newer outlet sent it.
    #[schema(value_type = RefundKind)]
    kind: Word<RefundKind>,
    reason: String,
    subtotal: i64,
    discount: i64,
    service: i64,
    tax: i64,
    /// Tax inside the prices; not added.
    tax_included: i64,
    /// Returned of what the guest paid beyond the order's total.
    surplus: i64,
    rounding: i64,
    /// subtotal - discount + service + tax + surplus + rounding: the money that went back.
    total: i64,
    cashier_id: Option<String>,
    approved_by: Option<String>,
    /// RFC 3339 UTC, by the outlet's clock.
    created_at: String,
}

/// The query and its parameters.
fn statement(query: &RefundsQuery, after: Option<&Place>) -> (String, Conditions) {
    let RefundsQuery { from, to, .. } = *query;
    let list = ByDate { table: "r", id: "refund_id", outlet_id: query.outlet_id.as_deref(), from, to, after };
    let mut conditions = list.conditions();
    if let Some(order_id) = &query.order_id {
        // All refunds of one order are of one outlet, and few.
        conditions.add("r.order_id = ?", [order_id.clone()]);
    }
    let sql = format!(
        "select r.refund_id, r.outlet_id, (select o.code from outlets o where o.outlet_id = r.outlet_id),
           r.refund_number, r.order_id, r.order_number, r.order_date, r.business_date, r.kind, r.reason, r.subtotal,
           r.discount, r.service, r.tax, r.tax_included, r.surplus, r.rounding, r.total, r.cashier_id, r.approved_by,
           r.created_at
         from refunds r where {} order by {} limit ?1",
        conditions.sql(),
        list.order()
    );
    (sql, conditions)
}

fn list(tx: &mut Tx<'_>, query: &RefundsQuery, after: Option<&Place>, limit: i64) -> Result<Vec<RefundSummary>, Fault> {
    let (sql, conditions) = statement(query, after);
    tx.all(&sql, &conditions.args(limit), |row| {
        Ok(RefundSummary {
            id: row.string(0)?,
            outlet_id: row.string(1)?,
            outlet_code: row.maybe_string(2)?.unwrap_or_default(),
            refund_number: row.string(3)?,
            order_id: row.string(4)?,
            order_number: row.string(5)?,
            order_date: row.string(6)?,
            business_date: row.string(7)?,
            kind: Word::of(row.string(8)?),
            reason: row.string(9)?,
            subtotal: row.int(10)?,
            discount: row.int(11)?,
            service: row.int(12)?,
            tax: row.int(13)?,
            tax_included: row.int(14)?,
            surplus: row.int(15)?,
            rounding: row.int(16)?,
            total: row.int(17)?,
            cashier_id: row.maybe_string(18)?,
            approved_by: row.maybe_string(19)?,
            created_at: row.string(20)?,
        })
    })
}

/// The refunds of all outlets, the newest business day first.
#[utoipa::path(get, path = "/v1/hq/refunds", tag = "head office", operation_id = "list_refunds", params(RefundsQuery),
    responses(
    (status = 200, description = "A page of refunds", body = List<RefundSummary>),
    (status = 400, description = "`invalid_cursor`"), (status = 401, description = "`unauthorized`: log in first"),
    (status = 422, description = "`invalid_query`, `period_too_long`")))]
pub(crate) async fn list_refunds(
    _: User,
    State(store): State<Store>,
    Query(query): Query<RefundsQuery>,
) -> Result<List<RefundSummary>, ApiError> {
    let limit = extract::page_size(query.limit)?;
    if let Some((from, to)) = query.from.zip(query.to) {
        extract::check_period(from, to)?;
    }
    let after: Option<Place> = query.cursor.as_deref().map(cursor::read).transpose()?;
    let found = store.read(move |tx| list(tx, &query, after.as_ref(), limit + 1)).await?;
    Ok(cursor::page(found, limit, |one| [one.business_date.clone(), one.id.clone(), one.outlet_id.clone()]))
}

/// One refund with its lines, charges and payments, as its outlet sent it.
#[utoipa::path(get, path = "/v1/hq/refunds/{id}", tag = "head office", operation_id = "get_refund",
    params(("id" = String, Path, description = "The refund's id")), responses(
    (status = 200, description = "The refund", body = Success<RefundShape>),
    (status = 401, description = "`unauthorized`: log in first"), (status = 404, description = "`not_found`")))]
pub(crate) async fn get_refund(
    _: User,
    State(store): State<Store>,
    Path(id): Path<String>,
) -> Result<Success<Received>, ApiError> {
    let found = store.read(move |tx| find(tx, "refund", &id)).await?;
    found.map(Success::new).ok_or_else(|| Code::NotFound.because("hub_refund"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans;

    #[test]
    fn a_page_is_read_in_the_order_of_an_index() {
        let date = BusinessDate::parse("2026-11-22");
        let after = ["2026-11-22", "r", "o"].map(str::to_owned);
        for outlet_id in [None, Some("x".to_owned())] {
            for (from, after) in [(None, None), (date, None), (None, Some(&after)), (date, Some(&after))] {
                let query = RefundsQuery { outlet_id: outlet_id.clone(), from, ..RefundsQuery::default() };
                plans::assert_unsorted(&statement(&query, after).0);
            }
        }
    }
}
