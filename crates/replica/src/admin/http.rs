//! The admin's endpoints, with the exact response shapes of the source document.

use std::time::Duration;

use access::permission::ManageSync;
use access::session::Actor;
use axum::extract::State;
use axum::response::Response;
use rusqlite::Transaction;
use serde::{Deserialize, Serialize};
use sqlite::ReadRow;
use utoipa::{IntoParams, ToSchema};
use web::extract::{invalid_cursor, page_size};
use web::reply::{self, Done};
use web::{ApiError, Code, Json, List, Notice, PageQuery, Path, Query, Remote, Success, time};

use crate::admin::events;
use crate::admin::status::{self, QueueItem, SyncStatus};
use crate::client::hub::Client;
use crate::config::SyncEnv;
use crate::jobs::comparison_failed;
use crate::link::link_error;
use crate::logs::{self, SyncLog};
use crate::progress::range::{self, ResyncScope};
use crate::push::requeue::{RetryRefused, retry};
use crate::reconcile::verify::{self, VerifyReport};
use crate::settings::hub_link::{Address, HubLink, hub_link};
use crate::state::Replica;
use crate::{chain, requests};

/// Maximum waiting time of `?query=true`.
const WAIT: Duration = Duration::from_secs(30);

/// Returns the sync status, in constant time regardless of the length of the queue.
#[utoipa::path(get, path = "/api/v1/sync/status", tag = "sync", responses(
    (status = 200, body = Success<SyncStatus>), (status = 403, description = "Admins only")))]
pub async fn get_status(State(app): State<Replica>, actor: Actor<ManageSync>) -> Result<Success<SyncStatus>, ApiError> {
    let (env, link) = (app.env.clone(), app.link.clone());
    actor.read(move |tx| status::status(tx, &env, Some(&link))).await.map(Success::new)
}

/// Streams the sync status as it changes.
///
/// Server-sent events named `status`, each with the answer of `GET /api/v1/sync/status`: one at once, then after each
/// round, after each change from head office, and whenever the status differs.
#[utoipa::path(get, path = "/api/v1/sync/events", tag = "sync", responses(
    (status = 200, description = "Events until the session ends or the server stops", body = String,
        content_type = "text/event-stream"),
    (status = 401, description = "`unauthorized`"), (status = 403, description = "Admins only"),
    (status = 429, description = "`too_many_streams`: for this user, this address or in total; retry after `Retry-After`")))]
pub async fn stream_sync_status(
    State(app): State<Replica>,
    remote: Remote,
    actor: Actor<ManageSync>,
) -> Result<Response, ApiError> {
    events::events(app, remote, actor).await
}

/// Whether to wait for the round.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct TriggerQuery {
    /// True: answer at the end of the round, after 30 s at most.
    wait: Option<bool>,
}

/// Whether this outlet syncs.
pub(crate) fn check_configured(hub_link: &HubLink) -> Result<(), ApiError> {
    hub_link.address()?;
    if hub_link.enabled {
        return Ok(());
    }
    Err(Code::SyncDisabled.into())
}

/// Starts a round now.
#[utoipa::path(post, path = "/api/v1/sync/trigger", tag = "sync",
    params(TriggerQuery), responses(
    (status = 200, body = Done),
    (status = 409, description = "`cloud_not_configured`, `sync_disabled`, `sync_stopped`"),
    (status = 502, description = "With `wait`: the round failed; the message says why"),
    (status = 504, description = "With `wait`: the round is still running")))]
