//! The endpoints of the audit log.

use access::permission::{ManageSync, ViewReports};
use access::session::Actor;
use domain::audit::AuditAction;
use domain::{BusinessDate, ids};
use serde::Deserialize;
use utoipa::IntoParams;
use web::extract::{check_period, page_size};
use web::{ApiError, Choice, Code, List, Query, Success, reply, words};

use crate::admin::http::number_cursor;
use crate::audit::list::{self, AuditEntry, Selection};
use crate::audit::verify::{self, AuditVerdict};

/// Filter and page of the audit log.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AuditQuery {
    /// First business date, YYYY-MM-DD.
    #[param(value_type = Option<String>, format = Date)]
    from: Option<BusinessDate>,
    /// Last business date, YYYY-MM-DD; at most a year later.
    #[param(value_type = Option<String>, format = Date)]
    to: Option<BusinessDate>,
    /// Only this action.
    #[param(inline, value_type = Option<AuditAction>)]
    action: Option<Choice<AuditAction>>,
    /// Only of this user: an id, or `terminal`.
    actor: Option<String>,
    /// 1 to 500, 50 if not given.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
    /// `next_cursor` of the previous page.
    cursor: Option<String>,
}

/// Lists who did what, newest first.
#[utoipa::path(get, path = "/api/v1/audit", tag = "audit",
    params(AuditQuery), responses(
    (status = 200, body = List<AuditEntry>), (status = 400, description = "`invalid_cursor`"),
    (status = 422, description = "`invalid_query`, `period_too_long`")))]
pub async fn list_audit(
    actor: Actor<ViewReports>,
    Query(query): Query<AuditQuery>,
) -> Result<List<AuditEntry>, ApiError> {
    let limit = page_size(query.limit)?;
    if let Some((from, to)) = query.from.zip(query.to) {
        check_period(from, to)?;
    }
    let selection = Selection {
        from: query.from,
        to: query.to,
        action: words::optional(query.action.as_ref(), Code::InvalidQuery, "action")?,
        actor: query.actor.filter(|id| !id.is_empty()).map(|id| ids::stored_as(&id)),
        before: number_cursor(query.cursor.as_deref(), i64::MAX)?,
        limit,
    };
    let found = actor.read(move |tx| list::list(tx, &selection)).await?;
    Ok(reply::page(found, limit, |entry| entry.seq.to_string()))
}

/// Verifies the audit log: whether an event was changed, removed or inserted.
#[utoipa::path(get, path = "/api/v1/audit/verify", tag = "audit",
    responses((status = 200, body = Success<AuditVerdict>)))]
pub async fn verify_audit(actor: Actor<ManageSync>) -> Result<Success<AuditVerdict>, ApiError> {
    actor.read(verify::verify).await.map(Success::new)
}
