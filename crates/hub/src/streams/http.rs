//! `GET /v1/outlets/{outlet_id}/updates`, `…/events`, `…/entities`, `…/documents`: what an outlet reads from the hub.

use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderValue;
use axum::response::{IntoResponse, Response};
use protocol::cursor::{Cursor, InvalidCursor};
use protocol::updates::{self, EntityPage, Update, UpdatePage};
use protocol::wire::EntityRef;
use serde::Deserialize;
use utoipa::IntoParams;
use web::{ApiError, Code, Path, Problem, Query, Remote, Success};

use super::epoch::EpochRefused;
use super::owned::{OwnedPage, documents};
use super::page::PageRequest;
use super::{entities, events, long_poll, read_positions};
use crate::outlets::{Caller, processes};
use crate::streams::state::Streams;

/// Default number of rows of a page.
const ROWS: usize = 500;
/// Rows of a page at the most.
const MAX_ROWS: usize = 1_000;
/// Maximum waiting time in seconds: proxies may close an idle connection after a minute.
const MAX_WAIT_S: u64 = 60;

/// How far the outlet is.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Since {
    /// How far both streams were read; absent: from the beginning.
    cursor: Option<String>,
    /// Changes in a page: 1 to 1,000, 500 if absent.
    limit: Option<usize>,
    /// Seconds to wait for a change if there is none: at most 60, default 0.
    wait: Option<u64>,
    /// The random id of the outlet's epoch.
    epoch: Option<String>,
    /// The `batch_id` of the outlet's position in its batch chain; absent at position 0.
    at: Option<String>,
}

/// Changes at head office and in other outlets.
///
/// Changes of both streams after the cursor, each stream in order and without gaps, and the chain row, from one
/// snapshot. `stream_reset`: the hub does not have the cursor's entries; compare everything.
#[utoipa::path(
    get,
    path = "/v1/outlets/{outlet_id}/updates",
    tag = "outlets",
    operation_id = "pull_updates",
    params(("outlet_id" = String, Path, description = "The outlet's id"), Since),
    responses(
        (status = 200, description = "A page; empty if nothing changed during the wait", body = Success<UpdatePage>),
        (status = 400, description = "`invalid_cursor`, `invalid_path`"),
        (status = 422, description = "`invalid_query`: a parameter out of its range"),
        (status = 401, description = "`unauthorized`: no key, or an invalid one"),
        (status = 403, description = "`forbidden`: another outlet's key; `outlet_revoked`"),
        (status = 409, description = "`epoch_mismatch`: enroll again"),
        (status = 429, description = "`hub_overloaded`: too many concurrent requests of this outlet, this address or all; retry after \
                                      `Retry-After`"),
        (status = 503, description = "`database_busy`, `disk_full`, `stopping`: retry after `Retry-After`"),
    ),
)]
pub(crate) async fn pull_updates(
    caller: Caller,
    remote: Remote,
    State(state): State<Streams>,
    Query(since): Query<Since>,
) -> Response {
    let several = caller.several;
    let mut response = page(caller, remote, &state, since).await.into_response();
    if let Some(several) = several {
        let word = if several { "several" } else { "one" };
        response.headers_mut().insert(processes::PROCESSES, HeaderValue::from_static(word));
    }
    response
}

async fn page(caller: Caller, remote: Remote, state: &Streams, since: Since) -> Result<Success<UpdatePage>, ApiError> {
    let cursor = since.cursor.as_deref().map_or_else(|| Ok(Cursor::default()), cursor)?;
    let wait = since.wait.unwrap_or(0);
    if wait > MAX_WAIT_S {
        let not_between = Problem::NotBetween.with("least", 0).with("most", MAX_WAIT_S);
        return Err(Code::InvalidQuery.field("wait", not_between));
    }
    let limit = rows(since.limit)?;
    let ask = PageRequest { cursor: cursor.clone(), limit, epoch_id: since.epoch, at: since.at };
    let outlet_id = caller.outlet_id.clone();
    let _place = state.readers.poll(remote, &caller)?;
    // If two servers use the key, both learn it at once.
    let wait = if caller.took_turn { 0 } else { wait };
    let page = long_poll::page_within(state, caller, ask, Duration::from_secs(wait)).await?;
    if !page.stream_reset && state.read_positions.is_due(&outlet_id) {
        let recorded =
            state.store.write(move |tx| read_positions::note(tx, &outlet_id, &cursor, web::time::now())).await;
        // Then fewer entries are deleted; the page is valid.
        recorded.unwrap_or_else(|fault| tracing::warn!(%fault, "could not store the read position of an outlet"));
    }
    Ok(Success::new(page))
}

