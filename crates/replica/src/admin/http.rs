//! The admin's endpoints, with the exact shapes of the source document.

use std::time::Duration;

use access::permission::ManageSync;
use access::session::Actor;
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use sqlite::ReadRow;
use utoipa::{IntoParams, ToSchema};
use web::extract::{invalid_cursor, page_size};
use web::reply::{self, Done};
use web::{ApiError, Code, Json, List, Notice, PageQuery, Path, Query, Remote, Success, time};

use crate::admin::events;
use crate::admin::status::{self, QueueItem, SyncStatus};
use crate::client::hub::Client;
use crate::client::pull::PullError;
use crate::link::link_error;
use crate::logs::{self, SyncLog};
use crate::progress::range::{self, ResyncScope};
use crate::push::requeue::{RetryRefused, retry};
use crate::reconcile::verify::{self, Verified};
use crate::settings::hub_link::{Cloud, cloud};
use crate::state::Replica;
use crate::{chain, requests};

/// How long `?wait=true` waits.
const WAIT: Duration = Duration::from_secs(30);

/// The state of sync; constant time, however long the queue is.
#[utoipa::path(get, path = "/api/v1/sync/status", tag = "sync", responses(
    (status = 200, body = Success<SyncStatus>), (status = 403, description = "Admins only")))]
pub async fn get_status(State(app): State<Replica>, actor: Actor<ManageSync>) -> Result<Success<SyncStatus>, ApiError> {
    let (env, link) = (app.env.clone(), app.link.clone());
    actor.read(move |tx| status::status(tx, &env, Some(&link))).await.map(Success::new)
}

/// Tells the state of sync as it changes.
///
/// Server-sent events `status`, each with what `GET /api/v1/sync/status` answers: one at once, then whenever a round has
/// ended, head office has changed something here, or the state is another.
#[utoipa::path(get, path = "/api/v1/sync/events", tag = "sync", responses(
    (status = 200, description = "Events until the session ends or the server stops", body = String,
        content_type = "text/event-stream"),
    (status = 401, description = "`unauthorized`"), (status = 403, description = "Admins only"),
    (status = 429, description = "`too_many_streams`: of this user, this address or all; again after `Retry-After`")))]
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
pub struct Wait {
    /// True: answer when the round has ended, 30 s at the longest.
    wait: Option<bool>,
}

fn reachable(cloud: &Cloud) -> Result<(), ApiError> {
    cloud.address()?;
    if cloud.enabled {
        return Ok(());
    }
    Err(Code::SyncDisabled.into())
}

/// Starts a round now.
#[utoipa::path(post, path = "/api/v1/sync/trigger", tag = "sync",
    params(Wait), responses(
    (status = 200, body = Done),
    (status = 409, description = "`cloud_not_configured`, `sync_disabled`, `sync_stopped`"),
    (status = 502, description = "With `wait`: the round ended with a problem, in words"),
    (status = 504, description = "With `wait`: the round still runs")))]
pub async fn trigger_sync(
    State(app): State<Replica>,
    actor: Actor<ManageSync>,
    Query(wait): Query<Wait>,
) -> Result<Done, ApiError> {
    let env = app.env.clone();
    let mut rounds = app.link.rounds();
    let request = actor
        .write(move |tx, _| {
            reachable(&cloud(tx, &env)?)?;
            if let Some((_, message)) = chain::chain(tx)?.stopped {
                return Err(Code::SyncStopped.with("detail", message));
            }
            Ok::<_, ApiError>(requests::trigger(tx)?)
        })
        .await?;
    if wait.wait == Some(true) {
        let ended = async {
            while app.db.read(move |tx| Ok::<_, ApiError>(requests::is_open(tx, request)?)).await? {
                if rounds.changed().await.is_err() {
                    break;
                }
            }
            Ok::<_, ApiError>(())
        };
        tokio::time::timeout(WAIT, ended).await.map_err(|_| Code::StillRunning)??;
        if let Some(trouble) = app.db.read(|tx| Ok::<_, ApiError>(link_error::find(tx)?)).await? {
            return Err(Code::SyncFailed.with("detail", trouble.message));
        }
    }
    Ok(Done::of(Notice::SyncTriggered))
}

/// The latest rounds, newest first.
#[utoipa::path(get, path = "/api/v1/sync/logs", tag = "sync",
    params(PageQuery), responses((status = 200, body = List<SyncLog>)))]
pub async fn list_logs(actor: Actor<ManageSync>, Query(page): Query<PageQuery>) -> Result<List<SyncLog>, ApiError> {
    let limit = page_size(page.limit)?;
    let before = number_cursor(page.cursor.as_deref(), i64::MAX)?;
    let found = actor.read(move |tx| logs::latest(tx, before, limit)).await?;
    Ok(reply::page(found, limit, |log| log.id().to_string()))
}

