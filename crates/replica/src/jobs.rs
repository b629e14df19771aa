//! Work in the background that a person starts, watches and may cancel: verification and comparison with head office.
//!
//! Jobs are in memory: after a restart, a verification is gone, and a comparison goes on as a new job. The last
//! [`MAX_JOBS`] can be read. Each change of a job is an event of the topic `sync`.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::Transaction;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use utoipa::ToSchema;
use uuid::Uuid;
use web::events::feed::{Change, Feed};
use web::{ApiError, Code, Localized, time};

use crate::client::hub::Client;
use crate::client::pull::PullError;
use crate::error::QueueError;
use crate::link::Link;
use crate::progress::range::{self, ResyncScope, Scope};
use crate::reconcile::cancel::cancel;
use crate::reconcile::verify::{self, VerifyReport};
use crate::settings::hub_link::Address;
use crate::state::Replica;

/// Jobs that can be read.
pub const MAX_JOBS: usize = 20;
/// Interval of looks at a comparison.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Minimum interval between events about progress.
const EVENT_EVERY: Duration = Duration::from_secs(1);

/// What a job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobKind {
    /// Compares everything with head office; changes nothing, unless asked to repair.
    Verify,
    /// Compares everything with head office and repairs differences.
    Resync,
}

/// State of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// It runs, or waits for head office.
    Running,
    /// It has finished.
    Done,
    /// It has failed; see `error`.
    Failed,
    /// A person has cancelled it, or the server was stopped.
    Cancelled,
}

/// Work in the background.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Job {
    /// UUIDv7.
    pub id: String,
    /// What it does.
    pub kind: JobKind,
    /// Its state.
    pub state: JobState,
    /// Entities that were compared.
    pub done: i64,
    /// About how many entities there are; null: unknown.
    pub total: Option<i64>,
    /// When it started, RFC 3339 UTC.
    pub started_at: String,
    /// When it ended, RFC 3339 UTC; null while it runs.
    pub ended_at: Option<String>,
    /// Result of a verification; null before, and for other kinds.
    pub result: Option<VerifyReport>,
    /// Why it failed; null otherwise.
    pub error: Option<JobError>,
}

/// Why a job failed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct JobError {
    /// Stable code.
    code: &'static str,
    /// What to do, in the language of `Accept-Language`.
    message: Localized,
}

/// The jobs of this process. Cheap to clone; clones share the state.
#[derive(Debug, Clone)]
pub struct Jobs {
    state: Arc<Mutex<VecDeque<Entry>>>,
    tasks: TaskTracker,
    feed: Feed,
}

#[derive(Debug)]
struct Entry {
    job: Job,
    /// Scopes of a comparison.
    scopes: &'static [Scope],
    cancel: CancellationToken,
    /// Its end is a cancellation.
    is_cancelling: bool,
    event_at: Instant,
}

impl Jobs {
    /// No jobs; changes of jobs go to the feed.
    #[must_use]
    pub fn new(feed: Feed) -> Self {
        Self { state: Arc::default(), tasks: TaskTracker::new(), feed }
    }

    /// All known jobs, newest first.
    #[must_use]
    pub fn list(&self) -> Vec<Job> {
        self.lock().iter().map(|entry| entry.job.clone()).collect()
    }