/// Notifies when there is something to pull.
///
/// Server-sent events `head` with the data `{"stream": "catalog", "n": 41}`: first how far both streams are, then each
/// time that one has grown. Only a hint: several changes may be one event, and one may be missed.
#[utoipa::path(
    get,
    path = "/v1/outlets/{outlet_id}/events",
    tag = "outlets",
    operation_id = "stream_heads",
    params(("outlet_id" = String, Path, description = "The outlet's id")),
    responses(
        (status = 200, description = "Events until the hub stops", body = String, content_type = "text/event-stream"),
        (status = 400, description = "`invalid_path`: not UTF-8"),
        (status = 401, description = "`unauthorized`: no key, or an invalid one"),
        (status = 403, description = "`forbidden`: another outlet's key; `outlet_revoked`"),
        (status = 429, description = "`too_many_streams`: of this outlet, this address or all; retry after `Retry-After`"),
        (status = 503, description = "`database_busy`, `disk_full`, `stopping`: retry after `Retry-After`"),
    ),
)]
pub(crate) async fn stream_heads(
    caller: Caller,
    remote: Remote,
    State(state): State<Streams>,
) -> Result<Response, ApiError> {
    events::events(state, remote, caller).await
}

/// Which range.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Range {
    /// `next.entity_type` of the page before.
    after_type: Option<String>,
    /// `next.entity_id` of the page before.
    after_id: Option<String>,
    /// 1 to 1,000, 500 if absent.
    limit: Option<usize>,
}

impl Range {
    fn after(self) -> Result<(String, String), ApiError> {
        match (self.after_type, self.after_id) {
            (Some(entity_type), Some(entity_id)) => Ok((entity_type, entity_id)),
            (None, None) => Ok(Default::default()),
            _ => Err(Code::InvalidQuery.field("after_type", Problem::Incomplete.with("other", "after_id"))),
        }
    }
}

/// Everything that the outlet may see: the present version of each shared entity.
///
/// Includes tombstones, ordered by type and id. After all pages were read, `updates` continues at the `cursor` of the
/// first page.
#[utoipa::path(
    get,
    path = "/v1/outlets/{outlet_id}/entities",
    tag = "outlets",
    operation_id = "list_entities",
    params(("outlet_id" = String, Path, description = "The outlet's id"), Range, EpochQuery),
    responses(
        (status = 200, description = "A range", body = Success<EntityPage>),
        (status = 400, description = "`invalid_path`"),
        (status = 422, description = "`invalid_query`: a parameter out of its range"),
        (status = 401, description = "`unauthorized`: no key, or an invalid one"),
        (status = 403, description = "`forbidden`: another outlet's key; `outlet_revoked`"),
        (status = 409, description = "`epoch_mismatch`: enroll again"),
        (status = 429, description = "`hub_overloaded`: too many concurrent requests; retry after `Retry-After`"),
        (status = 503, description = "`database_busy`, `disk_full`, `stopping`: retry after `Retry-After`"),
    ),
)]
pub(crate) async fn list_entities(
    caller: Caller,
    State(state): State<Streams>,
    Query(range): Query<Range>,
    Query(epoch): Query<EpochQuery>,
) -> Result<Success<EntityPage>, ApiError> {
    let limit = rows(range.limit)?;
    let after = range.after()?;
    let read = state.readers.read(&state.store, move |tx| {
        entities::entities(tx, &caller.outlet_id, epoch.epoch.as_deref(), (&after.0, &after.1), limit)
    });
    Ok(Success::new(read.await?))
}

