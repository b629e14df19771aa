//! Bodies that must arrive at a pace: a sender that drips a byte now and then holds nothing for long.

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

/// Beyond its grace a body must average this pace.
pub(crate) const BYTES_PER_SECOND: u64 = 2_048;
/// The rest of a body that nobody reads has this time.
const DISCARD_WITHIN: Duration = Duration::from_secs(5);
/// As much as the largest body that a route takes; the sender of more sees a closed connection in place of the answer.
const DISCARDED_BYTES: usize = 8 << 20;
/// Beyond the first bytes of each, all connections share this pace.
const DISCARDED_PER_MILLISECOND: usize = 64 << 10;
/// The first bytes of each, which are read in any case.
const FIRST_BYTES: usize = 256 << 10;
/// Where so many take turns that one would wait for longer, the rest is not read: a flood of large bodies would take the
/// time of everybody else.
const MAX_TURN: Duration = Duration::from_millis(10);

/// When the next bytes of bodies that nobody reads may be read.
static NEXT_TURN: Mutex<Option<Instant>> = Mutex::new(None);

/// A body that ends in an error when it arrives too slowly, and says how it ended.
struct Paced<B, F> {
    body: B,
    grace: Duration,
    began: Instant,
    /// When it ends, whatever its pace.
    latest: Instant,
    bytes: u64,
    deadline: Pin<Box<Sleep>>,
    ended: Option<F>,
}

/// How a body ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyEnd {
    /// All of it has come.
    Arrived,
    /// Its sender is too slow: nothing more is expected of this connection.
    TooSlow,
}

/// The sender is too slow.
#[derive(Debug, thiserror::Error)]
#[error("the body did not arrive in time")]
struct TooSlow;

/// Wraps a request's body, which may make no progress for `limits.stall` and takes `limits.body` at the most; `ended` is
/// called once.
pub(crate) fn paced<B>(limits: &Limits, body: B, ended: impl FnOnce(BodyEnd) + Send + Unpin + 'static) -> Body
where
    B: HttpBody<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<axum::BoxError>,
{
    let (grace, began) = (limits.stall, Instant::now());
    let latest = began + limits.body;
    let deadline = Box::pin(tokio::time::sleep_until(latest.min(began + grace)));
    Body::new(Paced { body, grace, began, latest, bytes: 0, deadline, ended: Some(ended) })
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
            if let Some(ended) = self.ended.take() {
                ended(BodyEnd::TooSlow);
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
            && let Some(ended) = self.ended.take()
        {
            ended(BodyEnd::Arrived);
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

/// Reads the rest of a request and holds none of it: an answer while the sender is still sending is often lost.
/// Returns false if the sender is so slow that it does not wait for an answer.
pub async fn discard(request: Request) -> bool {
    let mut body = request.into_body();
    let reading = async {
        let mut read = 0;
        while read < DISCARDED_BYTES
            && let Some(Ok(frame)) = body.frame().await
        {
            let bytes = frame.data_ref().map_or(0, Bytes::len);
            read += bytes;
            if read > FIRST_BYTES {
                let Some(turn) = take_turn(bytes) else { break };
                tokio::time::sleep_until(turn).await;
            }
        }
    };
    tokio::time::timeout(DISCARD_WITHIN, reading).await.is_ok()
}

/// When a connection that has read so many bytes may read on; none if too many take turns.
fn take_turn(bytes: usize) -> Option<Instant> {
    let mut next = NEXT_TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let now = Instant::now();
    let mine = next.map_or(now, |next| next.max(now));
    if mine - now > MAX_TURN {
        return None;
    }
    let micros = u64::try_from(bytes * 1_000 / DISCARDED_PER_MILLISECOND).unwrap_or(u64::MAX);
    let turn = mine + Duration::from_micros(micros);
    *next = Some(turn);
    Some(turn)
}

/// On a response: it is not sent, and the connection is closed. Its client does not wait for an answer, it drips.
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

    async fn read(whole: Duration, body: Body) -> bool {
        let limits = Limits { stall: Duration::from_millis(200), body: whole, ..Limits::default() };
        axum::body::to_bytes(paced(&limits, body, |_| {}), usize::MAX).await.is_ok()
    }

    #[tokio::test]
    async fn a_dripping_body_ends_and_a_slow_line_arrives() {
        let (pause, long) = (Duration::from_millis(20), Duration::from_secs(60));
        assert!(!read(long, every(pause, b" ", 1_000)).await);
        assert!(!read(long, every(long, b" ", 1)).await);
        assert!(read(long, every(pause, &[b' '; 60_000], 20)).await, "faster than the pace, longer than the grace");
        assert!(read(long, every(pause, b" ", 3)).await);
    }

    #[tokio::test]
    async fn a_body_that_keeps_its_pace_for_ever_ends() {
        assert!(!read(Duration::from_millis(300), every(Duration::from_millis(20), &[b' '; 60_000], 1_000)).await);
    }

    /// Bytes that are read of each of so many bodies without an end.
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

    /// One test, because all bodies of a process take turns.
    #[tokio::test]
    async fn rejected_bodies_are_drained_at_a_shared_rate() {
        let began = Instant::now();
        assert_eq!(flood(2).await, [DISCARDED_BYTES; 2]);
        let least = (2 * (DISCARDED_BYTES - FIRST_BYTES) / DISCARDED_PER_MILLISECOND) as u64;
        assert!(began.elapsed() >= Duration::from_millis(least), "{:?}", began.elapsed());
        let read = flood(100).await;
        assert!(read.iter().all(|bytes| *bytes > FIRST_BYTES), "{read:?}");
        let whole = read.iter().filter(|bytes| **bytes == DISCARDED_BYTES).count();
        assert!(whole < 50, "{whole} were read whole");
    }
}
