//! Limits the memory of request bodies in transit.
//!
//! Guarantees that all bodies together never exceed the limit, and those of one address never exceed half of it. On
//! excess, the largest body of the address with the most bytes is rejected, so a small body is never rejected because
//! of others.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, Bytes};
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use http_body_util::BodyExt;
use tokio_util::sync::CancellationToken;

use crate::{ApiError, Code, Remote};

/// All bodies in transit of a server. Cheap to clone; clones share the state.
#[derive(Debug, Clone)]
pub struct Bodies {
    max_bytes: usize,
    arriving: Arc<Mutex<Arriving>>,
}

#[derive(Debug, Default)]
struct Arriving {
    next: u64,
    bytes: usize,
    bodies: HashMap<u64, InTransit>,
}

#[derive(Debug)]
struct InTransit {
    from: IpAddr,
    bytes: usize,
    rejected: CancellationToken,
}

/// A body in transit; dropping it releases its memory.
struct Slot {
    bodies: Bodies,
    number: u64,
}

impl Bodies {
    /// Bodies with at most this many bytes together.
    #[must_use]
    pub(crate) fn new(max_bytes: usize) -> Self {
        Self { max_bytes, arriving: Arc::default() }
    }

    /// Number of bodies in transit.
    #[must_use]
    pub fn count(&self) -> usize {
        self.lock().bodies.len()
    }

    fn add(&self, from: IpAddr) -> (Slot, CancellationToken) {
        let rejected = CancellationToken::new();
        let mut arriving = self.lock();
        let number = arriving.next;
        arriving.next += 1;
        arriving.bodies.insert(number, InTransit { from: from.to_canonical(), bytes: 0, rejected: rejected.clone() });
        (Slot { bodies: self.clone(), number }, rejected)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Arriving> {
        self.arriving.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slot {
    /// Counts received bytes, and rejects bodies until the rest fits.
    fn add_bytes(&self, bytes: usize) {
        let mut arriving = self.bodies.lock();
        let Some(one) = arriving.bodies.get_mut(&self.number) else { return };
        one.bytes += bytes;
        arriving.bytes += bytes;
        arriving.enforce_limit(self.bodies.max_bytes);
    }
}

impl Arriving {
    fn enforce_limit(&mut self, max_bytes: usize) {
        // Below half of the limit, no address can exceed its half.
        while self.bytes > max_bytes / 2 {
            let mut bytes_by_address: HashMap<IpAddr, usize> = HashMap::new();
            for one in self.bodies.values() {
                *bytes_by_address.entry(one.from).or_default() += one.bytes;
            }
            let Some((from, bytes)) = bytes_by_address.into_iter().max_by_key(|(from, bytes)| (*bytes, *from)) else {
                return;
            };
            if self.bytes <= max_bytes && bytes <= max_bytes / 2 {
                return;
            }
            let of_address = self.bodies.iter().filter(|(_, one)| one.from == from);
            let Some((&number, _)) = of_address.max_by_key(|(number, one)| (one.bytes, **number)) else { return };
            self.remove(number);
        }
    }

    /// Removes a body; its reader drops the bytes.
    fn remove(&mut self, number: u64) {
        if let Some(one) = self.bodies.remove(&number) {
            self.bytes -= one.bytes;
            one.rejected.cancel();
        }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.bodies.lock().remove(self.number);
    }
}

/// The error for a body that could not be read.
#[must_use]
pub fn body_error(rejection: &BytesRejection) -> ApiError {
    match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Code::BodyTooLarge.into(),
        _ => Code::UnreadableBody.into(),
    }
}

/// Reads a whole body, up to the limit of its route.
///
/// # Errors
/// 400 `unreadable_body`, 413 `body_too_large`, 503 `overloaded`.
pub async fn read<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, ApiError> {
    let read_all = |request| async { Bytes::from_request(request, state).await.map_err(|e| body_error(&e)) };
    let (bodies, remote) = (request.extensions().get::<Bodies>(), request.extensions().get::<Remote>());
    let (Some(bodies), Some(remote)) = (bodies, remote) else { return read_all(request).await };
    let (slot, rejected) = bodies.add(remote.address);
    let request = request.map(|body| {
        Body::new(body.map_frame(move |frame| {
            slot.add_bytes(frame.data_ref().map_or(0, Bytes::len));
            frame
        }))
    });
    tokio::select! {
        biased;
        read = read_all(request) => read,
        () = rejected.cancelled() => Err(overloaded()),
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
        let (till, till_refused) = bodies.add(TILL);
        till.add_bytes(10);
        let (small, small_refused) = bodies.add(ONE);
        let (large, large_refused) = bodies.add(ONE);
        small.add_bytes(20);
        large.add_bytes(30);
        assert!(!large_refused.is_cancelled(), "half of the limit is allowed");
        small.add_bytes(1);
        assert!(large_refused.is_cancelled() && !small_refused.is_cancelled());
        let (two, two_refused) = bodies.add(TWO);
        two.add_bytes(50);
        assert!(!two_refused.is_cancelled());
        till.add_bytes(20);
        assert!(two_refused.is_cancelled() && !till_refused.is_cancelled());
        // A rejected body no longer counts.
        large.add_bytes(1_000);
        assert_eq!(bodies.lock().bytes, 51);
        drop((till, small, large, two));
        assert_eq!(bodies.count(), 0);
        assert_eq!(bodies.lock().bytes, 0);
    }

    #[tokio::test]
    async fn a_body_that_is_rejected_in_transit_is_answered() {
        let bodies = Bodies::new(1_000);
        let sent = |bytes: usize| {
            let body = futures_util::stream::unfold(bytes, |remaining| async move {
                if remaining == 0 {
                    return std::future::pending().await;
                }
                Some((
                    Ok::<_, std::io::Error>(Bytes::from(vec![b' '; remaining.min(100)])),
                    remaining - remaining.min(100),
                ))
            });
            let mut request = Request::new(Body::from_stream(body));
            request.extensions_mut().insert(bodies.clone());
            request.extensions_mut().insert(Remote { address: ONE, is_local: false, is_secure: false });
            request
        };
        let rejected = read(sent(600), &()).await.unwrap_err();
        assert_eq!((rejected.code(), rejected.retry_after_s()), ("overloaded", Some(2)));
        assert_eq!(bodies.count(), 0);
    }
}
