//! `GET` and `POST /v1/outlets/{outlet_id}/statement`, and `GET /v1/hq/statements`.

use axum::extract::State;
use domain::BusinessDate;
use protocol::statement::{StatementReport, Statements};
use serde::Deserialize;
use store::Store;
use utoipa::IntoParams;
use web::{ApiError, Code, List, Message, Query, Success};

use super::{ComparedDay, both, check, of_days, report};
use crate::outlets::Caller;
use crate::reports::http::period;
use crate::staff::User;

/// Period of a statement.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Days {
    /// First business date, `YYYY-MM-DD`.
    #[param(value_type = String)]
    from: BusinessDate,
    /// Last business date.
    #[param(value_type = String)]
    to: BusinessDate,
}

/// The hub's figures of the outlet's business days, without days that have no sales and no payments.
#[utoipa::path(
    get,
    path = "/v1/outlets/{outlet_id}/statement",
    tag = "outlets",
    operation_id = "get_statement",
    params(("outlet_id" = String, Path, description = "The outlet's id"), Days),
    responses(
        (status = 200, description = "The days", body = Success<Statements>),
        (status = 400, description = "`invalid_path`"),
        (status = 422, description = "`invalid_query`"),
        (status = 401, description = "`unauthorized`: no key, or an invalid one"),
        (status = 403, description = "`forbidden`: another outlet's key; `outlet_revoked`"),
        (status = 422, description = "`period_too_long`: more than a year"),
    ),
)]
pub(crate) async fn get_statement(
    caller: Caller,
    State(store): State<Store>,
    Query(Days { from, to }): Query<Days>,
) -> Result<Success<Statements>, ApiError> {
    let period = period(from, to, Some(caller.outlet_id.clone()))?;
    let read = store.read(move |tx| of_days(tx, &caller.outlet_id, &period));
    Ok(Success::new(read.await?))
}

/// Reports the outlet's figures of business days, and returns the hub's.
#[utoipa::path(
    post,
    path = "/v1/outlets/{outlet_id}/statement",
    tag = "outlets",
    operation_id = "report_statement",
    params(("outlet_id" = String, Path, description = "The outlet's id")),
    request_body = StatementReport,
    responses(
        (status = 200, description = "The hub's figures of the same days, by date", body = Success<Statements>),
        (status = 400, description = "`malformed_json`, `unreadable_body`, `invalid_path`"),
        (status = 401, description = "`unauthorized`: no key, or an invalid one"),
        (status = 403, description = "`forbidden`: another outlet's key; `outlet_revoked`"),
        (status = 413, description = "`body_too_large`"),
        (status = 422, description = "`invalid_body`; `invalid_statement`: an invalid or repeated date, or more than 100 days"),
        (status = 503, description = "`database_busy`, `overloaded`, `disk_full`, `stopping`: retry after `Retry-After`"),
    ),
)]
pub(crate) async fn report_statement(
    caller: Caller,
    State(store): State<Store>,
    Message(reported): Message<StatementReport>,
) -> Result<Success<Statements>, ApiError> {
    let now = web::time::text(web::time::now());
    let write = store.write(move |tx| {
        let days = check(&reported).ok_or_else(|| Code::InvalidStatement.with("most", 100))?;
        report(tx, &caller.outlet_id, &days, &now).map_err(ApiError::from)
    });
    Ok(Success::new(write.await?))
}

/// Outlet and period.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct OutletDays {
    /// The outlet's id.
    outlet_id: String,
    /// First business date, `YYYY-MM-DD`.
    #[param(value_type = String)]
    from: BusinessDate,
    /// Last business date.
    #[param(value_type = String)]
    to: BusinessDate,
}

/// Reported figures of an outlet's business days, beside the hub's.
#[utoipa::path(
    get,
    path = "/v1/hq/statements",
    tag = "head office",
    operation_id = "list_statements",
    params(OutletDays),
    responses(
        (status = 200, description = "The days, by date", body = List<ComparedDay>),
        (status = 422, description = "`invalid_query`"),
        (status = 401, description = "`unauthorized`: log in first"),
        (status = 422, description = "`period_too_long`: more than a year"),
    ),
)]
pub(crate) async fn list_statements(
    _: User,
    State(store): State<Store>,
    Query(OutletDays { outlet_id, from, to }): Query<OutletDays>,
) -> Result<List<ComparedDay>, ApiError> {
    let period = period(from, to, Some(outlet_id.clone()))?;
    Ok(List::new(store.read(move |tx| both(tx, &outlet_id, &period)).await?, None))
}
