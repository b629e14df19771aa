//! The admin's endpoints for conflicts, unapplied updates and unreviewed entities.

use access::audit::{Deed, record};
use access::permission::ManageSync;
use access::session::Actor;
use domain::audit::AuditAction;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::{IntoParams, ToSchema};
use web::extract::page_size;
use web::{ApiError, Code, Json, List, PageQuery, Path, Problem, Query, Success, reply, time};

use crate::conflicts::{self, Conflict, Resolution};
use crate::pull::bootstrap;
use crate::pull::bootstrap::UnreviewedEntity;
use crate::pull::retry;
use crate::unapplied::{self, UnappliedUpdate};

/// Filter and page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ConflictsQuery {
    /// `open` (default), `merged`, `resolved`, `superseded` or `all`.
    status: Option<String>,
    /// 1 to 500; default 50.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
    /// `next_cursor` of the previous page.
    cursor: Option<String>,
}

/// Lists fields that outlet and head office changed differently, newest first.
#[utoipa::path(get, path = "/api/v1/sync/conflicts", tag = "sync",
    params(ConflictsQuery), responses(
    (status = 200, body = List<Conflict>), (status = 422, description = "`invalid_query`"),
    (status = 403, description = "Admins only")))]
pub async fn list_conflicts(
    actor: Actor<ManageSync>,
    Query(page): Query<ConflictsQuery>,
) -> Result<List<Conflict>, ApiError> {
    let limit = page_size(page.limit)?;
    let status = match page.status.as_deref().unwrap_or("open") {
        "all" => None,
        status @ ("open" | "merged" | "resolved" | "superseded") => Some(status.to_owned()),
        _ => {
            let not_allowed = Problem::NotAllowed.with("choices", "open, merged, resolved, superseded, all");
            return Err(Code::InvalidQuery.field("status", not_allowed));
        }
    };
    let found = actor.read(move |tx| conflicts::list(tx, status.as_deref(), page.cursor.as_deref(), limit)).await?;
    Ok(reply::page(found, limit, |conflict| conflict.id.clone()))
}

/// A resolution: exactly one of the two.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"strategy": "local_wins"}))]
pub struct ResolveBody {
    /// `local_wins` or `cloud_wins`.
    strategy: Option<String>,
    /// Another value of the record's field: `{"price": 24000}`.
    #[schema(value_type = Option<Object>)]
    values: Option<Map<String, Value>>,
}

/// Resolves a conflict, also one that the rule has merged. This is an ordinary edit that is sent to head office.
#[utoipa::path(post, path = "/api/v1/sync/conflicts/{id}/resolve", tag = "sync",
    params(("id" = String, Path)),
    request_body = ResolveBody, responses(
    (status = 200, body = Success<Conflict>), (status = 404, description = "`not_found`"),
    (status = 409, description = "`superseded`: the field has changed since; `entity_deleted`; `no_decision_needed`; `unknown_entity`, `unknown_field`"),
    (status = 422, description = "`invalid_decision`, `invalid_value`")))]
pub async fn resolve_conflict(
    actor: Actor<ManageSync>,
    Path(id): Path<String>,
    Json(body): Json<ResolveBody>,
) -> Result<Success<Conflict>, ApiError> {
    actor
        .write(move |tx, user| {
            let resolution = resolution(&conflicts::get(tx, &id)?.field, body)?;
            conflicts::resolve(tx, &id, resolution, user, time::now())
        })
        .await
        .map(Success::new)
}

/// Undoes the resolution of a conflict: the field gets its value from before, and the conflict its status. This is an
/// ordinary edit that is sent to head office.
#[utoipa::path(post, path = "/api/v1/sync/conflicts/{id}/undo", tag = "sync",
    params(("id" = String, Path)), responses(
    (status = 200, body = Success<Conflict>), (status = 404, description = "`not_found`"),
    (status = 403, description = "Admins only"),
    (status = 409, description = "`not_resolved`; `superseded`: the field has changed since; `unknown_entity`, `unknown_field`, `entity_deleted`"),
    (status = 422, description = "`invalid_value`")))]