/// Reads a cursor that is a number.
pub(crate) fn number_cursor(cursor: Option<&str>, start: i64) -> Result<i64, ApiError> {
    cursor.map_or(Ok(start), str::parse).map_err(|_| invalid_cursor())
}

/// What has failed.
#[derive(Debug, Serialize, ToSchema)]
pub struct FailedList {
    success: bool,
    /// All of them, also beyond this page.
    count: i64,
    data: Vec<QueueItem>,
    next_cursor: Option<String>,
}

/// Items that were refused or keep failing, with their reasons, newest first.
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

/// What waits, in the order in which it goes.
#[utoipa::path(get, path = "/api/v1/sync/queue", tag = "sync",
    params(PageQuery), responses((status = 200, body = List<QueueItem>)))]
pub async fn list_queue(actor: Actor<ManageSync>, Query(page): Query<PageQuery>) -> Result<List<QueueItem>, ApiError> {
    let limit = page_size(page.limit)?;
    let after = number_cursor(page.cursor.as_deref(), 0)?;
    let found = actor.read(move |tx| status::pending(tx, after, limit)).await?;
    Ok(reply::page(found, limit, |item| item.id.to_string()))
}

/// Sends a failed item again at once, on its own; takes a discarded one back.
#[utoipa::path(post, path = "/api/v1/sync/retry/{id}", tag = "sync",
    params(("id" = i64, Path)), responses(
    (status = 200, body = Done), (status = 404, description = "`not_found`"),
    (status = 409, description = "`not_failed`: it waits or was sent; `cloud_not_configured`; `sync_disabled`")))]
pub async fn retry_item(
    State(app): State<Replica>,
    actor: Actor<ManageSync>,
    Path(id): Path<i64>,
) -> Result<Done, ApiError> {
    let env = app.env.clone();
    actor
        .write(move |tx, _| {
            retry(tx, id)?;
            reachable(&cloud(tx, &env)?)
        })
        .await?;
    Ok(Done::of(Notice::SyncRetryTriggered))
}

/// What to compare again.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"scope": "all"}))]
pub struct Resync {
    /// shared, own or all.
    scope: ResyncScope,
}

/// Compares everything with what head office has, while the outlet sells: what one side lacks it gets, what is equal is
/// left alone.
#[utoipa::path(post, path = "/api/v1/sync/resync", tag = "sync",
    request_body = Resync, responses(
    (status = 200, body = Done, description = "Begun; it goes on in the background"),
    (status = 403, description = "Admins only"),
    (status = 409, description = "`cloud_not_configured`, `sync_disabled`, `sync_stopped`"),
    (status = 422, description = "`invalid_body`")))]
pub async fn resync(
    State(app): State<Replica>,
    actor: Actor<ManageSync>,
    Json(body): Json<Resync>,
) -> Result<Done, ApiError> {
    let env = app.env.clone();
    actor
        .write(move |tx, _| {
            reachable(&cloud(tx, &env)?)?;
            if let Some((_, message)) = chain::chain(tx)?.stopped {
                return Err(Code::SyncStopped.with("detail", message));
            }
            range::again(tx, body.scope, time::now())?;
            requests::trigger(tx)?;
            Ok::<_, ApiError>(())
        })
        .await?;
    Ok(Done::of(Notice::ResyncStarted))
}

/// What to do with what differs.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VerifyBody {
    /// True: what differs is put right in the background. False if absent: nothing changes.
    #[serde(default)]
    repair: bool,
}

/// Compares everything with what head office has and changes nothing, unless told to put right what differs.
#[utoipa::path(post, path = "/api/v1/sync/verify", tag = "sync",
    request_body = VerifyBody, responses(
    (status = 200, body = Success<Verified>), (status = 403, description = "Admins only"),
    (status = 409, description = "`cloud_not_configured`, `sync_disabled`, `sync_stopped`"),
    (status = 422, description = "`invalid_body`"),
    (status = 502, description = "`sync_failed`: head office cannot be asked, in words")))]
pub async fn verify_sync(
    State(app): State<Replica>,
    actor: Actor<ManageSync>,
    Json(body): Json<VerifyBody>,
) -> Result<Success<Verified>, ApiError> {
    let env = app.env.clone();
    let address = actor
        .read(move |tx| {
            let cloud = cloud(tx, &env)?;
            reachable(&cloud)?;
            if let Some((_, message)) = chain::chain(tx)?.stopped {
                return Err(Code::SyncStopped.with("detail", message));
            }
            Ok(cloud.address()?)
        })
        .await?;
    let mut verified = verify::verify(&app.db, &Client::new(), &address).await.map_err(|error| match error {
        PullError::Cloud(error) => Code::SyncFailed.with("detail", error.to_string()),
        PullError::Queue(error) => error.into(),
    })?;
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
