//! Tickets over HTTP, for the screens of kitchen and bar. Commands accept an `Idempotency-Key`.

pub mod availability;

use access::permission::Prepare;
use access::session::Actor;
use axum::http::HeaderMap;
use domain::{Station, TicketLineState};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use web::extract::page_size;
use web::{ApiError, Choice, Code, List, PageQuery, Path, Query, Success, reply, time, words};

use crate::command::{Command, Received};
use crate::idempotency::Answer;
use crate::kitchen::all_day::{AllDayCount, all_day};
use crate::kitchen::list::{self, Selection, TicketFilter};
use crate::kitchen::{Ticket, progress};

/// Which tickets, and the page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct TicketsQuery {
    /// Tickets of this station. Default: of all.
    #[param(inline, value_type = Option<Station>)]
    station: Option<Choice<Station>>,
    /// `open`: those on the board, the oldest first. `recent`: those that can be recalled, the newest first. Or those with
    /// this state. Only tickets of the last 12 hours. Default: `open`.
    #[param(inline)]
    state: Option<TicketFilter>,
    /// Maximum number of entries, 1 to 500. Default: 50.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
    /// `next_cursor` of the previous page, with the same filters.
    cursor: Option<String>,
}

/// Lists the tickets of a station, in the sequence in which they were sent.
#[utoipa::path(get, path = "/api/v1/kitchen/tickets", tag = "kitchen",
    params(TicketsQuery), responses((status = 200, body = List<Ticket>)))]
pub async fn list_tickets(actor: Actor, Query(query): Query<TicketsQuery>) -> Result<List<Ticket>, ApiError> {
    let selection = Selection {
        station: words::optional(query.station.as_ref(), Code::InvalidQuery, "station")?,
        filter: query.state.unwrap_or_default(),
        after: PageQuery { limit: None, cursor: query.cursor }.start()?,
        limit: page_size(query.limit)?,
    };
    let (limit, now) = (selection.limit, time::now());
    let found = actor.read(move |tx| list::tickets(tx, &selection, now)).await?;
    Ok(reply::page(found, limit, |ticket| ticket.id.clone()))
}

/// Starts a ticket: its lines are being made, and somebody has seen its changes.
#[utoipa::path(post, path = "/api/v1/kitchen/tickets/{id}/start", tag = "kitchen",
    params(("id" = String, Path), ("Idempotency-Key" = Option<String>, Header)), responses(
    (status = 200, body = Success<Ticket>), (status = 404, description = "`not_found`")))]
pub async fn start_ticket(
    actor: Actor<Prepare>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Answer, ApiError> {
    let command = Command::without_body(&actor, &headers, &format!("/api/v1/kitchen/tickets/{id}/start"))?;
    command.run(move |tx, user, now| progress::advance(tx, user, &id, TicketLineState::Cooking, now)).await
}

/// Bumps a ticket: everything on it is ready. A cancelled ticket leaves the board.
#[utoipa::path(post, path = "/api/v1/kitchen/tickets/{id}/ready", tag = "kitchen",
    params(("id" = String, Path), ("Idempotency-Key" = Option<String>, Header)), responses(
    (status = 200, body = Success<Ticket>), (status = 404, description = "`not_found`")))]
pub async fn bump_ticket(
    actor: Actor<Prepare>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Answer, ApiError> {
    let command = Command::without_body(&actor, &headers, &format!("/api/v1/kitchen/tickets/{id}/ready"))?;
    command.run(move |tx, user, now| progress::advance(tx, user, &id, TicketLineState::Ready, now)).await
}

/// Marks a ticket as served: the guests have everything. Also those who bring the plates may do so.
#[utoipa::path(post, path = "/api/v1/kitchen/tickets/{id}/served", tag = "kitchen",
    params(("id" = String, Path), ("Idempotency-Key" = Option<String>, Header)), responses(
    (status = 200, body = Success<Ticket>), (status = 404, description = "`not_found`")))]
pub async fn serve_ticket(actor: Actor, Path(id): Path<String>, headers: HeaderMap) -> Result<Answer, ApiError> {
    let command = Command::without_body(&actor, &headers, &format!("/api/v1/kitchen/tickets/{id}/served"))?;
    command.run(move |tx, user, now| progress::advance(tx, user, &id, TicketLineState::Served, now)).await
}

/// Brings a ticket back to the board that was bumped within the last 30 minutes.
#[utoipa::path(post, path = "/api/v1/kitchen/tickets/{id}/recall", tag = "kitchen",
    params(("id" = String, Path), ("Idempotency-Key" = Option<String>, Header)), responses(
    (status = 200, body = Success<Ticket>), (status = 404, description = "`not_found`"),
    (status = 409, description = "`ticket_cancelled`, `recall_too_late`")))]
pub async fn recall_ticket(
    actor: Actor<Prepare>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Answer, ApiError> {
    let command = Command::without_body(&actor, &headers, &format!("/api/v1/kitchen/tickets/{id}/recall"))?;
    command.run(move |tx, user, now| progress::recall(tx, user, &id, now)).await
}

/// The state of a line.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"state": "ready"}))]
pub struct ChangeTicketLine {
    /// `cooking`, `ready` or `served`. A line goes forward only.
    #[schema(value_type = TicketLineState)]
    state: Choice<TicketLineState>,
}

/// Brings a line of a ticket forward. The ticket's state follows from its lines.
#[utoipa::path(post, path = "/api/v1/kitchen/lines/{id}/state", tag = "kitchen",
    params(("id" = String, Path), ("Idempotency-Key" = Option<String>, Header)),
    request_body = ChangeTicketLine, responses(
    (status = 200, body = Success<Ticket>), (status = 404, description = "`not_found`"),
    (status = 409, description = "`line_void`, `state_backwards`"),
    (status = 422, description = "`invalid_ticket_state`")))]
pub async fn change_ticket_line(
    actor: Actor,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Received,
) -> Result<Answer, ApiError> {
    let path = format!("/api/v1/kitchen/lines/{id}/state");
    let (command, body) = Command::read::<ChangeTicketLine>(&actor, &headers, &path, body)?;
    let state = body.state.check(Code::InvalidTicketState, "state")?;
    command.run(move |tx, user, now| progress::advance_line(tx, user, &id, state, now)).await
}

/// The station.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct StationQuery {
    /// Counts of this station. Default: of all.
    #[param(inline, value_type = Option<Station>)]
    station: Option<Choice<Station>>,
}

/// Counts what the board has to make, by product and variant, the most first.
#[utoipa::path(get, path = "/api/v1/kitchen/all-day", tag = "kitchen",
    params(StationQuery), responses((status = 200, body = Success<Vec<AllDayCount>>)))]
pub async fn list_all_day(
    actor: Actor,
    Query(query): Query<StationQuery>,
) -> Result<Success<Vec<AllDayCount>>, ApiError> {
    let station = words::optional(query.station.as_ref(), Code::InvalidQuery, "station")?;
    let now = time::now();
    actor.read(move |tx| all_day(tx, station, now)).await.map(Success::new)
}