pub async fn undo_conflict(actor: Actor<ManageSync>, Path(id): Path<String>) -> Result<Success<Conflict>, ApiError> {
    actor.write(move |tx, user| conflicts::undo(tx, &id, user, time::now())).await.map(Success::new)
}

fn resolution(field: &str, body: ResolveBody) -> Result<Resolution, ApiError> {
    let invalid = || Code::InvalidDecision.with("name", field);
    match (body.strategy.as_deref(), body.values) {
        (Some(strategy), None) => Resolution::parse(strategy).ok_or_else(invalid),
        (None, Some(mut values)) if values.len() == 1 => {
            values.remove(field).map(Resolution::Value).ok_or_else(invalid)
        }
        _ => Err(invalid()),
    }
}

/// Lists updates from head office that could not be applied. They are stored as received and retried automatically
/// unless discarded.
#[utoipa::path(get, path = "/api/v1/sync/unapplied", tag = "sync",
    params(PageQuery), responses(
    (status = 200, body = List<UnappliedUpdate>), (status = 403, description = "Admins only")))]
pub async fn list_unapplied(
    actor: Actor<ManageSync>,
    Query(page): Query<PageQuery>,
) -> Result<List<UnappliedUpdate>, ApiError> {
    let limit = page_size(page.limit)?;
    let after = page.start()?;
    let found = actor.read(move |tx| unapplied::list(tx, after.as_deref(), limit)).await?;
    Ok(reply::page(found, limit, UnappliedUpdate::cursor))
}

/// Lists the entities that this machine read from the hub when it was new and that head office did not write: users,
/// settings and prices that nobody has confirmed; at most 1,000.
#[utoipa::path(get, path = "/api/v1/sync/unreviewed", tag = "sync",
    responses(
    (status = 200, body = Success<Vec<UnreviewedEntity>>), (status = 403, description = "Admins only")))]
pub async fn list_unreviewed(actor: Actor<ManageSync>) -> Result<Success<Vec<UnreviewedEntity>>, ApiError> {
    Ok(Success::new(actor.read(bootstrap::list).await?))
}

/// Result of a confirmation.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConfirmResult {
    confirmed: usize,
}

/// Confirms that a person has reviewed all of these entities and that they belong here.
#[utoipa::path(post, path = "/api/v1/sync/unreviewed/confirm", tag = "sync",
    responses(
    (status = 200, body = Success<ConfirmResult>), (status = 403, description = "Admins only")))]
pub async fn confirm_unreviewed(actor: Actor<ManageSync>) -> Result<Success<ConfirmResult>, ApiError> {
    let confirmed =
        actor.write(|tx, user| bootstrap::confirm_by(tx, user, time::now()).map_err(ApiError::from)).await?;
    Ok(Success::new(ConfirmResult { confirmed }))
}

/// Result of retrying all.
#[derive(Debug, Serialize, ToSchema)]
pub struct RetryAllResult {
    applied: usize,
}

/// Retries all unapplied updates that are not discarded.
#[utoipa::path(post, path = "/api/v1/sync/unapplied/retry", tag = "sync",
    responses(
    (status = 200, body = Success<RetryAllResult>), (status = 403, description = "Admins only")))]
pub async fn retry_all_unapplied(actor: Actor<ManageSync>) -> Result<Success<RetryAllResult>, ApiError> {
    let applied = actor.write(move |tx, user| {
        let now = time::now();
        let applied = retry::retry_some(tx, now)?;
        record(tx, user, Deed::new(AuditAction::UpdateRequeued).with(json!({"applied": applied})), now)?;
        Ok::<_, ApiError>(applied)
    });
    let applied = applied.await?;
    Ok(Success::new(RetryAllResult { applied }))
}