pub async fn trigger_sync(
    State(app): State<Replica>,
    actor: Actor<ManageSync>,
    Query(query): Query<TriggerQuery>,
) -> Result<Done, ApiError> {
    let env = app.env.clone();
    let mut rounds = app.link.rounds();
    let request = actor
        .write(move |tx, _| {
            check_configured(&hub_link(tx, &env)?)?;
            if let Some(reason) = chain::chain(tx)?.stopped {
                return Err(Code::SyncStopped.with("detail", reason.message()));
            }
            Ok::<_, ApiError>(requests::trigger(tx)?)
        })
        .await?;
    if query.wait == Some(true) {
        let served = async {
            while app.db.read(move |tx| Ok::<_, ApiError>(requests::is_open(tx, request)?)).await? {
                if rounds.changed().await.is_err() {
                    break;
                }
            }
            Ok::<_, ApiError>(())
        };
        tokio::time::timeout(WAIT, served).await.map_err(|_| Code::StillRunning)??;
        if let Some(link_error) = app.db.read(|tx| Ok::<_, ApiError>(link_error::find(tx)?)).await? {
            return Err(Code::SyncFailed.with("detail", link_error.reason.message.0));
        }
    }
    Ok(Done::of(Notice::SyncTriggered))
}

/// Lists the latest rounds, newest first.
#[utoipa::path(get, path = "/api/v1/sync/logs", tag = "sync",
    params(PageQuery), responses((status = 200, body = List<SyncLog>)))]
pub async fn list_logs(actor: Actor<ManageSync>, Query(page): Query<PageQuery>) -> Result<List<SyncLog>, ApiError> {
    let limit = page_size(page.limit)?;
    let before = number_cursor(page.cursor.as_deref(), i64::MAX)?;
    let found = actor.read(move |tx| logs::latest(tx, before, limit)).await?;
    Ok(reply::page(found, limit, |log| log.id().to_string()))
}

/// Parses a numeric cursor.
pub(crate) fn number_cursor(cursor: Option<&str>, start: i64) -> Result<i64, ApiError> {
    cursor.map_or(Ok(start), str::parse).map_err(|_| invalid_cursor())
}

/// A page of failed items.
#[derive(Debug, Serialize, ToSchema)]
pub struct FailedList {
    success: bool,
    /// Number of failed items on all pages.
    count: i64,
    data: Vec<QueueItem>,
    next_cursor: Option<String>,
}

/// Lists failed items with their reasons, newest first.
#[utoipa::path(get, path = "/api/v1/sync/failed", tag = "sync",
    params(PageQuery), responses((status = 200, body = FailedList)))]
pub async fn list_failed(
    actor: Actor<ManageSync>,
    Query(page): Query<PageQuery>,
) -> Result<axum::Json<FailedList>, ApiError> {
    let limit = page_size(page.limit)?;
    let before = number_cursor(page.cursor.as_deref(), i64::MAX)?;
    let (count, found) = actor
        .read(move |tx| {
            let count = tx.query_row("select failed from sync_context where id = 1", [], |row| row.read(0))?;
            Ok::<_, ApiError>((count, status::failed(tx, before, limit)?))
        })
        .await?;
    let List { data, next_cursor, .. } = reply::page(found, limit, |item| item.id.to_string());
    Ok(axum::Json(FailedList { success: true, count, data, next_cursor }))
}

/// Lists pending items in the order in which they are sent.
#[utoipa::path(get, path = "/api/v1/sync/queue", tag = "sync",
    params(PageQuery), responses((status = 200, body = List<QueueItem>)))]
pub async fn list_queue(actor: Actor<ManageSync>, Query(page): Query<PageQuery>) -> Result<List<QueueItem>, ApiError> {
    let limit = page_size(page.limit)?;
    let after = number_cursor(page.cursor.as_deref(), 0)?;
    let found = actor.read(move |tx| status::pending(tx, after, limit)).await?;
    Ok(reply::page(found, limit, |item| item.id.to_string()))
}

/// Retries a failed or discarded item at once, as an individual push.
#[utoipa::path(post, path = "/api/v1/sync/retry/{id}", tag = "sync",
    params(("id" = i64, Path)), responses(
    (status = 200, body = Done), (status = 404, description = "`not_found`"),
    (status = 409, description = "`not_failed`: it is pending or was sent; `cloud_not_configured`; `sync_disabled`")))]
