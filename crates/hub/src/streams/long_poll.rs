//! The long poll: answers with a page as soon as there is a change, or with an empty page at the time limit.
//!
//! A waiting request occupies only a hint receiver: no database reader, no transaction, no page.

use std::time::Duration;

use protocol::updates::UpdatePage;
use store::Tx;
use tokio::time::{Instant, sleep_until};
use web::ApiError;

use super::page::{PageRequest, page};
use super::state::Streams;
use crate::outlets::Caller;

/// Reads now, after each hint, and finally when the time is up or the hub stops.
pub(super) async fn page_within(
    state: &Streams,
    caller: Caller,
    request: PageRequest,
    wait: Duration,
) -> Result<UpdatePage, ApiError> {
    let until = Instant::now() + wait;
    // Created before the first read, so that no change between reading and waiting is missed.
    let mut receiver = state.hints.listen(&caller.outlet_id);
    let mut first = true;
    loop {
        let last = state.stopping.is_cancelled() || Instant::now() >= until;
        let page = read_page(state, &caller, &request, first).await?;
        if last || request.is_answered_by(&page) {
            return Ok(page);
        }
        drop(page);
        tokio::select! {
            () = receiver.receive() => {}
            () = sleep_until(until) => {}
            () = state.stopping.cancelled() => {}
        }
        first = false;
    }
}

async fn read_page(
    state: &Streams,
    caller: &Caller,
    request: &PageRequest,
    first: bool,
) -> Result<UpdatePage, ApiError> {
    let (caller, request) = (caller.clone(), request.clone());
    let work = move |tx: &mut Tx<'_>| {
        // The key may have been revoked while the request waited.
        caller.check(tx)?;
        page(tx, &caller.outlet_id, &request).map_err(ApiError::from)
    };
    match first {
        true => state.readers.read(&state.store, work).await,
        false => state.readers.read_in_turn(&state.store, work).await,
    }
}
