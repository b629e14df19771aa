//! Minimum rate of request bodies: a slow sender cannot occupy a connection for long.

use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use http_body::{Body as HttpBody, Frame, SizeHint};
use http_body_util::BodyExt;
use tokio::time::{Instant, Sleep};

use crate::Limits;

/// Minimum average rate of a body after its grace period.
pub(crate) const BYTES_PER_SECOND: u64 = 2_048;
/// Time limit for draining an unread body.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);
/// Size of the largest body of any route. A sender of more sees a closed connection instead of the answer.
const MAX_DRAINED_BYTES: usize = 8 << 20;
/// Drain rate shared by all connections, after the first bytes of each.
const DRAIN_BYTES_PER_MS: usize = 64 << 10;
/// Bytes per connection that are always drained.
const FIRST_BYTES: usize = 256 << 10;
/// If the queue for draining is longer than this, the rest is not read: a flood of large bodies would delay all other
/// clients.
const MAX_DRAIN_WAIT: Duration = Duration::from_millis(10);

/// When the next bytes may be drained.
static NEXT_DRAIN: Mutex<Option<Instant>> = Mutex::new(None);

/// A body that fails if it arrives too slowly, and reports how it ended.
struct Paced<B, F> {
    body: B,
    grace: Duration,
    began: Instant,
    /// Deadline of the whole body.
    latest: Instant,
    bytes: u64,
    deadline: Pin<Box<Sleep>>,
    on_end: Option<F>,
}

/// How a body ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyEnd {
    /// It is complete.
    Arrived,
    /// The sender is too slow: the connection is unusable.
    TooSlow,
}

/// The sender is too slow.
#[derive(Debug, thiserror::Error)]
#[error("the body did not arrive in time")]
struct TooSlow;

