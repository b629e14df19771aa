//! Server-sent events about changes at the outlet, until the session ends or the server stops.

pub mod feed;

use std::convert::Infallible;
use std::time::Duration;

use crate::quotas::QuotaPermit;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use tokio_util::sync::CancellationToken;

/// Changes within this time are sent as one event.
pub const DEBOUNCE: Duration = Duration::from_millis(500);
/// Interval of checks without a change: the state of the link changes without a commit, and the session may end.
pub const CHECK_INTERVAL: Duration = Duration::from_secs(5);
/// Interval of comments that keep the connection open.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Maximum number of open streams: in total, and per user. A till has one or two.
pub const STREAMS: (usize, usize) = (256, 16);

/// A client of a stream.
pub trait Listener: Send + Sized + 'static {
    /// Waits for the next event; `None` ends the stream.
    fn next(self) -> impl Future<Output = Option<(Event, Self)>> + Send;
}

/// The streaming answer. It ends when `stopping` is cancelled, and owns the permit until then.
pub fn answer(listener: impl Listener, stopping: CancellationToken, permit: QuotaPermit) -> Response {
    let next = |(listener, stopping, permit): (_, CancellationToken, QuotaPermit)| async move {
        let (event, listener) = stopping.run_until_cancelled(Listener::next(listener)).await??;
        Some((Ok::<_, Infallible>(event), (listener, stopping, permit)))
    };
    let events = stream::unfold((listener, stopping, permit), next);
    Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response()
}
