//! `POST /v1/outlets/{outlet_id}/audit` and `GET /v1/hq/audit/heads`.

use axum::extract::{DefaultBodyLimit, State};
use protocol::audit::{Receipt, Report};
use store::Store;
use web::{ApiError, List, Message, PageQuery, Query, Success, extract};

use super::accept::accept;
use super::heads::{self, AuditHead};
use crate::cursor;
use crate::outlets::Caller;
use crate::staff::User;

/// A full report, with the quotes of its texts escaped.
const BODY_LIMIT: usize = 2 << 20;

/// Maximum size of a report.
pub(crate) fn body_limit() -> DefaultBodyLimit {
    DefaultBodyLimit::max(BODY_LIMIT)
}

/// Events of the outlet's audit log.
///
/// The hub stores them as they are; an event that it has already changes nothing. If it lacks the event before the first
/// one, it stores nothing, and the answer names the event after which the outlet has to send. A report without events
/// asks for that position.
#[utoipa::path(
    post,
    path = "/v1/outlets/{outlet_id}/audit",
    tag = "outlets",
    operation_id = "push_audit",
    params(("outlet_id" = String, Path, description = "The outlet's id")),
    request_body = Report,
    responses(
        (status = 200, description = "What the hub has", body = Success<Receipt>),
        (status = 400, description = "`malformed_json`, `unreadable_body`, `invalid_path`"),
        (status = 401, description = "`unauthorized`: no key, or an invalid one"),
        (status = 403, description = "`forbidden`: another outlet's key; `outlet_revoked`"),
        (status = 409, description = "`epoch_mismatch`: enroll again"),
        (status = 413, description = "`body_too_large`"),
        (status = 422, description = "`invalid_body`: also more than 200 events, or an overlong text"),
        (status = 503, description = "`database_busy`, `overloaded`, `disk_full`, `stopping`: retry after `Retry-After`"),
    ),
)]
pub(crate) async fn push_audit(
    caller: Caller,
    State(store): State<Store>,
    Message(report): Message<Report>,
) -> Result<Success<Receipt>, ApiError> {
    let now = web::time::now();
    let write = store.write_locking(move |tx| accept(tx, &caller.outlet_id, &report, now).map_err(ApiError::from));
    Ok(Success::new(write.await?))
}

/// The chains of all audit logs: how far the hub has each, and whether it is whole.
#[utoipa::path(
    get,
    path = "/v1/hq/audit/heads",
    tag = "head office",
    operation_id = "list_audit_heads",
    params(PageQuery),
    responses(
        (status = 200, description = "A page of chains, by outlet", body = List<AuditHead>),
        (status = 400, description = "`invalid_cursor`"),
        (status = 401, description = "`unauthorized`: log in first"),
        (status = 422, description = "`invalid_query`"),
    ),
)]
pub(crate) async fn list_audit_heads(
    _: User,
    State(store): State<Store>,
    Query(page): Query<PageQuery>,
) -> Result<List<AuditHead>, ApiError> {
    let limit = extract::page_size(page.limit)?;
    let after: [String; 2] = page.cursor.as_deref().map(cursor::read).transpose()?.unwrap_or_default();
    let found = store.read(move |tx| heads::list(tx, [&after[0], &after[1]], limit + 1)).await?;
    Ok(cursor::page(found, limit, |head| [head.outlet_id.clone(), head.chain_id.clone()]))
}