/// Wraps a request body with the timeouts `limits.stall` (no progress) and `limits.body` (in total); calls `on_end`
/// once.
pub(crate) fn paced<B>(limits: &Limits, body: B, on_end: impl FnOnce(BodyEnd) + Send + Unpin + 'static) -> Body
where
    B: HttpBody<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<axum::BoxError>,
{
    let (grace, began) = (limits.stall, Instant::now());
    let latest = began + limits.body;
    let deadline = Box::pin(tokio::time::sleep_until(latest.min(began + grace)));
    Body::new(Paced { body, grace, began, latest, bytes: 0, deadline, on_end: Some(on_end) })
}

impl<B, F> HttpBody for Paced<B, F>
where
    B: HttpBody<Data = Bytes> + Unpin,
    B::Error: Into<axum::BoxError>,
    F: FnOnce(BodyEnd) + Unpin,
{
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if self.deadline.as_mut().poll(context).is_ready() {
            if let Some(on_end) = self.on_end.take() {
                on_end(BodyEnd::TooSlow);
            }
            return Poll::Ready(Some(Err(Box::new(TooSlow))));
        }
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        if let Some(Ok(frame)) = &frame {
            self.bytes += frame.data_ref().map_or(0, |data| data.len() as u64);
            let deadline = self.began + self.grace + Duration::from_secs(self.bytes / BYTES_PER_SECOND);
            let latest = self.latest;
            self.deadline.as_mut().reset(deadline.min(latest));
        }
        if (frame.is_none() || self.body.is_end_stream())
            && let Some(on_end) = self.on_end.take()
        {
            on_end(BodyEnd::Arrived);
        }
        Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Drains the rest of a request: otherwise the answer is often lost while the client is still sending. Returns `false`
/// if the sender is too slow to receive an answer.
pub async fn discard(request: Request) -> bool {
    let mut body = request.into_body();
    let reading = async {
        let mut read = 0;
        while read < MAX_DRAINED_BYTES
            && let Some(Ok(frame)) = body.frame().await
        {
            let bytes = frame.data_ref().map_or(0, Bytes::len);
            read += bytes;
            if read > FIRST_BYTES {
                let Some(drain_at) = schedule_drain(bytes) else { break };
                tokio::time::sleep_until(drain_at).await;
            }
        }
    };
    tokio::time::timeout(DRAIN_TIMEOUT, reading).await.is_ok()
}

/// When a connection may continue to drain after this many bytes; `None` if the queue is too long.
fn schedule_drain(bytes: usize) -> Option<Instant> {
    let mut next = NEXT_DRAIN.lock().unwrap_or_else(PoisonError::into_inner);
    let now = Instant::now();
    let start = next.map_or(now, |next| next.max(now));
    if start - now > MAX_DRAIN_WAIT {
        return None;
    }
    let micros = u64::try_from(bytes * 1_000 / DRAIN_BYTES_PER_MS).unwrap_or(u64::MAX);
    let drain_at = start + Duration::from_micros(micros);
    *next = Some(drain_at);
    Some(drain_at)
}

/// Marks a response that is not sent: the connection closes, because its client is too slow to read it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NotSent;

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::stream;

    use super::*;

    fn every(pause: Duration, bytes: &'static [u8], times: usize) -> Body {
        Body::from_stream(stream::unfold(0, move |n| async move {
            tokio::time::sleep(pause).await;
            (n < times).then_some((Ok::<_, std::io::Error>(Bytes::from_static(bytes)), n + 1))
        }))
    }

    async fn read(complete: Duration, body: Body) -> bool {
        let limits = Limits { stall: Duration::from_millis(200), body: complete, ..Limits::default() };
        axum::body::to_bytes(paced(&limits, body, |_| {}), usize::MAX).await.is_ok()
    }

    #[tokio::test]
    async fn a_dripping_body_is_cut_off_and_a_slow_one_arrives() {
        let (pause, long) = (Duration::from_millis(20), Duration::from_secs(60));
        assert!(!read(long, every(pause, b" ", 1_000)).await);
        assert!(!read(long, every(long, b" ", 1)).await);
        assert!(
            read(long, every(pause, &[b' '; 60_000], 20)).await,
            "faster than the minimum rate, longer than the grace period"
        );
        assert!(read(long, every(pause, b" ", 3)).await);
    }

    #[tokio::test]
    async fn an_endless_body_at_the_minimum_rate_is_cut_off() {
        assert!(!read(Duration::from_millis(300), every(Duration::from_millis(20), &[b' '; 60_000], 1_000)).await);
    }

    /// Bytes that are drained of each of these endless bodies.
    async fn flood(bodies: usize) -> Vec<usize> {
        let of_one = || async {
            let read = Arc::new(AtomicUsize::new(0));
            let counted = Arc::clone(&read);
            let chunks = std::iter::repeat_with(move || {
                counted.fetch_add(1 << 16, Ordering::Relaxed);
                Ok::<_, std::io::Error>(Bytes::from_static(&[b' '; 1 << 16]))
            });
            assert!(discard(Request::new(Body::from_stream(stream::iter(chunks)))).await);
            read.load(Ordering::Relaxed)
        };
        futures_util::future::join_all(std::iter::repeat_with(of_one).take(bodies)).await
    }

    /// A single test, because all bodies of a process share the rate.
    #[tokio::test]
    async fn rejected_bodies_are_drained_at_a_shared_rate() {
        let began = Instant::now();
        assert_eq!(flood(2).await, [MAX_DRAINED_BYTES; 2]);
        let least = (2 * (MAX_DRAINED_BYTES - FIRST_BYTES) / DRAIN_BYTES_PER_MS) as u64;
        assert!(began.elapsed() >= Duration::from_millis(least), "{:?}", began.elapsed());
        let read = flood(100).await;
        assert!(read.iter().all(|bytes| *bytes > FIRST_BYTES), "{read:?}");
        let complete = read.iter().filter(|bytes| **bytes == MAX_DRAINED_BYTES).count();
        assert!(complete < 50, "{complete} were drained completely");
    }
}
