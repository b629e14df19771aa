//! The admin's endpoints for the quarantine.

use access::permission::ManageSync;
use access::session::{Actor, CurrentUser};
use axum::extract::State;
use domain::text::REASON;
use protocol::wire::{EntityRef, QuarantineState};
use rusqlite::Transaction;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use web::extract::page_size;
use web::reply::{self, Done};
use web::{ApiError, Code, Json, List, Localized, Notice, PageQuery, Path, Problem, Query, Success, text, time};

use crate::admin::http::{check_configured, number_cursor};
use crate::atomically::atomically;
use crate::pull::retry::{self, RetryResult};
use crate::push::requeue;
use crate::quarantine::discard::{DiscardOutcome, DiscardRefused, DiscardResult, discard};
use crate::quarantine::discard_update::discard_update;
use crate::quarantine::list::{QuarantinedItem, list};
use crate::quarantine::record::{self, Discard};
use crate::settings::hub_link::hub_link;
use crate::state::Replica;

/// Filter and page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct QuarantineQuery {
    /// `failed`, `isolated` or `discarded`; all of them if absent.
    state: Option<String>,
    /// 1 to 500; default 50.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
    /// `next_cursor` of the previous page.
    cursor: Option<String>,
}

/// Lists quarantined items with their reasons: failed, isolated or discarded; newest first.
///
/// Unapplied updates from head office are in `/api/v1/sync/unapplied`.
#[utoipa::path(get, path = "/api/v1/sync/quarantine", tag = "sync",
    params(QuarantineQuery), responses(
    (status = 200, body = List<QuarantinedItem>), (status = 422, description = "`invalid_query`"),
    (status = 403, description = "Admins only")))]
pub async fn list_quarantine(
    actor: Actor<ManageSync>,
    Query(page): Query<QuarantineQuery>,
) -> Result<List<QuarantinedItem>, ApiError> {
    let limit = page_size(page.limit)?;
    let before = number_cursor(page.cursor.as_deref(), i64::MAX)?;
    if page.state.as_deref().is_some_and(|state| QuarantineState::parse(state).is_none()) {
        let not_allowed = Problem::NotAllowed.with("choices", "failed, isolated, discarded");
        return Err(Code::InvalidQuery.field("state", not_allowed));
    }
    let found = actor.read(move |tx| list(tx, page.state.as_deref(), before, limit)).await?;
    Ok(reply::page(found, limit, |item| item.id.to_string()))
}

/// Reason of a discard.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "Salah masuk"}))]
pub struct DiscardReason {
    /// At most 200 characters.
    reason: String,
}

/// Discards a failed item: it is no longer retried. User, time and reason stay on record.
///
/// An outlet-owned entity stays as it is and is not sent; the edit of a shared one is reverted.
#[utoipa::path(post, path = "/api/v1/sync/discard/{id}", tag = "sync",
    params(("id" = i64, Path)), request_body = DiscardReason,
    responses(
    (status = 200, body = Success<DiscardResult>), (status = 403, description = "Admins only"),
    (status = 404, description = "`not_found`"),
    (status = 409, description = "`not_failed`: it is pending, in flight or was sent; `already_discarded`; `cannot_be_reverted`"),
    (status = 422, description = "`invalid_body`, `invalid_text`")))]
pub async fn discard_item(
    actor: Actor<ManageSync>,
    Path(id): Path<i64>,
    Json(DiscardReason { reason }): Json<DiscardReason>,
) -> Result<Success<DiscardResult>, ApiError> {
    let reason = text::required("reason", &reason, REASON)?;
    actor.write(move |tx, user| discard(tx, id, &reason, user, time::now())).await.map(Success::new)
}

/// Most ids in one request.
const MAX_IDS: usize = 500;
/// Items in one transaction, so that no sale waits for all of them.
const CHUNK: usize = 25;

/// Failed items to retry.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"ids": [1]}))]
pub struct RetrySelection {
    /// Ids in the list of failed items.
    #[schema(min_items = 1, max_items = 500)]
    ids: Vec<i64>,
}

/// Failed items to discard, with the reason.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"ids": [1], "reason": "Salah masuk"}))]
pub struct DiscardSelection {
    /// Ids in the list of failed items.
    #[schema(min_items = 1, max_items = 500)]
    ids: Vec<i64>,
    /// At most 200 characters.
    reason: String,
}

/// What happened to an item of a selection.
#[derive(Debug, Serialize, ToSchema)]
pub struct ItemResult {
    /// Its id.
    id: i64,
    /// Whether it was retried or discarded.
    ok: bool,
    /// Effect of a discard; null otherwise.
    outcome: Option<DiscardOutcome>,
    /// Stable code of why not; null if `ok`.
    error: Option<&'static str>,
    /// Why not and what to do, in the language of `Accept-Language`; null if `ok`.
    message: Option<Localized>,
}

impl ItemResult {
    /// A refusal is the result of one item; a fault ends the request.
    fn new(id: i64, result: Result<Option<DiscardOutcome>, ApiError>) -> Result<Self, ApiError> {
        match result {
            Ok(outcome) => Ok(Self { id, ok: true, outcome, error: None, message: None }),
            Err(fault) if fault.status().is_server_error() => Err(fault),
            Err(refused) => {
                let message = Some(Localized(refused.to_message()));
                Ok(Self { id, ok: false, outcome: None, error: Some(refused.code()), message })
            }
        }
    }
}

