//! `GET /v1/hq/events`: server-sent events for the pages of head office.

use std::time::Duration;

use axum::extract::{FromRequestParts, State};
use axum::http::{HeaderMap, Request};
use axum::response::Response;
use axum::response::sse::Event;
use serde::Deserialize;
use tokio_util::sync::CancellationToken;
use utoipa::IntoParams;
use web::events::Listener;
use web::events::feed::Reader;
use web::quotas::Quotas;
use web::{ApiError, Code, Problem, Query, Remote};

use super::{Events, Topic};
use crate::staff::{Sessions, User};

/// Changes within this time are sent together.
const DEBOUNCE: Duration = Duration::from_millis(250);
/// Interval of checks of the session without a change; it is also checked before each event.
const CHECK_INTERVAL: Duration = Duration::from_secs(30);

/// Handles for the events of people.
#[derive(Clone)]
pub(crate) struct People {
    pub events: Events,
    /// Limits open streams.
    pub listeners: Quotas,
    /// Cancelled when the hub stops.
    pub stopping: CancellationToken,
}

/// Topics, and where to continue.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct EventsQuery {
    /// `outlets`, `sales`, `conflicts`, `catalog`, separated by commas; all if absent.
    topics: Option<String>,
    /// As the header `Last-Event-ID`, which wins: continue after this event.
    last_event_id: Option<String>,
}

/// Streams what changes, for pages.
///
/// Server-sent events, the first one `hello` with `{"server_time", "version"}`. Then an event with the name of its topic
/// for each change, with `{"topic", "entity_type", "ids"}`; `ids` null means any. With the id of the last received event,
/// events since then follow, or one event `reset` if they are no longer known: read everything again. Events carry no
/// data.
#[utoipa::path(
    get,
    path = "/v1/hq/events",
    tag = "head office",
    operation_id = "hq_events",
    params(
        EventsQuery,
        ("Last-Event-ID" = Option<String>, Header, description = "The id of the last received event"),
    ),
    responses(
        (status = 200, description = "Events until the session ends or the hub stops", body = String,
            content_type = "text/event-stream"),
        (status = 401, description = "`unauthorized`: log in first"),
        (status = 422, description = "`invalid_query`: an unknown topic"),
        (status = 429, description = "`too_many_streams`: retry after `Retry-After`"),
    ),
)]
pub(crate) async fn events(
    user: User,
    remote: Remote,
    State(people): State<People>,
    State(sessions): State<Sessions>,
    headers: HeaderMap,
    Query(query): Query<EventsQuery>,
) -> Result<Response, ApiError> {
    let topics = topics(query.topics.as_deref())?;
    let People { events, listeners, stopping } = people;
    let permit = listeners.acquire(remote.address, Some(&user.id))?;
    let header = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let last_id = header.or(query.last_event_id.as_deref()).filter(|id| !id.is_empty());
    let reader = events.subscribe(&topics, last_id);
    Ok(web::events::answer(Page { reader, session: Session { sessions, headers } }, stopping, permit))
}

fn topics(query: Option<&str>) -> Result<Vec<Topic>, ApiError> {
    let Some(query) = query.filter(|query| !query.trim().is_empty()) else { return Ok(Topic::ALL.into()) };
    let topic = |word: &str| {
        Topic::parse(word.trim()).ok_or_else(|| {
            let choices = Topic::ALL.map(Topic::as_str).join(", ");
            Code::InvalidQuery.field("topics", Problem::NotAllowed.with("choices", choices))
        })
    };
    query.split(',').map(topic).collect()
}

/// The session of an open page, which may end at any time.
struct Session {
    sessions: Sessions,
    headers: HeaderMap,
}

impl Session {
    /// Whether it is still valid.
    async fn is_valid(&self) -> bool {
        let (mut parts, ()) = Request::new(()).into_parts();
        parts.headers = self.headers.clone();
        match User::from_request_parts(&mut parts, &self.sessions).await {
            Ok(_) => true,
            // A busy database ends no session.
            Err(refused) => refused.status().is_server_error(),
        }
    }
}

/// An open page.
struct Page {
    reader: Reader,
    session: Session,
}

impl Listener for Page {
    async fn next(mut self) -> Option<(Event, Self)> {
        loop {
            if !self.session.is_valid().await {
                return None;
            }
            if let Some(event) = self.reader.next_event() {
                return Some((event, self));
            }
            let has_changed = tokio::time::timeout(CHECK_INTERVAL, self.reader.changed()).await.is_ok();
            if has_changed {
                tokio::time::sleep(DEBOUNCE).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_topic_is_refused_and_none_means_all() {
        assert_eq!(topics(None).unwrap().len(), 4);
        assert_eq!(topics(Some(" ")).unwrap().len(), 4);
        assert_eq!(topics(Some("sales, outlets")).unwrap(), [Topic::Sales, Topic::Outlets]);
        assert_eq!(topics(Some("sales,orders")).unwrap_err().code(), "invalid_query");
    }
}