pub async fn retry_item(
    State(app): State<Replica>,
    actor: Actor<ManageSync>,
    Path(id): Path<i64>,
) -> Result<Done, ApiError> {
    let env = app.env.clone();
    actor
        .write(move |tx, user| {
            retry(tx, id, user, time::now())?;
            check_configured(&hub_link(tx, &env)?)
        })
        .await?;
    Ok(Done::of(Notice::SyncRetryTriggered))
}

/// Scope of a comparison.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"scope": "all"}))]
pub struct ResyncBody {
    /// `shared`, `owned` or `all`.
    scope: ResyncScope,
}

/// Compares everything with head office and repairs differences in the background, while the outlet sells.
#[utoipa::path(post, path = "/api/v1/sync/resync", tag = "sync",
    request_body = ResyncBody, responses(
    (status = 200, body = Done, description = "Started; it runs in the background"),
    (status = 403, description = "Admins only"),
    (status = 409, description = "`cloud_not_configured`, `sync_disabled`, `sync_stopped`"),
    (status = 422, description = "`invalid_body`")))]
pub async fn resync(
    State(app): State<Replica>,
    actor: Actor<ManageSync>,
    Json(body): Json<ResyncBody>,
) -> Result<Done, ApiError> {
    let env = app.env.clone();
    actor.write(move |tx, _| begin_resync(tx, &env, body.scope)).await?;
    Ok(Done::of(Notice::ResyncStarted))
}

/// Begins a comparison, if this outlet syncs.
pub(crate) fn begin_resync(tx: &Transaction<'_>, env: &SyncEnv, scope: ResyncScope) -> Result<(), ApiError> {
    address_to_compare(tx, env)?;
    range::resync(tx, scope, time::now())?;
    requests::trigger(tx)?;
    Ok(())
}

/// The hub to compare with, if this outlet syncs.
pub(crate) fn address_to_compare(tx: &Transaction<'_>, env: &SyncEnv) -> Result<Address, ApiError> {
    let hub_link = hub_link(tx, env)?;
    check_configured(&hub_link)?;
    if let Some(reason) = chain::chain(tx)?.stopped {
        return Err(Code::SyncStopped.with("detail", reason.message()));
    }
    Ok(hub_link.address()?)
}

/// Whether to repair differences.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VerifyBody {
    /// True: repair differences in the background. Default false: change nothing.
    #[serde(default)]
    repair: bool,
}

/// Compares everything with head office; changes nothing unless asked to repair.
#[utoipa::path(post, path = "/api/v1/sync/verify", tag = "sync",
    request_body = VerifyBody, responses(
    (status = 200, body = Success<VerifyReport>), (status = 403, description = "Admins only"),
    (status = 409, description = "`cloud_not_configured`, `sync_disabled`, `sync_stopped`"),
    (status = 422, description = "`invalid_body`"),
    (status = 502, description = "`sync_failed`: head office cannot be reached; the message says why")))]
pub async fn verify_sync(
    State(app): State<Replica>,
    actor: Actor<ManageSync>,
    Json(body): Json<VerifyBody>,
) -> Result<Success<VerifyReport>, ApiError> {
    let env = app.env.clone();
    let address = actor.read(move |tx| address_to_compare(tx, &env)).await?;
    let mut verified = verify::verify(&app.db, &Client::new(), &address, &|_| ()).await.map_err(comparison_failed)?;
    if body.repair && !verified.differences.is_empty() {
        let differences = verified.differences.clone();
        actor.write(move |tx, _| verify::repair(tx, &differences, time::now()).map_err(ApiError::from)).await?;
        verified.repairing = true;
    }
    Ok(Success::new(verified))
}

impl From<RetryRefused> for ApiError {
    fn from(refused: RetryRefused) -> Self {
        match refused {
            RetryRefused::NotFound => Code::NotFound.because("queue_item"),
            RetryRefused::NotFailed => Code::NotFailed.into(),
            RetryRefused::Fault(fault) => fault.into(),
        }
    }
}
