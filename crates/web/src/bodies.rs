//! Memory for bodies that are arriving.
//!
//! Guarantees that they never hold more than a limit together, nor one address more than half of it. Where they would,
//! the largest body of the address that holds the most is refused: one who sends little is never refused for another.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use http_body_util::BodyExt;
use tokio_util::sync::CancellationToken;

use crate::{ApiError, Code, Remote, extract};

/// All bodies that a server is receiving. Cheap to clone; all clones are one.
#[derive(Debug, Clone)]
pub struct Bodies {
    most_bytes: usize,
    arriving: Arc<Mutex<Arriving>>,
}

#[derive(Debug, Default)]
struct Arriving {
    next: u64,
    bytes: usize,
    bodies: HashMap<u64, One>,
}

#[derive(Debug)]
struct One {
    from: IpAddr,
    bytes: usize,
    refused: CancellationToken,
}

/// The place of a body, until it is dropped.
struct Place {
    bodies: Bodies,
    number: u64,
}

impl Bodies {
    /// Bodies that hold at most so many bytes together.
    #[must_use]
    pub(crate) fn new(most_bytes: usize) -> Self {
        Self { most_bytes, arriving: Arc::default() }
    }

    /// Bodies that are arriving now.
    #[must_use]
    pub fn count(&self) -> usize {
        self.lock().bodies.len()
    }

    fn enter(&self, from: IpAddr) -> (Place, CancellationToken) {
        let refused = CancellationToken::new();
        let mut arriving = self.lock();
        let number = arriving.next;
        arriving.next += 1;
        arriving.bodies.insert(number, One { from: from.to_canonical(), bytes: 0, refused: refused.clone() });
        (Place { bodies: self.clone(), number }, refused)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Arriving> {
        self.arriving.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Counts what has come of this body, and refuses bodies until all fit.
    fn holds_more(&self, bytes: usize) {
        let mut arriving = self.bodies.lock();
        let Some(one) = arriving.bodies.get_mut(&self.number) else { return };
        one.bytes += bytes;
        arriving.bytes += bytes;
        arriving.refuse_beyond(self.bodies.most_bytes);
    }
}

impl Arriving {
    fn refuse_beyond(&mut self, most_bytes: usize) {
        // No address holds more than half as long as all together do not.
        while self.bytes > most_bytes / 2 {
            let mut held: HashMap<IpAddr, usize> = HashMap::new();
            for one in self.bodies.values() {
                *held.entry(one.from).or_default() += one.bytes;
            }
            let Some((from, bytes)) = held.into_iter().max_by_key(|(from, bytes)| (*bytes, *from)) else { return };
            if self.bytes <= most_bytes && bytes <= most_bytes / 2 {
                return;
            }
            let of_it = self.bodies.iter().filter(|(_, one)| one.from == from);
            let Some((&number, _)) = of_it.max_by_key(|(number, one)| (one.bytes, **number)) else { return };
            self.leave(number);
        }
    }

    /// Ends a body: what it holds is given up by whoever reads it.
    fn leave(&mut self, number: u64) {
        if let Some(one) = self.bodies.remove(&number) {
            self.bytes -= one.bytes;
            one.refused.cancel();
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.bodies.lock().leave(self.number);
    }
}

/// Reads a whole body, up to the limit of its route.
///
/// # Errors
/// 400 `unreadable_body`, 413 `body_too_large`, 503 `overloaded`.
pub async fn read<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, ApiError> {
    let whole = |request| async { Bytes::from_request(request, state).await.map_err(|e| extract::body_refused(&e)) };
    let (bodies, remote) = (request.extensions().get::<Bodies>(), request.extensions().get::<Remote>());
    let (Some(bodies), Some(remote)) = (bodies, remote) else { return whole(request).await };
    let (place, refused) = bodies.enter(remote.address);
    let request = request.map(|body| {
        Body::new(body.map_frame(move |frame| {
            place.holds_more(frame.data_ref().map_or(0, Bytes::len));
            frame
        }))
    });
    tokio::select! {
        biased;
        read = whole(request) => read,
        () = refused.cancelled() => Err(overloaded()),
    }
}

fn overloaded() -> ApiError {
    Code::Overloaded.because("bodies").retry_after(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 168, 1, 77));
    const TWO: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 168, 1, 78));
    const TILL: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 168, 1, 20));

    #[test]
    fn the_largest_body_of_the_heaviest_address_is_rejected() {
        let bodies = Bodies::new(100);
        let (till, till_refused) = bodies.enter(TILL);
        till.holds_more(10);
        let (small, small_refused) = bodies.enter(ONE);
        let (large, large_refused) = bodies.enter(ONE);
        small.holds_more(20);
        large.holds_more(30);
        assert!(!large_refused.is_cancelled(), "half of all is its share");
        small.holds_more(1);
        assert!(large_refused.is_cancelled() && !small_refused.is_cancelled());
        let (two, two_refused) = bodies.enter(TWO);
        two.holds_more(50);
        assert!(!two_refused.is_cancelled());
        till.holds_more(20);
        assert!(two_refused.is_cancelled() && !till_refused.is_cancelled());
        // What was refused counts for nothing any more.
        large.holds_more(1_000);
        assert_eq!(bodies.lock().bytes, 51);
        drop((till, small, large, two));
        assert_eq!(bodies.count(), 0);
        assert_eq!(bodies.lock().bytes, 0);
    }

    #[tokio::test]
    async fn a_body_that_is_refused_while_it_arrives_is_answered() {
        let bodies = Bodies::new(1_000);
        let sent = |bytes: usize| {
            let body = futures_util::stream::unfold(bytes, |left| async move {
                if left == 0 {
                    return std::future::pending().await;
                }
                Some((Ok::<_, std::io::Error>(Bytes::from(vec![b' '; left.min(100)])), left - left.min(100)))
            });
            let mut request = Request::new(Body::from_stream(body));
            request.extensions_mut().insert(bodies.clone());
            request.extensions_mut().insert(Remote { address: ONE, on_machine: false });
            request
        };
        let refused = read(sent(600), &()).await.unwrap_err();
        assert_eq!((refused.code(), refused.retry_after_s()), ("overloaded", Some(2)));
        assert_eq!(bodies.count(), 0);
    }
}
