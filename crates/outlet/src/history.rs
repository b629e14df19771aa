//! The history of sync over HTTP, by the shop's calendar.

use access::permission::ManageSync;
use access::session::Actor;
use domain::BusinessDate;
use jiff::Span;
use replica::history::{self, HistoryStep, Step};
use serde::Deserialize;
use shop::settings;
use utoipa::IntoParams;
use web::{ApiError, Code, Problem, Query, Success};

/// The period and the step.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct HistoryQuery {
    /// First day of the shop's calendar, `YYYY-MM-DD`.
    #[param(value_type = String)]
    from: BusinessDate,
    /// Last day; at most a year later.
    #[param(value_type = String)]
    to: BusinessDate,
    /// Length of a step. Default: `hour`.
    #[param(inline)]
    step: Option<Step>,
}

/// Returns the history of sync for a chart: what was sent and rejected, what waited, and for how long. Steps without a
/// round are absent.
#[utoipa::path(get, path = "/api/v1/sync/history", tag = "sync",
    params(HistoryQuery), responses(
    (status = 200, body = Success<Vec<HistoryStep>>), (status = 403, description = "Admins only"),
    (status = 422, description = "`invalid_query`, `period_too_long`")))]
pub async fn get_history(
    actor: Actor<ManageSync>,
    Query(HistoryQuery { from, to, step }): Query<HistoryQuery>,
) -> Result<Success<Vec<HistoryStep>>, ApiError> {
    if to < from {
        return Err(Code::InvalidQuery.field("from", Problem::NotBefore.with("other", "to")));
    }
    if to.date() > from.date().saturating_add(Span::new().years(1)) {
        return Err(Code::PeriodTooLong.into());
    }
    actor
        .read(move |tx| {
            let zone = settings::shop(tx)?.day.zone;
            history::list(tx, &zone, [from.date(), to.date()], step.unwrap_or(Step::Hour))
        })
        .await
        .map(Success::new)
}
