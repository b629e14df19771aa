//! The admin's endpoints for work in the background.

use access::permission::ManageSync;
use access::session::Actor;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use utoipa::ToSchema;
use web::extract::maybe_null;
use web::reply::with_status;
use web::{ApiError, Code, Json, Path, Problem, Success};

use crate::admin::http::{address_to_compare, begin_resync};
use crate::jobs::{self, Job, JobKind};
use crate::progress::range::ResyncScope;
use crate::reconcile::verify;
use crate::state::Replica;

/// The job to start.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "verify"}))]
pub struct StartJob {
    /// What to do.
    kind: JobKind,
    /// For `verify`: whether to repair differences. Default: false.
    #[serde(default, deserialize_with = "maybe_null")]
    repair: Option<bool>,
    /// For `resync`: what to compare. Default: `all`.
    #[serde(default, deserialize_with = "maybe_null")]
    scope: Option<ResyncScope>,
}

/// Starts work in the background: `verify` compares everything with head office, `resync` also repairs differences. One
/// of each kind runs at a time.
///
/// Progress comes as events of the topic `sync` with the type `job`.
#[utoipa::path(post, path = "/api/v1/jobs", tag = "jobs", request_body = StartJob, responses(
    (status = 202, body = Success<Job>, description = "Started"), (status = 403, description = "Admins only"),
    (status = 409, description = "`cloud_not_configured`, `sync_disabled`, `sync_stopped`; `job_running`: `args.id` names it"),
    (status = 422, description = "`invalid_body`")))]
pub async fn start_job(
    State(app): State<Replica>,
    actor: Actor<ManageSync>,
    Json(StartJob { kind, repair, scope }): Json<StartJob>,
) -> Result<Response, ApiError> {
    let env = app.env.clone();
    let job = match kind {
        JobKind::Verify => {
            if scope.is_some() {
                return Err(Code::InvalidBody.field("scope", Problem::unknown(&["kind", "repair"])));
            }
            let found = actor.read(move |tx| Ok::<_, ApiError>((address_to_compare(tx, &env)?, verify::count(tx)?)));
            let (address, total) = found.await?;
            jobs::start_verify(&app, address, total, repair.unwrap_or(false))?
        }
        JobKind::Resync => {
            if repair.is_some() {
                return Err(Code::InvalidBody.field("repair", Problem::unknown(&["kind", "scope"])));
            }
            let scope = scope.unwrap_or(ResyncScope::All);
            jobs::adopt_resync(&app).await?;
            app.jobs.check_free(JobKind::Resync)?;
            let total = actor.read(move |tx| jobs::count(tx, scope)).await?;
            let before = jobs::compared(&app.link, scope);
            actor.write(move |tx, _| begin_resync(tx, &env, scope)).await?;
            jobs::watch_resync(&app, scope, before, total)?
        }
    };
    Ok(with_status(StatusCode::ACCEPTED, Success::new(job)))
}

/// Lists the latest jobs, newest first, at most 20. A restart of the server forgets them; a comparison goes on as a new
/// job.
#[utoipa::path(get, path = "/api/v1/jobs", tag = "jobs", responses(
    (status = 200, body = Success<Vec<Job>>), (status = 403, description = "Admins only")))]
pub async fn list_jobs(State(app): State<Replica>, actor: Actor<ManageSync>) -> Result<Success<Vec<Job>>, ApiError> {
    actor.read(|_| Ok::<_, ApiError>(())).await?;
    jobs::adopt_resync(&app).await?;
    Ok(Success::new(app.jobs.list()))
}

/// Returns a job, with its progress or result.
#[utoipa::path(get, path = "/api/v1/jobs/{id}", tag = "jobs", params(("id" = String, Path)), responses(
    (status = 200, body = Success<Job>), (status = 403, description = "Admins only"),
    (status = 404, description = "`not_found`")))]
pub async fn get_job(
    State(app): State<Replica>,
    actor: Actor<ManageSync>,
    Path(id): Path<String>,
) -> Result<Success<Job>, ApiError> {
    actor.read(|_| Ok::<_, ApiError>(())).await?;
    app.jobs.find(&id).map(Success::new).ok_or_else(|| Code::NotFound.because("job"))
}

/// Cancels a job; one that has ended stays as it is. What it has repaired stays.
#[utoipa::path(delete, path = "/api/v1/jobs/{id}", tag = "jobs", params(("id" = String, Path)), responses(
    (status = 200, body = Success<Job>), (status = 403, description = "Admins only"),
    (status = 404, description = "`not_found`"),
    (status = 409, description = "`job_not_cancellable`: sync needs this comparison too, or a snapshot is being applied")))]
pub async fn cancel_job(
    State(app): State<Replica>,
    actor: Actor<ManageSync>,
    Path(id): Path<String>,
) -> Result<Success<Job>, ApiError> {
    if let Some(cancelling) = app.jobs.begin_cancel(&id) {
        let scopes = cancelling.scopes;
        actor.write(move |tx, _| jobs::cancel_resync(tx, scopes)).await?;
        cancelling.finish();
    } else {
        actor.read(|_| Ok::<_, ApiError>(())).await?;
    }
    app.jobs.find(&id).map(Success::new).ok_or_else(|| Code::NotFound.because("job"))
}
