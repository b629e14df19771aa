//! What an admin sees and decides of what came from the hub.

use access::permission::ManageSync;
use access::session::Actor;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};
use web::extract::page_size;
use web::{ApiError, Code, Json, List, PageQuery, Path, Problem, Query, Success, reply, time};

use crate::conflicts::{self, Conflict, Decision};
use crate::pull::bootstrap;
use crate::pull::bootstrap::Taken;
use crate::pull::retry;
use crate::unapplied::{self, UnappliedUpdate};

/// Which records, and which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ConflictsPage {
    /// open (the default), merged, resolved, superseded or all.
    status: Option<String>,
    /// At most 500; 50 if absent.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Fields that outlet and head office changed differently, newest first.
#[utoipa::path(get, path = "/api/v1/sync/conflicts", tag = "sync",
    params(ConflictsPage), responses(
    (status = 200, body = List<Conflict>), (status = 422, description = "`invalid_query`"),
    (status = 403, description = "Admins only")))]
pub async fn list_conflicts(
    actor: Actor<ManageSync>,
    Query(page): Query<ConflictsPage>,
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

/// A decision: one of the two.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"strategy": "local_wins"}))]
pub struct Resolve {
    /// local_wins or cloud_wins.
    strategy: Option<String>,
    /// The record's field with another value: `{"price": 24000}`.
    #[schema(value_type = Option<Object>)]
    values: Option<Map<String, Value>>,
}

/// Decides about a record, also one that the rule has settled: an ordinary edit that goes to head office.
#[utoipa::path(post, path = "/api/v1/sync/conflicts/{id}/resolve", tag = "sync",
    params(("id" = String, Path)),
    request_body = Resolve, responses(
    (status = 200, body = Success<Conflict>), (status = 404, description = "`not_found`"),
    (status = 409, description = "`superseded`: the field has changed since; `entity_deleted`; `union`: nothing to decide; `unknown_entity`, `unknown_field`"),
    (status = 422, description = "`invalid_decision`, `invalid_value`")))]
pub async fn resolve_conflict(
    actor: Actor<ManageSync>,
    Path(id): Path<String>,
    Json(body): Json<Resolve>,
) -> Result<Success<Conflict>, ApiError> {
    actor
        .write(move |tx, user| {
            let decision = decision(&conflicts::get(tx, &id)?.field, body)?;
            conflicts::resolve(tx, &id, decision, &user.id, time::now())
        })
        .await
        .map(Success::new)
}

fn decision(field: &str, body: Resolve) -> Result<Decision, ApiError> {
    let wrong = || Code::InvalidDecision.with("name", field);
    match (body.strategy.as_deref(), body.values) {
        (Some(strategy), None) => Decision::parse(strategy).ok_or_else(wrong),
        (None, Some(mut values)) if values.len() == 1 => values.remove(field).map(Decision::Value).ok_or_else(wrong),
        _ => Err(wrong()),
    }
}

/// What came from head office and could not be applied: kept as received, and tried again by itself unless somebody has
/// discarded it.
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

/// What this machine took from the hub when it was new and head office did not write: users, settings and own prices that
/// nobody has confirmed yet; at most 1,000.
#[utoipa::path(get, path = "/api/v1/sync/unreviewed", tag = "sync",
    responses(
    (status = 200, body = Success<Vec<Taken>>), (status = 403, description = "Admins only")))]
pub async fn list_unreviewed(actor: Actor<ManageSync>) -> Result<Success<Vec<Taken>>, ApiError> {
    Ok(Success::new(actor.read(bootstrap::list).await?))
}

/// How many were confirmed.
#[derive(Debug, Serialize, ToSchema)]
pub struct Confirmed {
    confirmed: usize,
}

/// Somebody has looked at all that was taken, and it belongs here.
#[utoipa::path(post, path = "/api/v1/sync/unreviewed/confirm", tag = "sync",
    responses(
    (status = 200, body = Success<Confirmed>), (status = 403, description = "Admins only")))]
pub async fn confirm_unreviewed(actor: Actor<ManageSync>) -> Result<Success<Confirmed>, ApiError> {
    let confirmed = actor.write(|tx, _| bootstrap::confirm(tx).map_err(ApiError::from)).await?;
    Ok(Success::new(Confirmed { confirmed }))
}

/// How many could be applied now.
#[derive(Debug, Serialize, ToSchema)]
pub struct RetryAllResult {
    applied: usize,
}

/// Tries again what could not be applied and nobody has discarded.
#[utoipa::path(post, path = "/api/v1/sync/unapplied/retry", tag = "sync",
    responses(
    (status = 200, body = Success<RetryAllResult>), (status = 403, description = "Admins only")))]
pub async fn retry_all_unapplied(actor: Actor<ManageSync>) -> Result<Success<RetryAllResult>, ApiError> {
    let applied = actor.write(move |tx, _| retry::try_again(tx, time::now()).map_err(ApiError::from)).await?;
    Ok(Success::new(RetryAllResult { applied }))
}
