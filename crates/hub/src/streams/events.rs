//! Server-sent events with the heads of the streams: hints, never data.

use std::convert::Infallible;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use protocol::cursor::{CATALOG, of_outlet};
use serde::Serialize;
use web::{ApiError, Remote};

use super::heads::heads;
use super::hints::HintReceiver;
use crate::outlets::Caller;
use crate::streams::state::Streams;

/// Interval of the comments that keep the connection open.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Interval of checks without a hint: the key may have been revoked, or another process may have made a change.
const CHECK_INTERVAL: Duration = Duration::from_secs(60);

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Head {
    stream: String,
    n: i64,
}

/// A client that listens to the events of an outlet.
struct Listener {
    state: Streams,
    caller: Caller,
    receiver: HintReceiver,
    sent: Vec<Head>,
    unsent: Vec<Head>,
    _place: web::quotas::QuotaPermit,
}

/// The events of an outlet, until the hub stops or the key becomes invalid.
pub(super) async fn events(state: Streams, remote: Remote, caller: Caller) -> Result<Response, ApiError> {
    let receiver = state.hints.listen(&caller.outlet_id);
    let _place = state.readers.listener(remote, &caller)?;
    let mut listener = Listener { state, caller, receiver, sent: Vec::new(), unsent: Vec::new(), _place };
    listener.read_heads().await?;
    let events = Sse::new(stream::unfold(listener, Listener::next));
    Ok(events.keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response())
}

impl Listener {
    async fn next(mut self) -> Option<(Result<Event, Infallible>, Self)> {
        while self.unsent.is_empty() {
            tokio::select! {
                () = self.receiver.receive() => {}
                () = tokio::time::sleep(CHECK_INTERVAL) => {}
                () = self.state.stopping.cancelled() => return None,
            }
            // Ends the events: the outlet reconnects, and the answer to that request has the reason.
            self.read_heads().await.ok()?;
        }
        let head = self.unsent.remove(0);
        let event = Event::default().event("head").json_data(&head).ok()?;
        Some((Ok(event), self))
    }

    /// Reads the heads and collects those that were not sent yet.
    async fn read_heads(&mut self) -> Result<(), ApiError> {
        let caller = self.caller.clone();
        let read = self.state.readers.read_in_turn(&self.state.store, move |tx| {
            caller.check(tx)?;
            heads(tx, &caller.outlet_id).map_err(ApiError::from)
        });
        let cursor = read.await?;
        let owned = of_outlet(&self.caller.outlet_id);
        let heads = [(CATALOG.to_owned(), cursor.catalog.n), (owned, cursor.outlet.n)];
        let heads: Vec<Head> = heads.into_iter().map(|(stream, n)| Head { stream, n }).collect();
        self.unsent = heads.iter().filter(|head| !self.sent.contains(head)).cloned().collect();
        self.sent = heads;
        Ok(())
    }
}