/// Does the same with each item of a selection. What was done before a fault stays.
async fn with_each(
    actor: &Actor<ManageSync>,
    ids: Vec<i64>,
    work: impl Fn(&Transaction<'_>, i64, &CurrentUser) -> Result<Option<DiscardOutcome>, ApiError> + Clone + Send + 'static,
) -> Result<Success<Vec<ItemResult>>, ApiError> {
    if ids.is_empty() || ids.len() > MAX_IDS {
        let not_between = Problem::EntriesNotBetween.with("least", 1).with("most", MAX_IDS);
        return Err(Code::InvalidBody.field("ids", not_between));
    }
    let mut results = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(CHUNK) {
        let (chunk, work) = (chunk.to_vec(), work.clone());
        let done = actor.write(move |tx, user| {
            let each = chunk.into_iter().map(|id| ItemResult::new(id, atomically(tx, || work(tx, id, user))));
            each.collect::<Result<Vec<_>, ApiError>>()
        });
        results.extend(done.await?);
    }
    Ok(Success::new(results))
}

/// Retries a selection of failed or discarded items at once, as individual pushes. Each item has its own result.
#[utoipa::path(post, path = "/api/v1/sync/failed/retry", tag = "sync",
    request_body = RetrySelection, responses(
    (status = 200, body = Success<Vec<ItemResult>>,
     description = "`error` of an item: `not_found`, `not_failed`"),
    (status = 403, description = "Admins only"),
    (status = 409, description = "`cloud_not_configured`, `sync_disabled`"),
    (status = 422, description = "`invalid_body`")))]
pub async fn retry_failed(
    State(app): State<Replica>,
    actor: Actor<ManageSync>,
    Json(RetrySelection { ids }): Json<RetrySelection>,
) -> Result<Success<Vec<ItemResult>>, ApiError> {
    let env = app.env.clone();
    actor.read(move |tx| check_configured(&hub_link(tx, &env)?)).await?;
    with_each(&actor, ids, |tx, id, user| {
        requeue::retry(tx, id, user, time::now())?;
        Ok(None)
    })
    .await
}

/// Discards a selection of failed items: they are no longer retried. User, time and reason stay on record. Each item
/// has its own result.
#[utoipa::path(post, path = "/api/v1/sync/failed/discard", tag = "sync",
    request_body = DiscardSelection, responses(
    (status = 200, body = Success<Vec<ItemResult>>,
     description = "`error` of an item: `not_found`, `not_failed`, `already_discarded`, `cannot_be_reverted`"),
    (status = 403, description = "Admins only"),
    (status = 422, description = "`invalid_body`, `invalid_text`")))]
pub async fn discard_failed(
    actor: Actor<ManageSync>,
    Json(DiscardSelection { ids, reason }): Json<DiscardSelection>,
) -> Result<Success<Vec<ItemResult>>, ApiError> {
    let reason = text::required("reason", &reason, REASON)?;
    with_each(&actor, ids, move |tx, id, by| Ok(Some(discard(tx, id, &reason, by, time::now())?.outcome))).await
}

/// Discards an unapplied update from head office: it is no longer retried and stays on record.
#[utoipa::path(post, path = "/api/v1/sync/unapplied/{entity_type}/{entity_id}/discard", tag = "sync",
        params(("entity_type" = String, Path), ("entity_id" = String, Path)), request_body = DiscardReason, responses(
    (status = 200, body = Done), (status = 403, description = "Admins only"), (status = 404, description = "`not_found`"),
    (status = 409, description = "`already_discarded`"), (status = 422, description = "`invalid_body`, `invalid_text`")))]
pub async fn discard_unapplied(
    actor: Actor<ManageSync>,
    Path((entity_type, entity_id)): Path<(String, String)>,
    Json(DiscardReason { reason }): Json<DiscardReason>,
) -> Result<Done, ApiError> {
    let reason = text::required("reason", &reason, REASON)?;
    let of = EntityRef::new(&entity_type, &entity_id);
    actor.write(move |tx, user| discard_update(tx, &of, &reason, user, time::now())).await?;
    Ok(Done::of(Notice::UpdateDiscarded))
}

/// Retries an unapplied update from head office, also a discarded one.
#[utoipa::path(post, path = "/api/v1/sync/unapplied/{entity_type}/{entity_id}/retry", tag = "sync",
    params(("entity_type" = String, Path), ("entity_id" = String, Path)), responses(
    (status = 200, body = Success<RetryResult>), (status = 403, description = "Admins only"),
    (status = 404, description = "`not_found`")))]
pub async fn retry_unapplied(
    actor: Actor<ManageSync>,
    Path((entity_type, entity_id)): Path<(String, String)>,
) -> Result<Success<RetryResult>, ApiError> {
    let of = EntityRef::new(&entity_type, &entity_id);
    let retried = actor.write(move |tx, user| retry::retry(tx, &of, user, time::now()).map_err(ApiError::from)).await?;
    retried.map(Success::new).ok_or_else(|| DiscardRefused::NoUpdate.into())
}

/// Lists discarded items and updates, newest first, with user, time and reason.
#[utoipa::path(get, path = "/api/v1/sync/discards", tag = "sync",
    params(PageQuery), responses(
    (status = 200, body = List<Discard>), (status = 422, description = "`invalid_query`"),
    (status = 403, description = "Admins only")))]
pub async fn list_discards(actor: Actor<ManageSync>, Query(page): Query<PageQuery>) -> Result<List<Discard>, ApiError> {
    let limit = page_size(page.limit)?;
    let before = number_cursor(page.cursor.as_deref(), i64::MAX)?;
    let found = actor.read(move |tx| record::list(tx, before, limit)).await?;
    Ok(reply::page(found, limit, |discard| discard.id.to_string()))
}