/// The present version of one shared entity.
#[utoipa::path(
    get,
    path = "/v1/outlets/{outlet_id}/entities/{entity_type}/{entity_id}",
    tag = "outlets",
    operation_id = "get_entity",
    params(
        ("outlet_id" = String, Path, description = "The outlet's id"),
        ("entity_type" = String, Path, description = "Name of its declaration"),
        ("entity_id" = String, Path, description = "Its id"),
    ),
    responses(
        (status = 200, description = "The entity, or its tombstone", body = Success<Update>),
        (status = 400, description = "`invalid_path`: not UTF-8"),
        (status = 401, description = "`unauthorized`: no key, or an invalid one"),
        (status = 403, description = "`forbidden`: another outlet's key; `outlet_revoked`"),
        (status = 404, description = "`not_found`: the hub has never had it, or lost it"),
        (status = 429, description = "`hub_overloaded`: too many concurrent requests; retry after `Retry-After`"),
        (status = 503, description = "`database_busy`, `disk_full`, `stopping`: retry after `Retry-After`"),
    ),
)]
pub(crate) async fn get_entity(
    caller: Caller,
    State(state): State<Streams>,
    Path(of): Path<EntityRef>,
) -> Result<Success<Update>, ApiError> {
    let found = state.readers.read(&state.store, move |tx| entities::entity(tx, &caller.outlet_id, &of)).await?;
    found.map(Success::new).ok_or_else(|| Code::NotFound.because("hub_entity"))
}

/// The outlet's epoch.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct EpochQuery {
    /// The random id of the outlet's epoch.
    epoch: Option<String>,
}

/// Outlet-owned entities as the hub has them.
///
/// In the order of type and id; `document` is null where the outlet deleted it.
#[utoipa::path(
    get,
    path = "/v1/outlets/{outlet_id}/documents",
    tag = "outlets",
    operation_id = "list_documents",
    params(("outlet_id" = String, Path, description = "The outlet's id"), Range, EpochQuery),
    responses(
        (status = 200, description = "A range", body = Success<updates::OwnedPage>),
        (status = 400, description = "`invalid_path`"),
        (status = 422, description = "`invalid_query`: a parameter out of its range"),
        (status = 401, description = "`unauthorized`: no key, or an invalid one"),
        (status = 403, description = "`forbidden`: another outlet's key; `outlet_revoked`"),
        (status = 409, description = "`epoch_mismatch`: enroll again"),
        (status = 429, description = "`hub_overloaded`: too many concurrent requests; retry after `Retry-After`"),
        (status = 503, description = "`database_busy`, `disk_full`, `stopping`: retry after `Retry-After`"),
    ),
)]
pub(crate) async fn list_documents(
    caller: Caller,
    State(state): State<Streams>,
    Query(range): Query<Range>,
    Query(epoch): Query<EpochQuery>,
) -> Result<Success<OwnedPage>, ApiError> {
    let limit = rows(range.limit)?;
    let after = range.after()?;
    let read = state.readers.read(&state.store, move |tx| {
        documents(tx, &caller.outlet_id, epoch.epoch.as_deref(), (&after.0, &after.1), limit)
    });
    Ok(Success::new(read.await?))
}

fn cursor(text: &str) -> Result<Cursor, ApiError> {
    text.parse().map_err(|_: InvalidCursor| Code::InvalidCursor.into())
}

fn rows(limit: Option<usize>) -> Result<usize, ApiError> {
    let limit = limit.unwrap_or(ROWS);
    let not_between = || Problem::NotBetween.with("least", 1).with("most", MAX_ROWS);
    if (1..=MAX_ROWS).contains(&limit) { Ok(limit) } else { Err(Code::InvalidQuery.field("limit", not_between())) }
}

impl From<EpochRefused> for ApiError {
    fn from(refused: EpochRefused) -> Self {
        match refused {
            EpochRefused::Mismatch => Code::EpochMismatch.into(),
            EpochRefused::Fault(fault) => fault.into(),
        }
    }
}
