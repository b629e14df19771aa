//! `GET /v1/outlets/{outlet_id}/updates`, `…/events`, `…/entities`, `…/documents`: data that outlets read from the hub.

use std::pin::pin;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderValue;
use axum::response::{IntoResponse, Response};
use futures_util::future::{Either, select};
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
use crate::events::Change;
use crate::outlets::{Caller, processes};
use crate::streams::state::Streams;

/// Default number of rows of a page.
const ROWS: usize = 500;
/// Maximum number of rows of a page.
const MAX_ROWS: usize = 1_000;
/// Maximum waiting time in seconds: proxies may close an idle connection after a minute.
const MAX_WAIT_S: u64 = 60;

/// Cursor, and how long to wait.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct UpdatesQuery {
    /// The cursor of the last page; absent: read from the beginning.
    cursor: Option<String>,
    /// Maximum number of changes: 1 to 1,000, 500 if absent.
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
/// The changes of both streams after the cursor, each stream in order and without gaps, and the chain row, from one
/// read transaction. `stream_reset`: the hub does not have the cursor's entries; compare everything.
#[utoipa::path(
    get,
    path = "/v1/outlets/{outlet_id}/updates",
    tag = "outlets",
    operation_id = "pull_updates",
    params(("outlet_id" = String, Path, description = "The outlet's id"), UpdatesQuery),
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
    Query(query): Query<UpdatesQuery>,
) -> Response {
    let several = caller.several;
    let mut response = page(caller, remote, &state, query).await.into_response();
    if let Some(several) = several {
        let word = if several { "several" } else { "one" };
        response.headers_mut().insert(processes::PROCESSES, HeaderValue::from_static(word));
    }
    response
}

async fn page(
    caller: Caller,
    remote: Remote,
    state: &Streams,
    query: UpdatesQuery,
) -> Result<Success<UpdatePage>, ApiError> {
    let cursor = query.cursor.as_deref().map_or_else(|| Ok(Cursor::default()), cursor)?;
    let wait = query.wait.unwrap_or(0);
    if wait > MAX_WAIT_S {
        let not_between = Problem::NotBetween.with("least", 0).with("most", MAX_WAIT_S);
        return Err(Code::InvalidQuery.field("wait", not_between));
    }
    let limit = rows(query.limit)?;
    let request = PageRequest { cursor: cursor.clone(), limit, epoch_id: query.epoch, at: query.at };
    let outlet_id = caller.outlet_id.clone();
    let _place = state.readers.poll(remote, &caller)?;
    // If two servers use the key, both learn it at once.
    let wait = if caller.took_turn { 0 } else { wait };
    let page = pin!(long_poll::page_within(state, caller, request, Duration::from_secs(wait)));
    let recorded = pin!(record_position(state, outlet_id, cursor));
    if wait == 0 {
        recorded.await;
        return page.await.map(Success::new);
    }
    // The position is stored while the request waits. A page that is there earlier is not delayed: the write runs without
    // this request.
    match select(recorded, page).await {
        Either::Left(((), page)) => page.await,
        Either::Right((page, _)) => page,
    }
    .map(Success::new)
}

/// Stores the position of a request if that is due. If it fails, the page is valid all the same.
async fn record_position(state: &Streams, outlet_id: String, cursor: Cursor) {
    if !state.read_positions.is_due(&outlet_id, &cursor) {
        return;
    }
    let state = state.clone();
    let recorded = web::detached(async move {
        let (of, now) = (outlet_id.clone(), web::time::now());
        state.store.write(move |tx| read_positions::note_if_reached(tx, &of, &cursor, now)).await?;
        state.events.publish([Change::outlet(&outlet_id)]);
        Ok::<_, ApiError>(())
    });
    if let Err(error) = recorded.await {
        tracing::warn!(code = error.code(), "could not store the read position of an outlet");
    }
}

/// Notifies an outlet when it should pull.
///
/// Server-sent events `head` with the data `{"stream": "catalog", "n": 41}`: first the heads of both streams, then the
/// head of a stream each time it grows. A hint only: one event may stand for several changes, and an event may be lost.
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

/// Page of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Range {
    /// `next.entity_type` of the previous page.
    after_type: Option<String>,
    /// `next.entity_id` of the previous page.
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

/// Everything that the outlet may see: the current version of each shared entity.
///
/// Includes tombstones, ordered by type and id. After the last page, continue with `updates` at the `cursor` of the
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

/// The current version of one shared entity.
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
        (status = 404, description = "`not_found`: the hub has never had it, or has lost it"),
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

/// The outlet's documents at the hub.
///
/// Ordered by type and id; `document` is null if the outlet deleted the entity.
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
