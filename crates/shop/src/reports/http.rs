//! Reports over HTTP, for managers.

use access::permission::ViewReports;
use access::session::Actor;
use web::{ApiError, Query, Success, time};

use crate::reports::people::{self, OfUser};
use crate::reports::period::Period;
use crate::reports::taxes::{self, TaxOfDay};
use crate::reports::tenders::{self, TenderOfDay};
use crate::reports::today::{self, Today};

/// Returns the sales of the current business day.
#[utoipa::path(get, path = "/api/v1/today", tag = "reports", responses(
    (status = 200, body = Success<Today>), (status = 403, description = "Managers and admins only")))]
pub async fn get_today(actor: Actor<ViewReports>) -> Result<Success<Today>, ApiError> {
    actor.read(|tx| today::today(tx, time::now())).await.map(Success::new)
}

/// Returns the taxes of a period by day, name and rate.
#[utoipa::path(get, path = "/api/v1/reports/tax", tag = "reports", params(Period), responses(
    (status = 200, body = Success<Vec<TaxOfDay>>), (status = 403, description = "Managers and admins only"),
    (status = 422, description = "`invalid_query`, `period_too_long`: more than a year")))]
pub async fn get_taxes_report(
    actor: Actor<ViewReports>,
    Query(period): Query<Period>,
) -> Result<Success<Vec<TaxOfDay>>, ApiError> {
    let period = period.check()?;
    actor.read(move |tx| taxes::taxes(tx, period)).await.map(Success::new)
}

/// Returns what each user gave away in a period: voids, discounts, compliments, refunds.
#[utoipa::path(get, path = "/api/v1/reports/people", tag = "reports", params(Period), responses(
    (status = 200, body = Success<Vec<OfUser>>), (status = 403, description = "Managers and admins only"),
    (status = 422, description = "`invalid_query`, `period_too_long`: more than a year")))]
pub async fn get_people_report(
    actor: Actor<ViewReports>,
    Query(period): Query<Period>,
) -> Result<Success<Vec<OfUser>>, ApiError> {
    let period = period.check()?;
    actor.read(move |tx| people::people(tx, period)).await.map(Success::new)
}

/// Returns the money of a period by day and payment method, beside what was counted.
#[utoipa::path(get, path = "/api/v1/reports/tenders", tag = "reports", params(Period), responses(
    (status = 200, body = Success<Vec<TenderOfDay>>), (status = 403, description = "Managers and admins only"),
    (status = 422, description = "`invalid_query`, `period_too_long`: more than a year")))]
pub async fn get_tenders_report(
    actor: Actor<ViewReports>,
    Query(period): Query<Period>,
) -> Result<Success<Vec<TenderOfDay>>, ApiError> {
    let period = period.check()?;
    actor.read(move |tx| tenders::tenders(tx, period)).await.map(Success::new)
}