    /// A job by its id.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<Job> {
        self.lock().iter().find(|entry| entry.job.id == id).map(|entry| entry.job.clone())
    }

    /// Checks that no job of this kind runs.
    ///
    /// # Errors
    /// 409 `job_running`.
    pub fn check_free(&self, kind: JobKind) -> Result<(), ApiError> {
        check_free(&self.lock(), kind)
    }

    /// Begins to cancel a running job; `None` if it has ended or does not exist.
    pub fn begin_cancel<'a>(&'a self, id: &'a str) -> Option<Cancelling<'a>> {
        let mut jobs = self.lock();
        let entry = jobs.iter_mut().find(|entry| entry.job.id == id && entry.job.state == JobState::Running)?;
        entry.is_cancelling = true;
        Some(Cancelling { jobs: self, id, scopes: entry.scopes, token: entry.cancel.clone() })
    }

    /// Adds a running job.
    ///
    /// # Errors
    /// 409 `job_running`: there is one of this kind.
    fn add(&self, kind: JobKind, scopes: &'static [Scope], total: i64) -> Result<(Job, CancellationToken), ApiError> {
        let cancel = CancellationToken::new();
        let job = Job {
            id: Uuid::now_v7().to_string(),
            kind,
            state: JobState::Running,
            done: 0,
            total: Some(total),
            started_at: time::text(time::now()),
            ended_at: None,
            result: None,
            error: None,
        };
        let mut jobs = self.lock();
        check_free(&jobs, kind)?;
        let (job_entry, event_at) = (job.clone(), Instant::now());
        jobs.push_front(Entry { job: job_entry, scopes, cancel: cancel.clone(), is_cancelling: false, event_at });
        // At most one of each kind is running, and it is among the newest.
        jobs.truncate(MAX_JOBS);
        drop(jobs);
        self.report(&job.id);
        Ok((job, cancel))
    }

    fn set_done(&self, id: &str, done: i64) {
        let mut jobs = self.lock();
        let Some(entry) = jobs.iter_mut().find(|entry| entry.job.id == id) else { return };
        let is_new = std::mem::replace(&mut entry.job.done, done) != done;
        if is_new && entry.event_at.elapsed() >= EVENT_EVERY {
            entry.event_at = Instant::now();
            drop(jobs);
            self.report(id);
        }
    }

    fn end(&self, id: &str, outcome: Outcome) {
        let mut jobs = self.lock();
        let running = jobs.iter_mut().find(|entry| entry.job.id == id && entry.job.state == JobState::Running);
        let Some(Entry { job, is_cancelling, .. }) = running else { return };
        let outcome = if *is_cancelling { Outcome::Cancelled } else { outcome };
        job.ended_at = Some(time::text(time::now()));
        job.state = match outcome {
            Outcome::Done(result) => {
                job.done = result.as_ref().map_or(job.done, |result| result.compared).max(job.done);
                job.total = Some(job.done);
                job.result = result;
                JobState::Done
            }
            Outcome::Failed(error) => {
                job.error = Some(JobError { code: error.code(), message: Localized(error.to_message()) });
                JobState::Failed
            }
            Outcome::Cancelled => JobState::Cancelled,
        };
        drop(jobs);
        self.report(id);
    }

    fn report(&self, id: &str) {
        self.feed.push([Change { topic: "sync", entity_type: Some("job"), ids: Some(vec![id.to_owned()]) }]);
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Entry>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `work` as the task of a job. A panic is logged where it happens and fails the job.
    fn spawn(&self, id: String, work: impl Future<Output = Outcome> + Send + 'static) {
        let jobs = self.clone();
        self.tasks.spawn(async move {
            let outcome = tokio::spawn(work).await.unwrap_or_else(|_| Outcome::Failed(ApiError::internal()));
            jobs.end(&id, outcome);
        });
    }

    /// Waits for the tasks, which end when the server stops.
    pub async fn ended(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }
}

fn check_free(jobs: &VecDeque<Entry>, kind: JobKind) -> Result<(), ApiError> {
    let running = jobs.iter().find(|entry| entry.job.kind == kind && entry.job.state == JobState::Running);
    running.map_or(Ok(()), |running| Err(Code::JobRunning.with("id", running.job.id.as_str())))
}

/// How a job ends.
enum Outcome {
    Done(Option<VerifyReport>),
    Failed(ApiError),
    Cancelled,
}

/// Starts a verification. With `repair`, differences are then repaired in the background.
///
/// # Errors
/// 409 `job_running`.
pub fn start_verify(app: &Replica, address: Address, total: i64, repair: bool) -> Result<Job, ApiError> {
    let (job, cancel) = app.jobs.add(JobKind::Verify, &[], total)?;
    let (app, id) = (app.clone(), job.id.clone());
    let jobs = app.jobs.clone();
    jobs.spawn(job.id.clone(), async move {
        tokio::select! {
            () = cancel.cancelled() => Outcome::Cancelled,
            () = app.stopping.cancelled() => Outcome::Cancelled,
            verified = verify_now(&app, &address, &id, repair) => {
                verified.map_or_else(Outcome::Failed, |verified| Outcome::Done(Some(verified)))
            }
        }
    });
    Ok(job)
}

async fn verify_now(app: &Replica, address: &Address, id: &str, repair: bool) -> Result<VerifyReport, ApiError> {
    let on_progress = |done: i64| app.jobs.set_done(id, done);
    let verified = verify::verify(&app.db, &Client::new(), address, &on_progress).await;
    let mut verified = verified.map_err(comparison_failed)?;
    if repair && !verified.differences.is_empty() {
        let differences = verified.differences.clone();
        app.db.write_background(move |tx| verify::repair(tx, &differences, time::now())).await?;
        verified.repairing = true;
    }
    Ok(verified)
}

