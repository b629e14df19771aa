//! Server-sent events, for whoever looks at the outlet: told when there is something new, until the session ends or the
//! server stops.

use std::convert::Infallible;
use std::time::Duration;

use crate::quotas::QuotaPermit;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use tokio_util::sync::CancellationToken;

/// What comes within this time is told together.
pub const DEBOUNCE: Duration = Duration::from_millis(500);
/// Without any cause it looks this often: what is known of the link changes without a commit, and a session may end.
pub const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Between two comments that keep the connection open.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Streams that are open at the same time, and of these a user's. A till has one or two.
pub const STREAMS: (usize, usize) = (256, 16);

/// Somebody who listens.
pub trait Listener: Send + Sized + 'static {
    /// Waits for the next event; none ends the stream.
    fn next(self) -> impl Future<Output = Option<(Event, Self)>> + Send;
}

/// The answer that lasts, until `stopping`; it holds `share` as long.
pub fn answer(listener: impl Listener, stopping: CancellationToken, share: QuotaPermit) -> Response {
    let next = |(listener, stopping, share): (_, CancellationToken, QuotaPermit)| async move {
        let (event, listener) = stopping.run_until_cancelled(Listener::next(listener)).await??;
        Some((Ok::<_, Infallible>(event), (listener, stopping, share)))
    };
    let events = stream::unfold((listener, stopping, share), next);
    Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response()
}