/// Adds a job for a comparison that has begun in the database; `before` is [`compared`] at its beginning. The worker
/// compares; the job only watches.
///
/// # Errors
/// 409 `job_running`.
pub fn watch_resync(app: &Replica, scope: ResyncScope, before: u64, total: i64) -> Result<Job, ApiError> {
    let scopes = scope.scopes();
    let (job, cancel) = app.jobs.add(JobKind::Resync, scopes, total)?;
    let (app, id) = (app.clone(), job.id.clone());
    let jobs = app.jobs.clone();
    jobs.spawn(job.id.clone(), async move {
        loop {
            tokio::select! {
                () = cancel.cancelled() => return Outcome::Cancelled,
                () = app.stopping.cancelled() => return Outcome::Cancelled,
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
            let is_running = app.db.read(move |tx| any_running(tx, scopes)).await;
            let done = compared(&app.link, scope).saturating_sub(before);
            app.jobs.set_done(&id, i64::try_from(done).unwrap_or(i64::MAX));
            match is_running {
                Ok(true) => {}
                Ok(false) => return Outcome::Done(None),
                Err(error) => tracing::warn!(%error, "the state of a comparison cannot be read; trying again"),
            }
        }
    });
    Ok(job)
}

/// Adds a job for a comparison that was requested in the terminal or before the server started, if there is one.
///
/// # Errors
/// The database failed.
pub async fn adopt_resync(app: &Replica) -> Result<(), ApiError> {
    if app.jobs.check_free(JobKind::Resync).is_err() {
        return Ok(());
    }
    let found = app.db.read(|tx| {
        Ok::<_, QueueError>(match range::requested(tx)? {
            Some(scope) => Some((scope, count(tx, scope)?)),
            None => None,
        })
    });
    if let Some((scope, total)) = found.await? {
        // If another request was faster, it has added the job.
        let _ = watch_resync(app, scope, compared(&app.link, scope), total);
    }
    Ok(())
}

/// About how many entities a comparison has.
///
/// # Errors
/// The database failed.
pub fn count(tx: &Transaction<'_>, scope: ResyncScope) -> Result<i64, QueueError> {
    scope.scopes().iter().try_fold(0, |sum, scope| {
        Ok(sum + if *scope == Scope::Owned { verify::count_owned(tx)? } else { verify::count_shared(tx)? })
    })
}

fn any_running(tx: &Transaction<'_>, scopes: &[Scope]) -> Result<bool, QueueError> {
    for scope in scopes {
        if range::running_comparison(tx, *scope)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Entities that comparisons of this scope have compared since the process started.
#[must_use]
pub fn compared(link: &Link, scope: ResyncScope) -> u64 {
    scope.scopes().iter().map(|scope| link.compared(*scope)).sum()
}

/// A job that is about to be cancelled. If it is dropped, the job goes on.
pub struct Cancelling<'a> {
    jobs: &'a Jobs,
    id: &'a str,
    /// Scopes of its comparison.
    pub scopes: &'static [Scope],
    token: CancellationToken,
}

impl Cancelling<'_> {
    /// Ends the job.
    pub fn finish(self) {
        self.jobs.end(self.id, Outcome::Cancelled);
        self.token.cancel();
    }
}

impl Drop for Cancelling<'_> {
    fn drop(&mut self) {
        let mut jobs = self.jobs.lock();
        if let Some(entry) = jobs.iter_mut().find(|entry| entry.job.id == self.id) {
            entry.is_cancelling = false;
        }
    }
}

/// Ends a comparison in the database; nothing has changed if it cannot be ended.
///
/// # Errors
/// 409 `job_not_cancellable`.
pub fn cancel_resync(tx: &Transaction<'_>, scopes: &[Scope]) -> Result<(), ApiError> {
    for scope in scopes {
        if !cancel(tx, *scope)? {
            return Err(Code::JobNotCancellable.into());
        }
    }
    Ok(())
}

/// Why a comparison failed.
pub(crate) fn comparison_failed(error: PullError) -> ApiError {
    match error {
        PullError::Hub(error) => Code::SyncFailed.with("detail", error.reason().message()),
        PullError::Queue(error) => error.into(),
    }
}
